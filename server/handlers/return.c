/*
 * return.c - redirects and fixed replies; see return.h.
 *
 *     curl -i http://127.0.0.1:8080/old     (route "/old" { return = "301 /new" })
 *
 * The configuration's text was taken apart by return_open.c; each request only joins the pieces.
 */
#include "server/handlers/return.h"

#include "server/handlers/handlers.h"
#include "server/http/escape.h"

/* Path and query as sent; "/" where there is none. */
static struct tri_slice request_uri(struct tri_exchange *x)
{
    const struct tri_target *target = &x->request->target;
    struct tri_slice rest = target->raw;
    if (target->form == TRI_TARGET_ABSOLUTE) /* behind scheme and authority */
        rest = tri_slice_from(
            rest, (size_t)(target->authority.at + target->authority.len - target->raw.at));
    if (rest.len > 0 && rest.at[0] == '?')
        return tri_arena_printf(x->arena, "/%.*s", (int)rest.len, rest.at);
    return rest.len > 0 && rest.at[0] == '/' ? rest : TRI_SLICE("/");
}

static struct tri_slice param_of(const struct tri_request *request, struct tri_slice name)
{
    for (uint32_t i = 0; i < request->param_count; i++)
        if (tri_slice_is(request->params[i].name, name))
            return request->params[i].value;
    return TRI_SLICE("");
}

/* What a piece stands for; at is NULL when out of memory. */
static struct tri_slice value_of(struct tri_exchange *x, const struct tri_return_piece *piece)
{
    const struct tri_request *request = x->request;
    struct tri_slice value = piece->text;
    bool is_decoded = false;
    switch (piece->kind) {
    case TRI_RETURN_TEXT:
        return value;
    case TRI_RETURN_QUERY:
        return request->target.query.len > 0 ? request->target.query : TRI_SLICE("");
    case TRI_RETURN_HOST: /* HTTP/1.0 need not say which */
        value = request->host.len > 0 ? tri_authority_host(request->host) : TRI_SLICE("localhost");
        break;
    case TRI_RETURN_REQUEST_URI:
        value = request_uri(x);
        break;
    case TRI_RETURN_PATH:
        value = request->target.path;
        is_decoded = true;
        break;
    case TRI_RETURN_PARAM:
        value = param_of(request, piece->text);
        is_decoded = true;
        break;
    }
    if (piece->in_query && value.at)
        return tri_escape_query(x->arena, value);
    return is_decoded ? tri_escape_path(x->arena, value) : value;
}

/* All pieces joined; at is NULL when out of memory. */
static struct tri_slice join(struct tri_exchange *x, const struct tri_return *reply)
{
    struct tri_slice values[TRI_RETURN_PIECES];
    for (unsigned i = 0; i < reply->count; i++) {
        values[i] = value_of(x, &reply->pieces[i]);
        if (!values[i].at)
            return values[i];
    }
    return tri_arena_join(x->arena, values, reply->count);
}

/*
 * "//name" is a host: a path that has become one, by "/$rest" and a request for "//evil.example",
 * is made a path again.
 */
static struct tri_slice confine(struct tri_slice target, struct tri_slice first)
{
    bool is_path = first.at[0] == '/' && !(first.len > 1 && first.at[1] == '/');
    while (is_path && target.len > 1 && target.at[1] == '/')
        target = tri_slice_from(target, 1);
    return target;
}

static struct tri_next reply_text(struct tri_exchange *x, const struct tri_return *reply)
{
    int status = reply->status;
    if (status == TRI_STATUS_NO_CONTENT)
        return tri_reply(x, status, TRI_SLICE(""), TRI_SLICE(""));
    struct tri_slice text = join(x, reply);
    if (!text.at)
        return tri_reply_exhausted(x);
    if (text.len > 0)
        return tri_reply_printf(x, status, "%.*s\n", (int)text.len, text.at);
    text = tri_arena_printf(x->arena, "%d %s\n", status, tri_status_reason(status));
    if (!text.at)
        return tri_reply_exhausted(x);
    return status >= 400 ? tri_reply_error(x, status, text)
                         : tri_reply(x, status, TRI_SLICE("text/plain; charset=utf-8"), text);
}

static struct tri_next handle(struct tri_exchange *x)
{
    const struct tri_return *reply = x->context;
    if (!reply->is_redirect)
        return reply_text(x, reply);
    struct tri_slice target = join(x, reply);
    if (!target.at)
        return tri_reply_exhausted(x);
    target = confine(target, reply->pieces[0].text);
    tri_reply_field(x, TRI_SLICE("Location"), target);
    return tri_reply_printf(x, reply->status, "%d %s: %.*s\n", reply->status,
                            tri_status_reason(reply->status), (int)target.len, target.at);
}

const struct tri_handler tri_handler_return = {
    .name = "return",
    .handle = handle,
    .methods = TRI_METHOD_GET | TRI_METHOD_HEAD | TRI_METHOD_POST | TRI_METHOD_PUT |
               TRI_METHOD_DELETE | TRI_METHOD_PATCH | TRI_METHOD_OPTIONS,
    .summary = "a redirect, or a reply that the configuration spells out",
};
