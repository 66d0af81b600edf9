/*
 * accept.h - taking connections out of a listener's backlog, with manners, for all three modes.
 *
 * When descriptors or memory run out, or far too many connections are open, accepting pauses: the
 * backlog holds what comes, nothing spins, and one line a second says so.
 */
#pragma once

#include "server/base/log.h"
#include "server/core/service.h"
#include "server/net/listener.h"

#include <stdint.h>

#define TRI_ACCEPT_BATCH 64      /* connections taken before others get their turn */
#define TRI_ACCEPT_BACKLOG 65536 /* taken at the start of a drain: more than any backlog holds */

struct tri_acceptor {
    struct tri_service *service; /* borrowed */
    const atomic_uint *open; /* borrowed; what counts as open connections; NULL: service->open */
    int64_t resume_ns;       /* after TRI_ACCEPT_EXHAUSTED: try again then */
    struct tri_log_rate rate;
};

/*
 * tri_listener_accept() with the limits of the service, up to `most` times.
 *   take     is given each connection, and owns it
 *   context  borrowed, handed to take
 *   returns  false: accepting has to pause, and the caller stops watching its listeners until
 *            acceptor->resume_ns
 */
bool tri_accept_batch(struct tri_acceptor *acceptor, int listener_fd, int most,
                      void (*take)(void *context, int fd, const struct tri_ip *peer),
                      void *context);
