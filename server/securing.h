/*
 * securing.h - from settings to certificates: what the listeners with TLS serve by.
 *
 * Part of main, split off because it is one job.
 */
#pragma once

#include "config/config.h"
#include "server/net/tls.h"

#define TRI_SECURING_PLACE 160 /* bytes of "tri-httpd.conf:12", cut when too long */

struct tri_listener;

struct tri_securing {
    struct tri_tls *tls;                      /* owned; NULL: nothing listens with TLS */
    struct tri_tls_host *hosts;               /* owned; what tls borrows */
    struct tri_tls_certificate *certificates; /* owned; of all hosts, one behind the other */
    char (*places)[TRI_SECURING_PLACE];       /* owned; where settings stand, of each host */
};

/*
 * Read the certificates that the settings name. Warnings go to the log.
 *   config   borrowed; outlives the securing
 *   returns  false with *error; nothing is kept then
 */
bool tri_securing_open(struct tri_securing *securing, const struct tri_config *config,
                       struct tri_error *error);

/* No connection may be left. */
void tri_securing_close(struct tri_securing *securing);

/*
 * The demand for certificates of the host with these settings: a number that is the same for all
 * hosts that demand the same; 0: none. Also of a server without TLS.
 *   ret_required  clients without one are refused
 */
unsigned tri_securing_guard(const struct tri_config *config, const struct tri_config_tls *tls,
                            bool *ret_required);

/* The port that redirects to https name; 0: there are none. */
uint16_t tri_securing_redirect_port(const struct tri_config *config,
                                    const struct tri_listener *listeners, unsigned count);
