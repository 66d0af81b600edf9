/*
 * park.h - wait for a wish in ppoll(2), on the thread that has nothing else to do meanwhile.
 */
#pragma once

#include "server/core/conn.h"

#include <signal.h>

/*
 * Until the wish is granted or its deadline has passed.
 *   fd    borrowed; the connection's
 *   bell  borrowed; becoming readable ends the wait too; -1: none
 *   mask  of signals, while waiting; a signal that it lets through ends the wait. NULL: as it is
 */
void tri_park(int fd, struct tri_wish wish, int bell, const sigset_t *mask);
