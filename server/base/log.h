/*
 * log.h - one event, one line, one write(2), to standard error.
 *
 *     2026-08-22T10:15:02.114Z warn mode=loop pid=71 event=accept_paused reason=EMFILE open=1021
 *
 * Why a single write: lines of several processes and threads then never mix. A line is cut at
 * 1024 bytes. Values are quoted and escaped when they hold blanks, quotes or control bytes, so a
 * client cannot forge a line. Never blocks on a lock; a failed write is dropped.
 */
#pragma once

#include <stdint.h>

enum tri_log_level { TRI_LOG_DEBUG, TRI_LOG_INFO, TRI_LOG_WARN, TRI_LOG_ERROR };

/* Drop lines below `level`, name `mode` (static text) in every line. Call before threads start. */
void tri_log_open(enum tri_log_level level, const char *mode);

/*
 * Write one line.
 *   event    static snake_case name
 *   fields   printf format yielding ` key=value` text, "" for none; texts from outside go through
 *            tri_log_quote first
 */
void tri_log(enum tri_log_level level, const char *event, const char *fields, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Write one error line from a handler of a signal; async-signal-safe.
 *   fields   NULL-terminated texts that yield ` key=value` when joined; none is from outside
 */
void tri_log_last_words(const char *event, const char *const *fields);

/* Copy `text` quoted and escaped into `room` bytes (NUL-terminated); returns `quoted`. */
const char *tri_log_quote(const char *text, char *quoted, unsigned room);

/* Something that may be reported at most once a second. Zero-initialised is valid. */
struct tri_log_rate {
    _Atomic int64_t next_ns;
};

/* True at most once a second per `rate`, whichever thread asks. */
int tri_log_rate_due(struct tri_log_rate *rate, int64_t now_ns);
