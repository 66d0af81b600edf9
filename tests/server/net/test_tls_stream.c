/*
 * test_tls_stream.c - the rows of the transport table over a pair of sockets: what each verb says
 * of a peer that is whole, slow, cut off, changing keys or no peer of TLS at all.
 */
#include "server/net/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "handshakes.h"
#include "server/base/clock.h"
#include "server/base/error.h"

static const struct tri_tls_host host = {.name = NULL};
static struct tri_tls *tls;
static unsigned failures;
static char reason[128];

static void failed(const struct tri_ip *peer, const char *why)
{
    (void)peer;
    failures++;
    snprintf(reason, sizeof(reason), "%s", why);
}

static void make(void)
{
    const struct tri_tls_plan plan = {.hosts = &host,
                                      .host_count = 1,
                                      .self_signed = true,
                                      .session_ns = TRI_SECOND,
                                      .failed = failed};
    tls = tri_tls_new(&plan, NULL);
    cr_assert(tls != NULL);
}

static void drop(void)
{
    tri_tls_free(tls);
}

TestSuite(net_tls_stream, .init = make, .fini = drop, .timeout = 60);

static struct handshake pair;

static void meet(int version)
{
    handshake_open(&pair, tls);
    cr_assert(SSL_set_min_proto_version(pair.ssl, version) == 1 &&
              SSL_set_max_proto_version(pair.ssl, version) == 1);
    cr_assert(handshake_run(&pair) == TRI_IO_OK);
}

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

Test(net_tls_stream, what_was_agreed_on_is_told_afterwards)
{
    for (int i = 0; i < 2; i++) {
        handshake_open(&pair, tls);
        cr_expect(pair.stream.transport->secured(&pair.stream) == NULL);
        handshake_close(&pair);
        meet(versions[i]);
        const struct tri_secured *secured = pair.stream.transport->secured(&pair.stream);
        cr_assert(secured != NULL);
        cr_expect_str_eq(secured->protocol, i ? "TLSv1.3" : "TLSv1.2");
        cr_expect(!secured->peer_name && !secured->resumed && secured->guard == 0);
        handshake_close(&pair);
    }
    cr_expect(failures == 0);
}

Test(net_tls_stream, bytes_pass_both_ways_then_the_end)
{
    for (int i = 0; i < 2; i++) {
        char at[64];
        size_t n;
        meet(versions[i]);
        cr_expect(handshake_read(&pair, at, sizeof(at), &n) == TRI_IO_AGAIN);
        cr_assert(SSL_write(pair.ssl, "one", 3) == 3 && SSL_write(pair.ssl, "two", 3) == 3);
        cr_expect(handshake_read(&pair, at, 4, &n) == TRI_IO_OK && n == 4 &&
                  memcmp(at, "onet", 4) == 0);
        cr_expect(handshake_read(&pair, at, sizeof(at), &n) == TRI_IO_OK && n == 2);
        cr_expect(pair.stream.transport->write(&pair.stream, TRI_SLICE("three"), &n) == TRI_IO_OK);
        cr_expect(n == 5 && handshake_take(&pair, at, sizeof(at)) == 5);
        SSL_shutdown(pair.ssl);
        cr_expect(handshake_read(&pair, at, sizeof(at), &n) == TRI_IO_EOF);
        cr_expect(handshake_read(&pair, at, sizeof(at), &n) == TRI_IO_EOF, "it has to stay ended");
        pair.stream.transport->farewell(&pair.stream);
        cr_expect(handshake_take(&pair, at, sizeof(at)) == 0);
        cr_expect(SSL_get_shutdown(pair.ssl) & SSL_RECEIVED_SHUTDOWN);
        handshake_close(&pair);
    }
}

Test(net_tls_stream, an_end_without_close_notify_is_a_failure)
{
    for (int i = 0; i < 2; i++) {
        char at[64];
        size_t n;
        meet(versions[i]);
        cr_assert(SSL_write(pair.ssl, "half", 4) == 4);
        shutdown(pair.fd, SHUT_WR);
        cr_expect(handshake_read(&pair, at, sizeof(at), &n) == TRI_IO_OK && n == 4);
        cr_expect(handshake_read(&pair, at, sizeof(at), &n) == TRI_IO_FAILED);
        handshake_close(&pair);
    }
}

Test(net_tls_stream, a_record_that_was_changed_on_the_way_is_a_failure)
{
    char at[64], record[256];
    size_t n;
    meet(TLS1_3_VERSION);
    BIO *memory = BIO_new(BIO_s_mem());
    SSL_set0_wbio(pair.ssl, memory);
    cr_assert(SSL_write(pair.ssl, "hello", 5) == 5);
    int len = BIO_read(memory, record, sizeof(record));
    record[len - 1] ^= 1;
    cr_assert(write(pair.fd, record, (size_t)len) == len);
    cr_expect(handshake_read(&pair, at, sizeof(at), &n) == TRI_IO_FAILED);
    cr_expect(handshake_read(&pair, at, sizeof(at), &n) == TRI_IO_FAILED, "it has to stay failed");
    handshake_close(&pair);
}

/* Write until the peer's buffers are full, then let it read: nothing is lost, doubled or changed.
 */
Test(net_tls_stream, writes_go_on_where_they_were_held_up)
{
    enum { BYTES = 1 << 20 };
    for (int i = 0; i < 2; i++) {
        char *body = malloc(BYTES), *taken = malloc(BYTES);
        size_t sent = 0, got = 0, put;
        unsigned held_up = 0;
        for (size_t at = 0; at < BYTES; at++)
            body[at] = (char)(at * 31 + (at >> 9));
        meet(versions[i]);
        while (got < BYTES) {
            while (sent < BYTES) {
                /* another copy each time: the stream must not look at where they lie */
                size_t left = BYTES - sent;
                char *copy = malloc(left);
                memcpy(copy, body + sent, left);
                enum tri_io io = pair.stream.transport->write(&pair.stream,
                                                              (struct tri_slice){copy, left}, &put);
                free(copy);
                cr_assert(io == TRI_IO_OK || io == TRI_IO_AGAIN);
                held_up += io == TRI_IO_AGAIN;
                if (io == TRI_IO_AGAIN)
                    break;
                sent += put;
            }
            int n = handshake_take(&pair, taken + got, (int)(BYTES - got));
            cr_assert(n > 0 || SSL_get_error(pair.ssl, n) == SSL_ERROR_WANT_READ);
            got += n > 0 ? (size_t)n : 0;
        }
        cr_expect(held_up > 0 && memcmp(body, taken, BYTES) == 0);
        handshake_close(&pair);
        free(body), free(taken);
    }
}

Test(net_tls_stream, the_first_records_are_small_and_later_ones_full)
{
    static char body[1 << 20];
    size_t put, sent = 0, records = 0, largest = 0;
    meet(TLS1_3_VERSION);
    cr_assert(pair.stream.transport->write(&pair.stream, (struct tri_slice){body, sizeof(body)},
                                           &put) == TRI_IO_OK);
    cr_expect(put <= 1400, "the first record has %zu bytes", put);
    for (sent = put; sent < 200000; sent += put, records++) {
        char at[16384];
        cr_assert(pair.stream.transport->write(&pair.stream, (struct tri_slice){body, sizeof(body)},
                                               &put) == TRI_IO_OK);
        largest = put > largest ? put : largest;
        while (handshake_take(&pair, at, sizeof(at)) > 0)
            continue;
    }
    cr_expect(largest == 16384, "the largest record has %zu bytes", largest);
    handshake_close(&pair);
}

Test(net_tls_stream, keys_may_change_between_any_two_bytes)
{
    char at[64];
    size_t n;
    meet(TLS1_3_VERSION);
    for (int i = 0; i < 200; i++) {
        cr_assert(SSL_key_update(pair.ssl, i % 2 ? SSL_KEY_UPDATE_REQUESTED
                                                 : SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
        cr_assert(SSL_write(pair.ssl, "x", 1) == 1);
        cr_assert(handshake_read(&pair, at, sizeof(at), &n) == TRI_IO_OK && n == 1);
        cr_assert(pair.stream.transport->write(&pair.stream, TRI_SLICE("y"), &n) == TRI_IO_OK);
        cr_assert(handshake_take(&pair, at, sizeof(at)) == 1);
    }
    cr_assert(SSL_key_update(pair.ssl, SSL_KEY_UPDATE_REQUESTED) == 1);
    SSL_do_handshake(pair.ssl);
    cr_expect(handshake_read(&pair, at, sizeof(at), &n) == TRI_IO_AGAIN); /* and no byte */
    handshake_close(&pair);
}

/* Have the client change its key so often, and send that at once. */
static void change_keys(int times)
{
    BIO *sent = BIO_new(BIO_s_mem()), *socket = SSL_get_wbio(pair.ssl);
    char *at;
    cr_assert(sent && BIO_up_ref(socket));
    SSL_set0_wbio(pair.ssl, sent);
    for (int i = 0; i < times; i++)
        cr_assert(SSL_key_update(pair.ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
                  SSL_do_handshake(pair.ssl) == 1);
    long len = BIO_get_mem_data(sent, &at);
    cr_assert(write(pair.fd, at, (size_t)len) == len);
    SSL_set0_wbio(pair.ssl, socket);
}

Test(net_tls_stream, keys_that_change_without_end_and_without_a_byte_break_it)
{
    char at[64];
    size_t n;
    meet(TLS1_3_VERSION);
    change_keys(1000);
    cr_assert(SSL_write(pair.ssl, "x", 1) == 1);
    cr_assert(handshake_read(&pair, at, sizeof(at), &n) == TRI_IO_OK && n == 1);
    change_keys(5000);
    cr_assert(SSL_write(pair.ssl, "x", 1) == 1);
    cr_expect(handshake_read(&pair, at, sizeof(at), &n) == TRI_IO_FAILED);
    handshake_close(&pair);
}

/* --- handshakes that fail --- */

Test(net_tls_stream, a_letter_in_place_of_a_handshake_makes_a_plain_stream)
{
    char at[64];
    size_t n;
    handshake_open(&pair, tls);
    cr_assert(write(pair.fd, "GET / HTTP/1.1\r\n", 16) == 16);
    cr_assert(pair.stream.transport->handshake(&pair.stream, (struct tri_slice){NULL, 0},
                                               &(struct tri_ip){0}) == TRI_IO_PLAIN);
    cr_expect(pair.stream.transport == &tri_transport_plain && !pair.stream.session);
    cr_expect(pair.stream.transport->write(&pair.stream, TRI_SLICE("no"), &n) == TRI_IO_OK);
    cr_expect(read(pair.fd, at, sizeof(at)) == 2);
    handshake_close(&pair);
    cr_expect(failures == 0, "%s", reason);
}

Test(net_tls_stream, bytes_that_were_read_before_are_not_lost)
{
    enum { ROOM = 4096 };
    char hello[ROOM];
    for (size_t early = 1; early < 200; early += 11) {
        handshake_open(&pair, tls);
        cr_expect(SSL_do_handshake(pair.ssl) == -1);
        size_t got = 0;
        cr_assert(pair.stream.transport->read(&pair.stream, hello, early, &got) == TRI_IO_OK);
        cr_assert(got == early && hello[0] == 22);
        enum tri_io io = pair.stream.transport->handshake(
            &pair.stream, (struct tri_slice){hello, early}, &(struct tri_ip){0});
        cr_assert(io == TRI_IO_AGAIN);
        cr_assert(handshake_run(&pair) == TRI_IO_OK);
        handshake_close(&pair);
    }
    handshake_open(&pair, tls); /* and a letter is seen there as well */
    cr_expect(pair.stream.transport->handshake(&pair.stream, TRI_SLICE("PUT"),
                                               &(struct tri_ip){0}) == TRI_IO_PLAIN);
    handshake_close(&pair);
}

Test(net_tls_stream, other_protocols_are_refused_by_their_alert)
{
    handshake_open(&pair, tls);
    SSL_set_alpn_protos(pair.ssl, (const unsigned char *)"\2h2", 3);
    cr_expect(handshake_run(&pair) == TRI_IO_FAILED);
    cr_expect(failures == 1 && strstr(reason, "application protocol"), "%s", reason);
    handshake_close(&pair);
}

Test(net_tls_stream, who_says_nothing_is_no_failure_worth_a_line)
{
    handshake_open(&pair, tls);
    shutdown(pair.fd, SHUT_WR);
    cr_expect(handshake_run(&pair) == TRI_IO_FAILED && failures == 0);
    handshake_close(&pair);
    handshake_open(&pair, tls);
    cr_assert(write(pair.fd, "\x16\x03", 2) == 2);
    shutdown(pair.fd, SHUT_WR);
    cr_expect(handshake_run(&pair) == TRI_IO_FAILED);
    cr_expect(failures == 1, "%s", reason);
    handshake_close(&pair);
}

Test(net_tls_stream, it_can_be_closed_at_any_time)
{
    for (int turns = 0; turns < 6; turns++) {
        handshake_open(&pair, tls);
        for (int i = 0; i < turns; i++)
            i % 2 ? (void)pair.stream.transport->handshake(
                        &pair.stream, (struct tri_slice){NULL, 0}, &(struct tri_ip){0})
                  : (void)SSL_do_handshake(pair.ssl);
        pair.stream.transport->farewell(&pair.stream);
        pair.stream.transport->close(&pair.stream);
        cr_expect(pair.stream.fd == -1);
        pair.stream.transport->close(&pair.stream);
        handshake_close(&pair);
    }
}
