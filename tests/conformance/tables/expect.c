/*
 * expect.c - Expect: 100-continue: RFC 9110 10.1.1.
 */
#include "tests/conformance/table.h"

#define EXPECT "Expect: 100-continue\r\n"

static const struct row rows[] = {
    {"a client that asks is told to go on", "RFC 9110 10.1.1",
     BYTES(POST HOST EXPECT "Content-Length: 5\r\n" END), "100 200", STAYS, .body = "hello",
     .then = BYTES("hello")},
    {"a client that asks with chunks is told to go on", "RFC 9110 10.1.1",
     BYTES(POST HOST EXPECT "Transfer-Encoding: chunked\r\n" END), "100 200", STAYS,
     .body = "hello", .then = BYTES("5\r\nhello\r\n0\r\n\r\n")},
    {"the expectation is case-insensitive", "RFC 9110 10.1.1",
     BYTES(POST HOST "expect: 100-CONTINUE\r\nContent-Length: 2\r\n" END), "100 200", STAYS,
     .body = "hi", .then = BYTES("hi")},
    {"a client that does not wait needs no word", "RFC 9110 10.1.1",
     BYTES(POST HOST EXPECT "Content-Length: 5\r\n\r\nhello"), "100? 200", STAYS, .body = "hello"},
    {"a pipeline goes on behind it", "RFC 9110 10.1.1",
     BYTES(POST HOST EXPECT "Content-Length: 2\r\n\r\nhi" GET HOST END), "100? 200 200", STAYS,
     .body = HELLO},
    {"without a body there is nothing to wait for", "RFC 9110 10.1.1", BYTES(GET HOST EXPECT END),
     "200", STAYS, .body = HELLO},
    {"with an empty body there is nothing to wait for", "RFC 9110 10.1.1",
     BYTES(POST HOST EXPECT "Content-Length: 0\r\n" END), "200", STAYS, .body = ""},
    {"HTTP/1.0 cannot expect", "RFC 9110 10.1.1",
     BYTES("POST /echo HTTP/1.0\r\n" EXPECT "Content-Length: 2\r\n\r\nhi"), "200", CLOSES,
     .body = "hi"},
    {"a body that nobody wants is not asked for", "RFC 9110 10.1.1",
     BYTES("POST /hello HTTP/1.1\r\n" HOST EXPECT "Content-Length: 5\r\n" END), "405", CLOSES},
    {"a body for what is not there is not asked for", "RFC 9110 10.1.1",
     BYTES("POST /none HTTP/1.1\r\n" HOST EXPECT "Transfer-Encoding: chunked\r\n" END), "404",
     CLOSES},
    {"a body that is too large is not asked for", "RFC 9110 10.1.1",
     BYTES(POST HOST EXPECT "Content-Length: 9999999999999\r\n" END), "413", CLOSES},
    {"a refused request is not asked for more", "RFC 9110 10.1.1",
     BYTES(POST EXPECT "Content-Length: 5\r\n" END), "400", CLOSES},
    {"another expectation fails", "RFC 9110 15.5.18",
     BYTES(POST HOST "Expect: 200-ok\r\nContent-Length: 2\r\n\r\nhi"), "417", CLOSES},
    {"another expectation beside it fails", "RFC 9110 15.5.18",
     BYTES(POST HOST "Expect: 100-continue, tea\r\nContent-Length: 2\r\n\r\nhi"), "417", CLOSES},
    {"a body that breaks off behind it", "RFC 9112 8",
     BYTES(POST HOST EXPECT "Content-Length: 5\r\n\r\n"), "100? 400", LEAVES},
};

TOPIC(expect, {NULL});
