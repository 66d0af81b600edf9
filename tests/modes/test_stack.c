/*
 * test_stack.c - the smallest stack that may be asked for suffices for what goes deepest: the
 * encoders of a file that is compressed while it is sent, and a folder's listing.
 */
#include "serving.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
