/*
 * program.c - see program.h.
 */
#include "program.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "tests/support/client.h"
#include "tests/support/server.h"

#define WORDS 16

static char unwrapped[PATH_MAX]; /* the binary behind program_wrap()'s shell */

static const char *binary(void)
{
    return getenv("TRI_HTTPD") ? getenv("TRI_HTTPD") : TRI_HTTPD_BUILT;
}

/* In the child. */
static _Noreturn void become(const struct program *program, const char *const flags[])
{
    const char *words[WORDS] = {binary()};
    sigset_t none;
    for (size_t n = 1; flags[n - 1]; n++) {
        tri_assert(n < WORDS - 1);
        words[n] = flags[n - 1];
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(program->out, STDOUT_FILENO);
    dup2(program->err, STDERR_FILENO);
    execv(words[0], (char *const *)words);
    _exit(127);
}

void program_start(struct program *program, const char *const flags[])
{
    program->out = support_output("stdout");
    program->err = support_output("stderr");
    tri_assert(program->out >= 0 && program->err >= 0);
    program->pid = fork();
    tri_assert(program->pid >= 0);
    if (program->pid == 0)
        become(program, flags);
    setpgid(program->pid, program->pid); /* whoever of the two comes first */
}

int program_wait(const struct program *program, int64_t ns)
{
    int64_t until_ns = tri_clock_now() + ns;
    for (int status;;) {
        if (waitpid(program->pid, &status, WNOHANG) == program->pid)
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        if (tri_clock_now() >= until_ns)
            return PROGRAM_RUNS;
        support_pause(2 * TRI_MILLISECOND);
    }
}

const char *program_text(int output)
{
    static char text[1 << 16];
    ssize_t n = pread(output, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

const char *program_first_line(const struct program *program)
{
    const char *text = "";
    int64_t until_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    while (!strchr(text = program_text(program->out), '\n') && tri_clock_now() < until_ns)
        support_pause(5 * TRI_MILLISECOND);
    return text;
}

int program_run(struct program *program, const char *const flags[])
{
    program_start(program, flags);
    int code = program_wait(program, SUPPORT_WAIT_NS);
    if (code == PROGRAM_RUNS)
        kill(-program->pid, SIGKILL);
    return code;
}

void program_wrap(const char *line)
{
    char path[] = "/tmp/tri-wrap-XXXXXX";
    int script = mkstemp(path);
    tri_assert(script >= 0 && fchmod(script, 0700) == 0);
    snprintf(unwrapped, sizeof(unwrapped), "%s", binary());
    dprintf(script, "#!/bin/sh\n%s\nexec '%s' \"$@\"\n", line, unwrapped);
    close(script);
    setenv("TRI_HTTPD", path, 1);
}

void program_unwrap(void)
{
    unlink(getenv("TRI_HTTPD"));
    setenv("TRI_HTTPD", unwrapped, 1);
}

/* Add process `pid` to the census if it is alive and of the group. */
static void count(struct census *census, int pid, pid_t group)
{
    char path[64], stat[512];
    char state;
    int pgrp;
    unsigned long user, system;
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, stat, sizeof(stat) - 1) : -1;
    close(fd);
    if (n <= 0)
        return; /* it has ended meanwhile */
    stat[n] = '\0';
    const char *behind_name = strrchr(stat, ')');
    if (!behind_name ||
        sscanf(behind_name + 1, " %c %*d %d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &state, &pgrp,
               &user, &system) != 4)
        return;
    if (pgrp != group || state == 'Z')
        return;
    tri_assert(census->processes < sizeof(census->pids) / sizeof(*census->pids));
    census->pids[census->processes++] = pid;
    census->cpu_seconds += (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

struct census program_census(pid_t group)
{
    struct census census = {.processes = 0};
    const struct dirent *entry;
    DIR *proc = opendir("/proc");
    tri_assert(proc);
    while ((entry = readdir(proc))) {
        int pid = (int)strtol(entry->d_name, NULL, 10);
        if (pid > 0)
            count(&census, pid, group);
    }
    closedir(proc);
    return census;
}
