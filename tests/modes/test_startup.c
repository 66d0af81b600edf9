/*
 * test_startup.c - from the command line to the first request, or to a refusal that says why.
 */
#include "program.h"
#include "serving.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/clock.h"

TestSuite(modes_startup, .timeout = 60);

static char folder[] = "/tmp/tri-startup-XXXXXX";
static char path[64], flag[96]; /* a file there, and "--config=" + it */

static void make_folder(void)
{
    cr_assert(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/it", folder);
    snprintf(flag, sizeof(flag), "--config=%s", path);
}

static void remove_folder(void)
{
    unlink(path);
    rmdir(folder);
}

static void write_config(const char *text)
{
    FILE *file = fopen(path, "we");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static const char *mode_flag(const char *mode)
{
    static char text[32];
    snprintf(text, sizeof(text), "--mode=%s", mode);
    return text;
}

/* Wait for the first line of standard output; "" when none comes. */
static const char *first_line(const struct program *program)
{
    const char *text = "";
    int64_t until_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    while (!strchr(text = program_text(program->out), '\n') && tri_clock_now() < until_ns)
        support_pause(5 * TRI_MILLISECOND);
    return text;
}

EACH_MODE(modes_startup, says_in_one_line_each_where_it_listens_and_does)
{
    struct program program;
    char expected[128];
    unsigned four = 0, six = 0;
    program_start(&program, FLAGS(mode_flag(mode), "--listen=127.0.0.1:0", "--listen=[::1]:0"));
    const char *text = first_line(&program);
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
    cr_assert(program_run(&program, FLAGS(mode_flag(mode), listen)) == 1);
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
    make_folder();
    serve("loop", NULL);
    snprintf(first, sizeof(first), "--listen=unix:%s", path);
    snprintf(taken, sizeof(taken), "--listen=127.0.0.1:%u", server.port);
    cr_assert(program_run(&program, FLAGS(mode_flag(mode), first, taken)) == 1);
    cr_assert(strcmp(program_text(program.out), "") == 0);
    cr_assert(stat(path, &about) != 0, "the first socket stayed behind");
    finish();
    remove_folder();
}

EACH_MODE(modes_startup, the_file_of_a_unix_socket_goes_with_the_server)
{
    struct program program;
    char listen[96], line[128];
    struct stat about;
    make_folder();
    snprintf(listen, sizeof(listen), "--listen=unix:%s", path);
    program_start(&program, FLAGS(mode_flag(mode), listen));
    snprintf(line, sizeof(line), "tri-httpd: mode %s on unix:%s\n", mode, path);
    cr_assert(strcmp(first_line(&program), line) == 0, "%s", program_text(program.out));
    cr_assert(stat(path, &about) == 0 && S_ISSOCK(about.st_mode));
    kill(program.pid, SIGTERM);
    cr_assert(program_wait(&program, SUPPORT_WAIT_NS) == 0);
    cr_assert(stat(path, &about) != 0, "the socket stayed behind");
    remove_folder();
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

Test(modes_startup, a_mistake_in_the_file_is_named_with_file_and_line, .init = make_folder,
     .fini = remove_folder)
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
        write_config(wrong[i].text);
        snprintf(where, sizeof(where), "tri-httpd: %s:%d:", path, wrong[i].line);
        expect_wrong(FLAGS(flag, "--listen=127.0.0.1:0"), where);
        expect_wrong(FLAGS(flag, "--check-config"), where);
    }
    write_config("listen = {\"localhost:80\"}\n");
    expect_wrong(FLAGS(flag, "--check-config"), "tri-httpd: ");
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

Test(modes_startup, a_sound_configuration_is_called_so_without_serving, .init = make_folder,
     .fini = remove_folder)
{
    struct program program;
    char listen[64];
    serve("loop", NULL);
    write_config("mode = mn\nroute \"/greet\" {\n  handler = hello\n}\n");
    snprintf(listen, sizeof(listen), "--listen=127.0.0.1:%u", server.port); /* taken: no matter */
    cr_assert(program_run(&program, FLAGS(flag, listen, "--check-config")) == 0, "%s",
              program_text(program.err));
    const char *said = program_text(program.out);
    cr_assert(strcmp(said, "tri-httpd: the configuration is sound\n") == 0, "%s", said);
    finish();
}
