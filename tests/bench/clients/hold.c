/*
 * hold.c - clients that had one request answered and then sit idle, until this program is ended.
 *
 *     hold PORT CONNECTIONS PATH           prints "held=N errors=N" when all have been answered
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/bench/clients/client.h"

enum { ANSWER_MS = 20000 }; /* Apache starts processes meanwhile */

static int is_answered(struct client_connection *c, const char *request)
{
    struct pollfd watched = {c->fd, POLLIN, 0};
    enum client_reply reply = CLIENT_MORE;
    if (client_send(c, request) != 0)
        return 0;
    while (reply == CLIENT_MORE && poll(&watched, 1, ANSWER_MS) > 0)
        reply = client_read(c);
    return reply == CLIENT_DONE && c->status == 200;
}

int main(int argc, char *argv[])
{
    if (argc != 4) {
        fprintf(stderr, "usage: hold PORT CONNECTIONS PATH\n");
        return 2;
    }
    const char *request = client_request(argv[3], NULL);
    long wanted = client_number(argv[2]), held = 0, refused = 0;
    static struct client_connection c; /* what is held is its descriptor */
    for (long i = 0; i < wanted; i++) {
        if (client_connect(&c, argv[1]) && is_answered(&c, request))
            held++;
        else if (++refused > 100) /* then it is pointless to go on */
            break;
    }
    printf("held=%ld errors=%ld\n", held, wanted - held);
    fflush(stdout);
    pause();
    return 0;
}
