/*
 * test_mistakes_in_flags.c - mistakes in flags and variables, settings that contradict each other,
 * and texts against the grammar of their key.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/config/mistakes.h"
#include "tests/config/support.h"

TestSuite(config_mistakes_in_flags, .timeout = 20, .init = support_enter, .fini = support_leave);

static const struct mistake flags[] = {
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
    {NULL, "--stack-size=64k", NULL,
     "--stack-size: has no effect in mode loop (drop it, or choose a mode that has it: threads, mn)"},
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

Test(config_mistakes_in_flags, say_where_what_and_what_would_do)
{
    expect_mistakes(flags, sizeof(flags) / sizeof(flags[0]));
}

static const struct mistake clients_and_files[] = {
    {"limits { rate = 2GiB }", NULL, NULL,
     "tri-httpd.conf:1: limits.rate: \"2GiB\" is too large (try 0 to 1GiB)"},
    {"limits { client_burst = 0 }", NULL, NULL,
     "tri-httpd.conf:1: limits.client_burst: \"0\" is too small (try 1 to 1m)"},
    {"files { cache_valid = 2h }", NULL, NULL,
     "tri-httpd.conf:1: files.cache_valid: \"2h\" is too large (try 0 to 1h)"},
    {NULL, "--limit-client-burst=5", NULL,
     "--limit-client-burst: has no effect while limits.client_rate is 0 (drop it, or set that, "
     "too)"},
    {"files { cache = 0 }", "--files-cache-memory=1m", NULL,
     "--files-cache-memory: has no effect while files.cache is 0 (drop it, or set that, too)"},
    {NULL, "--files-cache=0\n--files-cache-valid=2s", NULL,
     "--files-cache-valid: has no effect while files.cache is 0 (drop it, or set that, too)"},
    {"lab = on\nproxy_protocol = on", NULL, NULL,
     "tri-httpd.conf:2: proxy_protocol: nobody is trusted to send a PROXY header (name the proxies "
     "with trust, such as 10.0.0.0/8)"},
    {"trust = unix", "--trust=\n--proxy-protocol=on", NULL,
     "--proxy-protocol: nobody is trusted to send a PROXY header (name the proxies with trust, "
     "such as 10.0.0.0/8)"},
    {"trust = { \"10.0.0.0/8\",\n \"10.0.0.0/8\" }", NULL, NULL,
     "tri-httpd.conf:2: trust: \"10.0.0.0/8\" is given twice (name it once)"},
    {NULL, "--trust=unix\n--trust=", NULL,
     "--trust: \"\" is for no value at all (remove it, or the others)"},
    {NULL, NULL, "TRI_HTTPD_TRUST=unix,",
     "TRI_HTTPD_TRUST: \"\" is for no value at all (remove it, or the others)"},
    {NULL, "--health=health", NULL,
     "--health: \"health\" is no plain path of a URL (write one like /health)"},
    {NULL, "--health=/a b", NULL,
     "--health: \"/a b\" is no plain path of a URL (write one like /health)"},
    {NULL, "--health=/a?b", NULL,
     "--health: \"/a?b\" is no plain path of a URL (write one like /health)"},
    {NULL, "--health=/:any", NULL,
     "--health: \"/:any\" is no plain path of a URL (write one like /health)"},
    {NULL, "--health=/a//b", NULL,
     "--health: \"/a//b\" is no plain path of a URL (write one like /health)"},
    {NULL, "--health=//", NULL,
     "--health: \"//\" is no plain path of a URL (write one like /health)"},
    {NULL, "--health=/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1", NULL,
     "--health: \"/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1\" has 33 segments "
     "(write at most 32)"},
    {NULL, "--health=/../x", NULL,
     "--health: \"/../x\" is no plain path of a URL (write one like /health)"},
    {"index = \"..\"", NULL, NULL,
     "tri-httpd.conf:1: index: \"..\" is no name of a file (write one like index.html)"},
    {NULL, NULL, "TRI_HTTPD_INDEX=a.html,b/c",
     "TRI_HTTPD_INDEX: \"b/c\" is no name of a file (write one like index.html)"},
    {NULL, "--try-files=$path\n--try-files=index.html", NULL,
     "--try-files: \"index.html\" cannot be tried (write $path, $path and an ending, an absolute "
     "path such as /index.html, or =404)"},
    {"try_files = \"$paths\"", NULL, NULL,
     "tri-httpd.conf:1: try_files: \"$paths\" cannot be tried (write $path, $path and an ending, "
     "an "
     "absolute path such as /index.html, or =404)"},
    {"try_files = \"/a$path\"", NULL, NULL,
     "tri-httpd.conf:1: try_files: \"/a$path\" cannot be tried (write $path, $path and an ending, "
     "an absolute path such as /index.html, or =404)"},
    {"try_files = \"=302\"", NULL, NULL,
     "tri-httpd.conf:1: try_files: \"=302\" cannot be tried (write $path, $path and an ending, an "
     "absolute path such as /index.html, or =404)"},
    {"try_files = { \"=404\", \"/a\" }", NULL, NULL,
     "tri-httpd.conf:1: try_files: \"/a\" comes too late (nothing is tried after \"=404\")"},
    {"try_files = \"/a/../b\"", NULL, NULL,
     "tri-httpd.conf:1: try_files: \"/a/../b\" has a segment of dots (write the path without "
     "them)"},
    {"try_files = \"$path..\"", NULL, NULL,
     "tri-httpd.conf:1: try_files: \"$path..\" has a segment of dots (write the path without "
     "them)"},
    {NULL, "--cache-control=max-age: 60", NULL,
     "--cache-control: \"max-age: 60\" is no list of directives (write one like public, "
     "max-age=3600)"},
    {NULL, "--cache-control=public,", NULL,
     "--cache-control: \"public,\" is no list of directives (write one like public, "
     "max-age=3600)"},
    {"cache_control = 'private=\"a'", NULL, NULL,
     "tri-httpd.conf:1: cache_control: \"private=\"a\" is no list of directives (write one like "
     "public, max-age=3600)"},
    {"headers = \"X-A\"", NULL, NULL,
     "tri-httpd.conf:1: headers: \"X-A\" is no header field (write one like \"X-Frame-Options: "
     "DENY\")"},
    {"headers = \"X A: b\"", NULL, NULL,
     "tri-httpd.conf:1: headers: \"X A: b\" is no header field (write one like \"X-Frame-Options: "
     "DENY\")"},
    {"headers = \": b\"", NULL, NULL,
     "tri-httpd.conf:1: headers: \": b\" is no header field (write one like \"X-Frame-Options: "
     "DENY\")"},
    {"headers = \"X-A: b\\r\\nX-B: c\"", NULL, NULL,
     "tri-httpd.conf:1: headers: holds a control character (write one line of plain text)"},
    {NULL, "--headers=content-length: 3", NULL,
     "--headers: \"content-length: 3\": Content-Length cannot be set here (remove it: the server "
     "measures bodies itself)"},
    {NULL, "--headers=Cache-Control: no-store", NULL,
     "--headers: \"Cache-Control: no-store\": Cache-Control cannot be set here (use "
     "cache_control)"},
    {NULL, NULL, "TRI_HTTPD_HEADERS=Server: x",
     "TRI_HTTPD_HEADERS: \"Server: x\": Server cannot be set here (use server_header = on)"},
};

Test(config_mistakes_in_flags, of_clients_and_files)
{
    expect_mistakes(clients_and_files, sizeof(clients_and_files) / sizeof(clients_and_files[0]));
}

Test(config_mistakes_in_flags, of_too_many_words)
{
    char most[1024] = "";
    struct tri_config config;
    struct tri_error error = {.text = "loaded"};
    for (int i = 0; i < TRI_CONFIG_WORDS; i++) {
        size_t len = strlen(most);
        snprintf(most + len, sizeof(most) - len, "--trust=10.0.0.%d\n", i);
    }
    cr_assert(support_load(&config, NULL, most, NULL, &error), "%s", error.text);
    cr_expect_eq(config.trust.count, TRI_CONFIG_WORDS);
    tri_config_free(&config);
    cr_expect_not(support_load(&config, "trust = \"::1\"", most, "TRI_HTTPD_TRUST=1", &error));
    cr_expect(strstr(error.text, "TRI_HTTPD_TRUST: \"1\" is not a network"), "%s", error.text);
    strncat(most, "--trust=unix", sizeof(most) - strlen(most) - 1);
    cr_expect_not(support_load(&config, NULL, most, NULL, &error));
    cr_expect_str_eq(error.text, "--trust: \"unix\" is one too many (at most 32)");
}
