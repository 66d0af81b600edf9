/*
 * test_mistakes.c - every mistake is one exact line: where, what was found, what would do.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/error.h"
#include "tests/config/support.h"

TestSuite(config_mistakes, .timeout = 20, .init = support_enter, .fini = support_leave);

struct mistake {
    const char *file, *flags, *environment; /* as for support_load */
    const char *text;
};

static const struct mistake mistakes[] = {
    {"mod = loop", NULL, NULL, "tri-httpd.conf:1: no key \"mod\" here (did you mean mode?)"},
    {"\n\nfoo = 1", NULL, NULL,
     "tri-httpd.conf:3: no key \"foo\" here (try one of mode, listen, root, workers, processes, "
     "offload, max_connections, stack, lab, log_level, limits, timeouts, route, vhost)"},
    {"limits {\n  haed = 1k\n}", NULL, NULL,
     "tri-httpd.conf:2: no key \"haed\" here (did you mean head?)"},
    {"limits {\n  zzz = 1k\n}", NULL, NULL,
     "tri-httpd.conf:2: no key \"zzz\" here (try one of head, target, headers, body, memory, "
     "output, drain, requests_per_connection)"},
    {"idle = 5s", NULL, NULL,
     "tri-httpd.conf:1: no key \"idle\" here (did you mean timeouts.idle?)"},
    {"limits { mode = loop }", NULL, NULL,
     "tri-httpd.conf:1: no key \"mode\" here (move it out of all blocks)"},
    {"limits { idle = 5s }", NULL, NULL,
     "tri-httpd.conf:1: no key \"idle\" here (did you mean timeouts.idle?)"},
    {"max-connections = 3", NULL, NULL,
     "tri-httpd.conf:1: no key \"max-connections\" here (did you mean max_connections?)"},
    {"vhost \"a\" {\n handler = files\n}", NULL, NULL,
     "tri-httpd.conf:2: no key \"handler\" here (try one of root, route)"},
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
    {"stack = 8KiB", NULL, NULL,
     "tri-httpd.conf:1: stack: \"8KiB\" is too small (try 16KiB to 8MiB)"},
    {"stack = 9MiB", NULL, NULL,
     "tri-httpd.conf:1: stack: \"9MiB\" is too large (try 16KiB to 8MiB)"},
    {"stack = 64KB", NULL, NULL,
     "tri-httpd.conf:1: stack: \"64KB\" is not a size (try 512, 16KiB or 8MiB)"},
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
     "tri-httpd.conf:1: an empty list (name a value, or remove the key)"},
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
    {"route \"docs\" { handler = files }", NULL, NULL,
     "tri-httpd.conf:1: \"docs\" is no pattern of a path (try \"/\", \"/users/:id\" or "
     "\"/docs/*path\")"},
    {"route \"/\" { }", NULL, NULL,
     "tri-httpd.conf:1: route \"/\" has no handler (add handler = \"files\")"},
    {"route \"/\" {\n  handler = fils\n}", NULL, NULL,
     "tri-httpd.conf:2: no handler \"fils\" (try one of echo, files, hello)"},
    {"\nroute \"/\" {\n handler = files\n}\nroute \"/\" {\n handler = hello\n}", NULL, NULL,
     "tri-httpd.conf:5: route \"/\" is there already in line 2 (merge the two)"},
    {"route \"/x\" {\n handler = hello\n root = \"/\"\n}", NULL, NULL,
     "tri-httpd.conf:1: route \"/x\": handler \"hello\" has no use for a root (remove it, or set "
     "handler = \"files\")"},
    {"route \"/\" {\n handler = files\n root = \"/nowhere\"\n}", NULL, NULL,
     "tri-httpd.conf:3: root: \"/nowhere\" cannot be used: No such file or directory (name an "
     "existing directory)"},
    {"vhost \"a.org\" {\n}\nvhost \"a.org\" {\n}", NULL, NULL,
     "tri-httpd.conf:3: vhost \"a.org\" is there already in line 1 (merge the two)"},
    {"vhost \"a.org\" {\n}\nvhost \"A.org\" {\n}", NULL, NULL,
     "tri-httpd.conf:3: vhost \"A.org\" is there already in line 1 (merge the two)"},
    {"vhost \"a.org:80\" { }", NULL, NULL,
     "tri-httpd.conf:1: \"a.org:80\" is no host (write a name like www.example.org, without a "
     "port)"},
    {"vhost \"\" { }", NULL, NULL,
     "tri-httpd.conf:1: \"\" is no host (write a name like www.example.org, without a port)"},
    {"vhost \"a\" { route \"/\" { handler = files } \n route \"/\" { handler = files } }", NULL,
     NULL, "tri-httpd.conf:2: route \"/\" is there already in line 1 (merge the two)"},
    {"vhost \"a\" {\n root = \"/etc/passwd\"\n}", NULL, NULL,
     "tri-httpd.conf:2: root: \"/etc/passwd\" is no directory (name the directory that holds the "
     "files)"},
    {"vhost \"a\" { mode = loop }", NULL, NULL,
     "tri-httpd.conf:1: no key \"mode\" here (move it out of all blocks)"},
    {NULL, "--mod=loop", NULL, "--mod: flags are not abbreviated (write --mode)"},
    {NULL, "--zzz", NULL, "--zzz: no such flag (--help lists them)"},
    {NULL, "-h", NULL, "-h: no such flag (--help lists them)"},
    {NULL, "loop", NULL, "\"loop\": no such argument (all settings are flags; --help lists them)"},
    {NULL, "--mode=fork", NULL, "--mode: \"fork\" is not known (try one of threads|loop|mn)"},
    {NULL, "--mode", NULL, "--mode: lacks its value (write --mode=threads|loop|mn)"},
    {NULL, "--help=3", NULL, "--help: takes no value (write --help)"},
    {NULL, "--work=4\n--mode=mn", NULL, "--work: flags are not abbreviated (write --workers)"},
    {NULL, "--limit-head=2k", NULL,
     "--limit-head: limits.head is 2KiB, which leaves too little for the target and 1KiB of fields "
     "(set limits.head to 9KiB or more, or limits.target to 1KiB or less)"},
    {NULL, "--limit-head=1k", NULL, "--limit-head: \"1k\" is too small (try 2KiB to 1MiB)"},
    {NULL, "--limit-head=2MiB", NULL, "--limit-head: \"2MiB\" is too large (try 2KiB to 1MiB)"},
    {NULL, "--timeout-idle=15 sec", NULL,
     "--timeout-idle: \"15 sec\" is not a duration (try 15s or 1500ms)"},
    {NULL, "--workers=4", NULL,
     "--workers: has no effect in mode loop (drop it, or choose a mode that has it: mn)"},
    {NULL, "--stack=64k", NULL,
     "--stack: has no effect in mode loop (drop it, or choose a mode that has it: threads, mn)"},
    {NULL, "--offload=2\n--mode=threads", NULL,
     "--offload: has no effect in mode threads (drop it, or choose a mode that has it: loop)"},
    {NULL, "--processes=2\n--mode=mn", NULL,
     "--processes: has no effect in mode mn (drop it, or choose a mode that has it: threads, "
     "loop)"},
    {NULL, "--listen=*:80\n--listen=*:80", NULL,
     "--listen: \"*:80\" is given twice (name it once)"},
    {NULL, "--root=/nowhere", NULL,
     "--root: \"/nowhere\" cannot be used: No such file or directory (name an existing directory)"},
    {NULL, "--limit-target=16k", NULL,
     "--limit-target: limits.head is 16KiB, which leaves too little for the target and 1KiB of "
     "fields (set limits.head to 17KiB or more, or limits.target to 15KiB or less)"},
    {NULL, "--limit-head=300k", NULL,
     "--limit-head: limits.memory is 256KiB, which leaves too little for a head and 8KiB of reply "
     "(set limits.memory to 308KiB or more, or limits.head to 248KiB or less)"},
    {NULL, "--limit-head=8k", NULL,
     "--limit-head: limits.head is 8KiB, which leaves too little for the target and 1KiB of fields "
     "(set limits.head to 9KiB or more, or limits.target to 7KiB or less)"},
    {NULL, "--limit-memory=16k", NULL,
     "--limit-memory: limits.memory is 16KiB, which leaves too little for a head and 8KiB of reply "
     "(set limits.memory to 24KiB or more, or limits.head to 8KiB or less)"},
    {NULL, "--lab=perhaps", NULL,
     "--lab: \"perhaps\" is neither on nor off (try on, off, yes or no)"},
    {NULL, "--max-connections=2m", NULL, "--max-connections: \"2m\" is too large (try 0 to 1m)"},
    {NULL, "--config", NULL, "--config: lacks its value (write --config=FILE)"},
    {NULL, NULL, "TRI_HTTPD_MODE=fork",
     "TRI_HTTPD_MODE: \"fork\" is not known (try one of threads|loop|mn)"},
    {NULL, NULL, "TRI_HTTPD_MODES=loop",
     "TRI_HTTPD_MODES: no such variable (did you mean TRI_HTTPD_MODE?)"},
    {NULL, NULL, "TRI_HTTPD_ZZZ=1",
     "TRI_HTTPD_ZZZ: no such variable (--help lists them; unset it)"},
    {NULL, NULL, "TRI_HTTPD_TIMEOUT_HEAD=soon",
     "TRI_HTTPD_TIMEOUT_HEAD: \"soon\" is not a duration (try 15s or 1500ms)"},
    {NULL, NULL, "TRI_HTTPD_LISTEN=*:80,nowhere",
     "TRI_HTTPD_LISTEN: \"nowhere\" is not an address (try 127.0.0.1:8080, [::1]:8080, *:8080 or "
     "unix:/run/tri-httpd.sock)"},
    {NULL, NULL, "TRI_HTTPD_LISTEN=",
     "TRI_HTTPD_LISTEN: \"\" is not an address (try 127.0.0.1:8080, [::1]:8080, *:8080 or "
     "unix:/run/tri-httpd.sock)"},
    {NULL, NULL, "TRI_HTTPD_LIMIT_BODY=1PiB",
     "TRI_HTTPD_LIMIT_BODY: \"1PiB\" is not a size (try 512, 16KiB or 8MiB)"},
    {NULL, NULL, "TRI_HTTPD_PORT=8080",
     "TRI_HTTPD_PORT: no such variable (--help lists them; unset it)"},
    {NULL, NULL, "TRI_HTTPD_LIMIT_TARGET=20k",
     "TRI_HTTPD_LIMIT_TARGET: limits.head is 16KiB, which leaves too little for the target and "
     "1KiB of fields (set limits.head to 21KiB or more, or limits.target to 15KiB or less)"},
    {NULL, NULL, "TRI_HTTPD_ROOT=/nowhere",
     "TRI_HTTPD_ROOT: \"/nowhere\" cannot be used: No such file or directory (name an existing "
     "directory)"},
    {"mode = fork", "--mode=loop", NULL,
     "tri-httpd.conf:1: mode: \"fork\" is not known (try one of threads|loop|mn)"},
    {"limits { target = 32KiB }", NULL, "TRI_HTTPD_LIMIT_HEAD=16KiB",
     "TRI_HTTPD_LIMIT_HEAD: limits.head is 16KiB, which leaves too little for the target and 1KiB "
     "of fields (set limits.head to 33KiB or more, or limits.target to 15KiB or less)"},
    {"limits { head = 260KiB }", NULL, NULL,
     "tri-httpd.conf:1: limits.head: limits.memory is 256KiB, which leaves too little for a head "
     "and 8KiB of reply (set limits.memory to 268KiB or more, or limits.head to 248KiB or less)"},
    {NULL, "--mode=loop", "TRI_HTTPD_WORKERS=x",
     "TRI_HTTPD_WORKERS: \"x\" is not a number (try 64, 10k or 1m)"},
};

Test(config_mistakes, say_where_what_and_what_would_do)
{
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        const struct mistake *m = &mistakes[i];
        struct tri_config config;
        struct tri_error error = {.text = "loaded"};
        bool ok = support_load(&config, m->file, m->flags, m->environment, &error);
        cr_expect_not(ok, "row %zu: %s", i, m->text);
        cr_expect_str_eq(error.text, m->text, "row %zu\n   found %s\n  wanted %s", i, error.text,
                         m->text);
        if (ok)
            tri_config_free(&config);
    }
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
    static const char text[] = "# c\nmode = 'mn' /* x\n */\nlisten = { \"*:1\", '[::1]:2' }\n"
                               "limits { head = 32KiB }\nvhost \"a\" { root = \"/\"\n"
                               "  route \"/\\$x\" { handler = files } }\n";
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
