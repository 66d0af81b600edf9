/*
 * test_mistakes.c - every mistake in the file is one exact line: where, what was found, what would
 * do.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/error.h"
#include "tests/config/mistakes.h"
#include "tests/config/support.h"

TestSuite(config_mistakes, .timeout = 20, .init = support_enter, .fini = support_leave);

static const struct mistake mistakes[] = {
    {"mod = loop", NULL, NULL, "tri-httpd.conf:1: no key \"mod\" here (did you mean mode?)"},
    {"\n\nfoo = 1", NULL, NULL, "tri-httpd.conf:3: no key \"foo\" here (--help lists them)"},
    {"limits {\n  haed = 1k\n}", NULL, NULL,
     "tri-httpd.conf:2: no key \"haed\" here (did you mean head?)"},
    {"limits {\n  zzz = 1k\n}", NULL, NULL,
     "tri-httpd.conf:2: no key \"zzz\" here (try one of head, target, headers, body, memory, "
     "output, drain, requests_per_connection, rate, client_connections, client_rate, "
     "client_burst)"},
    {"idle = 5s", NULL, NULL,
     "tri-httpd.conf:1: no key \"idle\" here (did you mean timeouts.idle?)"},
    {"limits { mode = loop }", NULL, NULL,
     "tri-httpd.conf:1: no key \"mode\" here (move it out of all blocks)"},
    {"limits { idle = 5s }", NULL, NULL,
     "tri-httpd.conf:1: no key \"idle\" here (did you mean timeouts.idle?)"},
    {"max-connections = 3", NULL, NULL,
     "tri-httpd.conf:1: no key \"max-connections\" here (did you mean max_connections?)"},
    {"vhost \"a\" {\n handler = files\n}", NULL, NULL,
     "tri-httpd.conf:2: no key \"handler\" here (try one of root, error_pages, tls, route, index, "
     "try_files, listing, dotfiles, symlinks, precompressed, compress, cache_control, headers, "
     "hsts)"},
    {"limits { listing = on }", NULL, NULL,
     "tri-httpd.conf:1: no key \"listing\" here (move it out of all blocks)"},
    {"vhost \"a\" { cache = 5 }", NULL, NULL,
     "tri-httpd.conf:1: no key \"cache\" here (did you mean files.cache?)"},
    {"cache_valid = 5s", NULL, NULL,
     "tri-httpd.conf:1: no key \"cache_valid\" here (did you mean files.cache_valid?)"},
    {"files = 5", NULL, NULL, "tri-httpd.conf:1: \"files\" begins a block (write files { ... })"},
    {"listen = \"*:1\"\nlisten = \"*:2\"", NULL, NULL,
     "tri-httpd.conf:2: \"listen\" is set already in line 1 (keep one of them, or write +=)"},
    {"route \"/\" { handler = files\n rooot = \"/\" }", NULL, NULL,
     "tri-httpd.conf:2: no key \"rooot\" here (did you mean root?)"},
    {"# one\n# two\n/* three\n */ // four\nmod = loop", NULL, NULL,
     "tri-httpd.conf:5: no key \"mod\" here (did you mean mode?)"},
    {"mode = fork", NULL, NULL,
     "tri-httpd.conf:1: mode: \"fork\" is not known (try one of threads|loop|mn)"},
    {"mode = \"\"", NULL, NULL,
     "tri-httpd.conf:1: mode: \"\" is not known (try one of threads|loop|mn)"},
    {"log_level = loud", NULL, NULL,
     "tri-httpd.conf:1: log_level: \"loud\" is not known (try one of debug|info|warn|error)"},
    {"workers = many", NULL, NULL,
     "tri-httpd.conf:1: workers: \"many\" is not a number (try 64, 10k or 1m)"},
    {"workers = -1", NULL, NULL,
     "tri-httpd.conf:1: workers: \"-1\" is not a number (try 64, 10k or 1m)"},
    {"workers = 2000", NULL, NULL,
     "tri-httpd.conf:1: workers: \"2000\" is too large (try 0 to 1024)"},
    {"workers = 99999999999999999999", NULL, NULL,
     "tri-httpd.conf:1: workers: \"99999999999999999999\" is too large for a number (try 64, 10k "
     "or 1m)"},
    {"stack_size = 31KiB", NULL, NULL,
     "tri-httpd.conf:1: stack_size: \"31KiB\" is too small (try 32KiB to 8MiB)"},
    {"stack_size = 9MiB", NULL, NULL,
     "tri-httpd.conf:1: stack_size: \"9MiB\" is too large (try 32KiB to 8MiB)"},
    {"stack_size = 64KB", NULL, NULL,
     "tri-httpd.conf:1: stack_size: \"64KB\" is not a size (try 512, 16KiB or 8MiB)"},
    {"lab = maybe", NULL, NULL,
     "tri-httpd.conf:1: lab: \"maybe\" is neither on nor off (try on, off, yes or no)"},
    {"listen = 8080", NULL, NULL,
     "tri-httpd.conf:1: listen: \"8080\" is not an address (try 127.0.0.1:8080, [::1]:8080, *:8080 "
     "or unix:/run/tri-httpd.sock)"},
    {"listen = \"::1:80\"", NULL, NULL,
     "tri-httpd.conf:1: listen: \"::1:80\" is not an address (try 127.0.0.1:8080, [::1]:8080, "
     "*:8080 or unix:/run/tri-httpd.sock)"},
    {"listen = { \"*:80\", \"*:80\" }", NULL, NULL,
     "tri-httpd.conf:1: listen: \"*:80\" is given twice (name it once)"},
    {"listen = {}", NULL, NULL,
     "tri-httpd.conf:1: listen: \"\" is not an address (try 127.0.0.1:8080, [::1]:8080, *:8080 or "
     "unix:/run/tri-httpd.sock)"},
    {"mode = { # none\n}", NULL, NULL,
     "tri-httpd.conf:1: mode: \"\" is not known (try one of threads|loop|mn)"},
    {"trust = unix\ntrust += {}", NULL, NULL,
     "tri-httpd.conf:2: trust: \"\" is for no value at all (remove it, or the others)"},
    {"trust = {\n\n}\nlab = perhaps", NULL, NULL,
     "tri-httpd.conf:4: lab: \"perhaps\" is neither on nor off (try on, off, yes or no)"},
    {"listen = \"*:99999\"", NULL, NULL,
     "tri-httpd.conf:1: listen: \"*:99999\": the port must be a number from 0 to 65535"},
    {"listen = \"localhost:80\"", NULL, NULL,
     "tri-httpd.conf:1: listen: \"localhost:80\": the host must be a numeric address (try "
     "127.0.0.1:8080, [::1]:8080, *:8080 or unix:/run/tri-httpd.sock)"},
    {"listen = unix:run", NULL, NULL,
     "tri-httpd.conf:1: listen: \"unix:run\": the path must be absolute and at most 107 bytes"},
    {"root = \"/does/not/exist\"", NULL, NULL,
     "tri-httpd.conf:1: root: \"/does/not/exist\" cannot be used: No such file or directory (name "
     "an existing directory)"},
    {"root = /etc/passwd", NULL, NULL,
     "tri-httpd.conf:1: root: \"/etc/passwd\" is no directory (name the directory that holds the "
     "files)"},
    {"root = \"a\\tb\"", NULL, NULL,
     "tri-httpd.conf:1: root: holds a control character (write one line of plain text)"},
    {"timeouts {\n  idle = \"15 sec\"\n}", NULL, NULL,
     "tri-httpd.conf:2: timeouts.idle: \"15 sec\" is not a duration (try 15s or 1500ms)"},
    {"timeouts { idle = 15 }", NULL, NULL,
     "tri-httpd.conf:1: timeouts.idle: \"15\" is not a duration (try 15s or 1500ms)"},
    {"timeouts { idle = 25h }", NULL, NULL,
     "tri-httpd.conf:1: timeouts.idle: \"25h\" is too large (try 0 to 24h)"},
    {"timeouts { linger = 0 }", NULL, NULL,
     "tri-httpd.conf:1: timeouts.linger: \"0\" is too small (try 1ms to 1m)"},
    {"limits { body = 99999999999GiB }", NULL, NULL,
     "tri-httpd.conf:1: limits.body: \"99999999999GiB\" is too large for a size (try 512, 16KiB or "
     "8MiB)"},
    {"limits { output = 4095 }", NULL, NULL,
     "tri-httpd.conf:1: limits.output: \"4095\" is too small (try 4KiB to 16MiB)"},
    {"limits { headers = 0 }", NULL, NULL,
     "tri-httpd.conf:1: limits.headers: \"0\" is too small (try 1 to 10k)"},
    {"limits {\n head = 32k\n", NULL, NULL,
     "tri-httpd.conf:1: the block that begins here never ends (close it with \"}\")"},
    {"limits {\n}\n}", NULL, NULL,
     "tri-httpd.conf:3: \"}\" closes nothing (remove it, or add the \"{\" it belongs to)"},
    {"mode\nlab = on", NULL, NULL,
     "tri-httpd.conf:1: \"mode\" lacks its value (write mode = VALUE)"},
    {"mode = ", NULL, NULL, "tri-httpd.conf:1: the file ends within a setting (write KEY = VALUE)"},
    {"mode loop", NULL, NULL, "tri-httpd.conf:1: \"mode\" lacks its value (write mode = VALUE)"},
    {"limits = 5", NULL, NULL,
     "tri-httpd.conf:1: \"limits\" begins a block (write limits { ... })"},
    {"limits\n\n= 5", NULL, NULL,
     "tri-httpd.conf:1: \"limits\" begins a block (write limits { ... })"},
    {"route { handler = files }", NULL, NULL,
     "tri-httpd.conf:1: \"route\" begins a block (write route \"/docs/*path\" { ... })"},
    {"vhost = x", NULL, NULL,
     "tri-httpd.conf:1: \"vhost\" begins a block (write vhost \"www.example.org\" { ... })"},
    {"mode += loop", NULL, NULL,
     "tri-httpd.conf:1: \"mode\" has a single value (write = instead of +=)"},
    {"mode = loop\nlab = on\nmode = mn", NULL, NULL,
     "tri-httpd.conf:3: \"mode\" is set already in line 1 (keep one of them)"},
    {"mode = \"loop\nlab = on", NULL, NULL,
     "tri-httpd.conf:1: the string does not end on its line (close it with \")"},
    {"mode = 'loop", NULL, NULL,
     "tri-httpd.conf:1: the string does not end on its line (close it with ')"},
    {"lab = on\n/* begun", NULL, NULL,
     "tri-httpd.conf:2: the comment that begins here never ends (close it with */)"},
    {"root = ${HOME}", NULL, NULL,
     "tri-httpd.conf:1: \"$\" is out of place (put the whole value in quotes)"},
    {"root = \"${HOME}\"", NULL, NULL,
     "tri-httpd.conf:1: ${...} is not replaced here (write the value itself, or \\$ for a dollar "
     "sign)"},
    {"root = \"\\x41\"", NULL, NULL,
     "tri-httpd.conf:1: \\x begins no escape here (write the character itself, or \\\\ for a "
     "backslash)"},
    {"root = /a*b", NULL, NULL,
     "tri-httpd.conf:1: \"*\" is out of place (put the whole value in quotes)"},
    {"workers = 4+", NULL, NULL,
     "tri-httpd.conf:1: \"+\" is out of place (put the whole value in quotes)"},
    {"= 4", NULL, NULL, "tri-httpd.conf:1: \"=\" is out of place (write KEY = VALUE)"},
    {"mode = { loop }", NULL, NULL, "tri-httpd.conf:1: \"{\" is out of place (write KEY = VALUE)"},
    {"lab = on }", NULL, NULL,
     "tri-httpd.conf:1: \"}\" closes nothing (remove it, or add the \"{\" it belongs to)"},
    {"include(\"x\")", NULL, NULL,
     "tri-httpd.conf:1: \"(\" is out of place (put the whole value in quotes)"},
    {"limits { head = 64k head = 32k }", NULL, NULL,
     "tri-httpd.conf:1: \"head\" is set already in line 1 (keep one of them)"},
    {"{{{{{{{{{", NULL, NULL, "tri-httpd.conf:1: blocks in blocks in blocks (nest at most 8 deep)"},
    {"listen = { \"*:1\" \"*:2\" }", NULL, NULL,
     "tri-httpd.conf:1: \"*:2\" is out of place (write KEY = VALUE)"},
    {"limits { { } }", NULL, NULL, "tri-httpd.conf:1: \"{\" is out of place (write KEY = VALUE)"},
};

Test(config_mistakes, say_where_what_and_what_would_do)
{
    expect_mistakes(mistakes, sizeof(mistakes) / sizeof(mistakes[0]));
}

Test(config_mistakes, leave_an_empty_config)
{
    static const struct tri_config empty;
    struct tri_config config;
    cr_assert_not(
        support_load(&config, "route \"/\" { handler = files }\nmode = x", NULL, NULL, NULL));
    cr_assert_eq(memcmp(&config, &empty, sizeof(config)), 0);
}

static void expect(const char *flags, const char *environment, const char *wanted)
{
    struct tri_config config;
    struct tri_error error = {.text = "loaded"};
    cr_expect_not(support_load(&config, NULL, flags, environment, &error));
    cr_expect_str_eq(error.text, wanted, "found %s", error.text);
}

Test(config_mistakes, a_file_that_is_not_there)
{
    expect("--config=none.conf", NULL,
           "none.conf: cannot be opened: No such file or directory (name a readable file with "
           "--config)");
    expect(NULL, "TRI_HTTPD_CONFIG=none.conf",
           "none.conf: cannot be opened: No such file or directory (name a readable file with "
           "TRI_HTTPD_CONFIG)");
}

Test(config_mistakes, a_directory_as_file)
{
    expect("--config=/tmp", NULL, "/tmp: is a directory (name the file in it)");
}

Test(config_mistakes, a_file_with_nul)
{
    static const char text[] = "mode = loop\n\0\n";
    support_write(text, sizeof(text) - 1);
    expect("--config=" SUPPORT_FILE, NULL,
           "tri-httpd.conf:2: a NUL byte (this must be a file of plain text)");
}

Test(config_mistakes, a_file_over_1_mib)
{
    struct tri_config config;
    size_t len = 1024 * 1024 + 1;
    char *text = malloc(len);
    memset(text, '\n', len);
    support_write(text, len - 1);
    cr_assert(support_load(&config, NULL, "--config=" SUPPORT_FILE, NULL, NULL));
    tri_config_free(&config);
    support_write(text, len);
    expect("--config=" SUPPORT_FILE, NULL,
           "tri-httpd.conf: is longer than 1MiB (is it really a configuration file?)");
    free(text);
}

Test(config_mistakes, too_many_addresses)
{
    char flags[2048] = "";
    struct tri_config config;
    for (int i = 0; i < TRI_CONFIG_LISTENS; i++) {
        size_t len = strlen(flags);
        snprintf(flags + len, sizeof(flags) - len, "--listen=*:%d\n", 8000 + i);
    }
    cr_assert(support_load(&config, NULL, flags, NULL, NULL));
    tri_config_free(&config);
    strncat(flags, "--listen=*:1", sizeof(flags) - strlen(flags) - 1);
    expect(flags, NULL, "--listen: \"*:1\" is one address too many (at most 16)");
}

Test(config_mistakes, long_file_names_leave_room_for_the_mistake)
{
    char flags[700] = "--config=", wanted[320];
    memset(flags + 9, 'x', 200);
    snprintf(wanted, sizeof(wanted),
             "...%.100s: cannot be opened: No such file or directory (name a readable file with "
             "--config)",
             flags + 9);
    expect(flags, NULL, wanted);
}

/* Each cut of a good file either loads or is refused with a line of that file. */
Test(config_mistakes, any_prefix_of_a_file_is_judged)
{
    static const char text[] =
        "# c\nheaders = \"A: b\"\nmode = 'mn' /* x\n */\nlisten = { \"*:1\", '[::1]:2' }\n"
        "limits { head = 32KiB } trust = { }\ntls { verify = off }\nvhost \"a\" { root = \"/\"\n"
        "  route \"/\\$x\" { handler = files index = { 'a', 'b' } } }\n"
        "route '/:x' { return = \"301 /$x\" cache_control = 'no-store' }\n";
    for (size_t len = 0; len < sizeof(text); len++) {
        struct tri_config config;
        struct tri_error error = {.text = ""};
        char cut[sizeof(text)] = "";
        memcpy(cut, text, len);
        if (support_load(&config, cut, NULL, NULL, &error))
            tri_config_free(&config);
        else
            cr_expect(strncmp(error.text, SUPPORT_FILE ":", strlen(SUPPORT_FILE ":")) == 0,
                      "%zu bytes: %s", len, error.text);
    }
}
