/*
 * test_options.c - the command line, objectives, targets and files of requests.
 */
#include "loadtest/options.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "loadtest/target.h"
#include "server/base/clock.h"
#include "server/base/error.h"

TestSuite(loadtest_options, .timeout = 10);

#define PARSE(...)                                                                                 \
    parse((char *[]){"tri-load", __VA_ARGS__, NULL},                                               \
          sizeof((char *[]){"tri-load", __VA_ARGS__}) / sizeof(char *))

static struct tri_options options;
static struct tri_error error;

static bool parse(char **words, size_t count)
{
    error.text[0] = '\0';
    return tri_options_parse(&options, (int)count, words, &error);
}

Test(loadtest_options, letters_of_wrk_mean_what_they_mean_there)
{
    cr_assert(PARSE("-c64", "-t", "2", "-d30", "-R", "2k", "-H", "X-A: b", "http://a/"));
    cr_assert(eq(u32, options.plan.connections, 64));
    cr_assert(eq(u32, options.plan.threads, 2));
    cr_assert(eq(i64, options.plan.duration_ns, 30 * TRI_SECOND));
    cr_assert(eq(dbl, options.plan.rate, 2000));
    cr_assert(eq(str, (char *)options.spec.fields[0], "X-A: b"));
}

Test(loadtest_options, refusals_name_flag_value_and_what_would_do)
{
    static const struct {
        const char *word, *text;
    } rows[] = {
        {"--connections=many", "--connections: \"many\" is not a number (try 64, 10k or 1m)"},
        {"--duration=soon", "--duration: \"soon\" is not a duration (try 15s or 1500ms)"},
        {"--arrivals=odd", "--arrivals: \"odd\" is neither constant nor poisson"},
        {"--timestamps=nic", "--timestamps: \"nic\" is neither kernel nor user"},
        {"--conections=3", "--conections: no such flag (did you mean --connections?)"},
        {"--slo=p99", "--slo: \"p99\" is not an objective (try p99<10ms, errors<0.1% or rate>5k)"},
        {"-Hnothing", "--header: \"nothing\" is not a field (try \"Accept: text/plain\")"},
        {"--close=yes", "--close: takes no value"},
        {"--threads=0", "--threads: \"0\" is out of range (try 1 to 256)"},
        {"--think=5ms-1ms", "--think: \"5ms-1ms\" goes backwards (try 50ms-150ms)"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_assert(not(PARSE((char *)rows[i].word, "http://a/")), "%s", rows[i].word);
        cr_assert(eq(str, error.text, (char *)rows[i].text));
    }
    cr_assert(not(PARSE("-q")));
    cr_assert(not(PARSE("http://a/", "http://b/")));
    cr_assert(not(PARSE("-c1,2", "http://a/")));
    cr_assert(not(PARSE("--json", "--csv", "http://a/")));
    cr_assert(PARSE("--json", "--csv=a.csv", "http://a/"));
    cr_assert(PARSE("--help"));
}

Test(loadtest_options, objectives_have_units)
{
    struct tri_slo slo;
    cr_assert(tri_slo_parse(&slo, "p99<10ms,errors<0.1%,rate>5k,service.p99.9<1s", &error));
    cr_assert(eq(u32, slo.count, 4));
    cr_assert(epsilon_eq(dbl, slo.objectives[0].bound, 1e7, 1));
    cr_assert(epsilon_eq(dbl, slo.objectives[1].bound, 0.001, 1e-9));
    cr_assert(epsilon_eq(dbl, slo.objectives[2].bound, 5000, 1e-9));
    cr_assert(epsilon_eq(dbl, slo.objectives[3].quantile, 0.999, 1e-9));
    static const char *const bad[] = {"", "p0<1ms", "p99<10", "errors<200%", "speed>1", "p101<1s"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert(not(tri_slo_parse(&slo, bad[i], &error)), "%s", bad[i]);
}

Test(loadtest_options, urls_are_taken_apart)
{
    struct tri_target target;
    cr_assert(tri_target_parse(&target, "https://example.org/a?b=c#d", &error));
    cr_assert(target.is_tls);
    cr_assert(eq(str, target.port, "443"));
    cr_assert(eq(str, target.path, "/a?b=c"));
    cr_assert(tri_target_parse(&target, "http://[::1]:8080", &error));
    cr_assert(eq(str, target.host, "::1"));
    cr_assert(eq(str, target.path, "/"));
    cr_assert(eq(str, target.authority, "[::1]:8080"));
    cr_assert(tri_target_parse(&target, "127.0.0.1:81/x", &error));
    cr_assert(eq(str, target.port, "81"));
    static const char *const bad[] = {"",
                                      "http://",
                                      "ftp://a/",
                                      "http://a:0/",
                                      "http://a:/",
                                      "http://a:70000/",
                                      "http://[::1/",
                                      "http://a b/",
                                      "http://me@a/"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert(not(tri_target_parse(&target, bad[i], &error)), "%s", bad[i]);
}

Test(loadtest_options, sources_are_lists_and_ranges)
{
    struct tri_endpoint *sources;
    unsigned count;
    cr_assert(tri_sources_parse("127.0.0.2-127.0.0.9,127.0.1.1", &sources, &count, &error));
    cr_assert(eq(u32, count, 9));
    free(sources);
    cr_assert(not(tri_sources_parse("127.0.0.9-127.0.0.2", &sources, &count, &error)));
    cr_assert(not(tri_sources_parse("here", &sources, &count, &error)));
    cr_assert(not(tri_sources_parse("127.0.0.1,", &sources, &count, &error)));
}

static bool is_request(const struct tri_request *request, const char *text)
{
    return tri_slice_is((struct tri_slice){request->bytes, request->len}, tri_slice_of(text));
}

Test(loadtest_options, a_file_of_requests_gives_bytes_and_weights)
{
    static const char text[] = "### first weight=3\nGET /hello\nAccept: */*\n\n"
                               "### weight=1\r\nPOST /echo HTTP/1.1\r\nX: y\r\n\r\nthe body\n\n";
    struct tri_plan plan = {.pipeline = 1};
    struct tri_request_spec spec = {.fields = {"A: b"}, .field_count = 1};
    snprintf(plan.target.authority, sizeof(plan.target.authority), "host:80");
    cr_assert(tri_requests_from_text(&plan, TRI_SLICE(text), &spec, &error), "%s", error.text);
    cr_assert(eq(u32, plan.request_count, 2));
    cr_assert(is_request(&plan.request[0],
                         "GET /hello HTTP/1.1\r\nHost: host:80\r\nAccept: */*\r\nA: b\r\n\r\n"));
    cr_assert(is_request(
        &plan.request[1],
        "POST /echo HTTP/1.1\r\nHost: host:80\r\nX: y\r\nA: b\r\nContent-Length: 8\r\n\r\n"
        "the body"));
    cr_assert(eq(u32, plan.cycle_length, 4));
    unsigned second = 0;
    for (unsigned i = 0; i < 4; i++)
        second += plan.cycle[i] == 1;
    cr_assert(eq(u32, second, 1));
    tri_plan_deinit(&plan);
    static const char *const bad[] = {"", "GET", "GET /\nno field\n", "### weight=0\nGET /\n"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert(not(tri_requests_from_text(&plan, tri_slice_of(bad[i]), &spec, &error)), "%s",
                  bad[i]);
        tri_plan_deinit(&plan);
    }
}
