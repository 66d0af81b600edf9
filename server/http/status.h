/*
 * status.h - the status codes this server sends, with their reason phrases (RFC 9110 15).
 */
#pragma once

#include "server/base/slice.h"

#define TRI_STATUS_MAP(X)                                                                          \
    X(100, CONTINUE, "Continue")                                                                   \
    X(200, OK, "OK")                                                                               \
    X(204, NO_CONTENT, "No Content")                                                               \
    X(206, PARTIAL_CONTENT, "Partial Content")                                                     \
    X(301, MOVED_PERMANENTLY, "Moved Permanently")                                                 \
    X(302, FOUND, "Found")                                                                         \
    X(303, SEE_OTHER, "See Other")                                                                 \
    X(304, NOT_MODIFIED, "Not Modified")                                                           \
    X(307, TEMPORARY_REDIRECT, "Temporary Redirect")                                               \
    X(308, PERMANENT_REDIRECT, "Permanent Redirect")                                               \
    X(400, BAD_REQUEST, "Bad Request")                                                             \
    X(401, UNAUTHORIZED, "Unauthorized")                                                           \
    X(403, FORBIDDEN, "Forbidden")                                                                 \
    X(404, NOT_FOUND, "Not Found")                                                                 \
    X(405, METHOD_NOT_ALLOWED, "Method Not Allowed")                                               \
    X(406, NOT_ACCEPTABLE, "Not Acceptable")                                                       \
    X(408, REQUEST_TIMEOUT, "Request Timeout")                                                     \
    X(410, GONE, "Gone")                                                                           \
    X(412, PRECONDITION_FAILED, "Precondition Failed")                                             \
    X(413, CONTENT_TOO_LARGE, "Content Too Large")                                                 \
    X(414, URI_TOO_LONG, "URI Too Long")                                                           \
    X(416, RANGE_NOT_SATISFIABLE, "Range Not Satisfiable")                                         \
    X(417, EXPECTATION_FAILED, "Expectation Failed")                                               \
    X(421, MISDIRECTED_REQUEST, "Misdirected Request")                                             \
    X(429, TOO_MANY_REQUESTS, "Too Many Requests")                                                 \
    X(431, HEAD_TOO_LARGE, "Request Header Fields Too Large")                                      \
    X(451, UNAVAILABLE_FOR_LEGAL_REASONS, "Unavailable For Legal Reasons")                         \
    X(500, INTERNAL_SERVER_ERROR, "Internal Server Error")                                         \
    X(501, NOT_IMPLEMENTED, "Not Implemented")                                                     \
    X(502, BAD_GATEWAY, "Bad Gateway")                                                             \
    X(503, SERVICE_UNAVAILABLE, "Service Unavailable")                                             \
    X(504, GATEWAY_TIMEOUT, "Gateway Timeout")                                                     \
    X(505, VERSION_NOT_SUPPORTED, "HTTP Version Not Supported")

enum tri_status {
#define X(code, name, reason) TRI_STATUS_##name = (code),
    TRI_STATUS_MAP(X)
#undef X
};

/* "Not Found"; "Unknown" for a code outside the table. Static text. */
const char *tri_status_reason(int status);

/* "HTTP/1.1 200 OK\r\n", static text; empty for a code outside the table. */
struct tri_slice tri_status_line(int status);
