/*
 * watcher.c - a descriptor and a deadline, watched lazily; see watcher.h.
 */
#include "modes/watcher.h"

#include "server/base/clock.h"
#include "server/base/list.h"

static struct ev_loop *loop_of(const struct tri_watcher *watcher)
{
    const struct tri_watch *watch = watcher->io.data;
    return watch->ev;
}

static void grant(struct tri_watcher *watcher)
{
    const struct tri_watch *watch = watcher->io.data;
    watch->granted(watcher);
}

static void look_for(struct tri_watcher *watcher, int events)
{
    if (events == (watcher->io.events & (EV_READ | EV_WRITE)))
        return;
    ev_io_stop(loop_of(watcher), &watcher->io);
    ev_io_set(&watcher->io, watcher->io.fd, events);
    if (events)
        ev_io_start(loop_of(watcher), &watcher->io);
}

static void set_timer(struct tri_watcher *watcher, int64_t at_ns)
{
    int64_t after_ns = at_ns - tri_clock_now();
    ev_timer_stop(loop_of(watcher), &watcher->timer);
    ev_timer_set(&watcher->timer, after_ns > 0 ? (double)after_ns / (double)TRI_SECOND : 0., 0.);
    ev_timer_start(loop_of(watcher), &watcher->timer);
    watcher->fires_ns = at_ns;
}

static void on_io(struct ev_loop *ev, ev_io *io, int events)
{
    struct tri_watcher *watcher = TRI_CONTAINER(io, struct tri_watcher, io);
    (void)ev;
    if (events & watcher->wanted)
        grant(watcher);
    else /* something came out of turn: look away until it is its turn */
        look_for(watcher, watcher->wanted);
}

static void on_timer(struct ev_loop *ev, ev_timer *timer, int events)
{
    struct tri_watcher *watcher = TRI_CONTAINER(timer, struct tri_watcher, timer);
    (void)ev, (void)events;
    watcher->fires_ns = TRI_NEVER;
    if (watcher->deadline_ns <= tri_clock_now())
        grant(watcher);
    else if (watcher->deadline_ns != TRI_NEVER)
        set_timer(watcher, watcher->deadline_ns);
}

void tri_watcher_init(struct tri_watcher *watcher, struct tri_watch *watch, int fd)
{
    *watcher = (struct tri_watcher){.deadline_ns = TRI_NEVER, .fires_ns = TRI_NEVER};
    ev_io_init(&watcher->io, on_io, fd, 0);
    ev_timer_init(&watcher->timer, on_timer, 0., 0.);
    watcher->io.data = watch;
}

void tri_watcher_want(struct tri_watcher *watcher, int events, int64_t deadline_ns)
{
    watcher->wanted = events;
    watcher->deadline_ns = deadline_ns;
    look_for(watcher, events | (watcher->io.events & EV_READ));
    if (deadline_ns < watcher->fires_ns)
        set_timer(watcher, deadline_ns);
}

void tri_watcher_stop(struct tri_watcher *watcher)
{
    ev_io_stop(loop_of(watcher), &watcher->io);
    ev_timer_stop(loop_of(watcher), &watcher->timer);
}
