/*
 * proxy.c - a PROXY header from its first bytes; see proxy.h.
 *
 * Nothing is remembered between calls: each reads the header from its start, 536 bytes at most.
 * What makes it a header is looked at in order and refused where it stops being one, so neither a
 * request that begins without a header nor a broken one is waited for: only an unfinished address
 * of version 1 is taken on its alphabet until its blank arrives. Every byte that is looked at is
 * one of the header's own, hence a header is the same one whatever follows it.
 */
#include "server/net/proxy.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define V1_BYTES_MAX 107 /* with CR LF; section 2.1 */
#define V2_FIXED 16      /* signature, version and command, family and transport, length */

static const char signature[12] = "\r\n\r\n\0\r\nQUIT\n";

/* A line of version 1, up to its CR or as far as it has come. */
struct line {
    struct tri_slice rest; /* not looked at yet */
    bool has_cr, has_lf;
};

/*
 * Take the field up to the next blank off the line, or all of it for the last field.
 * False: the field is not whole.
 */
static bool next_field(struct line *line, bool is_last, struct tri_slice *ret_field)
{
    const char *blank = is_last ? NULL : memchr(line->rest.at, ' ', line->rest.len);
    size_t len = blank ? (size_t)(blank - line->rest.at) : line->rest.len;
    *ret_field = (struct tri_slice){line->rest.at, len};
    line->rest = tri_slice_from(line->rest, blank ? len + 1 : len);
    return is_last ? line->has_cr : blank != NULL;
}

static bool is_start(struct tri_slice text, struct tri_slice of)
{
    return text.len <= of.len && memcmp(text.at, of.at, text.len) == 0;
}

/* An address of that family when whole, or else something that may be growing into one. */
static bool is_address(struct tri_slice field, bool is_whole, bool is_v6, struct tri_ip *ip)
{
    static const char alphabet[] = "0123456789.:abcdefABCDEF"; /* IPv4: the first eleven */
    if (field.len >= TRI_IP_TEXT)
        return false;
    for (size_t i = 0; i < field.len; i++)
        if (!memchr(alphabet, field.at[i], is_v6 ? sizeof(alphabet) - 1 : 11))
            return false;
    if (!is_whole)
        return true;
    return tri_ip_parse(field, ip) && (memchr(field.at, ':', field.len) != NULL) == is_v6;
}

/* 0 to 65535 without leading zeros; every start of a port but the empty one is a port. */
static bool is_port(struct tri_slice field, bool is_whole)
{
    unsigned value = 0;
    if (field.len > 5 || (field.len > 1 && field.at[0] == '0'))
        return false;
    for (size_t i = 0; i < field.len; i++) {
        if (field.at[i] < '0' || field.at[i] > '9')
            return false;
        value = value * 10 + (unsigned)(field.at[i] - '0');
    }
    return value <= 65535 && (field.len > 0 || !is_whole);
}

/* "source destination port port", behind TCP4 or TCP6. */
static enum tri_proxy parse_tcp(struct line *line, bool is_v6, struct tri_ip *ret_ip)
{
    struct tri_ip ips[2];
    for (int i = 0; i < 4; i++) {
        struct tri_slice field;
        bool is_whole = next_field(line, i == 3, &field);
        if (i < 2 ? !is_address(field, is_whole, is_v6, &ips[i]) : !is_port(field, is_whole))
            return TRI_PROXY_MALFORMED;
        if (!is_whole)
            return line->has_cr ? TRI_PROXY_MALFORMED : TRI_PROXY_MORE;
    }
    *ret_ip = ips[0];
    return line->has_lf ? TRI_PROXY_DONE : TRI_PROXY_MORE;
}

static enum tri_proxy parse_line(struct line *line, struct tri_ip *ret_ip)
{
    struct tri_slice word, protocol;
    bool has_word = next_field(line, false, &word);
    if (!is_start(word, TRI_SLICE("PROXY")) || (has_word ? word.len < 5 : line->has_cr))
        return TRI_PROXY_MALFORMED;
    if (!has_word)
        return TRI_PROXY_MORE;

    bool has_blank = next_field(line, false, &protocol);
    if (!has_blank && !line->has_cr)
        return is_start(protocol, TRI_SLICE("TCP4")) || is_start(protocol, TRI_SLICE("TCP6")) ||
                       is_start(protocol, TRI_SLICE("UNKNOWN"))
                   ? TRI_PROXY_MORE
                   : TRI_PROXY_MALFORMED;
    if (tri_slice_is(protocol, TRI_SLICE("UNKNOWN")))
        return line->has_lf ? TRI_PROXY_DONE : TRI_PROXY_MORE;
    if (tri_slice_is(protocol, TRI_SLICE("TCP4")))
        return parse_tcp(line, false, ret_ip);
    if (tri_slice_is(protocol, TRI_SLICE("TCP6")))
        return parse_tcp(line, true, ret_ip);
    return TRI_PROXY_MALFORMED;
}

static enum tri_proxy parse_v1(struct tri_slice bytes, size_t *ret_used, struct tri_ip *ret_ip)
{
    size_t len = 0;
    while (len < bytes.len && bytes.at[len] != '\r' && bytes.at[len] != '\n')
        if (++len > V1_BYTES_MAX - 2)
            return TRI_PROXY_MALFORMED;
    struct line line = {.rest = {bytes.at, len}, .has_cr = len < bytes.len};
    if (line.has_cr && bytes.at[len] != '\r')
        return TRI_PROXY_MALFORMED;
    line.has_lf = len + 1 < bytes.len;
    if (line.has_lf && bytes.at[len + 1] != '\n')
        return TRI_PROXY_MALFORMED;
    *ret_used = len + 2;
    return parse_line(&line, ret_ip);
}

static size_t be16(const uint8_t *at)
{
    return (size_t)at[0] << 8 | at[1];
}

/* Type, length, value, until the header's end; types are for others. */
static enum tri_proxy skip_values(const uint8_t *at, size_t start, size_t have, size_t whole)
{
    while (start < whole) {
        if (whole - start < 3)
            return TRI_PROXY_MALFORMED;
        if (have < start + 3)
            return TRI_PROXY_MORE;
        start += 3 + be16(at + start + 1);
    }
    if (start > whole)
        return TRI_PROXY_MALFORMED;
    return have < whole ? TRI_PROXY_MORE : TRI_PROXY_DONE;
}

/* A PROXY command with its fixed part there; `have` of `whole` bytes are. */
static enum tri_proxy parse_addresses(const uint8_t *at, size_t have, size_t whole,
                                      struct tri_ip *ret_ip)
{
    static const size_t blocks[] = {0, 12, 36, 216}; /* bytes: UNSPEC, INET, INET6, UNIX */
    unsigned family = at[13] >> 4, transport = at[13] & 0xf;
    if (family > 3 || transport > 2)
        return TRI_PROXY_MALFORMED;
    if (family == 0 || transport == 0) /* UNSPEC: what follows has no known shape */
        return have < whole ? TRI_PROXY_MORE : TRI_PROXY_DONE;

    size_t start = V2_FIXED + blocks[family];
    if (whole < start)
        return TRI_PROXY_MALFORMED;
    if (have < start)
        return TRI_PROXY_MORE;
    if (family == 1) {
        *ret_ip = (struct tri_ip){{[10] = 0xff, [11] = 0xff}};
        memcpy(ret_ip->bytes + 12, at + V2_FIXED, 4);
    } else if (family == 2) {
        memcpy(ret_ip->bytes, at + V2_FIXED, 16);
        if (!tri_ip_is_known(ret_ip)) /* "::" is no client, and must not pass for a local one */
            return TRI_PROXY_MALFORMED;
    }
    return skip_values(at, start, have, whole);
}

static enum tri_proxy parse_v2(struct tri_slice bytes, size_t *ret_used, struct tri_ip *ret_ip)
{
    const uint8_t *at = (const uint8_t *)bytes.at;
    size_t compared = bytes.len < sizeof(signature) ? bytes.len : sizeof(signature);
    if (memcmp(at, signature, compared) != 0 ||
        (bytes.len > 12 && at[12] != 0x20 && at[12] != 0x21) ||
        (bytes.len > 14 && at[14] > (TRI_PROXY_BYTES_MAX - V2_FIXED) >> 8))
        return TRI_PROXY_MALFORMED;
    if (bytes.len < V2_FIXED)
        return TRI_PROXY_MORE;

    size_t whole = V2_FIXED + be16(at + 14);
    size_t have = bytes.len < whole ? bytes.len : whole;
    if (whole > TRI_PROXY_BYTES_MAX)
        return TRI_PROXY_MALFORMED;
    *ret_used = whole;
    if (at[12] == 0x21)
        return parse_addresses(at, have, whole, ret_ip);
    /* LOCAL: what else it says is ignored, family and all */
    return have < whole ? TRI_PROXY_MORE : TRI_PROXY_DONE;
}

enum tri_proxy tri_proxy_parse(struct tri_slice bytes, size_t *ret_used, struct tri_ip *ret_ip)
{
    size_t used = 0;
    struct tri_ip ip = {{0}};
    if (bytes.len == 0)
        return TRI_PROXY_MORE;
    enum tri_proxy verdict =
        bytes.at[0] == 'P' ? parse_v1(bytes, &used, &ip) : parse_v2(bytes, &used, &ip);
    if (verdict == TRI_PROXY_DONE) {
        *ret_used = used;
        *ret_ip = ip;
    }
    return verdict;
}
