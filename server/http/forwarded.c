/*
 * forwarded.c - see forwarded.h.
 */
#include "server/http/forwarded.h"

#include "server/http/scan.h"

static bool is_trusted(const struct tri_ip *ip, const struct tri_network *trusted, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (tri_network_holds(&trusted[i], ip))
            return true;
    return false;
}

/* Take the last member off a list; it may be empty. False when the list is used up. */
static bool take_last(struct tri_slice *list, struct tri_slice *member)
{
    if (list->len == 0)
        return false;
    const char *comma = memrchr(list->at, ',', list->len);
    size_t start = comma ? (size_t)(comma - list->at) + 1 : 0;
    *member = tri_scan_trim(tri_slice_from(*list, start));
    list->len = comma ? start - 1 : 0;
    return true;
}

/* Nothing, or ":" and 1-5 digits. */
static bool is_port(struct tri_slice text)
{
    if (text.len == 0)
        return true;
    bool is_valid = text.at[0] == ':' && text.len >= 2 && text.len <= 6;
    for (size_t i = 1; is_valid && i < text.len; i++)
        is_valid = text.at[i] >= '0' && text.at[i] <= '9';
    return is_valid;
}

/* An address; one of IPv6 needs brackets before a port, one of IPv4 has none. */
static bool read_member(struct tri_slice member, struct tri_ip *ret_ip)
{
    const char *colon = memchr(member.at, ':', member.len);
    struct tri_slice host = member;

    if (member.at[0] == '[') {
        const char *end = memchr(member.at, ']', member.len);
        if (!end || !colon || colon > end)
            return false;
        host = (struct tri_slice){member.at + 1, (size_t)(end - member.at) - 1};
        member = tri_slice_from(member, host.len + 2);
    } else {
        bool is_ipv4 = colon == memrchr(member.at, ':', member.len);
        if (is_ipv4 && colon)
            host.len = (size_t)(colon - member.at);
        member = tri_slice_from(member, host.len);
    }
    return is_port(member) && tri_ip_parse(host, ret_ip);
}

struct tri_ip tri_forwarded_client(const struct tri_fields *fields, const struct tri_ip *peer,
                                   const struct tri_network *trusted, uint32_t trusted_count)
{
    struct tri_ip client = *peer, ip;
    struct tri_slice member;

    for (uint32_t i = trusted_count ? fields->count : 0; i > 0; i--) {
        if (!tri_slice_is_nocase(fields->at[i - 1].name, TRI_SLICE("X-Forwarded-For")))
            continue;
        struct tri_slice list = fields->at[i - 1].value;
        while (take_last(&list, &member)) {
            if (member.len == 0)
                continue;
            if (!is_trusted(&client, trusted, trusted_count) || !read_member(member, &ip))
                return client;
            client = ip;
        }
    }
    return client;
}

bool tri_forwarded_is_secure(const struct tri_fields *fields, const struct tri_ip *peer,
                             const struct tri_network *trusted, uint32_t trusted_count)
{
    struct tri_slice member;
    if (!is_trusted(peer, trusted, trusted_count))
        return false;
    for (uint32_t i = fields->count; i > 0; i--)
        if (tri_slice_is_nocase(fields->at[i - 1].name, TRI_SLICE("X-Forwarded-Proto"))) {
            struct tri_slice list = fields->at[i - 1].value;
            return take_last(&list, &member) && tri_slice_is_nocase(member, TRI_SLICE("https"));
        }
    return false;
}
