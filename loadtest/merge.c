/*
 * merge.c - open intervals, and closing them; see merge.h.
 */
#include "loadtest/merge.h"

#include <stdlib.h>

bool tri_merge_init(struct tri_merge *merge, const struct tri_plan *plan, uint32_t workers,
                    struct tri_result *result)
{
    *merge = (struct tri_merge){.plan = plan, .result = result, .workers = workers};
    for (unsigned i = 0; i < TRI_MERGE_OPEN; i++) {
        merge->open[i] = malloc(sizeof(struct tri_tally));
        if (!merge->open[i]) {
            tri_merge_deinit(merge);
            return false;
        }
        tri_tally_init(merge->open[i]);
    }
    return true;
}

void tri_merge_deinit(struct tri_merge *merge)
{
    for (unsigned i = 0; i < TRI_MERGE_OPEN; i++)
        free(merge->open[i]);
    *merge = (struct tri_merge){0};
}

void tri_merge_add(struct tri_merge *merge, uint32_t worker, const struct tri_tally *tally,
                   int64_t until_ns)
{
    if (until_ns <= 0) { /* warm-up; but what went wrong then is told */
        tri_counts_add(&merge->result->opening, &tally->counts);
        tri_histogram_merge(&merge->result->total.connect, &tally->connect);
        tri_histogram_merge(&merge->result->total.handshake, &tally->handshake);
        return;
    }
    uint64_t number = (uint64_t)((until_ns - 1) / merge->plan->interval_ns);
    if (number < merge->first)
        number = merge->first;
    if (number >= merge->first + TRI_MERGE_OPEN) /* another worker is that far behind */
        number = merge->first + TRI_MERGE_OPEN - 1;
    tri_tally_merge(merge->open[number % TRI_MERGE_OPEN], tally);
    if (until_ns > merge->passed_ns[worker])
        merge->passed_ns[worker] = until_ns;
}

static struct tri_interval *room_for_one(struct tri_result *result)
{
    if (result->interval_count == result->interval_room) {
        uint32_t room = result->interval_room ? result->interval_room * 2 : 64;
        struct tri_interval *more = realloc(result->intervals, room * sizeof(*more));
        if (!more)
            return NULL;
        result->intervals = more;
        result->interval_room = room;
    }
    return &result->intervals[result->interval_count++];
}

static void close_first(struct tri_merge *merge, int64_t until_ns,
                        const struct tri_observer *observer)
{
    struct tri_tally *tally = merge->open[merge->first % TRI_MERGE_OPEN];
    struct tri_interval *interval = room_for_one(merge->result);
    tri_tally_merge(&merge->result->total, tally);
    if (interval) {
        *interval = (struct tri_interval){
            .from_ns = (int64_t)merge->first * merge->plan->interval_ns,
            .until_ns = until_ns,
            .counts = tally->counts,
            .p50_ns = tri_histogram_quantile(&tally->response, 0.5),
            .p90_ns = tri_histogram_quantile(&tally->response, 0.9),
            .p99_ns = tri_histogram_quantile(&tally->response, 0.99),
            .p999_ns = tri_histogram_quantile(&tally->response, 0.999),
            .max_ns = tally->response.max_ns,
            .mean_ns = tri_histogram_mean(&tally->response),
            .open = merge->connections,
            .has_server = merge->has_sample,
            .server = merge->sample,
        };
        interval->bucket_count = tri_histogram_pack(&tally->response, &interval->buckets);
        if (observer && observer->interval)
            observer->interval(observer->context, interval);
    }
    tri_tally_reset(tally);
    merge->first++;
}

void tri_merge_close(struct tri_merge *merge, bool all, const struct tri_observer *observer)
{
    const struct tri_plan *plan = merge->plan;
    int64_t least_ns = INT64_MAX, most_ns = 0;
    for (uint32_t i = 0; i < merge->workers; i++) {
        least_ns = merge->passed_ns[i] < least_ns ? merge->passed_ns[i] : least_ns;
        most_ns = merge->passed_ns[i] > most_ns ? merge->passed_ns[i] : most_ns;
    }
    for (;;) {
        int64_t from_ns = (int64_t)merge->first * plan->interval_ns;
        int64_t until_ns = from_ns + plan->interval_ns;
        if (all && until_ns > most_ns)
            until_ns = most_ns;
        bool is_last = plan->duration_ns && until_ns >= plan->duration_ns; /* the grace follows */
        if (from_ns >= most_ns || (!all && (least_ns < until_ns || is_last)))
            break;
        close_first(merge, until_ns, observer);
    }
}
