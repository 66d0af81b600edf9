/*
 * law_conditional.c - preconditions against the table of RFC 9110 13.2.2 and regular expressions
 * for their lists; dates against what is printed.
 *
 * The input is lines. Of the first, two letters choose the method and what is known of the
 * representation; of the others the first letter names the field and the rest is its value:
 *
 *     GS
 *     n"x", W/"a,b"
 *     sSun, 06 Nov 1994 08:49:30 GMT
 */
#include "laws.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/base/assert.h"
#include "server/http/conditional.h"
#include "server/http/date.h"
#include "server/http/scan.h"

enum { FIELDS = 8, INPUT_BYTES = 1024 };
#define NOW 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */
#define END INT64_C(253402300800)

/* --- dates --- */

/* The same date in the other two forms must give the same second. */
static void check_forms(int64_t seconds, int64_t now_s)
{
    static const char *const rests[] = {"day", "sday", "nesday", "rsday", "day", "urday", "day"};
    static const char weekdays[] = "MonTueWedThuFriSatSun";
    char fixed[TRI_DATE_BYTES + 1], other[64];
    int64_t found = -1;

    tri_date_print(seconds, fixed);
    tri_assert(tri_date_parse(tri_slice_of(fixed), now_s, &found) && found == seconds);

    snprintf(other, sizeof(other), "%.3s %.3s %c%c %.8s %.4s", fixed, fixed + 8,
             fixed[5] == '0' ? ' ' : fixed[5], fixed[6], fixed + 17, fixed + 12);
    tri_assert(tri_date_parse(tri_slice_of(other), now_s, &found) && found == seconds);

    fixed[3] = '\0';
    const char *rest = rests[(strstr(weekdays, fixed) - weekdays) / 3];
    snprintf(other, sizeof(other), "%s%s, %.2s-%.3s-%.2s %.8s GMT", fixed, rest, fixed + 5,
             fixed + 8, fixed + 14, fixed + 17);
    bool is_near =
        seconds > now_s - INT64_C(49) * 365 * 86400 && seconds < now_s + INT64_C(49) * 365 * 86400;
    if (is_near)
        tri_assert(tri_date_parse(tri_slice_of(other), now_s, &found) && found == seconds);
}

/* What is read as a date is one, and IMF-fixdate is accepted only as it would be printed. */
static void check_text(struct tri_slice text, int64_t now_s)
{
    char fixed[TRI_DATE_BYTES + 1];
    int64_t seconds = -1;

    if (!tri_date_parse(text, now_s, &seconds)) {
        tri_assert(seconds == -1);
        return;
    }
    tri_assert(seconds >= 0 && seconds < END);
    check_forms(seconds, now_s);
    tri_date_print(seconds, fixed);
    if (text.len == TRI_DATE_BYTES && text.at[3] == ',') {
        bool is_leap_second = memcmp(text.at + 17, "23:59:60", 8) == 0;
        tri_assert(memcmp(text.at + 5, fixed + 5, 18) == 0);
        tri_assert(memcmp(is_leap_second ? "59 GMT" : text.at + 23, fixed + 23, 6) == 0);
    }
}

/* --- entity tags --- */

#define ETAG "(W/)?\"[^\" \t\x01-\x1f\x7f]*\""

static bool fits(const char *text, size_t kind, regmatch_t *whole)
{
    static const char *const texts[] = {
        ETAG,
        "^" ETAG "$",
        "^[ \t]*(" ETAG ")?([ \t]*,[ \t]*(" ETAG ")?)*[ \t]*$",
    };
    static regex_t patterns[3];
    static bool is_ready;
    for (int i = 0; !is_ready && i < 3; i++)
        tri_assert(regcomp(&patterns[i], texts[i], REG_EXTENDED) == 0);
    is_ready = true;
    return regexec(&patterns[kind], text, 1, whole, 0) == 0;
}
enum { ANYWHERE, ALONE, LIST };

static bool is_match(struct tri_slice etag, struct tri_slice own, bool strongly)
{
    bool weak = etag.at[0] == 'W', own_weak = own.len > 0 && own.at[0] == 'W';
    if (own.len == 0 || (strongly && (weak || own_weak)))
        return false;
    return tri_slice_is(tri_slice_from(etag, weak ? 2 : 0), tri_slice_from(own, own_weak ? 2 : 0));
}

/* --- fields --- */

static const char *const names[] = {"If-Match", "If-None-Match", "If-Modified-Since",
                                    "If-Unmodified-Since", "If-Range"};

/* Values of all fields of one name as one list; returns how many there were. */
static int gather(const struct tri_request *request, const char *name,
                  char text[static 2 * INPUT_BYTES])
{
    int count = 0;
    size_t len = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < request->fields.count; i++) {
        const struct tri_field *field = &request->fields.at[i];
        if (!tri_slice_is(field->name, tri_slice_of(name)))
            continue;
        len += (size_t)snprintf(text + len, 2 * INPUT_BYTES - len, "%s%.*s", count ? ", " : "",
                                (int)field->value.len, field->value.len ? field->value.at : "");
        count++;
    }
    return count;
}

enum outcome { NONE = 1, PASS = 2, FAIL = 4, ANY = 7 }; /* NONE: absent, or to be ignored */

static bool list_matches(const char *text, struct tri_slice own, bool strongly)
{
    regmatch_t whole;
    bool found = strcmp(text, "*") == 0;
    if (!fits(text, LIST, &whole))
        return found;
    for (; fits(text, ANYWHERE, &whole); text += whole.rm_eo) {
        struct tri_slice etag = {text + whole.rm_so, (size_t)(whole.rm_eo - whole.rm_so)};
        found = found || is_match(etag, own, strongly);
    }
    return found;
}

static enum outcome ask_list(const struct tri_request *request, const char *name,
                             struct tri_slice own, bool strongly, bool wanted)
{
    char text[2 * INPUT_BYTES];
    if (gather(request, name, text) == 0)
        return NONE;
    return list_matches(text, own, strongly) == wanted ? PASS : FAIL;
}

static enum outcome ask_date(const struct tri_request *request, const char *name,
                             int64_t modified_s, bool newer)
{
    char text[2 * INPUT_BYTES];
    int64_t date_s;
    if (gather(request, name, text) != 1 || modified_s < 0 ||
        !tri_date_parse(tri_slice_of(text), NOW, &date_s) || (newer && date_s > NOW))
        return NONE;
    return (modified_s > date_s) == newer ? PASS : FAIL;
}

/* --- the table --- */

static enum tri_condition read_plainly(const struct tri_request *request,
                                       const struct tri_validators *known)
{
    enum { IS_READ = 1, IS_OTHER = 2 };
    static const struct {
        enum outcome match, unmodified, none_match, modified;
        int method;
        enum tri_condition condition;
    } table[] = {
        {FAIL, ANY, ANY, ANY, IS_READ | IS_OTHER, TRI_CONDITION_FAILED},
        {NONE, FAIL, ANY, ANY, IS_READ | IS_OTHER, TRI_CONDITION_FAILED},
        {ANY, ANY, FAIL, ANY, IS_READ, TRI_CONDITION_NOT_MODIFIED},
        {ANY, ANY, FAIL, ANY, IS_OTHER, TRI_CONDITION_FAILED},
        {ANY, ANY, NONE, FAIL, IS_READ, TRI_CONDITION_NOT_MODIFIED},
        {ANY, ANY, ANY, ANY, IS_READ | IS_OTHER, TRI_CONDITION_HOLDS},
    };
    bool is_read = request->method == TRI_METHOD_GET || request->method == TRI_METHOD_HEAD;
    enum outcome match = ask_list(request, names[0], known->etag, true, true);
    enum outcome none_match = ask_list(request, names[1], known->etag, false, false);
    enum outcome modified = ask_date(request, names[2], known->modified_s, true);
    enum outcome unmodified = ask_date(request, names[3], known->modified_s, false);

    int row = 0;
    while (!(table[row].match & match) || !(table[row].unmodified & unmodified) ||
           !(table[row].none_match & none_match) || !(table[row].modified & modified) ||
           !(table[row].method & (is_read ? IS_READ : IS_OTHER)))
        row++;
    return table[row].condition;
}

static bool may_range(const struct tri_request *request, const struct tri_validators *known)
{
    char text[2 * INPUT_BYTES];
    regmatch_t whole;
    int64_t date_s;
    int count = gather(request, names[4], text);
    if (count != 1)
        return count == 0;
    if (fits(text, ALONE, &whole))
        return is_match(tri_slice_of(text), known->etag, true);
    return tri_date_parse(tri_slice_of(text), NOW, &date_s) && date_s == known->modified_s &&
           date_s < NOW;
}

/* --- input --- */

static struct tri_slice take_line(struct tri_slice *input)
{
    const char *end = memchr(input->at, '\n', input->len);
    size_t len = end ? (size_t)(end - input->at) : input->len;
    struct tri_slice line = {input->at, len};
    *input = tri_slice_from(*input, end ? len + 1 : len);
    return line;
}

static enum tri_method method_of(char letter)
{
    switch (letter) {
    case 'H':
        return TRI_METHOD_HEAD;
    case 'P':
        return TRI_METHOD_PUT;
    case 'X':
        return TRI_METHOD_NONE;
    default:
        return TRI_METHOD_GET;
    }
}

static struct tri_validators known_of(char letter)
{
    switch (letter) {
    case 'S':
        return (struct tri_validators){TRI_SLICE("\"a,b\""), NOW - 7};
    case 'W':
        return (struct tri_validators){TRI_SLICE("W/\"a,b\""), NOW - 7};
    case 'F': /* changed in this very second */
        return (struct tri_validators){TRI_SLICE("\"\""), NOW};
    default:
        return (struct tri_validators){{NULL, 0}, -1};
    }
}

void tri_law_conditional(struct tri_slice input)
{
    static const char letters[] = "mnsur";
    struct tri_field at[FIELDS];
    struct tri_request request = {.fields = {at, 0, FIELDS}};

    if (input.len < 2 || input.len > INPUT_BYTES)
        return;
    uint64_t some = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < input.len; i++)
        some = (some ^ (unsigned char)input.at[i]) * UINT64_C(0x100000001b3);
    int64_t now_s = (int64_t)((some >> 8) % (4 * (uint64_t)NOW));
    check_forms((int64_t)(some % END), now_s);

    struct tri_slice first = take_line(&input);
    request.method = method_of(first.len > 0 ? first.at[0] : ' ');
    struct tri_validators known = known_of(first.len > 1 ? first.at[1] : ' ');
    while (input.len > 0 && request.fields.count < FIELDS) {
        struct tri_slice line = take_line(&input);
        const char *letter = line.len > 0 ? memchr(letters, line.at[0], 5) : NULL;
        if (!letter || !tri_scan_is_text(line))
            continue;
        struct tri_slice value = tri_scan_trim(tri_slice_from(line, 1));
        at[request.fields.count++] =
            (struct tri_field){tri_slice_of(names[letter - letters]), value};
        check_text(value, now_s);
    }
    tri_assert(tri_conditional_check(&request, &known, NOW) == read_plainly(&request, &known));
    tri_assert(tri_conditional_range(&request, &known, NOW) == may_range(&request, &known));
}
