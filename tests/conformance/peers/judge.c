/*
 * judge.c - see judge.h.
 *
 * A row is a script: answers, then how the connection goes on. A freedom is another script for the
 * same bytes; the row passes when one of the two is what happened.
 */
#include "tests/conformance/peers/judge.h"

#include <stdio.h>

#include "server/base/error.h"
#include "tests/conformance/peers/answer.h"
#include "tests/conformance/rows.h"

struct reading {
    const struct row *row;
    const struct transcript *transcript;
    enum row_end end;
    bool takes;            /* the last answer is that to a request without a mistake */
    bool resolves;         /* any will do; without `takes`: all but the last */
    bool may_end;          /* with STAYS: it may end the connection as well */
    bool refused, closes;  /* the last answer that was taken; `closes`: it says so */
    struct tri_slice rest; /* of the transcript, behind it */
    struct tri_error *why; /* borrowed */
};

static bool sends(const struct row *row, const char *text)
{
    return row->send.len > 0 && memmem(row->send.at, row->send.len, text, strlen(text));
}

static bool is_old(const struct row *row)
{
    return sends(row, " HTTP/1.0\r\n");
}

/* --- statuses --- */

/* Any refusal will do where the row wants one: which of them is SHOULD (RFC 9110 15), and which
 * mistake is met first is the server's own. 501: RFC 9112 6.1, RFC 9110 9.1; 505: RFC 9110 2.5. */
static bool refuses(int status)
{
    return (status >= 400 && status < 500) || status == 501 || status == 505;
}

static bool stands_for(const struct reading *reading, const struct row_answer *want, int got,
                       bool is_last)
{
    if (is_last == reading->takes && reading->resolves)
        return got >= 200 && got < 500;
    if (is_last && reading->takes)
        return got >= 200 && got < 300;
    if (is_last && want->cut && refuses(got))
        return true;
    switch (want->status) {
    case 204: /* to OPTIONS, which no server has to know (RFC 9110 9.1) */
        return got == 200 || got == 204 || (got != 400 && refuses(got));
    case 405: /* what a resource allows is its own (RFC 9110 9.1), but a tunnel it is not */
        return refuses(got) || (got / 100 == 2 && !sends(reading->row, "CONNECT "));
    case 301: /* RFC 9110 15.4 */
        return got == 301 || got == 302 || got == 303 || got == 307 || got == 308;
    case 206:
    case 416: /* MAY ignore Range (RFC 9110 14.2) */
        return got == want->status || got == 200;
    default:
        return got == want->status || (want->status >= 400 && refuses(got) && is_last);
    }
}

/*
 * A refused request whose end is beyond doubt may leave the connection as it is (RFC 9112 9.3):
 * those whose request line, authority or expectation is the mistake.
 */
static bool is_framed(const struct row *row, int want)
{
    static const char *const sources[] = {"RFC 9112 3", "RFC 9110 4.2", "RFC 9110 7.2",
                                          "RFC 9110 9.1", "RFC 3986"};
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
        if (strncmp(row->source, sources[i], strlen(sources[i])) == 0)
            return true;
    return want == 404 || want == 405 || want == 417 || want == 421 || want == 501;
}

/* --- content --- */

/* Fields an RFC demands: Allow of a 405 (RFC 9110 15.5.6), Location of a redirection (15.4.2),
 * Content-Range of a part (15.3.7), no framing in a 204 (8.6, RFC 9112 6.1). */
static bool has_fields(const struct reading *reading, const struct answer *answer)
{
    struct tri_slice value;
    for (const char *at = reading->row->fields; at && *at;) {
        struct tri_slice line = {at, strcspn(at, "\n")};
        const char *fault = NULL;
        if (strncmp(at, "Allow: ", 7) == 0 && answer->status == 405 &&
            !answer_field(answer, TRI_SLICE("Allow"), &value))
            fault = "a 405 has no Allow";
        if (strncmp(at, "Location: ", 10) == 0 &&
            !answer_field(answer, TRI_SLICE("Location"), &value))
            fault = "a redirection has no Location";
        if (strncmp(at, "Content-Range: ", 15) == 0 && answer->status == 206 &&
            !(answer_field(answer, TRI_SLICE("Content-Range"), &value) &&
              tri_slice_is(value, tri_slice_from(line, 15))))
            fault = "a 206 has another Content-Range";
        if (answer->status == 204 && strncmp(at, "!Content-Length", 15) == 0 &&
            answer_field(answer, TRI_SLICE("Content-Length"), &value))
            fault = "a 204 has a Content-Length";
        if (fault) {
            tri_error_set(reading->why, "%s", fault);
            return false;
        }
        at += line.len + (at[line.len] == '\n');
    }
    return true;
}

static bool has_content(const struct reading *reading, const struct answer *answer, int want)
{
    const struct row *row = reading->row;
    struct tri_slice body = {answer->body, answer->body_bytes};
    bool is_coded = row->fields && strstr(row->fields, "Content-Encoding: ");
    bool counts =
        row->body && !is_coded && want / 100 == 2 && answer->status == want && !reading->takes;
    if (counts && !tri_slice_is(body, tri_slice_of(row->body))) {
        tri_error_set(reading->why, "the body is \"%.*s\"", (int)(body.len < 60 ? body.len : 60),
                      body.at);
        return false;
    }
    return reading->takes || has_fields(reading, answer);
}

/* --- the end --- */

static enum verdict failed(const struct reading *reading, const char *text)
{
    tri_error_set(reading->why, "%s", text);
    return VERDICT_FAILED;
}

/* Nothing more came, and the end did. */
static enum verdict ended(const struct reading *reading)
{
    if (reading->rest.len > 0)
        return failed(reading, "something behind it was answered");
    if (reading->transcript->eof)
        return VERDICT_PASSED;
    /* it may still read and drop what the client sends (RFC 9112 9.6) */
    if (reading->transcript->over && reading->refused && reading->closes)
        return VERDICT_PASSED;
    return reading->transcript->over ? failed(reading, "the connection stayed open") : VERDICT_OPEN;
}

/*
 * The probe is answered, as the last of all.
 *   skips   answers may come before it: to what the row has behind a mistake that was not refused,
 *           or whose refusal left the connection as it was
 */
static enum verdict probed(const struct reading *reading, bool skips)
{
    const struct transcript *transcript = reading->transcript;
    struct tri_slice rest = reading->rest;
    struct answer answer;
    enum answer_state state;
    bool is_probe;
    do {
        state = answer_read(&answer, rest, transcript->eof, false);
        is_probe = state == ANSWER_WHOLE && answer.status == 200 &&
                   tri_slice_is((struct tri_slice){answer.body, answer.body_bytes}, ROW_PROBED);
        rest = tri_slice_from(rest, answer.used);
        answer_free(&answer);
    } while (skips && state == ANSWER_WHOLE && !is_probe);
    if (is_probe && rest.len == 0)
        return VERDICT_PASSED;
    if (state != ANSWER_WHOLE && state != ANSWER_NONSENSE && !transcript->over)
        return VERDICT_OPEN;
    return failed(reading, state == ANSWER_NONE ? "the next request is not answered"
                                                : "the next request gets another answer");
}

/* --- scripts --- */

/* An end where an answer was due, or half an answer. */
static enum verdict broken_off(const struct reading *reading, const struct row_answer *want,
                               enum answer_state state, int status)
{
    if (state == ANSWER_NONSENSE)
        return failed(reading, "what came is no answer of HTTP/1");
    if (!reading->transcript->over)
        return VERDICT_OPEN;
    if (!reading->transcript->eof)
        return failed(reading, state == ANSWER_NONE ? "there is no answer" : "half an answer came");
    /* RFC 9112 8: an incomplete request MAY be answered; 9.5: who leaves may be left */
    if (state == ANSWER_NONE && reading->end == LEAVES)
        return VERDICT_PASSED;
    if (want->cut && status / 100 == 2) /* RFC 9112 8: its reader sees that it is cut */
        return VERDICT_PASSED;
    return failed(reading,
                  state == ANSWER_NONE ? "it closed without an answer" : "the answer is cut short");
}

/*
 * Take the next answer; *ret_over: the script is at its end.
 * RFC 9110 15.2: any number of 1xx may come before it, only not to HTTP/1.0. 10.1.1: a final answer
 * may come in place of a 100.
 */
static enum verdict follow_answer(struct reading *reading, const struct row_answer *want,
                                  bool is_last, bool *ret_over)
{
    struct answer answer;
    enum verdict verdict = VERDICT_PASSED;
    enum answer_state state =
        answer_read(&answer, reading->rest, reading->transcript->eof, want->to_head);
    bool is_interim = answer.status / 100 == 1 && answer.status != 101 && !is_old(reading->row);
    *ret_over = false;
    if (state != ANSWER_WHOLE) {
        verdict = broken_off(reading, want, state, answer.status);
        *ret_over = verdict != VERDICT_FAILED;
    } else if (is_interim) {
        reading->rest = tri_slice_from(reading->rest, answer.used);
        verdict = follow_answer(reading, want, is_last, ret_over);
    } else if (!stands_for(reading, want, answer.status, is_last)) {
        tri_error_set(reading->why, "%d is answered, not %d", answer.status, want->status);
        verdict = VERDICT_FAILED;
    } else if (want->cut && !reading->takes && !refuses(answer.status)) {
        verdict = failed(reading, "a mistake in the body goes unseen");
    } else if (is_last && !has_content(reading, &answer, want->status)) {
        verdict = VERDICT_FAILED;
    } else {
        /* RFC 9112 9.3: who does not read a body closes, and 405 stands for such a one */
        bool gives_up =
            answer.closes && !is_last && (refuses(answer.status) || want->status == 405);
        reading->rest = tri_slice_from(reading->rest, answer.used);
        reading->refused = refuses(answer.status) && !reading->takes;
        reading->closes = answer.closes;
        if (gives_up) /* 9.6: what is behind it is for another connection */
            verdict = ended(reading);
        *ret_over = gives_up;
    }
    answer_free(&answer);
    return verdict;
}

/* RFC 9112 9.3: HTTP/1.0 is kept where the server wishes; 9.6: a server may end any connection when
 * it says so, but then a row about what keeps it has not passed. */
static bool is_about_persistence(const struct row *row)
{
    return strncmp(row->source, "RFC 9112 9", 10) == 0 ||
           strncmp(row->source, "RFC 9110 7.6", 12) == 0;
}

static enum verdict follow_end(const struct reading *reading, const struct row_answer *last)
{
    enum verdict verdict = ended(reading);
    bool may_stay = reading->end == STAYS;
    bool may_end = true;
    if (reading->end == STAYS)
        may_end = reading->may_end || is_old(reading->row) ||
                  (reading->closes && (reading->refused || !is_about_persistence(reading->row)));
    else
        may_stay = reading->refused && !reading->closes && is_framed(reading->row, last->status);
    if (may_end && (verdict != VERDICT_FAILED || !may_stay))
        return verdict;
    return probed(reading, reading->takes || reading->end != STAYS);
}

static enum verdict follow(struct reading *reading, const char *list)
{
    struct row_answer want = {0};
    bool over = false;
    while (row_answer_next(&list, &want)) {
        if (want.status / 100 == 1)
            continue;
        enum verdict verdict = follow_answer(reading, &want, *list == '\0', &over);
        if (verdict != VERDICT_PASSED || over)
            return verdict;
    }
    return follow_end(reading, &want);
}

/* No answer, nor an end. */
static enum verdict follow_wait(const struct reading *reading)
{
    struct answer answer;
    struct tri_slice rest = reading->rest;
    while (answer_read(&answer, rest, false, false) == ANSWER_WHOLE && answer.status / 100 == 1) {
        rest = tri_slice_from(rest, answer.used);
        answer_free(&answer);
    }
    answer_free(&answer);
    if (rest.len > 0)
        return failed(reading, "it is answered");
    return reading->transcript->over ? VERDICT_PASSED : VERDICT_OPEN;
}

/* A body without a head, up to the end. */
static enum verdict follow_simple(const struct reading *reading)
{
    struct tri_slice got = reading->rest;
    if (!reading->transcript->over)
        return VERDICT_OPEN;
    bool ok = got.len > 0 && reading->transcript->eof && strncmp(got.at, "HTTP/", 5) != 0 &&
              !memmem(got.at, got.len, ROW_PROBED.at, ROW_PROBED.len);
    return ok ? VERDICT_PASSED : failed(reading, "it is no answer of HTTP/0.9");
}

static enum verdict follow_freedom(struct reading *reading, enum freedom freedom)
{
    const char *answers = reading->row->answers;
    switch (freedom) {
    case LETTER:
    case NOT_COMPARED:
        break;
    case TAKES:
    case RESOLVES:
        reading->takes = true;
        reading->resolves = freedom == RESOLVES;
        reading->end = STAYS;
        reading->may_end = true;
        return follow(reading, answers);
    case TAKES_ONCE:
        reading->takes = true;
        reading->end = CLOSES;
        return follow(reading, answers);
    case REFUSES:
        reading->end = CLOSES;
        return follow(reading, row_is_to_head(reading->row, 0) ? "400-" : "400");
    case SKIPS_RESIDUE:
        reading->end = CLOSES;
        reading->resolves = true;
        return follow(reading, row_is_to_head(reading->row, 0) ? "200- 400" : "200 400");
    case WAITS:
        return follow_wait(reading);
    case SIMPLE:
        return follow_simple(reading);
    }
    return VERDICT_FAILED;
}

enum verdict judge(const struct row *row, enum freedom freedom, const struct transcript *transcript,
                   struct tri_error *why)
{
    struct tri_error unused;
    struct reading reading = {.row = row,
                              .transcript = transcript,
                              .end = row->end,
                              .rest = transcript->bytes,
                              .why = why};
    struct reading free = reading;
    free.why = &unused;
    enum verdict by_letter = follow(&reading, row->answers);
    if (by_letter == VERDICT_PASSED)
        return by_letter;
    enum verdict by_freedom = follow_freedom(&free, freedom);
    return by_freedom == VERDICT_FAILED ? by_letter : by_freedom;
}
