/*
 * handoff.pml - a processor changes hands while its machine is in a blocking handler.
 *
 * The word of the processor is `tick << 2 | state`, taken apart here for reading: both halves change
 * together, or by one compare-and-swap.
 *
 *                  machine enters a handler                     monitor, seeing the same
 *                  (tick + 1, BLOCKING)                         (tick, BLOCKING) at two looks
 *        RUNNING ------------------------------> BLOCKING ------------------------------> TAKEN
 *           ^                                        |     swap                             |
 *           +--- machine returns, swap --------------+                                      |
 *           +--- a spare machine runs it, (tick, RUNNING) ----------------------------------+
 *
 * A machine whose swap fails has no processor: it queues its task and becomes a spare. MACHINES of
 * them, the first of which holds the one processor, run TASKS tasks, each of which is BLOCKS times
 * in a handler; some of these are known to be long, and hand over at once without the monitor.
 *
 * Claims: one machine at a time runs the processor; a task is queued once, and lost never; the
 * monitor takes no processor whose machine has entered its handler after the look before.
 *
 * The monitor looks as long as there is something to see: else a lost task would leave it looking
 * for ever, and nothing would ever come to a halt.
 *
 * instance: -DMACHINES=2 -DBLOCKS=2
 * instance: -DMACHINES=3 -DBLOCKS=1
 */
#ifndef MACHINES
#define MACHINES 2
#endif
#ifndef BLOCKS
#define BLOCKS 2
#endif
#define TASKS 2

#define RUNNING 0
#define BLOCKING 1
#define TAKEN 2
#define WORD(tick, state) ((tick) * 4 + (state))
#define TICK(word) ((word) / 4)

byte word;            /* of the processor */
bool given[MACHINES]; /* the processor, to this spare */
bool spare[MACHINES];
byte queue;        /* bit for each task: it is queued, so once at most */
byte left[TASKS];  /* times in a handler that a task has still to go */
byte finished;     /* tasks                                          */

/* What the claims speak of. */
byte holders;  /* machines that run the processor now */
byte looks;    /* of the monitor, since the last entry into a handler: 2 are enough to count */

inline enqueue(task)
{
    atomic {
        assert(!(queue & (1 << task)));
        queue = queue | (1 << task)
    }
}

/* A spare for the processor, which is TAKEN; the caller has made sure that there is one. */
inline hand_over(to)
{
    given[to] = true
}

/* Take a machine from the list of spares, under its lock; `to` is MACHINES when there is none. */
inline reserve(to)
{
    atomic {
        to = 0;
        do
        :: to < MACHINES && !spare[to] -> to++
        :: else -> break
        od;
        if
        :: to < MACHINES -> spare[to] = false
        :: else
        fi
    }
}

/* Hold the processor, that nobody may hold. */
inline hold()
{
    atomic {
        holders++;
        assert(holders == 1)
    }
}

active [MACHINES] proctype machine()
{
    byte task, mine, to;
    bool kept;
    if
    :: _pid == 0 -> atomic { queue = (1 << TASKS) - 1; left[0] = BLOCKS; left[1] = BLOCKS }; hold()
    :: else -> spare[_pid] = true; goto idle
    fi;
pop:
end:
    atomic {
        if
        :: queue & 1 -> task = 0
        :: queue & 2 -> task = 1
        fi;
        queue = queue & ~(1 << task)
    }
    if
    :: left[task] == 0 ->
        finished++;
        goto pop
    :: else -> left[task]--
    fi;

    if
    :: /* straight away: it will be long */
        reserve(to);
        if
        :: to < MACHINES ->
            atomic {
                word = WORD(TICK(word) + 1, TAKEN);
                holders--
            }
            hand_over(to);
            goto returned
        :: else
        fi
    :: true
    fi;

    atomic { /* enter the handler */
#ifdef BROKEN_SAME_TICK
        mine = WORD(TICK(word), BLOCKING);
#else
        mine = WORD(TICK(word) + 1, BLOCKING);
#endif
        word = mine;
        looks = 0;
        holders-- /* it does not run the processor, whoever has it */
    }
    /* in the handler, for as long as others like */
    atomic { /* back */
#ifdef BROKEN_RETURN_WITHOUT_SWAP
        kept = true;
#else
        kept = (word == mine);
#endif
        mine = 0;
        if
        :: kept ->
            word = WORD(TICK(word), RUNNING);
            holders++;
            assert(holders == 1)
        :: else
        fi
    }
    if
    :: kept ->
#ifdef BROKEN_KEEPER_QUEUES_AND_RUNS
        enqueue(task);
#endif
        kept = false;
        enqueue(task); /* others have their turn first */
        goto pop
    :: else
    fi;

returned:
    enqueue(task);
    spare[_pid] = true;
idle:
endidle:
    atomic { given[_pid] -> given[_pid] = false; task = 0; to = 0 }
    hold();
#ifdef BROKEN_SPARE_BEGINS_ANEW
    word = WORD(0, RUNNING);
#else
    word = WORD(TICK(word), RUNNING);
#endif
    goto pop
}

active proctype monitor()
{
    byte before = WORD(0, RUNNING);
    byte seen, to;
end:
    do
    :: word != before || word % 4 == BLOCKING ->
        atomic {
            seen = word;
            looks = (looks < 2 -> looks + 1 : 2)
        }
        if
        :: seen == before && seen % 4 == BLOCKING ->
            reserve(to);
            if
            :: to == MACHINES ->
#ifdef BROKEN_TAKE_FOR_NOBODY
                atomic {
                    if
                    :: word == seen -> word = WORD(TICK(word), TAKEN)
                    :: else
                    fi
                }
#else
                skip
#endif
            :: else ->
                atomic {
                    if
#ifdef BROKEN_TAKE_WITHOUT_SWAP
                    :: true ->
#else
                    :: word == seen ->
#endif
                        assert(looks == 2);
                        word = WORD(TICK(word), TAKEN);
                        hand_over(to)
                    :: else -> spare[to] = true
                    fi
                }
            fi
        :: else
        fi;
        before = seen;
        seen = 0;
        to = 0
    od
}

active proctype judge()
{
    timeout;
    assert(finished == TASKS && queue == 0);
    assert(holders == 1)
}
