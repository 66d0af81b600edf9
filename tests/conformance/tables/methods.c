/*
 * methods.c - HEAD, OPTIONS, and methods that a route does not take: RFC 9110 9.3, 15.5.6.
 */
#include "tests/conformance/table.h"

#define TO(method, target) BYTES(method " " target " HTTP/1.1\r\n" HOST END)

static const struct row rows[] = {
    {"HEAD has the fields of GET", "RFC 9110 9.3.2", TO("HEAD", "/hello"), "200-", STAYS,
     .fields = "Content-Length: 13\nContent-Type: text/plain"},
    {"HEAD of what is not there has no body", "RFC 9110 9.3.2", TO("HEAD", "/none"), "404-", STAYS},
    {"HEAD of a stream with a length", "RFC 9110 9.3.2", TO("HEAD", "/bytes?n=5"), "200-", STAYS,
     .fields = "Content-Length: 5"},
    {"HEAD of a stream without one", "RFC 9110 9.3.2", TO("HEAD", "/stream?n=3&ms=0"), "200-",
     STAYS, .fields = "!Content-Length"},
    {"HEAD of endless events ends", "RFC 9110 9.3.2", TO("HEAD", "/events"), "200-", STAYS,
     .fields = "Content-Type: text/event-stream"},
    {"HEAD of a mistake in arguments", "RFC 9110 9.3.2", TO("HEAD", "/bytes?n=x"), "400-", STAYS},
    {"HEAD of an echo", "RFC 9110 9.3.2", TO("HEAD", "/echo"), "200-", STAYS},
    {"HEAD of an echo with a body", "RFC 9110 9.3.2",
     BYTES("HEAD /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello" GET HOST END),
     "200- 200", STAYS, .body = HELLO},
    {"HEAD of a parrot", "RFC 9110 9.3.2", TO("HEAD", "/parrot?ms=1"), "200-", STAYS},
    {"HEAD that blocks", "RFC 9110 9.3.2", TO("HEAD", "/block?ms=1"), "200-", STAYS},
    {"HEAD beside GET in a pipeline", "RFC 9112 9.3.2",
     BYTES("HEAD /hello HTTP/1.1\r\n" HOST END GET HOST END
           "HEAD /json HTTP/1.1\r\n" HOST END GET HOST END),
     "200- 200 200- 200", STAYS, .body = HELLO},
    {"HEAD in HTTP/1.0", "RFC 9110 9.3.2", BYTES("HEAD /stream?n=3&ms=0 HTTP/1.0\r\n\r\n"), "200-",
     CLOSES, .fields = "!Transfer-Encoding\n!Content-Length"},
    {"HEAD that is refused has no body", "RFC 9110 9.3.2",
     BYTES("HEAD /hello HTTP/1.1\r\n" HOST HOST END), "400-", CLOSES},

    {"OPTIONS lists the methods of a route", "RFC 9110 9.3.7", TO("OPTIONS", "/hello"), "204",
     STAYS, .fields = "Allow: GET, HEAD, OPTIONS\n!Content-Length\n!Transfer-Encoding"},
    {"OPTIONS of a route with more", "RFC 9110 9.3.7", TO("OPTIONS", "/echo"), "204", STAYS,
     .fields = "Allow: GET, HEAD, POST, PUT, OPTIONS"},
    {"OPTIONS of what is not there", "RFC 9110 15.5.5", TO("OPTIONS", "/none"), "404", STAYS},
    {"OPTIONS reads its body", "RFC 9110 9.3.7",
     BYTES("OPTIONS /hello HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi"), "204", STAYS},

    {"POST that a route does not take", "RFC 9110 15.5.6", TO("POST", "/hello"), "405", STAYS,
     .fields = "Allow: GET, HEAD, OPTIONS"},
    {"PUT that a route does not take", "RFC 9110 15.5.6", TO("PUT", "/json"), "405", STAYS,
     .fields = "Allow: GET, HEAD, OPTIONS"},
    {"DELETE that a route does not take", "RFC 9110 15.5.6", TO("DELETE", "/echo"), "405", STAYS,
     .fields = "Allow: GET, HEAD, POST, PUT, OPTIONS"},
    {"PATCH that a route does not take", "RFC 9110 15.5.6", TO("PATCH", "/echo"), "405", STAYS},
    {"TRACE echoes nothing", "RFC 9110 9.3.8",
     BYTES("TRACE /hello HTTP/1.1\r\n" HOST "Cookie: secret\r\n" END), "405", STAYS,
     .fields = "Allow: GET, HEAD, OPTIONS"},
    {"a method that is not taken has its body skipped", "RFC 9112 9.3",
     BYTES("PUT /hello HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello" GET HOST END), "405 200",
     STAYS},
    {"PUT is taken by the echo", "RFC 9110 9.3.4",
     BYTES("PUT /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi"), "200", STAYS,
     .body = "hi"},
    {"what is not there has no methods", "RFC 9110 15.5.5", TO("DELETE", "/none"), "404", STAYS,
     .fields = "!Allow"},

    {"TRACE with a body echoes nothing", "RFC 9110 9.3.8",
     BYTES("TRACE /hello HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello"), "405", STAYS,
     .body = "405 Method Not Allowed\n"},
    {"TRACE says what is allowed instead", "RFC 9110 15.5.6",
     BYTES("TRACE /echo HTTP/1.1\r\n" HOST "Max-Forwards: 0\r\n" END), "405", STAYS,
     .fields = "Allow: GET, HEAD, POST, PUT, OPTIONS\n!Content-Encoding"},
    {"HEAD of what a route does not take has no body", "RFC 9110 9.3.2",
     BYTES("HEAD /none HTTP/1.1\r\n" HOST END GET HOST END), "404- 200", STAYS, .body = HELLO},
    {"HEAD of a chunked answer in a pipeline", "RFC 9110 9.3.2",
     BYTES("HEAD /stream?n=2&ms=0 HTTP/1.1\r\n" HOST END GET HOST END), "200- 200", STAYS,
     .body = HELLO},
    {"DELETE with a body that nobody wants", "RFC 9110 9.3.5",
     BYTES("DELETE /hello HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello" GET HOST END),
     "405 200", STAYS, .body = HELLO},
    {"PATCH with chunks that nobody wants", "RFC 5789 2",
     BYTES("PATCH /hello HTTP/1.1\r\n" HOST
           "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n" GET HOST END),
     "405 200", STAYS, .body = HELLO},
    {"OPTIONS in HTTP/1.0", "RFC 9110 9.3.7", BYTES("OPTIONS /hello HTTP/1.0\r\n\r\n"), "204",
     CLOSES, .fields = "Allow: GET, HEAD, OPTIONS\n!Content-Length"},
    {"POST without a body is one", "RFC 9112 6.3", TO("POST", "/echo"), "200", STAYS, .body = ""},
};

TOPIC(methods, {NULL});
