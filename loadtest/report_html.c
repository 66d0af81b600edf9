/*
 * report_html.c - one page that holds everything: style, chart library, data, and what draws it.
 *
 * The data are the very JSON of --json; the page needs no network.
 */
#include "loadtest/report.h"

extern const char tri_page_css[], tri_page_css_end[], tri_page_js[], tri_page_js_end[],
    tri_page_charts[], tri_page_charts_end[], tri_page_charts_css[], tri_page_charts_css_end[];

static void print_part(FILE *to, const char *begin, const char *end)
{
    fwrite(begin, 1, (size_t)(end - begin), to);
}

void tri_report_html_begin(FILE *to, const char *title)
{
    fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, "
          "initial-scale=1\">\n<title>tri-load: ",
          to);
    for (; *title; title++)
        fprintf(to, *title == '<' || *title == '&' ? "&#%d;" : "%c", *title);
    fputs("</title>\n<style>\n", to);
    print_part(to, tri_page_charts_css, tri_page_charts_css_end);
    print_part(to, tri_page_css, tri_page_css_end);
    fputs("</style>\n<script>\n", to);
    print_part(to, tri_page_charts, tri_page_charts_end);
    fputs("\n</script>\n</head>\n<body>\n<main></main>\n"
          "<script type=\"application/json\" id=\"data\">\n",
          to);
}

void tri_report_html_end(FILE *to)
{
    fputs("</script>\n<script>\n", to);
    print_part(to, tri_page_js, tri_page_js_end);
    fputs("</script>\n</body>\n</html>\n", to);
}
