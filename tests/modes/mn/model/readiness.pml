/*
 * readiness.pml - the word of a task (modes/mn/readiness.h) against everybody who touches it.
 *
 * One slot of memory serves LIVES connections, one after the other. A client sends BYTES bytes on
 * each and ends its side. The task may answer what it has read, and that answer finds no room, so that it waits for that alone while the peer's end may be known already. Two
 * machines pop the task from its queue, POLLERS hold events harvested from the poller, perhaps
 * long ago, and somebody wakes the task WAKES times without reason.
 *
 * Claims: the task is queued once at most and not while it runs, it is not resumed before its last
 * stack has been left, an event reaches only the connection it is about, no wait is over for
 * nothing for ever, and when nothing can happen any more each connection has been read to its end.
 *
 * Each step of a process is one access to shared memory; the memory is sequentially consistent, as
 * the operations of readiness.c are.
 *
 * instance: -DLIVES=2 -DPOLLERS=1 -DWAKES=0
 * instance: -DLIVES=1 -DPOLLERS=1 -DWAKES=1
 * instance: -DLIVES=1 -DPOLLERS=2 -DWAKES=0
 */
#ifndef LIVES
#define LIVES 1
#endif
#ifndef WAKES
#define WAKES 1
#endif
#ifndef POLLERS
#define POLLERS 1
#endif
#define BYTES 1

#define READY_IN 1
#define READY_OUT 2
#define READY_HUP 4
#define READY_WAKE 8
#define WAIT_IN 16
#define WAIT_OUT 32
#define PARKED 64
#define GENERATION 128 /* one of them; above the bits */

short word;       /* the word itself                                            */
short registered; /* generation that the descriptor is registered with          */
byte edge;        /* READY_ bits that epoll_wait would tell                     */
byte unread;      /* bytes in the socket                                        */
bool ended;       /* the client's end is in the socket, after them              */
bool room = true; /* a write would succeed                                      */
byte sent;        /* by the client of this life                                 */

bool replying; /* the task's own state, on its stack: it has to write next */
bool filled;   /* the one answer that finds no room was begun               */
byte taken;    /* bytes read in this life                                  */
byte lives;    /* connections read to their end                            */

/* What the claims speak of; no process decides anything by these. */
byte queued;
byte running;
bool on_stack;
/* Alike processes take work in order of number, as any order would lead to the same. */
bool machine_busy;
bool poller_busy;

bool caused; /* something was told since the last run began */

#define FIRST_MACHINE 0 /* processes are numbered in the order of this text */
#define FIRST_POLLER 2

#define GENERATION_OF(value) ((value) / GENERATION)

#ifdef BROKEN_HUP_ENDS_EVERY_WAIT
#define HUP_ENDS(value, waits) ((value) & READY_HUP)
#else
#define HUP_ENDS(value, waits) (((value) & READY_HUP) && ((waits) & WAIT_IN))
#endif
#define IS_OVER(value, waits)                                                                      \
    (((value) & READY_WAKE) || HUP_ENDS(value, waits) ||                                           \
     (((value) & READY_IN) && ((waits) & WAIT_IN)) ||                                              \
     (((value) & READY_OUT) && ((waits) & WAIT_OUT)))

inline push()
{
    atomic {
        queued++;
        assert(queued == 1 && running == 0);
    }
}

/* word == old: word = to. Otherwise old = word. */
inline swap(old, to, done)
{
    atomic {
        done = (word == old);
        if
        :: done -> word = to
        :: else -> old = word
        fi
    }
}

inline renew()
{
    atomic { word = (GENERATION_OF(word) + 1) * GENERATION }
}

inline clear()
{
    atomic {
#ifdef BROKEN_HUP_NOT_STICKY
        word = word & ~(READY_IN | READY_OUT | READY_WAKE | READY_HUP);
#else
        word = word & ~(READY_IN | READY_OUT | READY_WAKE);
#endif
        had_cause = caused;
        caused = false
    }
}

/* The task itself: reads and writes until one of them comes up short; then `waits` or `over`. */
inline step()
{
    do
    :: atomic {
           replying ->
           if
           :: room -> replying = false; moved = true
           :: else -> waits = WAIT_OUT; break
           fi
       }
    :: atomic {
           !replying ->
           if
           :: unread > 0 -> /* a short read: that is enough to wait */
               taken = taken + unread;
               unread = 0;
               moved = true;
               if
               :: waits = WAIT_IN; break
               :: !filled -> filled = true; room = false; replying = true
               fi
           :: unread == 0 && ended -> over = true; moved = true; break
           :: else -> waits = WAIT_IN; break
           fi
       }
    od
}

/* A coroutine has wished to wait: the machine parks it or queues it again. */
inline park()
{
    old = word;
    do
    :: atomic {
           IS_OVER(old, waits) ->
           running--;
           push();
           break
       }
    :: atomic {
           !IS_OVER(old, waits) ->
#ifdef BROKEN_PARK_WITHOUT_SWAP
           word = old | waits | PARKED;
           done = true;
#else
           swap(old, old | waits | PARKED, done);
#endif
           if
           :: done -> running--; break
           :: else
           fi
       }
    od
}

/* The client has been read to its end: the slot serves the next one. */
inline retire()
{
    assert(taken == BYTES);
    d_step { /* close(2) forgets what the poller had to tell */
        edge = 0;
        registered = -1
    }
    renew();
    d_step { /* the task is free, and taken again by whoever accepts */
        running--;
        lives++;
        taken = 0;
        ended = false;
        room = true;
        replying = false;
        filled = false
    }
    if
    :: lives < LIVES ->
        renew();
        d_step {
            registered = GENERATION_OF(word);
            sent = 0;
            caused = true
        }
        push()
    :: else
    fi
}

active [2] proctype machine()
{
    short old;
    byte waits;
    bool over, done, had_cause, moved;
end:
    do
    :: atomic {
           queued > 0 && (_pid == FIRST_MACHINE || machine_busy) -> queued--;
           machine_busy = machine_busy || _pid == FIRST_MACHINE;
           assert(running == 0);
           running++
       }
#ifndef BROKEN_CLEAR_AFTER_STEP
       clear();
#endif
       atomic { /* switch to its stack */
           assert(!on_stack);
           on_stack = true
       }
       step();
#ifdef BROKEN_CLEAR_AFTER_STEP
       clear();
#endif
       assert(had_cause || moved);
       if
       :: over ->
           on_stack = false;
           retire()
       :: else ->
#ifdef BROKEN_PARK_BEFORE_LEAVE
           park();
           on_stack = false
#else
           on_stack = false; /* leave */
           park()
#endif
       fi;
       atomic {
           machine_busy = machine_busy && _pid != FIRST_MACHINE;
           old = 0;
           waits = 0;
           over = false;
           done = false;
           had_cause = false;
           moved = false
       }
    od
}

/* `ready` has happened to whom `generation` names; the task is queued if that ends its wait. */
inline notify(ready)
{
    do
    :: atomic {
           if
           :: GENERATION_OF(old) != generation -> break
           :: else
           fi;
           assert(generation == told);
           to = old | ready;
           ends = (old & PARKED) && IS_OVER(to, old & (WAIT_IN | WAIT_OUT));
           if
           :: ends ->
#ifndef BROKEN_NOTIFY_LEAVES_IT_PARKED
               to = to & ~(PARKED | WAIT_IN | WAIT_OUT)
#endif
           :: else
           fi;
           swap(old, to, done);
           to = 0;
           if
           :: done -> caused = true; break
           :: else -> ends = false
           fi
       }
    od;
    atomic {
        if
        :: ends -> queued++; assert(queued == 1 && running == 0)
        :: else
        fi;
        ready = 0;
        old = 0;
        generation = 0;
        told = 0;
        ends = false;
        done = false
    }
}

active [POLLERS] proctype poller()
{
    short old, to, generation, told;
    byte events;
    bool ends, done;
end:
    do
    :: d_step {
           edge != 0 && (_pid == FIRST_POLLER || poller_busy) -> events = edge;
           poller_busy = poller_busy || _pid == FIRST_POLLER;
           told = registered;
           generation = told;
           edge = 0
       }
       old = word;
#ifdef BROKEN_GENERATION_IGNORED
       generation = GENERATION_OF(old);
#endif
       notify(events);
       poller_busy = poller_busy && _pid != FIRST_POLLER
    od
}

active proctype waker()
{
    short old, to, generation, told;
    byte events, wakes;
    bool ends, done;
    do
    :: wakes < WAKES ->
        atomic {
            old = word;
            generation = GENERATION_OF(old);
            told = generation;
            events = READY_WAKE
        }
        notify(events);
        wakes++
    :: else -> break
    od
}

active proctype client()
{
    d_step { /* the first connection is there, and its task is queued */
        word = GENERATION;
        registered = 1;
        queued = 1;
        caused = true
    }
end:
    do
    :: d_step { registered >= 0 && sent < BYTES -> sent++; unread++; edge = edge | READY_IN }
    :: d_step { registered >= 0 && sent == BYTES && !ended -> ended = true; edge = edge | READY_IN | READY_HUP }
    :: d_step { registered >= 0 && !room -> room = true; edge = edge | READY_OUT }
    od
}

/* Nobody can do anything: then there must be nothing left to do. */
active proctype judge()
{
    timeout;
    assert(lives == LIVES && queued == 0 && running == 0)
}
