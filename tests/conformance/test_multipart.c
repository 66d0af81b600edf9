/*
 * test_multipart.c - several ranges of one file, taken apart: each part is delimited, says which
 * bytes it has, and has them (RFC 9110 14.6, RFC 2046 5.1).
 */
#include "tests/conformance/flow.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/base/assert.h"
#include "tests/conformance/root.h"

#define FILE_BYTES 300000

FLOW_SUITES(conformance_multipart, .timeout = 60, .init = root_enter, .fini = root_leave);

struct part {
    int64_t first, last; /* wanted */
};

static char *read_file(void)
{
    char *bytes = malloc(FILE_BYTES);
    int fd = open("root/300000.bin", O_RDONLY | O_CLOEXEC);
    tri_assert(bytes && fd >= 0 && read(fd, bytes, FILE_BYTES) == FILE_BYTES);
    close(fd);
    return bytes;
}

/* Take `text` off the front of *rest. */
static bool take(struct tri_slice *rest, const char *text)
{
    size_t len = strlen(text);
    if (rest->len < len || memcmp(rest->at, text, len) != 0)
        return false;
    *rest = tri_slice_from(*rest, len);
    return true;
}

static void expect_part(struct tri_slice *rest, const char *delimiter, const struct part *part,
                        const char *file)
{
    char head[200];
    size_t len = (size_t)(part->last - part->first + 1);
    snprintf(head, sizeof(head),
             "%s\r\nContent-Type: application/octet-stream\r\n"
             "Content-Range: bytes %" PRId64 "-%" PRId64 "/%d\r\n\r\n",
             delimiter, part->first, part->last, FILE_BYTES);
    cr_assert(take(rest, head), "\"%s\" is wanted, it goes on with \"%.*s\"", head,
              (int)(rest->len < 200 ? rest->len : 200), rest->at);
    cr_assert(rest->len >= len && memcmp(rest->at, file + part->first, len) == 0,
              "bytes %" PRId64 "-%" PRId64 " are others than the file's", part->first, part->last);
    *rest = tri_slice_from(*rest, len);
}

/* Ask for `ranges` and expect exactly these parts. */
static void expect_parts(struct support_client *client, const char *ranges,
                         const struct part parts[], size_t count)
{
    static const char type_start[] = "multipart/byteranges; boundary=";
    char request[400], delimiter[100], *file = read_file();
    struct support_response response;
    snprintf(request, sizeof(request),
             "GET /300000.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=%s\r\n\r\n", ranges);
    flow_send(client, request);
    const char *fault = support_client_response(client, &response, false);
    cr_assert(!fault && response.status == 206, "%d: %s", response.status, fault ? fault : "whole");
    const struct tri_slice *type = support_response_field(&response, "Content-Type");
    cr_assert(type && type->len > strlen(type_start) && type->len < 80 &&
              memcmp(type->at, type_start, strlen(type_start)) == 0);
    cr_expect_null(support_response_field(&response, "Content-Range")); /* RFC 9110 15.3.7.2 */

    struct tri_slice boundary = tri_slice_from(*type, strlen(type_start));
    struct tri_slice rest = {response.body, response.body_bytes};
    snprintf(delimiter, sizeof(delimiter), "--%.*s", (int)boundary.len, boundary.at);
    for (size_t i = 0; i < count; i++) {
        cr_assert(i == 0 || take(&rest, "\r\n"));
        expect_part(&rest, delimiter, &parts[i], file);
    }
    cr_expect(take(&rest, "\r\n") && take(&rest, delimiter) && take(&rest, "--\r\n"));
    cr_expect(rest.len == 0, "%zu bytes stand behind the last delimiter", rest.len);
    support_response_free(&response);
    free(file);
}

FLOW(conformance_multipart, has_the_bytes_that_it_names, ROOT_FLAG)
{
    static const struct part first[] = {{0, 0}, {5, 9}};
    static const struct part in_order_asked[] = {{299990, 299999}, {10, 19}, {30, 39}};
    static const struct part large[] = {{100000, 199999}, {299999, 299999}};
    static const struct part merged[] = {{0, 24}, {100, 109}};
    struct support_client client;
    support_client_open_to(&client, server);
    expect_parts(&client, "0-0,5-9", first, 2);
    expect_parts(&client, "-10 ,10-19,\t30-39,300000-", in_order_asked, 3);
    expect_parts(&client, "100000-199999,299999-", large, 2);
    expect_parts(&client, "0-9,100-109,5-19,20-24", merged, 2);
    support_client_close(&client);
}

FLOW(conformance_multipart, has_a_boundary_of_its_own_each_time, ROOT_FLAG)
{
    static const char request[] =
        "GET /300000.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=0-0,9-9\r\n\r\n";
    struct support_client client;
    struct support_response one, other;
    support_client_open_to(&client, server);
    flow_send(&client, request);
    cr_assert_null(support_client_response(&client, &one, false));
    struct tri_slice type = *support_response_field(&one, "Content-Type");
    char *first = strndup(type.at, type.len);
    flow_send(&client, request);
    cr_assert_null(support_client_response(&client, &other, false));
    type = *support_response_field(&other, "Content-Type");
    cr_expect(!tri_slice_is(type, tri_slice_of(first)), "%s stands there twice", first);
    free(first);
    support_response_free(&one);
    support_response_free(&other);
    support_client_close(&client);
}
