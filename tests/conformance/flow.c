/*
 * flow.c - see flow.h.
 */
#include "tests/conformance/flow.h"

#include "server/base/error.h"

void flow_in(enum support_transport transport, const char *mode, const char *const flags[],
             flow_run *run)
{
    struct support_server server;
    struct tri_error error;
    cr_assert(support_server_start_over(&server, transport, mode, flags, &error), "%s", error.text);
    run(&server);
    if (server.pid > 0) {
        flow_expect_served(&server);
        flow_expect_ended(&server);
    }
}

void flow_expect_ended(struct support_server *server)
{
    struct tri_error error;
    cr_expect(support_server_stop(server, &error), "%s", error.text);
}

void flow_send(struct support_client *client, const char *text)
{
    cr_expect(support_client_send(client, tri_slice_of(text)), "sending \"%.40s\"", text);
}

static void expect(struct support_client *client, int status, const char *body, bool to_head)
{
    struct support_response response;
    const char *fault = support_client_response(client, &response, to_head);
    cr_expect(!fault && response.status == status, "%d is wanted, %d came: %s", status,
              response.status, fault ? fault : "whole");
    if (body && !fault)
        cr_expect(tri_slice_is((struct tri_slice){response.body, response.body_bytes},
                               tri_slice_of(body)),
                  "the body \"%.80s\" is wanted, it has %zu bytes: \"%.*s\"", body,
                  response.body_bytes, (int)(response.body_bytes < 80 ? response.body_bytes : 80),
                  response.body);
    support_response_free(&response);
}

void flow_expect(struct support_client *client, int status, const char *body)
{
    expect(client, status, body, false);
}

void flow_expect_head(struct support_client *client, int status)
{
    expect(client, status, NULL, true);
}

void flow_expect_over(struct support_client *client)
{
    const char *fault = support_client_over(client);
    cr_expect(!fault, "at the end, %s", fault ? fault : "");
}

void flow_expect_served(const struct support_server *server)
{
    struct support_client client;
    support_client_open_to(&client, server);
    flow_send(&client, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    flow_expect(&client, 200, "Hello, world!");
    support_client_close(&client);
}
