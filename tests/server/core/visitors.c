/*
 * visitors.c - addresses to come from, and a server with no seat left; see visitors.h.
 */
#include "visitors.h"

#include <criterion/criterion.h>

#include "server/core/clients.h"

void visitors_deinit(void)
{
    wire_close(); /* it may be counted */
    tri_clients_free(service.clients);
    wire_deinit();
}

struct tri_ip ip(const char *text)
{
    struct tri_ip parsed;
    cr_assert(tri_ip_parse(tri_slice_of(text), &parsed), "%s", text);
    return parsed;
}

void come_from(const char *peer)
{
    wire.peer = ip(peer);
    wire_open();
}

bool is_idle(struct tri_wish wish)
{
    return wish.bits == (TRI_WISH_READ | TRI_WISH_IDLE);
}

struct tri_conn seated[2];

void fill_seats(void)
{
    wire_close();
    service.limits.connections = wire_others = 2;
    for (int i = 0; i < 2; i++) {
        tri_conn_open(&seated[i], tri_stream_plain(-1), NULL, &service, clock_ns);
        cr_assert(seated[i].admission == TRI_ADMISSION_OPEN);
    }
}

void empty_seats(void)
{
    for (int i = 0; i < 2; i++)
        tri_conn_abort(&seated[i]);
    wire_others = 0;
}
