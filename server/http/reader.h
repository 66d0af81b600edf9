/*
 * reader.h - llhttp, fed whole sections where framing is at stake: there it has the last word.
 *
 * Only what the gate let through comes here. Each call says what the gate made of the bytes and
 * returns false when llhttp refuses them, or makes something else of them: then the message can
 * be read in two ways, which is how requests are smuggled (RFC 9112 11.2).
 */
#pragma once

#include <llhttp.h>

#include "server/base/slice.h"
#include "server/http/request.h"

#include <stdbool.h>
#include <stdint.h>

struct tri_reader {
    llhttp_t llhttp;
    struct tri_fields *fields; /* borrowed; where fields of the section go */
    struct tri_slice target;   /* borrowed; what the gate took for it      */
    uint64_t chunk_bytes;      /* size of the open chunk, says the gate    */
    size_t body_seen;          /* bytes, in the piece fed last             */
    bool complete;             /* the end of the message has been seen     */
};

/* Ready for one message; must not be moved afterwards. */
void tri_reader_init(struct tri_reader *reader);

/*
 * Read a head, up to and with its empty line.
 *   fields     gets exactly fields->room of them, slices of `head`
 *   completes  is there no body?
 */
bool tri_reader_head(struct tri_reader *reader, struct tri_slice head, struct tri_slice target,
                     struct tri_fields *fields, bool completes);

/* Read body bytes. */
bool tri_reader_data(struct tri_reader *reader, struct tri_slice piece, bool completes);

/* Read the line of a chunk of `bytes`, given its digits only. */
bool tri_reader_chunk(struct tri_reader *reader, struct tri_slice digits, uint64_t bytes);

/* Read the CRLF behind a chunk's data. */
bool tri_reader_chunk_end(struct tri_reader *reader);

/* Read a trailer section, up to and with its empty line. */
bool tri_reader_trailers(struct tri_reader *reader, struct tri_slice section,
                         struct tri_fields *fields);
