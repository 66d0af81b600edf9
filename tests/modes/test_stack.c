/*
 * test_stack.c - the smallest stack that may be asked for suffices for what goes deepest: the
 * encoders of a file that is compressed while it is sent, and a folder's listing. And mode mn
 * measures it when asked.
 */
#include "program.h"
#include "serving.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/clock.h"

#define WORDS 40000
#define NAMES 600 /* more than a listing looks at in one call */

static char root[] = "/tmp/tri-stack-XXXXXX";

/* "words.txt", which gives an encoder something to do, and a long listing. */
static void make_root(void)
{
    unsigned seed = 1;
    char path[64];
    cr_assert(mkdtemp(root) != NULL);
    snprintf(path, sizeof(path), "%s/words.txt", root);
    FILE *file = fopen(path, "we");
    cr_assert(file);
    for (int i = 0; i < WORDS; i++) {
        static const char *const words[] = {"alpha ", "beta ", "gamma ", "delta ", "epsilon\n"};
        seed = seed * 1103515245 + 12345;
        fputs(words[(seed >> 16) % 5], file);
    }
    cr_assert(fclose(file) == 0);
    for (int i = 0; i < NAMES; i++) {
        snprintf(path, sizeof(path), "%s/%d&<.txt", root, i);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        cr_assert(fd >= 0);
        close(fd);
    }
}

static void remove_root(void)
{
    char command[64];
    snprintf(command, sizeof(command), "rm -r %s", root);
    cr_assert(system(command) == 0);
}

TestSuite(modes_stack, .init = make_root, .fini = remove_root, .timeout = 60);

static const struct {
    const char *request;
    int status;
    const char *coding;
} asked[] = {
    {"GET /words.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\n\r\n", 200, "br"},
    {"GET /words.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n", 200, "gzip"},
    {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200, NULL},
    {"GET /words.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=1-2,9-99,-5\r\n\r\n", 206, NULL},
};

ParameterizedTestParameters(modes_stack, the_smallest_suffices_for_what_goes_deepest)
{
    static int modes[] = {0, 2}; /* in mode loop no connection has a stack */
    return cr_make_param_array(int, modes, 2);
}

ParameterizedTest(int *index, modes_stack, the_smallest_suffices_for_what_goes_deepest)
{
    struct support_client client;
    serve(support_modes[*index], FLAGS(flag("root", root), "--stack-size=32KiB", "--listing=on",
                                       "--compress=on", "--precompressed=on"));
    support_client_open(&client, server.port);
    for (size_t i = 0; i < 2 * sizeof(asked) / sizeof(*asked); i++) {
        size_t which = i / 2; /* twice, since the second time the cache has it */
        struct support_response response;
        cr_assert(support_client_send(&client, tri_slice_of(asked[which].request)));
        const char *fault = support_client_response(&client, &response, false);
        cr_assert(fault == NULL, "%s: %s", asked[which].request, fault);
        cr_assert(response.status == asked[which].status, "%s", asked[which].request);
        const struct tri_slice *coding = support_response_field(&response, "Content-Encoding");
        cr_assert(!coding == !asked[which].coding, "%s", asked[which].request);
        cr_assert(!coding || tri_slice_is(*coding, tri_slice_of(asked[which].coding)));
        cr_assert(response.body_bytes > 100);
        support_response_free(&response);
    }
    support_client_close(&client);
    finish();
}

/* End the server; how many lines with each text it has written by then, one byte for each. */
static unsigned logged_by_its_end(unsigned count, const char *const texts[])
{
    unsigned lines = 0;
    int errors = dup(server.errors_fd);
    support_server_end(&server);
    cr_assert(wait_for_exit(10 * TRI_SECOND) == 0);
    const char *said = program_text(errors);
    for (unsigned i = 0; i < count; i++)
        for (const char *at = said; (at = strstr(at, texts[i])); at++)
            lines += 1U << 8 * i;
    close(errors);
    return lines;
}

Test(modes_stack, mn_says_at_the_end_how_much_each_handler_used)
{
    static const char *const texts[] = {
        "event=stack_use handler=hello bytes=", "event=stack_use handler=cpu bytes=",
        "event=stack_use handler=core bytes=", "event=stack_use handler="};
    serve("mn", FLAGS("--log-level=info", "--mn-stack-marks=on"));
    cr_assert(fetch("/hello", NULL) == 200);
    cr_assert(fetch("/hello", NULL) == 200);
    cr_assert(fetch("/cpu?ms=1", NULL) == 200);
    unsigned lines = logged_by_its_end(4, texts);
    cr_assert(lines == 0x03010101, "%x", lines);
}

Test(modes_stack, nothing_is_said_of_it_unless_asked)
{
    static const char *const text = "stack_use";
    serve("mn", FLAGS("--log-level=info"));
    cr_assert(fetch("/hello", NULL) == 200);
    cr_assert(logged_by_its_end(1, &text) == 0);
}
