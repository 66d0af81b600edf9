/*
 * wire.h - one connection on a scripted wire: the test is the client, the kernel and the mode.
 *
 * Bytes that the client sends, how they are cut, what it takes and when it vanishes are set in
 * `wire`; every step that goes through wire_step() is held against the contract of core/conn.h.
 * Allocations of the code under test are counted, and can be made to fail.
 *
 * Criterion runs each test in a process of its own, so all of this is global.
 */
#pragma once

#include "server/core/conn.h"

#include <stdbool.h>

#define WIRE_IN_BYTES (4u << 20)
#define WIRE_OUT_BYTES (16u << 20)
#define BIG_BYTES 300000 /* body of /big, and of /stream */
#define TICK_BYTES 1000  /* a second, of /ticks */

struct wire {
    char in[WIRE_IN_BYTES]; /* what the client sends */
    size_t in_len, in_at;
    size_t read_most;   /* bytes that one read brings; 0: what fits   */
    enum tri_io in_end; /* what a read finds behind the last byte     */

    char out[WIRE_OUT_BYTES]; /* what the client has taken */
    size_t out_len, out_at;   /* out_at: up to where replies were read */
    size_t write_most;        /* bytes that one write takes; 0: all    */
    size_t credit;            /* bytes the client takes; then AGAIN    */
    bool gone;                /* writes fail                           */

    unsigned reads, writes, files, shuts, closes; /* calls of the transport */
    unsigned held_writes;     /* of the writes, those that a file is announced to follow */
    unsigned holds, releases; /* of what replies kept alive    */
    unsigned calls, wakes;    /* of /woken, of tri_service.wake */
    uint32_t queued;          /* bytes in the kernel's hands */
    struct tri_ip peer;       /* who connects; not known at first */
    bool (*on_wait)(struct tri_wish wish); /* a blocking handler waits; false: end it; NULL: time
                                              passes */
    int cut;                               /* a call of /straight failed */

    bool dry, blocked; /* in this step: the last read came up short, a write was refused */
    size_t step_bytes; /* moved in this step */
};

extern struct wire wire;
extern struct tri_conn conn;
extern struct tri_service service;
extern struct tri_workspace workspace;
extern int64_t clock_ns;
extern unsigned wire_others; /* connections of the service that a test has opened by itself */
extern struct tri_straight wire_straight; /* how its blocking handlers wait */
extern struct tri_waker *wire_waker;      /* of the exchange in /woken, NULL: none is */
extern bool wire_is_there;                /* what /woken waits for                    */
extern int file_served;                   /* what /file replies with, or -1 */
extern int64_t file_bytes;

/* Routes to handlers of each kind (routes.c). */
struct tri_router *wire_router(void);

/* Suite set-up and tear-down; the latter closes what is open and checks that nothing is left. */
void wire_init(void);
void wire_deinit(void);

/* A new connection; whatever the wire held is forgotten. */
void wire_open(void);

/* End what is open, if anything is, and check that nothing is left of it. */
void wire_close(void);

/* The client sends. */
void wire_send(const char *text);
void wire_send_bytes(const char *bytes, size_t len);

/* One step, checked against the contract. */
struct tri_wish wire_step(void);

/* Step, as a mode does, until nothing but time or the client can help, or to the close. */
struct tri_wish wire_run(void);

/* Time passes to just before the deadline of `wish`, when nothing may happen, then up to it. */
struct tri_wish wire_expire(struct tri_wish wish);

/* Allocations so far, those not given back, and which one is to fail (0: none). */
extern unsigned long allocs;
extern long allocs_live;
extern unsigned long alloc_fails_at;
