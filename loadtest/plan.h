/*
 * plan.h - what a run is to do: whom to ask, what, how often, with how many connections.
 *
 * A plan is made once (options.c, target.c, requests.c) and only read afterwards, by all threads
 * and processes. What comes of it is a result (result.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct tri_error;

#define TRI_SOURCES_MAX 1024  /* source addresses */
#define TRI_REQUESTS_MAX 1000 /* requests of a file */
#define TRI_CYCLE_MAX 10000   /* sum of their weights */
#define TRI_WORKERS_MAX 256   /* threads of all processes */
#define TRI_CONNECTIONS_MAX 1000000
#define TRI_PIPELINE_MAX 1024
#define TRI_FIELDS_MAX 64 /* -H */

/* Bytes prepared once. For a pipeline the bytes stand there `copies` times, end to end. */
struct tri_request {
    char *bytes;  /* owned */
    uint32_t len; /* of one copy */
    uint32_t copies;
    uint32_t weight;
    uint32_t head; /* bytes of `len` that are the head */
    bool is_head;  /* HEAD: responses have no body */
    char name[64]; /* "GET /path", for messages */
};

struct tri_endpoint {
    struct sockaddr_storage raw;
    socklen_t bytes;
};

struct tri_target {
    bool is_tls;
    char host[256];      /* as in the URL, without brackets */
    char authority[272]; /* for the Host field */
    char path[2048];     /* with the query */
    char port[8];
    char text[160]; /* where we connect to, for people */
    struct tri_endpoint endpoint;
};

enum tri_slow { TRI_SLOW_HEAD, TRI_SLOW_BODY, TRI_SLOW_READ };

struct tri_expectation {
    uint16_t statuses[16];
    unsigned status_count; /* 0: any below 400 */
    int64_t length;        /* of the body; -1: any */
    const char *body;      /* borrowed: a text that it has to hold; NULL: any */
    uint16_t *fallback;    /* owned: where a search goes on after a byte that does not fit */
};

struct tri_plan {
    const char *url; /* borrowed, as given */
    struct tri_target target;
    struct tri_endpoint *sources; /* owned */
    unsigned source_count;

    unsigned connections; /* that ask */
    unsigned idle;        /* that only stay open */
    unsigned slow;        /* that ask, or read, one byte at a time */
    enum tri_slow slow_kind;
    int64_t slow_every_ns; /* from byte to byte */
    unsigned threads;      /* in each process */
    unsigned processes;    /* 0: as many as descriptors ask for */
    unsigned pipeline;     /* requests in flight on each connection, at least 1 */
    bool close;            /* a connection for each request */

    double rate, rate_end; /* requests a second; 0: closed loop */
    bool poisson;
    int64_t spin_ns;   /* look without waiting so long before each send; -1: see waking.h */
    bool wants_stamps; /* times end when the kernel received, not when we read; see stamps.h */
    uint64_t seed;
    int64_t think_least_ns, think_most_ns; /* closed loop: from a response to the next request */
    int64_t ramp_ns;                       /* connections are opened over this span; 0: at once */

    int64_t warmup_ns, duration_ns; /* duration 0: until `requests` are done */
    uint64_t requests;              /* 0: until the duration is over */
    int64_t grace_ns;               /* after the end: what is in flight may still come */
    int64_t timeout_ns;             /* of a request, and of making a connection */
    int64_t interval_ns;

    struct tri_request *request; /* owned */
    unsigned request_count;
    uint16_t *cycle; /* owned: which request is sent next, again and again */
    unsigned cycle_length;
    struct tri_expectation expect;
    bool verify;         /* TLS: the server's certificate */
    const char *ca_file; /* borrowed; NULL: the system's */
};

static inline bool tri_plan_is_open(const struct tri_plan *plan)
{
    return plan->rate > 0 || plan->rate_end > 0;
}

/* Give back all that a plan owns. */
void tri_plan_deinit(struct tri_plan *plan);
