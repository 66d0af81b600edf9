/*
 * test_slab.c - things do not overlap, what is given back is used again, and chunks that nobody
 * uses go back but for one.
 */
#include "server/base/slab.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(base_slab, .timeout = 30);

enum { THINGS = 3000 };

static bool is_filled(const unsigned char *thing, size_t bytes, unsigned char with)
{
    for (size_t i = 0; i < bytes; i++)
        if (thing[i] != with)
            return false;
    return true;
}

/* Each thing holds a pattern of its own, so one that overlaps another is found out. */
static void play(size_t bytes)
{
    struct tri_slab slab;
    unsigned char *held[THINGS] = {NULL}, marks[THINGS];
    unsigned seed = 1;
    tri_slab_init(&slab, bytes);
    for (int turn = 0; turn < 40000; turn++) {
        unsigned i = (unsigned)rand_r(&seed) % THINGS;
        if (!held[i]) {
            held[i] = tri_slab_take(&slab);
            cr_assert(held[i] && (uintptr_t)held[i] % 16 == 0);
            marks[i] = (unsigned char)turn;
            memset(held[i], marks[i], bytes);
            continue;
        }
        cr_assert(is_filled(held[i], bytes, marks[i]), "thing %u of %zu bytes", i, bytes);
        tri_slab_give(&slab, held[i]);
        held[i] = NULL;
    }
    for (unsigned i = 0; i < THINGS; i++)
        if (held[i]) {
            cr_assert(is_filled(held[i], bytes, marks[i]), "thing %u of %zu bytes", i, bytes);
            tri_slab_give(&slab, held[i]);
        }
    tri_slab_deinit(&slab);
}

Test(base_slab, things_keep_what_is_written_to_them)
{
    play(1);
    play(16);
    play(17);
    play(360);
    play(TRI_SLAB_BYTES_MAX);
}

Test(base_slab, what_was_given_back_last_is_taken_first)
{
    struct tri_slab slab;
    tri_slab_init(&slab, 100);
    void *first = tri_slab_take(&slab), *second = tri_slab_take(&slab);
    cr_assert(ne(ptr, first, second));
    tri_slab_give(&slab, first);
    cr_assert(eq(ptr, tri_slab_take(&slab), first));
    tri_slab_give(&slab, first);
    tri_slab_give(&slab, second);
    tri_slab_deinit(&slab);
}

static unsigned chunks(const struct tri_slab *slab)
{
    unsigned count = 0;
    for (const struct tri_link *at = slab->roomy.next; at != &slab->roomy; at = at->next)
        count++;
    return count;
}

Test(base_slab, a_full_chunk_is_out_of_sight_and_one_empty_chunk_is_kept)
{
    enum { EACH = TRI_SLAB_BYTES_MAX };
    struct tri_slab slab;
    void *things[21]; /* three chunks of seven: the header takes the place of the eighth */
    tri_slab_init(&slab, EACH);
    for (int i = 0; i < 21; i++)
        things[i] = tri_slab_take(&slab);
    cr_assert(eq(uint, chunks(&slab), 0));
    tri_slab_give(&slab, things[0]);
    cr_assert(eq(uint, chunks(&slab), 1));
    for (int i = 1; i < 21; i++)
        tri_slab_give(&slab, things[i]);
    cr_assert(eq(uint, chunks(&slab), 1));
    cr_assert(ne(ptr, slab.kept, NULL));
    things[0] = tri_slab_take(&slab);
    cr_assert(eq(ptr, slab.kept, NULL));
    cr_assert(eq(uint, chunks(&slab), 1));
    tri_slab_give(&slab, things[0]);
    tri_slab_deinit(&slab);
}
