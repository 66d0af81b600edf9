/*
 * client_slow.c - clients that are slow on purpose: they send, or read, one byte at a time.
 *
 * They are counted apart (slow_responses, slow_closed): the question is what they cost the others,
 * and whether the server ends them.
 */
#include "loadtest/client_parts.h"

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

void tri_client_drip(struct tri_worker *worker, struct tri_client *client, int64_t now_ns)
{
    if (client->pending == 0)
        tri_client_add(worker, client, now_ns);
    if (client->unwritten) {
        const struct tri_request *request =
            &worker->plan->request[tri_client_pending(worker, client, 0)->request];
        ssize_t sent = tri_wire_write(&client->wire, request->bytes + client->written,
                                      drip_length(worker, client, request));
        if (sent > 0)
            tri_client_written(worker, client, (size_t)sent, now_ns);
    }
    tri_agenda_set(&worker->agenda, &client->entry, now_ns + worker->plan->slow_every_ns);
}
