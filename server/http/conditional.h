/*
 * conditional.h - the five conditional fields of a request, in their order (RFC 9110 13).
 */
#pragma once

#include "server/base/slice.h"
#include "server/http/request.h"

#include <stdbool.h>
#include <stdint.h>

/* What is known of the selected representation. */
struct tri_validators {
    struct tri_slice etag; /* with its quotes, "W/" in front when weak; empty: none */
    int64_t modified_s;    /* since 1970; -1: not known */
};

enum tri_condition {
    TRI_CONDITION_HOLDS,        /* do what is asked              */
    TRI_CONDITION_NOT_MODIFIED, /* 304, to GET and HEAD alone    */
    TRI_CONDITION_FAILED,       /* 412                           */
};

/*
 * If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since by the precedence of RFC 9110
 * 13.2.2. A field that is repeated counts as one list; a malformed date counts as absent; a
 * malformed list matches nothing.
 *   now_s   wall clock: If-Modified-Since in the future is ignored, and two-digit years need it
 *   source  RFC 9110 13.1, 13.2.2, 8.8.3.2
 */
enum tri_condition tri_conditional_check(const struct tri_request *request,
                                         const struct tri_validators *validators, int64_t now_s);

/*
 * May the Range field be used (If-Range, RFC 9110 13.1.5)? True without an If-Range; else the etag
 * must match strongly, or the date exactly and be strong by 8.8.2.2 (a second old at least).
 */
bool tri_conditional_range(const struct tri_request *request,
                           const struct tri_validators *validators, int64_t now_s);
