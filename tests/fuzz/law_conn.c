/*
 * law_conn.c - one input, played at several paces: the same answers.
 *
 * The first bytes choose who comes, to what kind of service, and how the client ends; the rest is
 * what it sends. Limits are small so that inputs of a few hundred bytes reach them.
 */
#include "laws.h"

#include <stdlib.h>
#include <string.h>

#include "conn_play.h"
#include "server/base/assert.h"
#include "server/http/parser.h"
#include "server/net/proxy.h"

enum { CHOICES = 4, REQUESTS = 4096 };

enum { /* bits of the first choice */
       SPEAKS_PROXY = 1,
       IS_FULL = 2,
       IS_LOCAL = 4,
       IS_HASTY = 8, /* there is a rate limit */
       DECLINES = 16,
       IS_SHARE = 32, /* its share of connections is used up */
};

/* The methods of the requests that the parser finds: HEAD is answered without a body. */
static size_t list_methods(struct tri_slice in, const struct tri_limits *limits,
                           uint32_t methods[static REQUESTS])
{
    size_t count = 0;
    enum tri_parse parse = TRI_PARSE_DONE;
    while (in.len > 0 && parse == TRI_PARSE_DONE && count < REQUESTS) {
        struct tri_arena arena;
        tri_arena_init(&arena, NULL, limits->arena_bytes);
        struct tri_parser *parser = tri_parser_new(&arena, limits);
        do {
            size_t used = 0;
            parse = tri_parser_feed(parser, in, &used);
            in = tri_slice_from(in, used);
            if (parse == TRI_PARSE_BODY)
                in = tri_slice_from(in, tri_parser_piece(parser));
        } while (parse == TRI_PARSE_HEAD || parse == TRI_PARSE_BODY);
        methods[count++] = tri_parser_request(parser)->method;
        tri_arena_reset(&arena);
    }
    return count;
}

static bool has_chunks(const struct tri_said *said)
{
    static const char field[] = "Transfer-Encoding: chunked";
    return said->len > 0 && memmem(said->bytes, said->len, field, sizeof(field) - 1) != NULL;
}

static struct tri_ip ip(const char *text)
{
    struct tri_ip parsed;
    tri_assert(tri_ip_parse(tri_slice_of(text), &parsed));
    return parsed;
}

static struct tri_limits small_limits(void)
{
    struct tri_limits limits = tri_limits_default();
    limits.head_bytes = 1024;
    limits.target_bytes = 256;
    limits.header_count = 16;
    limits.body_bytes = 1024;
    limits.drain_bytes = 256;
    limits.arena_bytes = 16384;
    limits.output_bytes = 2048;
    limits.connections = 1;
    return limits;
}

/* The answers of one play; a proxy that has not spoken gets none. */
static char *answers(const struct tri_play *play, const struct tri_pace *pace,
                     const uint32_t *methods, size_t count, struct tri_said *ret_said)
{
    size_t finals;
    *ret_said = tri_play_run(play, pace);
    char *replies = tri_play_replies(ret_said, methods, count, &finals);
    tri_assert(finals <= count + 1); /* the last may be for a request that has not begun */
    return replies;
}

/* Time runs out, and the line may break. */
static void survive(const struct tri_play *play, uint32_t seed, unsigned breaks,
                    const uint32_t *methods, size_t count)
{
    const struct tri_pace pace = {.seed = seed,
                                  .reads = TRI_READS_SOME,
                                  .write_most = 3000,
                                  .dawdles = true,
                                  .breaks = breaks};
    struct tri_said said;
    free(answers(play, &pace, methods, count, &said));
    free(said.bytes);
}

/* Nobody is late: the answers are the same however the bytes are cut. */
static void compare(const struct tri_play *play, uint32_t seed, const uint32_t *methods,
                    size_t count, bool has_spoken)
{
    const struct tri_pace paces[] = {
        {.seed = seed, .reads = TRI_READS_ALL, .write_most = SIZE_MAX},
        {.seed = seed, .reads = TRI_READS_BYTES, .write_most = SIZE_MAX},
        {.seed = seed, .reads = TRI_READS_SOME, .write_most = 700},
    };
    struct tri_said first_said, said;
    char *first = answers(play, &paces[0], methods, count, &first_said);
    tri_assert(has_spoken || first_said.len == 0);
    for (size_t i = 1; i < sizeof(paces) / sizeof(*paces); i++) {
        char *replies = answers(play, &paces[i], methods, count, &said);
        tri_assert(strcmp(first, replies) == 0);
        if (!has_chunks(&said)) /* where a stream is cut into chunks is a matter of room */
            tri_assert(said.len == first_said.len &&
                       (said.len == 0 || memcmp(said.bytes, first_said.bytes, said.len) == 0));
        free(replies);
        free(said.bytes);
    }
    free(first);
    free(first_said.bytes);
}

void tri_law_conn(struct tri_slice input)
{
    static const enum tri_io ends[] = {TRI_IO_EOF, TRI_IO_AGAIN, TRI_IO_FAILED};
    static struct tri_service service;
    static struct tri_network trusted;
    static uint32_t methods[REQUESTS];
    if (input.len < CHOICES)
        return;
    if (!service.hosts) {
        service.hosts = tri_play_hosts();
        service.limits = small_limits();
        tri_assert(tri_network_parse(&trusted, "10.0.0.0/8", NULL));
        service.trusted = &trusted;
        service.trusted_count = 1;
    }
    const unsigned char *choices = (const unsigned char *)input.at;
    unsigned bits = choices[0];
    bool is_local = (bits & (IS_LOCAL | SPEAKS_PROXY)) == IS_LOCAL;
    struct tri_play play = {
        .service = &service,
        .peer = ip(bits & SPEAKS_PROXY ? "10.1.2.3"
                   : is_local          ? "127.0.0.1"
                                       : "192.0.2.1"),
        .full = bits & IS_FULL,
        .hasty = bits & IS_HASTY,
        .share = bits & IS_SHARE,
        .declines = bits & DECLINES,
        .end = ends[(bits >> 6) % 3],
        .in = tri_slice_from(input, CHOICES),
    };
    service.proxy_protocol = bits & SPEAKS_PROXY;

    size_t header = 0;
    bool has_spoken = !service.proxy_protocol ||
                      tri_proxy_parse(play.in, &header, &play.client) == TRI_PROXY_DONE;
    if (!tri_ip_is_known(&play.client))
        play.client = play.peer;
    bool is_turned_away =
        (play.full && !is_local) || (play.share && !tri_service_trusts(&service, &play.client));
    size_t count = 0;
    if (has_spoken && !is_turned_away)
        count = list_methods(tri_slice_from(play.in, header), &service.limits, methods);

    uint32_t seed = 1 + choices[1] + ((uint32_t)choices[2] << 8);
    if (play.end != TRI_IO_FAILED) /* a reset comes earlier for who reads slowly */
        compare(&play, seed, methods, count, has_spoken);
    survive(&play, seed, choices[3], methods, count);
}
