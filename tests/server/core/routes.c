/*
 * routes.c - what a connection on the wire is answered by; see wire.h.
 */
#include "wire.h"

#include <criterion/criterion.h>

#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/core/router.h"
#include "server/http/exchange.h"
#include "server/http/method.h"
#include "server/http/straight.h"

int file_served = -1;
int64_t file_bytes;

static const char big[BIG_BYTES];

static struct tri_next hello(struct tri_exchange *x)
{
    return tri_reply(x, 200, TRI_SLICE("text/plain"), TRI_SLICE("hello\n"));
}

static struct tri_next take_body(struct tri_exchange *x)
{
    uint64_t *seen = x->state;
    if (!seen) {
        x->state = seen = tri_arena_alloc(x->arena, sizeof(*seen));
        if (!seen)
            return tri_reply(x, 500, TRI_SLICE("text/plain"), TRI_SLICE(""));
        *seen = 0;
    }
    struct tri_slice piece = tri_body_piece(x);
    *seen += piece.len;
    tri_body_take(x, piece.len);
    if (!tri_body_is_done(x))
        return tri_next_body();
    return tri_reply_printf(x, 200, "took %llu\n", (unsigned long long)*seen);
}

/* Sleeps a minute at its first call, and only then wants the body. */
static struct tri_next late(struct tri_exchange *x)
{
    static uint64_t slept;
    if (!slept++)
        return tri_next_at(x->now_ns + 60 * TRI_SECOND);
    return take_body(x);
}

static struct tri_next nap(struct tri_exchange *x)
{
    int64_t *until_ns = x->state;
    if (!until_ns) {
        x->state = until_ns = tri_arena_alloc(x->arena, sizeof(*until_ns));
        if (!until_ns)
            return tri_reply(x, 500, TRI_SLICE("text/plain"), TRI_SLICE(""));
        *until_ns = x->now_ns + 100 * TRI_MILLISECOND;
    }
    if (x->now_ns < *until_ns)
        return tri_next_at(*until_ns);
    return tri_reply(x, 200, TRI_SLICE("text/plain"), TRI_SLICE("rested\n"));
}

static struct tri_next big_reply(struct tri_exchange *x)
{
    return tri_reply(x, 200, TRI_SLICE("text/plain"), (struct tri_slice){big, sizeof(big)});
}

static struct tri_next stream(struct tri_exchange *x)
{
    size_t *sent = x->state;
    if (!sent) {
        x->state = sent = tri_arena_alloc(x->arena, sizeof(*sent));
        if (!sent)
            return tri_reply(x, 500, TRI_SLICE("text/plain"), TRI_SLICE(""));
        *sent = 0;
    }
    if (!tri_stream_has_begun(x) && !tri_stream_begin(x, 200, TRI_SLICE("text/plain"), -1))
        return tri_next_room();
    *sent += tri_stream_write(x, (struct tri_slice){big + *sent, sizeof(big) - *sent});
    return *sent < sizeof(big) ? tri_next_room() : tri_next_done();
}

static struct tri_next block(struct tri_exchange *x)
{
    return tri_reply_printf(x, 200, "%s\n", "blocked");
}

/* Echo with a nap per piece, in straight lines; what it saw is in wire.cut. */
static struct tri_next straight(struct tri_exchange *x)
{
    char bytes[1000];
    ssize_t got;
    bool goes_on = true;
    bool late = x->request->target.query.len > 0; /* ?late: the head goes out behind the body */
    int64_t nap_ns = x->request->target.query.len > 4 ? 0 : 10 * TRI_MILLISECOND; /* ?lively */
    if (!late)
        goes_on = tri_stream_begin(x, 200, TRI_SLICE("text/plain"), -1);
    wire.cut = 0;
    while (goes_on && (got = tri_read(x, bytes, sizeof(bytes))) != 0) {
        wire.cut = got < 0;
        goes_on = got > 0 && (nap_ns == 0 || tri_sleep(x, x->now_ns + nap_ns)) &&
                  (late || tri_write(x, (struct tri_slice){bytes, (size_t)got}));
    }
    wire.cut |= !goes_on;
    if (wire.cut) { /* none of these may do harm */
        cr_assert(tri_read(x, bytes, 1) < 0 || x->request->method == TRI_METHOD_HEAD);
        tri_write(x, TRI_SLICE("more"));
    }
    return late ? tri_reply_printf(x, 200, "%s\n", "all read") : tri_next_done();
}

static struct tri_next glutton(struct tri_exchange *x)
{
    return tri_reply_printf(x, 200, "%0900000d\n", 1);
}

/* --- replies that keep something alive --- */

static void count_release(void *of)
{
    (void)of;
    wire.releases++;
}

static struct tri_hold hold(void)
{
    wire.holds++;
    return (struct tri_hold){count_release, NULL};
}

static struct tri_next file(struct tri_exchange *x)
{
    struct tri_part *whole = tri_arena_alloc(x->arena, sizeof(*whole));
    if (!whole)
        return tri_reply(x, 500, TRI_SLICE("text/plain"), TRI_SLICE(""));
    *whole = (struct tri_part){.length = file_bytes};
    return tri_reply_parts(x, 200, TRI_SLICE("text/plain"), whole, 1, file_served, hold());
}

/* Memory, file, memory: "[", file_bytes of the file, "]". */
static struct tri_next parts(struct tri_exchange *x)
{
    struct tri_part *three = tri_arena_alloc(x->arena, 3 * sizeof(*three));
    if (!three)
        return tri_reply(x, 500, TRI_SLICE("text/plain"), TRI_SLICE(""));
    three[0] = (struct tri_part){.memory = "[", .length = 1};
    three[1] = (struct tri_part){.length = file_bytes};
    three[2] = (struct tri_part){.memory = "]", .length = 1};
    return tri_reply_parts(x, 200, TRI_SLICE("text/plain"), three, 3, file_served, hold());
}

/* A stream that holds something and ends in failure when asked for /held?fail. */
static struct tri_next held(struct tri_exchange *x)
{
    if (!tri_stream_has_begun(x)) {
        tri_stream_hold(x, hold());
        if (!tri_stream_begin(x, 200, TRI_SLICE("text/plain"), -1))
            return tri_next_room();
    }
    if (tri_stream_write(x, TRI_SLICE("held")) < 4)
        return tri_next_room();
    if (x->request->target.query.len > 0)
        tri_stream_fail(x);
    return tri_next_done();
}

/* --- being woken --- */

struct tri_waker *wire_waker;
bool wire_is_there;

static void strike_off(void *of)
{
    (void)of;
    wire_waker = NULL;
    wire.releases++;
}

/* Until it is there, however often it is called; a minute at most. */
static struct tri_next woken(struct tri_exchange *x)
{
    int64_t *until_ns = x->state;
    if (!until_ns) {
        x->state = until_ns = tri_arena_alloc(x->arena, sizeof(*until_ns));
        wire.holds++;
        if (!tri_exchange_defer(x, (struct tri_hold){strike_off, NULL}) || !until_ns)
            return tri_reply(x, 500, TRI_SLICE("text/plain"), TRI_SLICE(""));
        *until_ns = x->now_ns + 60 * TRI_SECOND;
        wire_waker = &x->waker;
    }
    wire.calls++;
    if (wire_is_there)
        return tri_reply(x, 200, TRI_SLICE("text/plain"), TRI_SLICE("there\n"));
    if (x->now_ns >= *until_ns)
        return tri_reply(x, 200, TRI_SLICE("text/plain"), TRI_SLICE("late\n"));
    return tri_next_at(*until_ns);
}

/* --- streams, and who asks --- */

/* TICK_BYTES every second for ever, and nothing in between. */
static struct tri_next ticks(struct tri_exchange *x)
{
    int64_t *next_ns = x->state;
    if (!next_ns) {
        x->state = next_ns = tri_arena_alloc(x->arena, sizeof(*next_ns));
        if (!next_ns)
            return tri_reply(x, 500, TRI_SLICE("text/plain"), TRI_SLICE(""));
        *next_ns = x->now_ns;
    }
    if (!tri_stream_has_begun(x) && !tri_stream_begin(x, 200, TRI_SLICE("text/plain"), -1))
        return tri_next_room();
    if (x->now_ns < *next_ns)
        return tri_next_at(*next_ns);
    if (tri_stream_write(x, (struct tri_slice){big, TICK_BYTES}) < TICK_BYTES)
        return tri_next_room();
    *next_ns = x->now_ns + TRI_SECOND;
    return tri_next_at(*next_ns);
}

/* The body comes back as it is, in chunks. */
static struct tri_next echo(struct tri_exchange *x)
{
    struct tri_slice piece = tri_body_piece(x);
    if (!tri_stream_has_begun(x) && !tri_stream_begin(x, 200, TRI_SLICE("text/plain"), -1))
        return tri_next_room();
    size_t accepted = tri_stream_write(x, piece);
    tri_body_take(x, accepted);
    if (accepted < piece.len)
        return tri_next_room();
    return tri_body_is_done(x) ? tri_next_done() : tri_next_body();
}

static struct tri_next address(struct tri_exchange *x)
{
    char text[TRI_IP_TEXT];
    return tri_reply_printf(x, 200, "%s\n", tri_ip_print(&x->client, text).at);
}

static struct tri_next health(struct tri_exchange *x)
{
    return tri_reply(x, 200, TRI_SLICE("text/plain"), TRI_SLICE("ok\n"));
}

#define BOTH (TRI_METHOD_GET | TRI_METHOD_POST)

static const struct {
    const char *pattern;
    struct tri_handler handler;
} routes[] = {
    {"/hello", {.name = "hello", .handle = hello, .methods = BOTH}},
    {"/take", {.name = "take", .handle = take_body, .methods = BOTH}},
    {"/late", {.name = "late", .handle = late, .methods = BOTH}},
    {"/nap", {.name = "nap", .handle = nap, .methods = BOTH}},
    {"/big", {.name = "big", .handle = big_reply, .methods = BOTH}},
    {"/stream", {.name = "stream", .handle = stream, .methods = BOTH}},
    {"/file", {.name = "file", .handle = file, .methods = BOTH}},
    {"/block", {.name = "block", .handle = block, .methods = BOTH, .flags = TRI_WAITS}},
    {"/glutton", {.name = "glutton", .handle = glutton, .methods = BOTH}},
    {"/parts", {.name = "parts", .handle = parts, .methods = BOTH}},
    {"/held", {.name = "held", .handle = held, .methods = BOTH}},
    {"/ticks", {.name = "ticks", .handle = ticks, .methods = BOTH}},
    {"/straight", {.name = "straight", .handle = straight, .methods = BOTH, .flags = TRI_WAITS}},
    {"/woken", {.name = "woken", .handle = woken, .methods = BOTH}},
    {"/echo", {.name = "echo", .handle = echo, .methods = BOTH}},
    {"/address", {.name = "address", .handle = address, .methods = BOTH}},
    {"/health", {.name = "health", .handle = health, .methods = BOTH, .flags = TRI_ALWAYS}},
    {"/hog", {.name = "hog", .handle = glutton, .methods = BOTH, .flags = TRI_CPU}},
};

struct tri_router *wire_router(void)
{
    struct tri_router *router = tri_router_new(NULL);
    struct tri_error error = {0};
    for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
        struct tri_route route = {routes[i].pattern, &routes[i].handler, NULL, NULL};
        cr_assert(tri_router_add(router, &route, &error), "%s", error.text);
    }
    return router;
}
