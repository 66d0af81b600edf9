/*
 * securing.c - certificates out of settings; see securing.h.
 */
#include "server/securing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/net/listener.h"

#define HTTPS_PORT 443

/* --- what TLS has to say goes to the log --- */

static void log_quoted(enum tri_log_level level, const char *event, const struct tri_ip *peer,
                       const char *key, const char *text)
{
    char quoted[512], name[TRI_IP_TEXT] = "";
    if (peer)
        tri_ip_print(peer, name);
    tri_log(level, event, "%s%s %s=%s", peer ? " peer=" : "", name, key,
            tri_log_quote(text, quoted, sizeof(quoted)));
}

static void warn(const char *text)
{
    log_quoted(TRI_LOG_WARN, "certificate", NULL, "warning", text);
}

/* Anybody can make handshakes fail, so this is said once a second at most. */
static void failed(const struct tri_ip *peer, const char *reason)
{
    static struct tri_log_rate rate;
    if (tri_log_rate_due(&rate, tri_clock_now()))
        log_quoted(TRI_LOG_INFO, "handshake_failed", peer, "reason", reason);
}

static void recognized(const struct tri_ip *peer, const char *name)
{
    log_quoted(TRI_LOG_INFO, "client_certificate", peer, "subject", name);
}

/* --- hosts --- */

static enum tri_tls_verify verify_of(const struct tri_config_tls *tls)
{
    if (!tls->verify || strcmp(tls->verify, "off") == 0)
        return TRI_TLS_VERIFY_OFF;
    return strcmp(tls->verify, "required") == 0 ? TRI_TLS_VERIFY_REQUIRED : TRI_TLS_VERIFY_OPTIONAL;
}

static bool demands_alike(const struct tri_config_tls *a, const struct tri_config_tls *b)
{
    return verify_of(a) == verify_of(b) && a->client_ca && b->client_ca &&
           strcmp(a->client_ca, b->client_ca) == 0;
}

unsigned tri_securing_guard(const struct tri_config *config, const struct tri_config_tls *tls,
                            bool *ret_required)
{
    *ret_required = verify_of(tls) == TRI_TLS_VERIFY_REQUIRED;
    if (verify_of(tls) == TRI_TLS_VERIFY_OFF)
        return 0;
    if (demands_alike(&config->tls, tls))
        return 1;
    unsigned first = 0;
    while (first < config->host_count && !demands_alike(&config->hosts[first].tls, tls))
        first++;
    return 2 + first;
}

/* The certificates of `tls`, appended to those of other hosts. */
static struct tri_tls_certificate *add_certificates(struct tri_tls_certificate *at,
                                                    const struct tri_config_tls *tls)
{
    for (unsigned i = 0; i < tls->cert.count; i++)
        *at++ = (struct tri_tls_certificate){
            .cert = tls->cert.at[i],
            .key = i < tls->key.count ? tls->key.at[i] : NULL,
            .ocsp = i < tls->ocsp.count ? tls->ocsp.at[i] : NULL,
        };
    return at;
}

/* A host with certificates of its own, or a demand of its own beside the server's certificates. */
static bool differs(const struct tri_config *config, const struct tri_config_host *host)
{
    bool required;
    return host->tls.cert.count > 0 || tri_securing_guard(config, &host->tls, &required) !=
                                           tri_securing_guard(config, &config->tls, &required);
}

static struct tri_tls_host host_of(const struct tri_config *config,
                                   const struct tri_config_tls *tls,
                                   const struct tri_config_tls *demand, const char *name)
{
    bool required;
    return (struct tri_tls_host){
        .name = name,
        .certificate_count = tls->cert.count,
        .client_ca = demand->client_ca,
        .verify = verify_of(demand),
        .guard = tri_securing_guard(config, demand, &required),
    };
}

/* Fill hosts, certificates and places; how many hosts there are. */
static unsigned list_hosts(struct tri_securing *securing, const struct tri_config *config)
{
    struct tri_tls_certificate *next = securing->certificates;
    unsigned count = 0;
    for (unsigned i = 0; i <= config->host_count; i++) {
        const struct tri_config_host *from = i > 0 ? &config->hosts[i - 1] : NULL;
        const struct tri_config_tls *tls =
            from && from->tls.cert.count > 0 ? &from->tls : &config->tls;
        if (from && !differs(config, from))
            continue;
        struct tri_tls_host host =
            host_of(config, tls, from ? &from->tls : &config->tls, from ? from->name : NULL);
        host.certificates = next;
        next = add_certificates(next, tls);
        if (config->file && tls->line > 0) {
            snprintf(securing->places[count], sizeof(securing->places[count]), "%s:%d",
                     config->file, tls->line);
            host.where = securing->places[count];
        }
        securing->hosts[count++] = host;
    }
    return count;
}

bool tri_securing_open(struct tri_securing *securing, const struct tri_config *config,
                       struct tri_error *error)
{
    unsigned hosts = config->host_count + 1, certificates = hosts * (config->tls.cert.count + 1);
    *securing = (struct tri_securing){.tls = NULL};
    if (config->tls_listen_count == 0)
        return true;
    for (unsigned i = 0; i < config->host_count; i++)
        certificates += config->hosts[i].tls.cert.count;
    securing->hosts = calloc(hosts, sizeof(*securing->hosts));
    securing->certificates = calloc(certificates, sizeof(*securing->certificates));
    securing->places = calloc(hosts, sizeof(*securing->places));
    if (!securing->hosts || !securing->certificates || !securing->places) {
        tri_error_set(error, "out of memory");
        tri_securing_close(securing);
        return false;
    }
    const struct tri_tls_plan plan = {
        .hosts = securing->hosts,
        .host_count = list_hosts(securing, config),
        .self_signed = config->tls_self_signed && config->tls.cert.count == 0,
        .ktls = config->tls_ktls,
        .session_ns = config->session_ns,
        .warn = warn,
        .failed = failed,
        .recognized = recognized,
    };
    securing->tls = tri_tls_new(&plan, error);
    if (!securing->tls)
        tri_securing_close(securing);
    return securing->tls != NULL;
}

void tri_securing_close(struct tri_securing *securing)
{
    tri_tls_free(securing->tls);
    free(securing->hosts);
    free(securing->certificates);
    free(securing->places);
    *securing = (struct tri_securing){.tls = NULL};
}

uint16_t tri_securing_redirect_port(const struct tri_config *config,
                                    const struct tri_listener *listeners, unsigned count)
{
    if (!config->https_redirect)
        return 0;
    if (config->https_port > 0)
        return (uint16_t)config->https_port;
    for (unsigned i = 0; i < count; i++)
        if (listeners[i].is_tls && tri_address_port(&listeners[i].address) > 0)
            return tri_address_port(&listeners[i].address);
    return HTTPS_PORT;
}
