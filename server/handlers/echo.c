/*
 * echo.c - the request's body as the reply's, while it still comes.
 *
 *     curl --data-binary @file http://127.0.0.1:8080/echo
 *
 * Back-pressure by construction: only what the reply accepted is taken from the request, so a
 * client that does not read is not read from, and no more than one piece is ever in memory.
 */
#include "server/handlers/handlers.h"

/* The request's Content-Type, unless it holds what could not be sent in a field again. */
static struct tri_slice type_of(const struct tri_request *request)
{
    const struct tri_slice *type = tri_fields_find(&request->fields, TRI_SLICE("content-type"));
    bool is_sane = type && type->len > 0;
    for (size_t i = 0; is_sane && i < type->len; i++)
        is_sane = type->at[i] >= ' ' && type->at[i] <= '~';
    return is_sane ? *type : TRI_SLICE("application/octet-stream");
}

static struct tri_next echo(struct tri_exchange *x)
{
    struct tri_slice piece = tri_body_piece(x);
    if (piece.len == 0 && !tri_body_is_done(x))
        return tri_next_body(); /* reply only once there is something: 100 Continue goes first */
    if (!tri_stream_has_begun(x) &&
        !tri_stream_begin(x, TRI_STATUS_OK, type_of(x->request), x->request->content_length))
        return tri_next_room();
    if (x->request->method == TRI_METHOD_HEAD)
        return tri_next_done();
    size_t accepted = tri_stream_write(x, piece);
    tri_body_take(x, accepted);
    if (accepted < piece.len)
        return tri_next_room();
    return tri_body_is_done(x) ? tri_next_done() : tri_next_body();
}

const struct tri_handler tri_handler_echo = {
    .name = "echo",
    .handle = echo,
    .methods = TRI_METHOD_GET | TRI_METHOD_POST | TRI_METHOD_PUT,
    .summary = "sends back the body you send, as it comes",
};
