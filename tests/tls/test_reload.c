/*
 * test_reload.c - SIGHUP: new certificates for who comes, old ones for who is there.
 */
#include "s_client.h"
#include "serving.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"

TestSuite(tls_reload, .init = papers_make, .fini = papers_remove, .timeout = 120);

static long mark_of(struct caller *caller)
{
    X509 *cert = SSL_get1_peer_certificate(caller->ssl);
    long number = (long)X509_subject_name_hash(cert);
    X509_free(cert);
    return number;
}

/* Which certificate a new client is shown. */
static long shown(void)
{
    struct caller caller;
    meet(&caller, (struct call){0});
    long mark = mark_of(&caller);
    caller_close(&caller);
    return mark;
}

/* Put what `from` has into the files of `to`, as somebody who renews would. */
static void replace(const struct paper *to, const char *from)
{
    cr_assert(rename(from, to->both) == 0);
}

/* The lines that a reload makes: one of each process. */
static unsigned processes_of(const char *mode)
{
    return strcmp(mode, "mn") == 0 ? 1 : 3;
}

static void serve_some(const char *mode, const struct paper *paper)
{
    serve_tls(mode, FLAGS(flag("cert", paper->both), flag("log-level", "info"),
                          strcmp(mode, "mn") ? "--processes=2" : NULL));
}

EACH_MODE(tls_reload, new_clients_see_the_new_certificate_and_old_ones_go_on)
{
    enum { NEW = 8 };
    struct paper old = paper_make("old", &(struct paper_plan){.organization = "Old"});
    struct paper fresh = paper_make("fresh", &(struct paper_plan){.organization = "Fresh"});
    struct caller before;
    serve_some(mode, &old);
    meet(&before, (struct call){0});
    long first = mark_of(&before);
    cr_assert(caller_get(&before, "a.test", "/hello", NULL) == 200);
    replace(&old, fresh.both);
    cr_expect(shown() == first, "it is read again without a word");
    kill(server.pid, SIGHUP);
    cr_assert(was_logged("certificates=new", processes_of(mode)));
    for (int i = 0; i < NEW; i++)
        cr_expect(shown() != first, "a new client is shown the old certificate");
    cr_expect(caller_get(&before, "a.test", "/hello", NULL) == 200, "the old connection has ended");
    kill(server.pid, SIGHUP); /* and again: the first set is used by that connection alone */
    cr_assert(was_logged("certificates=new", 2 * processes_of(mode)));
    cr_expect(caller_get(&before, "a.test", "/hello", NULL) == 200);
    caller_farewell(&before);
    cr_expect(caller_finish(&before) == SSL_ERROR_ZERO_RETURN, "%s", before.alert);
    caller_close(&before);
    finish();
    paper_free(&old), paper_free(&fresh);
}

EACH_MODE(tls_reload, what_is_wrong_with_the_new_certificate_keeps_the_old)
{
    struct paper old = paper_make("old", &(struct paper_plan){0});
    struct paper alien = paper_make("alien", &(struct paper_plan){.organization = "Alien"});
    const char *bad[] = {papers_write("garbage", "nothing of use\n"), alien.crt, alien.pem, NULL};
    unsigned times = 0;
    serve_some(mode, &old);
    long first = shown();
    for (int i = 0; i < 4; i++) {
        if (bad[i])
            replace(&old, bad[i]);
        else
            cr_assert(remove(old.both) == 0);
        kill(server.pid, SIGHUP);
        times += processes_of(mode);
        cr_assert(was_logged("certificates=old reason=", times));
        cr_expect(shown() == first, "%d", i);
    }
    cr_expect(logged("certificates=new") == 0);
    cr_expect(logged("old.all") >= times, "the file is not named");
    finish();
    paper_free(&old), paper_free(&alien);
}

/* Does a client that asks for it get what the authority says, and does that vouch for the server?
 */
static bool is_stapled(const struct paper *root)
{
    char words[PAPER_PATH + 48];
    snprintf(words, sizeof(words), "-ign_eof -status -CAfile %s", root->crt);
    const char *said = s_client(tls_port, words,
                                "GET /hello HTTP/1.1\r\nHost: a\r\n"
                                "Connection: close\r\n\r\n");
    cr_assert(strstr(said, "HTTP/1.1 200"), "%s", said);
    return strstr(said, "Cert Status: good") && strstr(said, "Verify return code: 0 (ok)");
}

EACH_MODE(tls_reload, what_the_authority_says_is_stapled_while_it_is_good)
{
    struct paper root = paper_make("root", &(struct paper_plan){.is_authority = true});
    struct paper leaf = paper_make("leaf", &(struct paper_plan){.issuer = &root});
    const char *ocsp = flag("ocsp", paper_vouch(&leaf, &root, "ocsp", -60, 3600));
    cr_assert(s_client_is_there(), "no `openssl` (try: sh config/setup.sh test)");
    serve_tls(mode, FLAGS(flag("cert", leaf.both), ocsp, flag("log-level", "info"),
                          strcmp(mode, "mn") ? "--processes=2" : NULL));
    cr_expect(is_stapled(&root));
    paper_vouch(&leaf, &root, "ocsp", -7200, -3600);
    cr_expect(is_stapled(&root), "it is read again without a word");
    kill(server.pid, SIGHUP);
    cr_assert(was_logged("certificates=new", processes_of(mode)));
    cr_expect(!is_stapled(&root), "it is too old");
    paper_vouch(&leaf, &root, "ocsp", -60, 3600);
    kill(server.pid, SIGHUP);
    cr_assert(was_logged("certificates=new", 2 * processes_of(mode)));
    cr_expect(is_stapled(&root));
    finish();
    paper_free(&leaf), paper_free(&root);
}

/* A handshake that has begun goes on with what it began with. */
EACH_MODE(tls_reload, a_handshake_under_way_is_not_disturbed)
{
    struct paper old = paper_make("old", &(struct paper_plan){.organization = "Old"});
    struct paper fresh = paper_make("fresh", &(struct paper_plan){.organization = "Fresh"});
    struct caller caller;
    serve_some(mode, &old);
    long first = shown();
    const struct call call = {.port = tls_port};
    caller_begin(&caller, &call);
    cr_assert(caller_step(&caller) == 0); /* ClientHello is out */
    struct pollfd answer_there = {.fd = caller.socket.fd, .events = POLLIN};
    cr_assert(poll(&answer_there, 1, (int)(SUPPORT_WAIT_NS / TRI_MILLISECOND)) == 1);
    replace(&old, fresh.both);
    kill(server.pid, SIGHUP);
    cr_assert(was_logged("certificates=new", processes_of(mode)));
    while (caller_step(&caller) == 0)
        support_pause(TRI_MILLISECOND);
    cr_expect(mark_of(&caller) == first);
    cr_expect(caller_get(&caller, "a.test", "/hello", NULL) == 200, "%s", caller.alert);
    caller_close(&caller);
    cr_expect(shown() != first);
    finish();
    paper_free(&old), paper_free(&fresh);
}

/* Made in memory when the server started: there is nothing to read again. */
EACH_MODE(tls_reload, the_certificate_for_localhost_stays)
{
    serve_tls(mode, FLAGS("--tls-self-signed=on", strcmp(mode, "mn") ? "--processes=1" : NULL));
    long first = shown();
    kill(server.pid, SIGHUP);
    cr_assert(was_logged("certificates=new", 1));
    cr_expect(shown() == first);
    finish();
}

EACH_MODE(tls_reload, without_tls_a_reload_changes_nothing)
{
    serve(mode, FLAGS("--log-level=info", strcmp(mode, "mn") ? "--processes=1" : NULL));
    kill(server.pid, SIGHUP);
    cr_expect(was_logged("certificates=none", 1));
    cr_expect(fetch("/hello", NULL) == 200);
    finish();
}
