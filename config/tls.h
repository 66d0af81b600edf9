/*
 * tls.h - struct tri_config_tls: certificates, and what they need. Private to config/.
 */
#pragma once

#include <stdbool.h>

#include "config/config.h"

struct tri_load;

/*
 * What hosts inherit from the server's block: who may sign clients' certificates and whether they
 * must have one. A host without certificates has none of its own. All in it is borrowed.
 */
struct tri_config_tls tri_config_tls_outer(const struct tri_config_tls *tls);

/* Certificates and who listens for HTTPS, all of them; false: load->error is set. */
bool tri_config_tls_check(struct tri_load *load);

/* Leaves it empty. */
void tri_config_tls_free(struct tri_config_tls *tls);
