/*
 * test_healthcheck.c - tri-httpd --healthcheck[=URL]: what it asks, and what it makes of the
 * answer.
 *
 * The program that asks is another run of the binary; whom it asks is a server, or a socket of the
 * test that behaves worse than any server.
 */
#include "program.h"
#include "serving.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/clock.h"

TestSuite(modes_healthcheck, .timeout = 60);

/* Exit code 0 and silence, or 1 and one line that ends with `why`. */
static void expect_check(const char *const flags[], const char *why)
{
    struct program program;
    int code = program_run(&program, flags);
    const char *said = program_text(program.err);
    size_t len = strlen(said), tail = why ? strlen(why) : 0;
    cr_assert(code == (why ? 1 : 0), "%s: exit code %d: %s", flags[0], code, said);
    if (why)
        cr_assert(strncmp(said, "tri-httpd: --", 13) == 0 && strchr(said, '\n') == said + len - 1 &&
                      len > tail && strncmp(said + len - 1 - tail, why, tail) == 0,
                  "%s: %s", flags[0], said);
    else
        cr_assert(len == 0, "%s: %s", flags[0], said);
    cr_assert(strcmp(program_text(program.out), "") == 0, "%s", program_text(program.out));
}

static const char *url(const char *path)
{
    static char text[4][96];
    static unsigned n;
    char *at = text[n++ % 4];
    snprintf(at, sizeof(text[0]), "--healthcheck=http://127.0.0.1:%u%s", server.port, path);
    return at;
}

static const char *listening(const char *host)
{
    static char text[64];
    snprintf(text, sizeof(text), "--listen=%s:%u", host, server.port);
    return text;
}

EACH_MODE(modes_healthcheck, a_server_that_answers_is_well)
{
    serve(mode, NULL);
    expect_check(FLAGS("--healthcheck", listening("127.0.0.1")), NULL);
    expect_check(FLAGS("--healthcheck", listening("*")), NULL);
    expect_check(FLAGS(url("/health")), NULL);
    expect_check(FLAGS(url("")), NULL);
    expect_check(FLAGS(url("/hello?x=/")), NULL);
    finish();
}

EACH_MODE(modes_healthcheck, a_full_server_is_well)
{
    serve(mode, FLAGS("--max-connections=1", strcmp(mode, "mn") ? "--processes=1" : "--workers=1"));
    struct support_client client = ask("/hello");
    cr_assert(answer(&client, NULL) == 200);
    expect_check(FLAGS("--healthcheck", listening("127.0.0.1")), NULL);
    expect_check(FLAGS(url("/hello")), "answered 503");
    support_client_close(&client);
    finish();
}

Test(modes_healthcheck, what_is_not_there_is_not_well)
{
    serve("loop", FLAGS("--health=/up"));
    expect_check(FLAGS("--healthcheck", listening("127.0.0.1")), "/health: answered 404");
    expect_check(FLAGS("--healthcheck", "--health=/up", listening("127.0.0.1")), NULL);
    finish();
    expect_check(FLAGS(url("/up")), "Connection refused");
}

Test(modes_healthcheck, a_redirect_is_an_answer)
{
    serve("loop", FLAGS("--tls-listen=127.0.0.1:0", "--tls-self-signed", "--https-redirect"));
    expect_check(FLAGS(url("/hello")), NULL);
    expect_check(FLAGS(url("/health")), NULL);
    finish();
}

Test(modes_healthcheck, a_server_that_trusts_us_as_a_proxy_is_told_as_proxies_do)
{
    serve("loop", FLAGS("--proxy-protocol", "--trust=127.0.0.0/8"));
    expect_check(
        FLAGS("--healthcheck", listening("127.0.0.1"), "--proxy-protocol", "--trust=127.0.0.0/8"),
        NULL);
    finish();
}

Test(modes_healthcheck, a_unix_socket_is_asked_too, .init = scratch_make, .fini = scratch_remove)
{
    struct program program;
    char listen[96];
    snprintf(listen, sizeof(listen), "--listen=unix:%s", scratch_path);
    program_start(&program, FLAGS(listen));
    cr_assert(*program_first_line(&program));
    expect_check(FLAGS("--healthcheck", listen), NULL);
    kill(program.pid, SIGTERM);
    cr_assert(program_wait(&program, SUPPORT_WAIT_NS) == 0);
    expect_check(FLAGS("--healthcheck", listen), "No such file or directory");
}

/* A listener of the test's own, at server.port. */
static int listener(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, 8) == 0 &&
              getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    server.port = ntohs(address.sin_port);
    return fd;
}

Test(modes_healthcheck, who_says_nothing_is_not_waited_for)
{
    int fd = listener(); /* the kernel connects, nobody answers */
    int64_t start_ns = tri_clock_now();
    expect_check(FLAGS(url("/health")), "no answer within 2s");
    cr_expect(tri_clock_now() - start_ns >= 2 * TRI_SECOND);
    close(fd);
}

/* Check against a peer that takes the request, says `text` and ends the connection. */
static void expect_of(const char *text, const char *why)
{
    char request[1024];
    struct program program;
    int fd = listener();
    program_start(&program, FLAGS(url("/")));
    int peer = accept(fd, NULL, NULL);
    cr_assert(peer >= 0 && read(peer, request, sizeof(request)) > 0);
    cr_assert(write(peer, text, strlen(text)) == (ssize_t)strlen(text));
    close(peer);
    close(fd);
    cr_expect(program_wait(&program, SUPPORT_WAIT_NS) == (why ? 1 : 0), "%s", text);
    cr_expect(!why || strstr(program_text(program.err), why), "%s: %s", text,
              program_text(program.err));
}

Test(modes_healthcheck, the_status_line_decides)
{
    expect_of("HTTP/1.1 200 OK\r\n\r\n", NULL);
    expect_of("HTTP/1.0 399 Odd\r\n\r\n", NULL);
    expect_of("HTTP/1.1 199 Odd\r\n\r\n", "answered 199");
    expect_of("HTTP/1.1 400 No\r\n\r\n", "answered 400");
    expect_of("HTTP/1.1 503\n", "answered 503");
    expect_of("SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP/1");
    expect_of("HTTP/2 200\r\n", "does not speak HTTP/1");
    expect_of("HTTP/1.1 20", "ended without an answer");
    expect_of("", "ended without an answer");
}

Test(modes_healthcheck, a_mistake_is_not_well)
{
    static const char no_url[] = "is no URL (try http://127.0.0.1:8080/health)";
    static const char no_host[] = "a number from 1 to 65535 (try http://127.0.0.1:8080/health)";
    expect_check(FLAGS("--healthcheck", "--mode=waltz"), "(try one of threads|loop|mn)");
    expect_check(FLAGS("--healthcheck", "--health="),
                 "(set it, or say what to ask: --healthcheck=http://127.0.0.1:8080/)");
    expect_check(FLAGS("--healthcheck", "--listen=127.0.0.1:0"),
                 "(choose one, or say whom to ask: --healthcheck=http://127.0.0.1:PORT/)");
    expect_check(
        FLAGS("--healthcheck", "--listen=", "--tls-listen=127.0.0.1:1", "--tls-self-signed"),
        "(add one, such as --listen=127.0.0.1:8080)");
    expect_check(FLAGS("--healthcheck=https://127.0.0.1/"),
                 "(ask a plain listener, such as --listen=127.0.0.1:8080)");
    expect_check(FLAGS("--healthcheck=127.0.0.1:8080"), no_url);
    expect_check(FLAGS("--healthcheck=http:///health"), no_url);
    expect_check(FLAGS("--healthcheck=http://127.0.0.1?x"), no_url);
    expect_check(FLAGS("--healthcheck=http://127.0.0.1/a b"), no_url);
    expect_check(FLAGS("--healthcheck=http://127.0.0.1/#a"), no_url);
    expect_check(FLAGS("--healthcheck=http://www.example.org/"), no_host);
    expect_check(FLAGS("--healthcheck=http://localhost.example.org/"), no_host);
    expect_check(FLAGS("--healthcheck=http://*:8080/"), no_host);
    expect_check(FLAGS("--healthcheck=http://127.0.0.1:0/"), no_host);
}
