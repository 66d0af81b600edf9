/*
 * display.h - what one sees while a run goes on: a live display on a terminal, lines elsewhere.
 *
 * On standard error, so that reports on standard output stay clean. Colours unless NO_COLOR is
 * set. Nothing at all with --quiet.
 */
#pragma once

#include "loadtest/engine.h"
#include "loadtest/options.h"

#define TRI_SPARKS 40

struct tri_display {
    bool is_live, has_colour, is_drawn;
    int64_t next_ns;          /* when to draw again */
    double rates[TRI_SPARKS]; /* of the last intervals */
    unsigned rate_count;
    struct tri_interval last;   /* without its buckets */
    uint64_t responses, faults; /* of the intervals so far */
};

/* The observer that feeds it. */
struct tri_observer tri_display_open(struct tri_display *display,
                                     const struct tri_options *options);
/* Take the live lines away; the report follows. */
void tri_display_close(struct tri_display *display);
