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

#define TRI_CONFIG_LISTENS 16 /* addresses at most, those for HTTPS among them */

#define TRI_CONFIG_WORDS 32                /* entries of one list at most */
#define TRI_CONFIG_SEGMENTS 32             /* of the path `health` at most */
#define TRI_CONFIG_PAGE_BYTES (256 * 1024) /* of an error page at most */

struct tri_config_words {
    char **at; /* owned, each too */
    unsigned count;
};

/* The certificates of the server, or of one host: the block `tls`. */
struct tri_config_tls {
    struct tri_config_words cert; /* files in PEM, each a certificate with its chain; none in a
                                     host: those of the server */
    struct tri_config_words key;  /* files in PEM, one for each of cert in their order; none: they
                                     are  in the files of cert */
    struct tri_config_words
        ocsp;        /* files in DER, for the certificates in their order; may be fewer */
    char *client_ca; /* owned or NULL: file in PEM, who may sign clients' certificates; resolved:
                        the host's, else the server's */
    char *verify;    /* owned: "off", "optional" or "required"; resolved likewise */
    int line; /* of the file, where the block begins; 0: there is none, or for the server cert
                 is from flags or environment */
};

/*
 * What a route says beside its handler. Each key may also stand in a vhost block or outside of all
 * blocks; here it is resolved: the route's word, else its host's, else the server's.
 */
struct tri_config_options {
    struct tri_config_words index;     /* files that stand for their folder, "index.html" */
    struct tri_config_words try_files; /* "$path", "$path.html", "/app.html", "=404"; none: $path */
    struct tri_config_words headers;   /* "Name: value", checked; the server's, then the host's,
                                          then the route's: they add up, but for a name that is
                                          said again further in, which then goes before */
    char *cache_control;               /* owned or NULL: none */
    char *hsts;         /* owned or NULL: value of Strict-Transport-Security on replies
                           over TLS */
    char *symlinks;     /* owned: "inside", "none" or "any" */
    bool listing;       /* list folders without an index */
    bool dotfiles;      /* show names that begin with a dot */
    bool precompressed; /* look for name.br, name.zst, name.gz */
    bool compress;      /* compress while sending */
};

struct tri_config_route {
    char *pattern; /* owned, "/docs/" + "*path" */
    char *handler; /* owned, a name of the handler table, "files"; NULL when `reply` is set */
    char *reply;   /* owned, of the key "return", or NULL: one line that begins with three digits,
                      "301 https://example.org$request_uri"; the rest is checked by its user */
    char *root;    /* owned, for the handler "files"; NULL: that of its host */
    struct tri_config_options options;
    int line;       /* where it stands in the file */
    int reply_line; /* where its "return" does, 0: nowhere */
};

struct tri_config_error_page {
    int status; /* 400-599 */
    char *path; /* owned, a regular file of at most TRI_CONFIG_PAGE_BYTES */
    int line;   /* of its list */
};

struct tri_config_host {
    char *name;                        /* owned, "www.example.org" */
    char *root;                        /* owned or NULL: the server's */
    struct tri_config_options options; /* for its root */
    struct tri_config_tls tls;
    struct tri_config_route *routes; /* owned */
    unsigned route_count;
    struct tri_config_error_page *errors; /* owned; its own, then the server's that it lacks */
    unsigned error_count;
    int line;
};

struct tri_config {
    /* the keys of keys.def */
    char *mode;                           /* owned, one of "threads", "loop", "mn" */
    char *listen[TRI_CONFIG_LISTENS];     /* owned */
    unsigned listen_count;                /* 0: HTTPS alone */
    char *tls_listen[TRI_CONFIG_LISTENS]; /* owned */
    unsigned tls_listen_count;
    char *root;      /* owned or NULL: the embedded site */
    char *log_level; /* owned */
    bool lab;
    uint64_t workers;   /* 0: the usable CPUs */
    uint64_t processes; /* 0: the mode's default */
    uint64_t offload;
    uint64_t max_connections; /* per process; 0: what the descriptor limit allows */
    uint64_t stack_bytes;
    char *threads_spawn; /* owned, one of "cached", "fresh", "fork" */
    bool mn_steal, mn_handoff, mn_stack_marks;
    uint64_t head_bytes, target_bytes, header_count, body_bytes, exchange_bytes, output_bytes,
        drain_bytes, requests_per_connection;
    uint64_t rate_bytes;         /* a second, least that a body or a reply must move; 0: any */
    uint64_t client_connections; /* per client address; 0: any number */
    uint64_t client_rate;        /* requests a second per client address; 0: any */
    uint64_t client_burst;
    int64_t head_ns, body_ns, write_ns, idle_ns, linger_ns, shutdown_ns;
    char *health;            /* owned or NULL: path of the health check */
    bool server_header;      /* disclose name and version */
    bool proxy_protocol;     /* trusted peers begin with a PROXY header */
    bool tls_self_signed;    /* without tls.cert: make one in memory */
    bool tls_ktls;           /* let the kernel encrypt where it can */
    bool https_redirect;     /* plain requests are answered 308 */
    uint64_t https_port;     /* which redirects name; 0: that of the first of tls_listen */
    int64_t handshake_ns;    /* from the connection on; 0: no deadline */
    int64_t session_ns;      /* a TLS session may be resumed within; 0: never */
    uint64_t cache_files;    /* of the open-file cache; 0: none */
    uint64_t cache_bytes;    /* small files kept in memory */
    int64_t cache_ns;        /* a change of a file is noticed within */
    uint64_t compress_bytes; /* smaller files are not compressed while sending */

    /* lists and blocks of the file */
    struct tri_config_words trust;        /* networks: "10.0.0.0/8", "unix" */
    struct tri_config_tls tls;            /* of the default host, and of hosts without their own */
    struct tri_config_options options;    /* of the default host's root */
    struct tri_config_error_page *errors; /* owned; of the default host */
    unsigned error_count;
    struct tri_config_host *hosts; /* owned */
    unsigned host_count;
    struct tri_config_route *routes; /* owned; of the default host */
    unsigned route_count;

    /* what to do instead of serving */
    char *file; /* owned or NULL */
    bool check, print, healthcheck, help, version;
    char *health_url; /* owned or NULL: of --healthcheck=URL */
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
