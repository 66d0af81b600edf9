/*
 * send.c - the phase in which a known reply leaves: head, then memory, file or the end of a stream.
 *
 * What is small is copied into the workspace's output, so that it shares one write with the
 * replies beside it; a large file goes by sendfile(2) without touching our memory, and its head in
 * the same packet, unless its bytes have to be encrypted here.
 */
#include "server/core/step.h"

#include <string.h>
#include <unistd.h>

#include "server/core/answer.h"

#define SMALL_FILE_BYTES 16384 /* up to here a copy is cheaper than a system call of its own */

/*
 * Before the head of the reply goes out: is the rest of the request's body too long to be read and
 * dropped? Decided by the head of the request alone, so that it depends on no timing.
 */
static bool body_is_in_the_way(const struct tri_conn *conn)
{
    const struct tri_open *open = conn->open;
    if (!open->x.request || open->x.body_done)
        return false;
    int64_t left = tri_parser_body_left(open->parser);
    bool unasked = open->x.request->expect_continue && !open->continue_sent && left != 0;
    return unasked || left > (int64_t)conn->service->limits.drain_bytes;
}

/* Write the head. False: it did not fit; it is tried again, or x->failed says that it never will.
 */
static bool send_head(struct tri_step *step)
{
    struct tri_exchange *x = &step->conn->open->x;
    if (body_is_in_the_way(step->conn) || tri_service_is_draining(step->conn->service))
        x->response.close = true;
    x->output = &step->workspace->out;
    x->date = tri_workspace_date(step->workspace, step->now_ns);
    if (tri_exchange_head(x))
        return true;
    if (step->workspace->out.len == 0) /* larger than the whole output buffer */
        x->failed = true;
    return false;
}

/* Append what fits of a part in memory. */
static void send_memory(struct tri_step *step, const struct tri_part *part)
{
    struct tri_open *open = step->conn->open;
    struct tri_output *out = &step->workspace->out;
    size_t left = (size_t)part->length - open->sent_bytes;
    size_t room = out->room - out->len;
    size_t n = left < room ? left : room;
    memcpy(out->at + out->len, part->memory + open->sent_bytes, n);
    out->len += n;
    open->sent_bytes += n;
}

/* A file that is shorter than its stat said cannot be completed: end without more. */
static enum tri_move cut_short(struct tri_step *step)
{
    step->conn->cut = true;
    tri_step_enter(step, TRI_PHASE_END);
    return TRI_MOVE_GO;
}

static enum tri_move send_file(struct tri_step *step, const struct tri_part *part)
{
    struct tri_open *open = step->conn->open;
    int file = open->x.response.file;
    struct tri_stream *stream = &step->conn->stream;
    struct tri_output *out = &step->workspace->out;
    size_t left = (size_t)part->length - open->sent_bytes;
    int64_t offset = part->offset + (int64_t)open->sent_bytes;
    size_t put;
    size_t room = out->room - out->len;
    bool is_small = part->length <= SMALL_FILE_BYTES && left <= room;
    if (is_small || !stream->transport->send_file) {
        if (out->len > 0 && room < left && room < SMALL_FILE_BYTES)
            return tri_step_flush(step);
        ssize_t n = pread(file, out->at + out->len, left < room ? left : room, offset);
        if (n <= 0)
            return cut_short(step);
        out->len += (size_t)n;
        open->sent_bytes += (size_t)n;
        return TRI_MOVE_GO;
    }
    if (tri_step_flush_before_file(step) == TRI_MOVE_STOP)
        return TRI_MOVE_STOP;
    size_t most = left < TRI_STEP_BYTES ? left : TRI_STEP_BYTES;
    switch (stream->transport->send_file(stream, file, offset, most, &put)) {
    case TRI_IO_OK:
        open->sent_bytes += put;
        tri_step_sent(step, put);
        return TRI_MOVE_GO;
    case TRI_IO_AGAIN:
        return tri_step_blocked(step, (struct tri_slice){NULL, 0});
    case TRI_IO_EOF:
        return cut_short(step);
    case TRI_IO_CROSS:
    case TRI_IO_PLAIN:
    case TRI_IO_FAILED:
        break;
    }
    return tri_step_end(step);
}

/* Move on in the part that is at hand. */
static enum tri_move send_part(struct tri_step *step)
{
    struct tri_open *open = step->conn->open;
    const struct tri_part *part = tri_response_part(&open->x.response, open->part);
    if (part->memory)
        send_memory(step, part);
    if (open->sent_bytes == (size_t)part->length) {
        open->part++;
        open->sent_bytes = 0;
        return TRI_MOVE_GO;
    }
    return part->memory ? tri_step_flush(step) : send_file(step, part);
}

enum tri_move tri_step_send(struct tri_step *step)
{
    struct tri_open *open = step->conn->open;
    struct tri_exchange *x = &open->x;
    if (!x->head_written && !send_head(step))
        return x->failed ? TRI_MOVE_GO : tri_step_flush(step);
    bool has_body = x->framing != TRI_FRAMING_NONE;
    if (has_body && x->response.body == TRI_BODY_PARTS && open->part < x->response.part_count) {
        enum tri_move move = send_part(step);
        if (move == TRI_MOVE_STOP || open->part < x->response.part_count)
            return move;
    }
    if (has_body && x->response.body == TRI_BODY_STREAM) {
        x->output = &step->workspace->out;
        bool done = tri_exchange_end(x);
        if (x->failed) /* the handler promised more than it gave */
            return cut_short(step);
        if (!done)
            return tri_step_flush(step);
    }
    tri_step_enter(step, TRI_PHASE_SKIP);
    return TRI_MOVE_GO;
}
