/*
 * test_blocks.c - what vhost and route blocks say, and what they inherit.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/config/loaded.h"
#include "tests/config/support.h"

TestSuite(config_blocks, .timeout = 20, .init = support_enter, .fini = support_leave);

Test(config_blocks, inherit_the_defaults_without_a_word)
{
    struct tri_config config = loaded("vhost a { route /x { handler = files } }\n"
                                      "route /y { return = 404 }",
                                      NULL, NULL);
    const struct tri_config_options *all[] = {&config.options, &config.routes[0].options,
                                              &config.hosts[0].options,
                                              &config.hosts[0].routes[0].options};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        expect_words(&all[i]->index, "index.html");
        expect_words(&all[i]->try_files, "");
        expect_words(&all[i]->headers, "");
        cr_expect_null(all[i]->cache_control);
        cr_expect_str_eq(all[i]->symlinks, "inside");
        cr_expect(!all[i]->listing && !all[i]->dotfiles);
        cr_expect(all[i]->precompressed && all[i]->compress);
    }
    tri_config_free(&config);
}

Test(config_blocks, inherit_what_is_outside_and_keep_their_own)
{
    struct tri_config config =
        loaded("listing = on\nindex = { a, b }\ncache_control = no-store\n"
               "vhost one { listing = off\n symlinks = any\n"
               "  route /x { handler = files listing = on index = c cache_control = '' }\n"
               "  route /y { handler = files try_files = { '$path', '=404' } } }\n"
               "vhost two { index = '' compress = off }\n"
               "route /z { handler = files dotfiles = on precompressed = off }",
               NULL, NULL);
    const struct tri_config_host *one = &config.hosts[0], *two = &config.hosts[1];
    cr_expect(config.options.listing && !one->options.listing && two->options.listing);
    cr_expect(one->routes[0].options.listing && !one->routes[1].options.listing);
    cr_expect(config.routes[0].options.listing && config.routes[0].options.dotfiles);
    cr_expect(!config.routes[0].options.precompressed && !config.options.dotfiles);
    expect_words(&one->options.index, "a|b");
    expect_words(&one->routes[0].options.index, "c");
    expect_words(&one->routes[1].options.index, "a|b");
    expect_words(&two->options.index, "");
    expect_words(&one->routes[1].options.try_files, "$path|=404");
    expect_words(&one->options.try_files, "");
    cr_expect_str_eq(one->options.symlinks, "any");
    cr_expect_str_eq(one->routes[0].options.symlinks, "any");
    cr_expect_str_eq(two->options.symlinks, "inside");
    cr_expect_str_eq(one->routes[1].options.cache_control, "no-store");
    cr_expect_null(one->routes[0].options.cache_control);
    cr_expect(!two->options.compress && one->options.compress);
    tri_config_free(&config);
}

/* A flag speaks for the server: blocks that say something themselves keep it. */
Test(config_blocks, inherit_from_flags_and_environment)
{
    struct tri_config config =
        loaded("listing = off\nvhost one { listing = off }\nvhost two { }\n"
               "route / { handler = files }",
               "--listing=on\n--headers=X-A: b", "TRI_HTTPD_CACHE_CONTROL=no-cache");
    cr_expect(config.options.listing && config.routes[0].options.listing);
    cr_expect(!config.hosts[0].options.listing && config.hosts[1].options.listing);
    cr_expect_str_eq(config.routes[0].options.cache_control, "no-cache");
    expect_words(&config.hosts[1].options.headers, "X-A: b");
    tri_config_free(&config);
}

Test(config_blocks, add_fields_and_replace_those_of_the_same_name)
{
    struct tri_config config =
        loaded("headers = { 'X-Frame-Options: DENY', 'Link: </a>', 'Link: </b>' }\n"
               "vhost one { headers = 'Referrer-Policy: no-referrer'\n"
               "  route /x { handler = files headers = 'x-frame-options: SAMEORIGIN' }\n"
               "  route /y { handler = hello headers = 'Link: </b>' headers += 'Link: </c>' } }\n"
               "route /z { return = 404 headers = '' }",
               NULL, NULL);
    const struct tri_config_host *one = &config.hosts[0];
    expect_words(&config.options.headers, "X-Frame-Options: DENY|Link: </a>|Link: </b>");
    expect_words(&one->options.headers, "X-Frame-Options: DENY|Link: </a>|Link: </b>|"
                                        "Referrer-Policy: no-referrer");
    expect_words(&one->routes[0].options.headers,
                 "Link: </a>|Link: </b>|Referrer-Policy: no-referrer|x-frame-options: SAMEORIGIN");
    expect_words(&one->routes[1].options.headers,
                 "X-Frame-Options: DENY|Referrer-Policy: no-referrer|Link: </b>|Link: </c>");
    expect_words(&config.routes[0].options.headers, "X-Frame-Options: DENY|Link: </a>|Link: </b>");
    tri_config_free(&config);
}

Test(config_blocks, hold_replies)
{
    static const char *const replies[] = {
        "301 https://example.org$request_uri",
        "302 http://$host:8443/$id?$query",
        "303 /a/$rest",
        "307 HTTPS://example.org",
        "308 /$rest",
        "308 /%C3%A4",
        "200",
        "200 $$5 for $id on $host",
        "204",
        "403 no \\ \"way\" {here} #1 \xc3\xa4",
        "404",
        "405 is for who sends it to refuse",
        "599 $nobody",
    };
    char file[4096] = "";
    size_t count = sizeof(replies) / sizeof(replies[0]);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(file);
        len += (size_t)snprintf(file + len, sizeof(file) - len,
                                "route \"/%zu/:id/*rest\" { return = \"", i);
        for (const char *at = replies[i]; *at; at++)
            len += (size_t)snprintf(file + len, sizeof(file) - len, "%s%c",
                                    strchr("\"\\", *at) ? "\\" : "", *at);
        snprintf(file + len, sizeof(file) - len, "\" }\n");
    }
    struct tri_config config = loaded(file, NULL, NULL);
    cr_assert_eq(config.route_count, count);
    for (size_t i = 0; i < count; i++) {
        cr_expect_str_eq(config.routes[i].reply, replies[i]);
        cr_expect_null(config.routes[i].handler);
    }
    tri_config_free(&config);
}

/* "/docs/" + "*path": $path is then the tail, without a slash in front. */
Test(config_blocks, a_parameter_goes_before_the_variable_of_its_name)
{
    struct tri_config config =
        loaded("route \"/docs/*path\" { return = \"302 /$path\" }", NULL, NULL);
    cr_expect_str_eq(config.routes[0].reply, "302 /$path");
    tri_config_free(&config);
}

static const struct tri_config_error_page *page_of(const struct tri_config_host *host, int status)
{
    for (unsigned i = 0; i < host->error_count; i++)
        if (host->errors[i].status == status)
            return &host->errors[i];
    return NULL;
}

Test(config_blocks, have_the_error_pages_of_the_server_that_they_lack)
{
    static const char *const names[] = {"a \"b\" ${c}", "own.html", "busy.html"};
    support_touch(names, sizeof(names) / sizeof(names[0]));
    struct tri_config config =
        loaded("error_pages = { '404 a \"b\" ${c}',\n '503   busy.html' }\n"
               "vhost one { error_pages = '404 own.html' error_pages += '410 own.html' }\n"
               "vhost two { }",
               NULL, NULL);
    const struct tri_config_host *one = &config.hosts[0], *two = &config.hosts[1];
    cr_assert_eq(config.error_count, 2);
    cr_expect_eq(config.errors[0].status, 404);
    cr_expect_str_eq(config.errors[0].path, names[0]);
    cr_expect_str_eq(config.errors[1].path, "busy.html");
    cr_assert_eq(one->error_count, 3);
    cr_expect_str_eq(page_of(one, 404)->path, "own.html");
    cr_expect_str_eq(page_of(one, 410)->path, "own.html");
    cr_expect_str_eq(page_of(one, 503)->path, "busy.html");
    cr_assert_eq(two->error_count, 2);
    cr_expect_str_eq(page_of(two, 404)->path, names[0]);
    tri_config_free(&config);
}
