/*
 * return.h - replies that a configuration spells out: `return = "301 https://example.org/"`.
 *
 *     return = "308 https://$host$request_uri"     redirects say where to
 *     return = "301 /users/$id"                    on a route "/people/:id"
 *     return = "410 this page is gone"             the rest a text/plain body, or nothing
 *
 * Variables: $NAME (a parameter of the route, decoded), else $host (the request's, without port),
 * $request_uri (path and query, as sent), $path (decoded, without dot segments) and $query (as
 * sent, without "?"); $$ is a dollar sign. On a route "/docs/" + "*path", $path is the parameter.
 *
 * What a client sent stays in its place. All but $query is percent-encoded where it needs to be: in
 * a path, and behind a "?" or "#" so that it is one value and adds no other. None can begin a field
 * or a line. The host of a redirect is the configuration's, but where $host asks for the Host
 * field.
 */
#pragma once

#include "server/base/slice.h"

#include <stdbool.h>

struct tri_error;

#define TRI_RETURN_PIECES 16 /* runs of text and variables in one reply at most */

enum tri_return_kind {
    TRI_RETURN_TEXT,
    TRI_RETURN_HOST,
    TRI_RETURN_REQUEST_URI,
    TRI_RETURN_PATH,
    TRI_RETURN_QUERY,
    TRI_RETURN_PARAM,
};

struct tri_return_piece {
    enum tri_return_kind kind;
    bool in_query;         /* of a redirect, and its path may have ended before */
    struct tri_slice text; /* borrowed; the text, or a parameter's name */
};

/* Context of tri_handler_return. Threads: immutable once open. Owns nothing. */
struct tri_return {
    int status;
    bool is_redirect;
    unsigned count;
    struct tri_return_piece pieces[TRI_RETURN_PIECES];
};

/*
 * Read "STATUS" or "STATUS TEXT".
 *   text     borrowed; outlives the reply
 *   pattern  of its route, whose parameters may be named; borrowed for the call
 *   returns  false with *error: no status from 200 to 599, or one that needs more than a text;
 *            text where none may be; a redirect without a target or to one that is no http
 *            address; an unknown variable
 */
bool tri_return_open(struct tri_return *reply, const char *text, const char *pattern,
                     struct tri_error *error);
