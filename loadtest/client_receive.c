/*
 * client_receive.c - what a connection reads, made into responses, times and faults.
 *
 *     receive --bytes--> consume --a response--> complete --> counted; may be asked again
 *        |                  +--- no response ---> lost, as invalid
 *        +------- end ---> meet_end: a body that ends so, a fault, or the server's right
 *
 * A request costs one write and one read: what was read is taken as everything there was unless it
 * filled the buffer, and the next request leaves before the next connection is looked at.
 *
 * A response is over when its last byte arrived in this machine, as the kernel stamped it: for all
 * responses of one read that is when the last segment of it did (stamps.h). Where there is no stamp
 * that can be used it is over when it was read. Whatever is done next goes by the clock, which is
 * read after each read.
 */
#include "loadtest/client_parts.h"

#include "server/base/clock.h"

#define TURN_READS 16 /* reads in a row from one connection */
#define SLOW_READ_BYTES 1

static void count_response(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    const struct tri_reading *reading = &client->reading;
    struct tri_tally *tally = worker->tally;
    const struct tri_pending *pending = tri_client_pending(worker, client, 0);
    unsigned status_class = reading->status / 100;
    int64_t arrived_ns = tri_stamps_end(worker->arrived_ns, pending->sent_ns);
    int64_t end_ns = arrived_ns ? arrived_ns : now_ns;
    if (arrived_ns)
        tri_histogram_add(&tally->own, now_ns - arrived_ns);
    else
        tally->counts.unstamped += client->wire.is_stamped;
    tally->counts.responses++;
    tally->counts.late += now_ns > worker->end_ns;
    tally->counts.parsed += !reading->was_known;
    if (status_class < 6)
        tally->counts.statuses[status_class]++;
    tri_histogram_add(&tally->service, end_ns - pending->sent_ns);
    tri_histogram_add(&tally->response, end_ns - pending->intended_ns);
    tri_histogram_add(&tally->first, client->first_byte_ns - pending->sent_ns);
    if (!tri_reading_is_expected(reading))
        tally->counts.faults[TRI_FAULT_UNEXPECTED]++;
    else if (status_class >= 4 && worker->plan->expect.status_count == 0)
        tally->counts.faults[status_class == 4 ? TRI_FAULT_STATUS_4XX : TRI_FAULT_STATUS_5XX]++;
    worker->last_response_ns = now_ns;
}

/* The oldest request is answered; false when the connection went with it. */
static bool complete(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    bool is_early = client->pending == client->unwritten; /* it did not wait for all of it */
    if (client->kind == TRI_CLIENT_ASKS) {
        count_response(worker, client, now_ns);
        worker->in_flight--;
    } else if (is_early) {
        worker->tally->counts.slow_closed++;
    } else {
        worker->tally->counts.slow_responses++;
    }
    client->answered++;
    client->first_byte_ns = 0;
    client->first = client->first + 1 == worker->plan->pipeline ? 0 : client->first + 1;
    client->pending--;
    client->unwritten -= is_early;
    if (client->reading.keeps_connection && !worker->plan->close && !is_early)
        return true;
    if (client->pending) { /* they were sent after it, and will not be answered */
        tri_client_fail(worker, client, TRI_FAULT_CLOSED, now_ns);
        return false;
    }
    tri_client_shut(worker, client);
    if (worker->plan->think_most_ns && worker->is_sending)
        tri_client_open_later(worker, client, now_ns + tri_client_think(worker));
    else
        tri_client_reopen(worker, client, now_ns, 0);
    return false;
}

/* Make responses of what was read; false when the connection is gone. */
static bool consume(struct tri_worker *worker, struct tri_client *client, struct tri_slice bytes,
                    int64_t now_ns)
{
    worker->tally->counts.bytes_in += bytes.len;
    if (client->kind == TRI_CLIENT_IDLES) { /* a 408, as a rule */
        tri_client_fail(worker, client, TRI_FAULT_DROPPED, now_ns);
        return false;
    }
    while (bytes.len) {
        size_t used;
        if (client->pending == client->unwritten && client->written == 0) {
            tri_client_fail(worker, client, TRI_FAULT_INVALID, now_ns); /* nobody asked for this */
            return false;
        }
        const struct tri_pending *pending = tri_client_pending(worker, client, 0);
        uint32_t number = pending->request;
        if (!client->first_byte_ns) {
            int64_t first_ns = tri_stamps_end(worker->arrived_ns, pending->sent_ns);
            client->first_byte_ns = first_ns ? first_ns : now_ns;
        }
        enum tri_read outcome =
            tri_reading_feed(&client->reading, &worker->known[number],
                             worker->plan->request[number].is_head, bytes, &used);
        if (outcome == TRI_READ_INVALID) {
            tri_client_fail(worker, client, TRI_FAULT_INVALID, now_ns);
            return false;
        }
        bytes = tri_slice_from(bytes, used);
        if (outcome == TRI_READ_DONE && !complete(worker, client, now_ns))
            return false;
    }
    return true;
}

static void meet_end(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    bool has_begun = client->first_byte_ns != 0;
    if (client->pending && tri_reading_end(&client->reading) == TRI_READ_DONE) {
        complete(worker, client, now_ns);
    } else if (client->kind == TRI_CLIENT_IDLES) {
        tri_client_fail(worker, client, TRI_FAULT_DROPPED, now_ns);
    } else if (client->pending) {
        tri_client_fail(worker, client, has_begun ? TRI_FAULT_SHORT_BODY : TRI_FAULT_CLOSED,
                        now_ns);
    } else { /* between two requests: its right */
        int64_t pause_ns = client->answered ? 0 : TRI_CLIENT_BACKOFF_NS;
        tri_client_shut(worker, client);
        tri_client_reopen(worker, client, now_ns, pause_ns);
    }
}

void tri_client_receive(struct tri_worker *worker, struct tri_client *client, bool has_hung_up)
{
    bool is_slow = client->kind == TRI_CLIENT_DRIPS && worker->plan->slow_kind == TRI_SLOW_READ;
    size_t room = is_slow ? SLOW_READ_BYTES : TRI_SCRATCH_BYTES;
    for (unsigned turn = 0;; turn++) {
        if (turn == TURN_READS) { /* an endless body must not stop the clocks of the others */
            tri_agenda_set(&worker->agenda, &client->entry, 0);
            return;
        }
        int64_t stamp_ns;
        ssize_t got = tri_wire_read(&client->wire, worker->scratch, room, &stamp_ns);
        int64_t now_ns = tri_clock_now();
        worker->arrived_ns = tri_stamps_arrival(&worker->stamps, stamp_ns, now_ns);
        if (got == TRI_WIRE_AGAIN)
            break;
        if (got <= 0) {
            if (got == TRI_WIRE_EOF)
                meet_end(worker, client, now_ns);
            else if (client->kind == TRI_CLIENT_IDLES)
                tri_client_fail(worker, client, TRI_FAULT_DROPPED, now_ns);
            else
                tri_client_fail(worker, client,
                                got == TRI_WIRE_TLS ? TRI_FAULT_TLS : TRI_FAULT_RESET, now_ns);
            return;
        }
        if (!consume(worker, client, (struct tri_slice){worker->scratch, (size_t)got}, now_ns))
            return;
        if (worker->plan->think_most_ns && client->kind == TRI_CLIENT_ASKS) {
            if (client->pending == 0)
                tri_client_open_later(worker, client, now_ns + tri_client_think(worker));
        } else {
            tri_client_refill(worker, client, now_ns);
        }
        if (is_slow || client->state != TRI_CLIENT_OPEN ||
            ((size_t)got < room && !has_hung_up && !client->wire.ssl))
            return;
    }
}
