/*
 * fake.h - a server that does exactly what it was told, right or wrong, by the path it is asked
 * for.
 *
 *     /ok /echo /chunked /until-close /interim /head-cut /404 /503        proper responses
 *     /delay/MS  /bimodal/MS/MS (every tenth is the second)  /stall       late ones
 *     /delays                        what the late ones really were since this was asked last
 *     /short /wrong /malformed /endless-head /endless-body /extra         no responses
 *     /reset /close /never                                                nothing at all
 *
 * A thread for each connection, at most 256; it serves one request after the other.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct fake {
    int listener;
    unsigned short port;
    _Atomic unsigned served;        /* requests answered */
    _Atomic unsigned connections;   /* ever accepted */
    _Atomic int64_t stall_until_ns; /* /stall/MS answers nobody before that; 0: not yet */
    bool leads; /* late ones leave at their time in the median, and not a little after it at best */
};

/* Listen on a port of 127.0.0.1 that the kernel chooses, or a given one, and serve for ever. */
void fake_open(struct fake *fake, unsigned short port);

/* From now on nobody is accepted: connections are refused. */
void fake_close(struct fake *fake);
