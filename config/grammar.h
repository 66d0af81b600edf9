/*
 * grammar.h - what the texts of a setting must look like. Private to config/.
 */
#pragma once

#include <stdbool.h>

struct tri_error;
struct tri_key;

/*
 * Is `text`, which is printable, a word of the key's grammar? "" always is: it stands for none.
 * False: the message lacks its place.
 */
bool tri_grammar_check(const struct tri_key *key, const char *text, struct tri_error *error);

/* A token of RFC 9110 5.6.2: how many bytes of it `text` begins with. */
unsigned long tri_grammar_token(const char *text);
