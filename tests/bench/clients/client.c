/*
 * client.c - one connection, its reply, and how long replies took; see client.h.
 */
#include "tests/bench/clients/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int64_t client_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

const char *client_request(const char *path, const char *field)
{
    static char request[1024];
    int len = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s%s\r\n",
                       path, field ? field : "", field ? "\r\n" : "");
    if (len < 0 || (size_t)len >= sizeof(request)) {
        fprintf(stderr, "the path is too long\n");
        exit(2);
    }
    return request;
}

int client_connect(struct client_connection *c, const char *port)
{
    const int on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    *c = (struct client_connection){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (c->fd < 0)
        return 0;
    if (connect(c->fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        client_close(c);
        return 0;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    return 1;
}

void client_block(struct client_connection *c)
{
    fcntl(c->fd, F_SETFL, 0);
}

void client_close(struct client_connection *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

int client_send(struct client_connection *c, const char *request)
{
    size_t len = strlen(request);
    c->where = IN_HEAD;
    c->head_bytes = 0;
    return send(c->fd, request, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1;
}

/* What the head says of the body. */
static enum client_reply take_head(struct client_connection *c)
{
    const char *length = strcasestr(c->head, "\r\nContent-Length:");
    if (sscanf(c->head, "HTTP/1.1 %d ", &c->status) != 1)
        return CLIENT_MALFORMED;
    c->left = 0;
    if (strcasestr(c->head, "\r\nTransfer-Encoding: chunked"))
        c->where = IN_SIZE;
    else if (!length)
        return CLIENT_MALFORMED; /* would end with the connection */
    else {
        c->left = strtoull(length + strlen("\r\nContent-Length:"), NULL, 10);
        c->where = c->left > 0 ? IN_BODY : IN_END;
    }
    return CLIENT_MORE;
}

/* One byte of a head or of the line before a chunk, in which `left` gathers the size. */
static enum client_reply take_byte(struct client_connection *c, char byte)
{
    if (c->where == IN_SIZE) {
        const char digits[] = "0123456789abcdef", *digit = strchr(digits, byte | 0x20);
        if (byte == '\n') {
            c->where = IN_CHUNK;
            c->head_bytes = c->left == 0; /* the last one: its line end ends the reply */
            c->left += 2;
        } else if (byte != '\r' && digit)
            c->left = c->left * 16 + (uint64_t)(digit - digits);
        return CLIENT_MORE;
    }
    if (c->head_bytes == CLIENT_HEAD_BYTES)
        return CLIENT_MALFORMED;
    c->head[c->head_bytes++] = byte;
    if (c->head_bytes < 4 || memcmp(c->head + c->head_bytes - 4, "\r\n\r\n", 4) != 0)
        return CLIENT_MORE;
    c->head[c->head_bytes] = '\0';
    return take_head(c);
}

static enum client_reply take(struct client_connection *c, const char *bytes, size_t len)
{
    while (len > 0 && c->where != IN_END) {
        size_t n = 1;
        if (c->where == IN_HEAD || c->where == IN_SIZE) {
            if (take_byte(c, *bytes) == CLIENT_MALFORMED)
                return CLIENT_MALFORMED;
        } else {
            n = len < c->left ? len : (size_t)c->left;
            c->left -= n;
            if (c->left == 0)
                c->where = c->where == IN_CHUNK && !c->head_bytes ? IN_SIZE : IN_END;
        }
        bytes += n;
        len -= n;
    }
    if (c->where != IN_END)
        return CLIENT_MORE;
    return len == 0 ? CLIENT_DONE : CLIENT_MALFORMED;
}

enum client_reply client_read(struct client_connection *c)
{
    static char bytes[256 * 1024];
    ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return CLIENT_MORE;
    return n <= 0 ? CLIENT_MALFORMED : take(c, bytes, (size_t)n);
}

void client_times_add(struct client_times *times, int64_t ns)
{
    if (times->count == times->room) {
        times->room = times->room ? times->room * 2 : 65536;
        times->ns = realloc(times->ns, times->room * sizeof(*times->ns));
        if (!times->ns) {
            perror("times");
            exit(1);
        }
    }
    times->ns[times->count++] = ns;
}

static int by_time(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static double percentile_us(const struct client_times *times, double share)
{
    size_t at = (size_t)((double)times->count * share);
    if (times->count == 0)
        return 0;
    return (double)times->ns[at < times->count ? at : times->count - 1] / 1000;
}

void client_times_print(struct client_times *times, const char *name)
{
    if (times->count > 0)
        qsort(times->ns, times->count, sizeof(*times->ns), by_time);
    printf(" %sp50=%.0f %sp99=%.0f %sp999=%.0f %smax=%.0f", name, percentile_us(times, 0.5), name,
           percentile_us(times, 0.99), name, percentile_us(times, 0.999), name,
           percentile_us(times, 1));
}

long client_number(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);
    if (*end || number <= 0) {
        fprintf(stderr, "\"%s\" is not a number above 0\n", text);
        exit(2);
    }
    return number;
}
