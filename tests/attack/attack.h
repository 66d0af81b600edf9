/*
 * attack.h - one epoll loop with two casts: attackers who waste the server's time, and good clients
 * who must not notice. Private to tests/attack.
 *
 * Every client is one non-blocking socket. Its part is played by two functions: `act` is called
 * when its time has come, `hear` when there is something to read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;

struct part {
    const char *name;
    int receive_bytes; /* of the socket's buffer; 0: the system's */
    bool hears;        /* wants to be told that there is something to read */
    void (*act)(struct client *client, int64_t now_ns);
    void (*hear)(struct client *client, int64_t now_ns);
};

struct client {
    const struct part *part;
    int fd;           /* -1: to be opened at due_ns */
    unsigned address; /* it comes from 127.0.0.<address> */
    bool begun;       /* something was sent on this connection */
    int64_t due_ns;   /* when to act next */

    /* of a good client */
    int64_t asked_ns; /* 0: nothing is awaited */
    unsigned served;  /* replies on this connection */
    size_t body_left; /* of the reply; SIZE_MAX: its head is not whole */
    size_t head_len;
    char head[1024];
};

struct tally {
    uint64_t good, failed; /* replies, and what else a good client met */
    int64_t worst_ns;      /* from request, or connect, to the last byte */
    uint64_t turned_away;  /* connections that the server ended on an attacker */
    char fault[80];        /* the first one */
};

extern struct tally tally;

/* The parts: "heads", "bodies" and "readers", and the good client's. */
extern const struct part attack_parts[];
extern const size_t attack_part_count;
extern const struct part attack_good;

/* Close; it is opened again at `again_ns`. */
void client_close(struct client *client, int64_t again_ns);
