/*
 * test_startup.c - certificates and keys that do not do: the server says which file, and why.
 */
#include "serving.h"

#include <stdio.h>
#include <string.h>

#include <openssl/x509v3.h>

TestSuite(tls_startup, .init = papers_make, .fini = papers_remove, .timeout = 60);

#define CERT(path) flag("cert", path)
#define KEY(path) flag("key", path)

Test(tls_startup, what_is_no_certificate_or_key_is_named)
{
    struct paper a = paper_make("a", &(struct paper_plan){0});
    struct paper b = paper_make("b", &(struct paper_plan){0});
    const char *garbage = papers_write("garbage", "-----BEGIN CERTIFICATE-----\nnot base64!\n");
    const char *cut = papers_write("cut", "-----BEGIN CERTIFICATE-----\nMIIB\n");
    refuse_tls(FLAGS(CERT("/nowhere/a.crt")), "/nowhere/a.crt");
    refuse_tls(FLAGS(CERT(a.crt), KEY("/nowhere/a.key")), "/nowhere/a.key");
    refuse_tls(FLAGS(CERT(garbage), KEY(a.pem)), "garbage\": no certificate in PEM");
    refuse_tls(FLAGS(CERT(cut), KEY(a.pem)), "cut\": no certificate in PEM");
    refuse_tls(FLAGS(CERT(a.crt), KEY(garbage)), "garbage\": no private key in PEM");
    refuse_tls(FLAGS(CERT(a.pem), KEY(a.pem)), "a.key\": no certificate in PEM");
    refuse_tls(FLAGS(CERT(a.crt)), "a.crt\": no private key in PEM"); /* it is to hold both */
    refuse_tls(FLAGS(CERT(papers_folder), KEY(a.pem)), papers_folder);
    refuse_tls(FLAGS(CERT(papers_write("empty", "")), KEY(a.pem)), "empty\": not a file");
    refuse_tls(FLAGS(CERT(a.crt), KEY(b.pem)), "b.key\" is not the key of the certificate");
    refuse_tls(FLAGS(CERT(a.crt), KEY(paper_encrypt_key(&a, "locked"))),
               "locked\": the private key is encrypted");
    refuse_tls(FLAGS(CERT(a.crt), KEY(a.pem), CERT(b.crt), KEY(b.pem)),
               "b.crt\": a second one with this kind of key");
    refuse_tls(FLAGS(CERT(a.crt), KEY(a.pem), CERT(b.crt)), "1 key for 2 certificates");
    paper_free(&a), paper_free(&b);
}

Test(tls_startup, a_chain_that_is_cut_off_is_malformed)
{
    char text[8192] = "";
    struct paper a = paper_make("a", &(struct paper_plan){0});
    FILE *file = fopen(a.crt, "re");
    cr_assert(file != NULL);
    size_t len = fread(text, 1, sizeof(text) / 2, file);
    fclose(file);
    snprintf(text + len, sizeof(text) - len, "-----BEGIN CERTIFICATE-----\nMIIB\n");
    refuse_tls(FLAGS(CERT(papers_write("chain", text)), KEY(a.pem)),
               "chain\": certificate 2 is malformed");
    paper_free(&a);
}

Test(tls_startup, two_rsa_certificates_are_one_too_many)
{
    struct paper a = paper_make("a", &(struct paper_plan){.is_rsa = true});
    struct paper b = paper_make("b", &(struct paper_plan){.is_rsa = true});
    refuse_tls(FLAGS(CERT(a.both), CERT(b.both)), "a second one with this kind of key");
    paper_free(&a), paper_free(&b);
}

Test(tls_startup, who_may_sign_for_clients_has_to_be_readable)
{
    struct paper a = paper_make("a", &(struct paper_plan){0});
    refuse_tls(FLAGS(CERT(a.both), "--verify-client=required"), "client_ca");
    refuse_tls(FLAGS(CERT(a.both), "--verify-client=required", "--client-ca=/nowhere/ca.pem"),
               "/nowhere/ca.pem");
    refuse_tls(FLAGS(CERT(a.both), "--verify-client=required",
                     flag("client-ca", papers_write("ca", "nothing\n"))),
               "ca\": no certificate in PEM");
    paper_free(&a);
}

Test(tls_startup, a_response_about_another_certificate_is_refused)
{
    struct paper root =
        paper_make("root", &(struct paper_plan){.name = "root", .is_authority = true});
    struct paper a = paper_make("a", &(struct paper_plan){.issuer = &root, .between = &root});
    struct paper b = paper_make("b", &(struct paper_plan){.issuer = &root});
    refuse_tls(FLAGS(CERT(a.both), flag("ocsp", paper_vouch(&b, &root, "b.ocsp", 0, 3600))),
               "b.ocsp\": not about the certificate beside it");
    refuse_tls(FLAGS(CERT(a.both), flag("ocsp", papers_write("text", "no DER\n"))),
               "text\": no OCSP response in DER");
    refuse_tls(FLAGS(CERT(a.both), "--ocsp=/nowhere/a.ocsp"), "/nowhere/a.ocsp");
    paper_free(&a), paper_free(&b), paper_free(&root);
}

Test(tls_startup, mistakes_in_a_block_are_named_by_their_line)
{
    char text[512];
    struct paper a = paper_make("a", &(struct paper_plan){0});
    struct paper b = paper_make("b", &(struct paper_plan){.name = "b.test"});
    snprintf(
        text, sizeof(text),
        "tls { cert = \"%s\" }\n\nvhost \"b.test\" {\n  tls { cert = \"%s\" key = \"%s\" }\n}\n",
        a.both, b.crt, a.pem);
    refuse_tls(FLAGS(flag("config", papers_write("conf", text))), "conf:4: vhost \"b.test\": key ");
    paper_free(&a), paper_free(&b);
}

/* --- certificates that work, but not for long --- */

static void expect_warning(const struct paper_plan *plan, const char *warning)
{
    struct paper a = paper_make("a", plan);
    serve_tls("loop", FLAGS(CERT(a.both)));
    struct caller caller;
    meet(&caller, (struct call){0});
    caller_close(&caller);
    if (warning)
        cr_expect(logged(warning) == 1, "no \"%s\"", warning);
    else
        cr_expect(logged("event=certificate") == 0);
    finish();
    paper_free(&a);
}

#define DAY PAPER_DAY_S

Test(tls_startup, a_certificate_that_ends_soon_is_warned_about)
{
    expect_warning(&(struct paper_plan){.from_s = -DAY, .until_s = 14L * DAY + 600}, NULL);
    expect_warning(&(struct paper_plan){.from_s = -DAY, .until_s = 14L * DAY - 600},
                   "expires in 13 days");
    expect_warning(&(struct paper_plan){.from_s = -DAY, .until_s = 3L * DAY + 600},
                   "expires in 3 days");
    expect_warning(&(struct paper_plan){.from_s = -2L * DAY, .until_s = -DAY}, "has expired");
    expect_warning(&(struct paper_plan){.from_s = DAY, .until_s = 90L * DAY}, "is not valid yet");
}

Test(tls_startup, a_certificate_for_somebody_else_is_warned_about)
{
    char text[512];
    struct paper a = paper_make("a", &(struct paper_plan){0});
    snprintf(text, sizeof(text),
             "tls { cert = \"%s\" }\nvhost \"b.test\" { tls { cert = \"%s\" } }\n", a.both, a.both);
    serve_tls("loop", FLAGS(flag("config", papers_write("conf", text))));
    cr_expect(logged("is not for b.test") == 1);
    finish();
    paper_free(&a);
}

EACH_MODE(tls_startup, without_a_certificate_one_is_made)
{
    struct caller caller;
    serve_tls(mode, FLAGS("--tls-self-signed=on"));
    meet(&caller, (struct call){.name = "localhost"});
    X509 *cert = SSL_get1_peer_certificate(caller.ssl);
    cr_expect(X509_check_host(cert, "localhost", 0, 0, NULL) == 1);
    cr_expect(X509_check_ip_asc(cert, "127.0.0.1", 0) == 1);
    cr_expect(X509_check_ip_asc(cert, "::1", 0) == 1);
    cr_expect(EVP_PKEY_get_bits(X509_get0_pubkey(cert)) == 256);
    X509_free(cert);
    cr_expect(caller_get(&caller, "localhost", "/hello", NULL) == 200);
    caller_close(&caller);
    finish();
}
