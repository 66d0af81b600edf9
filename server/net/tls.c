/*
 * tls.c - the certificates in force; see tls.h.
 */
#include "server/net/tls.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "server/base/error.h"
#include "server/base/fd.h"
#include "server/net/tls_self_signed.h"
#include "server/net/tls_set.h"
#include "server/net/tls_tickets.h"

struct tri_tls {
    struct tri_tls_plan plan;
    struct tri_tls_tickets *tickets; /* owned; NULL: sessions are not resumed */
    X509 *cert;                      /* owned; made by ourselves, or NULL */
    EVP_PKEY *key;                   /* owned; of cert */
    pthread_mutex_t lock;
    struct tri_tls_set *set; /* one user is us; under lock */
};

struct tri_tls *tri_tls_new(const struct tri_tls_plan *plan, struct tri_error *error)
{
    /*
     * What OpenSSL keeps for a thread it gives back when the thread is gone for everybody else, so
     * nobody could wait for that: at exit it must not take away what that needs.
     */
    OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, NULL);
    struct tri_tls *tls = calloc(1, sizeof(*tls));
    if (!tls) {
        tri_error_set(error, "TLS: out of memory");
        return NULL;
    }
    tls->plan = *plan;
    tls->plan.ktls = plan->ktls && tri_tls_kernel_can(); /* else OpenSSL tries for each client */
    pthread_mutex_init(&tls->lock, NULL);
    if (plan->session_ns > 0 && !(tls->tickets = tri_tls_tickets_new(plan->session_ns, error)))
        goto failed;
    if (plan->self_signed && !tri_tls_self_sign(&tls->cert, &tls->key, error))
        goto failed;
    tls->set = tri_tls_set_new(plan, tls->tickets, tls->cert, tls->key, error);
    if (tls->set)
        return tls;
failed:
    tri_tls_free(tls);
    return NULL;
}

bool tri_tls_reload(struct tri_tls *tls, struct tri_error *error)
{
    struct tri_tls_set *set = tri_tls_set_new(&tls->plan, tls->tickets, tls->cert, tls->key, error);
    if (!set)
        return false;
    pthread_mutex_lock(&tls->lock);
    struct tri_tls_set *old = tls->set;
    tls->set = set;
    pthread_mutex_unlock(&tls->lock);
    tri_tls_set_put(old);
    return true;
}

struct tri_tls_set *tri_tls_take_set(struct tri_tls *tls)
{
    pthread_mutex_lock(&tls->lock);
    struct tri_tls_set *set = tls->set;
    atomic_fetch_add(&set->users, 1);
    pthread_mutex_unlock(&tls->lock);
    return set;
}

void tri_tls_report_name(const struct tri_tls *tls, const struct tri_ip *client, const char *name)
{
    if (tls->plan.recognized)
        tls->plan.recognized(client, name);
}

void tri_tls_report_failure(const struct tri_tls *tls, const struct tri_ip *client,
                            const char *reason)
{
    if (tls->plan.failed)
        tls->plan.failed(client, reason);
}

void tri_tls_free(struct tri_tls *tls)
{
    if (!tls)
        return;
    tri_tls_set_put(tls->set);
    tri_tls_tickets_free(tls->tickets);
    X509_free(tls->cert);
    EVP_PKEY_free(tls->key);
    pthread_mutex_destroy(&tls->lock);
    free(tls);
}

bool tri_tls_kernel_can(void)
{
#ifdef TCP_ULP
    static const char name[] = "tls";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* must be connected for it */
    bool can = listener >= 0 && client >= 0 &&
               bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
               listen(listener, 1) == 0 &&
               getsockname(listener, (struct sockaddr *)&address, &bytes) == 0 &&
               connect(client, (struct sockaddr *)&address, sizeof(address)) == 0 &&
               setsockopt(client, IPPROTO_TCP, TCP_ULP, name, sizeof(name)) == 0;
    tri_fd_close(&client);
    tri_fd_close(&listener);
    return can;
#else
    return false;
#endif
}
