/*
 * listing_page.c - a listing as HTML.
 *
 * Whoever may put a file into a folder names it, so a name is hostile: as text it is escaped, as a
 * link it is percent-encoded behind "./", lest "javascript:..." be taken for a scheme.
 */
#include "server/handlers/files/listing_page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "server/handlers/files/listing.h"
#include "server/http/escape.h"

#define SCRATCH_BYTES (256 * 1024) /* escaped text of one name or path at most */

static const char page_start[] =
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<style>\n"
    ":root{--paper:#fbfaf8;--ink:#1c1e21;--soft:#5d6268;--faint:#a7aaa9;--rule:#e4e2dc;"
    "--accent:#0a7468;--wash:#f1f4f1}\n"
    "@media(prefers-color-scheme:dark){:root{--paper:#131517;--ink:#e8e6e1;--soft:#a0a5a9;"
    "--faint:#676d72;--rule:#2c3034;--accent:#63c9b5;--wash:#1a2021}}\n"
    "*,::before{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:58rem;padding:2.5rem 1.25rem 3rem;background:var(--paper);"
    "color:var(--ink);font:15px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,sans-serif}\n"
    "h1{margin:0 .75rem 1.5rem;font-size:1.35rem;line-height:1.3;font-weight:600;"
    "overflow-wrap:anywhere}\n"
    "table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}\n"
    "th{padding:0 .75rem .45rem;text-align:left;font-size:.8rem;font-weight:500;"
    "color:var(--soft)}\n"
    "td{padding:0 .75rem;border-top:1px solid var(--rule);color:var(--soft);white-space:nowrap}\n"
    "td:first-child{width:100%;white-space:normal;overflow-wrap:anywhere}\n"
    "th:nth-child(2),td:nth-child(2){text-align:right}\n"
    "tbody tr:hover{background:var(--wash)}\n"
    "a{display:flex;align-items:center;gap:.7rem;padding:.42rem 0;color:var(--ink);"
    "text-decoration:none}\n"
    "a:hover,a:focus-visible{color:var(--accent);text-decoration:underline;"
    "text-underline-offset:.2em}\n"
    "a::before{content:\"\";flex:none;width:.72rem;height:.9rem;margin:0 .14rem;"
    "border:1.5px solid var(--faint);border-radius:2px}\n"
    "a.folder::before{width:1rem;height:.8rem;margin:0;border:0;background:var(--accent);"
    "clip-path:polygon(0 0,40% 0,52% 17%,100% 17%,100% 100%,0 100%)}\n"
    "a.link::before{border-style:dashed}\n"
    "a.up::before{content:\"\\2191\";width:1rem;height:auto;margin:0;border:0;"
    "color:var(--accent);text-align:center;line-height:1}\n"
    "p{margin:1.25rem .75rem 0;font-size:.85rem;color:var(--soft)}\n"
    "@media(max-width:34rem){th:nth-child(3),td:nth-child(3){display:none}"
    "h1,p{margin-left:.35rem}th,td{padding-left:.35rem;padding-right:.35rem}}\n"
    "</style>\n"
    "</head>\n"
    "<body>\n";

/* Print `text` by one of the escapes; false when out of memory. */
static bool print_escaped(FILE *to, struct tri_slice text,
                          struct tri_slice (*escape)(struct tri_arena *, struct tri_slice))
{
    struct tri_arena scratch;
    tri_arena_init(&scratch, NULL, SCRATCH_BYTES);
    struct tri_slice safe = escape(&scratch, text);
    if (safe.at)
        fwrite(safe.at, 1, safe.len, to);
    tri_arena_reset(&scratch);
    return safe.at != NULL;
}

/* A name as part of a path in a quoted attribute. */
static struct tri_slice escape_link(struct tri_arena *arena, struct tri_slice name)
{
    struct tri_slice path = tri_escape_path(arena, name);
    return path.at ? tri_escape_html(arena, path) : path;
}

/* "812 B", "4.2 KiB", "37 MiB" */
static void print_size(FILE *to, int64_t bytes)
{
    static const char units[] = "KMGTPE";
    if (bytes < 1024) {
        fprintf(to, "%" PRId64 " B", bytes);
        return;
    }
    double size = (double)bytes / 1024;
    size_t unit = 0;
    for (; size >= 1023.5 && units[unit + 1]; unit++)
        size /= 1024;
    fprintf(to, "%.*f %ciB", size < 9.95 ? 1 : 0, size, units[unit]);
}

static void print_time(FILE *to, int64_t seconds)
{
    char text[64];
    time_t at = (time_t)seconds;
    struct tm utc;
    if (!gmtime_r(&at, &utc) || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        return;
    fprintf(to, "<time datetime=\"%s\">", text);
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &utc);
    fprintf(to, "%s</time>", text);
}

bool tri_listing_print_entry(FILE *to, const struct tri_listing_entry *entry)
{
    struct tri_slice name = tri_slice_of(entry->name);
    const char *slash = entry->is_folder ? "/" : "";
    fputs("<tr><td><a href=\"./", to);
    if (!print_escaped(to, name, escape_link))
        return false;
    fprintf(to, "%s\"%s>", slash,
            entry->is_folder ? " class=\"folder\""
            : entry->is_link ? " class=\"link\""
                             : "");
    if (!print_escaped(to, name, tri_escape_html))
        return false;
    fprintf(to, "%s</a></td><td>", slash);
    if (!entry->is_folder && !entry->is_link)
        print_size(to, entry->bytes);
    fputs("</td><td>", to);
    print_time(to, entry->modified_s);
    fputs("</td></tr>\n", to);
    return true;
}

/* Is this where the route's folder itself is shown? There is nothing of it above. */
static bool is_root(const struct tri_request *request)
{
    for (uint32_t i = 0; i < request->param_count; i++)
        if (tri_slice_is(request->params[i].name, TRI_SLICE("path")))
            return request->params[i].value.len == 0;
    return request->target.path.len <= 1;
}

static void print_summary(FILE *to, const struct tri_listing *listing)
{
    size_t folders = 0;
    while (folders < listing->count && listing->at[folders].is_folder)
        folders++;
    size_t files = listing->count - folders;
    fprintf(to, "<p>%zu folder%s, %zu file%s", folders, folders == 1 ? "" : "s", files,
            files == 1 ? "" : "s");
    if (listing->is_cut)
        fprintf(to, ". There are more: no more than %d names are looked at",
                TRI_LISTING_ENTRIES_MAX);
    fputs("</p>\n", to);
}

bool tri_listing_print_start(FILE *to, const struct tri_request *request)
{
    fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<title>", to);
    if (!print_escaped(to, request->target.path, tri_escape_html))
        return false;
    fprintf(to, "</title>\n%s<h1>", page_start);
    if (!print_escaped(to, request->target.path, tri_escape_html))
        return false;
    fputs("</h1>\n<table>\n<thead><tr><th>Name</th><th>Size</th><th>Modified (UTC)</th></tr>"
          "</thead>\n<tbody>\n",
          to);
    if (!is_root(request))
        fputs(
            "<tr><td><a href=\"../\" class=\"up\">Parent folder</a></td><td></td><td></td></tr>\n",
            to);
    return true;
}

void tri_listing_print_end(FILE *to, const struct tri_listing *listing)
{
    fputs("</tbody>\n</table>\n", to);
    print_summary(to, listing);
    fputs("</body>\n</html>\n", to);
}
