/*
 * notify.h - tell the service manager that the server is ready (the protocol of sd_notify(3)).
 *
 * Why not libsystemd: it is one datagram, and there is no static library of it.
 */
#pragma once

#include <stdbool.h>

struct tri_error;

/*
 * Send READY=1 to the socket that NOTIFY_SOCKET names; without the variable nothing is done.
 *   returns  false with *error when it could not be sent; the server can serve all the same
 */
bool tri_notify_ready(struct tri_error *error);
