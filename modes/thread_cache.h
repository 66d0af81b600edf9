/*
 * thread_cache.h - a kernel thread for each connection, kept for the next when it is done.
 *
 * Why a cache: a new thread for every connection costs a quarter more CPU than one that waits for
 * its next. The thread that became idle last is used first, since its stack is warm; one that
 * nobody wants for ten seconds ends.
 *
 * A thread parked in ppoll(2) with the mask tri_thread_cache_mask() is interrupted by
 * tri_thread_cache_wake(), and at no other place: the signal is blocked everywhere else.
 */
#pragma once

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct tri_thread_cache; /* opaque */

/*
 * An empty cache.
 *   serve        called on a thread of its own for each descriptor, which it owns
 *   context      borrowed, handed to serve
 *   stack_bytes  of each thread, at least what the system asks for
 */
struct tri_thread_cache *tri_thread_cache_open(void (*serve)(void *context, int fd), void *context,
                                               uint32_t stack_bytes);

/* Have a thread serve `fd`; false when none is idle and none can be started. */
bool tri_thread_cache_serve(struct tri_thread_cache *cache, int fd);

/* The signal mask to park with. */
const sigset_t *tri_thread_cache_mask(const struct tri_thread_cache *cache);

/*
 * Interrupt every parked thread once: the signal waits for a thread that is about to park. From now
 * on idle threads end.
 */
void tri_thread_cache_wake(struct tri_thread_cache *cache);

/* The same for one thread, which must be alive. */
void tri_thread_cache_wake_one(pthread_t thread);

/* Threads alive, idle ones included. */
unsigned tri_thread_cache_count(struct tri_thread_cache *cache);

/* Free a cache whose threads have all ended. */
void tri_thread_cache_free(struct tri_thread_cache *cache);
