/*
 * conditional.c - see conditional.h.
 */
#include "server/http/conditional.h"

#include "server/http/date.h"
#include "server/http/scan.h"

/* --- entity tags (RFC 9110 8.8.3) --- */

enum comparison { WEAK, STRONG };

static bool is_weak(struct tri_slice etag)
{
    return etag.len >= 2 && memcmp(etag.at, "W/", 2) == 0;
}

/* Take an entity tag, with its quotes, off the front; false when there is none. */
static bool take_etag(struct tri_slice *text, struct tri_slice *etag)
{
    size_t i = is_weak(*text) ? 2 : 0;
    if (i == text->len || text->at[i] != '"')
        return false;
    for (i++; i < text->len && text->at[i] != '"'; i++) {
        unsigned char c = (unsigned char)text->at[i];
        if (c <= ' ' || c == 0x7f)
            return false;
    }
    if (i == text->len)
        return false;
    *etag = (struct tri_slice){text->at, i + 1};
    *text = tri_slice_from(*text, i + 1);
    return true;
}

/* RFC 9110 8.8.3.2 */
static bool is_match(struct tri_slice a, struct tri_slice b, enum comparison comparison)
{
    if (comparison == STRONG && (is_weak(a) || is_weak(b)))
        return false;
    return tri_slice_is(tri_slice_from(a, is_weak(a) ? 2 : 0),
                        tri_slice_from(b, is_weak(b) ? 2 : 0));
}

/* #entity-tag; false when it is malformed. *found becomes true when one matches. */
static bool read_list(struct tri_slice list, struct tri_slice own, enum comparison comparison,
                      bool *found)
{
    struct tri_slice etag;

    while ((list = tri_scan_trim(list)).len > 0) {
        if (list.at[0] == ',') {
            list = tri_slice_from(list, 1);
            continue;
        }
        if (!take_etag(&list, &etag))
            return false;
        *found = *found || is_match(etag, own, comparison);
        list = tri_scan_trim(list);
        if (list.len > 0 && list.at[0] != ',')
            return false;
    }
    return true;
}

/* --- fields --- */

/* The only field called `name`; false when there is none, or more. */
static bool find_only(const struct tri_fields *fields, struct tri_slice name,
                      struct tri_slice *value)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < fields->count; i++) {
        if (tri_slice_is_nocase(fields->at[i].name, name)) {
            *value = fields->at[i].value;
            count++;
        }
    }
    return count == 1;
}

/* Does "*", which stands alone, or one of the entity tags in all these fields match? */
static bool matches(const struct tri_fields *fields, struct tri_slice name, struct tri_slice own,
                    enum comparison comparison)
{
    struct tri_slice only;
    bool found = false;

    if (find_only(fields, name, &only) && tri_slice_is(only, TRI_SLICE("*")))
        return true;
    for (uint32_t i = 0; i < fields->count; i++)
        if (tri_slice_is_nocase(fields->at[i].name, name) &&
            !read_list(fields->at[i].value, own, comparison, &found))
            return false;
    return found;
}

static bool find_date(const struct tri_fields *fields, struct tri_slice name, int64_t now_s,
                      int64_t *ret_s)
{
    struct tri_slice value;
    return find_only(fields, name, &value) && tri_date_parse(value, now_s, ret_s);
}

/* --- conditions --- */

enum tri_condition tri_conditional_check(const struct tri_request *request,
                                         const struct tri_validators *validators, int64_t now_s)
{
    static const struct tri_slice match = {"If-Match", 8}, none_match = {"If-None-Match", 13};
    const struct tri_fields *fields = &request->fields;
    bool is_dated = validators->modified_s >= 0;
    bool is_read = request->method & (TRI_METHOD_GET | TRI_METHOD_HEAD);
    int64_t date_s;

    if (request->method & (TRI_METHOD_CONNECT | TRI_METHOD_OPTIONS | TRI_METHOD_TRACE))
        return TRI_CONDITION_HOLDS; /* RFC 9110 13.2.1 */

    if (tri_fields_find(fields, match)) {
        if (!matches(fields, match, validators->etag, STRONG))
            return TRI_CONDITION_FAILED;
    } else if (is_dated && find_date(fields, TRI_SLICE("If-Unmodified-Since"), now_s, &date_s) &&
               validators->modified_s > date_s) {
        return TRI_CONDITION_FAILED;
    }

    if (tri_fields_find(fields, none_match)) {
        if (matches(fields, none_match, validators->etag, WEAK))
            return is_read ? TRI_CONDITION_NOT_MODIFIED : TRI_CONDITION_FAILED;
    } else if (is_read && is_dated &&
               find_date(fields, TRI_SLICE("If-Modified-Since"), now_s, &date_s) &&
               date_s <= now_s && validators->modified_s <= date_s) {
        return TRI_CONDITION_NOT_MODIFIED;
    }
    return TRI_CONDITION_HOLDS;
}

bool tri_conditional_range(const struct tri_request *request,
                           const struct tri_validators *validators, int64_t now_s)
{
    static const struct tri_slice name = {"If-Range", 8};
    struct tri_slice value, etag;
    int64_t date_s;

    if (!tri_fields_find(&request->fields, name))
        return true;
    if (!find_only(&request->fields, name, &value))
        return false;
    if (take_etag(&value, &etag))
        return value.len == 0 && is_match(etag, validators->etag, STRONG);
    return tri_date_parse(value, now_s, &date_s) && date_s == validators->modified_s &&
           date_s < now_s;
}
