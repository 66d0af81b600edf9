/*
 * watch.c - /proc of a tree of processes; see watch.h.
 */
#include "loadtest/watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/fd.h"

#define TREE_MAX 4096       /* processes */
#define SWITCHES_FREELY 128 /* threads whose files are read at each sample */

struct process {
    pid_t pid, parent;
    char name[32];
    uint64_t ticks, dead_ticks; /* of its own, and of children it has waited for */
    uint64_t began;
    uint32_t threads;
    uint64_t vsz_bytes, rss_pages;
};

/* A small file of /proc as text; false when it is gone. */
static bool slurp(const char *path, char *text, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t got = read(fd, text, room - 1);
    tri_fd_close(&fd);
    if (got <= 0)
        return false;
    text[got] = '\0';
    return true;
}

static bool read_process(pid_t pid, struct process *process)
{
    char path[64], text[1024];
    *process = (struct process){.pid = pid};
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    if (!slurp(path, text, sizeof(text)))
        return false;
    char *open = strchr(text, '('), *close = strrchr(text, ')'); /* a name may hold both */
    if (!open || !close)
        return false;
    *close = '\0';
    snprintf(process->name, sizeof(process->name), "%s", open + 1);
    int parent;
    uint64_t user, system, dead_user, dead_system;
    if (sscanf(close + 2,
               "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64 " %" SCNu64
               " %" SCNu64 " %*d %*d %" SCNu32 " %*d %" SCNu64 " %" SCNu64 " %" SCNu64,
               &parent, &user, &system, &dead_user, &dead_system, &process->threads,
               &process->began, &process->vsz_bytes, &process->rss_pages) != 9)
        return false;
    process->parent = parent;
    process->ticks = user + system;
    process->dead_ticks = dead_user + dead_system;
    return true;
}

/* All processes there are; the array is the caller's to free. */
static struct process *read_all(unsigned *ret_count)
{
    unsigned count = 0;
    struct process *all = calloc(TREE_MAX, sizeof(*all));
    DIR *proc = opendir("/proc");
    for (const struct dirent *entry; all && proc && (entry = readdir(proc)) && count < TREE_MAX;) {
        char *end;
        long pid = strtol(entry->d_name, &end, 10);
        if (*end == '\0' && pid > 0 && read_process((pid_t)pid, &all[count]))
            count++;
    }
    if (proc)
        closedir(proc);
    *ret_count = count;
    return all;
}

void tri_watch_pid(struct tri_watch *watch, pid_t pid)
{
    struct process process;
    *watch = (struct tri_watch){.pid = pid};
    if (read_process(pid, &process))
        snprintf(watch->name, sizeof(watch->name), "%s", process.name);
}

bool tri_watch_find(struct tri_watch *watch, const char *text, struct tri_error *error)
{
    char *end;
    long pid = strtol(text, &end, 10);
    unsigned count;
    const struct process *oldest = NULL;
    if (*text && *end == '\0') {
        tri_watch_pid(watch, (pid_t)pid);
        if (pid > 0 && watch->name[0])
            return true;
        tri_error_set(error, "\"%.40s\": no such process", text);
        return false;
    }
    struct process *all = read_all(&count);
    for (unsigned i = 0; all && i < count; i++)
        if (strncmp(all[i].name, text, 15) == 0 && (!oldest || all[i].began < oldest->began) &&
            all[i].pid != getpid())
            oldest = &all[i];
    if (oldest)
        tri_watch_pid(watch, oldest->pid);
    else
        tri_error_set(error, "\"%.40s\": no process of that name (try its number)", text);
    bool ok = oldest != NULL;
    free(all);
    return ok;
}

/* "Pss:    123 kB" out of a file with such lines. */
static uint64_t field_of(const char *text, const char *name)
{
    const char *found = strstr(text, name);
    return found ? strtoull(found + strlen(name), NULL, 10) : 0;
}

static void add_switches(pid_t pid, struct tri_watch_sample *sample)
{
    char path[320], text[4096];
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    for (const struct dirent *entry; tasks && (entry = readdir(tasks));) {
        snprintf(path, sizeof(path), "/proc/%d/task/%s/status", (int)pid, entry->d_name);
        if (entry->d_name[0] == '.' || !slurp(path, text, sizeof(text)))
            continue;
        sample->voluntary += field_of(text, "\nvoluntary_ctxt_switches:");
        sample->involuntary += field_of(text, "\nnonvoluntary_ctxt_switches:");
    }
    if (tasks)
        closedir(tasks);
}

static void add_process(const struct process *process, struct tri_watch_sample *sample)
{
    static long tick_hz, page_bytes;
    char path[64], text[4096];
    if (!tick_hz) {
        tick_hz = sysconf(_SC_CLK_TCK);
        page_bytes = sysconf(_SC_PAGESIZE);
    }
    sample->processes++;
    sample->threads += process->threads;
    sample->vsz_bytes += process->vsz_bytes;
    sample->rss_bytes += process->rss_pages * (uint64_t)page_bytes;
    sample->cpu_ns += (int64_t)(process->ticks + process->dead_ticks) * (TRI_SECOND / tick_hz);
    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)process->pid);
    if (slurp(path, text, sizeof(text)))
        sample->pss_bytes += field_of(text, "\nPss:") * 1024;
}

/* Whether a process is the root or descends from it. */
static bool is_in_tree(const struct process *all, unsigned count, const struct process *process,
                       pid_t root)
{
    for (unsigned steps = 0; steps < 64 && process; steps++) {
        if (process->pid == root)
            return true;
        const struct process *parent = NULL;
        for (unsigned i = 0; i < count && !parent; i++)
            if (all[i].pid == process->parent)
                parent = &all[i];
        process = parent;
    }
    return false;
}

bool tri_watch_sample(const struct tri_watch *watch, struct tri_watch_sample *sample,
                      bool thoroughly)
{
    unsigned count;
    *sample = (struct tri_watch_sample){0};
    struct process *all = read_all(&count);
    bool *is_member = all ? calloc(count + 1, sizeof(*is_member)) : NULL;
    for (unsigned i = 0; is_member && i < count; i++) {
        is_member[i] = is_in_tree(all, count, &all[i], watch->pid);
        if (is_member[i])
            add_process(&all[i], sample);
    }
    sample->has_switches = thoroughly || sample->threads <= SWITCHES_FREELY;
    for (unsigned i = 0; is_member && sample->has_switches && i < count; i++)
        if (is_member[i])
            add_switches(all[i].pid, sample);
    free(is_member);
    free(all);
    return sample->processes > 0;
}

void tri_watch_peak(struct tri_watch_sample *peak, const struct tri_watch_sample *sample)
{
    if (sample->rss_bytes > peak->rss_bytes)
        peak->rss_bytes = sample->rss_bytes;
    if (sample->pss_bytes > peak->pss_bytes)
        peak->pss_bytes = sample->pss_bytes;
    if (sample->vsz_bytes > peak->vsz_bytes)
        peak->vsz_bytes = sample->vsz_bytes;
    if (sample->threads > peak->threads)
        peak->threads = sample->threads;
    if (sample->processes > peak->processes)
        peak->processes = sample->processes;
}

int tri_watch_shared_cpus(const struct tri_watch *watch)
{
    cpu_set_t ours, theirs, both;
    if (sched_getaffinity(0, sizeof(ours), &ours) != 0 ||
        sched_getaffinity(watch->pid, sizeof(theirs), &theirs) != 0)
        return -1;
    CPU_AND(&both, &ours, &theirs);
    return CPU_COUNT(&both);
}
