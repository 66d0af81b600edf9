/*
 * test_documents.c - what people read agrees with keys.def: --help, the sample file, README.md,
 * and the limits that tests of other folders use.
 */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/keys.h"
#include "server/base/error.h"
#include "server/http/limits.h"
#include "tests/config/support.h"

TestSuite(config_documents, .timeout = 10, .init = support_enter, .fini = support_leave);

static char *captured(void (*print)(FILE *))
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);
    cr_assert(to);
    print(to);
    fclose(to);
    return text;
}

Test(config_documents, flag_and_variable_are_one_name)
{
    for (int id = 0; id < TRI_KEY_COUNT; id++) {
        const char *variable = tri_keys[id].variable + strlen(TRI_VARIABLE_PREFIX);
        const char *flag = tri_keys[id].flag;
        cr_assert_eq(strlen(flag), strlen(variable));
        for (size_t i = 0; flag[i]; i++)
            cr_expect_eq(variable[i], flag[i] == '-' ? '_' : toupper(flag[i]), "%s", flag);
        const char *tail = id == TRI_KEY_VERIFY_CLIENT    ? "VERIFY" /* in the block tls */
                           : strstr(variable, "LIMIT_")   ? variable + 6
                           : strstr(variable, "TIMEOUT_") ? variable + 8
                           : strstr(variable, "FILES_C")  ? variable + 6
                                                          : variable;
        cr_expect_eq(strcasecmp(tail, tri_keys[id].name), 0, "%s", tri_keys[id].name);
    }
}

Test(config_documents, help_names_every_flag_and_fits_a_screen)
{
    char *help = captured(tri_config_help);
    for (const char *line = help; *line; line += strcspn(line, "\n") + 1)
        cr_expect(strcspn(line, "\n") <= 96, "%.100s", line);
    for (int id = 0; id < TRI_KEY_COUNT; id++) {
        char flag[128], preset[64];
        snprintf(flag, sizeof(flag), "\n  --%s=%s", tri_keys[id].flag,
                 tri_key_placeholder(&tri_keys[id]));
        const char *entry = strstr(help, flag);
        cr_assert(entry, "%s", flag);
        snprintf(preset, sizeof(preset), "[%s", tri_keys[id].preset);
        const char *found = strstr(entry, preset), *next = strstr(entry + 3, "\n  --");
        cr_expect(found && (!next || found < next), "%s: %s", flag, preset);
    }
    for (int id = 0; id < TRI_ACTION_COUNT; id++) {
        char flag[128];
        snprintf(flag, sizeof(flag), "\n  --%s", tri_actions[id].flag);
        cr_expect(strstr(help, flag), "%s", flag);
    }
    free(help);
}

Test(config_documents, defaults_are_those_of_limits)
{
    struct tri_config config;
    const struct tri_limits limits = tri_limits_default();
    cr_assert(support_load(&config, NULL, NULL, NULL, NULL));
    cr_expect_eq(config.head_bytes, limits.head_bytes);
    cr_expect_eq(config.target_bytes, limits.target_bytes);
    cr_expect_eq(config.header_count, limits.header_count);
    cr_expect_eq(config.body_bytes, limits.body_bytes);
    cr_expect_eq(config.exchange_bytes, limits.arena_bytes);
    cr_expect_eq(config.output_bytes, limits.output_bytes);
    cr_expect_eq(config.drain_bytes, limits.drain_bytes);
    cr_expect_eq(config.requests_per_connection, limits.requests_per_connection);
    cr_expect_eq(config.head_ns, limits.head_ns);
    cr_expect_eq(config.body_ns, limits.body_ns);
    cr_expect_eq(config.write_ns, limits.write_ns);
    cr_expect_eq(config.idle_ns, limits.idle_ns);
    cr_expect_eq(config.linger_ns, limits.linger_ns);
    tri_config_free(&config);
}

Test(config_documents, the_sample_file_states_the_defaults)
{
    struct tri_config config, defaults;
    struct tri_error error = {.text = ""};
    char *sample = support_read(TRI_SOURCE_DIR "/config/tri-httpd.conf");
    cr_assert(sample);
    cr_assert(support_load(&config, sample, NULL, NULL, &error), "%s", error.text);
    cr_assert(support_load(&defaults, NULL, NULL, NULL, &error), "%s", error.text);
    char *stated = support_print(&config), *built_in = support_print(&defaults);
    cr_expect_str_eq(stated, built_in);
    for (int id = 0; id < TRI_KEY_COUNT; id++) { /* and states all of them */
        char setting[96];
        snprintf(setting, sizeof(setting),
                 "\n%s%s = ", *tri_section_names[tri_keys[id].section] ? "    " : "",
                 tri_keys[id].name);
        cr_expect(strstr(sample, setting), "%s", tri_keys[id].name);
    }
    free(stated);
    free(built_in);
    free(sample);
    tri_config_free(&config);
    tri_config_free(&defaults);
}

/* A "#" before anything but a blank hides an example: a line, or a block up to "#}". */
Test(config_documents, the_examples_of_the_sample_file_load)
{
    struct tri_config config;
    struct tri_error error = {.text = ""};
    static const char *const files[] = {"404.html",  "ecdsa.pem", "ecdsa.key",
                                        "ecdsa.der", "rsa.pem",   "rsa.key",
                                        "www.pem",   "www.key",   "clients.pem"};
    char *sample = support_read(TRI_SOURCE_DIR "/config/tri-httpd.conf");
    cr_assert(sample);
    bool is_block = false;
    for (char *line = sample; *line; line += strcspn(line, "\n") + 1) {
        line += strspn(line, " ");
        if (line[0] != '#' || !(is_block || isalpha(line[1])))
            continue;
        is_block = is_block ? line[1] != '}' : line[strcspn(line, "\n") - 1] == '{';
        line[0] = ' ';
    }
    support_touch(files, sizeof(files) / sizeof(files[0]));
    cr_assert(support_load(&config, sample, NULL, NULL, &error), "%s\n%s", error.text, sample);
    cr_expect_eq(config.listen_count, 3);
    cr_expect_eq(config.error_count, 1);
    cr_expect_eq(config.route_count, 3);
    cr_expect_str_eq(config.routes[1].reply, "301 https://example.org/$rest");
    cr_expect_str_eq(config.routes[2].options.try_files.at[1], "/index.html");
    cr_expect_eq(config.host_count, 1);
    cr_expect_eq(config.hosts[0].route_count, 1);
    cr_expect_eq(config.tls_listen_count, 2);
    cr_expect_eq(config.tls.cert.count, 2);
    cr_expect_eq(config.tls.key.count, 2);
    cr_expect_eq(config.tls.ocsp.count, 1);
    cr_expect_str_eq(config.hosts[0].tls.key.at[0], "www.key");
    cr_expect_str_eq(config.hosts[0].tls.verify, "optional");
    cr_expect_str_eq(config.hosts[0].options.hsts, "max-age=31536000; includeSubDomains");
    cr_expect_eq(config.options.headers.count, 2);
    cr_expect_str_eq(config.hosts[0].options.headers.at[1], "X-Frame-Options: SAMEORIGIN");
    free(sample);
    tri_config_free(&config);
}

Test(config_documents, the_table_of_readme_is_current)
{
    static const char begin[] = "<!-- keys -->\n", end[] = "<!-- /keys -->";
    char *readme = support_read(TRI_SOURCE_DIR "/README.md");
    cr_assert(readme, "there is no README.md in " TRI_SOURCE_DIR);
    const char *from = strstr(readme, begin);
    const char *to = from ? strstr(from, end) : NULL;
    cr_assert(to, "README.md lacks a line <!-- keys --> with a line <!-- /keys --> after it");
    from += strlen(begin);
    char *table = captured(tri_config_markdown);
    cr_expect((size_t)(to - from) == strlen(table) && memcmp(from, table, strlen(table)) == 0,
              "the table of settings in README.md is not that of config/keys.def; renew it by\n"
              "    cmake --build BUILD --target readme_keys");
    free(readme);
    free(table);
}
