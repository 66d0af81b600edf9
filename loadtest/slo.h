/*
 * slo.h - objectives that a run has to meet: "p99<10ms,errors<0.1%,rate>5k".
 */
#pragma once

#include "loadtest/result.h"

#define TRI_SLO_MAX 16

enum tri_slo_figure {
    TRI_SLO_QUANTILE,
    TRI_SLO_MEAN,
    TRI_SLO_MAX_TIME,
    TRI_SLO_ERRORS,
    TRI_SLO_RATE
};

struct tri_objective {
    enum tri_slo_figure figure;
    double quantile;
    bool is_service; /* service time rather than response time */
    bool is_above;   /* > rather than < */
    double bound;    /* ns, share of the requests, or requests a second */
    char text[48];   /* as given */
};

struct tri_slo {
    struct tri_objective objectives[TRI_SLO_MAX];
    unsigned count;
};

struct tri_error;

/* p50, p99.9, mean, max (also service.p99 and so on), errors, rate; each with < or >. */
bool tri_slo_parse(struct tri_slo *slo, const char *text, struct tri_error *error);

/* The figure of an objective, in its unit; and whether it is met. */
double tri_slo_figure(const struct tri_objective *objective, const struct tri_result *result);
bool tri_slo_is_met(const struct tri_objective *objective, const struct tri_result *result);
/* The figure as text with its unit. */
void tri_slo_print(const struct tri_objective *objective, double figure, char *text, size_t room);
