/*
 * test_mime.c - media types by ending.
 */
#include "server/handlers/files/mime.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(handlers_mime, .timeout = 10);

static const char *const types[][2] = {
    {"index.html", "text/html; charset=utf-8"},
    {"INDEX.HTM", "text/html; charset=utf-8"},
    {"a/b/style.min.css", "text/css; charset=utf-8"},
    {"x.3gp", "video/3gpp"}, /* first of the table */
    {"x.7z", "application/x-7z-compressed"},
    {"x.mjs", "text/javascript; charset=utf-8"},
    {"x.webmanifest", "application/manifest+json"},
    {"x.avif", "image/avif"},
    {"x.webp", "image/webp"},
    {"x.epub", "application/epub+zip"},
    {"x.wasm", "application/wasm"},
    {"x.m3u8", "application/vnd.apple.mpegurl"},
    {"a.html/x", "application/octet-stream"},
    {"x.zst", "application/zstd"}, /* last of the table */
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

/* All of them: a table out of order would lose some. */
static const char *const endings[] = {
    "3gp",  "7z",     "aac",   "ai",     "aif",      "aiff",    "apk",  "apng", "asc",
    "atom", "avi",    "avif",  "bin",    "bmp",      "br",      "bz2",  "c",    "cbor",
    "cc",   "cjs",    "conf",  "cpp",    "crt",      "css",     "csv",  "cur",  "deb",
    "der",  "diff",   "dll",   "dmg",    "doc",      "docx",    "dtd",  "eml",  "eot",
    "eps",  "epub",   "exe",   "flac",   "geojson",  "gif",     "glb",  "gltf", "go",
    "gpx",  "gz",     "h",     "heic",   "heif",     "hpp",     "htm",  "html", "ico",
    "ics",  "ini",    "iso",   "jar",    "java",     "jfif",    "jpe",  "jpeg", "jpg",
    "js",   "json",   "json5", "jsonld", "jxl",      "kml",     "kmz",  "log",  "lz4",
    "m3u8", "m4a",    "m4v",   "map",    "markdown", "mathml",  "md",   "mid",  "midi",
    "mjs",  "mka",    "mkv",   "mov",    "mp3",      "mp4",     "mpd",  "mpeg", "mpg",
    "msi",  "ndjson", "odp",   "ods",    "odt",      "oga",     "ogg",  "ogv",  "opus",
    "otf",  "p12",    "patch", "pdf",    "pem",      "pgp",     "png",  "ppt",  "pptx",
    "ps",   "psd",    "py",    "rar",    "rpm",      "rs",      "rss",  "rst",  "rtf",
    "sh",   "shtml",  "sig",   "sql",    "srt",      "stl",     "svg",  "tar",  "tex",
    "text", "tgz",    "tif",   "tiff",   "toml",     "torrent", "ts",   "tsv",  "ttc",
    "ttf",  "txt",    "vcf",   "vtt",    "wasm",     "wav",     "weba", "webm", "webmanifest",
    "webp", "wmv",    "woff",  "woff2",  "xht",      "xhtml",   "xls",  "xlsx", "xml",
    "xpi",  "xsl",    "xslt",  "xz",     "yaml",     "yml",     "zip",  "zst"};

Test(handlers_mime, every_known_ending_is_found)
{
    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
        char name[32];
        bool is_bytes = strcmp(endings[i], "bin") == 0 || strcmp(endings[i], "iso") == 0;
        snprintf(name, sizeof(name), "a.%s", endings[i]);
        struct tri_slice type = tri_mime_find(tri_slice_of(name));
        cr_assert(eq(int, tri_slice_is(type, TRI_SLICE("application/octet-stream")), is_bytes),
                  "%s", name);
    }
}

Test(handlers_mime, text_says_its_charset_and_nothing_else_does)
{
    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
        char name[32];
        snprintf(name, sizeof(name), "a.%s", endings[i]);
        struct tri_slice type = tri_mime_find(tri_slice_of(name));
        bool is_text = strncmp(type.at, "text/", 5) == 0;
        bool has_charset = memmem(type.at, type.len, "; charset=utf-8", 15) != NULL;
        cr_assert(eq(int, has_charset, is_text), "%s", name);
    }
}
