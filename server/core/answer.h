/*
 * answer.h - the replies that no handler makes: 404, 405, OPTIONS, refusals, and 500.
 */
#pragma once

#include "server/core/router.h"
#include "server/http/exchange.h"
#include "server/http/refusal.h"

/* What the server takes somewhere: the Allow of `OPTIONS *` and CONNECT. */
#define TRI_ANSWER_METHODS                                                                         \
    (TRI_METHOD_GET | TRI_METHOD_HEAD | TRI_METHOD_POST | TRI_METHOD_PUT | TRI_METHOD_OPTIONS)

/* Reply for a request that found no handler (404, 405 with Allow), or to OPTIONS (204). */
void tri_answer_unrouted(struct tri_exchange *x, enum tri_match match, unsigned allowed);

/*
 * 308 to the same place by https.
 *   port     named unless it is 443
 *   returns  false: the request names no host, or no place, to be sent to; nothing is replied
 */
bool tri_answer_to_https(struct tri_exchange *x, uint16_t port);

/* 429 with Retry-After; the connection lives on. */
void tri_answer_too_fast(struct tri_exchange *x, uint32_t retry_s);

/*
 * Replace whatever reply `x` holds by a refusal: status, Connection: close and one sentence.
 * Needs no memory of the exchange, so it cannot fail.
 */
void tri_answer_refusal(struct tri_exchange *x, const struct tri_refusal *refusal);

/* Refusals of the core itself. */
extern const struct tri_refusal tri_refusal_head_timeout; /* 408 */
extern const struct tri_refusal tri_refusal_body_timeout; /* 408 */
extern const struct tri_refusal tri_refusal_head_cut;     /* 400 */
extern const struct tri_refusal tri_refusal_body_cut;     /* 400 */
extern const struct tri_refusal tri_refusal_memory;       /* 500 */
extern const struct tri_refusal tri_refusal_too_many;     /* 503 */
extern const struct tri_refusal tri_refusal_share;        /* 429 */
extern const struct tri_refusal tri_refusal_no_thread;    /* 503 */
extern const struct tri_refusal tri_refusal_plain;        /* 400 */
extern const struct tri_refusal tri_refusal_https;        /* 421 */
extern const struct tri_refusal tri_refusal_guarded;      /* 421 */
