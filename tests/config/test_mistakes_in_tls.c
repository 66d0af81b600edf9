/*
 * test_mistakes_in_tls.c - mistakes in who listens for HTTPS, in certificates and in hsts.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/error.h"
#include "tests/config/mistakes.h"
#include "tests/config/support.h"

#define EXPECT(rows) expect_mistakes(rows, sizeof(rows) / sizeof((rows)[0]))

static void enter(void)
{
    static const char *const files[] = {"a.pem", "b.pem", "a.key", "b.key", "a.der", "b.der"};
    support_enter();
    support_touch(files, sizeof(files) / sizeof(files[0]));
}

TestSuite(config_mistakes_in_tls, .timeout = 20, .init = enter, .fini = support_leave);

#define NO_CERTIFICATE                                                                             \
    "there is no certificate (name one with tls.cert, or try things out with tls_self_signed)"
#define NOBODY_LISTENS "nobody listens for HTTPS (name an address with tls_listen, such as *:8443)"

static const struct mistake listening[] = {
    {NULL, "--tls-listen=*:1", NULL, "--tls-listen: " NO_CERTIFICATE},
    {"\ntls_listen = '*:1'\nvhost a { tls { cert = a.pem } }", NULL, NULL,
     "tri-httpd.conf:2: tls_listen: " NO_CERTIFICATE},
    {"tls { cert = a.pem }", "--cert=", "TRI_HTTPD_TLS_LISTEN=*:1",
     "TRI_HTTPD_TLS_LISTEN: " NO_CERTIFICATE},
    {"tls {\n cert = a.pem\n}", NULL, NULL, "tri-httpd.conf:2: tls.cert: " NOBODY_LISTENS},
    {"tls {\n key = a.key\n}", NULL, NULL, "tri-httpd.conf:2: tls.key: " NOBODY_LISTENS},
    {NULL, "--ocsp=a.der", NULL, "--ocsp: " NOBODY_LISTENS},
    {NULL, NULL, "TRI_HTTPD_CLIENT_CA=a.pem", "TRI_HTTPD_CLIENT_CA: " NOBODY_LISTENS},
    {"vhost a { }\nvhost b {\n tls {\n cert = a.pem } }", NULL, NULL,
     "tri-httpd.conf:3: tls.cert: " NOBODY_LISTENS},
    {"lab = off\nhttps_redirect = on", NULL, NULL,
     "tri-httpd.conf:2: https_redirect: " NOBODY_LISTENS},
    {NULL, "--https-redirect=on", NULL, "--https-redirect: " NOBODY_LISTENS},
    {"tls_listen = { unix:/a, '*:1' }\ntls_self_signed = on\nhttps_redirect = on", NULL, NULL,
     "tri-httpd.conf:3: https_redirect: the first of tls_listen has no port to name (set "
     "https_port)"},
    {NULL, "--https-port=443", NULL,
     "--https-port: has no effect while https_redirect is off (drop it, or set that, too)"},
    {NULL, "--tls-self-signed=on", NULL,
     "--tls-self-signed: has no effect while tls_listen is empty (drop it, or set that, too)"},
    {NULL, "--tls-ktls=off", NULL,
     "--tls-ktls: has no effect while tls_listen is empty (drop it, or set that, too)"},
    {NULL, "--tls-session=1h", NULL,
     "--tls-session: has no effect while tls_listen is empty (drop it, or set that, too)"},
    {NULL, "--timeout-handshake=1s", NULL,
     "--timeout-handshake: has no effect while tls_listen is empty (drop it, or set that, too)"},
    {NULL, "--tls-listen=8443", NULL,
     "--tls-listen: \"8443\" is not an address (try 127.0.0.1:8080, [::1]:8080, *:8080 or "
     "unix:/run/tri-httpd.sock)"},
    {NULL, "--tls-listen=*:1\n--tls-listen=*:1", NULL,
     "--tls-listen: \"*:1\" is given twice (name it once)"},
    {NULL, "--tls-listen=*:1\n--tls-listen=", NULL,
     "--tls-listen: \"\" is for no value at all (remove it, or the others)"},
    {"tls_self_signed = on\ntls_listen = '127.0.0.1:8080'", NULL, NULL,
     "tri-httpd.conf:2: tls_listen: \"127.0.0.1:8080\" is in listen, too (keep one of them)"},
    {"tls_listen = unix:/a", "--listen=unix:/a", NULL,
     "--listen: \"unix:/a\" is in tls_listen, too (keep one of them)"},
    {"listen = {}\ntls_listen = {}", NULL, NULL,
     "tri-httpd.conf:1: listen: \"\" is not an address (try 127.0.0.1:8080, [::1]:8080, *:8080 or "
     "unix:/run/tri-httpd.sock)"},
    {"https_port = 65536", NULL, NULL,
     "tri-httpd.conf:1: https_port: \"65536\" is too large (try 0 to 65535)"},
    {"tls_session = 169h", NULL, NULL,
     "tri-httpd.conf:1: tls_session: \"169h\" is too large (try 0 to 168h)"},
    {"timeouts {\n handshake = 25h\n}", NULL, NULL,
     "tri-httpd.conf:2: timeouts.handshake: \"25h\" is too large (try 0 to 24h)"},
};

Test(config_mistakes_in_tls, of_who_listens)
{
    EXPECT(listening);
}

Test(config_mistakes_in_tls, of_too_many_addresses)
{
    char flags[2048] = "--tls-self-signed=on\n";
    struct tri_config config;
    struct tri_error error = {.text = "loaded"};
    for (int i = 0; i < TRI_CONFIG_LISTENS; i++) {
        size_t len = strlen(flags);
        snprintf(flags + len, sizeof(flags) - len, "--tls-listen=*:%d\n", 8000 + i);
    }
    cr_expect_not(support_load(&config, NULL, flags, NULL, &error));
    cr_expect_str_eq(error.text,
                     "--tls-listen: 17 addresses with those of listen (name at most 16 in all)");
    cr_assert(support_load(&config, "listen = {}", flags, NULL, NULL));
    cr_expect_eq(config.tls_listen_count, TRI_CONFIG_LISTENS);
    tri_config_free(&config);
    cr_expect_not(support_load(&config, NULL, "--listen=*:1",
                               "TRI_HTTPD_TLS_LISTEN=*:2,*:3,*:4,*:5,*:6,*:7,"
                               "*:8,*:9,*:10,*:11,*:12,*:13,*:14,*:15,*:16,"
                               "*:17\nTRI_HTTPD_TLS_SELF_SIGNED=on",
                               &error));
    cr_expect_str_eq(error.text,
                     "--listen: 17 addresses with those of tls_listen (name at most 16 in all)");
    strncat(flags, "--tls-listen=*:1", sizeof(flags) - strlen(flags) - 1);
    cr_expect_not(support_load(&config, NULL, flags, NULL, &error));
    cr_expect_str_eq(error.text, "--tls-listen: \"*:1\" is one address too many (at most 16)");
}

#define LISTEN "tls_listen = '*:1' tls_self_signed = on\n"
#define EACH " (name one for each, or none when the files of the certificates hold them)"
#define NOBODY_SIGNS                                                                               \
    ", but nobody may sign clients' certificates (name a file of those who may with client_ca)"

static const struct mistake blocks[] = {
    {"tls {\n cert = none.pem\n}", NULL, NULL,
     "tri-httpd.conf:2: tls.cert: \"none.pem\" cannot be used: No such file or directory (name an "
     "existing file)"},
    {"tls {\n cert = { a.pem,\n none.pem }\n}", NULL, NULL,
     "tri-httpd.conf:3: tls.cert: \"none.pem\" cannot be used: No such file or directory (name an "
     "existing file)"},
    {"tls {\n client_ca = /tmp\n}", NULL, NULL,
     "tri-httpd.conf:2: tls.client_ca: \"/tmp\" is no regular file (name the file itself)"},
    {"vhost a {\n tls {\n key = /dev/null } }", NULL, NULL,
     "tri-httpd.conf:3: tls.key: \"/dev/null\" is no regular file (name the file itself)"},
    {NULL, "--ocsp=none.der", NULL,
     "--ocsp: \"none.der\" cannot be used: No such file or directory (name an existing file)"},
    {NULL, NULL, "TRI_HTTPD_CERT=a.pem,none.pem",
     "TRI_HTTPD_CERT: \"none.pem\" cannot be used: No such file or directory (name an existing "
     "file)"},
    {"tls { client_ca = none.pem }", "--client-ca=a.pem", NULL,
     "tri-httpd.conf:1: tls.client_ca: \"none.pem\" cannot be used: No such file or directory "
     "(name an existing file)"},
    {"tls { cert = { a.pem, a.pem } }", NULL, NULL,
     "tri-httpd.conf:1: tls.cert: \"a.pem\" is given twice (name it once)"},
    {"vhost a {\n\n tls { cert = a.pem\n cert += a.pem } }", NULL, NULL,
     "tri-httpd.conf:4: tls.cert: \"a.pem\" is given twice (name it once)"},
    {"tls { cert = a.pem\n cert = b.pem }", NULL, NULL,
     "tri-httpd.conf:2: \"cert\" is set already in line 1 (keep one of them, or write +=)"},
    {"tls { verify = off }\ntls { verify = optional }", NULL, NULL,
     "tri-httpd.conf:2: \"verify\" is set already in line 1 (keep one of them)"},
    {"tls { verify = on }", NULL, NULL,
     "tri-httpd.conf:1: tls.verify: \"on\" is not known (try one of off|optional|required)"},
    {NULL, "--verify-client=on", NULL,
     "--verify-client: \"on\" is not known (try one of off|optional|required)"},
    {LISTEN "tls {\n cert = { a.pem, b.pem }\n key = a.key\n}", NULL, NULL,
     "tri-httpd.conf:4: tls.key: 1 key for 2 certificates" EACH},
    {LISTEN "vhost a {\n tls { cert = a.pem\n key = { a.key, b.key } } }", NULL, NULL,
     "tri-httpd.conf:3: tls.key: 2 keys for 1 certificate" EACH},
    {LISTEN "tls { cert = { a.pem, b.pem } key = { a.key, b.key } }", "--cert=a.pem", NULL,
     "tri-httpd.conf:2: tls.key: 2 keys for 1 certificate" EACH},
    {LISTEN, "--key=a.key", NULL, "--key: 1 key for 0 certificates" EACH},
    {LISTEN "tls { cert = a.pem }\nvhost a {\n tls { key = a.key } }", NULL, NULL,
     "tri-httpd.conf:4: tls.key: 1 key for 0 certificates" EACH},
    {LISTEN "tls { cert = a.pem\n ocsp = { a.der, b.der } }", NULL, NULL,
     "tri-httpd.conf:3: tls.ocsp: 2 responses for 1 certificate (name at most one for each)"},
    {LISTEN "vhost a { tls { ocsp = a.der } }", NULL, NULL,
     "tri-httpd.conf:2: tls.ocsp: 1 response for 0 certificates (name at most one for each)"},
    {LISTEN "tls {\n verify = optional }", NULL, NULL,
     "tri-httpd.conf:3: tls.verify: \"optional\"" NOBODY_SIGNS},
    {LISTEN "vhost a { }\nvhost b {\n tls { verify = required } }", NULL, NULL,
     "tri-httpd.conf:4: tls.verify: \"required\"" NOBODY_SIGNS},
    {LISTEN "tls { client_ca = a.pem verify = required }\nvhost a {\n tls { client_ca = '' } }",
     NULL, NULL, "tri-httpd.conf:4: tls.verify: \"required\"" NOBODY_SIGNS},
    {LISTEN, "--verify-client=required", NULL, "--verify-client: \"required\"" NOBODY_SIGNS},
    {"tls = 5", NULL, NULL, "tri-httpd.conf:1: \"tls\" begins a block (write tls { ... })"},
    {"cert = a.pem", NULL, NULL, "tri-httpd.conf:1: no key \"cert\" here (did you mean tls.cert?)"},
    {"vhost a {\n key = a.key }", NULL, NULL,
     "tri-httpd.conf:2: no key \"key\" here (did you mean tls.key?)"},
    {"vhost a {\n tls {\n certs = a.pem } }", NULL, NULL,
     "tri-httpd.conf:3: no key \"certs\" here (did you mean cert?)"},
    {"tls { listing = on }", NULL, NULL,
     "tri-httpd.conf:1: no key \"listing\" here (move it out of all blocks)"},
    {"vhost a { tls_listen = '*:1' }", NULL, NULL,
     "tri-httpd.conf:1: no key \"tls_listen\" here (move it out of all blocks)"},
    {"route / { handler = files tls { } }", NULL, NULL,
     "tri-httpd.conf:1: no key \"tls\" here (try one of handler, return, root, index, try_files, "
     "listing, dotfiles, symlinks, precompressed, compress, cache_control, headers, hsts)"},
    {NULL, "--certs=a.pem", NULL, "--certs: no such flag (did you mean --cert?)"},
};

Test(config_mistakes_in_tls, of_certificates)
{
    EXPECT(blocks);
}

/* Who may do all things can be somebody else for a while. */
Test(config_mistakes_in_tls, of_files_without_permission)
{
    struct tri_config config;
    struct tri_error error = {.text = "loaded"};
    bool is_root = geteuid() == 0;
    cr_assert(chmod("a.key", 0) == 0 && chmod(".", 0755) == 0);
    if (is_root && seteuid(65534) != 0)
        cr_skip_test("there is nobody else to be");
    cr_expect_not(support_load(&config, NULL, "--key=a.key", NULL, &error));
    if (is_root)
        cr_assert(seteuid(0) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0); /* for sanitizers */
    cr_expect_str_eq(error.text, "--key: \"a.key\" cannot be used: Permission denied (name a "
                                 "readable file)");
}

#define NO_POLICY                                                                                  \
    " is no such policy (write max-age=31536000, and maybe includeSubDomains and preload behind "  \
    "a "                                                                                           \
    "semicolon)"

static const struct mistake policies[] = {
    {NULL, "--hsts=on", NULL, "--hsts: \"on\"" NO_POLICY},
    {NULL, "--hsts=includeSubDomains", NULL, "--hsts: \"includeSubDomains\"" NO_POLICY},
    {NULL, "--hsts=max-age", NULL, "--hsts: \"max-age\"" NO_POLICY},
    {NULL, "--hsts=max-age=", NULL, "--hsts: \"max-age=\"" NO_POLICY},
    {NULL, "--hsts=max-age=1y", NULL, "--hsts: \"max-age=1y\"" NO_POLICY},
    {NULL, "--hsts=max-age=\"1\"", NULL, "--hsts: \"max-age=\"1\"\"" NO_POLICY},
    {NULL, "--hsts=max-age=12345678901", NULL, "--hsts: \"max-age=12345678901\"" NO_POLICY},
    {NULL, "--hsts=max-age=1;", NULL, "--hsts: \"max-age=1;\"" NO_POLICY},
    {NULL, "--hsts=;max-age=1", NULL, "--hsts: \";max-age=1\"" NO_POLICY},
    {NULL, "--hsts=max-age=1; max-age=2", NULL, "--hsts: \"max-age=1; max-age=2\"" NO_POLICY},
    {NULL, "--hsts=max-age=1, preload", NULL, "--hsts: \"max-age=1, preload\"" NO_POLICY},
    {NULL, "--hsts=max-age=1; preloaded", NULL, "--hsts: \"max-age=1; preloaded\"" NO_POLICY},
    {NULL, "--hsts=max-age=1; report-uri=x", NULL, "--hsts: \"max-age=1; report-uri=x\"" NO_POLICY},
    {NULL, NULL, "TRI_HTTPD_HSTS=preload preload", "TRI_HTTPD_HSTS: \"preload preload\"" NO_POLICY},
    {"route / { handler = hello\n hsts = x }", NULL, NULL,
     "tri-httpd.conf:2: hsts: \"x\"" NO_POLICY},
    {"hsts = \"max-age=1\\n\"", NULL, NULL,
     "tri-httpd.conf:1: hsts: holds a control character (write one line of plain text)"},
};

Test(config_mistakes_in_tls, of_hsts)
{
    EXPECT(policies);
}
