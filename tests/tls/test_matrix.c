/*
 * test_matrix.c - what is agreed on with the system's `openssl s_client`, and what is refused.
 *
 * The server shows two certificates, of ECDSA and of RSA. Clients are willing to do more than they
 * should (@SECLEVEL=0), so that it is the server that refuses.
 */
#include "s_client.h"
#include "serving.h"

#include <stdio.h>
#include <string.h>

static struct paper root, ecdsa, rsa;

static void make(void)
{
    papers_make();
    root = paper_make("root", &(struct paper_plan){.name = "root", .is_authority = true});
    ecdsa = paper_make("ecdsa", &(struct paper_plan){.issuer = &root});
    rsa = paper_make("rsa", &(struct paper_plan){.issuer = &root, .is_rsa = true});
}

static void drop(void)
{
    paper_free(&ecdsa);
    paper_free(&rsa);
    paper_free(&root);
    papers_remove();
}

TestSuite(tls_matrix, .init = make, .fini = drop, .timeout = 120);

static const char request[] = "GET /tls HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";

#define OLD "-cipher ALL:COMPLEMENTOFALL@SECLEVEL=0 "
#define TWO "-tls1_2 -cipher "

static const struct row {
    const char *words;
    const char *says[3];  /* all of it */
    const char *says_not; /* or NULL */
} rows[] = {
    /* versions */
    {"", {"HTTP/1.1 200", "protocol: TLSv1.3", "Verify return code: 0"}, NULL},
    {"-tls1_3", {"protocol: TLSv1.3"}, NULL},
    {"-tls1_2", {"protocol: TLSv1.2", "HTTP/1.1 200"}, NULL},
    {OLD "-tls1_1", {"alert protocol version"}, "HTTP/1.1"},
    {OLD "-tls1", {"alert protocol version"}, "HTTP/1.1"},
    {"-min_protocol TLSv1.2 -max_protocol TLSv1.3", {"protocol: TLSv1.3"}, NULL},

    /* ciphers of TLS 1.3 */
    {"-ciphersuites TLS_AES_128_GCM_SHA256", {"cipher: TLS_AES_128_GCM_SHA256"}, NULL},
    {"-ciphersuites TLS_AES_256_GCM_SHA384", {"cipher: TLS_AES_256_GCM_SHA384"}, NULL},
    {"-ciphersuites TLS_CHACHA20_POLY1305_SHA256", {"cipher: TLS_CHACHA20_POLY1305_SHA256"}, NULL},
    {"-tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256", {"alert handshake failure"}, "HTTP/1.1"},

    /* which of them is ours to say, but for who has no AES in its hardware */
    {"-ciphersuites TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256",
     {"cipher: TLS_AES_128_GCM_SHA256"},
     NULL},
    {"-ciphersuites TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
     {"cipher: TLS_CHACHA20_POLY1305_SHA256"},
     NULL},
    {TWO "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256",
     {"cipher: ECDHE-ECDSA-AES128-GCM-SHA256"},
     NULL},

    /* ciphers of TLS 1.2, with the certificate that they need */
    {TWO "ECDHE-ECDSA-AES128-GCM-SHA256",
     {"cipher: ECDHE-ECDSA-AES128-GCM-SHA256", "Server public key is 256 bit"},
     NULL},
    {TWO "ECDHE-RSA-AES128-GCM-SHA256",
     {"cipher: ECDHE-RSA-AES128-GCM-SHA256", "Server public key is 2048 bit"},
     NULL},
    {TWO "ECDHE-ECDSA-AES256-GCM-SHA384", {"cipher: ECDHE-ECDSA-AES256-GCM-SHA384"}, NULL},
    {TWO "ECDHE-RSA-AES256-GCM-SHA384", {"cipher: ECDHE-RSA-AES256-GCM-SHA384"}, NULL},
    {TWO "ECDHE-ECDSA-CHACHA20-POLY1305", {"cipher: ECDHE-ECDSA-CHACHA20-POLY1305"}, NULL},
    {TWO "ECDHE-RSA-CHACHA20-POLY1305", {"cipher: ECDHE-RSA-CHACHA20-POLY1305"}, NULL},
    {TWO "AES128-GCM-SHA256@SECLEVEL=0", {"alert handshake failure"}, "HTTP/1.1"}, /* no secrecy */
    {TWO "AES256-SHA@SECLEVEL=0", {"alert handshake failure"}, "HTTP/1.1"},
    {TWO "ECDHE-RSA-AES128-SHA@SECLEVEL=0", {"alert handshake failure"}, "HTTP/1.1"},
    {TWO "ECDHE-ECDSA-AES256-SHA384@SECLEVEL=0", {"alert handshake failure"}, "HTTP/1.1"},
    {TWO "ECDHE-ECDSA-AES128-CCM@SECLEVEL=0", {"alert handshake failure"}, "HTTP/1.1"},
    {TWO "DHE-RSA-AES128-GCM-SHA256@SECLEVEL=0", {"alert handshake failure"}, "HTTP/1.1"},
    {TWO "aNULL@SECLEVEL=0", {"alert handshake failure"}, "HTTP/1.1"},
    {TWO "PSK@SECLEVEL=0", {":error:"}, "HTTP/1.1"},

    /* groups */
    {"-groups X25519", {"Server Temp Key: X25519"}, NULL},
    {"-groups P-256", {"Server Temp Key: ECDH, prime256v1"}, NULL},
    {"-groups P-384", {"Server Temp Key: ECDH, secp384r1"}, NULL},
    {"-tls1_2 -groups P-256", {"Server Temp Key: ECDH, prime256v1"}, NULL},
    {"-groups P-521:X25519", {"Server Temp Key: X25519"}, NULL}, /* by a second hello */
    {"-tls1_3 -groups P-521", {"alert handshake failure"}, "HTTP/1.1"},
    {"-tls1_3 -groups ffdhe2048", {"alert handshake failure"}, "HTTP/1.1"},
    {"-tls1_2 -groups P-521", {"alert handshake failure"}, "HTTP/1.1"},

    /* application protocols */
    {"", {"No ALPN negotiated"}, NULL},
    {"-alpn http/1.1", {"ALPN protocol: http/1.1", "HTTP/1.1 200"}, NULL},
    {"-alpn h2,http/1.1", {"ALPN protocol: http/1.1"}, NULL},
    {"-alpn http/1.0,http/1.1,h3", {"ALPN protocol: http/1.1"}, NULL},
    {"-tls1_2 -alpn h2,http/1.1", {"ALPN protocol: http/1.1"}, NULL},
    {"-alpn h2", {"alert no application protocol"}, "HTTP/1.1 "},
    {"-tls1_2 -alpn h2,spdy/3", {"alert no application protocol"}, "HTTP/1.1 "},
    {"-alpn HTTP/1.1", {"alert no application protocol"}, "HTTP/1.1 200"},

    /* signatures, and with them the kind of certificate */
    {"-sigalgs ecdsa_secp256r1_sha256", {"Server public key is 256 bit"}, NULL},
    {"-sigalgs rsa_pss_rsae_sha256", {"Server public key is 2048 bit"}, NULL},
    {"-tls1_2 -sigalgs RSA+SHA256", {"Server public key is 2048 bit"}, NULL},
    {OLD "-tls1_2 -sigalgs RSA+SHA1:ECDSA+SHA1", {"alert handshake failure"}, "HTTP/1.1"},

    /* names that nobody has */
    {"-servername nobody.test", {"HTTP/1.1 200"}, NULL},
    {"-noservername", {"HTTP/1.1 200"}, NULL},

    /* what is off */
    {"-tls1_2", {"Compression: NONE", "Secure Renegotiation IS supported"}, NULL},
    {"-tls1_2 -legacy_renegotiation", {"HTTP/1.1 200"}, NULL},
    {"-status", {"OCSP response: no response sent"}, NULL},
    {"-tls1_3 -no_ticket", {"HTTP/1.1 200"}, NULL},
    {"-split_send_frag 512 -max_pipelines 1", {"HTTP/1.1 200"}, NULL},
    {"-maxfraglen 512", {"HTTP/1.1 200"}, NULL},
    {"-tls1_2 -no_etm", {"HTTP/1.1 200"}, NULL},
};

static void serve_both(const char *mode)
{
    cr_assert(s_client_is_there(), "no `openssl` (try: sh config/setup.sh test)");
    serve_tls(mode, FLAGS(flag("cert", ecdsa.crt), flag("key", ecdsa.pem), flag("cert", rsa.crt),
                          flag("key", rsa.pem)));
}

EACH_MODE(tls_matrix, the_modern_is_agreed_on_and_the_old_refused)
{
    serve_both(mode);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char words[512];
        snprintf(words, sizeof(words), "-CAfile %s -ign_eof %s", root.crt, rows[i].words);
        const char *said = s_client(tls_port, words, request);
        for (int part = 0; part < 3 && rows[i].says[part]; part++)
            cr_expect(strstr(said, rows[i].says[part]) != NULL, "%s %s: no \"%s\" in:\n%s", mode,
                      rows[i].words, rows[i].says[part], said);
        cr_expect(!rows[i].says_not || !strstr(said, rows[i].says_not), "%s %s: \"%s\" in:\n%s",
                  mode, rows[i].words, rows[i].says_not, said);
    }
    finish();
}

/* `R` makes s_client ask for it; the connection ends, or goes on as it was. */
EACH_MODE(tls_matrix, nobody_renegotiates)
{
    serve_both(mode);
    const char *said = s_client(tls_port, "-tls1_2", "R\n");
    cr_expect(strstr(said, "RENEGOTIATING") && strstr(said, "no renegotiation"), "%s", said);
    finish();
}

/* `K` changes both keys, `k` the client's. */
EACH_MODE(tls_matrix, s_client_changes_keys_before_it_asks)
{
    char line[128];
    serve_both(mode);
    for (int i = 0; i < 2; i++) {
        snprintf(line, sizeof(line), "%s\n%s", i ? "K" : "k", request);
        const char *said = s_client(tls_port, "-tls1_3", line);
        cr_expect(strstr(said, "KEYUPDATE"), "%s", said);
    }
    finish();
}
