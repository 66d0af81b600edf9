/*
 * report_json.c - everything that is known of a run, for programs. Schema: loadtest/README.md.
 */
#include "loadtest/report.h"

#include <inttypes.h>
#include <stdlib.h>

void tri_json_string(FILE *to, const char *text)
{
    fputc('"', to);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c == '"' || *c == '\\')
            fprintf(to, "\\%c", *c);
        else if (*c < ' ' || *c == 0x7f || *c == '<') /* "<": it may stand within a page */
            fprintf(to, "\\u%04x", *c);
        else
            fputc(*c, to);
    fputc('"', to);
}

static void print_buckets(FILE *to, const struct tri_bucket *buckets, uint32_t count)
{
    fputs("\"histogram\":[", to);
    for (uint32_t i = 0; i < count; i++)
        fprintf(to, "%s[%" PRId64 ",%" PRIu64 "]", i ? "," : "",
                tri_histogram_slot_least(buckets[i].slot), buckets[i].count);
    fputc(']', to);
}

static void print_times(FILE *to, const char *name, const struct tri_histogram *times)
{
    struct tri_bucket *buckets;
    fprintf(to,
            ",\n\"%s\":{\"count\":%" PRIu64 ",\"p50\":%" PRId64 ",\"p90\":%" PRId64
            ",\"p99\":%" PRId64 ",\"p99.9\":%" PRId64 ",\"max\":%" PRId64 ",\"min\":%" PRId64
            ",\"mean\":%.1f,\"deviation\":%.1f,",
            name, times->total, tri_histogram_quantile(times, 0.5),
            tri_histogram_quantile(times, 0.9), tri_histogram_quantile(times, 0.99),
            tri_histogram_quantile(times, 0.999), times->max_ns, times->min_ns,
            tri_histogram_mean(times), tri_histogram_deviation(times));
    uint32_t count = tri_histogram_pack(times, &buckets);
    print_buckets(to, buckets, count);
    free(buckets);
    fputc('}', to);
}

static void print_faults(FILE *to, const uint64_t faults[static TRI_FAULT_COUNT])
{
    uint64_t all = 0;
    fputs("\"errors\":{", to);
    for (int i = 0; i < TRI_FAULT_COUNT; i++) {
        fprintf(to, "\"%s\":%" PRIu64 ",", tri_fault_word((enum tri_fault)i), faults[i]);
        all += faults[i];
    }
    fprintf(to, "\"total\":%" PRIu64 "}", all);
}

static void print_sample(FILE *to, const char *name, const struct tri_watch_sample *sample)
{
    fprintf(to,
            "\"%s\":{\"processes\":%u,\"threads\":%u,\"rss\":%" PRIu64 ",\"pss\":%" PRIu64
            ",\"vsz\":%" PRIu64 ",\"cpu_s\":%.3f",
            name, sample->processes, sample->threads, sample->rss_bytes, sample->pss_bytes,
            sample->vsz_bytes, (double)sample->cpu_ns / 1e9);
    if (sample->has_switches)
        fprintf(to, ",\"voluntary\":%" PRIu64 ",\"involuntary\":%" PRIu64, sample->voluntary,
                sample->involuntary);
    fputc('}', to);
}

static void print_intervals(FILE *to, const struct tri_result *result)
{
    fputs(",\n\"intervals\":[", to);
    for (uint32_t i = 0; i < result->interval_count; i++) {
        const struct tri_interval *interval = &result->intervals[i];
        double seconds = (double)(interval->until_ns - interval->from_ns) / 1e9;
        fprintf(to,
                "%s\n{\"from_s\":%.3f,\"until_s\":%.3f,\"requests\":%" PRIu64
                ",\"rps\":%.1f,\"p50\":%" PRId64 ",\"p90\":%" PRId64 ",\"p99\":%" PRId64
                ",\"p99.9\":%" PRId64 ",\"max\":%" PRId64 ",\"mean\":%.1f,\"bytes_in\":%" PRIu64
                ",\"bytes_out\":%" PRIu64 ",\"connections\":%u,",
                i ? "," : "", (double)interval->from_ns / 1e9, (double)interval->until_ns / 1e9,
                interval->counts.responses,
                seconds > 0 ? (double)interval->counts.responses / seconds : 0, interval->p50_ns,
                interval->p90_ns, interval->p99_ns, interval->p999_ns, interval->max_ns,
                interval->mean_ns, interval->counts.bytes_in, interval->counts.bytes_out,
                interval->open);
        print_faults(to, interval->counts.faults);
        fputc(',', to);
        if (interval->has_server) {
            print_sample(to, "server", &interval->server);
            fputc(',', to);
        }
        print_buckets(to, interval->buckets, interval->bucket_count);
        fputc('}', to);
    }
    fputs("]", to);
}

static void print_load(FILE *to, const struct tri_plan *plan, const struct tri_result *result)
{
    fprintf(to,
            ",\n\"connections\":%u,\"threads\":%u,\"processes\":%u,\"pipeline\":%u,\"close\":%s,"
            "\"idle\":%u,\"slow\":%u,\"warmup_s\":%.3f,\"tls\":%s,\"timestamps\":\"%s\"",
            plan->connections, result->threads, result->processes, plan->pipeline,
            plan->close ? "true" : "false", plan->idle, plan->slow, (double)plan->warmup_ns / 1e9,
            plan->target.is_tls ? "true" : "false", result->why_unstamped ? "user" : "kernel");
    if (tri_plan_is_open(plan))
        fprintf(to, ",\"rate\":%.0f,\"rate_end\":%.0f,\"arrivals\":\"%s\",\"seed\":%" PRIu64,
                plan->rate, plan->rate_end, plan->poisson ? "poisson" : "constant", plan->seed);
}

static void print_server(FILE *to, const struct tri_result *result)
{
    if (!result->has_server)
        return;
    fputs(",\n\"server\":{", to);
    print_sample(to, "first", &result->server_first);
    fputc(',', to);
    print_sample(to, "last", &result->server_last);
    fputc(',', to);
    print_sample(to, "peak", &result->server_peak);
    fprintf(to, ",\"cpu_s\":%.3f}", (double)tri_result_server_cpu_ns(result) / 1e9);
}

static void print_self(FILE *to, const struct tri_result *result)
{
    fprintf(to,
            ",\n\"self\":{\"cpu_s\":%.4f,\"concurrency\":%.2f,\"steal\":%.4f,\"busy\":%.4f,"
            "\"unstamped\":%" PRIu64 ",\"trusted\":%s,\"findings\":[",
            (double)tri_result_cpu_ns(result) / 1e9, result->concurrency, result->steal,
            result->busy, result->total.counts.unstamped,
            tri_result_is_trusted(result) ? "true" : "false");
    for (unsigned i = 0; i < result->finding_count; i++) {
        fprintf(to, "%s{\"serious\":%s,\"text\":", i ? "," : "",
                result->findings[i].is_serious ? "true" : "false");
        tri_json_string(to, result->findings[i].text);
        fputc('}', to);
    }
    fputs("],\"notes\":[", to);
    for (unsigned i = 0; i < result->note_count; i++) {
        fputs(i ? "," : "", to);
        tri_json_string(to, result->notes[i]);
    }
    fputs("]}", to);
}

void tri_json_fingerprint(FILE *to, const struct tri_fingerprint *fingerprint)
{
    const struct {
        const char *name, *value;
    } texts[] = {{"version", fingerprint->version}, {"compiler", fingerprint->compiler},
                 {"tls", fingerprint->tls},         {"parser", fingerprint->parser},
                 {"kernel", fingerprint->kernel},   {"machine", fingerprint->machine},
                 {"cpu", fingerprint->cpu},         {"governor", fingerprint->governor}};
    fprintf(to, ",\n\"fingerprint\":{\"cpus\":%u,\"cpus_usable\":%u,\"memory\":%" PRIu64,
            fingerprint->cpus, fingerprint->cpus_usable, fingerprint->memory_bytes);
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        fprintf(to, ",\"%s\":", texts[i].name);
        tri_json_string(to, texts[i].value);
    }
    fputc('}', to);
}

void tri_report_json(FILE *to, const struct tri_plan *plan, const struct tri_result *result,
                     const struct tri_fingerprint *fingerprint)
{
    const struct tri_counts *counts = &result->total.counts;
    uint64_t faults[TRI_FAULT_COUNT];
    tri_result_faults(result, faults);
    fprintf(to, "{\"schema\":\"tri-load/1\",\"loop\":\"%s\",\"url\":",
            tri_plan_is_open(plan) ? "open" : "closed");
    tri_json_string(to, plan->url);
    fprintf(to,
            ",\n\"began_unix_ns\":%" PRId64 ",\"duration_s\":%.6f,\"requests\":%" PRIu64
            ",\"sent\":%" PRIu64 ",\"rps\":%.2f,\"late\":%" PRIu64 ",\"unfinished\":%" PRIu64
            ",\"unsent\":%" PRIu64 ",\"bytes_in\":%" PRIu64 ",\"bytes_out\":%" PRIu64
            ",\"connects\":%" PRIu64 ",\"interrupted\":%s,\n",
            result->began_unix_ns, (double)result->measured_ns / 1e9, counts->responses,
            counts->sent, tri_result_rate(result), counts->late, result->unfinished, result->unsent,
            counts->bytes_in, counts->bytes_out, counts->connects,
            result->was_interrupted ? "true" : "false");
    print_faults(to, faults);
    fputs(",\"statuses\":{", to);
    for (int i = 1; i < 6; i++)
        fprintf(to, "%s\"%dxx\":%" PRIu64, i > 1 ? "," : "", i, counts->statuses[i]);
    fputc('}', to);
    print_load(to, plan, result);
    print_times(to, "response_time_ns", &result->total.response);
    print_times(to, "service_time_ns", &result->total.service);
    print_times(to, "first_byte_ns", &result->total.first);
    print_times(to, "connect_ns", &result->total.connect);
    print_times(to, "tls_handshake_ns", &result->total.handshake);
    print_times(to, "pacing_error_ns", &result->total.pacing);
    print_times(to, "own_delay_ns", &result->total.own);
    print_server(to, result);
    print_self(to, result);
    tri_json_fingerprint(to, fingerprint);
    print_intervals(to, result);
    fputs("}\n", to);
}
