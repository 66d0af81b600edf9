/*
 * judge.h - does what a server sent satisfy a row? The same answer for every server.
 *
 * More lenient than rows.c, which holds tri-httpd to its own letter: statuses have equivalents,
 * bodies count only where peers/run gives every server the same, and fields only where an RFC
 * demands them. What each leniency rests on stands beside it.
 */
#pragma once

#include "tests/conformance/peers/freedoms.h"

struct tri_error;

/* What came on the connection of a row, behind whose bytes the probe of rows.h was sent. */
struct transcript {
    struct tri_slice bytes; /* borrowed */
    bool eof;               /* the server ended its side */
    bool over;              /* nothing more is waited for: eof, or the row's time is up */
};

enum verdict { VERDICT_OPEN, VERDICT_PASSED, VERDICT_FAILED };

/* VERDICT_OPEN asks for more bytes, and never comes of a transcript that is over. */
enum verdict judge(const struct row *row, enum freedom freedom, const struct transcript *transcript,
                   struct tri_error *why);
