/*
 * test_readiness.c - which events end which waits, whichever comes first.
 */
#include "modes/mn/readiness.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"
#include "tests/modes/mn/relay.h"

TestSuite(mn_readiness, .timeout = 20);

enum {
    IN = TRI_READY_IN,
    OUT = TRI_READY_OUT,
    HUP = TRI_READY_HUP,
    WAKE = TRI_READY_WAKE,
    WAIT_IN = TRI_WAIT_IN,
    WAIT_OUT = TRI_WAIT_OUT,
};

static const struct {
    uint32_t waits, event;
    bool ends;
} cases[] = {
    {WAIT_IN, IN, true},
    {WAIT_IN, OUT, false},
    {WAIT_IN, HUP, true},
    {WAIT_IN, WAKE, true},
    {WAIT_OUT, IN, false},
    {WAIT_OUT, OUT, true},
    {WAIT_OUT, HUP, false}, /* a client that only ended its side still reads */
    {WAIT_OUT, IN | HUP, false},
    {WAIT_OUT, WAKE, true},
    {WAIT_IN | WAIT_OUT, IN, true},
    {WAIT_IN | WAIT_OUT, OUT, true},
    {WAIT_IN | WAIT_OUT, HUP, true},
    {0, IN | OUT | HUP, false}, /* a wait for time alone */
    {0, WAKE, true},
};

Test(mn_readiness, event_before_the_park_prevents_it)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tri_readiness readiness = {0};
        uint32_t generation = tri_readiness_renew(&readiness);
        cr_assert(not(tri_readiness_notify(&readiness, generation, cases[i].event)), "%zu", i);
        cr_assert(eq(int, tri_readiness_park(&readiness, cases[i].waits), !cases[i].ends), "%zu",
                  i);
    }
}

Test(mn_readiness, event_after_the_park_ends_it_once)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tri_readiness readiness = {0};
        uint32_t generation = tri_readiness_renew(&readiness);
        cr_assert(tri_readiness_park(&readiness, cases[i].waits), "%zu", i);
        cr_assert(
            eq(int, tri_readiness_notify(&readiness, generation, cases[i].event), cases[i].ends),
            "%zu", i);
        if (cases[i].ends)
            cr_assert(not(tri_readiness_notify(&readiness, generation, cases[i].event)), "%zu", i);
    }
}

Test(mn_readiness, hang_up_stays_and_the_rest_is_cleared)
{
    struct tri_readiness readiness = {0};
    uint32_t generation = tri_readiness_renew(&readiness);
    tri_readiness_notify(&readiness, generation, IN | OUT | HUP | WAKE);
    tri_readiness_clear(&readiness);
    cr_assert(not(tri_readiness_park(&readiness, WAIT_IN)));
    cr_assert(tri_readiness_park(&readiness, WAIT_OUT));
}

Test(mn_readiness, clear_forgets_what_came_before)
{
    struct tri_readiness readiness = {0};
    uint32_t generation = tri_readiness_renew(&readiness);
    tri_readiness_notify(&readiness, generation, IN | OUT | WAKE);
    tri_readiness_clear(&readiness);
    cr_assert(tri_readiness_park(&readiness, WAIT_IN | WAIT_OUT));
}

Test(mn_readiness, second_park_waits_for_what_it_says_alone)
{
    struct tri_readiness readiness = {0};
    uint32_t generation = tri_readiness_renew(&readiness);
    cr_assert(tri_readiness_park(&readiness, WAIT_IN | WAIT_OUT));
    cr_assert(tri_readiness_notify(&readiness, generation, IN));
    tri_readiness_clear(&readiness);
    cr_assert(tri_readiness_park(&readiness, WAIT_IN));
    cr_assert(not(tri_readiness_notify(&readiness, generation, OUT)));
    cr_assert(tri_readiness_notify(&readiness, generation, IN));
}

Test(mn_readiness, event_for_an_old_generation_does_nothing)
{
    struct tri_readiness readiness = {0};
    uint32_t old = tri_readiness_renew(&readiness);
    tri_readiness_notify(&readiness, old, HUP);
    uint32_t generation = tri_readiness_renew(&readiness);
    cr_assert(ne(u32, generation, old));
    cr_assert(not(tri_readiness_notify(&readiness, old, IN | HUP)));
    cr_assert(tri_readiness_park(&readiness, WAIT_IN), "something of the old is left");
    cr_assert(not(tri_readiness_notify(&readiness, old, IN | HUP)));
    cr_assert(tri_readiness_wake(&readiness));
}

Test(mn_readiness, generation_outlives_its_number)
{
    struct tri_readiness readiness = {.word = UINT64_C(0xffffffff) << 32 | TRI_READY_HUP};
    cr_assert(eq(u32, tri_readiness_renew(&readiness), 0));
    cr_assert(tri_readiness_park(&readiness, WAIT_IN));
    cr_assert(tri_readiness_notify(&readiness, 0, IN));
}

Test(mn_readiness, misses_nothing_that_other_threads_tell, .timeout = 60)
{
    for (int i = 0; i < 20; i++) {
        cr_assert(relay_run(200, 0, 20 * TRI_SECOND));
        cr_assert(relay_run(200, 200, 20 * TRI_SECOND));
    }
}
