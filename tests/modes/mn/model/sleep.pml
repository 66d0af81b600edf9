/*
 * sleep.pml - how a processor goes to sleep, is woken, and takes work from another.
 *
 * Two processors, each with its queue, its bell (an edge-triggered eventfd in its poller) and its
 * flag `idle`, guarded by the queue's lock. PUSHES tasks come to the queue of processor 0 from
 * outside. The first task that processor 0 runs keeps it for ever: whatever comes after it has
 * to be taken by the other one.
 *
 *     to push     under the lock: link the task, take `idle` off. Ring if it was set; otherwise, if
 *                 there are now more than one to run, take `idle` off one other and ring that.
 *     to sleep    under the lock: set `idle` if the queue is empty. Then look at the other queues
 *                 once more. Then epoll_wait.
 *     to steal    under the victim's lock: take half, if there are two at least.
 *
 * Claims: nobody sleeps for ever beside a queue of two, or with a task in his own queue; tasks are
 * neither lost nor doubled.
 *
 * What a lock guards is one atomic step here. What is looked at without the lock is a step alone.
 *
 * instance: -DPUSHES=1
 * instance: -DPUSHES=4
 */
#define PROCESSORS 2
#ifndef PUSHES
#define PUSHES 4
#endif

byte length[PROCESSORS];
bool idle[PROCESSORS];
bool bell[PROCESSORS];
bool hogged; /* processor 0 runs its one task for ever */
byte ran;    /* tasks run, the hog's included */
byte pushed;

#define OTHER(me) (1 - (me))

inline push(to)
{
#ifdef BROKEN_LOOK_BEFORE_QUEUEING
    slept = idle[to];
    atomic {
        length[to]++;
        pushed++;
        many = length[to] > 1;
        idle[to] = idle[to] && !slept
    }
#else
    atomic {
        length[to]++;
        pushed++;
        slept = idle[to];
        many = length[to] > 1;
        idle[to] = false
    }
#endif
    if
    :: slept -> bell[to] = true
#ifndef BROKEN_OVERLOAD_WAKES_NOBODY
    :: !slept && many ->
        atomic {
            slept = idle[OTHER(to)];
            idle[OTHER(to)] = false
        }
        if
        :: slept -> bell[OTHER(to)] = true
        :: else
        fi
#endif
    :: else
    fi;
    slept = false;
    many = false
}

inline steal(from)
{
#ifdef BROKEN_STEAL_WITHOUT_LOCK
    stolen = length[from] / 2;
    atomic {
        length[from] = (length[from] >= stolen -> length[from] - stolen : 0);
        length[me] = length[me] + stolen
    }
#else
    atomic {
        stolen = length[from] / 2;
        length[from] = length[from] - stolen;
        length[me] = length[me] + stolen
    }
#endif
}

inline announce()
{
#ifdef BROKEN_IDLE_AFTER_THE_LOCK
    atomic { asleep = (length[me] == 0) }
    if
    :: asleep -> idle[me] = true
    :: else
    fi
#else
    atomic {
        asleep = (length[me] == 0);
        idle[me] = asleep
    }
#endif
}

active [PROCESSORS] proctype processor()
{
    byte me = _pid;
    byte stolen;
    bool asleep;
    do
    :: atomic {
           length[me] > 0 -> length[me]--;
           ran++
       }
       if
       :: me == 0 -> hogged = true; break
       :: else
       fi
    :: length[me] == 0 -> /* as seen without the lock */
        steal(OTHER(me));
        if
        :: stolen == 0 ->
#ifdef BROKEN_LOOK_AGAIN_BEFORE_IDLE
            steal(OTHER(me));
            announce();
#else
            announce();
#ifndef BROKEN_NO_SECOND_LOOK
            if
            :: asleep -> steal(OTHER(me))
            :: else
            fi;
#endif
#endif
            if
            :: asleep && stolen == 0 ->
end:            atomic { bell[me] -> bell[me] = false } /* epoll_wait */
            :: else
            fi;
            atomic { idle[me] = false }
        :: else
        fi;
        stolen = 0;
        asleep = false
    od
}

active proctype outside()
{
    bool slept, many;
    byte left = PUSHES;
    do
    :: left > 0 -> push(0); left--
    :: else -> break
    od
}

active proctype judge()
{
    timeout;
    assert(ran + length[0] + length[1] == PUSHES);
    assert(length[1] == 0);
    assert(length[0] < 2);
    assert(hogged)
}
