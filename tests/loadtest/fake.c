/*
 * fake.c - see fake.h. Also a program of its own: fake PORT [STALL_MS EVERY_MS].
 */
#include "tests/loadtest/fake.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "tests/loadtest/delay.h"

#define TEXT(literal) literal, sizeof(literal) - 1
#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"

struct visitor {
    struct fake *fake;
    int fd;
    unsigned asked;
};

static bool say(int fd, const char *text, size_t len)
{
    return send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool is(const char *path, const char *name)
{
    size_t len = strlen(name);
    return strncmp(path, name, len) == 0 && strchr(" /", path[len]);
}

/* Text that goes on for as long as somebody takes it. */
static void say_forever(int fd, const char *head, const char *more)
{
    bool ok = say(fd, head, strlen(head));
    for (unsigned i = 0; ok && i < 1000000; i++) {
        ok = say(fd, more, strlen(more));
        usleep(1000);
    }
}

/* The wrong ones; each ends the connection. False: it is not one of them. */
static bool misbehave(const struct visitor *visitor, const char *path)
{
    struct linger hard = {1, 0};
    int fd = visitor->fd;
    if (is(path, "/short"))
        say(fd, TEXT("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"));
    else if (is(path, "/short-head"))
        say(fd, TEXT("HTTP/1.1 200 OK\r\nContent-Le"));
    else if (is(path, "/wrong"))
        say(fd, TEXT("SSH-2.0-OpenSSH_9.2\r\n"));
    else if (is(path, "/malformed"))
        say(fd, TEXT("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nhello"));
    else if (is(path, "/extra"))
        say(fd, TEXT(OK_HEAD "helloHTTP/1.1 200 OK\r\n"));
    else if (is(path, "/endless-head"))
        say_forever(fd, "HTTP/1.1 200 OK\r\n",
                    "X-And-So-On: and on and on and on and on and on\r\n");
    else if (is(path, "/endless-body"))
        say_forever(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n");
    else if (is(path, "/never"))
        delay_until(tri_clock_now() + 60 * TRI_SECOND);
    else if (is(path, "/reset"))
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    else
        return is(path, "/close");
    return true;
}

/* The late ones; `now_ns` is when the request arrived. */
static void delay(struct visitor *visitor, const char *path, int64_t now_ns)
{
    int64_t lead_ns = visitor->fake->leads ? delay_lead() : 0;
    if (is(path, "/delay")) {
        delay_until(now_ns - lead_ns + strtol(path + 7, NULL, 10) * TRI_MILLISECOND);
    } else if (is(path, "/bimodal")) {
        char *second;
        long first_ms = strtol(path + 9, &second, 10);
        long second_ms = strtol(second + 1, NULL, 10);
        long ms = visitor->asked % 10 == 0 ? second_ms : first_ms;
        delay_until(now_ns - lead_ns + ms * TRI_MILLISECOND);
    } else if (is(path, "/stall")) {
        int64_t until_ns = atomic_load(&visitor->fake->stall_until_ns);
        if (until_ns == 0) { /* the first one begins it: /stall/MS */
            until_ns = now_ns + strtol(path + 7, NULL, 10) * TRI_MILLISECOND;
            atomic_store(&visitor->fake->stall_until_ns, until_ns);
        }
        if (until_ns > now_ns)
            delay_until(until_ns);
    }
}

/* The right ones; false when the connection ends with it. */
static bool answer(const struct visitor *visitor, const char *path)
{
    int fd = visitor->fd;
    if (is(path, "/404"))
        return say(fd, TEXT("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
    if (is(path, "/503"))
        return say(fd, TEXT("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"));
    if (is(path, "/chunked"))
        return say(fd, TEXT("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"));
    if (is(path, "/interim"))
        return say(fd, TEXT("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" OK_HEAD "hello"));
    if (is(path, "/head-cut")) { /* byte by byte over a while */
        static const char whole[] = OK_HEAD "hello";
        for (size_t i = 0; i < sizeof(whole) - 1; i++) {
            if (!say(fd, whole + i, 1))
                return false;
            usleep(200);
        }
        return true;
    }
    if (is(path, "/until-close")) {
        say(fd, TEXT("HTTP/1.1 200 OK\r\n\r\nhello"));
        return false;
    }
    return say(fd, TEXT(OK_HEAD "hello"));
}

/* What the late ones really were; asked for when nobody else asks. */
static bool tell_delays(int fd)
{
    char text[128], whole[256];
    delay_tell(text, sizeof(text));
    int len = snprintf(whole, sizeof(whole), "HTTP/1.0 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
                       strlen(text), text);
    return say(fd, whole, (size_t)len);
}

static bool echo(int fd, const char *body, size_t len)
{
    char head[64];
    int head_len =
        snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", len);
    return say(fd, head, (size_t)head_len) && say(fd, body, len);
}

/* What the head says; 0 when it says nothing. */
static size_t body_length(const char *head, size_t len)
{
    const char *field = memmem(head, len, "Content-Length:", 15);
    return field ? strtoul(field + 15, NULL, 10) : 0;
}

static void *serve(void *context)
{
    struct visitor *visitor = context;
    char bytes[65536];
    size_t len = 0;
    int64_t arrived_ns = tri_clock_now();
    for (;;) {
        char *end;
        while (!(end = len ? memmem(bytes, len, "\r\n\r\n", 4) : NULL)) {
            ssize_t got = delay_receive(visitor->fd, bytes + len, sizeof(bytes) - len, &arrived_ns);
            if (got <= 0)
                goto done;
            len += (size_t)got;
        }
        const char *path = memchr(bytes, ' ', len);
        size_t body = body_length(bytes, (size_t)(end + 4 - bytes));
        if (body > sizeof(bytes) - (size_t)(end + 4 - bytes))
            break;
        while (len < (size_t)(end + 4 - bytes) + body) {
            ssize_t got = delay_receive(visitor->fd, bytes + len, sizeof(bytes) - len, &arrived_ns);
            if (got <= 0)
                goto done;
            len += (size_t)got;
        }
        visitor->asked++;
        if (is(path + 1, "/delays")) {
            tell_delays(visitor->fd);
            break;
        }
        if (misbehave(visitor, path + 1))
            break;
        delay(visitor, path + 1, arrived_ns);
        int64_t sending_ns = tri_clock_now();
        bool goes_on =
            is(path + 1, "/echo") ? echo(visitor->fd, end + 4, body) : answer(visitor, path + 1);
        delay_count(visitor->fd, arrived_ns, sending_ns);
        atomic_fetch_add(&visitor->fake->served, 1);
        if (!goes_on)
            break;
        size_t used = (size_t)(end + 4 - bytes) + body;
        memmove(bytes, bytes + used, len - used);
        len -= used;
    }
done:
    close(visitor->fd);
    free(visitor);
    return NULL;
}

static void *accept_all(void *context)
{
    struct fake *fake = context;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&small, 512 * 1024);
    for (;;) {
        pthread_t thread;
        int on = 1, fd = accept(fake->listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        delay_prepare(fd);
        atomic_fetch_add(&fake->connections, 1);
        struct visitor *visitor = calloc(1, sizeof(*visitor));
        tri_assert(visitor);
        *visitor = (struct visitor){fake, fd, 0};
        tri_assert(pthread_create(&thread, &small, serve, visitor) == 0);
    }
}

void fake_open(struct fake *fake, unsigned short port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    pthread_t thread;
    int on = 1;
    fake->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fake->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    tri_assert(bind(fake->listener, (struct sockaddr *)&address, sizeof(address)) == 0);
    tri_assert(listen(fake->listener, 1024) == 0);
    getsockname(fake->listener, (struct sockaddr *)&address, &size);
    fake->port = ntohs(address.sin_port);
    tri_assert(pthread_create(&thread, NULL, accept_all, fake) == 0);
    pthread_detach(thread);
}

void fake_close(struct fake *fake)
{
    shutdown(fake->listener, SHUT_RDWR);
    close(fake->listener);
}

#ifdef FAKE_MAIN
/* Stalls for STALL_MS at the end of each EVERY_MS, until it is killed. */
int main(int argc, char *argv[])
{
    static struct fake fake;
    if (argc < 2)
        return 2;
    fake.stall_until_ns = 1;
    fake.leads = true;
    signal(SIGPIPE, SIG_IGN);
    fake_open(&fake, (unsigned short)strtol(argv[1], NULL, 10));
    int64_t stall_ns = argc > 3 ? strtol(argv[2], NULL, 10) * TRI_MILLISECOND : 0;
    int64_t every_ns = argc > 3 ? strtol(argv[3], NULL, 10) * TRI_MILLISECOND : TRI_SECOND;
    for (int64_t at_ns = tri_clock_now();; at_ns += every_ns) {
        delay_until(at_ns + every_ns - stall_ns);
        atomic_store(&fake.stall_until_ns, at_ns + every_ns);
    }
}
#endif
