/*
 * answer.c - replies that no handler makes; see answer.h.
 */
#include "server/core/answer.h"

#include <stdio.h>

#include "server/http/method.h"

const struct tri_refusal tri_refusal_head_timeout = {408, "The head of the request took too long",
                                                     "RFC 9110 15.5.9"};
const struct tri_refusal tri_refusal_body_timeout = {408, "The body of the request took too long",
                                                     "RFC 9110 15.5.9"};
const struct tri_refusal tri_refusal_head_cut = {400, "The request ended before its head did",
                                                 "RFC 9112 8"};
const struct tri_refusal tri_refusal_body_cut = {400, "The request ended before its body did",
                                                 "RFC 9112 8"};
const struct tri_refusal tri_refusal_memory = {
    500, "The reply needs more memory than one exchange may use", "RFC 9110 15.6.1"};
const struct tri_refusal tri_refusal_too_many = {503, "Too many connections are open",
                                                 "RFC 9110 15.6.4"};
const struct tri_refusal tri_refusal_share = {429, "This address has too many connections open",
                                              "RFC 6585 4"};
const struct tri_refusal tri_refusal_no_thread = {503, "Too many blocking requests are waiting",
                                                  "RFC 9110 15.6.4"};

const struct tri_refusal tri_refusal_plain = {400, "This port speaks TLS: ask by https",
                                              "RFC 9110 4.2.2"};
const struct tri_refusal tri_refusal_https = {421, "An https URI on a connection without TLS",
                                              "RFC 9110 7.4"};
const struct tri_refusal tri_refusal_guarded = {
    421, "This host asks for a certificate, which this connection did not", "RFC 9110 7.4"};

void tri_answer_unrouted(struct tri_exchange *x, enum tri_match match, unsigned allowed)
{
    char list[64];
    bool is_options = x->request->method == TRI_METHOD_OPTIONS;
    if (match == TRI_MATCH_NO_PATH) {
        tri_reply_error(x, TRI_STATUS_NOT_FOUND, TRI_SLICE("404 Not Found\n"));
        return;
    }
    size_t len = tri_method_list(allowed, list);
    struct tri_slice allow = tri_arena_copy(x->arena, (struct tri_slice){list, len});
    if (!allow.at) {
        tri_answer_refusal(x, &tri_refusal_memory);
        return;
    }
    tri_reply_field(x, TRI_SLICE("Allow"), allow); /* RFC 9110 9.3.7, 15.5.6 */
    if (is_options)
        tri_reply(x, TRI_STATUS_NO_CONTENT, (struct tri_slice){NULL, 0},
                  (struct tri_slice){NULL, 0});
    else
        tri_reply_error(x, TRI_STATUS_METHOD_NOT_ALLOWED, TRI_SLICE("405 Method Not Allowed\n"));
}

bool tri_answer_to_https(struct tri_exchange *x, uint16_t port)
{
    const struct tri_target *target = &x->request->target;
    struct tri_slice host = tri_authority_host(x->request->host), place = target->raw;
    if (target->form == TRI_TARGET_ABSOLUTE)
        place = tri_slice_from(place,
                               (size_t)(target->authority.at - place.at) + target->authority.len);
    else if (target->form != TRI_TARGET_ORIGIN)
        return false;
    if (host.len == 0)
        return false;
    const char *root = place.len == 0 || place.at[0] != '/' ? "/" : "";
    char named[8] = "";
    if (port != 443)
        snprintf(named, sizeof(named), ":%u", port);
    struct tri_slice to = tri_arena_printf(x->arena, "https://%.*s%s%s%.*s", (int)host.len, host.at,
                                           named, root, (int)place.len, place.at);
    if (!to.at) {
        tri_answer_refusal(x, &tri_refusal_memory);
        return true;
    }
    tri_reply_field(x, TRI_SLICE("Location"), to);
    tri_reply(x, TRI_STATUS_PERMANENT_REDIRECT, (struct tri_slice){NULL, 0},
              (struct tri_slice){NULL, 0});
    return true;
}

void tri_answer_too_fast(struct tri_exchange *x, uint32_t retry_s)
{
    struct tri_slice after = tri_arena_printf(x->arena, "%u", retry_s);
    if (after.at)
        tri_reply_field(x, TRI_SLICE("Retry-After"), after);
    tri_reply_error(x, TRI_STATUS_TOO_MANY_REQUESTS,
                    TRI_SLICE("429 Too Many Requests: This address asks too fast (RFC 6585 4)\n"));
}

void tri_answer_refusal(struct tri_exchange *x, const struct tri_refusal *refusal)
{
    struct tri_response *response = &x->response;
    const struct tri_policy *policy = response->policy;
    tri_response_deinit(response);
    tri_response_init(response);
    response->policy = policy;
    x->failed = false;
    response->close = true;
    if (refusal->status == TRI_STATUS_SERVICE_UNAVAILABLE ||
        refusal->status == TRI_STATUS_TOO_MANY_REQUESTS)
        tri_reply_field(x, TRI_SLICE("Retry-After"), TRI_SLICE("1"));
    bool by_rule = refusal->rfc[0] != '\0'; /* else by a limit of ours */
    struct tri_slice text = tri_arena_printf(x->arena, "%d %s: %s%s%s%s\n", refusal->status,
                                             tri_status_reason(refusal->status), refusal->reason,
                                             by_rule ? " (" : "", refusal->rfc, by_rule ? ")" : "");
    tri_reply_error(x, refusal->status, text.at ? text : tri_slice_of(refusal->reason));
}
