/*
 * routing.c - the laboratory's handlers and their arguments.
 */
#include "tests/conformance/table.h"

#define ASK(target) BYTES("GET " target " HTTP/1.1\r\n" HOST END)

static const struct row rows[] = {
    {"the page about the server", "README", ASK("/"), "200", STAYS, VARIES,
     .fields = "Content-Type: text/html; charset=utf-8"},
    {"hello", "README", ASK("/hello"), "200", STAYS, .body = HELLO,
     .fields = "Content-Type: text/plain"},
    {"json", "README", ASK("/json"), "200", STAYS, .body = "{\"message\":\"Hello, world!\"}",
     .fields = "Content-Type: application/json"},
    {"a parameter of the path", "README", ASK("/users/ada"), "200", STAYS,
     .body = "{\"id\":\"ada\"}"},
    {"a parameter is escaped in JSON", "RFC 8259 7", ASK("/users/%22%5c"), "200", STAYS,
     .body = "{\"id\":\"\\\"\\\\\"}"},
    {"a parameter is not empty", "README", ASK("/users/"), "404", STAYS},
    {"a parameter is one segment", "README", ASK("/users/a/b"), "404", STAYS},
    {"nobody answers", "RFC 9110 15.5.5", ASK("/none"), "404", STAYS},
    {"a prefix of a route is none", "RFC 9110 15.5.5", ASK("/hell"), "404", STAYS},
    {"bytes", "README", ASK("/bytes?n=12"), "200", STAYS, .body = "0123456789 a",
     .fields = "Content-Length: 12"},
    {"no bytes", "README", ASK("/bytes?n=0"), "200", STAYS, .body = ""},
    {"arguments have defaults", "README", ASK("/bytes"), "200", STAYS,
     .fields = "Content-Length: 1024"},
    {"arguments are decoded", "RFC 3986 2.1", ASK("/bytes?%6e=%33"), "200", STAYS, .body = "012"},
    {"of two arguments the first counts", "README", ASK("/bytes?n=3&n=5"), "200", STAYS,
     .body = "012"},
    {"other arguments are ignored", "README", ASK("/bytes?m=x&&n=3&"), "200", STAYS, .body = "012"},
    {"sleeping", "README", ASK("/sleep?ms=10"), "200", STAYS, .body = "slept 10 ms\n"},
    {"blocking", "README", ASK("/block?ms=10"), "200", STAYS, .body = "blocked 10 ms\n"},
    {"computing", "README", ASK("/cpu?ms=1"), "200", STAYS, VARIES},
    {"lines", "README", ASK("/stream?n=2&ms=1"), "200", STAYS, VARIES,
     .fields = "Transfer-Encoding: chunked\n!Content-Length"},
    {"events", "README", ASK("/events?n=2&ms=10"), "200", STAYS, VARIES,
     .fields = "Content-Type: text/event-stream\nCache-Control: no-store"},
    {"an echo has the type of what it echoes", "README",
     BYTES(POST HOST "Content-Type: text/x-test\r\nContent-Length: 2\r\n\r\nhi"), "200", STAYS,
     .body = "hi", .fields = "Content-Type: text/x-test\nContent-Length: 2"},

    {"an argument that is no number", "README", ASK("/bytes?n=x"), "400", STAYS},
    {"an argument that is empty", "README", ASK("/bytes?n="), "400", STAYS},
    {"an argument without a value", "README", ASK("/bytes?n"), "400", STAYS},
    {"an argument below its least", "README", ASK("/bytes?n=-1"), "400", STAYS},
    {"an argument above its most", "README", ASK("/bytes?n=1073741825"), "400", STAYS},
    {"an argument that overflows", "README", ASK("/bytes?n=18446744073709551617"), "400", STAYS},
    {"an argument with a plus, which is a blank", "README", ASK("/bytes?n=+1"), "400", STAYS},
    {"an argument with a fraction", "README", ASK("/bytes?n=1.5"), "400", STAYS},
    {"too long a sleep", "README", ASK("/sleep?ms=600001"), "400", STAYS},
    {"too long a block", "README", ASK("/block?ms=60001"), "400", STAYS},
    {"too long a calculation", "README", ASK("/cpu?ms=60001"), "400", STAYS},
    {"no lines", "README", ASK("/stream?n=0"), "400", STAYS},
    {"too many lines", "README", ASK("/stream?n=100001"), "400", STAYS},
    {"too dense events", "README", ASK("/events?ms=9"), "400", STAYS},
};

TOPIC(routing, {NULL});
