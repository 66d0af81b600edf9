/*
 * spawn.h - who serves a new connection in `threads`: three ways behind one table of verbs.
 *
 *   cached  a thread that waits for its next connection when it is done (thread_cache.c)
 *   fresh   a thread that ends with its connection                      (thread_cache.c)
 *   fork    a process that ends with its connection, as classical servers did (children.c)
 *
 * `cached` is what a server wants; the others let a user see what it saves.
 *
 * Threads: all verbs are called by the thread that accepts.
 */
#pragma once

#include "modes/accept.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct tri_spawn_plan {
    /* Serves a connection to its end, and owns its stream. */
    void (*serve)(void *context, const struct tri_visitor *visitor);
    void *context;             /* borrowed, handed to serve */
    struct tri_server *server; /* borrowed; which kind, and with what stacks */
    int signal_fd;             /* borrowed; a child closes its copy */
};

struct tri_spawner { /* embedded in each kind */
    const struct tri_spawn_verbs *verbs;
    atomic_uint serving; /* connections handed over and not yet over */
};

struct tri_spawn_verbs {
    /*
     * Have somebody serve `visitor`, who takes its stream.
     *   returns  false when no thread or process can be had; the stream is the caller's then
     */
    bool (*serve)(struct tri_spawner *spawner, const struct tri_visitor *visitor);
    /* Bury processes that have ended, after a SIGCHLD. */
    void (*tend)(struct tri_spawner *spawner);
    /* A drain begins: wake all (wake.h), once. Who is idle ends, and who serves no longer stays. */
    void (*wake)(struct tri_spawner *spawner);
    /* Threads or processes alive, idle ones included. */
    unsigned (*count)(struct tri_spawner *spawner);
    /* Free it; processes that are still there are killed. False: threads are at work, it stays. */
    bool (*close)(struct tri_spawner *spawner);
};

/* NULL when out of memory. */
struct tri_spawner *tri_spawner_open(const struct tri_spawn_plan *plan);

/* The kinds; for tri_spawner_open(). */
struct tri_spawner *tri_thread_cache_open(const struct tri_spawn_plan *plan, bool keeps);
struct tri_spawner *tri_children_open(const struct tri_spawn_plan *plan);
