/*
 * test_response.c - heads of replies, byte for byte, and the framing they announce.
 */
#include "server/http/response.h"

#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_response, .timeout = 5);

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define COMMON "Date: " DATE "\r\n"

static const struct tri_request get = {
    .method = TRI_METHOD_GET, .version_minor = 1, .keep_alive = true};
static const struct tri_request head = {
    .method = TRI_METHOD_HEAD, .version_minor = 1, .keep_alive = true};
static const struct tri_request old = {.method = TRI_METHOD_GET};
static const struct tri_request old_kept = {.method = TRI_METHOD_GET, .keep_alive = true};

static struct tri_response reply(int status, enum tri_body body, int64_t length)
{
    struct tri_response response;
    tri_response_init(&response);
    response.status = status;
    response.body = body;
    response.length = length;
    return response;
}

static void check(struct tri_response *response, const struct tri_request *request,
                  enum tri_framing framing, const char *expected)
{
    char text[1024] = "";
    enum tri_framing found;
    size_t len = tri_response_head(response, request, TRI_SLICE(DATE), text, sizeof(text), &found);
    text[len] = '\0';
    cr_expect(eq(str, text, (char *)expected));
    cr_expect(eq(int, found, framing));
}

Test(http_response, hello_is_what_it_should_be)
{
    struct tri_response response = reply(200, TRI_BODY_PARTS, 13);
    response.type = TRI_SLICE("text/plain");
    response.fields[response.field_count++] = (struct tri_field){{"ETag", 4}, {"\"1\"", 3}};
    check(&response, &get, TRI_FRAMING_LENGTH,
          "HTTP/1.1 200 OK\r\n" COMMON "Content-Type: text/plain\r\nContent-Length: 13\r\n"
          "ETag: \"1\"\r\n\r\n");
    cr_assert(not(response.close));
}

Test(http_response, head_gets_the_fields_of_get) /* RFC 9110 9.3.2 */
{
    struct tri_response response = reply(200, TRI_BODY_PARTS, 70000);
    check(&response, &head, TRI_FRAMING_NONE,
          "HTTP/1.1 200 OK\r\n" COMMON "Content-Length: 70000\r\n\r\n");
    response = reply(200, TRI_BODY_STREAM, -1);
    check(&response, &head, TRI_FRAMING_NONE,
          "HTTP/1.1 200 OK\r\n" COMMON "Transfer-Encoding: chunked\r\n\r\n");
}

Test(http_response, some_statuses_have_no_content) /* RFC 9112 6.3, RFC 9110 8.6 */
{
    struct tri_response response = reply(204, TRI_BODY_PARTS, 0);
    check(&response, &get, TRI_FRAMING_NONE, "HTTP/1.1 204 No Content\r\n" COMMON "\r\n");
    response = reply(304, TRI_BODY_STREAM, -1);
    check(&response, &get, TRI_FRAMING_NONE, "HTTP/1.1 304 Not Modified\r\n" COMMON "\r\n");
    response = reply(100, TRI_BODY_PARTS, 0);
    check(&response, &old, TRI_FRAMING_NONE, "HTTP/1.1 100 Continue\r\n" COMMON "\r\n");
    cr_assert(not(response.close), "an interim reply ends nothing");
}

Test(http_response, a_stream_of_unknown_length_is_chunked_or_closes) /* RFC 9112 6.1, 6.3 */
{
    struct tri_response response = reply(200, TRI_BODY_STREAM, -1);
    check(&response, &get, TRI_FRAMING_CHUNKED,
          "HTTP/1.1 200 OK\r\n" COMMON "Transfer-Encoding: chunked\r\n\r\n");
    cr_assert(not(response.close));
    response = reply(200, TRI_BODY_STREAM, -1);
    check(&response, &old_kept, TRI_FRAMING_CLOSE,
          "HTTP/1.1 200 OK\r\n" COMMON "Connection: close\r\n\r\n");
    cr_assert(response.close);
    response = reply(200, TRI_BODY_STREAM, INT64_MAX);
    check(&response, &get, TRI_FRAMING_LENGTH,
          "HTTP/1.1 200 OK\r\n" COMMON "Content-Length: 9223372036854775807\r\n\r\n");
}

Test(http_response, persistence_is_said_where_it_is_not_the_default) /* RFC 9112 9.3 */
{
    struct tri_response response = reply(404, TRI_BODY_PARTS, 0);
    check(&response, &old, TRI_FRAMING_LENGTH,
          "HTTP/1.1 404 Not Found\r\n" COMMON "Content-Length: 0\r\nConnection: close\r\n\r\n");
    cr_assert(response.close);
    response = reply(404, TRI_BODY_PARTS, 0);
    check(&response, &old_kept, TRI_FRAMING_LENGTH,
          "HTTP/1.1 404 Not Found\r\n" COMMON
          "Content-Length: 0\r\nConnection: keep-alive\r\n\r\n");
    response = reply(404, TRI_BODY_PARTS, 0);
    response.close = true;
    check(&response, &get, TRI_FRAMING_LENGTH,
          "HTTP/1.1 404 Not Found\r\n" COMMON "Content-Length: 0\r\nConnection: close\r\n\r\n");
}

Test(http_response, without_a_request_it_closes)
{
    struct tri_response response = reply(400, TRI_BODY_PARTS, 0);
    check(&response, NULL, TRI_FRAMING_LENGTH,
          "HTTP/1.1 400 Bad Request\r\n" COMMON "Content-Length: 0\r\nConnection: close\r\n\r\n");
    cr_assert(response.close);
}

Test(http_response, a_status_outside_the_table_still_has_a_line)
{
    struct tri_response response = reply(299, TRI_BODY_PARTS, 0);
    check(&response, &get, TRI_FRAMING_LENGTH,
          "HTTP/1.1 299 Unknown\r\n" COMMON "Content-Length: 0\r\n\r\n");
}

Test(http_response, cannot_be_split) /* RFC 9110 5.5 */
{
    static const struct tri_field bad[] = {
        {{"A", 1}, {"x\r\nB: y", 7}}, {{"A", 1}, {"x\ny", 3}}, {{"A", 1}, {"x\0y", 3}},
        {{"A", 1}, {"x\ry", 3}},      {{"A: b", 4}, {"c", 1}}, {{"A\r\nB", 4}, {"c", 1}},
        {{"", 0}, {"c", 1}},          {{"A", 1}, {"\x7f", 1}},
    };
    struct tri_response response = reply(200, TRI_BODY_PARTS, 0);
    response.type = TRI_SLICE("text/plain\r\nX: y");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        response.fields[response.field_count++] = bad[i];
    response.fields[response.field_count++] = (struct tri_field){{"Good", 4}, {"\ta\xff", 3}};
    check(&response, &get, TRI_FRAMING_LENGTH,
          "HTTP/1.1 200 OK\r\n" COMMON "Content-Length: 0\r\nGood: \ta\xff\r\n\r\n");
}

Test(http_response, fits_exactly_or_not_at_all)
{
    char text[1024];
    enum tri_framing framing;
    struct tri_response response = reply(200, TRI_BODY_PARTS, 0);
    size_t len = tri_response_head(&response, &get, TRI_SLICE(DATE), text, sizeof(text), &framing);
    for (size_t room = 0; room <= len + 1; room++) {
        char *tight = malloc(room);
        cr_assert(eq(sz, tri_response_head(&response, &get, TRI_SLICE(DATE), tight, room, &framing),
                     room < len ? 0 : len));
        free(tight);
    }
}

Test(http_response, the_policy_speaks_last_and_not_over_the_handler) /* RFC 9111 5.2.2 */
{
    static const struct tri_policy policy = {
        .fields = {"X-A: 1\r\nX-B: 2\r\n", 16},
        .cache_control = {"max-age=60", 10},
    };
    struct tri_response response = reply(200, TRI_BODY_PARTS, 0);
    response.policy = &policy;
    check(&response, &get, TRI_FRAMING_LENGTH,
          "HTTP/1.1 200 OK\r\n" COMMON "Content-Length: 0\r\nCache-Control: max-age=60\r\n"
          "X-A: 1\r\nX-B: 2\r\n\r\n");
    response = reply(404, TRI_BODY_PARTS, 0);
    response.policy = &policy;
    check(&response, &get, TRI_FRAMING_LENGTH,
          "HTTP/1.1 404 Not Found\r\n" COMMON "Content-Length: 0\r\nX-A: 1\r\nX-B: 2\r\n\r\n");
    response = reply(200, TRI_BODY_PARTS, 0);
    response.policy = &policy;
    response.fields[response.field_count++] =
        (struct tri_field){{"cache-control", 13}, {"no-store", 8}};
    check(&response, &get, TRI_FRAMING_LENGTH,
          "HTTP/1.1 200 OK\r\n" COMMON "Content-Length: 0\r\ncache-control: no-store\r\n"
          "X-A: 1\r\nX-B: 2\r\n\r\n");
}
