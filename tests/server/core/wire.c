/*
 * wire.c - the scripted transport, and the contract of wishes; see wire.h.
 */
#include "wire.h"

#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "server/base/clock.h"
#include "server/core/hosts.h"
#include "server/core/step.h"

#define STEPS_MOST 2000000 /* of one wire_run(): more is a connection that spins */

struct wire wire;
struct tri_conn conn;
struct tri_service service;
struct tri_workspace workspace;
int64_t clock_ns = 1000 * TRI_SECOND;
unsigned wire_others;

static struct tri_hosts *hosts;
static bool is_open;

/* --- the transport --- */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static enum tri_io scripted_read(struct tri_stream *stream, char *at, size_t room, size_t *got)
{
    size_t n = least(room, wire.in_len - wire.in_at);
    (void)stream;
    wire.reads++;
    if (wire.read_most > 0)
        n = least(n, wire.read_most);
    wire.dry = n < room;
    if (n == 0)
        return wire.in_end;
    memcpy(at, wire.in + wire.in_at, n);
    wire.in_at += n;
    wire.step_bytes += n;
    *got = n;
    return TRI_IO_OK;
}

/* How many of `bytes` the client takes now. */
static enum tri_io take(size_t bytes, size_t *put)
{
    size_t n = least(bytes, wire.credit);
    wire.blocked = false;
    if (wire.gone)
        return TRI_IO_FAILED;
    if (wire.write_most > 0)
        n = least(n, wire.write_most);
    wire.blocked = n < bytes;
    if (n == 0)
        return TRI_IO_AGAIN;
    cr_assert(wire.out_len + n <= sizeof(wire.out), "the server never stops sending");
    wire.credit -= n;
    wire.step_bytes += n;
    *put = n;
    return TRI_IO_OK;
}

static enum tri_io scripted_write(struct tri_stream *stream, struct tri_slice bytes, size_t *put)
{
    (void)stream;
    wire.writes++;
    cr_assert(bytes.len > 0, "a write of nothing");
    enum tri_io io = take(bytes.len, put);
    if (io == TRI_IO_OK) {
        memcpy(wire.out + wire.out_len, bytes.at, *put);
        wire.out_len += *put;
    }
    return io;
}

static enum tri_io scripted_write_more(struct tri_stream *stream, struct tri_slice bytes,
                                       size_t *put)
{
    wire.held_writes++;
    return scripted_write(stream, bytes, put);
}

static enum tri_io scripted_file(struct tri_stream *stream, int file, int64_t offset, size_t bytes,
                                 size_t *put)
{
    size_t put_most;
    (void)stream;
    wire.files++;
    enum tri_io io = take(bytes, &put_most);
    if (io != TRI_IO_OK)
        return io;
    ssize_t n = pread(file, wire.out + wire.out_len, put_most, offset);
    cr_assert(n >= 0, "send_file of something that is no file");
    wire.out_len += (size_t)n;
    *put = (size_t)n;
    return n > 0 ? TRI_IO_OK : TRI_IO_EOF;
}

static void scripted_shut(struct tri_stream *stream)
{
    (void)stream;
    wire.shuts++;
}

static void scripted_close(struct tri_stream *stream)
{
    wire.closes++;
    stream->fd = -1;
}

static bool scripted_is_gone(struct tri_stream *stream)
{
    (void)stream;
    return wire.gone;
}

static void scripted_restrain(struct tri_stream *stream)
{
    (void)stream;
}

static uint32_t scripted_queued(struct tri_stream *stream)
{
    (void)stream;
    return wire.queued;
}

static struct tri_ip scripted_peer(struct tri_stream *stream)
{
    (void)stream;
    return wire.peer;
}

static const struct tri_transport scripted = {
    .name = "scripted",
    .read = scripted_read,
    .write = scripted_write,
    .write_more = scripted_write_more,
    .send_file = scripted_file,
    .restrain = scripted_restrain,
    .queued = scripted_queued,
    .peer = scripted_peer,
    .is_gone = scripted_is_gone,
    .shut = scripted_shut,
    .close = scripted_close,
};

/* --- the connection --- */

static void count_wake(struct tri_conn *woken)
{
    cr_assert(woken == &conn);
    wire.wakes++;
}

void wire_init(void)
{
    hosts = tri_hosts_new(wire_router());
    service =
        (struct tri_service){.limits = tri_limits_default(), .hosts = hosts, .wake = count_wake};
    cr_assert(tri_workspace_init(&workspace, &service.limits));
    wire_open();
}

static void end(void)
{
    if (is_open)
        tri_conn_abort(&conn);
    is_open = false;
    cr_assert(wire.closes == 1, "closed %u times", wire.closes);
    cr_assert(!conn.open && !conn.in.bytes && !conn.out.bytes && conn.stream.fd == -1);
    cr_assert(atomic_load(&service.open) == wire_others, "%u open", atomic_load(&service.open));
    cr_assert(wire.holds == wire.releases, "%u held, %u released", wire.holds, wire.releases);
}

void wire_close(void)
{
    if (wire.closes > 0 || is_open)
        end();
    wire.closes = 0;
}

void wire_deinit(void)
{
    wire_close();
    tri_workspace_deinit(&workspace);
    tri_hosts_free(hosts);
    if (file_served >= 0)
        close(file_served);
    cr_assert(allocs_live == 0, "%ld allocations were not given back", allocs_live);
}

void wire_open(void)
{
    wire_close();
    wire.in_len = wire.in_at = wire.out_len = wire.out_at = 0;
    wire.read_most = wire.write_most = 0;
    wire.in_end = TRI_IO_AGAIN;
    wire.credit = SIZE_MAX;
    wire.gone = false;
    wire.reads = wire.writes = wire.held_writes = wire.files = wire.shuts = 0;
    wire.holds = wire.releases = 0;
    tri_conn_open(&conn, (struct tri_stream){.transport = &scripted, .fd = 1000}, NULL, &service,
                  clock_ns);
    is_open = true;
    cr_assert(atomic_load(&service.open) == 1 + wire_others);
}

void wire_send_bytes(const char *bytes, size_t len)
{
    cr_assert(wire.in_len + len <= sizeof(wire.in));
    memcpy(wire.in + wire.in_len, bytes, len);
    wire.in_len += len;
}

void wire_send(const char *text)
{
    wire_send_bytes(text, strlen(text));
}

struct tri_wish wire_step(void)
{
    static const unsigned alone = TRI_WISH_TURN | TRI_WISH_RUN | TRI_WISH_CLOSE | TRI_WISH_WRITE;
    wire.dry = wire.blocked = false;
    wire.step_bytes = 0;
    struct tri_wish wish = tri_conn_step(&conn, &workspace, clock_ns);
    unsigned bits = wish.bits;
    cr_assert(!(bits & TRI_WISH_READ) || wire.dry, "READ though the last read was full");
    cr_assert(!(bits & TRI_WISH_WRITE) || wire.blocked, "WRITE though no write was refused");
    cr_assert(!(bits & alone) || (bits & (bits - 1)) == 0, "wishes %#x at once", bits);
    cr_assert(!(bits & TRI_WISH_IDLE) || bits == (TRI_WISH_IDLE | TRI_WISH_READ));
    cr_assert(!(bits & TRI_WISH_IDLE) || (!conn.open && !conn.in.bytes && !conn.out.bytes),
              "idle, but something is held");
    cr_assert(bits != 0 || wish.deadline_ns != TRI_NEVER, "waits for nothing");
    cr_assert(wire.step_bytes < 2 * TRI_STEP_BYTES, "%zu bytes in one step", wire.step_bytes);
    cr_assert(workspace.out.len == 0 && tri_buf_len(&workspace.in) == 0,
              "the workspace is not as it was");
    cr_assert(conn.out.room <= service.limits.output_bytes, "%u bytes held back", conn.out.room);
    if (bits & TRI_WISH_CLOSE && !(conn.open && conn.open->straight)) {
        is_open = false;
        cr_assert(wire.closes == 1 && !conn.open && !conn.in.bytes && !conn.out.bytes);
    }
    return wish;
}

/* As a mode that waits for whatever the connection wants; only time passes by itself. */
static void pump(struct tri_straight *straight, struct tri_conn *pumped)
{
    (void)straight;
    cr_assert(pumped == &conn);
    for (unsigned long steps = 0;; steps++) {
        struct tri_wish wish = wire_step();
        bool readable = wire.in_at < wire.in_len || wire.in_end != TRI_IO_AGAIN;
        bool writable = wire.credit > 0 || wire.gone;
        cr_assert(steps < STEPS_MOST, "the connection spins");
        if (wish.bits & (TRI_WISH_RUN | TRI_WISH_CLOSE))
            return;
        if ((wish.bits & TRI_WISH_TURN) || (wish.bits & TRI_WISH_READ && readable) ||
            (wish.bits & TRI_WISH_WRITE && writable))
            continue;
        if (wire.on_wait && !wire.on_wait(wish))
            return;
        if (!wire.on_wait)
            clock_ns = wish.deadline_ns;
        cr_assert(clock_ns < TRI_NEVER, "waits for ever");
    }
}

struct tri_straight wire_straight = {pump};

struct tri_wish wire_run(void)
{
    for (unsigned long steps = 0;; steps++) {
        struct tri_wish wish = wire_step();
        bool readable = wire.in_at < wire.in_len || wire.in_end != TRI_IO_AGAIN;
        bool writable = wire.credit > 0 || wire.gone;
        cr_assert(steps < STEPS_MOST, "the connection spins");
        if (wish.bits & TRI_WISH_CLOSE)
            return wish;
        if (wish.bits & TRI_WISH_RUN)
            tri_conn_run(&conn, &wire_straight);
        else if (!(wish.bits & TRI_WISH_TURN) && !(wish.bits & TRI_WISH_READ && readable) &&
                 !(wish.bits & TRI_WISH_WRITE && writable))
            return wish;
    }
}

struct tri_wish wire_expire(struct tri_wish wish)
{
    size_t taken = wire.out_len;
    cr_assert(wish.deadline_ns != TRI_NEVER, "no deadline");
    clock_ns = wish.deadline_ns - 1;
    struct tri_wish early = wire_run();
    cr_assert(early.bits == wish.bits && early.deadline_ns == wish.deadline_ns &&
                  wire.out_len == taken,
              "a step without need changed something");
    clock_ns = wish.deadline_ns;
    return wire_run();
}
