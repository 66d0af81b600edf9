/*
 * test_tls.c - where to listen for HTTPS, and with which certificates.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "server/base/error.h"
#include "tests/config/loaded.h"
#include "tests/config/support.h"

#define ODD_FILE "a \"b\" ${c}.pem"
#define LISTEN "tls_listen = '*:8443'\n"

static void enter(void)
{
    static const char *const files[] = {"a.pem", "b.pem", "c.pem", "a.key",
                                        "b.key", "a.der", "b.der", ODD_FILE};
    support_enter();
    support_touch(files, sizeof(files) / sizeof(files[0]));
}

TestSuite(config_tls, .timeout = 20, .init = enter, .fini = support_leave);

/* As `loaded`, but with the lines of the file itself. */
static struct tri_config loaded_once(const char *file, const char *flags, const char *environment)
{
    struct tri_config config;
    struct tri_error error = {.text = ""};
    cr_assert(support_load(&config, file, flags, environment, &error), "%s", error.text);
    return config;
}

Test(config_tls, is_off_without_a_word)
{
    struct tri_config config = loaded("vhost a { }", NULL, NULL);
    const struct tri_config_tls *all[] = {&config.tls, &config.hosts[0].tls};
    cr_expect_eq(config.listen_count, 1);
    cr_expect_eq(config.tls_listen_count, 0);
    cr_expect(!config.tls_self_signed && config.tls_ktls && !config.https_redirect);
    cr_expect_eq(config.https_port, 0);
    cr_expect_eq(config.handshake_ns, 10 * INT64_C(1000000000));
    cr_expect_eq(config.session_ns, 12 * 3600 * INT64_C(1000000000));
    cr_expect_null(config.options.hsts);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        cr_expect_eq(all[i]->cert.count + all[i]->key.count + all[i]->ocsp.count, 0);
        cr_expect_null(all[i]->client_ca);
        cr_expect_str_eq(all[i]->verify, "off");
    }
    tri_config_free(&config);
}

Test(config_tls, certificates_keep_their_order_with_keys_and_responses)
{
    struct tri_config config =
        loaded(LISTEN "tls { cert = { b.pem, a.pem } key = { b.key, a.key } ocsp = { b.der } }\n"
                      "vhost a { tls { cert = 'a \"b\" ${c}.pem' cert += c.pem } }",
               NULL, NULL);
    expect_words(&config.tls.cert, "b.pem|a.pem");
    expect_words(&config.tls.key, "b.key|a.key");
    expect_words(&config.tls.ocsp, "b.der");
    expect_words(&config.hosts[0].tls.cert, ODD_FILE "|c.pem");
    tri_config_free(&config);
}

/* Certificates belong to names; who may sign those of clients does not. */
Test(config_tls, hosts_inherit_who_may_sign_but_no_certificates)
{
    struct tri_config config =
        loaded(LISTEN "tls { cert = a.pem key = a.key ocsp = a.der\n"
                      "      client_ca = b.pem verify = required }\n"
                      "vhost none { }\n"
                      "vhost own { tls { cert = c.pem } }\n"
                      "vhost other { tls { client_ca = c.pem verify = optional } }\n"
                      "vhost open { tls { client_ca = '' verify = off } }",
               NULL, NULL);
    const struct tri_config_tls *none = &config.hosts[0].tls, *own = &config.hosts[1].tls,
                                *other = &config.hosts[2].tls, *open = &config.hosts[3].tls;
    expect_words(&none->cert, "");
    expect_words(&none->key, "");
    expect_words(&none->ocsp, "");
    cr_expect_str_eq(none->client_ca, "b.pem");
    cr_expect_str_eq(none->verify, "required");
    expect_words(&own->cert, "c.pem");
    expect_words(&own->key, "");
    cr_expect_str_eq(own->client_ca, "b.pem");
    expect_words(&other->cert, "");
    cr_expect_str_eq(other->client_ca, "c.pem");
    cr_expect_str_eq(other->verify, "optional");
    cr_expect_null(open->client_ca);
    cr_expect_str_eq(open->verify, "off");
    tri_config_free(&config);
}

/* A flag speaks for the server: hosts that say something themselves keep it. */
Test(config_tls, flags_go_before_the_block_of_the_server_alone)
{
    struct tri_config config =
        loaded(LISTEN "tls { cert = { a.pem, b.pem } verify = off }\n"
                      "vhost a { tls { cert = b.pem verify = off } }\nvhost b { }",
               "--cert=c.pem\n--client-ca=a.pem\n--verify-client=optional", "TRI_HTTPD_KEY=a.key");
    expect_words(&config.tls.cert, "c.pem");
    expect_words(&config.tls.key, "a.key");
    cr_expect_str_eq(config.tls.verify, "optional");
    expect_words(&config.hosts[0].tls.cert, "b.pem");
    cr_expect_str_eq(config.hosts[0].tls.verify, "off");
    cr_expect_str_eq(config.hosts[1].tls.verify, "optional");
    tri_config_free(&config);
}

Test(config_tls, blocks_know_the_line_where_they_begin)
{
    static const char file[] = "tls_listen = '*:8443'\n\ntls\n{\n cert = a.pem\n}\nvhost a { }\n"
                               "vhost b {\n tls {\n cert = b.pem } }\nvhost c { tls { } }";
    struct tri_config config = loaded_once(file, NULL, NULL);
    cr_expect_eq(config.tls.line, 4);
    cr_expect_eq(config.hosts[0].tls.line, 0);
    cr_expect_eq(config.hosts[1].tls.line, 9);
    cr_expect_eq(config.hosts[2].tls.line, 0);
    tri_config_free(&config);
    config = loaded_once(file, "--cert=c.pem", NULL);
    cr_expect_eq(config.tls.line, 0);
    cr_expect_eq(config.hosts[1].tls.line, 9);
    tri_config_free(&config);
    config = loaded_once(file, NULL, "TRI_HTTPD_CERT=c.pem,b.pem");
    cr_expect_eq(config.tls.line, 0);
    expect_words(&config.tls.cert, "c.pem|b.pem");
    tri_config_free(&config);
}

Test(config_tls, can_be_all_there_is)
{
    static const char *const ways[][3] = {
        {LISTEN "listen = {}", NULL, NULL},   {LISTEN "listen = { # none\n\n}", NULL, NULL},
        {LISTEN "listen = \"\"", NULL, NULL}, {LISTEN "listen = '*:8080'", "--listen=", NULL},
        {LISTEN, NULL, "TRI_HTTPD_LISTEN="},
    };
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        char flags[128];
        snprintf(flags, sizeof(flags), "--tls-self-signed=on\n%s", ways[i][1] ? ways[i][1] : "");
        struct tri_config config = loaded(ways[i][0], flags, ways[i][2]);
        cr_expect_eq(config.listen_count, 0, "way %zu", i);
        cr_assert_eq(config.tls_listen_count, 1);
        cr_expect_str_eq(config.tls_listen[0], "*:8443");
        tri_config_free(&config);
    }
}

/* Port 0 is another one each time. */
Test(config_tls, listens_beside_plain_addresses_up_to_16)
{
    char flags[2048] = "--tls-self-signed=on\n--listen=127.0.0.1:0\n--tls-listen=127.0.0.1:0\n";
    for (int i = 2; i < TRI_CONFIG_LISTENS; i++) {
        size_t len = strlen(flags);
        snprintf(flags + len, sizeof(flags) - len, "--%slisten=*:%d\n", i % 2 ? "" : "tls-", i);
    }
    struct tri_config config = loaded(NULL, flags, NULL);
    cr_expect_eq(config.listen_count, 8);
    cr_expect_eq(config.tls_listen_count, 8);
    cr_expect_str_eq(config.listen[0], config.tls_listen[0]);
    tri_config_free(&config);
}

Test(config_tls, hsts_is_an_option_of_each_block)
{
    struct tri_config config =
        loaded("hsts = 'max-age=0'\nvhost a { hsts = 'MAX-AGE=31536000; includesubdomains'\n"
               "  route /x { handler = hello hsts = '' }\n  route /y { return = 404 } }\n"
               "vhost b { hsts = 'preload;max-age=9999999999 ;  includeSubDomains' }\n"
               "route /z { handler = hello }",
               NULL, NULL);
    cr_expect_str_eq(config.options.hsts, "max-age=0");
    cr_expect_str_eq(config.routes[0].options.hsts, "max-age=0");
    cr_expect_str_eq(config.hosts[0].options.hsts, "MAX-AGE=31536000; includesubdomains");
    cr_expect_null(config.hosts[0].routes[0].options.hsts);
    cr_expect_str_eq(config.hosts[0].routes[1].options.hsts, "MAX-AGE=31536000; includesubdomains");
    cr_expect_str_eq(config.hosts[1].options.hsts,
                     "preload;max-age=9999999999 ;  includeSubDomains");
    tri_config_free(&config);
}

Test(config_tls, redirects_need_a_port_to_name)
{
    struct tri_config config =
        loaded(NULL, "--tls-listen=*:1\n--tls-self-signed=on\n--https-redirect=on", NULL);
    cr_expect(config.https_redirect);
    tri_config_free(&config);
    config = loaded(NULL,
                    "--tls-listen=unix:/a\n--tls-self-signed=on\n--https-redirect=on\n"
                    "--https-port=65535",
                    NULL);
    cr_expect_eq(config.https_port, 65535);
    tri_config_free(&config);
}
