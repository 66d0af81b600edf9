/*
 * test_descriptors.c - files that were asked for once keep no descriptor from later connections.
 */
#include "program.h"
#include "serving.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES 400 /* of each size; more than there are descriptors */
#define CLIENTS 60
#define LARGE_BYTES 20000 /* kept open, where small ones are kept in memory */

static char root[] = "/tmp/tri-descriptors-XXXXXX";

static void make_root(void)
{
    static char text[LARGE_BYTES];
    memset(text, 'x', sizeof(text));
    cr_assert(mkdtemp(root) != NULL);
    for (int i = 0; i < 2 * FILES; i++) {
        char path[64];
        snprintf(path, sizeof(path), "%s/%d", root, i);
        FILE *file = fopen(path, "we");
        cr_assert(file && fwrite(text, 1, i < FILES ? 10 : LARGE_BYTES, file) > 0);
        cr_assert(fclose(file) == 0);
    }
}

static void remove_root(void)
{
    char command[64];
    snprintf(command, sizeof(command), "rm -r %s", root);
    cr_assert(system(command) == 0);
}

TestSuite(modes_descriptors, .init = make_root, .fini = remove_root, .timeout = 60);

EACH_MODE(modes_descriptors, who_has_crawled_the_files_leaves_enough_for_all_others)
{
    struct support_client crawler, clients[CLIENTS];
    program_wrap("ulimit -n 400");
    serve(mode, FLAGS(flag("root", root), strcmp(mode, "mn") ? "--processes=1" : "--workers=2"));
    program_unwrap();
    support_client_open(&crawler, server.port);
    for (int i = 0; i < 2 * FILES; i++) {
        char path[16];
        snprintf(path, sizeof(path), "/%d", i);
        ask_again(&crawler, path);
        cr_assert(answer(&crawler, NULL) == 200, "%s", path);
    }
    for (int i = 0; i < CLIENTS; i++) { /* of a path that opens nothing */
        clients[i] = ask("/hello");
        cr_assert(answer(&clients[i], NULL) == 200, "client %d", i);
    }
    cr_expect(logged("accept_paused") == 0);
    for (int i = 0; i < CLIENTS; i++)
        support_client_close(&clients[i]);
    support_client_close(&crawler);
    finish();
}
