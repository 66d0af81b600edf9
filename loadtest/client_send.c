/*
 * client_send.c - requests: which is next, on which connection, and its way to the kernel.
 *
 *     closed loop   a connection asks as soon as it was answered: refill -> ask -> flush
 *     open loop     the schedule asks; dispatch gives each arrival to a free connection
 *
 * Why intended and sent are two times: an arrival that finds all connections busy is sent when one
 * is free, but its response time runs from when it was due. Leaving that wait out is the mistake
 * that makes a stalled server look well (coordinated omission).
 *
 * The clock is read once more right before a send: what was done since it was last read, the
 * counting of the response before and the sends of others, is our time and not the server's.
 *
 * Invariant: a ring holds `pending` requests, oldest first; the newest `unwritten` of them are not
 * with the kernel as a whole, and of the oldest of those `written` bytes are.
 */
#include "loadtest/client_parts.h"

static bool is_free(const struct tri_worker *worker, const struct tri_client *client)
{
    return client->kind == TRI_CLIENT_ASKS && client->pending < worker->plan->pipeline;
}

/* Open loop: it can take a request. */
static void offer(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    if (!tri_list_is_empty(&client->queue) || !is_free(worker, client))
        return;
    client->since_ns = now_ns;
    tri_list_add(&worker->free_ring, &client->queue);
}

/* Bytes that lie together from the first unwritten byte on. */
static const char *next_bytes(const struct tri_worker *worker, struct tri_client *client,
                              size_t *len)
{
    const struct tri_plan *plan = worker->plan;
    uint32_t oldest = client->pending - client->unwritten;
    const struct tri_request *request =
        &plan->request[tri_client_pending(worker, client, oldest)->request];
    uint32_t copies = 1; /* of the same request, one after the other */
    if (plan->request_count == 1)
        copies = client->unwritten;
    *len = (size_t)request->len * copies - client->written;
    return request->bytes + client->written;
}

void tri_client_written(struct tri_worker *worker, struct tri_client *client, size_t bytes,
                        int64_t now_ns)
{
    worker->tally->counts.bytes_out += bytes;
    while (client->unwritten) {
        struct tri_pending *pending =
            tri_client_pending(worker, client, client->pending - client->unwritten);
        uint32_t left = worker->plan->request[pending->request].len - client->written;
        if (bytes && !pending->sent_ns)
            pending->sent_ns = now_ns;
        if (bytes < left) {
            client->written += (uint32_t)bytes;
            return;
        }
        bytes -= left;
        client->written = 0;
        client->unwritten--;
        if (client->kind == TRI_CLIENT_ASKS)
            worker->tally->counts.sent++;
    }
}

void tri_client_flush(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    while (client->unwritten) {
        size_t len;
        const char *bytes = next_bytes(worker, client, &len);
        ssize_t sent = tri_wire_write(&client->wire, bytes, len);
        if (sent == TRI_WIRE_AGAIN)
            return;
        if (sent <= 0)
            return; /* what the server said before it closed is still to be read */
        tri_client_written(worker, client, (size_t)sent, now_ns);
    }
}

void tri_client_add(struct tri_worker *worker, struct tri_client *client, int64_t intended_ns)
{
    const struct tri_plan *plan = worker->plan;
    uint32_t request = plan->cycle[worker->cycle_at];
    if (++worker->cycle_at == plan->cycle_length)
        worker->cycle_at = 0;
    *tri_client_pending(worker, client, client->pending) =
        (struct tri_pending){intended_ns, 0, request};
    client->pending++;
    client->unwritten++;
    if (client->kind != TRI_CLIENT_ASKS)
        return;
    worker->in_flight++;
    if (worker->quota != UINT64_MAX)
        worker->quota--;
}

void tri_client_begin(struct tri_worker *worker, struct tri_client *client, int64_t intended_ns,
                      int64_t now_ns)
{
    tri_client_add(worker, client, intended_ns);
    if (client->state == TRI_CLIENT_OPEN)
        tri_client_flush(worker, client, now_ns);
    else if (client->state == TRI_CLIENT_CLOSED)
        tri_client_open(worker, client, now_ns);
}

int64_t tri_client_think(struct tri_worker *worker)
{
    const struct tri_plan *plan = worker->plan;
    int64_t more = plan->think_most_ns - plan->think_least_ns;
    return plan->think_least_ns + (int64_t)(tri_random(&worker->random) * (double)more);
}

/* Closed loop: as many requests as the pipeline holds. */
static void ask(struct tri_worker *worker, struct tri_client *client)
{
    uint32_t before = client->unwritten;
    int64_t now_ns = tri_clock_now();
    while (client->pending < worker->plan->pipeline && worker->quota)
        tri_client_add(worker, client, now_ns);
    if (client->unwritten == before && client->state == TRI_CLIENT_OPEN)
        return;
    if (client->state == TRI_CLIENT_OPEN)
        tri_client_flush(worker, client, now_ns);
    else if (client->state == TRI_CLIENT_CLOSED && client->pending)
        tri_client_open(worker, client, now_ns);
}

void tri_client_refill(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    if (!worker->is_sending || now_ns >= worker->end_ns || client->kind != TRI_CLIENT_ASKS)
        return;
    if (!tri_plan_is_open(worker->plan)) {
        ask(worker, client);
    } else {
        offer(worker, client, now_ns);
        if (worker->next_ns <= now_ns)
            tri_worker_dispatch(worker, now_ns);
    }
}

void tri_worker_dispatch(struct tri_worker *worker, int64_t now_ns)
{
    while (worker->next_ns <= now_ns && worker->next_ns < worker->end_ns && worker->quota &&
           worker->is_sending && !tri_list_is_empty(&worker->free_ring)) {
        struct tri_client *client = TRI_CONTAINER(worker->free_ring.next, struct tri_client, queue);
        int64_t intended_ns = worker->next_ns, sending_ns = tri_clock_now();
        int64_t could_ns = intended_ns > client->since_ns ? intended_ns : client->since_ns;
        tri_list_remove(&client->queue);
        worker->next_ns = worker->zero_ns + tri_schedule_next(&worker->schedule);
        tri_histogram_add(&worker->tally->pacing, sending_ns - could_ns);
        tri_client_begin(worker, client, intended_ns, sending_ns);
        if (client->state == TRI_CLIENT_OPEN && is_free(worker, client))
            offer(worker, client, now_ns);
    }
}
