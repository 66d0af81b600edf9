/*
 * accept.h - taking connections out of a listener's backlog, with manners, for all three modes.
 *
 * When descriptors or memory run out, or far too many connections are open, accepting pauses: the
 * backlog holds what comes, nothing spins, and one line a second says so.
 */
#pragma once

#include "modes/mode.h"
#include "server/base/log.h"
#include "server/net/transport.h"

#include <stdint.h>

#define TRI_ACCEPT_BATCH 64      /* connections taken before others get their turn */
#define TRI_ACCEPT_BACKLOG 65536 /* taken at the start of a drain: more than any backlog holds */

struct tri_visitor { /* a connection that has just come */
    struct tri_stream stream;
    struct tri_ip peer;
};

struct tri_acceptor {
    struct tri_server *server; /* borrowed */
    const atomic_uint *open;   /* borrowed; what counts as open connections; NULL: service->open */
    int64_t resume_ns;         /* after TRI_ACCEPT_EXHAUSTED: try again then */
    struct tri_log_rate rate;
};

/*
 * tri_listener_accept() with the limits of the service, up to `most` times.
 *   listener of the server, by its index
 *   take     is given each connection, and owns its stream
 *   context  borrowed, handed to take
 *   returns  false: accepting has to pause, and the caller stops watching its listeners until
 *            acceptor->resume_ns
 */
bool tri_accept_batch(struct tri_acceptor *acceptor, unsigned listener, int most,
                      void (*take)(void *context, const struct tri_visitor *visitor),
                      void *context);
