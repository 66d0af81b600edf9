/*
 * answer.c - see answer.h.
 */
#include "tests/conformance/peers/answer.h"

#include <ctype.h>
#include <stdlib.h>

#include "server/base/assert.h"

static struct tri_slice trim(struct tri_slice text)
{
    while (text.len > 0 && isspace((unsigned char)text.at[0]))
        text = tri_slice_from(text, 1);
    while (text.len > 0 && isspace((unsigned char)text.at[text.len - 1]))
        text.len--;
    return text;
}

/* The line at the front of *rest, without its end; moves behind it. False: it is not whole. */
static bool take_line(struct tri_slice *rest, struct tri_slice *ret_line)
{
    const char *end = rest->len ? memmem(rest->at, rest->len, "\r\n", 2) : NULL;
    if (!end)
        return false;
    *ret_line = (struct tri_slice){rest->at, (size_t)(end - rest->at)};
    *rest = tri_slice_from(*rest, ret_line->len + 2);
    return true;
}

/* --- head --- */

bool answer_field(const struct answer *answer, struct tri_slice name, struct tri_slice *ret_value)
{
    struct tri_slice rest = answer->head, line;
    while (take_line(&rest, &line)) {
        const char *colon = line.len ? memchr(line.at, ':', line.len) : NULL;
        size_t len = colon ? (size_t)(colon - line.at) : line.len;
        if (!colon || !tri_slice_is_nocase((struct tri_slice){line.at, len}, name))
            continue;
        *ret_value = trim(tri_slice_from(line, len + 1));
        return true;
    }
    return false;
}

/* "HTTP/1.x NNN" */
static int status_of(struct tri_slice line)
{
    const char *at = line.at;
    if (line.len < 12 || memcmp(at, "HTTP/1.", 7) != 0 || !isdigit((unsigned char)at[7]) ||
        at[8] != ' ')
        return 0;
    for (size_t i = 9; i < 12; i++)
        if (!isdigit((unsigned char)at[i]))
            return 0;
    return (at[9] - '0') * 100 + (at[10] - '0') * 10 + at[11] - '0';
}

static enum answer_state take_head(struct answer *answer, struct tri_slice *rest)
{
    static const char version[] = "HTTP/1.";
    const char *start = rest->at;
    struct tri_slice line;
    size_t seen = rest->len < sizeof(version) - 1 ? rest->len : sizeof(version) - 1;
    if (memcmp(start, version, seen) != 0)
        return ANSWER_NONSENSE;
    if (!take_line(rest, &line))
        return ANSWER_PART;
    int status = status_of(line);
    if (status == 0)
        return ANSWER_NONSENSE;
    while (take_line(rest, &line)) {
        if (line.len > 0)
            continue;
        answer->status = status;
        answer->head = (struct tri_slice){start, (size_t)(rest->at - start)};
        return ANSWER_WHOLE;
    }
    return ANSWER_PART;
}

/* --- body --- */

/* Move the next `want` bytes to the body, or what there is; false when there are fewer. */
static bool take_bytes(struct answer *answer, struct tri_slice *rest, size_t want)
{
    size_t len = rest->len < want ? rest->len : want;
    memcpy(answer->body + answer->body_bytes, rest->at, len);
    answer->body_bytes += len;
    *rest = tri_slice_from(*rest, len);
    return len == want;
}

static enum answer_state take_chunks(struct answer *answer, struct tri_slice *rest)
{
    struct tri_slice line;
    while (take_line(rest, &line)) {
        if (line.len == 0 || !isxdigit((unsigned char)line.at[0]))
            return ANSWER_NONSENSE;
        size_t size = (size_t)strtoul(line.at, NULL, 16); /* a CR stops it */
        if (size == 0) {
            while (take_line(rest, &line))
                if (line.len == 0)
                    return ANSWER_WHOLE;
            return ANSWER_PART;
        }
        if (!take_bytes(answer, rest, size))
            return ANSWER_PART;
        if (take_line(rest, &line) && line.len > 0)
            return ANSWER_NONSENSE;
    }
    return ANSWER_PART;
}

static bool says_close(const struct answer *answer)
{
    struct tri_slice value;
    bool is_old = answer->head.at[7] == '0';
    if (!answer_field(answer, TRI_SLICE("Connection"), &value))
        return is_old;
    return tri_slice_is_nocase(value, TRI_SLICE("close")) ||
           (is_old && !tri_slice_is_nocase(value, TRI_SLICE("keep-alive")));
}

static enum answer_state take_body(struct answer *answer, struct tri_slice *rest, bool eof,
                                   bool to_head)
{
    struct tri_slice value;
    answer->closes = says_close(answer);
    answer->body = malloc(rest->len + 1);
    tri_assert(answer->body);
    if (to_head || answer->status < 200 || answer->status == 204 || answer->status == 304)
        return ANSWER_WHOLE;
    if (answer_field(answer, TRI_SLICE("Transfer-Encoding"), &value))
        return tri_slice_is_nocase(value, TRI_SLICE("chunked")) ? take_chunks(answer, rest)
                                                                : ANSWER_NONSENSE;
    if (answer_field(answer, TRI_SLICE("Content-Length"), &value))
        return take_bytes(answer, rest, (size_t)strtoul(value.at, NULL, 10)) ? ANSWER_WHOLE
                                                                             : ANSWER_PART;
    answer->closes = true;
    take_bytes(answer, rest, rest->len);
    return eof ? ANSWER_WHOLE : ANSWER_PART;
}

enum answer_state answer_read(struct answer *answer, struct tri_slice bytes, bool eof, bool to_head)
{
    struct tri_slice rest = bytes;
    *answer = (struct answer){.status = 0};
    if (bytes.len == 0)
        return ANSWER_NONE;
    enum answer_state state = take_head(answer, &rest);
    if (state == ANSWER_WHOLE)
        state = take_body(answer, &rest, eof, to_head);
    answer->used = bytes.len - rest.len;
    return state;
}

void answer_free(struct answer *answer)
{
    free(answer->body);
    answer->body = NULL;
}
