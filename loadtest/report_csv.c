/*
 * report_csv.c - a line for each interval; times in microseconds, columns named in the first line.
 */
#include "loadtest/report.h"

#include <inttypes.h>

void tri_report_csv(FILE *to, const struct tri_result *result)
{
    fputs("from_s,until_s,requests,rps,p50_us,p90_us,p99_us,p99.9_us,max_us,mean_us,bytes_in,"
          "bytes_out,connections",
          to);
    for (int i = 0; i < TRI_FAULT_COUNT; i++)
        fprintf(to, ",%s", tri_fault_word((enum tri_fault)i));
    fputs(",server_cpu_s,server_rss,server_pss,server_vsz,server_threads,server_voluntary,"
          "server_involuntary\n",
          to);
    for (uint32_t i = 0; i < result->interval_count; i++) {
        const struct tri_interval *interval = &result->intervals[i];
        double seconds = (double)(interval->until_ns - interval->from_ns) / 1e9;
        fprintf(to,
                "%.3f,%.3f,%" PRIu64 ",%.1f,%.1f,%.1f,%.1f,%.1f,%.1f,%.1f,%" PRIu64 ",%" PRIu64
                ",%u",
                (double)interval->from_ns / 1e9, (double)interval->until_ns / 1e9,
                interval->counts.responses,
                seconds > 0 ? (double)interval->counts.responses / seconds : 0,
                (double)interval->p50_ns / 1e3, (double)interval->p90_ns / 1e3,
                (double)interval->p99_ns / 1e3, (double)interval->p999_ns / 1e3,
                (double)interval->max_ns / 1e3, interval->mean_ns / 1e3, interval->counts.bytes_in,
                interval->counts.bytes_out, interval->open);
        for (int kind = 0; kind < TRI_FAULT_COUNT; kind++)
            fprintf(to, ",%" PRIu64, interval->counts.faults[kind]);
        const struct tri_watch_sample *server = &interval->server;
        if (interval->has_server)
            fprintf(to, ",%.2f,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%u",
                    (double)server->cpu_ns / 1e9, server->rss_bytes, server->pss_bytes,
                    server->vsz_bytes, server->threads);
        else
            fputs(",,,,,", to);
        if (interval->has_server && server->has_switches)
            fprintf(to, ",%" PRIu64 ",%" PRIu64 "\n", server->voluntary, server->involuntary);
        else
            fputs(",,\n", to);
    }
}
