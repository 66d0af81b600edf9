/*
 * status.c - reason phrases, and status lines ready to be copied.
 */
#include "server/http/status.h"

const char *tri_status_reason(int status)
{
    switch (status) {
#define X(code, name, reason)                                                                      \
    case code:                                                                                     \
        return reason;
        TRI_STATUS_MAP(X)
#undef X
    default:
        return "Unknown";
    }
}

struct tri_slice tri_status_line(int status)
{
    switch (status) {
#define X(code, name, reason)                                                                      \
    case code:                                                                                     \
        return TRI_SLICE("HTTP/1.1 " #code " " reason "\r\n");
        TRI_STATUS_MAP(X)
#undef X
    default:
        return (struct tri_slice){"", 0};
    }
}
