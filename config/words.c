/*
 * words.c - lists of texts: at most TRI_CONFIG_WORDS of them, none twice.
 */
#include "config/words.h"

#include <stdlib.h>
#include <string.h>

#include "config/load.h"

static bool check_room(const struct tri_config_words *words, const char *text,
                       struct tri_error *error)
{
    for (unsigned i = 0; i < words->count; i++)
        if (strcmp(words->at[i], text) == 0) {
            tri_error_set(error, "\"%.60s\" is given twice (name it once)", text);
            return false;
        }
    if (words->count > 0 && words->at[words->count - 1][0] == '=') { /* "=404" of try_files */
        tri_error_set(error, "\"%.60s\" comes too late (nothing is tried after \"%.60s\")", text,
                      words->at[words->count - 1]);
        return false;
    }
    if (words->count > 0 && *text == '\0') {
        tri_error_set(error, "\"\" is for no value at all (remove it, or the others)");
        return false;
    }
    if (words->count == TRI_CONFIG_WORDS) {
        tri_error_set(error, "\"%.60s\" is one too many (at most %d)", text, TRI_CONFIG_WORDS);
        return false;
    }
    return true;
}

bool tri_words_add(struct tri_config_words *words, const char *text, struct tri_error *error)
{
    if (!check_room(words, text, error))
        return false;
    if (*text == '\0')
        return true;
    char **grown = realloc(words->at, (words->count + 1) * sizeof(*grown));
    char *copy = strdup(text);
    if (grown)
        words->at = grown;
    if (!grown || !copy) {
        free(copy);
        tri_error_set(error, TRI_OUT_OF_MEMORY);
        return false;
    }
    words->at[words->count++] = copy;
    return true;
}

bool tri_words_is_equal(const struct tri_config_words *a, const struct tri_config_words *b)
{
    if (a->count != b->count)
        return false;
    for (unsigned i = 0; i < a->count; i++)
        if (strcmp(a->at[i], b->at[i]) != 0)
            return false;
    return true;
}

void tri_words_free(struct tri_config_words *words)
{
    for (unsigned i = 0; i < words->count; i++)
        free(words->at[i]);
    free(words->at);
    *words = (struct tri_config_words){0};
}
