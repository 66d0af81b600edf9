/*
 * mailbox.c - see mailbox.h.
 */
#include "modes/mailbox.h"

#include <stddef.h>

static struct tri_link *take(struct tri_mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->lock);
    struct tri_link *first = mailbox->letters.next;
    tri_list_remove(first);
    pthread_mutex_unlock(&mailbox->lock);
    return first == &mailbox->letters ? NULL : first;
}

static void on_word(struct ev_loop *ev, ev_async *word, int events)
{
    struct tri_mailbox *mailbox = word->data;
    struct tri_link *letter;
    (void)ev, (void)events;
    while ((letter = take(mailbox)))
        mailbox->read(letter);
}

void tri_mailbox_open(struct tri_mailbox *mailbox, struct ev_loop *ev,
                      void (*read)(struct tri_link *letter))
{
    mailbox->ev = ev;
    mailbox->read = read;
    tri_link_init(&mailbox->letters);
    pthread_mutex_init(&mailbox->lock, NULL);
    ev_async_init(&mailbox->word, on_word);
    mailbox->word.data = mailbox;
    ev_async_start(ev, &mailbox->word);
}

void tri_mailbox_post(struct tri_mailbox *mailbox, struct tri_link *letter)
{
    pthread_mutex_lock(&mailbox->lock);
    bool is_first = tri_list_is_empty(&mailbox->letters);
    tri_list_remove(letter); /* of this ring, or of none */
    tri_list_add(&mailbox->letters, letter);
    pthread_mutex_unlock(&mailbox->lock);
    if (is_first)
        ev_async_send(mailbox->ev, &mailbox->word);
}

void tri_mailbox_strike(struct tri_mailbox *mailbox, struct tri_link *letter)
{
    pthread_mutex_lock(&mailbox->lock);
    tri_list_remove(letter);
    pthread_mutex_unlock(&mailbox->lock);
}
