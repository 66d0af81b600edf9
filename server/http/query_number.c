/*
 * query_number.c - numbers from the query, with the 400 that tells a person what would do.
 */
#include "server/http/exchange.h"
#include "server/http/query.h"

/* [ "-" ] 1*DIGIT; false when it is anything else, or overflows. */
static bool parse_number(struct tri_slice text, int64_t *ret_value)
{
    bool negative = text.len > 0 && text.at[0] == '-';
    size_t i = negative ? 1 : 0;
    int64_t value = 0;

    if (i == text.len)
        return false;
    for (; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || value > (INT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (text.at[i] - '0');
    }
    *ret_value = negative ? -value : value;
    return true;
}

bool tri_query_number(struct tri_exchange *x, const char *name, int64_t min, int64_t max,
                      int64_t fallback, int64_t *ret_value)
{
    struct tri_slice text;
    int64_t value = fallback;

    if (tri_query_find(x->request->target.query, tri_slice_of(name), x->arena, &text) &&
        (!parse_number(text, &value) || value < min || value > max)) {
        tri_reply_printf(x, TRI_STATUS_BAD_REQUEST,
                         "400 Bad Request: %s must be a whole number from %lld to %lld\n", name,
                         (long long)min, (long long)max);
        return false;
    }
    *ret_value = value;
    return true;
}
