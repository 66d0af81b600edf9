/*
 * agenda.c - a binary heap; see agenda.h.
 */
#include "loadtest/agenda.h"

#include <stdlib.h>

#include "server/base/assert.h"
#include "server/base/clock.h"

bool tri_agenda_init(struct tri_agenda *agenda, uint32_t room)
{
    *agenda = (struct tri_agenda){.room = room};
    agenda->heap = calloc(room + 1, sizeof(struct tri_entry *));
    return agenda->heap != NULL;
}

void tri_agenda_deinit(struct tri_agenda *agenda)
{
    free(agenda->heap);
    *agenda = (struct tri_agenda){0};
}

static void place(struct tri_agenda *agenda, struct tri_entry *entry, uint32_t at)
{
    agenda->heap[at] = entry;
    entry->at = at;
}

static void rise(struct tri_agenda *agenda, struct tri_entry *entry, uint32_t at)
{
    for (; at > 1 && agenda->heap[at / 2]->due_ns > entry->due_ns; at /= 2)
        place(agenda, agenda->heap[at / 2], at);
    place(agenda, entry, at);
}

static void sink(struct tri_agenda *agenda, struct tri_entry *entry, uint32_t at)
{
    for (uint32_t child; (child = 2 * at) <= agenda->count; at = child) {
        if (child < agenda->count && agenda->heap[child + 1]->due_ns < agenda->heap[child]->due_ns)
            child++;
        if (agenda->heap[child]->due_ns >= entry->due_ns)
            break;
        place(agenda, agenda->heap[child], at);
    }
    place(agenda, entry, at);
}

void tri_agenda_remove(struct tri_agenda *agenda, struct tri_entry *entry)
{
    uint32_t at = entry->at;
    if (at == 0)
        return;
    struct tri_entry *last = agenda->heap[agenda->count--];
    entry->at = 0;
    if (last == entry)
        return;
    sink(agenda, last, at);
    rise(agenda, last, last->at);
}

void tri_agenda_set(struct tri_agenda *agenda, struct tri_entry *entry, int64_t due_ns)
{
    tri_agenda_remove(agenda, entry);
    tri_assert(agenda->count < agenda->room);
    entry->due_ns = due_ns;
    rise(agenda, entry, ++agenda->count);
}

int64_t tri_agenda_next(const struct tri_agenda *agenda)
{
    return agenda->count ? agenda->heap[1]->due_ns : TRI_NEVER;
}

struct tri_entry *tri_agenda_take(struct tri_agenda *agenda, int64_t now_ns)
{
    if (tri_agenda_next(agenda) > now_ns)
        return NULL;
    struct tri_entry *first = agenda->heap[1];
    tri_agenda_remove(agenda, first);
    return first;
}
