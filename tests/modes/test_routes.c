/*
 * test_routes.c - routes of the configuration file beside those that are built in. Which mode
 * serves them does not matter: all have the same router.
 */
#include "program.h"
#include "serving.h"

#include <stdio.h>
#include <string.h>

TestSuite(modes_routes, .init = scratch_make, .fini = scratch_remove, .timeout = 60);

/* What the server answers, 200 or not. */
static void expect_body(const char *host, const char *path, const char *body)
{
    struct support_client client;
    struct support_response response;
    char text[256];
    int len = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host);
    support_client_open(&client, server.port);
    cr_assert(support_client_send(&client, (struct tri_slice){text, (size_t)len}));
    const char *fault = support_client_response(&client, &response, false);
    cr_assert(fault == NULL, "%s%s: %s", host, path, fault);
    cr_expect(response.status == 200 && response.body_bytes == strlen(body) &&
                  memcmp(response.body, body, response.body_bytes) == 0,
              "%s%s: %d %.*s", host, path, response.status, (int)response.body_bytes,
              response.body);
    support_response_free(&response);
    support_client_close(&client);
}

static void serve_config(const char *text)
{
    struct program program;
    scratch_write(text);
    int code = program_run(&program, FLAGS(flag("config", scratch_path), "--check-config"));
    cr_assert(code == 0, "exit code %d: %s", code, program_text(program.err));
    serve("loop", FLAGS(flag("config", scratch_path)));
}

Test(modes_routes, of_the_file_replace_those_built_in_whatever_their_parameters_are_called)
{
    serve_config("route \"/\" {\n  handler = \"hello\"\n}\n"
                 "route \"/users/:name\" {\n  handler = \"hello\"\n}\n"
                 "route \"/sleep\" {\n  handler = \"hello\"\n}\n");
    expect_body("a", "/", "Hello, world!");
    expect_body("a", "/users/ada", "Hello, world!");
    expect_body("a", "/sleep?ms=60000", "Hello, world!");
    expect_body("a", "/hello", "Hello, world!");
    finish();
}

Test(modes_routes, of_a_virtual_host_do_so_there_alone)
{
    serve_config("vhost \"www.test\" {\n"
                 "  route \"/\" {\n    handler = \"hello\"\n  }\n"
                 "  route \"/users/:name\" {\n    handler = \"hello\"\n  }\n"
                 "}\n"
                 "vhost \"api.test\" {\n"
                 "  route \"/users/:id\" {\n    handler = \"users\"\n  }\n"
                 "}\n");
    expect_body("www.test", "/", "Hello, world!");
    expect_body("www.test", "/users/ada", "Hello, world!");
    expect_body("api.test", "/users/ada", "{\"id\":\"ada\"}");
    expect_body("a", "/users/ada", "{\"id\":\"ada\"}");
    finish();
}

Test(modes_routes, of_the_file_leave_those_built_in_that_they_do_not_match)
{
    serve_config("route \"/users/:name/:more\" {\n  handler = \"hello\"\n}\n"
                 "route \"/users/all\" {\n  handler = \"hello\"\n}\n");
    expect_body("a", "/users/ada", "{\"id\":\"ada\"}");
    expect_body("a", "/users/ada/x", "Hello, world!");
    expect_body("a", "/users/all", "Hello, world!");
    cr_expect(fetch("/", NULL) == 200);
    finish();
}

Test(modes_routes, of_the_file_for_all_the_rest_are_for_the_first_page_too)
{
    serve_config("route \"/*rest\" {\n  handler = \"hello\"\n}\n");
    expect_body("a", "/none", "Hello, world!");
    expect_body("a", "/", "Hello, world!");
    expect_body("a", "/users/ada", "{\"id\":\"ada\"}");
    finish();
}

/* --- the health check --- */

/* GET of a path of the server that runs has this body, and status 200. */
static void expect_health(const char *path)
{
    expect_body("a", path, "ok\n");
}

Test(modes_routes, of_the_health_check_replace_those_built_in)
{
    serve("loop", FLAGS("--health=/hello"));
    expect_health("/hello");
    expect_body("a", "/users/ada", "{\"id\":\"ada\"}");
    finish();
    serve("loop", FLAGS("--health=/"));
    expect_health("/");
    expect_body("a", "/hello", "Hello, world!");
    finish();
    serve("loop", FLAGS("--health=/", "--lab=off", "--root=/"));
    expect_health("/");
    finish();
}

Test(modes_routes, of_the_health_check_are_as_deep_as_any)
{
    static const char path[] = "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/"
                               "26/27/28/29/30/31/32";
    char health[256];
    snprintf(health, sizeof(health), "--health=%s", path);
    serve("loop", FLAGS(health));
    expect_health(path);
    finish();
}

/* --- replies --- */

static const struct {
    const char *route; /* its pattern and return, in the second line */
    const char *says;
} wrong_replies[] = {
    {"\"/a\" {\n return = \"405 no\"\n}", "Allow"},
    {"\"/a\" {\n return = \"600\"\n}", "status from 200 to 599"},
    {"\"/a\" {\n return = \"301\"\n}", "target of a redirect"},
    {"\"/*rest\" {\n return = \"301 https://$rest\"\n}", "target of a redirect"},
    {"\"/z/*path\" {\n return = \"301 https://example.org$path\"\n}", "target of a redirect"},
    {"\"/a\" {\n return = \"200 $nobody\"\n}", "\"$nobody\" is no variable"},
    {"\"/a\" {\n return = \"301 /100%\"\n}", "percent-encode"},
};

Test(modes_routes, that_return_what_cannot_be_are_named_with_file_and_line)
{
    for (size_t i = 0; i < sizeof(wrong_replies) / sizeof(*wrong_replies); i++) {
        struct program program;
        char text[256], where[128];
        for (int in_host = 0; in_host < 2; in_host++) {
            snprintf(text, sizeof(text), in_host ? "vhost a { route %s }" : "route %s",
                     wrong_replies[i].route);
            snprintf(where, sizeof(where), "tri-httpd: %s:2: return: ", scratch_path);
            scratch_write(text);
            int code = program_run(&program, FLAGS(flag("config", scratch_path), "--check-config"));
            const char *said = program_text(program.err);
            cr_expect(code == 2, "exit code %d of %s", code, text);
            cr_expect(strncmp(said, where, strlen(where)) == 0, "%s: %s", text, said);
            cr_expect(strstr(said, wrong_replies[i].says), "%s: %s", text, said);
        }
    }
}

/* Where a GET of `path` is sent. */
static void expect_redirect(const char *path, const char *location)
{
    struct support_client client = ask(path);
    struct support_response response;
    const char *fault = support_client_response(&client, &response, false);
    cr_assert(fault == NULL, "%s: %s", path, fault);
    const struct tri_slice *found = support_response_field(&response, "Location");
    cr_expect(response.status == 302 && found && tri_slice_is(*found, tri_slice_of(location)),
              "%s: %d to %.*s", path, response.status, found ? (int)found->len : 0,
              found ? found->at : "");
    support_response_free(&response);
    support_client_close(&client);
}

Test(modes_routes, that_redirect_keep_what_was_asked_for_in_its_place)
{
    serve_config("route \"/x/:id\" {\n return = \"302 https://example.org/?q=$id\"\n}\n"
                 "route \"/to/*path\" {\n return = \"302 /$path\"\n}\n"
                 "route \"/all/*rest\" {\n return = \"302 /$path\"\n}\n");
    expect_redirect("/x/a%26b%23c", "https://example.org/?q=a%26b%23c");
    expect_redirect("/to//evil.test/", "/evil.test/");
    expect_redirect("/to/a?b", "/a");
    expect_redirect("/all/a", "/all/a");
    finish();
}
