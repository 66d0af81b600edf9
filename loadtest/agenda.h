/*
 * agenda.h - who has something to do at what time: a binary heap of entries that know their place.
 *
 * For what happens seldom (think time, slow clients, reconnecting). Deadlines of requests are not
 * in here: those are looked through now and then, see worker.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct tri_entry {
    int64_t due_ns;
    uint32_t at; /* place in the heap, from 1; 0: not in it */
};

struct tri_agenda {
    struct tri_entry **heap; /* owned; entries are borrowed; heap[0] is not used */
    uint32_t count, room;
};

/* Room for as many entries as there will ever be; false without memory. */
bool tri_agenda_init(struct tri_agenda *agenda, uint32_t room);
void tri_agenda_deinit(struct tri_agenda *agenda);

/* Put an entry in, or move it when it is in already. */
void tri_agenda_set(struct tri_agenda *agenda, struct tri_entry *entry, int64_t due_ns);
void tri_agenda_remove(struct tri_agenda *agenda, struct tri_entry *entry);

/* The time of the first entry; TRI_NEVER when there is none. */
int64_t tri_agenda_next(const struct tri_agenda *agenda);

/* Take the first entry out when it is due, or NULL. */
struct tri_entry *tri_agenda_take(struct tri_agenda *agenda, int64_t now_ns);
