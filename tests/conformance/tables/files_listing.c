/*
 * files_listing.c - listings of folders, files that are tried in turn, and no link followed: a
 * server with other flags than that of files.c.
 */
#include "tests/conformance/root.h"
#include "tests/conformance/table.h"

#define ASK(target) ASK_WITH(target, "")
#define ASK_WITH(target, fields) BYTES("GET " target " HTTP/1.1\r\n" HOST fields END)

#define LISTED                                                                                     \
    "200", STAYS,                                                                                  \
        .fields = "Content-Type: text/html; charset=utf-8\n"                                       \
                  "X-Content-Type-Options: nosniff\n!Content-Range\n!Accept-Ranges"

static const struct row rows[] = {
    {"a folder without an index is listed", "README", ASK("/list/"), LISTED,
     .holds = "href=\"./a.txt\">a.txt<\nhref=\"./b.txt\"\nhref=\"./sub/\"\n3 B\n1994-11-06 08:49\n"
              "1 folder"},
    {"names are escaped in text", "README", ASK("/list/"), LISTED,
     .holds = "!<i>\n&#60;i&#62;&#38;&#34;&#39;.txt"},
    {"and in links", "RFC 3986 2.1", ASK("/list/"), LISTED, .holds = "href=\"./%3Ci%3E"},
    {"a name is no scheme", "RFC 3986 4.2", ASK("/list/"), LISTED,
     .holds = "!href=\"javascript:\nhref=\"./javascript:alert(1)\""},
    {"hidden names are not listed", "README", ASK("/list/"), LISTED, .holds = "!secret\n!.no"},
    {"nothing is told of where a link leads", "README", ASK("/list/"), LISTED,
     .holds = "href=\"./way-out\"\nhref=\"./way-nowhere\"\n!secret\n!nothing"},
    {"a listing leads to the folder above", "README", ASK("/list/"), LISTED,
     .holds = "href=\"../\""},
    {"an empty folder", "README", ASK("/bare/"), LISTED, .holds = "0 folders, 0 files\n!secret"},
    {"a listing depends on no query", "README", ASK("/list/?C=M;O=D"), LISTED, .holds = "a.txt"},
    {"an index goes before", "README", ASK("/list/sub/"), "200", STAYS, .body = "sub\n"},
    {"the root's, too", "README", ASK("/"), "200", STAYS, .body = "the index\n"},
    {"a folder without its slash is elsewhere", "RFC 9110 15.4.2", ASK("/list?a"), "301", STAYS,
     .fields = "Location: /list/?a"},
    {"a hidden folder is not listed", "README", ASK("/list/.no/"), "404", STAYS},
    {"nor is one of a site's tools", "README", ASK("/.git/"), "404", STAYS},
    {"what is well known is listed", "RFC 8615 3", ASK("/.well-known/"), LISTED,
     .holds = "security.txt\n!.hidden"},
    {"a listing has no parts", "RFC 9110 14.2", ASK_WITH("/list/", "Range: bytes=0-9\r\n"), LISTED,
     .holds = "a.txt"},
    {"a listing has no date", "RFC 9110 13.1.3",
     ASK_WITH("/list/", "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT\r\n"), LISTED,
     .holds = "a.txt"},
    {"a listing has no tag", "RFC 9110 13.1.2",
     ASK_WITH("/list/", "If-None-Match: \"x\", W/\"y\"\r\n"), LISTED, .holds = "a.txt"},
    {"HEAD of a listing", "RFC 9110 9.3.2", BYTES("HEAD /list/ HTTP/1.1\r\n" HOST END), "200-",
     STAYS, .fields = "Content-Type: text/html; charset=utf-8\nContent-Length"},
    {"POST to a listing", "RFC 9110 15.5.6", BYTES("POST /list/ HTTP/1.1\r\n" HOST END), "405",
     STAYS, .fields = "Allow: GET, HEAD, OPTIONS"},
    {"a listing for HTTP/1.0", "RFC 9112 9.3", BYTES("GET /list/ HTTP/1.0\r\n" END), "200", CLOSES,
     .holds = "a.txt"},

    {"no link is followed", "README", ASK("/way-in"), "404", STAYS},
    {"not to a folder either", "README", ASK("/way-below/"), "404", STAYS},
    {"nor on the way", "README", ASK("/way-below/page.html"), "404", STAYS},
    {"nor where one is tried", "README", ASK("/way-below/page"), "404", STAYS},
    {"a link out", "README", ASK("/way-out"), "404", STAYS},

    {"a file is tried first", "README", ASK("/one.txt"), "200", STAYS, .body = "1"},
    {"then with a suffix", "README", ASK("/page"), "200", STAYS, .body = "page\n",
     .fields = "Content-Type: text/html; charset=utf-8\nETag: " ROOT_ETAG("5")},
    {"below a folder, too", "README", ASK("/below/page"), "200", STAYS, .body = "page below\n"},
    {"a suffix is no way to what is hidden", "README", ASK("/.git/config"), "404", STAYS},
    {"a folder that answers goes before a file with the suffix", "README", ASK("/both"), "301",
     STAYS, .fields = "Location: /both/"},
    {"what none of them is", "README", ASK("/nothing"), "404", STAYS, .body = "no such file\n"},
    {"a tried file with conditions", "RFC 9110 13.1.2",
     ASK_WITH("/page", "If-None-Match: " ROOT_ETAG("5") "\r\n"), "304", STAYS},
    {"a tried file in parts", "RFC 9110 14.2", ASK_WITH("/page", "Range: bytes=1-2\r\n"), "206",
     STAYS, .body = "ag"},
};

TOPIC(files_listing,
      {"--listing=on", "--symlinks=none", "--try-files=$path", "--try-files=$path.html",
       "--try-files==404"},
      true);
