/*
 * slo.c - reading objectives and holding a result against them; see slo.h.
 */
#include "loadtest/slo.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/error.h"
#include "server/base/units.h"

static bool take_name(struct tri_objective *objective, const char *name)
{
    if (strncmp(name, "service.", 8) == 0) {
        objective->is_service = true;
        name += 8;
    }
    if (name[0] == 'p' && name[1] >= '0' && name[1] <= '9') {
        char *end;
        double percent = strtod(name + 1, &end);
        objective->figure = TRI_SLO_QUANTILE;
        objective->quantile = percent / 100;
        return *end == '\0' && percent > 0 && percent <= 100;
    }
    static const struct {
        const char *name;
        enum tri_slo_figure figure;
    } names[] = {{"mean", TRI_SLO_MEAN},
                 {"max", TRI_SLO_MAX_TIME},
                 {"errors", TRI_SLO_ERRORS},
                 {"rate", TRI_SLO_RATE}};
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i].name) == 0 && !(objective->is_service && i > 1)) {
            objective->figure = names[i].figure;
            return true;
        }
    return false;
}

static bool take_bound(struct tri_objective *objective, const char *text)
{
    int64_t ns;
    uint64_t count;
    char *end;
    switch (objective->figure) {
    case TRI_SLO_QUANTILE:
    case TRI_SLO_MEAN:
    case TRI_SLO_MAX_TIME:
        if (!tri_units_duration(text, &ns, NULL))
            return false;
        objective->bound = (double)ns;
        return true;
    case TRI_SLO_RATE:
        if (!tri_units_count(text, &count, NULL))
            return false;
        objective->bound = (double)count;
        return true;
    case TRI_SLO_ERRORS:
        objective->bound = strtod(text, &end);
        if (end == text || !(objective->bound >= 0))
            return false;
        if (strcmp(end, "%") == 0)
            objective->bound /= 100;
        else if (*end)
            return false;
        return objective->bound <= 1;
    }
    return false;
}

static bool take(struct tri_objective *objective, const char *text, size_t len)
{
    *objective = (struct tri_objective){.figure = TRI_SLO_RATE};
    if (len >= sizeof(objective->text))
        return false;
    memcpy(objective->text, text, len);
    size_t name_len = strcspn(objective->text, "<>");
    char name[48];
    if (!objective->text[name_len])
        return false;
    snprintf(name, sizeof(name), "%.*s", (int)name_len, objective->text);
    objective->is_above = objective->text[name_len] == '>';
    return take_name(objective, name) && take_bound(objective, objective->text + name_len + 1);
}

bool tri_slo_parse(struct tri_slo *slo, const char *text, struct tri_error *error)
{
    *slo = (struct tri_slo){.count = 0};
    for (const char *at = text;;) {
        size_t len = strcspn(at, ",");
        if (slo->count == TRI_SLO_MAX || !take(&slo->objectives[slo->count], at, len)) {
            tri_error_set(error,
                          "\"%.*s\" is not an objective (try p99<10ms, errors<0.1%% or rate>5k)",
                          (int)(len < 60 ? len : 60), at);
            return false;
        }
        slo->count++;
        if (!at[len])
            return true;
        at += len + 1;
    }
}

double tri_slo_figure(const struct tri_objective *objective, const struct tri_result *result)
{
    const struct tri_histogram *times =
        objective->is_service ? &result->total.service : &result->total.response;
    double faults, all;
    switch (objective->figure) {
    case TRI_SLO_QUANTILE:
        return times->total ? (double)tri_histogram_quantile(times, objective->quantile) : INFINITY;
    case TRI_SLO_MEAN:
        return times->total ? tri_histogram_mean(times) : INFINITY;
    case TRI_SLO_MAX_TIME:
        return times->total ? (double)times->max_ns : INFINITY;
    case TRI_SLO_ERRORS:
        faults = (double)tri_result_fault_count(result);
        all = (double)result->total.counts.sent;
        return faults > 0 ? (all > faults ? faults / all : 1) : all > 0 ? 0 : 1;
    case TRI_SLO_RATE:
        return tri_result_rate(result);
    }
    return NAN;
}

bool tri_slo_is_met(const struct tri_objective *objective, const struct tri_result *result)
{
    double figure = tri_slo_figure(objective, result);
    return objective->is_above ? figure > objective->bound : figure < objective->bound;
}

void tri_slo_print(const struct tri_objective *objective, double figure, char *text, size_t room)
{
    switch (objective->figure) {
    case TRI_SLO_QUANTILE:
    case TRI_SLO_MEAN:
    case TRI_SLO_MAX_TIME:
        snprintf(text, room, "%.3f ms", figure / 1e6);
        break;
    case TRI_SLO_ERRORS:
        snprintf(text, room, "%.4f%%", figure * 100);
        break;
    case TRI_SLO_RATE:
        snprintf(text, room, "%.0f/s", figure);
        break;
    }
}
