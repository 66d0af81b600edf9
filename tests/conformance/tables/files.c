/*
 * files.c - files of a folder (root.h) and nothing beside it.
 */
#include "tests/conformance/table.h"

#define ASK(target) BYTES("GET " target " HTTP/1.1\r\n" HOST END)
#define HEAD(target) BYTES("HEAD " target " HTTP/1.1\r\n" HOST END)

static const struct row rows[] = {
    {"a folder is its index", "README", ASK("/"), "200", STAYS, .body = "the index\n",
     .fields = "Content-Type: text/html; charset=utf-8\nContent-Length: 10"},
    {"a file has a length, a type and a date", "RFC 9110 8", ASK("/one.txt"), "200", STAYS,
     .body = "1", .fields = "Content-Type: text/plain; charset=utf-8\nContent-Length: 1"},
    {"an empty file", "RFC 9110 8.6", ASK("/empty.txt"), "200", STAYS, .body = "",
     .fields = "Content-Length: 0"},
    {"HEAD of a file", "RFC 9110 9.3.2", HEAD("/one.txt"), "200-", STAYS,
     .fields = "Content-Length: 1"},
    {"a file of 16 KiB", "README", ASK("/16384.bin"), "200", STAYS,
     .fields = "Content-Length: 16384"},
    {"a file of 16 KiB and a byte", "README", ASK("/16385.bin"), "200", STAYS,
     .fields = "Content-Length: 16385"},
    {"a large file", "README", ASK("/300000.bin"), "200", STAYS,
     .fields = "Content-Length: 300000"},
    {"HEAD of a large file", "RFC 9110 9.3.2", HEAD("/300000.bin"), "200-", STAYS,
     .fields = "Content-Length: 300000"},
    {"large and small files take turns", "RFC 9112 9.3.2",
     BYTES("GET /300000.bin HTTP/1.1\r\n" HOST END "GET /one.txt HTTP/1.1\r\n" HOST END
           "GET /16385.bin HTTP/1.1\r\n" HOST END
           "HEAD /300000.bin HTTP/1.1\r\n" HOST END GET HOST END),
     "200 200 200 200- 200", STAYS, .body = HELLO},
    {"a large file for HTTP/1.0", "RFC 9112 9.3", BYTES("GET /300000.bin HTTP/1.0\r\n" END), "200",
     CLOSES, .fields = "Content-Length: 300000"},
    {"a folder below has an index", "README", ASK("/below/"), "200", STAYS, .body = "below\n"},
    {"a folder without its slash is elsewhere", "RFC 9110 15.4.2", ASK("/below"), "301", STAYS,
     .fields = "Location: /below/"},
    {"a query goes along", "RFC 9110 15.4.2", ASK("/below?a=b"), "301", STAYS,
     .fields = "Location: /below/?a=b"},
    {"a name with a blank", "RFC 3986 2.1", ASK("/a%20b.txt"), "200", STAYS, .body = "blank\n"},
    {"a folder without an index is not listed", "README", ASK("/bare/"), "404", STAYS},
    {"a file is no folder", "README", ASK("/one.txt/"), "404", STAYS},
    {"what is not there", "RFC 9110 15.5.5", ASK("/none.txt"), "404", STAYS},
    {"a hidden file is not there", "README", ASK("/.hidden"), "404", STAYS},
    {"an escaped hidden file is not there", "README", ASK("/%2ehidden"), "404", STAYS},
    {"above the root is the root", "RFC 3986 5.2.4", ASK("/../one.txt"), "200", STAYS, .body = "1"},
    {"escaped dots lead nowhere else", "RFC 3986 5.2.4", ASK("/%2e%2e/%2e%2e/etc/passwd"), "404",
     STAYS},
    {"an escaped slash leads nowhere", "RFC 3986 2.2", ASK("/..%2f..%2fetc%2fpasswd"), "404",
     STAYS},
    {"an empty segment leads nowhere", "README", ASK("//etc/passwd"), "404", STAYS},
    {"a link out of the root leads nowhere", "README", ASK("/way-out"), "404", STAYS},
    {"POST to a file", "RFC 9110 15.5.6", BYTES("POST /one.txt HTTP/1.1\r\n" HOST END), "405",
     STAYS, .fields = "Allow: GET, HEAD, OPTIONS"},
    {"OPTIONS of a file", "RFC 9110 9.3.7", BYTES("OPTIONS /one.txt HTTP/1.1\r\n" HOST END), "204",
     STAYS, .fields = "Allow: GET, HEAD, OPTIONS"},
    {"the laboratory is there too", "README", ASK("/hello"), "200", STAYS, .body = HELLO},
};

TOPIC(files, {NULL}, true);
