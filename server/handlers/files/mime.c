/*
 * mime.c - the table of media types: IANA's registry, and what browsers expect.
 *
 * JSON and XML name no charset: the first has none but UTF-8 (RFC 8259 8.1), the second says it
 * itself (RFC 7303 3.2).
 */
#include "server/handlers/files/mime.h"

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

/* Sorted by ending, all in lower case. ".ts" is video far more often than it is TypeScript. */
static const struct type types[] = {
    T("3gp", "video/3gpp"),
    T("7z", "application/x-7z-compressed"),
    T("aac", "audio/aac"),
    T("ai", "application/postscript"),
    T("aif", "audio/aiff"),
    T("aiff", "audio/aiff"),
    T("apk", "application/vnd.android.package-archive"),
    T("apng", "image/apng"),
    T("asc", "application/pgp-signature"),
    T("atom", "application/atom+xml"),
    T("avi", "video/x-msvideo"),
    T("avif", "image/avif"),
    T("bin", "application/octet-stream"),
    T("bmp", "image/bmp"),
    T("br", "application/x-brotli"),
    T("bz2", "application/x-bzip2"),
    T("c", "text/plain" UTF8),
    T("cbor", "application/cbor"),
    T("cc", "text/plain" UTF8),
    T("cjs", "text/javascript" UTF8),
    T("conf", "text/plain" UTF8),
    T("cpp", "text/plain" UTF8),
    T("crt", "application/x-x509-ca-cert"),
    T("css", "text/css" UTF8),
    T("csv", "text/csv" UTF8),
    T("cur", "image/x-icon"),
    T("deb", "application/vnd.debian.binary-package"),
    T("der", "application/x-x509-ca-cert"),
    T("diff", "text/plain" UTF8),
    T("dll", "application/vnd.microsoft.portable-executable"),
    T("dmg", "application/x-apple-diskimage"),
    T("doc", "application/msword"),
    T("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    T("dtd", "application/xml-dtd"),
    T("eml", "message/rfc822"),
    T("eot", "application/vnd.ms-fontobject"),
    T("eps", "application/postscript"),
    T("epub", "application/epub+zip"),
    T("exe", "application/vnd.microsoft.portable-executable"),
    T("flac", "audio/flac"),
    T("geojson", "application/geo+json"),
    T("gif", "image/gif"),
    T("glb", "model/gltf-binary"),
    T("gltf", "model/gltf+json"),
    T("go", "text/plain" UTF8),
    T("gpx", "application/gpx+xml"),
    T("gz", "application/gzip"),
    T("h", "text/plain" UTF8),
    T("heic", "image/heic"),
    T("heif", "image/heif"),
    T("hpp", "text/plain" UTF8),
    T("htm", "text/html" UTF8),
    T("html", "text/html" UTF8),
    T("ico", "image/x-icon"),
    T("ics", "text/calendar" UTF8),
    T("ini", "text/plain" UTF8),
    T("iso", "application/octet-stream"),
    T("jar", "application/java-archive"),
    T("java", "text/plain" UTF8),
    T("jfif", "image/jpeg"),
    T("jpe", "image/jpeg"),
    T("jpeg", "image/jpeg"),
    T("jpg", "image/jpeg"),
    T("js", "text/javascript" UTF8),
    T("json", "application/json"),
    T("json5", "application/json5"),
    T("jsonld", "application/ld+json"),
    T("jxl", "image/jxl"),
    T("kml", "application/vnd.google-earth.kml+xml"),
    T("kmz", "application/vnd.google-earth.kmz"),
    T("log", "text/plain" UTF8),
    T("lz4", "application/x-lz4"),
    T("m3u8", "application/vnd.apple.mpegurl"),
    T("m4a", "audio/mp4"),
    T("m4v", "video/mp4"),
    T("map", "application/json"),
    T("markdown", "text/markdown" UTF8),
    T("mathml", "application/mathml+xml"),
    T("md", "text/markdown" UTF8),
    T("mid", "audio/midi"),
    T("midi", "audio/midi"),
    T("mjs", "text/javascript" UTF8),
    T("mka", "audio/x-matroska"),
    T("mkv", "video/x-matroska"),
    T("mov", "video/quicktime"),
    T("mp3", "audio/mpeg"),
    T("mp4", "video/mp4"),
    T("mpd", "application/dash+xml"),
    T("mpeg", "video/mpeg"),
    T("mpg", "video/mpeg"),
    T("msi", "application/x-msi"),
    T("ndjson", "application/x-ndjson"),
    T("odp", "application/vnd.oasis.opendocument.presentation"),
    T("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    T("odt", "application/vnd.oasis.opendocument.text"),
    T("oga", "audio/ogg"),
    T("ogg", "audio/ogg"),
    T("ogv", "video/ogg"),
    T("opus", "audio/ogg"),
    T("otf", "font/otf"),
    T("p12", "application/x-pkcs12"),
    T("patch", "text/plain" UTF8),
    T("pdf", "application/pdf"),
    T("pem", "application/x-pem-file"),
    T("pgp", "application/pgp-encrypted"),
    T("png", "image/png"),
    T("ppt", "application/vnd.ms-powerpoint"),
    T("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    T("ps", "application/postscript"),
    T("psd", "image/vnd.adobe.photoshop"),
    T("py", "text/plain" UTF8),
    T("rar", "application/vnd.rar"),
    T("rpm", "application/x-rpm"),
    T("rs", "text/plain" UTF8),
    T("rss", "application/rss+xml"),
    T("rst", "text/plain" UTF8),
    T("rtf", "application/rtf"),
    T("sh", "text/x-sh" UTF8),
    T("shtml", "text/html" UTF8),
    T("sig", "application/pgp-signature"),
    T("sql", "text/plain" UTF8),
    T("srt", "text/plain" UTF8),
    T("stl", "model/stl"),
    T("svg", "image/svg+xml"),
    T("tar", "application/x-tar"),
    T("tex", "text/plain" UTF8),
    T("text", "text/plain" UTF8),
    T("tgz", "application/gzip"),
    T("tif", "image/tiff"),
    T("tiff", "image/tiff"),
    T("toml", "application/toml"),
    T("torrent", "application/x-bittorrent"),
    T("ts", "video/mp2t"),
    T("tsv", "text/tab-separated-values" UTF8),
    T("ttc", "font/collection"),
    T("ttf", "font/ttf"),
    T("txt", "text/plain" UTF8),
    T("vcf", "text/vcard" UTF8),
    T("vtt", "text/vtt" UTF8),
    T("wasm", "application/wasm"),
    T("wav", "audio/wav"),
    T("weba", "audio/webm"),
    T("webm", "video/webm"),
    T("webmanifest", "application/manifest+json"),
    T("webp", "image/webp"),
    T("wmv", "video/x-ms-wmv"),
    T("woff", "font/woff"),
    T("woff2", "font/woff2"),
    T("xht", "application/xhtml+xml"),
    T("xhtml", "application/xhtml+xml"),
    T("xls", "application/vnd.ms-excel"),
    T("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    T("xml", "application/xml"),
    T("xpi", "application/x-xpinstall"),
    T("xsl", "application/xslt+xml"),
    T("xslt", "application/xslt+xml"),
    T("xz", "application/x-xz"),
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
