/*
 * files_conditional.c - the five conditional fields, alone and together, on a file whose validators
 * are known (root.h). If-Range with a Range is at home in files_ranges.c.
 */
#include "tests/conformance/root.h"
#include "tests/conformance/table.h"

#define ASK(fields) BYTES("GET /ten.txt HTTP/1.1\r\n" HOST fields END)
#define HEAD(fields) BYTES("HEAD /ten.txt HTTP/1.1\r\n" HOST fields END)
#define POSTED(fields) BYTES("POST /ten.txt HTTP/1.1\r\n" HOST fields END)

#define MATCH(list) "If-Match: " list "\r\n"
#define NONE_MATCH(list) "If-None-Match: " list "\r\n"
#define SINCE(date) "If-Modified-Since: " date "\r\n"
#define UNMODIFIED(date) "If-Unmodified-Since: " date "\r\n"

#define OWN ROOT_ETAG("a")
#define OTHER "\"other\""

#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT"
#define FUTURE "Sat, 01 Jan 2101 00:00:00 GMT"
#define IN_RFC_850 "Sunday, 06-Nov-94 08:49:37 GMT"
#define IN_ASCTIME "Sun Nov  6 08:49:37 1994"

#define WHOLE "200", STAYS, .body = "0123456789"
#define UNCHANGED                                                                                  \
    "304", STAYS,                                                                                  \
        .fields = "!Content-Length\n!Transfer-Encoding\n!Content-Type\n!Content-Encoding\n"        \
                  "Vary: Accept-Encoding\nCache-Control: max-age=60\nETag: " OWN
#define FAILED "412", STAYS, .fields = "!ETag\n!Last-Modified\n!Cache-Control"

static const struct row rows[] = {
    {"If-None-Match: the tag", "RFC 9110 13.1.2", ASK(NONE_MATCH(OWN)), UNCHANGED},
    {"If-None-Match: another tag", "RFC 9110 13.1.2", ASK(NONE_MATCH(OTHER)), WHOLE},
    {"If-None-Match compares weakly", "RFC 9110 13.1.2", ASK(NONE_MATCH("W/" OWN)), UNCHANGED},
    {"If-None-Match: any", "RFC 9110 13.1.2", ASK(NONE_MATCH("*")), UNCHANGED},
    {"If-None-Match: a list with the tag", "RFC 9110 13.1.2",
     ASK(NONE_MATCH(OTHER ", W/\"x\" ,\t" OWN)), UNCHANGED},
    {"If-None-Match: a list without blanks", "RFC 9110 5.6.1",
     ASK(NONE_MATCH(OTHER "," OWN ",\"y\"")), UNCHANGED},
    {"If-None-Match: a list with empty members", "RFC 9110 5.6.1.2", ASK(NONE_MATCH(", ," OWN ",")),
     UNCHANGED},
    {"If-None-Match: a list without the tag", "RFC 9110 13.1.2",
     ASK(NONE_MATCH(OTHER ", W/\"x\", \"\"")), WHOLE},
    {"If-None-Match in two lines is one list", "RFC 9110 5.3",
     ASK(NONE_MATCH(OTHER) NONE_MATCH(OWN)), UNCHANGED},
    {"If-None-Match: a comma within a tag", "RFC 9110 8.8.3", ASK(NONE_MATCH("\"a,b\", " OWN)),
     UNCHANGED},
    {"If-None-Match: bytes above ASCII within a tag", "RFC 9110 8.8.3",
     ASK(NONE_MATCH("\"\xc3\xa4\", " OWN)), UNCHANGED},
    {"If-None-Match: a backslash escapes nothing", "RFC 9110 8.8.3",
     ASK(NONE_MATCH("\"\\\", " OWN)), UNCHANGED},
    {"If-None-Match: without quotes", "RFC 9110 8.8.3", ASK(NONE_MATCH("2ebc98a1.0-a")), WHOLE},
    {"If-None-Match: an open quote", "RFC 9110 8.8.3", ASK(NONE_MATCH("\"2ebc98a1.0-a")), WHOLE},
    {"If-None-Match: a small w is none", "RFC 9110 8.8.3", ASK(NONE_MATCH("w/" OWN)), WHOLE},
    {"If-None-Match: a blank behind W/", "RFC 9110 8.8.3", ASK(NONE_MATCH("W/ " OWN)), WHOLE},
    {"If-None-Match: a prefix of the tag", "RFC 9110 8.8.3.2", ASK(NONE_MATCH("\"2ebc98a1.0-\"")),
     WHOLE},
    {"If-None-Match: another case", "RFC 9110 8.8.3.2", ASK(NONE_MATCH("\"2EBC98A1.0-A\"")), WHOLE},
    {"If-None-Match: nothing", "RFC 9110 13.1.2", ASK("If-None-Match:\r\n"), WHOLE},
    {"If-None-Match: the tag of another coding", "RFC 9110 8.8.3.3",
     ASK(NONE_MATCH(ROOT_ETAG_CODED("a", "gzip"))), WHOLE},
    {"If-None-Match: its name in small letters", "RFC 9110 5.1", ASK("if-none-match: " OWN "\r\n"),
     UNCHANGED},
    {"If-None-Match with HEAD", "RFC 9110 13.1.2", HEAD(NONE_MATCH(OWN)), "304-", STAYS,
     .fields = "!Content-Length\n!Transfer-Encoding\nETag: " OWN},
    {"If-None-Match: any, with HEAD", "RFC 9110 13.1.2", HEAD(NONE_MATCH("*")), "304-", STAYS},
    {"If-None-Match: another, with HEAD", "RFC 9110 13.1.2", HEAD(NONE_MATCH(OTHER)), "200-", STAYS,
     .fields = "Content-Length: 10"},
    {"If-None-Match with a method that is not for files", "RFC 9110 13.2.1",
     POSTED(NONE_MATCH("*")), "405", STAYS},
    {"a 304 for a file on disk that is large", "RFC 9110 15.4.5",
     BYTES("GET /300000.bin HTTP/1.1\r\n" HOST NONE_MATCH(ROOT_ETAG("493e0")) END), "304", STAYS,
     .fields = "!Content-Length\nETag: " ROOT_ETAG("493e0")},
    {"a 304 for an empty file", "RFC 9110 15.4.5",
     BYTES("GET /empty.txt HTTP/1.1\r\n" HOST NONE_MATCH(ROOT_ETAG("0")) END), "304", STAYS,
     .fields = "!Content-Length\nETag: " ROOT_ETAG("0")},
    {"a 304 for an index", "RFC 9110 15.4.5",
     BYTES("GET /below/ HTTP/1.1\r\n" HOST NONE_MATCH(ROOT_ETAG("6")) END), "304", STAYS,
     .fields = "ETag: " ROOT_ETAG("6")},
    {"a 304 for HTTP/1.0", "RFC 9110 15.4.5",
     BYTES("GET /ten.txt HTTP/1.0\r\n" NONE_MATCH(OWN) END), "304", CLOSES,
     .fields = "!Content-Length"},
    {"304s and files take turns", "RFC 9110 15.4.5",
     BYTES("GET /ten.txt HTTP/1.1\r\n" HOST NONE_MATCH(OWN) END
           "GET /one.txt HTTP/1.1\r\n" HOST END "HEAD /ten.txt HTTP/1.1\r\n" HOST NONE_MATCH(OWN)
               END "GET /ten.txt HTTP/1.1\r\n" HOST MATCH(OTHER) END GET HOST END),
     "304 200 304- 412 200", STAYS, .body = HELLO},

    {"If-Match: the tag", "RFC 9110 13.1.1", ASK(MATCH(OWN)), WHOLE},
    {"If-Match: another tag", "RFC 9110 13.1.1", ASK(MATCH(OTHER)), FAILED},
    {"If-Match compares strongly", "RFC 9110 13.1.1", ASK(MATCH("W/" OWN)), FAILED},
    {"If-Match: any", "RFC 9110 13.1.1", ASK(MATCH("*")), WHOLE},
    {"If-Match: a list with the tag", "RFC 9110 13.1.1", ASK(MATCH(OTHER ", " OWN)), WHOLE},
    {"If-Match: a list without it", "RFC 9110 13.1.1", ASK(MATCH(OTHER ", \"x\"")), FAILED},
    {"If-Match in two lines is one list", "RFC 9110 5.3", ASK(MATCH(OTHER) MATCH(OWN)), WHOLE},
    {"If-Match: nonsense matches nothing", "RFC 9110 13.1.1", ASK(MATCH("nonsense")), FAILED},
    {"If-Match: nothing matches nothing", "RFC 9110 13.1.1", ASK("If-Match:\r\n"), FAILED},
    {"If-Match: the tag of another coding", "RFC 9110 8.8.3.3",
     ASK(MATCH(ROOT_ETAG_CODED("a", "br"))), FAILED},
    {"If-Match with HEAD", "RFC 9110 13.1.1", HEAD(MATCH(OTHER)), "412-", STAYS},
    {"If-Match: the tag, with HEAD", "RFC 9110 13.1.1", HEAD(MATCH(OWN)), "200-", STAYS,
     .fields = "Content-Length: 10"},
    {"If-Match with OPTIONS counts for nothing", "RFC 9110 13.2.1",
     BYTES("OPTIONS /ten.txt HTTP/1.1\r\n" HOST MATCH(OTHER) END), "204", STAYS},

    {"If-Modified-Since: the date", "RFC 9110 13.1.3", ASK(SINCE(ROOT_DATE)), UNCHANGED},
    {"If-Modified-Since: a second later", "RFC 9110 13.1.3", ASK(SINCE(AFTER)), UNCHANGED},
    {"If-Modified-Since: a second earlier", "RFC 9110 13.1.3", ASK(SINCE(BEFORE)), WHOLE},
    {"If-Modified-Since in the way of RFC 850", "RFC 9110 5.6.7", ASK(SINCE(IN_RFC_850)),
     UNCHANGED},
    {"If-Modified-Since a second earlier in the way of RFC 850", "RFC 9110 5.6.7",
     ASK(SINCE("Sunday, 06-Nov-94 08:49:36 GMT")), WHOLE},
    {"If-Modified-Since in the way of asctime", "RFC 9110 5.6.7", ASK(SINCE(IN_ASCTIME)),
     UNCHANGED},
    {"If-Modified-Since a second earlier in the way of asctime", "RFC 9110 5.6.7",
     ASK(SINCE("Sun Nov  6 08:49:36 1994")), WHOLE},
    {"If-Modified-Since in the future", "RFC 9110 13.1.3", ASK(SINCE(FUTURE)), WHOLE},
    {"If-Modified-Since: nonsense", "RFC 9110 13.1.3", ASK(SINCE("yesterday")), WHOLE},
    {"If-Modified-Since: a number", "RFC 9110 13.1.3", ASK(SINCE("1893456000")), WHOLE},
    {"If-Modified-Since: nothing", "RFC 9110 13.1.3", ASK("If-Modified-Since:\r\n"), WHOLE},
    {"If-Modified-Since in another zone", "RFC 9110 5.6.7",
     ASK(SINCE("Sun, 06 Nov 1994 08:49:37 +0000")), WHOLE},
    {"If-Modified-Since on a day that is none", "RFC 9110 5.6.7",
     ASK(SINCE("Thu, 31 Feb 2011 08:49:37 GMT")), WHOLE},
    {"If-Modified-Since at an hour that is none", "RFC 9110 5.6.7",
     ASK(SINCE("Sun, 06 Nov 1994 24:49:37 GMT")), WHOLE},
    {"If-Modified-Since in small letters", "RFC 9110 5.6.7",
     ASK(SINCE("sun, 06 nov 1994 08:49:37 gmt")), WHOLE},
    {"If-Modified-Since in ISO 8601", "RFC 9110 5.6.7", ASK(SINCE("1994-11-06T08:49:37Z")), WHOLE},
    {"If-Modified-Since twice", "RFC 9110 5.3", ASK(SINCE(ROOT_DATE) SINCE(ROOT_DATE)), WHOLE},
    {"If-Modified-Since before 1970", "RFC 9110 13.1.3",
     ASK(SINCE("Wed, 31 Dec 1969 23:59:59 GMT")), WHOLE},
    {"If-Modified-Since with HEAD", "RFC 9110 13.1.3", HEAD(SINCE(ROOT_DATE)), "304-", STAYS,
     .fields = "!Content-Length\nETag: " OWN},
    {"If-Modified-Since with a method that is not for files", "RFC 9110 13.1.3",
     POSTED(SINCE(ROOT_DATE)), "405", STAYS},

    {"If-Unmodified-Since: the date", "RFC 9110 13.1.4", ASK(UNMODIFIED(ROOT_DATE)), WHOLE},
    {"If-Unmodified-Since: a second later", "RFC 9110 13.1.4", ASK(UNMODIFIED(AFTER)), WHOLE},
    {"If-Unmodified-Since: a second earlier", "RFC 9110 13.1.4", ASK(UNMODIFIED(BEFORE)), FAILED},
    {"If-Unmodified-Since in the way of RFC 850", "RFC 9110 5.6.7",
     ASK(UNMODIFIED("Sunday, 06-Nov-94 08:49:36 GMT")), FAILED},
    {"If-Unmodified-Since in the way of asctime", "RFC 9110 5.6.7",
     ASK(UNMODIFIED("Sun Nov  6 08:49:36 1994")), FAILED},
    {"If-Unmodified-Since in the future", "RFC 9110 13.1.4", ASK(UNMODIFIED(FUTURE)), WHOLE},
    {"If-Unmodified-Since: nonsense", "RFC 9110 13.1.4", ASK(UNMODIFIED("yesterday")), WHOLE},
    {"If-Unmodified-Since with HEAD", "RFC 9110 13.1.4", HEAD(UNMODIFIED(BEFORE)), "412-", STAYS},

    {"If-None-Match goes before If-Modified-Since: changed", "RFC 9110 13.2.2",
     ASK(NONE_MATCH(OTHER) SINCE(ROOT_DATE)), WHOLE},
    {"If-None-Match goes before If-Modified-Since: not changed", "RFC 9110 13.2.2",
     ASK(SINCE(BEFORE) NONE_MATCH(OWN)), UNCHANGED},
    {"even a malformed one", "RFC 9110 13.1.3", ASK(NONE_MATCH("nonsense") SINCE(ROOT_DATE)),
     WHOLE},
    {"If-Match goes before If-Unmodified-Since: it holds", "RFC 9110 13.2.2",
     ASK(MATCH(OWN) UNMODIFIED(BEFORE)), WHOLE},
    {"If-Match goes before If-Unmodified-Since: it fails", "RFC 9110 13.2.2",
     ASK(UNMODIFIED(ROOT_DATE) MATCH(OTHER)), FAILED},
    {"If-Match goes before If-None-Match: it fails", "RFC 9110 13.2.2",
     ASK(NONE_MATCH(OWN) MATCH(OTHER)), FAILED},
    {"If-Match holds, then If-None-Match counts", "RFC 9110 13.2.2",
     ASK(MATCH(OWN) NONE_MATCH(OWN)), UNCHANGED},
    {"If-Match and If-None-Match hold both", "RFC 9110 13.2.2", ASK(MATCH("*") NONE_MATCH(OTHER)),
     WHOLE},
    {"If-Match holds, then If-Modified-Since counts", "RFC 9110 13.2.2",
     ASK(MATCH(OWN) SINCE(ROOT_DATE)), UNCHANGED},
    {"If-Unmodified-Since fails, whatever If-None-Match says", "RFC 9110 13.2.2",
     ASK(NONE_MATCH(OWN) UNMODIFIED(BEFORE)), FAILED},
    {"If-Unmodified-Since holds, then If-None-Match counts", "RFC 9110 13.2.2",
     ASK(UNMODIFIED(ROOT_DATE) NONE_MATCH(OWN)), UNCHANGED},
    {"If-Unmodified-Since holds, then If-Modified-Since counts", "RFC 9110 13.2.2",
     ASK(UNMODIFIED(ROOT_DATE) SINCE(ROOT_DATE)), UNCHANGED},
    {"If-Unmodified-Since fails, whatever If-Modified-Since says", "RFC 9110 13.2.2",
     ASK(UNMODIFIED(BEFORE) SINCE(ROOT_DATE)), FAILED},
    {"all four hold", "RFC 9110 13.2.2",
     ASK(MATCH(OWN) UNMODIFIED(ROOT_DATE) NONE_MATCH(OTHER) SINCE(ROOT_DATE)), WHOLE},
    {"If-Range without Range counts for nothing", "RFC 9110 13.1.5", ASK("If-Range: " OTHER "\r\n"),
     WHOLE},
};

TOPIC(files_conditional, {"--cache-control=max-age=60", NULL}, true);
