/*
 * freedoms.h - which rows another server can be held to, and where the RFCs leave it a choice.
 *
 * The tables say what tri-httpd does. Where an RFC demands less, that is a freedom: it stands in
 * freedoms.c by the row's name and with its reason, and the judge grants it to every server alike.
 */
#pragma once

#include "tests/conformance/table.h"

#include <stdbool.h>

enum freedom {
    LETTER = 0,    /* none: the row itself, with the equivalences of judge.c */
    TAKES = 1,     /* what the row wants refused may be answered as if nothing were wrong */
    TAKES_ONCE,    /* the same, but the connection has to end behind it */
    REFUSES,       /* what the row wants answered may be refused */
    WAITS,         /* it may wait for more, as long as nothing behind it is interpreted */
    SIMPLE,        /* it may be answered as HTTP/0.9: without a head, up to the end */
    RESOLVES,      /* what the path means is the server's own: any answer that is one */
    SKIPS_RESIDUE, /* it may be answered, when what the row hides is then refused */
    NOT_COMPARED,
};

struct freedom_of {
    enum freedom freedom;
    const char *reason; /* static; NULL with LETTER */
};

/* The freedom of a row; NOT_COMPARED also by what it asks for. */
struct freedom_of freedom_find(const struct topic *topic, const struct row *row);

/* Print each freedom whose row is not there; false when there is one. */
bool freedom_check(void);
