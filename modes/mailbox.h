/*
 * mailbox.h - how other threads tell the loop to look at something: a list, and a word that it is
 * not empty.
 *
 * A letter is embedded by its owner, and lies in the mailbox at most once: posting it again changes
 * nothing. One word to the loop serves all letters that come until it has read them.
 *
 * Threads: post by anyone; all else by the loop's thread.
 */
#pragma once

#include "server/base/list.h"

#include <ev.h>
#include <pthread.h>

struct tri_mailbox {
    struct ev_loop *ev; /* borrowed */
    ev_async word;
    pthread_mutex_t lock;
    struct tri_link letters;               /* under lock */
    void (*read)(struct tri_link *letter); /* called in the loop for each, taken out before */
};

void tri_mailbox_open(struct tri_mailbox *mailbox, struct ev_loop *ev,
                      void (*read)(struct tri_link *letter));

/* Have `letter` read soon. */
void tri_mailbox_post(struct tri_mailbox *mailbox, struct tri_link *letter);

/* Take `letter` back, if it lies there: it is of no interest any more, or about to be freed. */
void tri_mailbox_strike(struct tri_mailbox *mailbox, struct tri_link *letter);
