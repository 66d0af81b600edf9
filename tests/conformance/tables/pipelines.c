/*
 * pipelines.c - several requests in one write: RFC 9112 9.3.2, and 11.2 when one is refused.
 */
#include "tests/conformance/table.h"

#define HI POST HOST "Content-Length: 2\r\n\r\nhi"
#define CHUNKS                                                                                     \
    POST HOST "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x\r\nbc\r\n0\r\nT: 1\r\n\r\n"
#define TEN(x) x x x x x x x x x x
#define HUNDRED(x) TEN(TEN(x))
#define ASK(target) "GET " target " HTTP/1.1\r\n" HOST END

static const struct row rows[] = {
    {"answers come in order", "RFC 9112 9.3.2", BYTES(ASK("/users/1") ASK("/none") ASK("/users/3")),
     "200 404 200", STAYS, .body = "{\"id\":\"3\"}"},
    {"a slow answer holds back those behind it", "RFC 9112 9.3.2",
     BYTES(ASK("/sleep?ms=30") ASK("/block?ms=5") ASK("/users/3")), "200 200 200", STAYS,
     .body = "{\"id\":\"3\"}"},
    {"bodies and heads take turns", "RFC 9112 9.3.2", BYTES(HI GET HOST END CHUNKS HI CHUNKS),
     "200 200 200 200 200", STAYS, .body = "abc"},
    {"an empty line stands between two", "RFC 9112 2.2", BYTES(HI END GET HOST END END CHUNKS),
     "200 200 200", STAYS, .body = "abc"},
    {"two empty lines do not", "RFC 9112 2.2", BYTES(HI END END GET HOST END), "200 400", CLOSES},
    {"large answers come whole", "RFC 9112 9.3.2",
     BYTES(ASK("/bytes?n=100000") ASK("/bytes?n=70000") ASK("/bytes?n=3")), "200 200 200", STAYS,
     .body = "012"},
    {"nothing behind close is answered", "RFC 9112 9.6",
     BYTES(GET HOST END GET HOST "Connection: close\r\n" END ASK("/json")), "200 200", CLOSES,
     .body = HELLO},
    {"nothing behind a refusal is answered", "RFC 9112 11.2",
     BYTES(GET HOST END "GET /hello HTTP/1.1\r\n\r\n" ASK("/json")), "200 400", CLOSES},
    {"a refusal behind a HEAD", "RFC 9112 11.2",
     BYTES("HEAD /hello HTTP/1.1\r\n" HOST END "GARBAGE\r\n\r\n"), "200- 400", CLOSES},
    {"a refusal behind a slow answer", "RFC 9112 11.2", BYTES(ASK("/sleep?ms=20") "GARBAGE\r\n"),
     "200 400", CLOSES},
    {"a refusal behind a blocking answer", "RFC 9112 11.2", BYTES(ASK("/block?ms=5") "GARBAGE\r\n"),
     "200 400", CLOSES},
    {"a refusal behind a large answer", "RFC 9112 11.2",
     BYTES(ASK("/bytes?n=200000") "GARBAGE\r\n"), "200 400", CLOSES},
    {"what is too long behind a body is the next request", "RFC 9112 6.3",
     BYTES(POST HOST "Content-Length: 1\r\n\r\nhi" GET HOST END), "200 501", CLOSES},
    {"a body hides a request", "RFC 9112 11.2",
     BYTES(POST HOST "Content-Length: 32\r\n\r\n" ASK("/hello") GET HOST END), "200 200", STAYS,
     .body = HELLO},
    {"a chunk hides a request", "RFC 9112 11.2",
     BYTES(POST HOST
           "Transfer-Encoding: chunked\r\n\r\n20\r\n" ASK("/hello") "\r\n0\r\n\r\n" GET HOST END),
     "200 200", STAYS, .body = HELLO},
    {"sixteen requests", "RFC 9112 9.3.2",
     BYTES(GET HOST END GET HOST END GET HOST END GET HOST END GET HOST END GET HOST END GET HOST
               END GET HOST END GET HOST END GET HOST END GET HOST END GET HOST END GET HOST END GET
                   HOST END GET HOST END ASK("/json")),
     "200 200 200 200 200 200 200 200 200 200 200 200 200 200 200 200", STAYS,
     .body = "{\"message\":\"Hello, world!\"}"},

    {"two hundred requests", "RFC 9112 9.3.2",
     BYTES(HUNDRED(ASK("/users/1")) HUNDRED(GET HOST END)), HUNDRED("200 ") HUNDRED("200 "), STAYS,
     .body = HELLO},
    {"two hundred requests with an error in the middle", "RFC 9112 11.2",
     BYTES(HUNDRED(GET HOST END) "GET /hello HTTP/1.1\r\nHost : a\r\n\r\n" HUNDRED(GET HOST END)),
     HUNDRED("200 ") "400", CLOSES},
    {"two hundred bodies with an error in the middle", "RFC 9112 11.2",
     BYTES(TEN(TEN(HI)) POST HOST "Content-Length: +2\r\n\r\nhi" TEN(TEN(HI))),
     HUNDRED("200 ") "400", CLOSES},
    {"two hundred requests with what is not there among them", "RFC 9112 9.3.2",
     BYTES(HUNDRED(ASK("/none") ASK("/users/2"))), HUNDRED("404 200 "), STAYS,
     .body = "{\"id\":\"2\"}"},
    {"an error in chunks that nobody wants ends a pipeline", "RFC 9112 11.2",
     BYTES(GET HOST END "POST /hello HTTP/1.1\r\n" HOST
                        "Transfer-Encoding: chunked\r\n\r\n2\r\nhi!\r\n0\r\n\r\n" GET HOST END),
     "200 405", DROPS},
    {"a limit in the middle ends a pipeline", "RFC 6585 5",
     BYTES(GET HOST END GET HOST "X: {x*20000}\r\n" END GET HOST END), "200 431", CLOSES, EXPAND},
    {"another version in the middle ends a pipeline", "RFC 9110 15.6.6",
     BYTES(GET HOST END "GET /hello HTTP/2.0\r\n" HOST END GET HOST END), "200 505", CLOSES},
    {"an unknown method in the middle ends a pipeline", "RFC 9110 9.1",
     BYTES(GET HOST END "BREW /hello HTTP/1.1\r\n" HOST END GET HOST END), "200 501", CLOSES},
    {"HTTP/1.0 in the middle ends a pipeline", "RFC 9112 9.3",
     BYTES(GET HOST END "GET /hello HTTP/1.0\r\n" END GET HOST END), "200 200", CLOSES},
};

TOPIC(pipelines, {NULL});
