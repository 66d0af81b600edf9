/*
 * scan.h - the gate's eyes: whole lines out of received bytes, and the small grammars of HTTP
 * that several files need (token, list, text).
 *
 * A line ends in CRLF and in nothing else (RFC 9112 2.2). Bytes are judged in the order in which
 * they come and each one once, so neither outcome nor cost depends on how they were cut.
 */
#pragma once

#include "server/base/slice.h"
#include "server/http/refusal.h"

#include <stdbool.h>
#include <stddef.h>

/* How far a run of lines has been looked at. Zero-initialised: at its start. */
struct tri_scan {
    size_t at;   /* bytes looked at */
    size_t line; /* where the open line starts; at most `at` */
};

enum tri_scan_found {
    TRI_SCAN_LINE,    /* a line is complete; scan->at stands behind its CRLF */
    TRI_SCAN_MORE,    /* the open line has no end yet                        */
    TRI_SCAN_REFUSED, /* a control byte, or half of a CRLF                   */
};

/*
 * Find the next line.
 *   bytes    the same run of bytes as in the last call, with more behind it
 *   line     without its CRLF, borrowed from bytes; set for TRI_SCAN_LINE only
 */
enum tri_scan_found tri_scan_line(struct tri_scan *scan, struct tri_slice bytes,
                                  struct tri_slice *line, struct tri_refusal *refusal);

/* Bytes at the front that may be in a token (RFC 9110 5.6.2). */
size_t tri_scan_token(struct tri_slice bytes);

/* Is all of `text` a token? */
bool tri_scan_is_token(struct tri_slice text);

/* No control byte but HTAB: safe as a field value (RFC 9110 5.5). */
bool tri_scan_is_text(struct tri_slice text);

/* Without leading and trailing blanks (SP and HTAB). */
struct tri_slice tri_scan_trim(struct tri_slice text);

/*
 * Take the next member off a comma-separated list (RFC 9110 5.6.1); it may be empty.
 *   returns  false when the list is used up
 */
bool tri_scan_member(struct tri_slice *list, struct tri_slice *member);

/* 0-15, or -1 for what is no hex digit. */
int tri_scan_hex(char digit);

/* The byte that "%41" at text.at[i] stands for (RFC 3986 2.1), or -1. */
int tri_scan_escape(struct tri_slice text, size_t i);
