/*
 * test_precedence.c - flag > environment > file > default, for each key.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/keys.h"
#include "server/base/error.h"
#include "tests/config/support.h"

TestSuite(config_precedence, .timeout = 20, .init = support_enter, .fini = support_leave);

/* Values that differ from the default and from each other. */
static const struct {
    const char *file, *environment, *flag;
} values[TRI_KEY_COUNT] = {
    [TRI_KEY_MODE] = {"threads", "mn", "threads"},
    [TRI_KEY_LISTEN] = {"*:1", "[::1]:2", "unix:/run/x.sock"},
    [TRI_KEY_TLS_LISTEN] = {"*:1", "[::1]:2", "unix:/run/x.sock"},
    [TRI_KEY_ROOT] = {"/", "/tmp", "/usr"},
    [TRI_KEY_WORKERS] = {"1", "2", "3"},
    [TRI_KEY_PROCESSES] = {"1", "2", "3"},
    [TRI_KEY_OFFLOAD] = {"1", "2", "3"},
    [TRI_KEY_MAX_CONNECTIONS] = {"10k", "20k", "30k"},
    [TRI_KEY_STACK_SIZE] = {"32KiB", "48KiB", "8MiB"},
    [TRI_KEY_THREADS_SPAWN] = {"fresh", "fork", "fresh"},
    [TRI_KEY_MN_STEAL] = {"off", "on", "off"},
    [TRI_KEY_MN_HANDOFF] = {"off", "on", "off"},
    [TRI_KEY_MN_STACK_MARKS] = {"on", "off", "on"},
    [TRI_KEY_LAB] = {"off", "on", "off"},
    [TRI_KEY_LOG_LEVEL] = {"debug", "warn", "error"},
    [TRI_KEY_HEALTH] = {"/a", "", "/b/c"},
    [TRI_KEY_SERVER_HEADER] = {"on", "off", "on"},
    [TRI_KEY_TRUST] = {"unix", "10.0.0.0/8", "::1"},
    [TRI_KEY_PROXY_PROTOCOL] = {"on", "off", "on"},
    [TRI_KEY_TLS_SELF_SIGNED] = {"on", "off", "on"},
    [TRI_KEY_TLS_KTLS] = {"off", "on", "off"},
    [TRI_KEY_TLS_SESSION] = {"1s", "2s", "0"},
    [TRI_KEY_HTTPS_REDIRECT] = {"on", "off", "on"},
    [TRI_KEY_HTTPS_PORT] = {"1", "2", "3"},
    [TRI_KEY_INDEX] = {"a.html", "b.html", "c.html"},
    [TRI_KEY_TRY_FILES] = {"/a", "/b", "=404"},
    [TRI_KEY_LISTING] = {"on", "off", "on"},
    [TRI_KEY_DOTFILES] = {"on", "off", "on"},
    [TRI_KEY_SYMLINKS] = {"none", "any", "none"},
    [TRI_KEY_PRECOMPRESSED] = {"off", "on", "off"},
    [TRI_KEY_COMPRESS] = {"off", "on", "off"},
    [TRI_KEY_CACHE_CONTROL] = {"no-store", "public, max-age=60", "no-cache"},
    [TRI_KEY_HEADERS] = {"X-A: b", "X-A: c, d", "X-E: f"},
    [TRI_KEY_HSTS] = {"max-age=1", "max-age=2;preload", "max-age=3; includeSubDomains"},
    [TRI_KEY_CERT] = {"a", "b", "c"},
    [TRI_KEY_KEY] = {"a", "b", "c"},
    [TRI_KEY_OCSP] = {"a", "b", "c"},
    [TRI_KEY_CLIENT_CA] = {"a", "b", "c"},
    [TRI_KEY_VERIFY_CLIENT] = {"optional", "off", "required"},
    [TRI_KEY_LIMIT_HEAD] = {"10KiB", "12KiB", "14KiB"},
    [TRI_KEY_LIMIT_TARGET] = {"1KiB", "2KiB", "3KiB"},
    [TRI_KEY_LIMIT_HEADERS] = {"1", "2", "3"},
    [TRI_KEY_LIMIT_BODY] = {"0", "1KiB", "2KiB"},
    [TRI_KEY_LIMIT_MEMORY] = {"64KiB", "128KiB", "512KiB"},
    [TRI_KEY_LIMIT_OUTPUT] = {"4KiB", "8KiB", "16KiB"},
    [TRI_KEY_LIMIT_DRAIN] = {"0", "1", "2"},
    [TRI_KEY_LIMIT_REQUESTS_PER_CONNECTION] = {"1", "2", "3"},
    [TRI_KEY_LIMIT_RATE] = {"0", "1KiB", "2KiB"},
    [TRI_KEY_LIMIT_CLIENT_CONNECTIONS] = {"1", "2", "3"},
    [TRI_KEY_LIMIT_CLIENT_RATE] = {"1", "2", "3"},
    [TRI_KEY_LIMIT_CLIENT_BURST] = {"1", "2", "3"},
    [TRI_KEY_TIMEOUT_HEAD] = {"1s", "2s", "3s"},
    [TRI_KEY_TIMEOUT_BODY] = {"1s", "2s", "3s"},
    [TRI_KEY_TIMEOUT_WRITE] = {"1s", "2s", "3s"},
    [TRI_KEY_TIMEOUT_IDLE] = {"1s", "2s", "0"},
    [TRI_KEY_TIMEOUT_HANDSHAKE] = {"1s", "2s", "0"},
    [TRI_KEY_TIMEOUT_LINGER] = {"1s", "3s", "4s"},
    [TRI_KEY_TIMEOUT_SHUTDOWN] = {"1s", "2s", "3s"},
    [TRI_KEY_FILES_CACHE] = {"1", "2", "0"},
    [TRI_KEY_FILES_CACHE_MEMORY] = {"0", "1KiB", "1GiB"},
    [TRI_KEY_FILES_CACHE_VALID] = {"0", "2s", "3s"},
    [TRI_KEY_FILES_COMPRESS_FROM] = {"0", "2KiB", "3KiB"},
};

#define TLS "--tls-listen=*:1\n--tls-self-signed=on\n"

/* Flags without which they are refused. */
static const char *const needs[TRI_KEY_COUNT] = {
    [TRI_KEY_PROXY_PROTOCOL] = "--trust=unix\n",
    [TRI_KEY_TLS_LISTEN] = "--tls-self-signed=on\n",
    [TRI_KEY_TLS_SELF_SIGNED] = "--tls-listen=*:1\n--cert=a\n",
    [TRI_KEY_TLS_KTLS] = TLS,
    [TRI_KEY_TLS_SESSION] = TLS,
    [TRI_KEY_HTTPS_REDIRECT] = TLS,
    [TRI_KEY_HTTPS_PORT] = TLS "--https-redirect=on\n",
    [TRI_KEY_CERT] = TLS,
    [TRI_KEY_KEY] = TLS "--cert=a\n",
    [TRI_KEY_OCSP] = TLS "--cert=a\n",
    [TRI_KEY_CLIENT_CA] = TLS,
    [TRI_KEY_VERIFY_CLIENT] = TLS "--client-ca=a\n",
    [TRI_KEY_TIMEOUT_HANDSHAKE] = TLS,
    [TRI_KEY_LIMIT_CLIENT_BURST] = "--limit-client-rate=5\n",
};

/* Does `printed` (of tri_config_print) say `name = value` in the key's block? */
static bool says(const char *printed, const struct tri_key *key, const char *value)
{
    char block[64], line[128], unquoted[8192];
    const char *section = tri_section_names[key->section], *from = printed;
    size_t len = 0;
    snprintf(block, sizeof(block), "\n%s {\n", section);
    if (*section)
        from = strstr(printed, block);
    cr_assert(from);
    for (; *from && len < sizeof(unquoted) - 1; from++)
        if (!strchr(*section ? "\"" : "\"{}", *from))
            unquoted[len++] = *from;
    unquoted[len] = '\0';
    if (tri_key_is_list(key) && *value && *section)
        snprintf(line, sizeof(line), "\n    %s = { %s }\n", key->name, value);
    else if (tri_key_is_list(key) && *value)
        snprintf(line, sizeof(line), "\n%s =  %s \n", key->name, value);
    else if (key->type == TRI_TYPE_COUNT && strchr(value, 'k'))
        snprintf(line, sizeof(line), "%s = %.*s000\n", key->name, (int)strlen(value) - 1, value);
    else
        snprintf(line, sizeof(line), "%s%s = %s\n", *section ? "    " : "\n", key->name, value);
    return strstr(unquoted, line);
}

static void expect(const struct tri_key *key, const char *file, const char *flags,
                   const char *environment, const char *value)
{
    struct tri_config config;
    struct tri_error error = {.text = ""};
    cr_assert(support_load(&config, file, flags, environment, &error), "%s", error.text);
    char *printed = support_print(&config);
    cr_expect(says(printed, key, value), "%s: %s is not in force\n%s", key->flag, value, printed);
    free(printed);
    tri_config_free(&config);
}

Test(config_precedence, of_each_key)
{
    static const char *const files[] = {"a", "b", "c"};
    support_touch(files, sizeof(files) / sizeof(files[0]));
    for (int id = 0; id < TRI_KEY_COUNT; id++) {
        const struct tri_key *key = &tri_keys[id];
        const char *block = tri_section_names[key->section];
        char mode[32] = "", mode_flag[64] = "", file[256], variable[256], flags[256];
        const char *needed = needs[id] ? needs[id] : "";
        cr_assert(values[id].flag, "%s has no row", key->flag);
        if (id != TRI_KEY_MODE) /* some mode in which the flag has an effect */
            snprintf(mode_flag, sizeof(mode_flag), "--mode=%s\n",
                     tri_key_word(tri_keys[TRI_KEY_MODE].unit, (unsigned)__builtin_ctz(key->modes),
                                  mode, sizeof(mode)));
        snprintf(file, sizeof(file), "%s %s %s = \"%s\" %s\n", block, *block ? "{" : "", key->name,
                 values[id].file, *block ? "}" : "");
        snprintf(variable, sizeof(variable), "%s=%s", key->variable, values[id].environment);
        snprintf(flags, sizeof(flags), "%s%s--%s=%s", needed, mode_flag, key->flag,
                 values[id].flag);
        if (id != TRI_KEY_TIMEOUT_IDLE) /* 60s is printed as 1m, too */
            expect(key, NULL, NULL, NULL, key->preset);
        expect(key, file, needed, NULL, values[id].file);
        expect(key, NULL, needed, variable, values[id].environment);
        expect(key, file, needed, variable, values[id].environment);
        expect(key, file, flags, variable, values[id].flag);
        expect(key, file, flags, NULL, values[id].flag);
        expect(key, NULL, flags, variable, values[id].flag);
    }
}

Test(config_precedence, lists_replace_each_other_and_add_up_within_a_source)
{
    struct tri_config config;
    cr_assert(
        support_load(&config, "listen = '*:1'\nlisten += { \"*:2\", \"*:3\" }", NULL, NULL, NULL));
    cr_expect_eq(config.listen_count, 3);
    cr_expect_str_eq(config.listen[2], "*:3");
    tri_config_free(&config);
    cr_assert(support_load(&config, "listen = '*:1'", NULL, "TRI_HTTPD_LISTEN=*:4,[::1]:5", NULL));
    cr_expect_eq(config.listen_count, 2);
    cr_expect_str_eq(config.listen[1], "[::1]:5");
    tri_config_free(&config);
    cr_assert(support_load(&config, "listen = '*:1'", "--listen=*:6\n--listen\n*:7",
                           "TRI_HTTPD_LISTEN=*:4", NULL));
    cr_expect_eq(config.listen_count, 2);
    cr_expect_str_eq(config.listen[0], "*:6");
    cr_expect_str_eq(config.listen[1], "*:7");
    tri_config_free(&config);
}

Test(config_precedence, words_replace_each_other_and_add_up_within_a_source)
{
    struct tri_config config;
    cr_assert(support_load(&config, "trust = unix\ntrust += { \"::1\", '10.0.0.0/8' }", NULL,
                           "TRI_HTTPD_INDEX=a.html,b.html", NULL));
    cr_expect_eq(config.trust.count, 3);
    cr_expect_str_eq(config.trust.at[2], "10.0.0.0/8");
    cr_expect_eq(config.options.index.count, 2);
    cr_expect_str_eq(config.options.index.at[1], "b.html");
    tri_config_free(&config);
    cr_assert(support_load(&config, "trust = unix\nindex = a", "--index=c\n--index=d\n--trust=",
                           "TRI_HTTPD_INDEX=a.html\nTRI_HTTPD_HEADERS=X-A: b, c", NULL));
    cr_expect_eq(config.trust.count, 0);
    cr_expect_eq(config.options.index.count, 2);
    cr_expect_str_eq(config.options.index.at[0], "c");
    cr_expect_eq(config.options.headers.count, 1);
    cr_expect_str_eq(config.options.headers.at[0], "X-A: b, c");
    tri_config_free(&config);
}

Test(config_precedence, the_last_of_equal_flags_counts)
{
    struct tri_config config;
    cr_assert(
        support_load(&config, NULL, "--mode=mn\n--mode=threads\n--root=/tmp\n--root=", NULL, NULL));
    cr_expect_str_eq(config.mode, "threads");
    cr_expect_null(config.root);
    tri_config_free(&config);
}

Test(config_precedence, a_flag_names_the_file_before_the_environment)
{
    struct tri_config config;
    cr_assert(support_load(&config, "mode = mn", NULL, "TRI_HTTPD_CONFIG=none", NULL));
    cr_expect_str_eq(config.mode, "mn");
    cr_expect_str_eq(config.file, SUPPORT_FILE);
    tri_config_free(&config);
    cr_assert(support_load(&config, NULL, "--config=", "TRI_HTTPD_CONFIG=none", NULL));
    cr_expect_null(config.file);
    tri_config_free(&config);
    cr_assert(support_load(&config, NULL, NULL, "TRI_HTTPD_CONFIG=" SUPPORT_FILE, NULL));
    cr_expect_str_eq(config.mode, "mn");
    tri_config_free(&config);
}

Test(config_precedence, settings_of_other_modes_are_fine_in_file_and_environment)
{
    struct tri_config config;
    cr_assert(support_load(&config, "mode = loop\nworkers = 3\nstack_size = 1m", NULL,
                           "TRI_HTTPD_WORKERS=4", NULL));
    cr_expect_eq(config.workers, 4);
    tri_config_free(&config);
}

Test(config_precedence, variables_of_a_service_called_tri_httpd_are_left_alone)
{
    struct tri_config config;
    cr_assert(support_load(&config, NULL, NULL,
                           "TRI_HTTPD_SERVICE_HOST=10.0.0.1\nTRI_HTTPD_SERVICE_PORT=80\n"
                           "TRI_HTTPD_PORT=tcp://10.0.0.1:80\nTRI_HTTPD_PORT_80_TCP_PROTO=tcp\n"
                           "PATH=/bin\nTRI_HTTPDX=1",
                           NULL));
    tri_config_free(&config);
}

Test(config_precedence, help_and_version_work_whatever_else_is_broken)
{
    struct tri_config config;
    cr_assert(support_load(&config, "mode = fork", "--help", "TRI_HTTPD_X=1", NULL));
    cr_expect(config.help && !config.version);
    tri_config_free(&config);
    cr_assert(support_load(&config, "mode = fork", "--version", NULL, NULL));
    cr_expect(config.version);
    tri_config_free(&config);
    cr_assert(support_load(&config, "mode = mn", "--check-config\n--print-config", NULL, NULL));
    cr_expect(config.check && config.print);
    tri_config_free(&config);
}

Test(config_precedence, a_switch_alone_is_on)
{
    static const struct {
        const char *flags;
        bool listing, dotfiles;
    } cases[] = {
        {"--listing\n--dotfiles", true, true},
        {"--listing\non\n--dotfiles\noff", true, false},
        {"--listing=off\n--dotfiles", false, true},
        {"--listing\n--listing=off\n--dotfiles=on", false, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tri_config config;
        struct tri_error error;
        cr_assert(support_load(&config, NULL, cases[i].flags, NULL, &error), "%s", error.text);
        cr_expect(config.options.listing == cases[i].listing, "%s", cases[i].flags);
        cr_expect(config.options.dotfiles == cases[i].dotfiles, "%s", cases[i].flags);
        tri_config_free(&config);
    }
}
