/*
 * freedoms.c - see freedoms.h.
 *
 * A row is compared when its source is an RFC about HTTP/1.1 (what the README alone demands is a
 * choice of ours), when its topic needs no flags (limits are each server's own), and when it asks
 * for nothing but what peers/run sets up: /hello, /json, /echo, /users/ID and the files of root.h.
 * Content codings are not among it.
 */
#include "tests/conformance/peers/freedoms.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define ROWS 24

static const struct choice {
    enum freedom freedom;
    const char *reason;
    const char *rows[ROWS]; /* patterns of is_named(), NULL-terminated */
} choices[] = {
    {TAKES,
     "RFC 9112 2.2: MAY recognize a single LF as the end of the start line and of fields",
     {"line: a bare LF before it is refused", "line: a bare LF does not end it",
      "line: a bare LF and an empty line before it are refused",
      "line: an empty line and a bare LF before it are refused",
      "line: a line of bare LFs alone is refused", "fields: a bare LF does not end *",
      "framing: * hidden behind a bare LF is refused", "chunked: a trailer* a bare LF is refused"}},
    {TAKES,
     "RFC 9112 2.2: SHOULD ignore at least one empty line, more are no mistake",
     {"line: two empty lines before it are refused", "pipelines: two empty lines do not"}},
    {TAKES,
     "RFC 9112 2.2: a bare CR is invalid or replaced by a blank",
     {"line: a bare CR before it is refused", "line: CR CR LF does not end it",
      "fields: a CR within a value is refused", "fields: a CR at the end of a value is refused",
      "framing: a CR behind * is refused", "chunked: a bare CR within a trailer is refused",
      "chunked: a CR within an extension is refused", "chunked: a * ends in CR CR LF is refused"}},
    {SKIPS_RESIDUE,
     "RFC 9112 2.2: a bare CR is invalid or replaced by a blank",
     {"framing: * hidden behind a bare CR is refused"}},
    {TAKES,
     "RFC 9112 3: MAY parse on whitespace, and ignore it at both ends",
     {"line: a blank before it is refused", "line: two blanks behind the method are refused",
      "line: two blanks before the version are refused",
      "line: a blank behind the version is refused", "line: a tab behind the method is refused",
      "line: a tab before the version is refused", "line: a form feed is no blank",
      "line: a vertical tab is no blank"}},
    {SIMPLE,
     "RFC 9112 C.1: HTTP/0.9 is no longer expected, nor forbidden",
     {"line: a missing version is refused", "line: an empty version is refused",
      "line: HTTP/0.9 has no version", "line: a bare LF does not part it"}},
    {TAKES,
     "RFC 9110 2.5: a server answers with its own version",
     {"line: HTTP/[2-9].* is not supported",
      "pipelines: another version in the middle ends a pipeline"}},
    {NOT_COMPARED,
     "RFC 9113 3.3: a server may know HTTP/2",
     {"line: the preface of HTTP/2 is not supported", "fields: an upgrade to HTTP/2 is ignored",
      "fields: a request behind an upgrade is one"}},
    {TAKES,
     "RFC 9112 5.2: a fold is refused or replaced by blanks",
     {"fields: a line folded by *", "fields: a fold *", "framing: a fold before chunked is refused",
      "framing: a folded length is refused", "authority: a folded Host is refused",
      "chunked: a folded trailer is refused"}},

    {TAKES,
     "RFC 9112 3.3: for an empty authority a configured default may apply",
     {"authority: an empty Host is refused", "authority: a port alone is refused",
      "authority: a colon alone is refused", "authority: blanks alone are refused"}},
    {TAKES,
     "RFC 3986 3.2.2, 3.2.3, RFC 6874: it is in the grammar",
     {"*: its port is below 65536", "authority: its port does not wrap around",
      "authority: an address of a future kind is refused",
      "authority: an IPv6 address with an escaped zone is refused",
      "authority: a merged pair of Hosts is refused", "authority: an escaped NUL is refused",
      "authority: an escaped CR is refused", "target: its host has no comma",
      "target: its host has no blank escape of NUL"}},
    {REFUSES,
     "RFC 9110 7.4: which names and ports it serves is the server's own",
     {"authority: it may hold escapes", "authority: it may have an underscore",
      "authority: its port may be 0", "authority: its port may have leading zeros"}},
    {TAKES,
     "RFC 9112 3.2.2: MUST ignore Host beside the absolute form",
     {"target: a malformed Host beside it is refused"}},
    {TAKES,
     "RFC 9112 3: SHOULD refuse; browsers send these in a query, and %00 is in the grammar",
     {"target: a bracket in a query is refused", "target: a backslash in a query is refused",
      "target: a backtick in a query is refused", "target: a bar in a query is refused",
      "target: a brace in a query is refused", "target: a caret in a query is refused",
      "target: a percent sign alone in a query is refused",
      "target: an escape in a query must be whole, too", "target: an escaped NUL *"}},
    {RESOLVES,
     "RFC 3986 6.2: how far a path is normalized, and what it names, is the server's own",
     {"target: every byte of pchar may stand in a path", "target: paths are case-sensitive",
      "target: * (RFC 3986 5.2.4)", "target: * (RFC 3986 6.2*)", "target: * (RFC 3986 2.2)",
      "target: * (RFC 3986 2.4)", "target: an empty segment matters", "files: * (RFC 3986 2.[1-9])",
      "files: * (RFC 3986 [3-6].*)"}},
    {NOT_COMPARED,
     "RFC 9110 15.5.15: how long is too long is the server's own",
     {"target: * (RFC 9110 15.5.15)"}},

    {TAKES,
     "RFC 9110 8.6, RFC 9112 6.3: a list of one and the same length may be taken",
     {"framing: a list of equal lengths is refused", "framing: a length with a comma is refused",
      "framing: two equal lengths *are refused"}},
    {TAKES,
     "RFC 9110 8.6, RFC 9112 7.1: any number of digits is the grammar",
     {"framing: a length with too many zeros is refused",
      "chunked: a size of 17 zeros is refused"}},
    {WAITS,
     "RFC 9110 8.6, RFC 9112 7.1: how much is too much is the server's own",
     {"framing: a length of * is too large", "framing: a length of 2^64+5 does not wrap around",
      "chunked: a size of 2*", "expect: a body that is too large is not asked for"}},
    {TAKES_ONCE,
     "RFC 9112 6.1: MAY go by Transfer-Encoding alone, and then MUST close",
     {"framing: Content-Length before chunked is refused",
      "framing: Content-Length behind chunked is refused",
      "framing: a malformed length beside chunked is refused",
      "framing: a length of 0 behind chunked is refused",
      "framing: a request hidden behind the last chunk is not answered",
      "framing: a request hidden behind a length is not answered",
      "framing: chunked beside a length in HTTP/1.0 is refused",
      "framing: chunked in HTTP/1.0 is refused*"}},
    {TAKES,
     "RFC 9110 5.6.1.2: MUST ignore a reasonable number of empty list members",
     {"framing: an empty member *"}},
    {REFUSES,
     "RFC 9110 9.3.1, 9.3.2: content of GET and HEAD has no meaning and may be refused",
     {"framing: a body of GET *", "framing: a body of HEAD *", "framing: a GET may be chunked",
      "methods: HEAD of an echo with a body", "files: GET with a body that is not wanted"}},
    {REFUSES,
     "RFC 9110 15.5.12: 411 for a POST without a length",
     {"framing: without framing there is no body",
      "framing: a field with an underscore is another field",
      "methods: POST without a body is one"}},

    {TAKES,
     "RFC 9112 7.1.1: MUST ignore extensions it does not recognize, ought to limit them",
     {"chunked: an extension without a name is refused",
      "chunked: a value without a name is refused",
      "chunked: a name with = and no value is refused", "chunked: an open quote is refused",
      "chunked: an extension of 64 KiB is refused"}},
    {TAKES,
     "RFC 9110 5.6.3: bad whitespace, which chunk extensions begin with, is removed",
     {"chunked: a blank behind a size is refused",
      "chunked: a blank behind the last size is refused"}},
    {TAKES,
     "RFC 9112 8: with its last chunk a body is complete",
     {"chunked: a last chunk without its empty line cuts the echo"}},
    {TAKES,
     "RFC 9112 7.1.2: MAY discard trailers",
     {"chunked: a trailer without a colon is refused",
      "chunked: a trailer without a name is refused",
      "chunked: a trailer with a blank before its colon is refused",
      "chunked: a * within a trailer is refused", "chunked: a blank before a trailer is refused",
      "chunked: * in the name of a trailer is refused",
      "chunked: a request in place of trailers is refused", "chunked: * is no trailer",
      "chunked: a forbidden trailer behind data cuts the echo"}},

    {TAKES,
     "RFC 9110 10.1.1: MAY respond with 417",
     {"expect: another expectation *", "expect: an expectation with a parameter is another",
      "expect: an expectation in quotes is another"}},
    {REFUSES,
     "RFC 9110 10.1.1: MAY respond with 417",
     {"expect: HTTP/1.0 cannot expect anything else"}},
    {SKIPS_RESIDUE,
     "RFC 9110 10.1.1: the body may come after a final answer, and may be read",
     {"expect: a body that nobody wants is not asked for",
      "expect: a body for what is not there is not asked for",
      "expect: HEAD that expects is not asked for its body"}},
    {RESOLVES,
     "RFC 9110 9.3.7: what OPTIONS tells, and of what, is the server's own",
     {"methods: OPTIONS of what is not there"}},
    {TAKES,
     "RFC 9110 5.3, 7.6.1, 14.5: no recipient has to look there, nor to keep a connection",
     {"fields: Content-Type twice *", "fields: a part cannot be put",
      "fields: close in quotes is none"}},
    {RESOLVES,
     "RFC 9110 14.2: where peers/run has files there are ranges",
     {"fields: a range of what has none is ignored"}},
};

/* Does the pattern match "topic: name" or, if it ends in ")", "topic: name (source)"? */
static bool is_named(const char *pattern, const struct topic *topic, const struct row *row)
{
    char text[200];
    bool has_source = pattern[strlen(pattern) - 1] == ')';
    snprintf(text, sizeof(text), has_source ? "%s: %s (%s)" : "%s: %s", topic->name, row->name,
             row->source);
    return fnmatch(pattern, text, FNM_NOESCAPE) == 0;
}

/* Is it about HTTP/1.1 or URIs? */
static bool is_rfc(const char *source)
{
    static const char *const known[] = {"RFC 9110", "RFC 9111", "RFC 9112", "RFC 9113", "RFC 3986"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strncmp(source, known[i], strlen(known[i])) == 0)
            return true;
    return false;
}

static bool asks_laboratory(struct tri_slice send)
{
    static const char *const handlers[] = {"/bytes", "/stream", "/events",  "/sleep",
                                           "/block", "/cpu",    "/metrics", "/healthz"};
    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
        if (send.len > 0 && memmem(send.at, send.len, handlers[i], strlen(handlers[i])))
            return true;
    return false;
}

struct freedom_of freedom_find(const struct topic *topic, const struct row *row)
{
    if (topic->flags[0])
        return (struct freedom_of){NOT_COMPARED, "the topic's server has flags of ours"};
    if (row->flags & SECURE)
        return (struct freedom_of){NOT_COMPARED, "it is for TLS only"};
    if (strcmp(topic->name, "files_coding") == 0)
        return (struct freedom_of){NOT_COMPARED, "precompressed files are not set up for all"};
    if (!is_rfc(row->source))
        return (struct freedom_of){NOT_COMPARED, "a choice of ours"};
    if (asks_laboratory(row->send))
        return (struct freedom_of){NOT_COMPARED, "a handler of ours"};
    if (row->send.len > 0 && memmem(row->send.at, row->send.len, "2ebc98a1", 8)) /* ROOT_ETAG */
        return (struct freedom_of){NOT_COMPARED, "a validator of ours"};
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
        for (size_t j = 0; j < ROWS && choices[i].rows[j]; j++)
            if (is_named(choices[i].rows[j], topic, row))
                return (struct freedom_of){choices[i].freedom, choices[i].reason};
    return (struct freedom_of){LETTER, NULL};
}

static bool is_there(const char *name)
{
#define X(id)                                                                                      \
    for (size_t i = 0; i < topic_##id.count; i++)                                                  \
        if (is_named(name, &topic_##id, &topic_##id.rows[i]))                                      \
            return true;
    TOPIC_MAP(X)
#undef X
    return false;
}

bool freedom_check(void)
{
    bool ok = true;
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
        for (size_t j = 0; j < ROWS && choices[i].rows[j]; j++)
            if (!is_there(choices[i].rows[j])) {
                fprintf(stderr, "freedoms.c: no row is called \"%s\"\n", choices[i].rows[j]);
                ok = false;
            }
    return ok;
}
