/*
 * test_reader.c - llhttp's last word: what it makes of bytes must be what the gate said.
 *
 * No message gets this far with the two at odds, so the gate's part is played here, wrongly.
 */
#include "server/http/reader.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(http_reader, .timeout = 5);

#define HEAD "POST /a HTTP/1.1\r\nHost: a\r\n"

static struct tri_field room[2];

static bool read_head(struct tri_reader *reader, const char *text, const char *target,
                      uint32_t lines, bool completes)
{
    static struct tri_fields fields;
    fields = (struct tri_fields){room, 0, lines};
    tri_reader_init(reader);
    return tri_reader_head(reader, tri_slice_of(text), tri_slice_of(target), &fields, completes);
}

Test(http_reader, a_head_must_have_the_target_lines_and_body_it_is_said_to_have)
{
    struct tri_reader reader;
    cr_assert(read_head(&reader, HEAD "\r\n", "/a", 1, true));
    cr_assert(not(read_head(&reader, HEAD "\r\n", "/", 1, true)));
    cr_assert(not(read_head(&reader, HEAD "\r\n", "/a", 0, true)));
    cr_assert(not(read_head(&reader, HEAD "\r\n", "/a", 2, true)));
    cr_assert(not(read_head(&reader, HEAD "\r\n", "/a", 1, false)));
    cr_assert(not(read_head(&reader, HEAD "Content-Length: 1\r\n\r\n", "/a", 2, true)));
    cr_assert(not(read_head(&reader, HEAD, "/a", 1, true)));
}

Test(http_reader, a_body_must_end_where_it_is_said_to_end)
{
    struct tri_reader reader;
    const char *head = HEAD "Content-Length: 2\r\n\r\n";
    cr_assert(read_head(&reader, head, "/a", 2, false));
    cr_assert(tri_reader_data(&reader, TRI_SLICE("a"), false));
    cr_assert(tri_reader_data(&reader, TRI_SLICE("b"), true));
    cr_assert(read_head(&reader, head, "/a", 2, false));
    cr_assert(not(tri_reader_data(&reader, TRI_SLICE("a"), true)));
    cr_assert(read_head(&reader, head, "/a", 2, false));
    cr_assert(not(tri_reader_data(&reader, TRI_SLICE("ab"), false)));
}

Test(http_reader, a_chunk_must_have_the_size_it_is_said_to_have)
{
    struct tri_reader reader;
    const char *head = HEAD "Transfer-Encoding: chunked\r\n\r\n";
    struct tri_fields trailers = {room, 0, 1};
    cr_assert(read_head(&reader, head, "/a", 2, false));
    cr_assert(tri_reader_chunk(&reader, TRI_SLICE("2"), 2));
    cr_assert(tri_reader_data(&reader, TRI_SLICE("ab"), false));
    cr_assert(tri_reader_chunk_end(&reader));
    cr_assert(tri_reader_chunk(&reader, TRI_SLICE("0"), 0));
    cr_assert(tri_reader_trailers(&reader, TRI_SLICE("T: 1\r\n\r\n"), &trailers));

    cr_assert(read_head(&reader, head, "/a", 2, false));
    cr_assert(not(tri_reader_chunk(&reader, TRI_SLICE("2"), 3)));
    cr_assert(read_head(&reader, head, "/a", 2, false));
    cr_assert(tri_reader_chunk(&reader, TRI_SLICE("1"), 1));
    cr_assert(not(tri_reader_data(&reader, TRI_SLICE("a\r\n"), false)));
}
