/*
 * files_site.c - what a configuration makes of a site: fields, Cache-Control, error pages, replies
 * in place of files, an application of one page, hosts. The file is root.c's.
 */
#include "tests/conformance/root.h"
#include "tests/conformance/table.h"

#define ASK(target) ASK_WITH(target, "")
#define ASK_WITH(target, fields) BYTES("GET " target " HTTP/1.1\r\n" HOST fields END)
#define ASK_B(target) BYTES("GET " target " HTTP/1.1\r\nHost: b.example\r\n\r\n")

#define OUTER "X-Frame-Options: DENY\nX-Outer: 1\n"
#define CACHED "Cache-Control: max-age=60"
#define PAGE_404                                                                                   \
    "404", STAYS, .body = "<p>nothing here\n",                                                     \
                  .fields = OUTER "Content-Type: text/html; charset=utf-8\n!Cache-Control\n!ETag"
#define MOVED(status, place) status, STAYS, .fields = OUTER CACHED "\nLocation: " place

static const struct row rows[] = {
    {"fields of the configuration", "README", ASK("/one.txt"), "200", STAYS, .body = "1",
     .fields = OUTER CACHED},
    {"also of what is no file", "README", ASK("/hello"), "200", STAYS, .body = HELLO,
     .fields = OUTER CACHED},
    {"also of a 304", "RFC 9110 15.4.5",
     ASK_WITH("/one.txt", "If-None-Match: " ROOT_ETAG("1") "\r\n"), "304", STAYS,
     .fields = OUTER CACHED "\nVary: Accept-Encoding\nETag: " ROOT_ETAG("1")},
    {"also of a 206", "RFC 9110 15.3.7", ASK_WITH("/one.txt", "Range: bytes=0-\r\n"), "206", STAYS,
     .fields = OUTER CACHED},
    {"also of a redirect to the slash", "RFC 9111 4.2.2", ASK("/below"), "301", STAYS,
     .fields = OUTER CACHED "\nLocation: /below/"},
    {"of an error, but for Cache-Control", "README", ASK_WITH("/one.txt", "Range: bytes=5-\r\n"),
     "416", STAYS, .fields = OUTER "!Cache-Control"},
    {"of a refusal, too", "README", BYTES("GET /one.txt HTTP/1.1\r\n" END), "400", CLOSES,
     .fields = "X-Content-Type-Options: nosniff\n!Cache-Control"},

    {"an error page", "README", ASK("/none.txt"), PAGE_404},
    {"an error page instead of what is hidden", "README", ASK("/.hidden"), PAGE_404},
    {"an error page for HEAD", "RFC 9110 9.3.2", BYTES("HEAD /none.txt HTTP/1.1\r\n" HOST END),
     "404-", STAYS, .fields = "Content-Length: 16\nContent-Type: text/html; charset=utf-8"},
    {"an error page has no parts", "RFC 9110 14.2", ASK_WITH("/none.txt", "Range: bytes=0-2\r\n"),
     PAGE_404},
    {"an error page is no 304", "RFC 9110 13.2.1", ASK_WITH("/none.txt", "If-None-Match: *\r\n"),
     PAGE_404},
    {"an error page for another status", "RFC 9110 15.5.6",
     BYTES("DELETE /one.txt HTTP/1.1\r\n" HOST END), "405", STAYS, .body = "not like this\n",
     .fields = "Allow: GET, HEAD, OPTIONS\nContent-Type: text/plain; charset=utf-8"},
    {"an error page keeps the fields of its error", "RFC 9110 15.5.17",
     ASK_WITH("/ten.txt", "Range: bytes=10-\r\n"), "416", STAYS,
     .fields = "Content-Range: bytes */10"},

    {"return: a redirect", "RFC 9110 15.4.2", ASK("/old/a/b.html"), MOVED("301", "/new/a/b.html")},
    {"return: a redirect of nothing", "RFC 9110 15.4.2", ASK("/old/"), MOVED("301", "/new/")},
    {"return: a line of its own is not to be had", "RFC 9110 5.5", ASK("/old/a%0d%0aX-Evil:%201"),
     "400", CLOSES, .fields = "!Location\n!X-Evil"},
    {"return: what it repeats is escaped", "RFC 3986 2.1", ASK("/old/a%20%22%3c%c3%a9?q"), "301",
     STAYS, .fields = "Location: /new/a%20%22%3C%C3%A9"},
    {"return: a redirect leads to no other host", "RFC 3986 4.2", ASK("/old//evil.example/"), "301",
     STAYS, .fields = "Location: /new//evil.example/"},
    {"return: HEAD", "RFC 9110 9.3.2", BYTES("HEAD /old/x HTTP/1.1\r\n" HOST END), "301-", STAYS,
     .fields = "Location: /new/x"},
    {"return: to another scheme", "RFC 9110 15.4.9",
     BYTES("GET /moved?a=b%20c HTTP/1.1\r\nHost: www.example.org:8080\r\n\r\n"), "308", STAYS,
     .fields = "Location: https://www.example.org/moved?a=b%20c"},
    {"return: an absolute target", "RFC 9112 3.2.2",
     BYTES("GET http://c.example/moved?x HTTP/1.1\r\nHost: c.example\r\n\r\n"), "308", STAYS,
     .fields = "Location: https://c.example/moved?x"},
    {"return: a parameter and the query", "RFC 9110 15.4.3", ASK("/people/7?a=b"),
     MOVED("302", "/users/7?a=b")},
    {"return: an error", "RFC 9110 15.5.11", ASK("/gone"), "410", STAYS,
     .fields = OUTER "!Cache-Control", .holds = "it was here once"},
    {"return: no content", "RFC 9110 15.3.5", ASK("/nothing"), "204", STAYS,
     .fields = OUTER CACHED "\n!Content-Length\n!Content-Type"},
    {"return: an error with a page", "README", ASK("/missing"), PAGE_404},

    {"an application: a file", "README", ASK("/app/one.txt"), "200", STAYS, .body = "1",
     .fields = "Cache-Control: no-cache\nX-Frame-Options: DENY\nX-Outer: 2"},
    {"an application: its page", "README", ASK("/app/a/view/of/it?x"), "200", STAYS,
     .body = "page\n", .fields = "Content-Type: text/html; charset=utf-8\nCache-Control: no-cache"},
    {"an application: its page instead of what is hidden", "README", ASK("/app/.git/config"), "404",
     STAYS, .body = "<p>nothing here\n"},
    {"an application: its page is revalidated", "RFC 9110 13.1.2",
     ASK_WITH("/app/view", "If-None-Match: " ROOT_ETAG("5") "\r\n"), "304", STAYS,
     .fields = "Cache-Control: no-cache\nETag: " ROOT_ETAG("5")},
    {"pretty names", "README", ASK("/pretty/page"), "200", STAYS, .body = "page\n"},
    {"pretty names: what is none", "README", ASK("/pretty/none"), "410", STAYS},
    {"pretty names: a folder", "RFC 9110 15.4.2", ASK("/pretty/below"), "301", STAYS,
     .fields = "Location: /pretty/below/"},
    {"pretty names: its index", "README", ASK("/pretty/below/"), "200", STAYS, .body = "below\n"},
    {"a route without all that", "README",
     ASK_WITH("/plain/all.css", "Accept-Encoding: br, gzip\r\n"), "200", STAYS,
     .body = "the sheet as it is\n",
     .fields = OUTER "!Cache-Control\n!Vary\n!Content-Encoding\nETag: " ROOT_ETAG("13")},
    {"a route without compression", "README",
     ASK_WITH("/plain/1024.txt", "Accept-Encoding: br, gzip\r\n"), "200", STAYS,
     .fields = "!Vary\n!Content-Encoding\nContent-Length: 1024"},
    {"a route without an index", "README", ASK("/plain/"), PAGE_404},
    {"a route to a folder below", "README", ASK("/listed/a.txt"), "200", STAYS, .body = "aaa"},
    {"a route's root is listed", "README", ASK("/listed/"), "200", STAYS,
     .fields = OUTER CACHED "\nContent-Type: text/html; charset=utf-8",
     .holds = "href=\"./a.txt\"\nhref=\"./sub/\"\n!href=\"../\"\n!secret"},
    {"a route's folder is its root", "README", ASK("/listed/../one.txt"), "200", STAYS,
     .body = "1"},
    {"a link within the site but out of the route's folder", "README", ASK("/listed/way-in"),
     PAGE_404},
    {"a mount without its slash", "README", ASK("/listed"), PAGE_404},

    {"another host", "RFC 9110 7.2", ASK_B("/"), "200", STAYS, .body = "below\n",
     .fields = "X-Host: b\nX-Frame-Options: DENY\nCache-Control: public, max-age=3600"},
    {"another host by an absolute target", "RFC 9112 3.2.2",
     BYTES("GET http://b.example/page.html HTTP/1.1\r\nHost: a\r\n\r\n"), "200", STAYS,
     .body = "page below\n"},
    {"another host's case and port", "RFC 9110 4.2.3",
     BYTES("GET /page.html HTTP/1.1\r\nHost: B.Example:8080\r\n\r\n"), "200", STAYS,
     .body = "page below\n"},
    {"another host has files of its own", "RFC 9110 7.4", ASK_B("/one.txt"), "404", STAYS,
     .body = "<p>nothing at b\n", .fields = "X-Host: b"},
    {"another host has not those of the folder above", "RFC 3986 5.2.4", ASK_B("/../one.txt"),
     "404", STAYS},
    {"another host has an error page that it lacks from outside", "README",
     BYTES("POST /page.html HTTP/1.1\r\nHost: b.example\r\n\r\n"), "405", STAYS,
     .body = "not like this\n"},
    {"another host has not the routes of all", "README", ASK_B("/gone"), "404", STAYS},
    {"a host that nobody knows is the first", "RFC 9110 7.4",
     BYTES("GET /one.txt HTTP/1.1\r\nHost: c.example\r\n\r\n"), "200", STAYS, .body = "1"},
    {"hosts take turns", "RFC 9110 7.2",
     BYTES("GET / HTTP/1.1\r\nHost: b.example\r\n\r\nGET / HTTP/1.1\r\n" HOST END
           "GET /one.txt HTTP/1.1\r\nHost: b.example\r\n\r\nGET /one.txt HTTP/1.1\r\n" HOST END),
     "200 200 404 200", STAYS, .body = "1"},
};

TOPIC(files_site, {"--config=site.conf", NULL}, true);
