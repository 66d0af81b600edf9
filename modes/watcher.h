/*
 * watcher.h - one descriptor and one deadline under libev, watched lazily.
 *
 * Why lazily: starting and stopping a watcher with every request costs a third of the speed at ten
 * thousand connections. So reading stays watched even when nobody asked for it, until something
 * comes out of turn; and a timer is never set back, only looked at again when it fires. A
 * keep-alive request then makes no call into the kernel but its read and its write.
 *
 * Threads: of the loop's thread alone.
 */
#pragma once

#include <ev.h>
#include <stdint.h>

struct tri_watcher {
    ev_timer timer; /* first: a request does not touch it, and the rest are neighbours */
    ev_io io;
    int wanted;          /* EV_READ | EV_WRITE asked for */
    int64_t deadline_ns; /* asked for */
    int64_t fires_ns;    /* when `timer` fires; TRI_NEVER: it is off */
};

/* What all watchers of a kind have in common: there are many of them. */
struct tri_watch {
    struct ev_loop *ev;                    /* borrowed */
    void (*granted)(struct tri_watcher *); /* ready, or the deadline has passed */
};

/* Watch nothing yet. `watch` and `fd` are borrowed and must outlive the watcher. */
void tri_watcher_init(struct tri_watcher *watcher, struct tri_watch *watch, int fd);

/* Call watch->granted when one of `events` is ready or the deadline has passed. */
void tri_watcher_want(struct tri_watcher *watcher, int events, int64_t deadline_ns);

/*
 * Watch nothing more; before its memory goes away. The descriptor may be closed already, if no loop
 * has run since: libev then finds it gone by itself.
 */
void tri_watcher_stop(struct tri_watcher *watcher);
