/*
 * test_agenda.c - whoever is due first comes out first, however entries were put in and moved.
 *
 * The heap is compared with a plain search through all entries: slow, and hard to get wrong.
 */
#include "loadtest/agenda.h"

#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/clock.h"

TestSuite(loadtest_agenda, .timeout = 10);

#define ENTRIES 200

static struct tri_agenda agenda;
static struct tri_entry entries[ENTRIES];

static void open_agenda(void)
{
    cr_assert(tri_agenda_init(&agenda, ENTRIES));
}

static int64_t least_due(void)
{
    int64_t least_ns = TRI_NEVER;
    for (int i = 0; i < ENTRIES; i++)
        if (entries[i].at && entries[i].due_ns < least_ns)
            least_ns = entries[i].due_ns;
    return least_ns;
}

Test(loadtest_agenda, nobody_is_due_in_an_empty_one)
{
    open_agenda();
    cr_assert(eq(i64, tri_agenda_next(&agenda), TRI_NEVER));
    cr_assert(tri_agenda_take(&agenda, TRI_NEVER - 1) == NULL);
    tri_agenda_deinit(&agenda);
}

Test(loadtest_agenda, entries_are_taken_when_due_and_not_before)
{
    open_agenda();
    tri_agenda_set(&agenda, &entries[0], 30);
    tri_agenda_set(&agenda, &entries[1], 10);
    tri_agenda_set(&agenda, &entries[2], 20);
    cr_assert(tri_agenda_take(&agenda, 9) == NULL);
    cr_assert(tri_agenda_take(&agenda, 10) == &entries[1]);
    cr_assert(eq(u32, entries[1].at, 0));
    cr_assert(tri_agenda_take(&agenda, 100) == &entries[2]);
    cr_assert(tri_agenda_take(&agenda, 100) == &entries[0]);
    cr_assert(tri_agenda_take(&agenda, 100) == NULL);
    tri_agenda_deinit(&agenda);
}

Test(loadtest_agenda, setting_an_entry_again_moves_it)
{
    open_agenda();
    tri_agenda_set(&agenda, &entries[0], 10);
    tri_agenda_set(&agenda, &entries[1], 20);
    tri_agenda_set(&agenda, &entries[0], 30);
    cr_assert(eq(u32, agenda.count, 2));
    cr_assert(eq(i64, tri_agenda_next(&agenda), 20));
    tri_agenda_set(&agenda, &entries[0], 5);
    cr_assert(tri_agenda_take(&agenda, 5) == &entries[0]);
    tri_agenda_deinit(&agenda);
}

Test(loadtest_agenda, an_entry_that_is_not_in_may_be_removed)
{
    open_agenda();
    tri_agenda_set(&agenda, &entries[0], 10);
    tri_agenda_remove(&agenda, &entries[1]);
    cr_assert(eq(u32, agenda.count, 1));
    tri_agenda_remove(&agenda, &entries[0]);
    tri_agenda_remove(&agenda, &entries[0]);
    cr_assert(eq(u32, agenda.count, 0));
    tri_agenda_deinit(&agenda);
}

Test(loadtest_agenda, whatever_is_done_the_first_one_is_the_least)
{
    open_agenda();
    srand(1);
    for (int step = 0; step < 20000; step++) {
        struct tri_entry *entry = &entries[rand() % ENTRIES];
        switch (rand() % 4) {
        case 0:
            tri_agenda_remove(&agenda, entry);
            break;
        case 1: {
            int64_t due_ns = least_due();
            const struct tri_entry *taken = tri_agenda_take(&agenda, TRI_NEVER - 1);
            cr_assert(taken ? taken->due_ns == due_ns : due_ns == TRI_NEVER, "step %d", step);
            break;
        }
        default:
            tri_agenda_set(&agenda, entry, rand() % 1000);
        }
        cr_assert(eq(i64, tri_agenda_next(&agenda), least_due()), "step %d", step);
    }
    tri_agenda_deinit(&agenda);
}
