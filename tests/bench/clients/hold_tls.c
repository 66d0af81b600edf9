/*
 * hold_tls.c - hold.c over TLS: clients that had one request answered and then sit idle.
 *
 *     hold_tls PORT CONNECTIONS PATH       prints "held=N errors=N" when all have been answered
 *
 * A client's own state of TLS is dropped after the reply: what is held is its descriptor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "tests/bench/clients/client.h"

/* A head and a body that came in one or more records; 13 bytes end it: "Hello, world!". */
static int is_answered(SSL *ssl, const char *request)
{
    char reply[CLIENT_HEAD_BYTES + 1];
    size_t len = 0;
    int n = SSL_write(ssl, request, (int)strlen(request));
    do {
        n = n > 0 ? SSL_read(ssl, reply + len, (int)(sizeof(reply) - 1 - len)) : n;
        len += n > 0 ? (size_t)n : 0;
        reply[len] = '\0';
    } while (n > 0 && !strstr(reply, "\r\n\r\nHello, world!"));
    return n > 0 && strncmp(reply, "HTTP/1.1 200", 12) == 0;
}

static int hold_one(SSL_CTX *ctx, const char *port, const char *request)
{
    static struct client_connection c;
    const struct timeval limit = {20, 0};
    if (!client_connect(&c, port))
        return 0;
    setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    client_block(&c);
    SSL *ssl = SSL_new(ctx);
    int ok =
        ssl && SSL_set_fd(ssl, c.fd) == 1 && SSL_connect(ssl) == 1 && is_answered(ssl, request);
    SSL_free(ssl);
    return ok;
}

int main(int argc, char *argv[])
{
    if (argc != 4) {
        fprintf(stderr, "usage: hold_tls PORT CONNECTIONS PATH\n");
        return 2;
    }
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (!ctx)
        return 1;
    const char *request = client_request(argv[3], NULL);
    long wanted = client_number(argv[2]), held = 0, refused = 0;
    for (long i = 0; i < wanted; i++) {
        if (hold_one(ctx, argv[1], request))
            held++;
        else if (++refused > 100) /* then it is pointless to go on */
            break;
    }
    printf("held=%ld errors=%ld\n", held, wanted - held);
    fflush(stdout);
    pause();
    return 0;
}
