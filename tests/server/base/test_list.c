/*
 * test_list.c - the ring keeps order and forgives a second removal.
 */
#include "server/base/list.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

struct item {
    int number;
    struct tri_link link;
};

TestSuite(base_list, .timeout = 5);

Test(base_list, keeps_order_and_forgets_what_left)
{
    struct tri_link ring;
    struct item items[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
    tri_link_init(&ring);
    cr_assert(tri_list_is_empty(&ring));
    for (int i = 0; i < 3; i++)
        tri_list_add(&ring, &items[i].link);
    int expected = 0;
    for (struct tri_link *link = ring.next; link != &ring; link = link->next)
        cr_assert(eq(int, TRI_CONTAINER(link, struct item, link)->number, expected++));
    cr_assert(eq(int, expected, 3));

    tri_list_remove(&items[1].link);
    tri_list_remove(&items[1].link);
    cr_assert(eq(ptr, items[0].link.next, &items[2].link));
    cr_assert(eq(ptr, items[2].link.prev, &items[0].link));
    tri_list_remove(&items[0].link);
    tri_list_remove(&items[2].link);
    cr_assert(tri_list_is_empty(&ring));
}
