/*
 * reader.c - see reader.h. Callbacks return -1 to stop llhttp where it and the gate differ.
 */
#include "server/http/reader.h"

#include "server/http/parser.h"
#include "server/http/scan.h"

static int on_url(llhttp_t *llhttp, const char *at, size_t len)
{
    const struct tri_reader *reader = llhttp->data;
    return tri_slice_is(reader->target, (struct tri_slice){at, len}) ? 0 : -1;
}

/* A section comes in one piece, so that names and values do too. */
static int on_name(llhttp_t *llhttp, const char *at, size_t len)
{
    const struct tri_reader *reader = llhttp->data;
    struct tri_fields *fields = reader->fields;
    if (fields->count == fields->room)
        return -1;
    fields->at[fields->count++] = (struct tri_field){{at, len}, {at + len, 0}};
    return 0;
}

static int on_value(llhttp_t *llhttp, const char *at, size_t len)
{
    const struct tri_reader *reader = llhttp->data;
    const struct tri_fields *fields = reader->fields;
    if (fields->count == 0 || fields->at[fields->count - 1].value.len > 0)
        return -1;
    fields->at[fields->count - 1].value = tri_scan_trim((struct tri_slice){at, len});
    return 0;
}

static int on_chunk(llhttp_t *llhttp)
{
    const struct tri_reader *reader = llhttp->data;
    return llhttp->content_length == reader->chunk_bytes ? 0 : -1;
}

static int on_body(llhttp_t *llhttp, const char *at, size_t len)
{
    struct tri_reader *reader = llhttp->data;
    (void)at;
    reader->body_seen += len;
    return 0;
}

static int on_complete(llhttp_t *llhttp)
{
    struct tri_reader *reader = llhttp->data;
    reader->complete = true;
    return 0;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_chunk_header = on_chunk,
    .on_body = on_body,
    .on_message_complete = on_complete,
};

/* False when llhttp refuses, or has not come exactly as far as it should have. */
static bool feed(struct tri_reader *reader, struct tri_slice bytes, bool completes)
{
    llhttp_errno_t error = llhttp_execute(&reader->llhttp, bytes.at, bytes.len);
    /* Upgrade and CONNECT pause it at the end; nothing is upgraded here (RFC 9110 7.8). */
    return (error == HPE_OK || (error == HPE_PAUSED_UPGRADE && reader->complete)) &&
           reader->complete == completes;
}

void tri_reader_init(struct tri_reader *reader)
{
    const size_t behind = offsetof(struct tri_reader, llhttp) + sizeof(reader->llhttp);
    memset((char *)reader + behind, 0, sizeof(*reader) - behind);
    llhttp_init(&reader->llhttp, HTTP_REQUEST, &settings);
    reader->llhttp.data = reader;
}

bool tri_reader_head(struct tri_reader *reader, struct tri_slice head, struct tri_slice target,
                     struct tri_fields *fields, bool completes)
{
    reader->target = target;
    reader->fields = fields;
    return feed(reader, head, completes) && fields->count == fields->room;
}

bool tri_reader_data(struct tri_reader *reader, struct tri_slice piece, bool completes)
{
    reader->body_seen = 0;
    return feed(reader, piece, completes) && reader->body_seen == piece.len;
}

bool tri_reader_chunk(struct tri_reader *reader, struct tri_slice digits, uint64_t bytes)
{
    reader->chunk_bytes = bytes;
    return feed(reader, digits, false) && feed(reader, TRI_SLICE("\r\n"), false);
}

bool tri_reader_chunk_end(struct tri_reader *reader)
{
    return feed(reader, TRI_SLICE("\r\n"), false);
}

bool tri_reader_trailers(struct tri_reader *reader, struct tri_slice section,
                         struct tri_fields *fields)
{
    reader->fields = fields;
    return feed(reader, section, true) && fields->count == fields->room;
}

#define TEXT(number) #number
#define DOTTED(a, b, c) TEXT(a) "." TEXT(b) "." TEXT(c)

const char *tri_parser_llhttp_version(void)
{
    return DOTTED(LLHTTP_VERSION_MAJOR, LLHTTP_VERSION_MINOR, LLHTTP_VERSION_PATCH);
}
