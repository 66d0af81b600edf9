/*
 * conn_play.c - see conn_play.h. One play runs at a time, so the stage is global.
 */
#include "conn_play.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "server/core/clients.h"
#include "server/core/conn.h"
#include "server/core/step.h"

#define BYTES_FIRST 500    /* so many come alone, when bytes come alone */
#define STEPS_MOST 1000000 /* more is a connection that spins */

static struct {
    const struct tri_play *play;
    const struct tri_pace *pace;
    struct tri_said said;
    size_t room;
    size_t in_at;
    size_t credit;
    uint32_t random;   /* xorshift32 */
    bool dry, blocked; /* in this step: the last read came up short, a write was refused */
    bool broken, closed, shut;
    unsigned steps;
    struct tri_workspace *workspace; /* borrowed */
    int64_t now_ns;                  /* while a blocking handler runs */
} stage;

static uint32_t below(uint32_t bound)
{
    stage.random ^= stage.random << 13;
    stage.random ^= stage.random >> 17;
    stage.random ^= stage.random << 5;
    return stage.random % bound;
}

/* --- the transport --- */

static enum tri_io play_read(struct tri_stream *stream, char *at, size_t room, size_t *got)
{
    size_t left = stage.play->in.len - stage.in_at, most = SIZE_MAX;
    (void)stream;
    tri_assert(!stage.closed && room > 0);
    if (stage.pace->reads == TRI_READS_BYTES)
        most = stage.in_at < BYTES_FIRST ? 1 : 100;
    else if (stage.pace->reads == TRI_READS_SOME)
        most = 1 + below(60);
    size_t n = left < room ? left : room;
    n = n < most ? n : most;
    stage.dry = n < room;
    if (stage.broken)
        return TRI_IO_FAILED;
    if (n == 0)
        return stage.play->end;
    memcpy(at, stage.play->in.at + stage.in_at, n);
    stage.in_at += n;
    *got = n;
    return TRI_IO_OK;
}

static enum tri_io play_write(struct tri_stream *stream, struct tri_slice bytes, size_t *put)
{
    size_t n = bytes.len < stage.credit ? bytes.len : stage.credit;
    (void)stream;
    tri_assert(!stage.closed && !stage.shut && bytes.len > 0);
    if (stage.broken)
        return TRI_IO_FAILED;
    stage.blocked = n < bytes.len;
    if (n == 0)
        return TRI_IO_AGAIN;
    if (stage.room - stage.said.len < n) {
        stage.room = 2 * (stage.said.len + n);
        stage.said.bytes = realloc(stage.said.bytes, stage.room);
        tri_assert(stage.said.bytes);
    }
    memcpy(stage.said.bytes + stage.said.len, bytes.at, n);
    stage.said.len += n;
    stage.credit -= stage.credit == SIZE_MAX ? 0 : n;
    *put = n;
    return TRI_IO_OK;
}

static enum tri_io play_file(struct tri_stream *stream, int file, int64_t offset, size_t bytes,
                             size_t *put)
{
    (void)stream, (void)offset, (void)bytes, (void)put;
    tri_assert(file < 0); /* the site has none */
    return TRI_IO_FAILED;
}

static struct tri_ip play_peer(struct tri_stream *stream)
{
    (void)stream;
    return stage.play->peer;
}

static bool play_is_gone(struct tri_stream *stream)
{
    (void)stream;
    return stage.broken;
}

static void play_restrain(struct tri_stream *stream)
{
    (void)stream;
}

static uint32_t play_queued(struct tri_stream *stream)
{
    (void)stream;
    return 0;
}

static void play_shut(struct tri_stream *stream)
{
    (void)stream;
    tri_assert(!stage.closed && !stage.shut);
    stage.shut = true;
}

static void play_close(struct tri_stream *stream)
{
    tri_assert(!stage.closed);
    stage.closed = true;
    stream->fd = -1;
}

static const struct tri_transport memory = {
    .name = "memory",
    .read = play_read,
    .write = play_write,
    .write_more = play_write,
    .send_file = play_file,
    .restrain = play_restrain,
    .queued = play_queued,
    .peer = play_peer,
    .is_gone = play_is_gone,
    .shut = play_shut,
    .close = play_close,
};

/* --- the mode --- */

/* The contract of core/conn.h. */
static struct tri_wish step(struct tri_conn *conn, struct tri_workspace *workspace, int64_t now_ns)
{
    static const unsigned alone = TRI_WISH_TURN | TRI_WISH_RUN | TRI_WISH_CLOSE | TRI_WISH_WRITE;
    stage.dry = stage.blocked = false;
    stage.broken = stage.pace->breaks > 0 && stage.steps >= stage.pace->breaks;
    struct tri_wish wish = tri_conn_step(conn, workspace, now_ns);
    unsigned bits = wish.bits;
    tri_assert(++stage.steps < STEPS_MOST);
    tri_assert(workspace->out.len == 0 && tri_buf_len(&workspace->in) == 0);
    bool is_kept = conn->open && conn->open->straight; /* closed when its handler has returned */
    tri_assert(((bits & TRI_WISH_CLOSE) != 0) == stage.closed || is_kept);
    tri_assert(!(bits & TRI_WISH_READ) || stage.dry);
    tri_assert(!(bits & TRI_WISH_WRITE) || stage.blocked);
    tri_assert(!(bits & alone) || (bits & (bits - 1)) == 0);
    tri_assert(!(bits & TRI_WISH_IDLE) || bits == (TRI_WISH_IDLE | TRI_WISH_READ));
    tri_assert(!(bits & TRI_WISH_IDLE) || (!conn->open && !conn->in.bytes && !conn->out.bytes));
    tri_assert(bits != 0 || wish.deadline_ns != TRI_NEVER);
    tri_assert(conn->out.room <= conn->service->limits.output_bytes);
    tri_assert(conn->in.room <= tri_step_input_cap(conn));
    return wish;
}

static int64_t grant(struct tri_conn *conn, struct tri_wish wish, int64_t now_ns);

/* A blocking handler waits, and the play goes on. */
static void pump(struct tri_straight *straight, struct tri_conn *conn)
{
    (void)straight;
    for (;;) {
        struct tri_wish wish = step(conn, stage.workspace, stage.now_ns);
        if (wish.bits & (TRI_WISH_RUN | TRI_WISH_CLOSE))
            break;
        stage.now_ns = grant(conn, wish, stage.now_ns);
    }
}

/* When to step again. */
static int64_t grant(struct tri_conn *conn, struct tri_wish wish, int64_t now_ns)
{
    bool readable = stage.in_at < stage.play->in.len || stage.play->end != TRI_IO_AGAIN;
    struct tri_straight straight = {pump};
    int64_t later_ns = stage.pace->dawdles ? below(60000) * TRI_MILLISECOND : 0;
    if (wish.bits & TRI_WISH_RUN) {
        stage.now_ns = now_ns;
        if (stage.play->declines)
            tri_conn_decline(conn);
        else
            tri_conn_run(conn, &straight);
        return stage.now_ns > now_ns ? stage.now_ns : now_ns;
    }
    if (wish.bits & TRI_WISH_WRITE)
        stage.credit = 1 + below((uint32_t)stage.pace->write_most);
    else if (!(wish.bits & TRI_WISH_TURN) && !(wish.bits & TRI_WISH_READ && readable))
        later_ns = wish.deadline_ns - now_ns; /* only time can help */
    tri_assert(wish.bits & TRI_WISH_TURN || wish.deadline_ns != TRI_NEVER);
    return later_ns > 0 ? now_ns + later_ns : now_ns;
}

static struct tri_workspace *borrow_workspace(const struct tri_limits *limits)
{
    static struct tri_workspace workspace; /* kept from run to run */
    if (!workspace.out.at) {
        tri_assert(tri_workspace_init(&workspace, limits));
        tri_date_print(1000000000, workspace.date);
        workspace.date_until_ns = INT64_MAX;
    }
    return &workspace;
}

/* The table of clients, when there is a limit for them. */
static struct tri_clients *open_clients(const struct tri_play *play, int64_t now_ns)
{
    const struct tri_client_limits limits = {
        .connections = 1, .rate = play->hasty ? 1 : 0, .burst = 3};
    if (!play->hasty && !play->share)
        return NULL;
    struct tri_clients *clients = tri_clients_new(&limits, 16);
    tri_assert(clients);
    if (play->share)
        tri_assert(tri_clients_enter(clients, &play->client, now_ns));
    return clients;
}

struct tri_said tri_play_run(const struct tri_play *play, const struct tri_pace *pace)
{
    struct tri_service service = {
        .limits = play->service->limits,
        .hosts = play->service->hosts,
        .policy = play->service->policy,
        .trusted = play->service->trusted,
        .trusted_count = play->service->trusted_count,
        .proxy_protocol = play->service->proxy_protocol,
    };
    struct tri_workspace *workspace = borrow_workspace(&service.limits);
    struct tri_conn conn;
    struct tri_wish wish;
    int64_t now_ns = 1000 * TRI_SECOND;

    memset(&stage, 0, sizeof(stage));
    stage.play = play;
    stage.pace = pace;
    stage.random = pace->seed;
    stage.workspace = workspace;
    stage.credit = pace->write_most;
    service.clients = open_clients(play, now_ns);
    if (play->full)
        atomic_store(&service.seated, service.limits.connections);
    tri_conn_open(&conn, (struct tri_stream){.transport = &memory, .fd = 1000}, NULL, &service,
                  now_ns);
    for (;;) {
        wish = step(&conn, workspace, now_ns);
        if (wish.bits & TRI_WISH_CLOSE)
            break;
        now_ns = grant(&conn, wish, now_ns);
    }
    tri_assert(!conn.open && !conn.in.bytes && !conn.out.bytes && conn.stream.fd == -1);
    tri_assert(atomic_load(&service.open) == 0 && tri_play_holds == 0);
    tri_assert(atomic_load(&service.seated) == (play->full ? service.limits.connections : 0));
    tri_clients_free(service.clients);
    return stage.said;
}
