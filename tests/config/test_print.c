/*
 * test_print.c - what --print-config says loads back: printing, loading and printing again is a
 * fixpoint, whatever was set.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/keys.h"
#include "config/scan.h"
#include "server/base/error.h"
#include "tests/config/loaded.h"
#include "tests/config/support.h"

TestSuite(config_print, .timeout = 60, .init = support_enter, .fini = support_leave);

#define ODD_FOLDER "a \"b\" 'c' ${HOME} \\d {e} #f g* +=,\xc3\xa4"

static uint64_t state = 88172645463325252u;

static unsigned below(unsigned bound)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 32) % bound;
}

/* A random value of the key; every choice is valid beside every other. */
static void make_value(const struct tri_key *key, char *value, size_t room)
{
    static const char *const addresses[] = {"*:80", "[::1]:0", "unix:/a,b"};
    static const char *const texts[TRI_KEY_COUNT][2] = {
        [TRI_KEY_HEALTH] = {"/up", "/a$b\\\"c"},
        [TRI_KEY_TRUST] = {"unix", "10.0.0.0/8,::1"},
        [TRI_KEY_INDEX] = {"", "a b,#c"},
        [TRI_KEY_TRY_FILES] = {"$path,$path.html,=404", ""},
        [TRI_KEY_HSTS] = {"", "max-age=1;includeSubDomains"},
        [TRI_KEY_CERT] = {"a.pem,b.pem", "b.pem,a \"$\".pem"},
        [TRI_KEY_KEY] = {"", "a.pem,b.pem"},
        [TRI_KEY_OCSP] = {"", "a.pem"},
        [TRI_KEY_CLIENT_CA] = {"a.pem", "a \"$\".pem"},
        [TRI_KEY_ROOT] = {"", "/tmp"},
        [TRI_KEY_CACHE_CONTROL] = {"", "private=\"a, b\", max-age=3"},
        [TRI_KEY_HEADERS] = {"X-A: \"b\\ ${c}, d", ""},
    };
    unsigned words = 1;
    switch (key->type) {
    case TRI_TYPE_ENUM:
        for (char word[32]; tri_key_word(key->unit, words, word, sizeof(word));)
            words++;
        tri_key_word(key->unit, below(words), value, room);
        break;
    case TRI_TYPE_LIST:
        snprintf(value, room, "%s%s", addresses[below(2)],
                 key == &tri_keys[TRI_KEY_TLS_LISTEN] ? "43" : "");
        break;
    case TRI_TYPE_TEXT:
    case TRI_TYPE_WORDS:
    case TRI_TYPE_PATH:
        snprintf(value, room, "%s", texts[key - tri_keys][below(2)]);
        break;
    case TRI_TYPE_SWITCH:
        snprintf(value, room, "%s", below(2) ? "on" : "off");
        break;
    case TRI_TYPE_COUNT:
        snprintf(value, room, "%u", 1 + below(1000));
        break;
    case TRI_TYPE_SIZE:
        snprintf(value, room, "%u", 32 * 1024 + below(7 * 1024));
        break;
    case TRI_TYPE_DURATION:
        snprintf(value, room, "%ums", 1 + below(60000));
        break;
    }
}

static void expect_fixpoint(struct tri_config *config)
{
    struct tri_config again = reloaded(config);
    tri_config_free(&again);
}

Test(config_print, is_a_fixpoint_for_random_settings)
{
    static const char *const files[] = {"a.pem", "b.pem", "a \"$\".pem"};
    support_touch(files, sizeof(files) / sizeof(files[0]));
    for (int round = 0; round < 300; round++) {
        char variables[4096] = "TRI_HTTPD_LIMIT_HEAD=40KiB\nTRI_HTTPD_LIMIT_MEMORY=64KiB\n";
        struct tri_config config;
        struct tri_error error = {.text = ""};
        for (int id = 0; id < TRI_KEY_COUNT; id++) {
            char value[64];
            size_t len = strlen(variables);
            bool is_needed = id == TRI_KEY_TRUST /* by proxy_protocol */ ||
                             id == TRI_KEY_TLS_LISTEN || id == TRI_KEY_CERT ||
                             id == TRI_KEY_CLIENT_CA;
            if ((below(2) && !is_needed) || id == TRI_KEY_LIMIT_HEAD || id == TRI_KEY_LIMIT_MEMORY)
                continue;
            make_value(&tri_keys[id], value, sizeof(value));
            snprintf(variables + len, sizeof(variables) - len, "%s=%s\n", tri_keys[id].variable,
                     value);
        }
        cr_assert(support_load(&config, NULL, NULL, variables, &error), "%s", error.text);
        expect_fixpoint(&config);
    }
}

Test(config_print, keeps_hosts_routes_and_odd_names)
{
    struct tri_config config;
    struct tri_error error = {.text = ""};
    cr_assert_eq(mkdir(ODD_FOLDER, 0700), 0);
    cr_assert(support_load(&config,
                           "root = \"/\"\nlisten = { 'unix:/a,b', \"*:1\" }\n"
                           "route \"/\\$\\{x\" { handler = files }\n"
                           "route '/a\"\\\\' { handler = 'files' root = '/tmp' }\n"
                           "vhost www.example.org { root = '/'\n"
                           "  route \"/docs/*path\" { handler = files root = \"/tmp\" }\n"
                           "  route /hello { handler = hello } }\n"
                           "vhost '[::1]' { }",
                           "--root=" ODD_FOLDER, NULL, &error),
              "%s", error.text);
    cr_expect_str_eq(config.root, ODD_FOLDER);
    cr_expect_eq(config.route_count, 2);
    cr_expect_str_eq(config.routes[0].pattern, "/${x");
    cr_expect_eq(config.routes[1].line, 4);
    cr_expect_str_eq(config.routes[1].root, "/tmp");
    cr_assert_eq(config.host_count, 2);
    cr_expect_str_eq(config.hosts[0].name, "www.example.org");
    cr_expect_eq(config.hosts[0].line, 5);
    cr_expect_eq(config.hosts[0].route_count, 2);
    cr_expect_str_eq(config.hosts[0].routes[1].handler, "hello");
    cr_expect_eq(config.hosts[0].routes[1].line, 7);
    cr_expect_null(config.hosts[1].root);
    expect_fixpoint(&config);
    cr_assert_eq(remove(ODD_FOLDER), 0);
}

/* Comments become blanks; strings and words that look like comments stay. */
Test(config_print, scan_blanks_comments_only)
{
    char text[] = "a # b\nc '#' /* d\n e */ \"//\" f//g//h //i";
    struct tri_scan scan;
    struct tri_error error;
    int line;
    cr_assert(tri_scan_text(text, strlen(text), &scan, &line, &error));
    cr_expect_str_eq(text, "a    \nc '#'     \n      \"//\" f//g//h    ");
    tri_scan_free(&scan);
}
