/*
 * test_lab.c - which servers a comparison has, and what is told of several rounds.
 *
 * That servers are started, measured in turns and ended is shown by program.sh.
 */
#include "loadtest/lab.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/error.h"

TestSuite(loadtest_lab, .timeout = 10);

static struct tri_options options;
static struct tri_lab lab;
static struct tri_error error;

/* A comparison with these words, up to NULL; false when it is refused. */
static bool compare(char **words)
{
    int count = 0;
    while (words[count])
        count++;
    cr_assert(tri_options_parse(&options, count, words, &error), "%s", error.text);
    error.text[0] = '\0';
    return tri_lab_init(&lab, &options, &error);
}

#define COMPARE(...) compare((char *[]){"tri-load", "compare", __VA_ARGS__, NULL})

Test(loadtest_lab, servers_are_names_and_commands)
{
    char first[] = "a=./server -port {port}", second[] = "b=env X=1 ./other {port}";
    cr_assert(COMPARE("-c1,10", first, second), "%s", error.text);
    cr_assert(eq(u32, lab.server_count, 2));
    cr_assert(eq(str, (char *)lab.names[0], "a"));
    cr_assert(eq(str, lab.commands[0], "./server -port {port}"));
    cr_assert(eq(str, lab.commands[1], "env X=1 ./other {port}"));
    cr_assert(tri_lab_cell(&lab, 1, 1) == &lab.cells[3]);
    tri_lab_deinit(&lab);
}

Test(loadtest_lab, without_servers_the_modes_are_compared)
{
    cr_assert(setenv("TRI_HTTPD", "/opt/x/tri-httpd", 1) == 0);
    cr_assert(COMPARE("--modes=mn,loop", "--server-flags=--processes=2"), "%s", error.text);
    cr_assert(eq(u32, lab.server_count, 2));
    cr_assert(eq(str, (char *)lab.names[1], "loop"));
    cr_assert(eq(str, lab.commands[0],
                 "'/opt/x/tri-httpd' --mode=mn --listen=127.0.0.1:{port} --log-level=error "
                 "--processes=2"));
    tri_lab_deinit(&lab);
}

Test(loadtest_lab, what_is_no_server_is_refused)
{
    static const char *const bad[] = {"server", "=command", "name=", "--modes=a b", "--modes=,"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char word[32];
        snprintf(word, sizeof(word), "%s", bad[i]);
        cr_assert(not(COMPARE(word)), "%s", bad[i]);
        cr_assert(strstr(error.text, "try ") != NULL, "%s", error.text);
        tri_lab_deinit(&lab);
    }
}

Test(loadtest_lab, more_servers_than_it_can_hold_are_refused)
{
    char text[TRI_SERVERS_MAX + 1][32];
    char *words[TRI_SERVERS_MAX + 4] = {"tri-load", "compare"};
    for (int i = 0; i <= TRI_SERVERS_MAX; i++) {
        snprintf(text[i], sizeof(text[i]), "s%d=true", i);
        words[2 + i] = text[i];
    }
    cr_assert(not(compare(words)));
    cr_assert(eq(str, error.text, "more than 16 servers"));
    tri_lab_deinit(&lab);
}

Test(loadtest_lab, a_cell_tells_median_least_and_greatest)
{
    static const struct {
        double values[5];
        unsigned count;
        double median, least, most;
    } rows[] = {
        {{7}, 1, 7, 7, 7},
        {{3, 1, 2}, 3, 2, 1, 3},
        {{4, 1, 3, 2}, 4, 2.5, 1, 4},
        {{5, NAN, 1, NAN, 3}, 5, 3, 1, 5}, /* a round whose figure is not known does not count */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double values[5], median, least, most;
        struct tri_cell cell = {.count = rows[i].count, .values[TRI_MEASURE_P99] = values};
        memcpy(values, rows[i].values, sizeof(values));
        cr_assert(tri_cell_spread(&cell, TRI_MEASURE_P99, &median, &least, &most));
        cr_assert(epsilon_eq(dbl, median, rows[i].median, 1e-9), "row %zu", i);
        cr_assert(epsilon_eq(dbl, least, rows[i].least, 1e-9), "row %zu", i);
        cr_assert(epsilon_eq(dbl, most, rows[i].most, 1e-9), "row %zu", i);
    }
}

Test(loadtest_lab, a_figure_that_is_never_known_is_not_told)
{
    double values[2] = {NAN, NAN}, median, least, most;
    struct tri_cell cell = {.count = 2, .values[TRI_MEASURE_CPU] = values};
    cr_assert(not(tri_cell_spread(&cell, TRI_MEASURE_CPU, &median, &least, &most)));
}
