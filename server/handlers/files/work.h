/*
 * work.h - a reply that takes several calls of the handler: the head of what x->state points at.
 */
#pragma once

#include "server/http/exchange.h"

struct tri_file_work { /* the first member of every state of tri_handler_files */
    struct tri_next (*step)(struct tri_exchange *x); /* every call but the first */
};
