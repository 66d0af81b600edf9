/*
 * law_proxy.c - one verdict for any cut of a PROXY header, and headers of our own that parse back.
 *
 * Every cut is some growth from no byte to all of them, and the parser remembers nothing, so it is
 * enough that along all prefixes the verdict is MORE until it falls, and the same one from there.
 */
#include "laws.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/base/assert.h"
#include "server/net/proxy.h"

enum { MOST = TRI_PROXY_BYTES_MAX + 64, SEED = 36 };

struct verdict {
    enum tri_proxy proxy;
    size_t used;
    struct tri_ip ip;
};

static struct verdict of(struct tri_slice bytes)
{
    struct verdict verdict = {.used = 0};
    verdict.proxy = tri_proxy_parse(bytes, &verdict.used, &verdict.ip);
    return verdict;
}

static bool is_same(const struct verdict *a, const struct verdict *b)
{
    return a->proxy == b->proxy && a->used == b->used && tri_ip_is_equal(&a->ip, &b->ip);
}

static void check_cuts(struct tri_slice input)
{
    struct verdict whole = of(input), last = {.proxy = TRI_PROXY_MORE};
    char *room = malloc(input.len + 1); /* prefixes end where it ends: AddressSanitizer watches */
    tri_assert(room);
    for (size_t len = 0; len <= input.len; len++) {
        char *at = room + input.len + 1 - len;
        if (len > 0)
            memcpy(at, input.at, len);
        struct verdict verdict = of((struct tri_slice){at, len});
        if (last.proxy == TRI_PROXY_MORE && verdict.proxy == TRI_PROXY_DONE)
            tri_assert(verdict.used == len);
        tri_assert(last.proxy == TRI_PROXY_MORE || is_same(&last, &verdict));
        tri_assert(len < TRI_PROXY_BYTES_MAX || verdict.proxy != TRI_PROXY_MORE);
        last = verdict;
    }
    free(room);
    tri_assert(is_same(&last, &whole));
    tri_assert(whole.used <= input.len);
    if (whole.proxy == TRI_PROXY_DONE && input.at[0] == 'P')
        tri_assert(memcmp(input.at + whole.used - 2, "\r\n", 2) == 0);
}

/* A whole header names `client`; without its last byte it is not whole. */
static void check_printed(struct tri_slice header, const struct tri_ip *client)
{
    struct verdict verdict = of(header);
    tri_assert(verdict.proxy == TRI_PROXY_DONE && verdict.used == header.len);
    tri_assert(tri_ip_is_equal(&verdict.ip, client));
    header.len--;
    tri_assert(of(header).proxy == TRI_PROXY_MORE);
}

static bool is_v4(const struct tri_ip *ip)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(ip->bytes, mapped, sizeof(mapped)) == 0;
}

static void check_v1(const struct tri_ip *client, const struct tri_ip *server, unsigned port)
{
    char header[128], source[TRI_IP_TEXT], target[TRI_IP_TEXT];
    bool narrow = is_v4(client) && is_v4(server);
    tri_ip_print(client, source);
    tri_ip_print(server, target);
    int len = snprintf(header, sizeof(header), "PROXY TCP%c %s%s %s%s %u %u\r\n",
                       narrow ? '4' : '6', !narrow && is_v4(client) ? "::ffff:" : "", source,
                       !narrow && is_v4(server) ? "::ffff:" : "", target, port, 65535 - port);
    check_printed((struct tri_slice){header, (size_t)len}, client);
}

/* `values`: each run of up to as many bytes as its first one says becomes a value of that type. */
static void check_v2(const struct tri_ip *client, const struct tri_ip *server, const char ports[4],
                     struct tri_slice values)
{
    char header[2 * MOST] = "\r\n\r\n\0\r\nQUIT\n\x21";
    bool narrow = is_v4(client) && is_v4(server);
    size_t bytes = narrow ? 4 : 16, len = 16;
    header[13] = narrow ? 0x11 : 0x21;
    memcpy(header + len, client->bytes + 16 - bytes, bytes);
    memcpy(header + len + bytes, server->bytes + 16 - bytes, bytes);
    memcpy(header + len + 2 * bytes, ports, 4);
    len += 2 * bytes + 4;
    while (values.len > 0) {
        size_t run = (uint8_t)values.at[0] < values.len ? (uint8_t)values.at[0] : values.len;
        if (run == 0)
            run = 1;
        if (len + 3 + run > TRI_PROXY_BYTES_MAX)
            break;
        header[len] = values.at[0];
        header[len + 2] = (char)run;
        memcpy(header + len + 3, values.at, run);
        values = tri_slice_from(values, run);
        len += 3 + run;
    }
    header[14] = (char)((len - 16) >> 8);
    header[15] = (char)(len - 16);
    check_printed((struct tri_slice){header, len}, client);
}

void tri_law_proxy(struct tri_slice input)
{
    struct tri_ip client, server;
    if (input.len > MOST)
        return;
    check_cuts(input);
    if (input.len < SEED)
        return;
    memcpy(client.bytes, input.at, 16);
    memcpy(server.bytes, input.at + 16, 16);
    if (!tri_ip_is_known(&client) || !tri_ip_is_known(&server))
        return;
    const char *ports = input.at + 32;
    check_v1(&client, &server, (unsigned)(uint8_t)ports[0] << 8 | (uint8_t)ports[1]);
    check_v2(&client, &server, ports, tri_slice_from(input, SEED));
}
