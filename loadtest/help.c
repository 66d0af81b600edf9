/*
 * help.c - the text of --help, made from the table of flags.
 */
#include "loadtest/options.h"

#include <string.h>

#include "loadtest/flags.h"
#include "loadtest/wrap.h"

#define COLUMN 34

static void print_section(void *context, const char *title)
{
    fprintf(context, "\n%s:\n", title);
}

static void print_flag(void *context, const struct tri_flag *flag)
{
    FILE *to = context;
    char letter[8] = "    ";
    if (flag->letter)
        snprintf(letter, sizeof(letter), "-%c, ", flag->letter);
    int at = fprintf(to, "  %s--%s%s%s", letter, flag->name,
                     tri_flag_takes(flag) == TRI_FLAG_TAKES_ONE ? "=" : "",
                     flag->value ? flag->value : "");
    if (at < COLUMN - 1)
        fprintf(to, "%*s", COLUMN - at, "");
    else
        fprintf(to, "\n%*s", COLUMN, "");
    tri_wrap(to, flag->meaning, COLUMN);
}

void tri_options_help(FILE *to)
{
    fputs("Usage: tri-load [FLAGS] URL                     measure a server\n"
          "       tri-load sweep [FLAGS] URL               its scaling curve, by connections\n"
          "       tri-load compare [FLAGS] [NAME='COMMAND {port}' | NAME=URL ...]\n"
          "                                                several servers side by side; without\n"
          "                                                names the modes of tri-httpd\n"
          "       tri-load diff A.json B.json              two stored results\n"
          "TIME is 1500ms, 15s or 2m; N is 64, 10k or 1m. In [ ] stands the default.\n",
          to);
    tri_flags_walk(to, print_section, print_flag);
    fputs(
        "\nLatency is given twice. Service time runs from the send to the last byte. Response "
        "time\n"
        "runs from when the request was meant to be sent: in an open loop a slow server is "
        "charged\n"
        "for those who had to wait because of it. The first line of a report says which loop it "
        "was.\n"
        "\nExit codes: 0 all went well, 1 no result, 2 a mistake in the flags, 3 an objective of\n"
        "--slo was missed, 130 interrupted (after a report of what there was). A result that the\n"
        "self-check does not trust keeps its exit code, and says so.\n"
        "\nExamples:\n"
        "  tri-load -c64 -d10s http://127.0.0.1:8080/hello\n"
        "  tri-load -c200 --rate=5k --arrivals=poisson --slo='p99<10ms' http://127.0.0.1:8080/\n"
        "  tri-load sweep --connections=1,10,100,1k,10k http://127.0.0.1:8080/hello\n"
        "  tri-load compare --modes=threads,loop,mn --connections=64 --html=modes.html\n",
        to);
}
