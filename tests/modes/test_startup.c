/*
 * test_startup.c - from the command line to the first request, or to a refusal that says why.
 */
#include "program.h"
#include "serving.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/clock.h"

TestSuite(modes_startup, .timeout = 60);

EACH_MODE(modes_startup, says_in_one_line_each_where_it_listens_and_does)
{
    struct program program;
    char expected[128];
    unsigned four = 0, six = 0;
    program_start(&program, FLAGS(flag("mode", mode), "--listen=127.0.0.1:0", "--listen=[::1]:0"));
    const char *text = program_first_line(&program);
    const char *second = strchr(text, '\n');
    cr_assert(second && sscanf(text, "tri-httpd: mode %*[a-z] on http://127.0.0.1:%u", &four) == 1,
              "\"%s\" \"%s\"", text, program_text(program.err));
    cr_assert(sscanf(second, "\ntri-httpd: mode %*[a-z] on http://[::1]:%u", &six) == 1, "%s",
              text);
    snprintf(expected, sizeof(expected),
             "tri-httpd: mode %s on http://127.0.0.1:%u\n"
             "tri-httpd: mode %s on http://[::1]:%u\n",
             mode, four, mode, six);
    cr_assert(strcmp(text, expected) == 0, "%s", text);
    server = (struct support_server){.port = (uint16_t)four};
    cr_assert(fetch("/hello", NULL) == 200);
    kill(program.pid, SIGTERM);
    cr_assert(program_wait(&program, SUPPORT_WAIT_NS) == 0);
}

EACH_MODE(modes_startup, a_port_that_is_taken_is_said_and_nothing_is_started)
{
    struct program program;
    char listen[64], message[128];
    serve("loop", NULL);
    snprintf(listen, sizeof(listen), "--listen=127.0.0.1:%u", server.port);
    snprintf(message, sizeof(message), "tri-httpd: listen 127.0.0.1:%u: Address already in use\n",
             server.port);
    cr_assert(program_run(&program, FLAGS(flag("mode", mode), listen)) == 1);
    cr_assert(strcmp(program_text(program.err), message) == 0, "%s", program_text(program.err));
    cr_assert(strcmp(program_text(program.out), "") == 0, "%s", program_text(program.out));
    cr_assert(program_census(program.pid).processes == 0);
    cr_assert(fetch("/hello", NULL) == 200);
    finish();
}

EACH_MODE(modes_startup, of_several_addresses_all_are_had_or_none)
{
    struct program program;
    char taken[64], first[96];
    struct stat about;
    scratch_make();
    serve("loop", NULL);
    snprintf(first, sizeof(first), "--listen=unix:%s", scratch_path);
    snprintf(taken, sizeof(taken), "--listen=127.0.0.1:%u", server.port);
    cr_assert(program_run(&program, FLAGS(flag("mode", mode), first, taken)) == 1);
    cr_assert(strcmp(program_text(program.out), "") == 0);
    cr_assert(stat(scratch_path, &about) != 0, "the first socket stayed behind");
    finish();
    scratch_remove();
}

/* --- descriptors --- */

static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(bind(fd, (struct sockaddr *)&address, size) == 0 &&
              getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    close(fd);
    return ntohs(address.sin_port);
}

/* Wait until somebody listens on server.port: a program without outputs does not say so. */
static void wait_for_port(void)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(server.port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int64_t until_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    for (bool reached = false; !reached;) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        reached = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
        close(fd);
        cr_assert(reached || tri_clock_now() < until_ns, "nobody listens");
        support_pause(5 * TRI_MILLISECOND);
    }
}

/* Standard streams that were closed lead nowhere, in each process of the program. */
static void expect_null_streams(const struct program *program)
{
    struct census census = program_census(program->pid);
    cr_expect(census.processes > 0);
    for (unsigned i = 0; i < 3 * census.processes; i++) {
        char link[64], target[64];
        snprintf(link, sizeof(link), "/proc/%d/fd/%u", census.pids[i / 3], i % 3);
        ssize_t n = readlink(link, target, sizeof(target) - 1);
        target[n > 0 ? n : 0] = '\0';
        cr_expect(strcmp(target, "/dev/null") == 0, "%s: \"%s\"", link, target);
    }
}

EACH_MODE(modes_startup, with_closed_streams_nothing_is_said_to_a_client_instead)
{
    enum { CLIENTS = 3 };
    struct support_client clients[CLIENTS];
    struct program program;
    char listen[64];
    server = (struct support_server){.port = free_port()};
    snprintf(listen, sizeof(listen), "--listen=127.0.0.1:%u", server.port);
    program_wrap("exec <&- >&- 2>&-");
    program_start(&program, FLAGS(flag("mode", mode), listen, "--max-connections=512"));
    wait_for_port();
    program_unwrap();
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = ask("/sleep?ms=500");
    support_pause(200 * TRI_MILLISECOND);
    expect_null_streams(&program);
    kill(program.pid, SIGTERM); /* it has something to log */
    for (int i = 0; i < CLIENTS; i++) {
        cr_expect(answer(&clients[i], NULL) == 200, "client %d", i);
        const char *fault = support_client_over(&clients[i]);
        cr_expect(fault == NULL, "client %d: %s", i, fault);
        support_client_close(&clients[i]);
    }
    cr_expect(program_wait(&program, SUPPORT_WAIT_NS) == 0);
}

EACH_MODE(modes_startup, with_too_few_descriptors_it_says_so_and_does_not_start)
{
    static const char message[] = "at most 16 descriptors (allow more: ulimit -n)\n";
    struct program program;
    program_wrap("ulimit -n 16");
    int code = program_run(&program, FLAGS(flag("mode", mode), "--listen=127.0.0.1:0"));
    program_unwrap();
    const char *said = program_text(program.err);
    cr_assert(code == 1, "exit code %d: %s", code, said);
    cr_assert(strstr(said, "tri-httpd: ") == said && strstr(said, message), "%s", said);
    cr_assert(strcmp(program_text(program.out), "") == 0);
}

EACH_MODE(modes_startup, with_a_few_descriptors_it_serves)
{
    program_wrap("ulimit -n 64");
    serve(mode, FLAGS(strcmp(mode, "mn") ? "--processes=1" : "--workers=1"));
    program_unwrap();
    cr_assert(fetch("/hello", NULL) == 200);
    finish();
}

/* --- configuration --- */

/* Running with these flags exits 2 and says one line that begins with `where`. */
static void expect_wrong(const char *const flags[], const char *where)
{
    struct program program;
    int code = program_run(&program, flags);
    const char *said = program_text(program.err);
    cr_assert(code == 2, "exit code %d: %s", code, said);
    cr_assert(strncmp(said, where, strlen(where)) == 0, "%s", said);
    cr_assert(strchr(said, '\n') == said + strlen(said) - 1, "not one line: %s", said);
    cr_assert(strcmp(program_text(program.out), "") == 0);
}

Test(modes_startup, a_mistake_in_the_file_is_named_with_file_and_line, .init = scratch_make,
     .fini = scratch_remove)
{
    static const struct {
        const char *text;
        int line;
    } wrong[] = {
        {"mode = loop\nlimits {\n  head = \"15 sec\"\n}\n", 3},
        {"mode = \"waltz\"\n", 1},
        {"\n\nnonsense = 1\n", 3},
        {"mode = loop\nroute \"/x\" { handler = nobody }\n", 2},
        {"route \"no-slash\" {\n  handler = hello\n}\n", 1},
        {"route \"/f/*path\" {\n  handler = files\n  root = \"/no/such/folder\"\n}\n", 3},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        char where[128];
        scratch_write(wrong[i].text);
        snprintf(where, sizeof(where), "tri-httpd: %s:%d:", scratch_path, wrong[i].line);
        expect_wrong(FLAGS(flag("config", scratch_path), "--listen=127.0.0.1:0"), where);
        expect_wrong(FLAGS(flag("config", scratch_path), "--check-config"), where);
    }
    scratch_write("listen = {\"localhost:80\"}\n");
    expect_wrong(FLAGS(flag("config", scratch_path), "--check-config"), "tri-httpd: ");
}

Test(modes_startup, a_mistake_in_the_flags_is_named)
{
    expect_wrong(FLAGS("--mode=waltz"), "tri-httpd: --mode");
    expect_wrong(FLAGS("--limit-head=15 sec"), "tri-httpd: --limit-head");
    expect_wrong(FLAGS("--listen=localhost:80"), "tri-httpd: ");
    expect_wrong(FLAGS("--listen=localhost:80", "--check-config"), "tri-httpd: ");
    expect_wrong(FLAGS("--config=/no/such/file"), "tri-httpd: ");
    expect_wrong(FLAGS("--nonsense"), "tri-httpd: --nonsense");
    expect_wrong(FLAGS("--root=/no/such/folder", "--listen=127.0.0.1:0"), "tri-httpd: ");
}

Test(modes_startup, a_sound_configuration_is_called_so_without_serving, .init = scratch_make,
     .fini = scratch_remove)
{
    struct program program;
    char listen[64];
    serve("loop", NULL);
    scratch_write("mode = mn\nroute \"/greet\" {\n  handler = hello\n}\n");
    snprintf(listen, sizeof(listen), "--listen=127.0.0.1:%u", server.port); /* taken: no matter */
    cr_assert(
        program_run(&program, FLAGS(flag("config", scratch_path), listen, "--check-config")) == 0,
        "%s", program_text(program.err));
    const char *said = program_text(program.out);
    cr_assert(strcmp(said, "tri-httpd: the configuration is sound\n") == 0, "%s", said);
    finish();
}
