/*
 * main.c - START HERE: settings in, listeners open, and the chosen mode serves.
 *
 *     flags, environment, file --> struct tri_config --> struct tri_server --> mode->serve()
 *
 * This is the only file that knows everybody. What it leads to: core/conn.h is the seam that the
 * three modes share; modes/threads.c, loop.c and mn.c are the three ways to wait behind it.
 *
 * Exit codes: 0 served and drained, 1 failed, 2 wrong usage or configuration; of --healthcheck 0
 * well and 1 not, whatever is wrong.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ev.h>
#include <openssl/crypto.h>
#include <openssl/opensslv.h>

#include "config/config.h"
#include "modes/mode.h"
#include "modes/prefork.h"
#include "server/base/cpus.h"
#include "server/base/fd.h"
#include "server/base/log.h"
#include "server/base/notify.h"
#include "server/handlers/handlers.h"
#include "server/healthcheck.h"
#include "server/http/parser.h"
#include "server/net/tls.h"
#include "server/securing.h"
#include "server/serving.h"

enum { SERVED = 0, FAILED = 1, WRONG_USAGE = 2 };

#define HANDLERS_MAX 64
#define NEEDED_FDS 32 /* for anything to work, beside the listeners */

extern char **environ;

_Static_assert(TRI_CONFIG_LISTENS <= TRI_LISTENERS_MAX, "modes have room for all listeners");

static void print_version(void)
{
    printf("tri-httpd " TRI_VERSION "\n"
           "llhttp %s\n"
           "libev %d.%d, running with %d.%d\n"
           "OpenSSL %s, running with %s, kTLS %s\n",
           tri_parser_llhttp_version(), EV_VERSION_MAJOR, EV_VERSION_MINOR, ev_version_major(),
           ev_version_minor(), OPENSSL_VERSION_STR, OpenSSL_version(OPENSSL_VERSION_STRING),
           tri_tls_kernel_can() ? "available" : "not available");
}

/* The names of all handlers, NULL-terminated. */
static void list_handlers(const char *names[static HANDLERS_MAX])
{
    size_t n = 0;
    for (; tri_handlers[n] && n < HANDLERS_MAX - 1; n++)
        names[n] = tri_handlers[n]->name;
    names[n] = NULL;
}

static enum tri_log_level log_level(const char *name)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    int level = TRI_LOG_DEBUG;
    while (level < TRI_LOG_ERROR && strcmp(names[level], name) != 0)
        level++;
    return (enum tri_log_level)level;
}

/* Worker processes: `threads` always has some, `loop` when asked for several, `mn` none. */
static unsigned process_count(const struct tri_config *config, const struct tri_mode *mode)
{
    if (mode == &tri_mode_threads)
        return config->processes > 0 ? (unsigned)config->processes : tri_cpus_usable();
    return config->processes > 1 ? (unsigned)config->processes : 0;
}

static enum tri_spawn spawn_of(const char *name)
{
    return strcmp(name, "fork") == 0    ? TRI_SPAWN_FORK
           : strcmp(name, "fresh") == 0 ? TRI_SPAWN_FRESH
                                        : TRI_SPAWN_CACHED;
}

static void close_listeners(struct tri_server *server, bool unlink_paths)
{
    tri_server_close_listeners(server, unlink_paths);
    free(server->listeners);
    server->listeners = NULL;
}

static bool open_listeners(struct tri_server *server, const struct tri_config *config,
                           struct tri_error *error)
{
    unsigned shares = server->processes > 0 ? server->processes : 1;
    unsigned count = config->listen_count + config->tls_listen_count;
    server->listeners = calloc(count, sizeof(*server->listeners));
    if (!server->listeners) {
        tri_error_set(error, "out of memory");
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        struct tri_address address;
        bool is_tls = i >= config->listen_count;
        const char *text =
            is_tls ? config->tls_listen[i - config->listen_count] : config->listen[i];
        if (!tri_address_parse(&address, text, error) ||
            !tri_listener_open(&server->listeners[i], &address, shares, error)) {
            close_listeners(server, true);
            return false;
        }
        server->listeners[server->listener_count++].is_tls = is_tls;
    }
    return true;
}

/*
 * Signals are waited for, never handled asynchronously; a vanished client is no signal at all, in
 * no thread and no worker: OpenSSL and sendfile(2) cannot be told so from call to call.
 */
static void set_signals(void)
{
    sigset_t waited;
    sigemptyset(&waited);
    sigaddset(&waited, SIGTERM);
    sigaddset(&waited, SIGINT);
    sigaddset(&waited, SIGHUP);
    sigaddset(&waited, SIGCHLD);
    sigprocmask(SIG_BLOCK, &waited, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void announce(const struct tri_server *server, const struct tri_mode *mode)
{
    for (unsigned i = 0; i < server->listener_count; i++) {
        char url[160];
        const struct tri_listener *listener = &server->listeners[i];
        tri_address_url(&listener->address, listener->is_tls ? "https" : "http", url, sizeof(url));
        printf("tri-httpd: mode %s on %s%s\n", mode->name, url,
               listener->is_tls && tri_tls_kernel_can() ? ", kTLS" : "");
    }
    fflush(stdout);
}

/* The listeners are open, so whoever comes is served. */
static void say_ready(void)
{
    struct tri_error error;
    char quoted[2 * sizeof(error.text)];
    if (!tri_notify_ready(&error))
        tri_log(TRI_LOG_WARN, "notify_failed", " reason=%s",
                tri_log_quote(error.text, quoted, sizeof(quoted)));
}

/* On SIGHUP. What is wrong with new certificates leaves the old ones in force. */
static void reload(struct tri_server *server)
{
    struct tri_error error;
    char quoted[2 * sizeof(error.text)];
    if (!server->tls)
        tri_log(TRI_LOG_INFO, "reload", " certificates=none");
    else if (tri_tls_reload(server->tls, &error))
        tri_log(TRI_LOG_INFO, "reload", " certificates=new");
    else
        tri_log(TRI_LOG_ERROR, "reload", " certificates=old reason=%s",
                tri_log_quote(error.text, quoted, sizeof(quoted)));
}

static int serve(const struct tri_config *config)
{
    const struct tri_mode *mode = tri_mode_find(config->mode);
    const struct tri_site_facts facts = {mode->name, mode->summary, TRI_VERSION, config->lab};
    struct tri_serving serving;
    struct tri_securing securing;
    struct tri_error error;
    unsigned fd_limit = tri_fd_raise_limit();
    struct tri_server server = {
        .processes = process_count(config, mode),
        .workers = config->workers > 0 ? (unsigned)config->workers : tri_cpus_usable(),
        .offload = (unsigned)config->offload,
        .stack_bytes = (uint32_t)config->stack_bytes,
        .spawn = spawn_of(config->threads_spawn),
        .steal = config->mn_steal,
        .handoff = config->mn_handoff,
        .stack_marks = config->mn_stack_marks,
        .shutdown_ns = config->shutdown_ns,
        .reload = reload,
    };
    tri_log_open(log_level(config->log_level), mode->name);
    if (!tri_serving_open(&serving, &server.service, config, &facts, fd_limit, &error)) {
        fprintf(stderr, "tri-httpd: %s\n", error.text);
        return WRONG_USAGE;
    }
    if (!tri_securing_open(&securing, config, &error)) {
        fprintf(stderr, "tri-httpd: %s\n", error.text);
        tri_serving_close(&serving);
        return WRONG_USAGE;
    }
    server.tls = securing.tls;
    if (config->check) {
        printf("tri-httpd: the configuration is sound\n");
        tri_securing_close(&securing);
        tri_serving_close(&serving);
        return SERVED;
    }
    bool ok = open_listeners(&server, config, &error);
    if (ok && fd_limit < NEEDED_FDS + server.listener_count * server.processes) {
        tri_error_set(&error, "at most %u descriptors (allow more: ulimit -n)", fd_limit);
        close_listeners(&server, true);
        ok = false;
    }
    if (!ok) {
        fprintf(stderr, "tri-httpd: %s\n", error.text);
        tri_securing_close(&securing);
        tri_serving_close(&serving);
        return FAILED;
    }
    server.service.https_port =
        tri_securing_redirect_port(config, server.listeners, server.listener_count);
    pid_t master = getpid();
    set_signals();
    if (config->max_connections > server.service.limits.connections)
        tri_log(TRI_LOG_WARN, "max_connections_cut", " wanted=%llu allowed=%u descriptors=%u",
                (unsigned long long)config->max_connections, server.service.limits.connections,
                fd_limit);
    announce(&server, mode);
    say_ready();
    int code = server.processes > 0 ? tri_prefork(&server, mode) : mode->serve(&server);
    close_listeners(&server, getpid() == master);
    if (atomic_load(&server.service.open) > 0) {
        fflush(NULL);
        _exit(code); /* a drain was cut short: threads are still at work on what would be freed */
    }
    tri_securing_close(&securing);
    tri_serving_close(&serving);
    return code;
}

/* Said without the settings, which could not be read: who checks health knows no third answer. */
static bool is_healthcheck(int argc, char *const argv[])
{
    static const char flag[] = "--healthcheck";
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], flag, strlen(flag)) == 0)
            return true;
    return false;
}

static int check_health(const struct tri_config *config)
{
    struct tri_error error;
    if (tri_healthcheck(config, config->health_url, &error))
        return SERVED;
    fprintf(stderr, "tri-httpd: %s\n", error.text);
    return FAILED;
}

int main(int argc, char *argv[])
{
    const char *handlers[HANDLERS_MAX];
    struct tri_config config;
    struct tri_error error;
    int code = SERVED;
    if (!tri_fd_open_standard()) {
        perror("tri-httpd: a standard stream is closed, and /dev/null cannot stand in for it");
        return FAILED;
    }
    list_handlers(handlers);
    if (!tri_config_load(&config, argc, argv, environ, handlers, &error)) {
        fprintf(stderr, "tri-httpd: %s\n", error.text);
        return is_healthcheck(argc, argv) ? FAILED : WRONG_USAGE;
    }
    if (config.help)
        tri_config_help(stdout);
    else if (config.version)
        print_version();
    else if (config.print)
        tri_config_print(&config, stdout);
    else if (config.healthcheck)
        code = check_health(&config);
    else
        code = serve(&config);
    tri_config_free(&config);
    return code;
}
