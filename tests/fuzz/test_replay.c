/*
 * test_replay.c - the fuzz corpus, and every input that once broke a law, in the ordinary suite.
 */
#include "laws.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(fuzz_replay, .timeout = 60);

typedef void law(struct tri_slice input);

static void replay_file(const char *path, law *holds)
{
    FILE *file = fopen(path, "rb");
    cr_assert(ne(ptr, file, NULL), "%s", path);
    char *bytes = malloc(1 << 20);
    size_t len = fread(bytes, 1, 1 << 20, file);
    cr_assert(lt(sz, len, 1 << 20), "%s is too large for a corpus", path);
    fclose(file);
    holds((struct tri_slice){bytes, len});
    free(bytes);
}

/* Every file of a folder below tests/fuzz; returns how many. */
static int replay(const char *folder, law *holds)
{
    char path[4096];
    int files = 0;
    snprintf(path, sizeof(path), "%s/%s", TRI_FUZZ_FOLDER, folder);
    DIR *open = opendir(path);
    for (struct dirent *entry; open && (entry = readdir(open));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s/%s", TRI_FUZZ_FOLDER, folder, entry->d_name);
        replay_file(path, holds);
        files++;
    }
    if (open)
        closedir(open);
    return files;
}

Test(fuzz_replay, parser_obeys_its_law)
{
    cr_assert(ge(int, replay("corpus/fuzz_parser", tri_law_parser), 12));
    replay("regressions/fuzz_parser", tri_law_parser);
}

Test(fuzz_replay, chunked_obeys_its_law)
{
    cr_assert(ge(int, replay("corpus/fuzz_chunked", tri_law_chunked), 16));
    replay("regressions/fuzz_chunked", tri_law_chunked);
}

Test(fuzz_replay, target_obeys_its_law)
{
    cr_assert(ge(int, replay("corpus/fuzz_target", tri_law_target), 12));
    replay("regressions/fuzz_target", tri_law_target);
}

Test(fuzz_replay, response_obeys_its_law)
{
    cr_assert(ge(int, replay("corpus/fuzz_response", tri_law_response), 6));
    replay("regressions/fuzz_response", tri_law_response);
}

Test(fuzz_replay, range_obeys_its_law)
{
    cr_assert(ge(int, replay("corpus/fuzz_range", tri_law_range), 20));
    replay("regressions/fuzz_range", tri_law_range);
}

Test(fuzz_replay, coding_obeys_its_law)
{
    cr_assert(ge(int, replay("corpus/fuzz_coding", tri_law_coding), 20));
    replay("regressions/fuzz_coding", tri_law_coding);
}

Test(fuzz_replay, conditional_obeys_its_law)
{
    cr_assert(ge(int, replay("corpus/fuzz_conditional", tri_law_conditional), 20));
    replay("regressions/fuzz_conditional", tri_law_conditional);
}

Test(fuzz_replay, proxy_obeys_its_law)
{
    cr_assert(ge(int, replay("corpus/fuzz_proxy", tri_law_proxy), 20));
    replay("regressions/fuzz_proxy", tri_law_proxy);
}

Test(fuzz_replay, hello_obeys_its_law)
{
    cr_assert(ge(int, replay("corpus/fuzz_hello", tri_law_hello), 20));
    replay("regressions/fuzz_hello", tri_law_hello);
}

Test(fuzz_replay, conn_obeys_its_law)
{
    cr_assert(ge(int, replay("corpus/fuzz_conn", tri_law_conn), 30));
    replay("regressions/fuzz_conn", tri_law_conn);
}
