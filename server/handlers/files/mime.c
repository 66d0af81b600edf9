/*
 * mime.c - the table of media types (IANA's registry, and what browsers expect).
 */
#include "server/handlers/mime.h"

#include <stdlib.h>

#define UTF8 "; charset=utf-8"

struct type {
    const char *ending;
    struct tri_slice name;
};

#define T(ending, name)                                                                            \
    {                                                                                              \
        ending,                                                                                    \
        {                                                                                          \
            name, sizeof(name) - 1                                                                 \
        }                                                                                          \
    }

/* Sorted by ending. */
static const struct type types[] = {
    T("7z", "application/x-7z-compressed"),
    T("aac", "audio/aac"),
    T("apng", "image/apng"),
    T("atom", "application/atom+xml"),
    T("avif", "image/avif"),
    T("bin", "application/octet-stream"),
    T("bmp", "image/bmp"),
    T("br", "application/x-brotli"),
    T("bz2", "application/x-bzip2"),
    T("c", "text/plain" UTF8),
    T("conf", "text/plain" UTF8),
    T("css", "text/css" UTF8),
    T("csv", "text/csv" UTF8),
    T("doc", "application/msword"),
    T("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    T("eot", "application/vnd.ms-fontobject"),
    T("epub", "application/epub+zip"),
    T("flac", "audio/flac"),
    T("gif", "image/gif"),
    T("gz", "application/gzip"),
    T("h", "text/plain" UTF8),
    T("htm", "text/html" UTF8),
    T("html", "text/html" UTF8),
    T("ico", "image/x-icon"),
    T("ics", "text/calendar" UTF8),
    T("jpeg", "image/jpeg"),
    T("jpg", "image/jpeg"),
    T("js", "text/javascript" UTF8),
    T("json", "application/json"),
    T("jsonld", "application/ld+json"),
    T("jxl", "image/jxl"),
    T("log", "text/plain" UTF8),
    T("m4a", "audio/mp4"),
    T("m4v", "video/mp4"),
    T("map", "application/json"),
    T("md", "text/markdown" UTF8),
    T("mid", "audio/midi"),
    T("mjs", "text/javascript" UTF8),
    T("mov", "video/quicktime"),
    T("mp3", "audio/mpeg"),
    T("mp4", "video/mp4"),
    T("mpeg", "video/mpeg"),
    T("odp", "application/vnd.oasis.opendocument.presentation"),
    T("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    T("odt", "application/vnd.oasis.opendocument.text"),
    T("oga", "audio/ogg"),
    T("ogg", "audio/ogg"),
    T("ogv", "video/ogg"),
    T("opus", "audio/ogg"),
    T("otf", "font/otf"),
    T("pdf", "application/pdf"),
    T("png", "image/png"),
    T("ppt", "application/vnd.ms-powerpoint"),
    T("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    T("rss", "application/rss+xml"),
    T("rtf", "application/rtf"),
    T("svg", "image/svg+xml"),
    T("tar", "application/x-tar"),
    T("tif", "image/tiff"),
    T("tiff", "image/tiff"),
    T("ttf", "font/ttf"),
    T("txt", "text/plain" UTF8),
    T("vtt", "text/vtt" UTF8),
    T("wasm", "application/wasm"),
    T("wav", "audio/wav"),
    T("weba", "audio/webm"),
    T("webm", "video/webm"),
    T("webmanifest", "application/manifest+json"),
    T("webp", "image/webp"),
    T("woff", "font/woff"),
    T("woff2", "font/woff2"),
    T("xhtml", "application/xhtml+xml"),
    T("xls", "application/vnd.ms-excel"),
    T("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    T("xml", "application/xml"),
    T("yaml", "application/yaml"),
    T("yml", "application/yaml"),
    T("zip", "application/zip"),
    T("zst", "application/zstd"),
};

static int order(const void *key, const void *entry)
{
    const struct tri_slice *ending = key;
    const struct type *type = entry;
    int side = strncasecmp(ending->at, type->ending, ending->len);
    return side ? side : -(type->ending[ending->len] != '\0'); /* a prefix goes first */
}

struct tri_slice tri_mime_find(struct tri_slice name)
{
    const struct type *found = NULL;
    const char *dot = name.len ? memrchr(name.at, '.', name.len) : NULL;
    if (dot) {
        struct tri_slice ending = tri_slice_from(name, (size_t)(dot + 1 - name.at));
        found = bsearch(&ending, types, sizeof(types) / sizeof(*types), sizeof(*types), order);
    }
    return found ? found->name : TRI_SLICE("application/octet-stream");
}
