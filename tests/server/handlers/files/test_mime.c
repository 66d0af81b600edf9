/*
 * test_mime.c - media types by ending.
 */
#include "server/handlers/mime.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(handlers_mime, .timeout = 10);

static const char *const types[][2] = {
    {"index.html", "text/html; charset=utf-8"},
    {"INDEX.HTM", "text/html; charset=utf-8"},
    {"a/b/style.min.css", "text/css; charset=utf-8"},
    {"x.7z", "application/x-7z-compressed"}, /* first of the table */
    {"x.zst", "application/zstd"},           /* last of the table */
    {"x.h", "text/plain; charset=utf-8"},
    {"x.woff", "font/woff"},
    {"x.woff2", "font/woff2"},
    {"x.woff3", "application/octet-stream"},
    {"x.wof", "application/octet-stream"},
    {"x.js", "text/javascript; charset=utf-8"},
    {"x.json", "application/json"},
    {"x.jso", "application/octet-stream"},
    {"x.svg", "image/svg+xml"},
    {"x.", "application/octet-stream"},
    {"x", "application/octet-stream"},
    {"html", "application/octet-stream"},
    {"", "application/octet-stream"},
};

Test(handlers_mime, types_go_by_the_last_ending_in_any_case)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        struct tri_slice type = tri_mime_find(tri_slice_of(types[i][0]));
        cr_assert(tri_slice_is(type, tri_slice_of(types[i][1])), "%s: %.*s", types[i][0],
                  (int)type.len, type.at);
    }
}

Test(handlers_mime, every_known_ending_is_found)
{
    /* a table out of order would lose some of them */
    static const char *const known[] = {
        "a.aac",  "a.apng", "a.atom", "a.avif", "a.bin",         "a.bmp",  "a.br",    "a.bz2",
        "a.c",    "a.conf", "a.css",  "a.csv",  "a.doc",         "a.docx", "a.eot",   "a.epub",
        "a.flac", "a.gif",  "a.gz",   "a.ico",  "a.ics",         "a.jpeg", "a.jpg",   "a.jsonld",
        "a.jxl",  "a.log",  "a.m4a",  "a.m4v",  "a.map",         "a.md",   "a.mid",   "a.mjs",
        "a.mov",  "a.mp3",  "a.mp4",  "a.mpeg", "a.odp",         "a.ods",  "a.odt",   "a.oga",
        "a.ogg",  "a.ogv",  "a.opus", "a.otf",  "a.pdf",         "a.png",  "a.ppt",   "a.pptx",
        "a.rss",  "a.rtf",  "a.tar",  "a.tif",  "a.tiff",        "a.ttf",  "a.txt",   "a.vtt",
        "a.wasm", "a.wav",  "a.weba", "a.webm", "a.webmanifest", "a.webp", "a.xhtml", "a.xls",
        "a.xlsx", "a.xml",  "a.yaml", "a.yml",  "a.zip"};
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        bool is_bin = strcmp(known[i], "a.bin") == 0;
        struct tri_slice type = tri_mime_find(tri_slice_of(known[i]));
        cr_assert(eq(int, tri_slice_is(type, TRI_SLICE("application/octet-stream")), is_bin), "%s",
                  known[i]);
    }
}
