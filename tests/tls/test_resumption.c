/*
 * test_resumption.c - a client that comes back shows a ticket, to whichever worker it meets.
 */
#include "s_client.h"
#include "serving.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/modes/program.h"

TestSuite(tls_resumption, .init = papers_make, .fini = papers_remove, .timeout = 120);

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static struct paper a;

static void serve_with(const char *mode, const char *extra)
{
    a = paper_make("a", &(struct paper_plan){0});
    serve_tls(mode, FLAGS(flag("cert", a.both), extra));
}

static void end(void)
{
    finish();
    paper_free(&a);
}

EACH_MODE(tls_resumption, a_ticket_is_good_on_another_connection)
{
    serve_with(mode, NULL);
    for (int i = 0; i < 2; i++) {
        SSL_SESSION *first, *second, *third;
        const char *said = tell((struct call){.version = versions[i]}, "a.test", &first);
        cr_expect(strstr(said, "resumed: no"), "%s", said);
        cr_assert(first != NULL);
        said = tell((struct call){.version = versions[i], .session = first}, "a.test", &second);
        cr_expect(strstr(said, "resumed: yes"), "%s", said);
        cr_expect((second != NULL) == (versions[i] == TLS1_3_VERSION), "used once (RFC 8446 C.4)");
        SSL_SESSION *next = second ? second : first; /* TLS 1.2 goes on with the one it has */
        said = tell((struct call){.version = versions[i], .session = next}, "a.test", &third);
        cr_expect(strstr(said, "resumed: yes"), "%s", said);
        SSL_SESSION_free(first), SSL_SESSION_free(second), SSL_SESSION_free(third);
    }
    end();
}

/* Does process `pid` have a socket whose inode is `inode`? */
static bool has_socket(pid_t pid, unsigned long inode)
{
    char path[64], wanted[64], found[64];
    bool has = false;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
    DIR *folder = opendir(path);
    for (const struct dirent *entry; folder && !has && (entry = readdir(folder));) {
        ssize_t n = readlinkat(dirfd(folder), entry->d_name, found, sizeof(found) - 1);
        found[n > 0 ? n : 0] = '\0';
        has = strcmp(found, wanted) == 0;
    }
    if (folder)
        closedir(folder);
    return has;
}

/* The inode of the server's end of this connection; 0: there is none. */
static unsigned long inode_of(const struct caller *caller)
{
    char line[256];
    unsigned from, to;
    unsigned long inode, found = 0;
    struct sockaddr_in self;
    socklen_t bytes = sizeof(self);
    getsockname(caller->socket.fd, (struct sockaddr *)&self, &bytes);
    FILE *table = fopen("/proc/net/tcp", "re");
    while (table && !found && fgets(line, sizeof(line), table))
        if (sscanf(line, " %*u: %*8x:%x %*8x:%x %*x %*x:%*x %*x:%*x %*x %*u %*u %lu", &from, &to,
                   &inode) == 3 &&
            from == tls_port && to == ntohs(self.sin_port))
            found = inode;
    if (table)
        fclose(table);
    return found;
}

/* Which process of the server has this connection? */
static pid_t worker_of(const struct caller *caller)
{
    unsigned long inode = inode_of(caller);
    struct census census = program_census(server.pid);
    for (unsigned i = 0; i < census.processes; i++)
        if (has_socket(census.pids[i], inode))
            return census.pids[i];
    return 0;
}

/* One request; where it was answered, and whether the session was resumed. */
static pid_t visit(struct call call, SSL_SESSION **ret_session, bool *ret_resumed)
{
    struct caller caller;
    char *body;
    meet(&caller, call);
    cr_assert(caller_get(&caller, "a.test", "/tls", &body) == 200);
    pid_t worker = worker_of(&caller);
    cr_assert(worker > 0);
    *ret_resumed = strstr(body, "resumed: yes") != NULL;
    free(body);
    if (ret_session) {
        *ret_session = caller.session;
        caller.session = NULL;
    }
    caller_farewell(&caller);
    caller_close(&caller);
    return worker;
}

/* The kernel chooses the worker, so we come until it has chosen another. */
static void expect_shared(const char *mode, int version)
{
    enum { CALLS_MOST = 200 };
    SSL_SESSION *first;
    bool resumed, met_other = false;
    pid_t maker = visit((struct call){.version = version}, &first, &resumed);
    cr_assert(first != NULL && !resumed);
    for (int n = 0; n < CALLS_MOST && !met_other; n++) {
        pid_t other = visit((struct call){.version = version, .session = first}, NULL, &resumed);
        cr_assert(resumed, "%s: call %d", mode, n);
        met_other = other != maker;
    }
    cr_assert(met_other, "%s: the other worker was never met", mode);
    SSL_SESSION_free(first);
}

EACH_MODE(tls_resumption, a_ticket_of_one_worker_is_good_at_the_other)
{
    if (strcmp(mode, "mn") == 0) /* has one process */
        return;
    serve_with(mode, "--processes=2");
    for (int i = 0; i < 2; i++)
        expect_shared(mode, versions[i]);
    end();
}

/* A worker that is started later has the keys, too. */
EACH_MODE(tls_resumption, a_ticket_survives_the_worker_that_made_it)
{
    SSL_SESSION *first;
    if (strcmp(mode, "mn") == 0)
        return;
    serve_with(mode, "--processes=2");
    tell((struct call){0}, "a.test", &first);
    struct census census = program_census(server.pid);
    for (unsigned i = 0; i < census.processes; i++)
        if (census.pids[i] != server.pid)
            kill(census.pids[i], SIGKILL);
    server.killed = 2;
    cr_assert(was_logged("event=worker_died", 2));
    for (int n = 0; n < 8; n++) {
        const char *said = tell((struct call){.session = first}, "a.test", NULL);
        cr_expect(strstr(said, "resumed: yes"), "%s", said);
    }
    SSL_SESSION_free(first);
    end();
}

EACH_MODE(tls_resumption, a_ticket_survives_a_reload)
{
    SSL_SESSION *first;
    serve_with(mode, strcmp(mode, "mn") ? "--processes=2" : NULL);
    tell((struct call){0}, "a.test", &first);
    kill(server.pid, SIGHUP);
    cr_assert(was_logged("certificates=new", strcmp(mode, "mn") ? 3 : 1));
    const char *said = tell((struct call){.session = first}, "a.test", NULL);
    cr_expect(strstr(said, "resumed: yes"), "%s", said);
    SSL_SESSION_free(first);
    end();
}

EACH_MODE(tls_resumption, there_are_no_tickets_when_sessions_last_for_no_time)
{
    serve_with(mode, "--tls-session=0");
    for (int i = 0; i < 2; i++) {
        SSL_SESSION *first;
        const char *said = tell((struct call){.version = versions[i]}, "a.test", &first);
        cr_expect(strstr(said, "resumed: no"), "%s", said);
        cr_expect(!first || (!SSL_SESSION_has_ticket(first) && !SSL_SESSION_is_resumable(first)));
        SSL_SESSION_free(first);
    }
    end();
}

/* s_client keeps its session in a file; -reconnect would stay at one worker. */
EACH_MODE(tls_resumption, s_client_resumes_its_session)
{
    static const char request[] = "GET /tls HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";
    char words[256];
    serve_with(mode, NULL);
    for (int i = 0; i < 2; i++) {
        const char *version = i ? "-tls1_3" : "-tls1_2", *path = papers_path("session");
        snprintf(words, sizeof(words), "-ign_eof %s -sess_out %s", version, path);
        const char *said = s_client(tls_port, words, request);
        cr_expect(strstr(said, "resumed: no"), "%s", said);
        snprintf(words, sizeof(words), "-ign_eof %s -sess_in %s", version, path);
        said = s_client(tls_port, words, request);
        cr_expect(strstr(said, "resumed: yes") && strstr(said, "Reused, "), "%s", said);
    }
    end();
}

/* Bits of a ticket that are not ours: the client just has to start anew. */
EACH_MODE(tls_resumption, a_ticket_of_another_server_is_of_no_use)
{
    SSL_SESSION *first;
    serve_with(mode, NULL);
    tell((struct call){0}, "a.test", &first);
    finish();
    serve_tls(mode, FLAGS(flag("cert", a.both)));
    const char *said = tell((struct call){.session = first}, "a.test", NULL);
    cr_expect(strstr(said, "resumed: no") && strstr(said, "TLSv1.3"), "%s", said);
    SSL_SESSION_free(first);
    end();
}

/* Each connection has a process of its own, forked by a worker that makes no ticket itself. */
Test(tls_resumption, a_process_for_each_connection_shares_keys_and_certificates)
{
    SSL_SESSION *first;
    a = paper_make("a", &(struct paper_plan){0});
    struct paper fresh = paper_make("fresh", &(struct paper_plan){.name = "fresh.test"});
    serve_tls("threads", FLAGS(flag("cert", a.both), "--processes=1", "--threads-spawn=fork"));
    tell((struct call){0}, "a.test", &first);
    for (int i = 0; i < 4; i++) {
        const char *said = tell((struct call){.session = first}, "a.test", NULL);
        cr_expect(strstr(said, "resumed: yes"), "%s", said);
    }
    cr_assert(rename(fresh.both, a.both) == 0);
    kill(server.pid, SIGHUP);
    cr_assert(was_logged("certificates=new", 2));
    struct caller caller;
    meet(&caller, (struct call){0});
    X509 *cert = SSL_get1_peer_certificate(caller.ssl);
    cr_expect(X509_cmp(cert, fresh.cert) == 0);
    X509_free(cert);
    caller_close(&caller);
    SSL_SESSION_free(first);
    paper_free(&fresh);
    end();
}
