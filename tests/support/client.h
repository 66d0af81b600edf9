/*
 * client.h - a socket that sends any bytes in any cuts, and never waits without a deadline.
 *
 * While it sends it also reads, so that neither side can block the other for good.
 *
 * It may speak TLS. Then each piece that is sent is a record, the end of a side is close_notify
 * (RFC 8446 6.1), and all else is as on a plain connection.
 */
#pragma once

#include "tests/support/response.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SUPPORT_WAIT_NS INT64_C(15000000000) /* for anything that should come at once */

struct support_server;
struct ssl_st;

struct support_client {
    int fd;             /* owned, -1 when closed */
    struct ssl_st *ssl; /* owned; NULL: it is a plain connection */
    char *in;           /* owned; all that was received */
    size_t in_bytes, in_room;
    size_t used; /* bytes of `in` that belong to responses already read */
    bool eof;    /* the server has ended its side... */
    bool reset;  /* ... by a reset, or by breaking TLS */
    bool cut;    /* ... without close_notify, over TLS */
};

/* Connect to 127.0.0.1 with TCP_NODELAY; asserts that it works. */
void support_client_open(struct support_client *client, uint16_t port);

/*
 * The same, to a server of one's own, and agree on keys if it speaks TLS. If that fails it looks
 * like a connection that the server has reset.
 */
void support_client_open_to(struct support_client *client, const struct support_server *server);

/* Say good-bye over TLS, and close. Safe on one that is closed. */
void support_client_close(struct support_client *client);

/* Close with a reset. */
void support_client_vanish(struct support_client *client);

/* Send all; false when the server has closed or takes nothing for SUPPORT_WAIT_NS. */
bool support_client_send(struct support_client *client, struct tri_slice bytes);

/* Send in pieces of `piece` bytes with `pause_ns` between them. */
bool support_client_send_cut(struct support_client *client, struct tri_slice bytes, size_t piece,
                             int64_t pause_ns);

/* End our side: the server sees the end of the stream, and can still answer. */
void support_client_end(struct support_client *client);

/* Wait for more bytes or the end; false when there is neither until `deadline_ns`. */
bool support_client_more(struct support_client *client, int64_t deadline_ns);

/* Read to the end; false when it does not come until `deadline_ns`. */
bool support_client_finish(struct support_client *client, int64_t deadline_ns);

/*
 * Read the next response.
 *   response  to be freed, whatever is returned
 *   returns   NULL when it is whole, else what is wrong: static text, or response->fault
 */
const char *support_client_response(struct support_client *client,
                                    struct support_response *response, bool to_head);

/*
 * NULL when the server ends the stream now, without another byte and without a reset; over TLS,
 * with close_notify.
 */
const char *support_client_over(struct support_client *client);

/* The same for a stream whose end has to look like a cut: over TLS, without close_notify. */
const char *support_client_cut_off(struct support_client *client);

/* Sleep. */
void support_pause(int64_t ns);
