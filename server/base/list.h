/*
 * list.h - an intrusive doubly linked ring; the link lives inside the thing it links.
 *
 * Invariant: a link is either in one ring or points at itself. Removing twice is harmless.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct tri_link {
    struct tri_link *next, *prev; /* borrowed neighbours, or itself */
};

/* The struct of `type` whose `member` is the link at `link`. */
#define TRI_CONTAINER(link, type, member) ((type *)((char *)(link)-offsetof(type, member)))

static inline void tri_link_init(struct tri_link *link)
{
    link->next = link->prev = link;
}

static inline bool tri_list_is_empty(const struct tri_link *ring)
{
    return ring->next == ring;
}

/* Insert `link` as the last of `ring`. */
static inline void tri_list_add(struct tri_link *ring, struct tri_link *link)
{
    link->prev = ring->prev;
    link->next = ring;
    ring->prev->next = link;
    ring->prev = link;
}

static inline void tri_list_remove(struct tri_link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    tri_link_init(link);
}
