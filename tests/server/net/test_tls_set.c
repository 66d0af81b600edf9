/*
 * test_tls_set.c - which host's certificate a ClientHello gets, and sets that outlive a reload.
 */
#include "server/net/tls_set.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "handshakes.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "tests/tls/papers.h"

enum { HOSTS = 5 };

static const char *const names[HOSTS] = {NULL, "www.two.test", "One.test", "b", "one.test.org"};
static struct paper papers[HOSTS];
static struct tri_tls_certificate certificates[HOSTS];
static struct tri_tls_host hosts[HOSTS];
static struct tri_tls *tls;
static char warned[320];

static void warn(const char *text)
{
    snprintf(warned, sizeof(warned), "%s", text);
}

static const struct tri_tls_plan plan = {
    .hosts = hosts, .host_count = HOSTS, .session_ns = TRI_SECOND, .warn = warn};

static void make(void)
{
    struct tri_error error;
    papers_make();
    for (int i = 0; i < HOSTS; i++) {
        char file[16];
        snprintf(file, sizeof(file), "%d", i);
        papers[i] = paper_make(file, &(struct paper_plan){.name = names[i]});
        certificates[i] = (struct tri_tls_certificate){.cert = papers[i].both};
        hosts[i] = (struct tri_tls_host){
            .name = names[i], .certificates = &certificates[i], .certificate_count = 1};
    }
    tls = tri_tls_new(&plan, &error);
    cr_assert(tls != NULL, "%s", error.text);
}

static void drop(void)
{
    tri_tls_free(tls);
    for (int i = 0; i < HOSTS; i++)
        paper_free(&papers[i]);
    papers_remove();
}

TestSuite(net_tls_set, .init = make, .fini = drop, .timeout = 30);

/* The host whose certificate a client is shown that asks for `name`; -1: none of them. */
static int shown(const char *name)
{
    struct handshake pair;
    int found = -1;
    handshake_open(&pair, tls);
    if (name)
        SSL_set_tlsext_host_name(pair.ssl, name);
    cr_assert(handshake_run(&pair) == TRI_IO_OK);
    X509 *cert = SSL_get1_peer_certificate(pair.ssl);
    for (int i = 0; i < HOSTS; i++)
        if (X509_cmp(cert, papers[i].cert) == 0)
            found = i;
    X509_free(cert);
    handshake_close(&pair);
    return found;
}

Test(net_tls_set, a_host_is_found_by_its_whole_name_in_any_case)
{
    static const struct {
        const char *name;
        int host;
    } rows[] = {
        {NULL, 0},
        {"a.test", 0},
        {"one.test", 2},
        {"ONE.TEST.", 2},
        {"one.tes", 0},
        {"one.test.o", 0},
        {"one.test.org", 4},
        {"one.test.org.", 4},
        {"b", 3},
        {"b.", 3},
        {"c", 0},
        {"a", 0},
        {"two.test", 0},
        {"www.two.test", 1},
        {"www.two.test..", 0},
        {"*.test", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(shown(rows[i].name) == rows[i].host, "%s", rows[i].name ? rows[i].name : "-");
}

Test(net_tls_set, a_reload_is_seen_by_those_who_come_and_not_by_those_who_are_there)
{
    struct handshake before;
    char at[16];
    size_t got;
    handshake_open(&before, tls);
    cr_assert(handshake_run(&before) == TRI_IO_OK);
    struct paper fresh = paper_make("fresh", &(struct paper_plan){.name = "b"});
    certificates[3].cert = fresh.both;
    cr_expect(shown("b") == 3);
    cr_assert(tri_tls_reload(tls, NULL));
    cr_expect(shown("b") == -1 && shown("one.test") == 2);
    cr_assert(SSL_write(before.ssl, "hello", 5) == 5);
    cr_expect(handshake_read(&before, at, sizeof(at), &got) == TRI_IO_OK && got == 5);
    handshake_close(&before);
    paper_free(&fresh);
}

Test(net_tls_set, a_reload_that_fails_changes_nothing)
{
    struct tri_error error = {.text = ""};
    certificates[3].cert = papers_write("garbage", "nothing\n");
    cr_expect(!tri_tls_reload(tls, &error));
    cr_expect(strstr(error.text, "vhost \"b\": cert ") && strstr(error.text, "garbage"), "%s",
              error.text);
    cr_expect(shown("b") == 3);
    certificates[3].cert = papers[3].both;
    cr_expect(tri_tls_reload(tls, &error) && shown("b") == 3);
}

Test(net_tls_set, at_most_one_certificate_of_a_kind)
{
    struct tri_error error;
    struct tri_tls_certificate two[] = {{.cert = papers[0].both}, {.cert = papers[1].both}};
    hosts[0].certificates = two, hosts[0].certificate_count = 2;
    cr_expect(!tri_tls_reload(tls, &error) && strstr(error.text, "a second one"), "%s", error.text);
    hosts[0].certificate_count = 1;
    cr_expect(tri_tls_reload(tls, &error));
}

/* --- what an authority says of a certificate --- */

static long stapled(void)
{
    struct handshake pair;
    const unsigned char *bytes;
    handshake_open(&pair, tls);
    SSL_set_tlsext_status_type(pair.ssl, TLSEXT_STATUSTYPE_ocsp);
    cr_assert(handshake_run(&pair) == TRI_IO_OK);
    long len = SSL_get_tlsext_status_ocsp_resp(pair.ssl, &bytes);
    handshake_close(&pair);
    return len;
}

Test(net_tls_set, a_response_is_stapled_until_it_is_too_old)
{
    struct tri_error error;
    struct paper root =
        paper_make("root", &(struct paper_plan){.name = "root", .is_authority = true});
    struct paper leaf = paper_make("leaf", &(struct paper_plan){.issuer = &root, .between = &root});
    cr_expect(stapled() <= 0);
    certificates[0] = (struct tri_tls_certificate){
        .cert = leaf.both, .ocsp = paper_vouch(&leaf, &root, "good.ocsp", -60, 3600)};
    cr_assert(tri_tls_reload(tls, &error), "%s", error.text);
    cr_expect(stapled() > 100);
    certificates[0].ocsp = paper_vouch(&leaf, &root, "old.ocsp", -7200, -3600);
    cr_assert(tri_tls_reload(tls, &error), "%s", error.text);
    cr_expect(strstr(warned, "old.ocsp\": too old to be sent"), "%s", warned);
    cr_expect(stapled() <= 0);
    certificates[0].ocsp = paper_vouch(&root, &root, "alien.ocsp", -60, 3600);
    cr_expect(!tri_tls_reload(tls, &error) && strstr(error.text, "not about"), "%s", error.text);
    paper_free(&root), paper_free(&leaf);
}
