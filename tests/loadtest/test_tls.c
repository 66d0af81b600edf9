/*
 * test_tls.c - requests under TLS, and a server that does not speak it.
 *
 * The server is a thread with a certificate of its own making.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "loadtest/engine.h"
#include "loadtest/options.h"
#include "server/base/error.h"

TestSuite(loadtest_tls, .timeout = 60);

static SSL_CTX *context;
static bool is_plain; /* it talks, but not TLS */

static SSL_CTX *make_context(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"fake", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_sign(certificate, key, EVP_sha256());
    SSL_CTX *made = SSL_CTX_new(TLS_server_method());
    cr_assert(made && SSL_CTX_use_certificate(made, certificate) == 1 &&
              SSL_CTX_use_PrivateKey(made, key) == 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return made;
}

static void talk(SSL *ssl)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    char bytes[4096];
    if (SSL_accept(ssl) != 1)
        return;
    while (SSL_read(ssl, bytes, sizeof(bytes)) > 0)
        if (SSL_write(ssl, reply, sizeof(reply) - 1) <= 0)
            return;
}

static void *visit(void *from)
{
    int fd = *(int *)from;
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    if (is_plain)
        (void)!write(fd, "220 mail.example.org ESMTP\r\n", 28);
    else
        talk(ssl);
    SSL_free(ssl);
    close(fd);
    free(from);
    return NULL;
}

static void *accept_all(void *from)
{
    for (int fd; (fd = accept(*(int *)from, NULL, NULL)) >= 0;) {
        pthread_t thread;
        int *own = malloc(sizeof(*own));
        *own = fd;
        pthread_create(&thread, NULL, visit, own);
        pthread_detach(thread);
    }
    return NULL;
}

static unsigned open_server(void)
{
    static int listener;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    pthread_t thread;
    signal(SIGPIPE, SIG_IGN);
    context = make_context();
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
              listen(listener, 64) == 0);
    getsockname(listener, (struct sockaddr *)&address, &size);
    pthread_create(&thread, NULL, accept_all, &listener);
    return ntohs(address.sin_port);
}

static struct tri_result *run(char *flag, struct tri_error *error)
{
    static struct tri_options options;
    static char url[64];
    snprintf(url, sizeof(url), "https://127.0.0.1:%u/", open_server());
    char *words[] = {"tri-load", "-c4", "-n200", "--timeout=10s", url, flag, NULL};
    cr_assert(tri_options_parse(&options, flag ? 6 : 5, words, error), "%s", error->text);
    cr_assert(tri_options_finish(&options, url, error), "%s", error->text);
    struct tri_result *result = tri_engine_run(&options.plan, NULL, NULL, error);
    tri_plan_deinit(&options.plan);
    return result;
}

Test(loadtest_tls, requests_are_answered_and_handshakes_are_timed)
{
    struct tri_error error = {0};
    struct tri_result *result = run(NULL, &error);
    cr_assert(result != NULL, "%s", error.text);
    cr_assert(eq(u64, result->total.counts.responses, 200));
    cr_assert(eq(u64, tri_result_fault_count(result), 0));
    cr_assert(eq(u64, result->total.handshake.total, 4));
    cr_assert(eq(u64, result->total.own.total + result->total.counts.unstamped, 0));
    cr_assert(result->why_unstamped && strstr(result->why_unstamped, "TLS"));
    tri_result_free(result);
}

Test(loadtest_tls, each_request_may_have_a_handshake)
{
    struct tri_error error = {0};
    struct tri_result *result = run("--close", &error);
    cr_assert(result != NULL, "%s", error.text);
    cr_assert(eq(u64, result->total.counts.responses, 200));
    cr_assert(eq(u64, result->total.handshake.total, 200));
    tri_result_free(result);
}

Test(loadtest_tls, a_certificate_that_nobody_vouches_for_is_refused_on_demand)
{
    struct tri_error error = {0};
    cr_assert(run("--tls-verify", &error) == NULL);
    cr_assert(strstr(error.text, "certificate") != NULL, "%s", error.text);
}

Test(loadtest_tls, who_does_not_speak_it_is_a_fault_of_tls)
{
    struct tri_error error = {0};
    is_plain = true;
    struct tri_result *result = run("--close", &error);
    cr_assert(result != NULL, "%s", error.text);
    cr_assert(eq(u64,
                 result->total.counts.faults[TRI_FAULT_TLS] +
                     result->total.counts.faults[TRI_FAULT_RESET],
                 200));
    cr_assert(ge(u64, result->total.counts.faults[TRI_FAULT_TLS], 1));
    tri_result_free(result);
}
