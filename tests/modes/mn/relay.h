/*
 * relay.h - the readiness word alone, with the two sides of it on threads of their own.
 *
 * In the scheduler most events are taken by the very thread that runs the task. Here tellers and
 * waiter really race, as they do when the word is told from another processor.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * One thread waits for what others tell: `bytes` readable events, then a hang-up, and meanwhile
 * `room` writable ones. Each is told when the one before has been used, so none can stand in for
 * a lost one. False when one was missed.
 */
bool relay_run(unsigned bytes, unsigned room, int64_t limit_ns);
