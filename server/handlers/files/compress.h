/*
 * compress.h - a file compressed while it is sent, step by step.
 *
 *     if (x->state)                                    a later call: it is at work (work.h)
 *         return tri_compress_step(x);
 *     ...
 *     if (tri_compress_begin(x, file, coding)) {       the first: x->state is set from here on
 *         tri_reply_field(...);                        Content-Encoding, Vary, ETag, ...; once
 *         return tri_compress_step(x);
 *     }
 *
 * The same bytes come out for the same file, so an ETag made of the file's and the coding's name
 * is a strong one as long as the server is not replaced.
 *
 * Memory: one compressor takes TRI_COMPRESS_BYTES at most, and TRI_COMPRESS_MOST of them are at
 * work at once in a process. While all are, files go out as they are, which is a right answer to
 * anybody who takes identity. So clients that ask for compression and then do not read can turn it
 * off for others, but nothing more, and not for longer than the server bears with slow readers
 * (timeout-write, rate); how many connections a client may have is the server's to say, too. A file
 * that must always come compressed is to lie compressed on the disk.
 *
 * Threads: safe from any.
 */
#pragma once

#include "server/handlers/files/cache.h"
#include "server/http/coding.h"
#include "server/http/exchange.h"

#include <stdbool.h>

/* The codings that can be made while sending: bits by enum tri_coding. */
#define TRI_COMPRESS_CODINGS (1u << TRI_CODING_BROTLI | 1u << TRI_CODING_GZIP)

#define TRI_COMPRESS_MOST 64                 /* compressors at work at once */
#define TRI_COMPRESS_BYTES (2 * 1024 * 1024) /* of memory for one; gzip takes a sixth of it */

/* Is it worth the while: text, JSON, SVG, wasm and their like; not what is compressed already. */
bool tri_compress_is_for(struct tri_slice type);

/*
 * Make ready to send `file` in a coding; the compressor is kept in x->state.
 *   file     the reference is taken when true is returned; it is given back at the end of the
 *            stream, however that comes
 *   coding   one of TRI_COMPRESS_CODINGS
 *   returns  false: no memory, or too many are at work already: send it as it is (fields that say
 *            otherwise are the caller's to avoid: add them when this has returned true)
 */
bool tri_compress_begin(struct tri_exchange *x, const struct tri_file *file,
                        enum tri_coding coding);

/*
 * Every call of the handler from then on: begins the stream (200), goes on, ends it. Fields added
 * before the first of them go out with the head, also when it has to be begun again. A file that
 * has fewer bytes than it had fails the stream.
 */
struct tri_next tri_compress_step(struct tri_exchange *x);
