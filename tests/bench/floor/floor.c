/*
 * floor.c - one socket and one reply; see floor.h.
 */
#include "tests/bench/floor/floor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The very reply of tri-httpd, with a date of its own length; `more` says that it is the last. */
#define REPLY(more)                                                                                \
    "HTTP/1.1 200 OK\r\n"                                                                          \
    "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"                                                      \
    "Content-Type: text/plain\r\n"                                                                 \
    "Content-Length: 13\r\n"                                                                       \
    "X-Content-Type-Options: nosniff\r\n" more "\r\n"                                              \
    "Hello, world!"

static const char reply[] = REPLY("");
static const char last_reply[] = REPLY("Connection: close\r\n");

enum { REPLY_BYTES = sizeof(reply) - 1, BATCH = FLOOR_READ_BYTES / 4 };

static char replies[BATCH * REPLY_BYTES]; /* as often as a read can ask for it */

int floor_closes;

int floor_listen(const char *port, int is_nonblocking)
{
    const int on = 1;
    for (int i = 0; i < BATCH; i++)
        memcpy(replies + i * REPLY_BYTES, reply, REPLY_BYTES);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | (is_nonblocking ? SOCK_NONBLOCK : 0), 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* its connections inherit it */
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, 65535) != 0) {
        perror("listen");
        exit(1);
    }
    return fd;
}

int floor_answer(int fd, const char *bytes, size_t len)
{
    const char *end = bytes + len;
    size_t waiting = 0;
    if (floor_closes) {
        send(fd, last_reply, sizeof(last_reply) - 1, MSG_NOSIGNAL);
        return -1;
    }
    while ((bytes = memmem(bytes, (size_t)(end - bytes), "\r\n\r\n", 4))) {
        bytes += 4;
        waiting += REPLY_BYTES;
    }
    return send(fd, replies, waiting, MSG_NOSIGNAL) == (ssize_t)waiting ? 0 : -1;
}
