/*
 * files_coding.c - which coding of a file a client gets: precompressed beside it, made on the fly,
 * or none, and what depends on that. Precompressed files are sent as they are, so here they hold
 * plain text that tells which one it was (root.h).
 *
 * What takes more than one turn to compress is sent as it is when too many others are at that, as
 * in the identity test: it VARIES.
 */
#include "tests/conformance/root.h"
#include "tests/conformance/table.h"

#define ASK_OF(file, fields) BYTES("GET /" file " HTTP/1.1\r\n" HOST fields END)
#define ACCEPT(list) "Accept-Encoding: " list "\r\n"
#define ASK(list) ASK_OF("all.css", ACCEPT(list))

#define TYPED "Content-Type: text/css; charset=utf-8\nVary: Accept-Encoding\n"
#define TAG_PLAIN ROOT_ETAG("13")
#define TAG_BR ROOT_ETAG_CODED("a", "br")
#define TAG_ZSTD ROOT_ETAG_CODED("b", "zstd")
#define TAG_GZIP ROOT_ETAG_CODED("d", "gzip")
#define PLAIN                                                                                      \
    "200", STAYS, .body = "the sheet as it is\n",                                                  \
                  .fields = TYPED "!Content-Encoding\nContent-Length: 19\nETag: " TAG_PLAIN
#define BR                                                                                         \
    "200", STAYS, .body = "by brotli\n",                                                           \
                  .fields = TYPED "Content-Encoding: br\nContent-Length: 10\nETag: " TAG_BR
#define ZSTD                                                                                       \
    "200", STAYS, .body = "by zstd...\n",                                                          \
                  .fields = TYPED "Content-Encoding: zstd\nContent-Length: 11\nETag: " TAG_ZSTD
#define GZIP                                                                                       \
    "200", STAYS, .body = "by gzip.....\n",                                                        \
                  .fields = TYPED "Content-Encoding: gzip\nContent-Length: 13\nETag: " TAG_GZIP
#define UNACCEPTABLE "406", STAYS, .fields = "!Content-Encoding\n!ETag\n!Cache-Control"

#define LIVE_TAG(coding) ROOT_ETAG_CODED("400", coding)
#define LIVE_FIELDS(coding)                                                                        \
    "Content-Type: text/plain; charset=utf-8\nContent-Encoding: " coding                           \
    "\n!Content-Length\nVary: Accept-Encoding\nLast-Modified: " ROOT_DATE                          \
    "\n!Content-Range\nETag: " LIVE_TAG(coding)
#define LIVE(coding)                                                                               \
    "200", STAYS, .fields = LIVE_FIELDS(coding) "\nTransfer-Encoding: chunked", .holds = "!all work"
#define NOT_LIVE(len, vary)                                                                        \
    "200", STAYS, .fields = "!Content-Encoding\n!Transfer-Encoding\nContent-Length: " len vary

static const struct row rows[] = {
    {"no Accept-Encoding", "RFC 9110 12.5.3", ASK_OF("all.css", ""), PLAIN},
    {"an empty one", "RFC 9110 12.5.3", ASK_OF("all.css", "Accept-Encoding:\r\n"), PLAIN},
    {"gzip", "RFC 9110 12.5.3", ASK("gzip"), GZIP},
    {"br", "RFC 9110 12.5.3", ASK("br"), BR},
    {"zstd", "RFC 9110 12.5.3", ASK("zstd"), ZSTD},
    {"what browsers send", "RFC 9110 12.5.3", ASK("gzip, deflate, br, zstd"), BR},
    {"what they send without TLS", "RFC 9110 12.5.3", ASK("gzip, deflate"), GZIP},
    {"capitals", "RFC 9110 8.4.1", ASK("GZip"), GZIP},
    {"an old name", "RFC 9110 8.4.1.3", ASK("x-gzip"), GZIP},
    {"no blanks", "RFC 9110 5.6.1", ASK("deflate,gzip"), GZIP},
    {"empty members", "RFC 9110 5.6.1.2", ASK(", ,gzip,"), GZIP},
    {"two lines", "RFC 9110 5.3", ASK_OF("all.css", ACCEPT("deflate") ACCEPT("gzip")), GZIP},
    {"what nobody has", "RFC 9110 12.5.3", ASK("deflate, compress"), PLAIN},
    {"a name that begins like one", "RFC 9110 12.5.3", ASK("gzipped, brotli"), PLAIN},
    {"nonsense", "RFC 9110 12.5.3", ASK("=;,\"gzip\""), PLAIN},

    {"weights", "RFC 9110 12.4.2", ASK("gzip;q=1.0, br;q=0.5"), GZIP},
    {"weights the other way", "RFC 9110 12.4.2", ASK("gzip;q=0.5, br;q=1.0"), BR},
    {"weights that differ by a thousandth", "RFC 9110 12.4.2", ASK("br;q=0.998, zstd;q=0.999"),
     ZSTD},
    {"no weight is 1", "RFC 9110 12.4.2", ASK("br;q=0.9, gzip"), GZIP},
    {"equal weights leave it to the server", "RFC 9110 12.4.2",
     ASK("gzip;q=0.8, zstd;q=0.8, br;q=0.8"), BR},
    {"a small weight is a yes", "RFC 9110 12.4.2", ASK("gzip;q=0.001"), GZIP},
    {"blanks before a weight", "RFC 9110 12.4.2", ASK("br;q=0.1 ,\tgzip ; q=0.5"), GZIP},
    {"a capital Q", "RFC 9110 5.6.6", ASK("gzip;Q=0, br;Q=0.1"), BR},
    {"no to one", "RFC 9110 12.4.2", ASK("br;q=0, gzip"), GZIP},
    {"no with zeros", "RFC 9110 12.4.2", ASK("br;q=0.000, gzip;q=0.5"), GZIP},
    {"no to the only one", "RFC 9110 12.4.2", ASK("gzip;q=0"), PLAIN},
    {"a weight above 1", "RFC 9110 12.4.2", ASK("gzip;q=1.001"), PLAIN},
    {"a weight of four digits", "RFC 9110 12.4.2", ASK("gzip;q=0.1234"), PLAIN},
    {"a weight below 0", "RFC 9110 12.4.2", ASK("gzip;q=-1"), PLAIN},
    {"a malformed member spoils no other", "RFC 9110 12.4.2", ASK("br;q=x, gzip"), GZIP},

    {"any", "RFC 9110 12.5.3", ASK("*"), BR},
    {"any but one", "RFC 9110 12.5.3", ASK("*, br;q=0"), ZSTD},
    {"any, of little weight", "RFC 9110 12.5.3", ASK("*;q=0.1, gzip"), GZIP},
    {"one and no other", "RFC 9110 12.5.3", ASK("gzip, *;q=0"), GZIP},
    {"identity and no other", "RFC 9110 12.5.3", ASK("identity, *;q=0"), PLAIN},
    {"identity first", "RFC 9110 12.5.3", ASK("identity, gzip;q=0.5"), PLAIN},
    {"identity last", "RFC 9110 12.5.3", ASK("identity;q=0.1, gzip;q=0.2"), GZIP},
    {"identity not, but one", "RFC 9110 12.5.3", ASK("identity;q=0, gzip"), GZIP},
    {"identity not, but any", "RFC 9110 12.5.3", ASK("identity;q=0, *"), BR},
    {"nothing at all", "RFC 9110 15.5.7", ASK("*;q=0"), UNACCEPTABLE},
    {"identity not, and no other", "RFC 9110 15.5.7", ASK("identity;q=0"), UNACCEPTABLE},
    {"identity not, and what nobody has", "RFC 9110 15.5.7", ASK("deflate, identity;q=0"),
     UNACCEPTABLE},
    {"nothing at all, with HEAD", "RFC 9110 15.5.7",
     BYTES("HEAD /all.css HTTP/1.1\r\n" HOST ACCEPT("*;q=0") END), "406-", STAYS},
    {"an image comes as it is or not", "RFC 9110 15.5.7",
     ASK_OF("2048.png", ACCEPT("gzip, identity;q=0")), UNACCEPTABLE},

    {"HEAD of a coding", "RFC 9110 9.3.2",
     BYTES("HEAD /all.css HTTP/1.1\r\n" HOST ACCEPT("gzip") END), "200-", STAYS,
     .fields = TYPED "Content-Encoding: gzip\nContent-Length: 13\nETag: " TAG_GZIP},
    {"where there is only one", "README", ASK_OF("only.css", ACCEPT("br, gzip;q=0.1")), "200",
     STAYS, .body = "0123456789abcdef", .fields = TYPED "Content-Encoding: gzip"},
    {"where there is another", "README", ASK_OF("only.css", ACCEPT("br")), "200", STAYS,
     .body = "the sheet\n", .fields = TYPED "!Content-Encoding"},
    {"a coded file under its own name is no coding", "RFC 9110 8.4",
     ASK_OF("all.css.gz", ACCEPT("gzip")), "200", STAYS, .body = "by gzip.....\n",
     .fields = "!Content-Encoding\nContent-Type: application/gzip"},

    {"a coding's tag is a 304", "RFC 9110 8.8.3.3",
     ASK_OF("all.css", ACCEPT("gzip") "If-None-Match: " TAG_GZIP "\r\n"), "304", STAYS,
     .fields = "ETag: " TAG_GZIP
               "\nVary: Accept-Encoding\n!Content-Length\n!Content-Encoding\n!Content-Type"},
    {"another coding's is not", "RFC 9110 8.8.3.3",
     ASK_OF("all.css", ACCEPT("gzip") "If-None-Match: " TAG_BR "\r\n"), GZIP},
    {"nor is that of none", "RFC 9110 8.8.3.3",
     ASK_OF("all.css", ACCEPT("gzip") "If-None-Match: " TAG_PLAIN "\r\n"), GZIP},
    {"nor a coding's where none is wanted", "RFC 9110 8.8.3.3",
     ASK_OF("all.css", "If-None-Match: " TAG_GZIP "\r\n"), PLAIN},
    {"the tags of all, as a cache asks", "RFC 9111 4.3.1",
     ASK_OF("all.css", ACCEPT("br") "If-None-Match: " TAG_PLAIN ", " TAG_GZIP ", " TAG_BR "\r\n"),
     "304", STAYS, .fields = "ETag: " TAG_BR},
    {"If-Match of the coding", "RFC 9110 13.1.1",
     ASK_OF("all.css", ACCEPT("br") "If-Match: " TAG_BR "\r\n"), BR},
    {"If-Match of another", "RFC 9110 13.1.1",
     ASK_OF("all.css", ACCEPT("br") "If-Match: " TAG_PLAIN "\r\n"), "412", STAYS},
    {"the date is that of the coding", "RFC 9110 13.1.3",
     ASK_OF("all.css", ACCEPT("br") "If-Modified-Since: " ROOT_DATE "\r\n"), "304", STAYS,
     .fields = "ETag: " TAG_BR},
    {"what is not acceptable has no conditions", "RFC 9110 13.2.1",
     ASK_OF("all.css", ACCEPT("*;q=0") "If-None-Match: *\r\n"), UNACCEPTABLE},

    {"a range of a coding", "RFC 9110 14.2",
     ASK_OF("all.css", ACCEPT("gzip") "Range: bytes=3-6\r\n"), "206", STAYS, .body = "gzip",
     .fields = TYPED
     "Content-Encoding: gzip\nContent-Range: bytes 3-6/13\nContent-Length: 4\nETag: " TAG_GZIP},
    {"a suffix of a coding", "RFC 9110 14.2", ASK_OF("all.css", ACCEPT("br") "Range: bytes=-7\r\n"),
     "206", STAYS, .body = "brotli\n", .fields = "Content-Range: bytes 3-9/10"},
    {"a range behind the end of a coding", "RFC 9110 15.5.17",
     ASK_OF("all.css", ACCEPT("br") "Range: bytes=10-\r\n"), "416", STAYS,
     .fields = "Content-Range: bytes */10\n!Content-Encoding"},
    {"If-Range: the coding's tag", "RFC 9110 13.1.5",
     ASK_OF("all.css", ACCEPT("gzip") "Range: bytes=3-6\r\nIf-Range: " TAG_GZIP "\r\n"), "206",
     STAYS, .body = "gzip"},
    {"If-Range: the tag of none", "RFC 9110 13.1.5",
     ASK_OF("all.css", ACCEPT("gzip") "Range: bytes=3-6\r\nIf-Range: " TAG_PLAIN "\r\n"), GZIP},
    {"several ranges of a coding are the whole", "RFC 9110 14.2",
     ASK_OF("only.css", ACCEPT("gzip") "Range: bytes=0-0,4-4\r\n"), "200", STAYS,
     .body = "0123456789abcdef", .fields = "Content-Encoding: gzip\n!Content-Range"},

    {"gzip on the fly", "RFC 9110 8.4.1.3", ASK_OF("1024.txt", ACCEPT("gzip")), LIVE("gzip")},
    {"br on the fly", "RFC 7932", ASK_OF("1024.txt", ACCEPT("br, gzip")), LIVE("br")},
    {"zstd is not made on the fly", "README", ASK_OF("1024.txt", ACCEPT("zstd")),
     NOT_LIVE("1024", "\nVary: Accept-Encoding\nETag: " ROOT_ETAG("400"))},
    {"small text is not compressed", "README", ASK_OF("1023.txt", ACCEPT("gzip, br")),
     NOT_LIVE("1023", "\nVary: Accept-Encoding")},
    {"small text is not compressed even if it must", "README",
     ASK_OF("1023.txt", ACCEPT("gzip, identity;q=0")), UNACCEPTABLE},
    {"an image is not compressed", "README", ASK_OF("2048.png", ACCEPT("gzip, br")),
     NOT_LIVE("2048", "\nContent-Type: image/png")},
    {"what has no type is not compressed", "README", ASK_OF("16384.bin", ACCEPT("gzip, br")),
     NOT_LIVE("16384", "")},
    {"an empty file is not compressed", "README", ASK_OF("empty.txt", ACCEPT("gzip")),
     NOT_LIVE("0", "")},
    {"text is compressed on its own where nobody asks for it", "RFC 9110 12.5.3",
     ASK_OF("1024.txt", ""), NOT_LIVE("1024", "\nVary: Accept-Encoding\nETag: " ROOT_ETAG("400"))},
    {"identity goes before compression", "RFC 9110 12.5.3",
     ASK_OF("1024.txt", ACCEPT("identity, gzip;q=0.9")), NOT_LIVE("1024", "")},
    {"compression must be", "RFC 9110 12.5.3", ASK_OF("1024.txt", ACCEPT("gzip, identity;q=0")),
     LIVE("gzip")},
    {"text of several pieces", "README", ASK_OF("100000.txt", ACCEPT("gzip")), "200", STAYS, VARIES,
     .fields = "Content-Encoding: gzip\nTransfer-Encoding: chunked\nETag: " ROOT_ETAG_CODED(
         "186a0", "gzip")},
    {"on the fly for HTTP/1.0", "RFC 9112 6.1",
     BYTES("GET /1024.txt HTTP/1.0\r\n" ACCEPT("gzip") END), "200", CLOSES,
     .fields = LIVE_FIELDS("gzip") "\n!Transfer-Encoding"},
    {"HEAD of what is made on the fly", "RFC 9110 9.3.2",
     BYTES("HEAD /1024.txt HTTP/1.1\r\n" HOST ACCEPT("br") END), "200-", STAYS,
     .fields = LIVE_FIELDS("br")},
    {"on the fly and as it is take turns", "RFC 9112 9.3.2",
     BYTES("GET /100000.txt HTTP/1.1\r\n" HOST ACCEPT("br") END
           "HEAD /100000.txt HTTP/1.1\r\n" HOST ACCEPT("gzip") END
           "GET /100000.txt HTTP/1.1\r\n" HOST END "GET /1024.txt HTTP/1.1\r\n" HOST ACCEPT("gzip")
               END GET HOST END),
     "200 200- 200 200 200", STAYS, VARIES, .body = HELLO},
    {"a 304 for what would be made on the fly", "RFC 9110 13.1.2",
     ASK_OF("1024.txt", ACCEPT("gzip") "If-None-Match: " LIVE_TAG("gzip") "\r\n"), "304", STAYS,
     .fields = "!Content-Length\n!Transfer-Encoding\n!Content-Encoding\nETag: " LIVE_TAG("gzip")},
    {"none for the tag of none", "RFC 9110 13.1.2",
     ASK_OF("1024.txt", ACCEPT("gzip") "If-None-Match: " ROOT_ETAG("400") "\r\n"), LIVE("gzip")},
    {"one for its date", "RFC 9110 13.1.3",
     ASK_OF("1024.txt", ACCEPT("gzip") "If-Modified-Since: " ROOT_DATE "\r\n"), "304", STAYS,
     .fields = "ETag: " LIVE_TAG("gzip")},
    {"a range is of the file as it is", "RFC 9110 14.2",
     ASK_OF("1024.txt", ACCEPT("gzip") "Range: bytes=4-7\r\n"), "206", STAYS, .body = "work",
     .fields = "!Content-Encoding\nContent-Range: bytes 4-7/1024\nVary: "
               "Accept-Encoding\nETag: " ROOT_ETAG("400")},
    {"If-Range: the tag of what was made on the fly", "RFC 9110 13.1.5",
     ASK_OF("1024.txt", ACCEPT("gzip") "Range: bytes=4-7\r\nIf-Range: " LIVE_TAG("gzip") "\r\n"),
     "200", STAYS, .fields = "!Content-Range"},
    {"where it must be compressed there are no ranges", "RFC 9110 14.2",
     ASK_OF("1024.txt", ACCEPT("gzip, identity;q=0") "Range: bytes=4-7\r\n"), LIVE("gzip")},
    {"an error is not compressed", "README", ASK_OF("none.txt", ACCEPT("gzip")), "404", STAYS,
     .body = "no such file\n", .fields = "!Content-Encoding"},
    {"what is no file is not compressed", "README", ASK_OF("hello", ACCEPT("gzip")), "200", STAYS,
     .body = HELLO, .fields = "!Content-Encoding"},
};

TOPIC(files_coding, {NULL}, true);
