/*
 * parser.h - bytes in, one request at a time out: llhttp behind a gate.
 *
 * Why a gate: llhttp is lenient where a server must not be, has no limits, and differs between
 * its versions. The gate judges every line, and hands llhttp only whole heads that frame a
 * body, whole lines and exact body lengths:
 *
 *     HEAD  --whole head-->  BODY (length) -----------------------------> DONE
 *                       \->  CHUNK_LINE <-> CHUNK_DATA -> TRAILERS ----/
 *
 * So nothing can depend on how the bytes were cut, a field is always one piece of memory, and
 * every llhttp from 8.1 to 9.x refuses the same messages.
 *
 * Invariant: after TRI_PARSE_REFUSED nothing more is interpreted; the parser must be dropped.
 * Threads: none of its own; owned by its connection.
 */
#pragma once

#include "server/base/arena.h"
#include "server/base/slice.h"
#include "server/http/limits.h"
#include "server/http/refusal.h"
#include "server/http/request.h"

enum tri_parse {
    TRI_PARSE_MORE, /* all of `bytes` that could be used was; come back with more behind the rest */
    TRI_PARSE_HEAD, /* tri_parser_request() is complete but for its body                          */
    TRI_PARSE_BODY, /* tri_parser_piece() bytes of body stand at the front, behind *used          */
    TRI_PARSE_DONE, /* the message is complete                                                    */
    TRI_PARSE_REFUSED, /* see tri_parser_refusal() */
};

/* The refusal when gate and llhttp read a message differently; no message is known to do that. */
#define TRI_PARSER_DISAGREES "The message can be read in two ways"

struct tri_parser; /* opaque: only parser.c and reader.c know llhttp */

/* A parser for one message, in the arena; NULL when the arena is exhausted. Limits are borrowed. */
struct tri_parser *tri_parser_new(struct tri_arena *arena, const struct tri_limits *limits);

/*
 * Look at received bytes.
 *   bytes    all unread bytes of the connection, borrowed for the call. While the answer is
 *            TRI_PARSE_MORE, the next call must bring the unused rest again, with more behind it.
 *            (The head is copied to the arena when it is whole; scanning resumes where it stopped,
 *            so the cost is linear however the bytes are cut.)
 *   *used    bytes the caller drops now. For TRI_PARSE_BODY the piece itself follows them and is
 *            the caller's: the next call starts behind the piece.
 *   returns  one event a call: HEAD once, BODY any number of times, then DONE. A message without
 *            a body gives HEAD, then DONE with *used == 0, whatever `bytes` holds.
 *   source   RFC 9112 2-7
 */
enum tri_parse tri_parser_feed(struct tri_parser *parser, struct tri_slice bytes, size_t *used);

/*
 * The request. Method and version are known once its line is read (TRI_METHOD_NONE until then),
 * all but the trailers from TRI_PARSE_HEAD on, those from TRI_PARSE_DONE on.
 */
struct tri_request *tri_parser_request(struct tri_parser *parser);

/* Length of the piece announced by the last TRI_PARSE_BODY. */
size_t tri_parser_piece(const struct tri_parser *parser);

/* Why the last TRI_PARSE_REFUSED. */
const struct tri_refusal *tri_parser_refusal(const struct tri_parser *parser);

/* Body bytes still expected: exact for a length, -1 when chunked and not yet done. */
int64_t tri_parser_body_left(const struct tri_parser *parser);

/* "8.1.0" of the llhttp this was built with, for --version. */
const char *tri_parser_llhttp_version(void);
