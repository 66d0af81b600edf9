/*
 * conn_play.h - a whole connection over memory: the input is what the client sends, a pace is how
 * it and the kernel behave, and what the server said is what is left.
 *
 * The play is the mode, too: it grants each wish, holds it against the contract of core/conn.h, and
 * lets time pass only when nothing else can happen. It ends when the server closes.
 */
#pragma once

#include "server/base/slice.h"
#include "server/core/service.h"
#include "server/net/transport.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tri_play {
    const struct tri_service *service; /* borrowed; copied for each run */
    struct tri_ip peer;
    bool full;  /* all seats are taken when the client comes */
    bool hasty; /* requests are limited to a few a second    */
    bool share; /* `client` has its share of connections     */
    struct tri_ip client;
    bool declines;       /* there is no room for blocking handlers    */
    enum tri_io end;     /* what follows the last byte: silence (AGAIN), EOF or a reset */
    struct tri_slice in; /* borrowed */
};

/* TRI_READS_BYTES brings one byte at a time, but for the far end of long inputs. */
struct tri_pace {
    uint32_t seed; /* of what happens at random; not 0 */
    enum { TRI_READS_ALL, TRI_READS_BYTES, TRI_READS_SOME } reads;
    size_t write_most; /* bytes taken before the client blocks; SIZE_MAX: it never does */
    bool dawdles;      /* time passes between steps, too, up to a minute                */
    unsigned breaks;   /* the connection breaks after this many steps; 0: it does not   */
};

struct tri_said {
    char *bytes; /* owned */
    size_t len;
};

/* Run it to its end; asserts that the contract is kept and that nothing is left behind. */
struct tri_said tri_play_run(const struct tri_play *play, const struct tri_pace *pace);

/* Routes to handlers of each kind (conn_site.c), with what their replies hold still. */
struct tri_hosts;
struct tri_hosts *tri_play_hosts(void);
extern int tri_play_holds;

/*
 * What was said, decoded (conn_replies.c): per response its status, fields, body, and whether that
 * is whole. Asserts that llhttp reads it as responses, the last of which may be cut short, and that
 * nothing follows one that says "Connection: close".
 *   methods   of the requests, in their order, since HEAD brings no body
 *   *ret_finals  responses but the interim ones
 *   returns   owned text, NUL-terminated
 */
char *tri_play_replies(const struct tri_said *said, const uint32_t *methods, size_t method_count,
                       size_t *ret_finals);
