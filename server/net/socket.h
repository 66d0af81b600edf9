/*
 * socket.h - what every row of the transport table does in the same way, encrypted or not: the
 * verbs of transport.h that are about the socket. For plain.c, tls_source.c and tls_stream.c.
 */
#pragma once

#include "server/net/transport.h"

/* recv(2) that never waits, whatever the descriptor would do. */
enum tri_io tri_socket_read(int fd, char *at, size_t room, size_t *got);

void tri_socket_restrain(struct tri_stream *stream);
uint32_t tri_socket_queued(struct tri_stream *stream);
struct tri_ip tri_socket_peer(struct tri_stream *stream);
bool tri_socket_is_gone(struct tri_stream *stream);
void tri_socket_shut(struct tri_stream *stream);
