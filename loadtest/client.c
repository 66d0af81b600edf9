/*
 * client.c - one connection as a state machine that never waits.
 *
 *     CLOSED --connect--> CONNECTING --> [SHAKING] --> OPEN --request, response, request ...
 *        ^                    |              |           |
 *        +---- a moment later, when it failed; at once, when the server closed it ----+
 *
 * A request costs one write and one read: what was read is taken as everything there was unless
 * it filled the buffer, and the next request leaves before the next connection is looked at.
 */
#include "loadtest/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "server/base/clock.h"

#define TURN_READS 16                      /* reads in a row from one connection */
#define BACKOFF_NS (100 * TRI_MILLISECOND) /* after a connection that answered nothing */
#define SLOW_READ_BYTES 1

static void fail(struct tri_worker *worker, struct tri_client *client, enum tri_fault fault,
                 int64_t now_ns);

/* --- rings --- */

static struct tri_pending *pending_at(const struct tri_worker *worker, struct tri_client *client,
                                      uint32_t nth)
{
    uint32_t at = client->first + nth;
    return &client->ring[at >= worker->plan->pipeline ? at - worker->plan->pipeline : at];
}

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

/* --- opening --- */

/* Its first attempt has come to an end, good or bad. */
static void settle(struct tri_worker *worker, struct tri_client *client)
{
    if (!client->is_settled)
        worker->unsettled--;
    client->is_settled = true;
}

void tri_client_open_next(struct tri_worker *worker, int64_t now_ns)
{
    if (worker->is_connecting_next) /* one that fails at once comes here again */
        return;
    worker->is_connecting_next = true;
    while (worker->connecting < worker->connecting_most &&
           !tri_list_is_empty(&worker->close_ring)) {
        struct tri_client *client =
            TRI_CONTAINER(worker->close_ring.next, struct tri_client, queue);
        tri_list_remove(&client->queue);
        tri_client_open(worker, client, now_ns);
    }
    worker->is_connecting_next = false;
}

static void open_later(struct tri_worker *worker, struct tri_client *client, int64_t due_ns)
{
    tri_agenda_set(&worker->agenda, &client->entry, due_ns);
}

/* It is open: ask, or wait to be asked to. */
static void become_open(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    client->state = TRI_CLIENT_OPEN;
    tri_reading_init(&client->reading, &worker->plan->expect);
    client->first_byte_ns = 0;
    worker->open++;
    worker->connecting--;
    settle(worker, client);
    if (worker->is_sending)
        tri_client_start(worker, client, now_ns);
    tri_client_open_next(worker, now_ns);
}

static void go_on_shaking(struct tri_worker *worker, struct tri_client *client)
{
    int done = tri_wire_handshake(&client->wire);
    int64_t now_ns = tri_clock_now();
    if (done == TRI_WIRE_AGAIN)
        return;
    if (done != 1) {
        if (!worker->box->first_fault[0])
            tri_wire_why(worker->box->first_fault, sizeof(worker->box->first_fault));
        fail(worker, client, done == TRI_WIRE_RESET ? TRI_FAULT_RESET : TRI_FAULT_TLS, now_ns);
        return;
    }
    tri_histogram_add(&worker->tally->handshake, now_ns - client->since_ns);
    become_open(worker, client, now_ns);
}

static void become_connected(struct tri_worker *worker, struct tri_client *client)
{
    int64_t now_ns = tri_clock_now();
    worker->tally->counts.connects++;
    tri_histogram_add(&worker->tally->connect, now_ns - client->since_ns);
    client->since_ns = now_ns;
    if (!worker->tls) {
        become_open(worker, client, now_ns);
        return;
    }
    client->state = TRI_CLIENT_SHAKING;
    if (!tri_wire_secure(&client->wire, worker->tls, worker->plan))
        fail(worker, client, TRI_FAULT_RESOURCES, now_ns);
    else
        go_on_shaking(worker, client);
}

/* What errno says about a connection that could not be made. */
static enum tri_fault fault_of(int os)
{
    switch (os) {
    case ECONNREFUSED:
    case ENOENT:
        return TRI_FAULT_REFUSED;
    case ECONNRESET:
        return TRI_FAULT_RESET;
    case ETIMEDOUT:
        return TRI_FAULT_TIMEOUT;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL: /* no port is left */
    case EADDRINUSE:
        return TRI_FAULT_RESOURCES;
    default:
        return TRI_FAULT_CONNECT;
    }
}

static void remember(struct tri_worker *worker, const char *what, int os)
{
    char *text = worker->box->first_fault;
    if (*text)
        return;
    errno = os;
    snprintf(text, sizeof(worker->box->first_fault), "%s: %m", what);
}

void tri_client_open(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    const struct tri_plan *plan = worker->plan;
    const struct tri_endpoint *source =
        plan->source_count ? &plan->sources[client->number % plan->source_count] : NULL;
    struct epoll_event watched = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                  .data.ptr = client};
    client->state = TRI_CLIENT_CONNECTING;
    client->since_ns = now_ns;
    client->answered = 0;
    worker->connecting++;
    bool is_small = client->kind == TRI_CLIENT_DRIPS && plan->slow_kind == TRI_SLOW_READ;
    enum tri_connecting outcome = tri_wire_connect(&client->wire, plan, source, is_small);
    if (outcome == TRI_CONNECT_LATER) {
        client->state = TRI_CLIENT_CLOSED;
        worker->connecting--;
        open_later(worker, client, now_ns + TRI_MILLISECOND);
        return;
    }
    if (outcome == TRI_CONNECT_FAILED ||
        epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, client->wire.fd, &watched) != 0) {
        int os = errno;
        remember(worker, "connect", os);
        fail(worker, client, fault_of(os), now_ns);
    } else if (outcome == TRI_CONNECTED) {
        become_connected(worker, client);
    }
}

/* --- closing --- */

static void shut(struct tri_worker *worker, struct tri_client *client)
{
    if (client->state == TRI_CLIENT_OPEN)
        worker->open--;
    else if (client->state != TRI_CLIENT_CLOSED)
        worker->connecting--;
    tri_wire_close(&client->wire);
    client->state = TRI_CLIENT_CLOSED;
    if (client->kind == TRI_CLIENT_ASKS)
        worker->in_flight -= client->pending;
    client->pending = client->unwritten = client->written = client->first = 0;
    tri_list_remove(&client->queue);
    tri_agenda_remove(&worker->agenda, &client->entry);
}

/* A connection of its kind is wanted again, now or after a moment. */
static void reopen(struct tri_worker *worker, struct tri_client *client, int64_t now_ns,
                   int64_t after_ns)
{
    if (worker->is_ending || client->kind == TRI_CLIENT_IDLES)
        return;
    if (after_ns)
        open_later(worker, client, now_ns + after_ns);
    else if (worker->plan->close && client->kind == TRI_CLIENT_ASKS)
        tri_client_start(worker, client, now_ns);
    else
        tri_client_open(worker, client, now_ns);
}

/* A request that timed out has taken at least this long: leaving it out would flatter. */
static void record_timeouts(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    for (uint32_t i = 0; i < client->pending; i++) {
        const struct tri_pending *pending = pending_at(worker, client, i);
        tri_histogram_add(&worker->tally->response, now_ns - pending->intended_ns);
        if (pending->sent_ns)
            tri_histogram_add(&worker->tally->service, now_ns - pending->sent_ns);
    }
}

/* The connection is lost, and with it all requests on it. */
static void fail(struct tri_worker *worker, struct tri_client *client, enum tri_fault fault,
                 int64_t now_ns)
{
    bool was_opening = client->state != TRI_CLIENT_OPEN;
    bool has_answered = client->answered > 0;
    uint32_t lost = client->pending ? client->pending : 1;
    if (client->kind == TRI_CLIENT_DRIPS && !was_opening)
        worker->tally->counts.slow_closed++;
    else
        worker->tally->counts.faults[fault] += lost;
    if (fault == TRI_FAULT_TIMEOUT && client->kind == TRI_CLIENT_ASKS)
        record_timeouts(worker, client, now_ns);
    shut(worker, client);
    if (was_opening)
        settle(worker, client);
    reopen(worker, client, now_ns, has_answered ? 0 : BACKOFF_NS);
    tri_client_open_next(worker, now_ns);
}

/* --- asking --- */

static void drip(struct tri_worker *worker, struct tri_client *client, int64_t now_ns);

/* Bytes that lie together from the first unwritten byte on. */
static const char *next_bytes(const struct tri_worker *worker, struct tri_client *client,
                              size_t *len)
{
    const struct tri_plan *plan = worker->plan;
    uint32_t oldest = client->pending - client->unwritten;
    const struct tri_request *request = &plan->request[pending_at(worker, client, oldest)->request];
    uint32_t copies = 1; /* of the same request, one after the other */
    if (plan->request_count == 1)
        copies = client->unwritten;
    *len = (size_t)request->len * copies - client->written;
    return request->bytes + client->written;
}

static void count_written(struct tri_worker *worker, struct tri_client *client, size_t bytes,
                          int64_t now_ns)
{
    worker->tally->counts.bytes_out += bytes;
    while (client->unwritten) {
        struct tri_pending *pending =
            pending_at(worker, client, client->pending - client->unwritten);
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

/* Hand to the kernel what it takes; the rest when there is room again. */
static void flush(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    while (client->unwritten) {
        size_t len;
        const char *bytes = next_bytes(worker, client, &len);
        ssize_t sent = tri_wire_write(&client->wire, bytes, len);
        if (sent == TRI_WIRE_AGAIN)
            return;
        if (sent <= 0)
            return; /* what the server said before it closed is still to be read */
        count_written(worker, client, (size_t)sent, now_ns);
    }
}

static void add_pending(struct tri_worker *worker, struct tri_client *client, int64_t intended_ns)
{
    const struct tri_plan *plan = worker->plan;
    uint32_t request = plan->cycle[worker->cycle_at];
    if (++worker->cycle_at == plan->cycle_length)
        worker->cycle_at = 0;
    *pending_at(worker, client, client->pending) = (struct tri_pending){intended_ns, 0, request};
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
    add_pending(worker, client, intended_ns);
    if (client->state == TRI_CLIENT_OPEN)
        flush(worker, client, now_ns);
    else if (client->state == TRI_CLIENT_CLOSED)
        tri_client_open(worker, client, now_ns);
}

static int64_t think_time(struct tri_worker *worker)
{
    const struct tri_plan *plan = worker->plan;
    int64_t more = plan->think_most_ns - plan->think_least_ns;
    return plan->think_least_ns + (int64_t)(tri_random(&worker->random) * (double)more);
}

/* Closed loop: as many requests as the pipeline holds. */
static void ask(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    uint32_t before = client->unwritten;
    while (client->pending < worker->plan->pipeline && worker->quota)
        add_pending(worker, client, now_ns);
    if (client->unwritten == before && client->state == TRI_CLIENT_OPEN)
        return;
    if (client->state == TRI_CLIENT_OPEN)
        flush(worker, client, now_ns);
    else if (client->state == TRI_CLIENT_CLOSED && client->pending)
        tri_client_open(worker, client, now_ns);
}

/* It can take requests: what the loop's shape gives it. */
static void refill(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    if (!worker->is_sending || now_ns >= worker->end_ns || client->kind != TRI_CLIENT_ASKS)
        return;
    if (!tri_plan_is_open(worker->plan)) {
        ask(worker, client, now_ns);
    } else {
        offer(worker, client, now_ns);
        if (worker->next_ns <= now_ns)
            tri_worker_dispatch(worker, now_ns);
    }
}

void tri_client_start(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    if (client->kind == TRI_CLIENT_DRIPS) {
        if (client->state == TRI_CLIENT_OPEN)
            drip(worker, client, now_ns);
        return;
    }
    if (client->unwritten && client->state == TRI_CLIENT_OPEN)
        flush(worker, client, now_ns);
    refill(worker, client, now_ns);
}

/* --- being slow --- */

/* Bytes that a slow client may send at once from where it stands. */
static size_t drip_length(const struct tri_worker *worker, const struct tri_client *client,
                          const struct tri_request *request)
{
    uint32_t left = request->len - client->written;
    switch (worker->plan->slow_kind) {
    case TRI_SLOW_HEAD:
        return 1;
    case TRI_SLOW_BODY:
        return client->written < request->head ? request->head - client->written : 1;
    case TRI_SLOW_READ:
        break;
    }
    return left;
}

/* Send the next piece, or read the next byte, and come back in a while. */
static void drip(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    if (client->pending == 0)
        add_pending(worker, client, now_ns);
    if (client->unwritten) {
        const struct tri_request *request =
            &worker->plan->request[pending_at(worker, client, 0)->request];
        ssize_t sent = tri_wire_write(&client->wire, request->bytes + client->written,
                                      drip_length(worker, client, request));
        if (sent > 0)
            count_written(worker, client, (size_t)sent, now_ns);
    }
    tri_agenda_set(&worker->agenda, &client->entry, now_ns + worker->plan->slow_every_ns);
}

/* --- reading --- */

static void count_response(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    const struct tri_reading *reading = &client->reading;
    struct tri_tally *tally = worker->tally;
    const struct tri_pending *pending = pending_at(worker, client, 0);
    unsigned status_class = reading->status / 100;
    int64_t service_ns = now_ns - pending->sent_ns;
    tally->counts.responses++;
    tally->counts.late += now_ns > worker->end_ns;
    tally->counts.parsed += !reading->was_known;
    if (status_class < 6)
        tally->counts.statuses[status_class]++;
    tri_histogram_add(&tally->service, service_ns);
    tri_histogram_add(&tally->response, now_ns - pending->intended_ns);
    tri_histogram_add(&tally->first, client->first_byte_ns == now_ns
                                         ? service_ns
                                         : client->first_byte_ns - pending->sent_ns);
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
        fail(worker, client, TRI_FAULT_CLOSED, now_ns);
        return false;
    }
    shut(worker, client);
    if (worker->plan->think_most_ns && worker->is_sending)
        open_later(worker, client, now_ns + think_time(worker));
    else
        reopen(worker, client, now_ns, 0);
    return false;
}

/* Make responses of what was read; false when the connection is gone. */
static bool consume(struct tri_worker *worker, struct tri_client *client, struct tri_slice bytes,
                    int64_t now_ns)
{
    worker->tally->counts.bytes_in += bytes.len;
    if (client->kind == TRI_CLIENT_IDLES) { /* a 408, as a rule */
        fail(worker, client, TRI_FAULT_DROPPED, now_ns);
        return false;
    }
    while (bytes.len) {
        size_t used;
        if (client->pending == client->unwritten && client->written == 0) {
            fail(worker, client, TRI_FAULT_INVALID, now_ns); /* nobody asked for this */
            return false;
        }
        uint32_t number = pending_at(worker, client, 0)->request;
        if (!client->first_byte_ns)
            client->first_byte_ns = now_ns;
        enum tri_read outcome =
            tri_reading_feed(&client->reading, &worker->known[number],
                             worker->plan->request[number].is_head, bytes, &used);
        if (outcome == TRI_READ_INVALID) {
            fail(worker, client, TRI_FAULT_INVALID, now_ns);
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
        fail(worker, client, TRI_FAULT_DROPPED, now_ns);
    } else if (client->pending) {
        fail(worker, client, has_begun ? TRI_FAULT_SHORT_BODY : TRI_FAULT_CLOSED, now_ns);
    } else { /* between two requests: its right */
        int64_t pause_ns = client->answered ? 0 : BACKOFF_NS;
        shut(worker, client);
        reopen(worker, client, now_ns, pause_ns);
    }
}

static void receive(struct tri_worker *worker, struct tri_client *client, bool has_hung_up)
{
    bool is_slow = client->kind == TRI_CLIENT_DRIPS && worker->plan->slow_kind == TRI_SLOW_READ;
    size_t room = is_slow ? SLOW_READ_BYTES : TRI_SCRATCH_BYTES;
    for (unsigned turn = 0;; turn++) {
        if (turn == TURN_READS) { /* an endless body must not stop the clocks of the others */
            tri_agenda_set(&worker->agenda, &client->entry, 0);
            return;
        }
        ssize_t got = tri_wire_read(&client->wire, worker->scratch, room);
        int64_t now_ns = tri_clock_now();
        if (got == TRI_WIRE_AGAIN)
            break;
        if (got <= 0) {
            if (got == TRI_WIRE_EOF)
                meet_end(worker, client, now_ns);
            else if (client->kind == TRI_CLIENT_IDLES)
                fail(worker, client, TRI_FAULT_DROPPED, now_ns);
            else
                fail(worker, client, got == TRI_WIRE_TLS ? TRI_FAULT_TLS : TRI_FAULT_RESET, now_ns);
            return;
        }
        if (!consume(worker, client, (struct tri_slice){worker->scratch, (size_t)got}, now_ns))
            return;
        if (worker->plan->think_most_ns && client->kind == TRI_CLIENT_ASKS) {
            if (client->pending == 0)
                open_later(worker, client, now_ns + think_time(worker));
        } else {
            refill(worker, client, now_ns);
        }
        if (is_slow || client->state != TRI_CLIENT_OPEN ||
            ((size_t)got < room && !has_hung_up && !client->wire.ssl))
            return;
    }
}

/* --- what a worker calls --- */

static void finish_connect(struct tri_worker *worker, struct tri_client *client)
{
    int os = 0;
    socklen_t size = sizeof(os);
    getsockopt(client->wire.fd, SOL_SOCKET, SO_ERROR, &os, &size);
    if (os) {
        remember(worker, "connect", os);
        fail(worker, client, fault_of(os), tri_clock_now());
    } else {
        become_connected(worker, client);
    }
}

void tri_client_event(struct tri_worker *worker, struct tri_client *client, uint32_t events)
{
    if (client->state == TRI_CLIENT_CONNECTING) {
        if (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
            return;
        finish_connect(worker, client);
    } else if (client->state == TRI_CLIENT_SHAKING) {
        go_on_shaking(worker, client);
    }
    if (client->state != TRI_CLIENT_OPEN)
        return;
    bool is_slow = client->kind == TRI_CLIENT_DRIPS;
    if ((events & EPOLLOUT) && client->unwritten && !is_slow)
        flush(worker, client, tri_clock_now());
    if (is_slow && worker->plan->slow_kind == TRI_SLOW_READ && !(events & (EPOLLERR | EPOLLHUP)))
        return; /* it reads when its time has come */
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP))
        receive(worker, client, (events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0);
}

void tri_client_due(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    if (worker->is_ending)
        return;
    if (client->kind == TRI_CLIENT_DRIPS && client->state == TRI_CLIENT_OPEN) {
        if (worker->plan->slow_kind == TRI_SLOW_READ && !client->unwritten && client->pending)
            receive(worker, client, false);
        if (client->state == TRI_CLIENT_OPEN)
            drip(worker, client, now_ns);
    } else if (client->state == TRI_CLIENT_OPEN && client->pending) {
        receive(worker, client, true);
    } else if (client->state == TRI_CLIENT_OPEN) {
        refill(worker, client, now_ns);
    } else if (client->state == TRI_CLIENT_CLOSED) {
        if (worker->plan->close && client->kind == TRI_CLIENT_ASKS)
            tri_client_start(worker, client, now_ns);
        else
            tri_client_open(worker, client, now_ns);
    }
}

void tri_client_check(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    if (client->state == TRI_CLIENT_CLOSED || client->kind == TRI_CLIENT_DRIPS)
        return;
    int64_t since_ns = client->since_ns;
    if (client->state == TRI_CLIENT_OPEN) {
        if (client->pending == 0)
            return;
        const struct tri_pending *oldest = pending_at(worker, client, 0);
        since_ns = oldest->sent_ns ? oldest->sent_ns : oldest->intended_ns;
    }
    if (now_ns - since_ns > worker->plan->timeout_ns)
        fail(worker, client, TRI_FAULT_TIMEOUT, now_ns);
}

void tri_worker_dispatch(struct tri_worker *worker, int64_t now_ns)
{
    while (worker->next_ns <= now_ns && worker->next_ns < worker->end_ns && worker->quota &&
           worker->is_sending && !tri_list_is_empty(&worker->free_ring)) {
        struct tri_client *client = TRI_CONTAINER(worker->free_ring.next, struct tri_client, queue);
        int64_t intended_ns = worker->next_ns;
        int64_t could_ns = intended_ns > client->since_ns ? intended_ns : client->since_ns;
        tri_list_remove(&client->queue);
        worker->next_ns = worker->zero_ns + tri_schedule_next(&worker->schedule);
        tri_histogram_add(&worker->tally->pacing, now_ns - could_ns);
        tri_client_begin(worker, client, intended_ns, now_ns);
        if (client->state == TRI_CLIENT_OPEN && is_free(worker, client))
            offer(worker, client, now_ns);
    }
}
