/*
 * persistence.c - which connections live on, and how HTTP/1.0 is answered: RFC 9112 9.3, 9.6.
 */
#include "tests/conformance/table.h"

#define OLD(target, lines) BYTES("GET " target " HTTP/1.0\r\n" lines END)
#define KEEP "Connection: keep-alive\r\n"

static const struct row rows[] = {
    {"HTTP/1.0 closes", "RFC 9112 9.3", OLD("/hello", ""), "200", CLOSES, .body = HELLO},
    {"HTTP/1.0 stays when asked to", "RFC 9112 9.3", OLD("/hello", KEEP), "200", STAYS,
     .body = HELLO, .fields = "Connection: keep-alive\nContent-Length: 13"},
    {"HTTP/1.0 stays in any case of letters", "RFC 9110 7.6.1",
     OLD("/hello", "CONNECTION: Keep-Alive\r\n"), "200", STAYS},
    {"HTTP/1.0 closes for close beside keep-alive", "RFC 9112 9.3",
     OLD("/hello", "Connection: keep-alive, close\r\n"), "200", CLOSES},
    {"HTTP/1.0 closes for another option", "RFC 9112 9.3", OLD("/hello", "Connection: foo\r\n"),
     "200", CLOSES},
    {"HTTP/1.0 is not kept by Proxy-Connection", "RFC 9112 C.2.2",
     OLD("/hello", "Proxy-Connection: keep-alive\r\n"), "200", CLOSES},
    {"HTTP/1.0 stays through a pipeline", "RFC 9112 9.3",
     BYTES("GET /hello HTTP/1.0\r\n" KEEP END "GET /json HTTP/1.0\r\n" KEEP END GET HOST END),
     "200 200 200", STAYS},
    {"HTTP/1.0 gets no chunks", "RFC 9112 6.1", OLD("/stream?n=2&ms=0", ""), "200", CLOSES, VARIES,
     .fields = "!Transfer-Encoding\n!Content-Length"},
    {"HTTP/1.0 cannot be kept without a length", "RFC 9112 9.3", OLD("/stream?n=2&ms=0", KEEP),
     "200", CLOSES, VARIES, .fields = "!Transfer-Encoding\nConnection: close"},
    {"HTTP/1.0 is kept with a length", "RFC 9112 9.3", OLD("/bytes?n=3", KEEP), "200", STAYS,
     .body = "012", .fields = "Content-Length: 3"},
    {"HTTP/1.0 may have a body", "RFC 9112 6.2",
     BYTES("POST /echo HTTP/1.0\r\n" KEEP "Content-Length: 2\r\n\r\nhi"), "200", STAYS,
     .body = "hi"},
    {"HTTP/1.0 is told of what is not there", "RFC 9112 9.3", OLD("/none", KEEP), "404", STAYS},

    {"what is not there does not close", "RFC 9112 9.3", BYTES("GET /none HTTP/1.1\r\n" HOST END),
     "404", STAYS},
    {"close closes behind an error", "RFC 9112 9.6",
     BYTES("GET /none HTTP/1.1\r\n" HOST "Connection: close\r\n" END), "404", CLOSES},
    {"close closes behind a body", "RFC 9112 9.6",
     BYTES(POST HOST "Connection: close\r\nContent-Length: 2\r\n\r\nhi"), "200", CLOSES,
     .body = "hi"},
    {"close closes behind a chunked answer", "RFC 9112 9.6",
     BYTES("GET /stream?n=2&ms=0 HTTP/1.1\r\n" HOST "Connection: close\r\n" END), "200", CLOSES,
     VARIES, .fields = "Transfer-Encoding: chunked"},
    {"close closes behind a handler that blocks", "RFC 9112 9.6",
     BYTES("GET /block?ms=1 HTTP/1.1\r\n" HOST "Connection: close\r\n" END), "200", CLOSES,
     .body = "blocked 1 ms\n"},
    {"close closes behind a HEAD", "RFC 9112 9.6",
     BYTES("HEAD /hello HTTP/1.1\r\n" HOST "Connection: close\r\n" END), "200-", CLOSES},
    {"a body that is read to its end does not close", "RFC 9112 9.3",
     BYTES("POST /none HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi"), "404", STAYS},

    {"a client that ends its side is answered", "RFC 9112 9.6", BYTES(GET HOST END), "200", LEAVES},
    {"a client that ends its side gets all answers", "RFC 9112 9.6",
     BYTES(GET HOST END POST HOST "Content-Length: 2\r\n\r\nhi" GET HOST END), "200 200 200",
     LEAVES},
    {"a client that ends its side waits for a slow answer", "RFC 9112 9.6",
     BYTES("GET /sleep?ms=50 HTTP/1.1\r\n" HOST END), "200", LEAVES, .body = "slept 50 ms\n"},
    {"a client that ends its side waits for a blocking answer", "RFC 9112 9.6",
     BYTES("GET /block?ms=20 HTTP/1.1\r\n" HOST END), "200", LEAVES, .body = "blocked 20 ms\n"},
    {"a client that ends its side gets a whole stream", "RFC 9112 9.6",
     BYTES("GET /stream?n=3&ms=5 HTTP/1.1\r\n" HOST END), "200", LEAVES, VARIES},
};

TOPIC(persistence, {NULL});
