/*
 * waker.h - how one who waits is told, whoever it is: a thread, a coroutine, a connection.
 *
 * What it stands for is embedded around it (TRI_CONTAINER), so that who wakes need not know. It may
 * be woken too often, and from any thread. wake() takes no time and calls nobody back, so it may be
 * called with a lock held: who takes that lock to strike a waker off knows then that no call to it
 * is under way.
 */
#pragma once

struct tri_waker {
    void (*wake)(struct tri_waker *waker);
};
