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
