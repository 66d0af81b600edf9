/*
 * straight.c - a blocking handler runs, and waits by steps.
 *
 *     the handler:   tri_sleep()                                  goes on
 *                       |                                            |
 *     the phases:      RUN ---> HANDLE --the act is done--> RUN -----+
 *                                  |                         \--handler returns--> SEND
 *                                  +--refused, gone--> handler is told, returns --> SEND, END
 *
 * A call that waits is a step handler of its own, an act: the connection is put into the phase of
 * step handlers, and the mode steps it and grants its wishes, as ever, until the act is done and
 * the step wishes RUN again. So there is one implementation of bodies, deadlines and output.
 *
 * Invariant: as long as the handler is on some stack its exchange stays open. What would end the
 * exchange meanwhile, a refusal or a client that is gone, is only noted; the handler is told, and
 * what was noted is carried out after it has returned.
 */
#include "server/core/step.h"

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "server/base/list.h"
#include "server/core/answer.h"

/* --- the act: within a step --- */

void tri_step_act(struct tri_step *step)
{
    struct tri_conn *conn = step->conn;
    while (conn->phase == TRI_PHASE_HANDLE || conn->phase == TRI_PHASE_RUN)
        if (tri_step_advance(step) == TRI_MOVE_STOP)
            return;
    conn->open->cut = true; /* refused: the phases may not go on under the handler's feet */
    tri_step_wait(step, TRI_WISH_RUN, TRI_NEVER);
}

/* --- the handler: outside of steps --- */

/* The time in which the handler did something else than to wait for its body is not the client's.
 */
static void begin_act(struct tri_conn *conn, tri_handle *act)
{
    struct tri_open *open = conn->open;
    int64_t away_ns = tri_clock_now() - open->act_ended_ns;
    if (open->awaits_body && conn->deadline_ns != TRI_NEVER)
        conn->deadline_ns += away_ns;
    open->act = act;
    open->called = false;
    conn->phase = TRI_PHASE_HANDLE;
}

static bool run_step(struct tri_exchange *x, tri_handle *act, void *state)
{
    struct tri_open *open = TRI_CONTAINER(x, struct tri_open, x);
    void *handlers_own = x->state;
    if (open->cut || open->gone || x->failed)
        return false;
    begin_act(open->conn, act);
    x->state = state;
    open->straight->pump(open->straight, open->conn);
    x->state = handlers_own;
    x->output = NULL;
    x->piece = (struct tri_slice){NULL, 0};
    open->act_ended_ns = tri_clock_now();
    open->gone |= open->act && !open->cut; /* the mode gave up */
    open->act = NULL;
    return !open->cut && !open->gone && !x->failed;
}

/* The phase is the one that the refusal put it into; the reply may have been spoilt since. */
static void answer_cut(struct tri_open *open)
{
    if (!open->x.head_written)
        tri_answer_refusal(&open->x, open->refusal);
}

void tri_conn_run(struct tri_conn *conn, struct tri_straight *straight)
{
    struct tri_open *open = conn->open;
    struct tri_exchange *x = &open->x;
    tri_assert(conn->phase == TRI_PHASE_RUN);
    tri_open_arm(open, conn);
    x->now_ns = open->act_ended_ns = tri_clock_now();
    x->draining = tri_service_is_draining(conn->service);
    x->output = NULL;
    x->run_step = run_step;
    open->straight = straight;
    struct tri_next next = tri_step_call(conn);
    open->straight = NULL;
    x->run_step = NULL;
    tri_assert(next.kind == TRI_NEXT_DONE);
    if (open->cut)
        answer_cut(open);
    else
        conn->phase = TRI_PHASE_SEND;
}
