/*
 * handlers.c - the table of handlers and the laboratory's routes. A new handler is listed here.
 */
#include "server/handlers/handlers.h"

#include <stddef.h>

const struct tri_handler *const tri_handlers[] = {
    &tri_handler_hello,
    &tri_handler_json,
    &tri_handler_users,
    &tri_handler_address,
    &tri_handler_health,
    &tri_handler_files,
    &tri_handler_site,
    &tri_handler_echo,
    &tri_handler_bytes,
    &tri_handler_sleep,
    &tri_handler_stream,
    &tri_handler_events,
    &tri_handler_block,
    &tri_handler_cpu,
    &tri_handler_parrot,
    &tri_handler_tls,
    NULL,
};

const struct tri_lab_route tri_lab_routes[] = {
    {"/hello", &tri_handler_hello, "inline", "/hello"},
    {"/json", &tri_handler_json, "inline", "/json"},
    {"/users/:id", &tri_handler_users, "inline", "/users/ada"},
    {"/address", &tri_handler_address, "inline", "/address"},
    {"/tls", &tri_handler_tls, "inline", "/tls"},
    {"/echo", &tri_handler_echo, "step", "/echo"},
    {"/bytes", &tri_handler_bytes, "step", "/bytes?n=65536"},
    {"/sleep", &tri_handler_sleep, "step", "/sleep?ms=300"},
    {"/stream", &tri_handler_stream, "step", "/stream?n=10&ms=100"},
    {"/events", &tri_handler_events, "step", "/events?n=10&ms=500"},
    {"/block", &tri_handler_block, "blocking", "/block?ms=300"},
    {"/cpu", &tri_handler_cpu, "blocking", "/cpu?ms=300"},
    {"/parrot", &tri_handler_parrot, "blocking", "/parrot?ms=300"},
    {NULL, NULL, NULL, NULL},
};
