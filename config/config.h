/*
 * config.h - the settings of tri-httpd, as one struct of plain values.
 *
 * Text becomes this struct here and nowhere else: defaults, then the file, then the environment
 * (TRI_HTTPD_*), then flags, each overriding the one before. config/keys.def is the one table
 * from which the parsers, --help, --print-config and the documentation are made. This folder
 * knows nobody who reads the struct.
 */
#pragma once

#include "server/base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define TRI_CONFIG_LISTENS 16 /* addresses at most */

struct tri_config_route {
    char *pattern; /* owned, "/docs/" + "*path" */
    char *handler; /* owned, a name of the handler table, "files" */
    char *root;    /* owned, for the handler "files"; NULL: that of its host */
    int line;      /* where it stands in the file */
};

struct tri_config_host {
    char *name;                      /* owned, "www.example.org" */
    char *root;                      /* owned or NULL: the server's */
    struct tri_config_route *routes; /* owned */
    unsigned route_count;
    int line;
};

struct tri_config {
    /* the keys of keys.def */
    char *mode;                       /* owned, one of "threads", "loop", "mn" */
    char *listen[TRI_CONFIG_LISTENS]; /* owned */
    unsigned listen_count;
    char *root;      /* owned or NULL: the embedded site */
    char *log_level; /* owned */
    bool lab;
    uint64_t workers;   /* 0: the usable CPUs */
    uint64_t processes; /* 0: the mode's default */
    uint64_t offload;
    uint64_t max_connections; /* per process; 0: what the descriptor limit allows */
    uint64_t stack_bytes;
    uint64_t head_bytes, target_bytes, header_count, body_bytes, exchange_bytes, output_bytes,
        drain_bytes, requests_per_connection;
    int64_t head_ns, body_ns, write_ns, idle_ns, linger_ns, shutdown_ns;

    /* blocks of the file */
    struct tri_config_host *hosts; /* owned */
    unsigned host_count;
    struct tri_config_route *routes; /* owned; of the default host */
    unsigned route_count;

    /* what to do instead of serving */
    char *file; /* owned or NULL */
    bool check, print, help, version;
};

/*
 * Read flags, environment and file.
 *   handlers   NULL-terminated names that a route may name, for checking and for messages
 *   returns    false with *error: one line that says where (file:line, the variable, or the
 *              flag), what was found and what would do. *config then holds nothing.
 */
bool tri_config_load(struct tri_config *config, int argc, char *const argv[],
                     char *const environment[], const char *const handlers[],
                     struct tri_error *error);

void tri_config_free(struct tri_config *config);

/* The usage text of --help, made from keys.def. */
void tri_config_help(FILE *to);

/* The settings in force, as a file that loads back to the same settings (--print-config). */
void tri_config_print(const struct tri_config *config, FILE *to);

/* All keys as a table in Markdown, for README.md. */
void tri_config_markdown(FILE *to);
