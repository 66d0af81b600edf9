/*
 * limits.c - every size and count at n-1, n and n+1, on a server with small ones.
 */
#include "tests/conformance/table.h"

#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"

static const struct row rows[] = {
    {"a target of n-1", "RFC 9110 15.5.15", BYTES("GET /hello?{q*56} HTTP/1.1\r\n" HOST END), "200",
     STAYS, EXPAND},
    {"a target of n", "RFC 9110 15.5.15", BYTES("GET /hello?{q*57} HTTP/1.1\r\n" HOST END), "200",
     STAYS, EXPAND},
    {"a target of n+1", "RFC 9110 15.5.15", BYTES("GET /hello?{q*58} HTTP/1.1\r\n" HOST END), "414",
     CLOSES, EXPAND},
    {"an absolute target of n+1", "RFC 9110 15.5.15",
     BYTES("GET http://a/hello?{q*50} HTTP/1.1\r\n" HOST END), "414", CLOSES, EXPAND},

    {"a head of n-1", "RFC 6585 5", BYTES(GET HOST "X: {x=2047}\r\n" END), "200", STAYS, EXPAND},
    {"a head of n", "RFC 6585 5", BYTES(GET HOST "X: {x=2048}\r\n" END), "200", STAYS, EXPAND},
    {"a head of n+1", "RFC 6585 5", BYTES(GET HOST "X: {x=2049}\r\n" END), "431", CLOSES, EXPAND},
    {"a head of 4 n", "RFC 6585 5", BYTES(GET HOST "X: {x*8192}\r\n" END), "431", CLOSES, EXPAND},
    {"a request line of 4 n without an end", "RFC 9112 3", BYTES("GET /{x*8192}"), "414", CLOSES,
     EXPAND},
    {"a field name of 4 n without an end", "RFC 6585 5", BYTES(GET HOST "{x*8192}"), "431", CLOSES,
     EXPAND},

    {"n-1 fields", "RFC 6585 5", BYTES(GET HOST "A:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\n" END), "200",
     STAYS},
    {"n fields", "RFC 6585 5", BYTES(GET HOST "A:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:\r\n" END),
     "200", STAYS},
    {"n+1 fields", "RFC 6585 5",
     BYTES(GET HOST "A:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:\r\nH:\r\n" END), "431", CLOSES},

    {"a body of n-1", "RFC 9110 15.5.14", BYTES(POST HOST "Content-Length: 99\r\n\r\n{b*99}"),
     "200", STAYS, EXPAND},
    {"a body of n", "RFC 9110 15.5.14", BYTES(POST HOST "Content-Length: 100\r\n\r\n{b*100}"),
     "200", STAYS, EXPAND},
    {"a body of n+1", "RFC 9110 15.5.14", BYTES(POST HOST "Content-Length: 101\r\n\r\n{b*101}"),
     "413", CLOSES, EXPAND},
    {"a chunk of n-1", "RFC 9110 15.5.14", BYTES(POST HOST CHUNKED "63\r\n{b*99}\r\n0\r\n\r\n"),
     "200", STAYS, EXPAND},
    {"a chunk of n", "RFC 9110 15.5.14", BYTES(POST HOST CHUNKED "64\r\n{b*100}\r\n0\r\n\r\n"),
     "200", STAYS, EXPAND},
    {"a chunk of n+1", "RFC 9110 15.5.14", BYTES(POST HOST CHUNKED "65\r\n{b*101}\r\n0\r\n\r\n"),
     "413", CLOSES, EXPAND},
    {"two chunks of n together", "RFC 9110 15.5.14",
     BYTES(POST HOST CHUNKED "32\r\n{b*50}\r\n32\r\n{b*50}\r\n0\r\n\r\n"), "200", STAYS, EXPAND},
    {"two chunks of n+1 together cut the echo", "RFC 9110 15.5.14",
     BYTES(POST HOST CHUNKED "32\r\n{b*50}\r\n33\r\n{b*51}\r\n0\r\n\r\n"), "200!", DROPS, EXPAND},

    {"an unread body of n-1", "RFC 9112 9.3",
     BYTES("POST /hello HTTP/1.1\r\n" HOST "Content-Length: 49\r\n\r\n{b*49}"), "405", STAYS,
     EXPAND},
    {"an unread body of n", "RFC 9112 9.3",
     BYTES("POST /hello HTTP/1.1\r\n" HOST "Content-Length: 50\r\n\r\n{b*50}"), "405", STAYS,
     EXPAND},
    {"an unread body of n+1", "RFC 9112 9.3",
     BYTES("POST /hello HTTP/1.1\r\n" HOST "Content-Length: 51\r\n\r\n{b*51}"), "405", CLOSES,
     EXPAND},
    {"an unread chunk of n", "RFC 9112 9.3",
     BYTES("POST /hello HTTP/1.1\r\n" HOST CHUNKED "32\r\n{b*50}\r\n0\r\n\r\n"), "405", STAYS,
     EXPAND},
    {"an unread chunk of n+1", "RFC 9112 9.3",
     BYTES("POST /hello HTTP/1.1\r\n" HOST CHUNKED "33\r\n{b*51}\r\n0\r\n\r\n"), "405", DROPS,
     EXPAND},

    {"n trailers", "RFC 6585 5",
     BYTES(POST HOST CHUNKED "0\r\nA:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:\r\nH:\r\n\r\n"), "200",
     STAYS},
    {"n+1 trailers", "RFC 6585 5",
     BYTES(POST HOST CHUNKED "0\r\nA:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:\r\nH:\r\nI:\r\n\r\n"),
     "431", CLOSES},
    {"a trailer section of n", "RFC 6585 5", BYTES(POST HOST CHUNKED "0\r\nX: {x*2041}\r\n\r\n"),
     "200", STAYS, EXPAND},
    {"a trailer section of n+1", "RFC 6585 5", BYTES(POST HOST CHUNKED "0\r\nX: {x*2042}\r\n\r\n"),
     "431", CLOSES, EXPAND},
    {"a chunk line of n", "RFC 9112 7.1.1", BYTES(POST HOST CHUNKED "0;{x*252}\r\n\r\n"), "200",
     STAYS, EXPAND},
    {"a chunk line of n+1", "RFC 9112 7.1.1", BYTES(POST HOST CHUNKED "0;{x*253}\r\n\r\n"), "400",
     CLOSES, EXPAND},
    {"extensions of n+1 together", "RFC 9112 7.1.1",
     BYTES("POST /hello HTTP/1.1\r\n" HOST CHUNKED
           "1;{x*250}\r\na\r\n1;{x*250}\r\na\r\n1;{x*250}\r\na\r\n1;{x*250}\r\na\r\n"
           "1;{x*250}\r\na\r\n1;{x*250}\r\na\r\n1;{x*250}\r\na\r\n1;{x*250}\r\na\r\n"
           "1;{x*250}\r\na\r\n0\r\n\r\n"),
     "405", DROPS, EXPAND},
};

TOPIC(limits, {"--limit-head=2KiB", "--limit-target=64", "--limit-headers=8", "--limit-body=100",
               "--limit-drain=50", NULL});
