/*
 * test_hosts.c - which certificate is shown to whom, and whom clients have to show themselves to
 * be.
 */
#include "s_client.h"
#include "serving.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(tls_hosts, .init = papers_make, .fini = papers_remove, .timeout = 120);

/* --- the certificate by the name --- */

static const char *config_flag(const char *text)
{
    return flag("config", papers_write("conf", text));
}

static void expect_shown(const char *name, const char *common)
{
    struct caller caller;
    char shown[64] = "";
    meet(&caller, (struct call){.name = name});
    X509 *cert = SSL_get1_peer_certificate(caller.ssl);
    X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, shown, sizeof(shown));
    cr_expect(strcmp(shown, common) == 0, "\"%s\" is shown %s", name ? name : "(none)", shown);
    X509_free(cert);
    caller_close(&caller);
}

EACH_MODE(tls_hosts, a_host_shows_its_own_certificate)
{
    char text[1024];
    struct paper papers[3];
    static const char *const names[] = {"default.test", "one.test", "www.two.test"};
    for (int i = 0; i < 3; i++)
        papers[i] = paper_make(names[i], &(struct paper_plan){.name = names[i]});
    snprintf(text, sizeof(text),
             "tls { cert = \"%s\" key = \"%s\" }\n"
             "vhost \"One.test\" { tls { cert = \"%s\" key = \"%s\" } }\n"
             "vhost \"plain.test\" { }\n"
             "vhost \"www.two.test\" { tls { cert = \"%s\" } }\n",
             papers[0].crt, papers[0].pem, papers[1].crt, papers[1].pem, papers[2].both);
    serve_tls(mode, FLAGS(config_flag(text)));
    expect_shown(NULL, "default.test");
    expect_shown("default.test", "default.test");
    expect_shown("nobody.test", "default.test");
    expect_shown("plain.test", "default.test");
    expect_shown("one.test", "one.test");
    expect_shown("ONE.TEST", "one.test");
    expect_shown("one.test.", "one.test");
    expect_shown("oNe.TeSt.", "one.test");
    expect_shown("one.test..", "default.test");
    expect_shown("one.tes", "default.test");
    expect_shown("one.testx", "default.test");
    expect_shown("www.one.test", "default.test");
    expect_shown("www.two.test", "www.two.test");
    expect_shown("two.test", "default.test");
    finish();
    for (int i = 0; i < 3; i++)
        paper_free(&papers[i]);
}

Test(tls_hosts, the_chain_goes_with_the_certificate)
{
    struct paper root =
        paper_make("root", &(struct paper_plan){.name = "root", .is_authority = true});
    struct paper between = paper_make(
        "between", &(struct paper_plan){.name = "between", .issuer = &root, .is_authority = true});
    struct paper leaf =
        paper_make("leaf", &(struct paper_plan){.issuer = &between, .between = &between});
    struct paper lone =
        paper_make("lone", &(struct paper_plan){.name = "lone.test", .issuer = &between});
    char text[512];
    struct call call = {.root = &root, .name = "lone.test"};
    struct caller caller;
    snprintf(text, sizeof(text),
             "tls { cert = \"%s\" key = \"%s\" }\n"
             "vhost \"lone.test\" { tls { cert = \"%s\" key = \"%s\" } }\n",
             leaf.crt, leaf.pem, lone.crt, lone.pem);
    serve_tls("loop", FLAGS(config_flag(text)));
    meet(&caller, (struct call){.root = &root});
    cr_expect(SSL_get_verify_result(caller.ssl) == X509_V_OK);
    cr_expect(sk_X509_num(SSL_get_peer_cert_chain(caller.ssl)) == 2);
    caller_close(&caller);
    call.port = tls_port; /* of whose chain a part is missing: the client is not to be helped */
    cr_expect(!caller_open(&caller, &call));
    cr_expect(strstr(caller.alert, "certificate verify failed"), "%s", caller.alert);
    caller_close(&caller);
    finish();
    paper_free(&root), paper_free(&between), paper_free(&leaf), paper_free(&lone);
}

/* --- certificates of clients --- */

struct clients {
    struct paper host, root, alien, good, strange, late;
};

static struct clients make_clients(void)
{
    struct clients all = {
        .host = paper_make("host", &(struct paper_plan){0}),
        .root = paper_make("root", &(struct paper_plan){.name = "root", .is_authority = true}),
        .alien = paper_make("alien", &(struct paper_plan){.name = "alien", .is_authority = true}),
    };
    all.good = paper_make("good", &(struct paper_plan){.name = "alice",
                                                       .organization = "Example \"A\", Inc",
                                                       .issuer = &all.root,
                                                       .is_client = true});
    all.strange = paper_make(
        "strange", &(struct paper_plan){.name = "bob", .issuer = &all.alien, .is_client = true});
    all.late = paper_make("late", &(struct paper_plan){.name = "carol",
                                                       .issuer = &all.root,
                                                       .is_client = true,
                                                       .from_s = -10 * PAPER_DAY_S,
                                                       .until_s = -1 * PAPER_DAY_S});
    return all;
}

static void drop_clients(struct clients *all)
{
    paper_free(&all->host), paper_free(&all->root), paper_free(&all->alien);
    paper_free(&all->good), paper_free(&all->strange), paper_free(&all->late);
}

/* In TLS 1.3 the client is told after its own handshake: the first answer does not come. */
static bool is_served(struct call call)
{
    struct caller caller;
    call.port = tls_port;
    bool served = caller_open(&caller, &call) && caller_get(&caller, "a.test", "/tls", NULL) == 200;
    caller_close(&caller);
    return served;
}

EACH_MODE(tls_hosts, clients_are_asked_for_what_the_host_demands)
{
    static const char *const demands[] = {"off", "optional", "required"};
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    struct clients all = make_clients();
    for (int demand = 0; demand < 3; demand++) {
        bool asks = demand > 0, must = demand == 2;
        serve_tls(mode, FLAGS(flag("cert", all.host.both), flag("client-ca", all.root.crt),
                              flag("verify-client", demands[demand])));
        for (int i = 0; i < 2; i++) {
            struct call call = {.version = versions[i]};
            cr_expect(is_served(call) == !must, "%s, none", demands[demand]);
            call.self = &all.good;
            cr_expect(is_served(call), "%s, good", demands[demand]);
            const char *said = tell(call, "a.test", NULL);
            cr_expect(!strstr(said, "client: CN=alice,O=Example \\\"A\\\"\\, Inc\n") != asks,
                      "%s: %s", demands[demand], said);
            call.self = &all.strange;
            cr_expect(is_served(call) == !asks, "%s, signed by others", demands[demand]);
            call.self = &all.late;
            cr_expect(is_served(call) == !asks, "%s, expired", demands[demand]);
        }
        cr_expect(was_logged("event=client_certificate", asks ? 4 : 0));
        cr_expect(!asks || logged("alice"));
        cr_expect(!logged("subject=\"CN=bob") && !logged("subject=\"CN=carol"));
        cr_expect((logged("event=handshake_failed") > 0) == asks);
        finish();
    }
    drop_clients(&all);
}

/* One host demands a certificate, another asks for one, a third does not care. */
static void serve_three(const char *mode, const struct clients *all)
{
    char text[1024];
    snprintf(text, sizeof(text),
             "tls { cert = \"%s\" }\n"
             "vhost \"must.test\" { tls { client_ca = \"%s\" verify = \"required\" } }\n"
             "vhost \"may.test\" { tls { client_ca = \"%s\" verify = \"optional\" } }\n"
             "vhost \"alien.test\" { tls { client_ca = \"%s\" verify = \"required\" } }\n"
             "vhost \"also.test\" { tls { client_ca = \"%s\" verify = \"required\" } }\n",
             all->host.both, all->root.crt, all->root.crt, all->alien.crt, all->root.crt);
    serve_tls(mode, FLAGS(config_flag(text)));
}

static void expect_answers(struct call call, const char *host, int status, const char *client)
{
    struct caller caller;
    char *body, line[64];
    meet(&caller, call);
    int found = caller_get(&caller, host, "/tls", &body);
    cr_expect(found == status, "SNI %s, Host %s: %d", call.name ? call.name : "-", host, found);
    snprintf(line, sizeof(line), "client: %s\n", client);
    cr_expect(status != 200 || (body && strstr(body, line)), "SNI %s, Host %s: %s",
              call.name ? call.name : "-", host, body ? body : "");
    free(body);
    caller_close(&caller);
}

EACH_MODE(tls_hosts, a_connection_of_one_host_does_not_open_another)
{
    struct clients all = make_clients();
    struct call alice = {.self = &all.good, .name = "must.test"}, nobody = {.name = "a.test"};
    serve_three(mode, &all);
    expect_answers(nobody, "a.test", 200, "");
    expect_answers(nobody, "must.test", 421, "");
    expect_answers(nobody, "MUST.test.:443", 421, "");
    expect_answers(nobody, "may.test", 200, "");
    expect_answers((struct call){.name = "may.test"}, "may.test", 200, "");
    expect_answers((struct call){.name = "may.test"}, "must.test", 421, "");
    expect_answers(alice, "must.test", 200, "CN=alice,O=Example \\\"A\\\"\\, Inc");
    expect_answers(alice, "also.test", 200, "CN=alice,O=Example \\\"A\\\"\\, Inc");
    expect_answers(alice, "alien.test", 421, "");
    expect_answers(alice, "a.test", 200, "");
    alice.name = "may.test";
    expect_answers(alice, "may.test", 200, "CN=alice,O=Example \\\"A\\\"\\, Inc");
    expect_answers(alice, "must.test", 421, "");
    expect_answers((struct call){.self = &all.strange, .name = "alien.test"}, "must.test", 421, "");
    int status = fetch("/tls", NULL); /* in plain text, of a host that demands nothing */
    cr_expect(status == 200);
    struct support_client plain;
    support_client_open(&plain, server.port);
    cr_assert(
        support_client_send(&plain, TRI_SLICE("GET /tls HTTP/1.1\r\nHost: must.test\r\n\r\n")));
    cr_expect(answer(&plain, NULL) == 421);
    support_client_close(&plain);
    finish();
    drop_clients(&all);
}

/* --- what a client has shown is worth nothing elsewhere: sessions --- */

EACH_MODE(tls_hosts, a_session_of_one_host_is_not_resumed_at_another)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    struct clients all = make_clients();
    serve_three(mode, &all);
    for (int i = 0; i < 2; i++) {
        SSL_SESSION *open, *shown;
        struct call call = {.name = "a.test", .version = versions[i]};
        tell(call, "a.test", &open);
        cr_assert(open != NULL);
        call = (struct call){.name = "must.test", .version = versions[i], .self = &all.good};
        tell(call, "must.test", &shown);
        cr_assert(shown != NULL);

        call.session = shown, call.self = NULL; /* resumed, it is alice still */
        const char *said = tell(call, "must.test", NULL);
        cr_expect(strstr(said, "resumed: yes") && strstr(said, "client: CN=alice"), "%s", said);

        call.session = open; /* whoever has shown nothing */
        cr_expect(!is_served(call), "a session without a certificate opens must.test");
        call.name = "alien.test", call.session = shown; /* somebody else's friend */
        cr_expect(!is_served(call), "a session of must.test opens alien.test");
        call.name = "a.test";
        said = tell(call, "a.test", NULL);
        cr_expect(strstr(said, "resumed: no") && strstr(said, "client: \n"), "%s", said);
        SSL_SESSION_free(open);
        SSL_SESSION_free(shown);
    }
    finish();
    drop_clients(&all);
}
