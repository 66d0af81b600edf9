/*
 * test_tls_tickets.c - tickets of a session: who can read them, and for how long.
 */
#include "server/net/tls_tickets.h"

#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "handshakes.h"
#include "server/base/clock.h"
#include "server/base/error.h"

TestSuite(net_tls_tickets, .timeout = 60);

static const struct tri_tls_host host = {.name = NULL};

static struct tri_tls *open_tls(int64_t session_ns)
{
    struct tri_error error;
    const struct tri_tls_plan plan = {
        .hosts = &host, .host_count = 1, .self_signed = true, .session_ns = session_ns};
    struct tri_tls *tls = tri_tls_new(&plan, &error);
    cr_assert(tls != NULL, "%s", error.text);
    return tls;
}

/* OpenSSL's client does not call back for a new ticket of a resumed session of TLS 1.2. */
static bool is_renewed(const SSL_SESSION *now, const SSL_SESSION *before)
{
    const unsigned char *a, *b;
    size_t a_len, b_len;
    SSL_SESSION_get0_ticket(now, &a, &a_len);
    SSL_SESSION_get0_ticket(before, &b, &b_len);
    return SSL_SESSION_get_protocol_version(now) == TLS1_2_VERSION &&
           (a_len != b_len || memcmp(a, b, a_len) != 0);
}

/* One connection; was the session resumed? *ret_next: the ticket that came with it, owned. */
static bool visit(struct tri_tls *tls, int version, SSL_SESSION *session, SSL_SESSION **ret_next)
{
    struct handshake pair;
    char byte;
    handshake_open(&pair, tls);
    SSL_set_min_proto_version(pair.ssl, version);
    SSL_set_max_proto_version(pair.ssl, version);
    SSL_SESSION *copy = session ? SSL_SESSION_dup(session) : NULL;
    if (copy)
        SSL_set_session(pair.ssl, copy);
    cr_assert(handshake_run(&pair) == TRI_IO_OK);
    handshake_take(&pair, &byte, 1);
    bool resumed = pair.stream.transport->secured(&pair.stream)->resumed;
    cr_assert(resumed == (SSL_session_reused(pair.ssl) == 1));
    if (ret_next) {
        *ret_next = pair.session;
        pair.session = NULL;
        if (!*ret_next && copy && is_renewed(SSL_get0_session(pair.ssl), session))
            *ret_next = SSL_get1_session(pair.ssl);
    }
    SSL_SESSION_free(copy);
    handshake_close(&pair);
    return resumed;
}

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

Test(net_tls_tickets, a_ticket_is_good_again_and_a_reload_does_not_matter)
{
    struct tri_tls *tls = open_tls(3600 * TRI_SECOND);
    for (int i = 0; i < 2; i++) {
        SSL_SESSION *first, *next;
        cr_expect(!visit(tls, versions[i], NULL, &first) && first);
        cr_expect(visit(tls, versions[i], first, &next));
        cr_expect((next != NULL) == (versions[i] == TLS1_3_VERSION), "they are used once");
        cr_assert(tri_tls_reload(tls, NULL));
        cr_expect(visit(tls, versions[i], first, NULL));
        SSL_SESSION_free(first), SSL_SESSION_free(next);
    }
    tri_tls_free(tls);
}

Test(net_tls_tickets, a_ticket_of_others_is_none)
{
    struct tri_tls *tls = open_tls(3600 * TRI_SECOND), *other = open_tls(3600 * TRI_SECOND);
    for (int i = 0; i < 2; i++) {
        SSL_SESSION *first;
        visit(tls, versions[i], NULL, &first);
        cr_expect(!visit(other, versions[i], first, NULL));
        SSL_SESSION_free(first);
    }
    tri_tls_free(tls), tri_tls_free(other);
}

/* Made here, read by a child, and the other way round. */
Test(net_tls_tickets, processes_share_keys)
{
    SSL_SESSION *first, *from_child;
    int status, pipes[2];
    unsigned char bytes[4096];
    struct tri_tls *tls = open_tls(3600 * TRI_SECOND);
    cr_assert(pipe(pipes) == 0);
    pid_t pid = fork();
    if (pid == 0) { /* the first that makes one: keys begin in here */
        unsigned char *at = bytes;
        visit(tls, TLS1_3_VERSION, NULL, &first);
        int len = i2d_SSL_SESSION(first, &at);
        _exit(len > 0 && write(pipes[1], bytes, (size_t)len) == len ? 0 : 1);
    }
    cr_assert(waitpid(pid, &status, 0) == pid && status == 0);
    ssize_t len = read(pipes[0], bytes, sizeof(bytes));
    const unsigned char *at = bytes;
    from_child = d2i_SSL_SESSION(NULL, &at, len);
    cr_assert(from_child != NULL);
    cr_expect(visit(tls, TLS1_3_VERSION, from_child, &first));
    pid = fork();
    if (pid == 0)
        _exit(visit(tls, TLS1_3_VERSION, first, NULL) ? 0 : 1);
    cr_expect(waitpid(pid, &status, 0) == pid && status == 0, "the child cannot read it");
    SSL_SESSION_free(first), SSL_SESSION_free(from_child);
    close(pipes[0]), close(pipes[1]);
    tri_tls_free(tls);
}

/*
 * Sessions of so short a life that keys rotate while the test looks on. What is expected depends on
 * the time that has passed for certain, so a slow machine only sees less.
 */
Test(net_tls_tickets, keys_rotate_and_old_ones_are_forgotten)
{
    enum { LIFE_S = 2, HALF_S = LIFE_S / 2 }; /* a key makes tickets for half of it */
    const struct timespec span = {0, 50 * TRI_MILLISECOND};
    int64_t began_ns = tri_clock_now();
    struct tri_tls *tls = open_tls(LIFE_S * TRI_SECOND);
    SSL_SESSION *first, *next;
    visit(tls, TLS1_2_VERSION, NULL, &first);
    int64_t made_ns = tri_clock_now();
    cr_assert(first != NULL);
    for (bool resumed = true; resumed;) {
        int64_t young_ns = tri_clock_now() - made_ns;
        resumed = visit(tls, TLS1_2_VERSION, first, &next);
        int64_t old_ns = tri_clock_now() - began_ns;
        cr_assert(young_ns < 30 * TRI_SECOND, "it is good for ever");
        cr_assert(resumed || old_ns >= HALF_S * TRI_SECOND, "it is forgotten too early");
        cr_assert(!resumed || !next || old_ns >= HALF_S * TRI_SECOND, "a new key too early");
        cr_assert(!resumed || next || young_ns <= HALF_S * TRI_SECOND, "the key does not change");
        SSL_SESSION_free(next);
        nanosleep(&span, NULL);
    }
    SSL_SESSION_free(first);
    tri_tls_free(tls);
}
