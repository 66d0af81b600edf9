/*
 * units.h - quantities as people write them: 15s, 1500ms, 16KiB, on; and back again.
 *
 * Every parser takes all of `text` or nothing, and says in `error` what would do.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tri_error;

/* "250ms", "15s", "2m", "1h", "0" (none), also us and ns -> nanoseconds. */
bool tri_units_duration(const char *text, int64_t *ret_ns, struct tri_error *error);

/* "512", "16KiB"/"16k", "8MiB"/"8m", "1GiB"/"1g" -> bytes (powers of 1024). */
bool tri_units_size(const char *text, uint64_t *ret_bytes, struct tri_error *error);

/* "64", "10k" (= 10000), "1m" (= 1000000) -> a plain number. */
bool tri_units_count(const char *text, uint64_t *ret_count, struct tri_error *error);

/* "on|off|yes|no|true|false|1|0" -> bool. */
bool tri_units_switch(const char *text, bool *ret_on, struct tri_error *error);

/* The shortest text that parses back to the same value; buffers of 32 bytes always suffice. */
void tri_units_print_duration(int64_t ns, char *text, size_t room);
void tri_units_print_size(uint64_t bytes, char *text, size_t room);
