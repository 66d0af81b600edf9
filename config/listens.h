/*
 * listens.h - where to listen: the two LISTs of keys.def. Private to config/.
 */
#pragma once

#include <stdbool.h>

#include "config/config.h"
#include "config/keys.h"

struct tri_load;

/* How many there are in `field`, which is that of the key in a struct tri_config. */
unsigned tri_listens_count(const struct tri_key *key, const void *field);

/* A copy of an address, which has been checked; "" stands for none. False with *error. */
bool tri_listens_add(const struct tri_key *key, void *field, const char *text,
                     struct tri_error *error);

/* What both lists are together; false: load->error is set. */
bool tri_listens_check(struct tri_load *load);

/* Leaves both empty. */
void tri_listens_free(struct tri_config *config);
