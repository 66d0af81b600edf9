/*
 * conn_site.c - the site behind a play: handlers of each kind, the server's own where they are
 * quick and their replies bounded.
 */
#include "conn_play.h"

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/core/hosts.h"
#include "server/core/router.h"
#include "server/handlers/handlers.h"

int tri_play_holds;

static const char text[5000] = "more than an output holds";

static void let_go(void *of)
{
    tri_assert(of == &tri_play_holds && tri_play_holds > 0);
    tri_play_holds--;
}

static struct tri_hold hold(void)
{
    tri_play_holds++;
    return (struct tri_hold){let_go, &tri_play_holds};
}

/* Three parts of memory, one of them empty, which are held. */
static struct tri_next parts(struct tri_exchange *x)
{
    static const struct tri_part three[] = {{.memory = "(", .length = 1},
                                            {.memory = "", .length = 0},
                                            {.memory = text, .length = 5000}};
    return tri_reply_parts(x, 200, TRI_SLICE("text/plain"), three, 3, -1, hold());
}

/* A stream of a length, or of none, in pieces that do not fit; ?x ends it in failure. */
static struct tri_next stream(struct tri_exchange *x)
{
    size_t *sent = x->state;
    bool fails = x->request->target.query.len > 0;
    int64_t length = x->request->method == TRI_METHOD_POST ? -1 : (int64_t)sizeof(text);
    if (!sent) {
        x->state = sent = tri_arena_alloc(x->arena, sizeof(*sent));
        if (!sent)
            return tri_reply_exhausted(x);
        *sent = 0;
    }
    if (!tri_stream_has_begun(x)) {
        tri_stream_hold(x, hold());
        if (!tri_stream_begin(x, 200, TRI_SLICE("text/plain"), length))
            return tri_next_room();
    }
    size_t most = fails ? 3000 : sizeof(text);
    *sent += tri_stream_write(x, (struct tri_slice){text + *sent, most - *sent});
    if (*sent < most && x->request->method != TRI_METHOD_HEAD)
        return tri_next_room();
    if (fails)
        tri_stream_fail(x);
    return tri_next_done();
}

/* Sleeps, wants the body, and says how long it was. */
static struct tri_next nap(struct tri_exchange *x)
{
    int64_t *state = x->state; /* when to wake, bytes */
    if (!state) {
        x->state = state = tri_arena_alloc(x->arena, 2 * sizeof(*state));
        if (!state)
            return tri_reply_exhausted(x);
        state[0] = x->now_ns + 7 * TRI_SECOND; /* there is a look at the client on the way */
        state[1] = 0;
    }
    if (x->now_ns < state[0] && !x->draining)
        return tri_next_at(state[0]);
    struct tri_slice piece = tri_body_piece(x);
    state[1] += (int64_t)piece.len;
    tri_body_take(x, piece.len);
    if (!tri_body_is_done(x))
        return tri_next_body();
    return tri_reply_printf(x, 200, "%lld\n", (long long)state[1]);
}

static struct tri_next block(struct tri_exchange *x)
{
    return tri_reply_printf(x, 200, "blocked\n");
}

static struct tri_next glutton(struct tri_exchange *x)
{
    return tri_reply_printf(x, 200, "%0100000d\n", 1);
}

#define ANY (TRI_METHOD_GET | TRI_METHOD_POST)
static const struct tri_handler handlers[] = {
    {.name = "parts", .handle = parts, .methods = ANY},
    {.name = "stream", .handle = stream, .methods = ANY},
    {.name = "nap", .handle = nap, .methods = ANY},
    {.name = "block", .handle = block, .methods = ANY, .flags = TRI_WAITS},
    {.name = "glutton", .handle = glutton, .methods = ANY, .flags = TRI_CPU},
};

struct tri_hosts *tri_play_hosts(void)
{
    static const struct tri_policy policy = {.fields = {"X-Play: 1\r\n", 11}};
    const struct tri_route routes[] = {
        {"/", &tri_handler_hello, NULL, NULL},      {"/e", &tri_handler_echo, NULL, NULL},
        {"/a", &tri_handler_address, NULL, NULL},   {"/h", &tri_handler_health, NULL, NULL},
        {"/u/:id", &tri_handler_users, NULL, NULL}, {"/p", &handlers[0], NULL, NULL},
        {"/s", &handlers[1], NULL, NULL},           {"/n", &handlers[2], NULL, NULL},
        {"/t", &tri_handler_parrot, NULL, NULL},    {"/b", &handlers[3], NULL, NULL},
        {"/g", &handlers[4], NULL, NULL},
    };
    struct tri_router *router = tri_router_new(&policy);
    struct tri_error error;
    for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++)
        tri_assert(tri_router_add(router, &routes[i], &error));
    struct tri_hosts *hosts = tri_hosts_new(router);
    tri_assert(hosts);
    return hosts;
}
