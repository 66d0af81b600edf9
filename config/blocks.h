/*
 * blocks.h - vhost and route blocks, from libconfuse's values to structs. Private to config/.
 */
#pragma once

#include <stdbool.h>

#include <confuse.h>

struct tri_load;

/* In an option of a block `def.fpnumber` holds the line where it was set last, 0 for none. */

/* Names of keys that keys.def does not know. */
#define TRI_BLOCK_HANDLER "handler"
#define TRI_BLOCK_RETURN "return"
#define TRI_BLOCK_ROOT "root"
#define TRI_BLOCK_PAGES "error_pages"

/* One value of the keys above, found in this line; false: load->error is set. */
bool tri_block_check_handler(struct tri_load *load, const char *value, int line);
bool tri_block_check_root(struct tri_load *load, const char *value, int line);
bool tri_block_check_return(struct tri_load *load, const char *value, int line);
bool tri_block_check_page(struct tri_load *load, const char *value, int line);

/* A whole block, the last one of `all`; its line is where it begins. */
bool tri_block_check_route(struct tri_load *load, cfg_t *route);
bool tri_block_check_host(struct tri_load *load, cfg_t *host, cfg_opt_t *all);

/*
 * All blocks into load->config, whose own options are resolved by now. False: load->error is set
 * unless memory ran out.
 */
bool tri_blocks_collect(struct tri_load *load, cfg_t *top);
