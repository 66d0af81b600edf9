/*
 * server.c - see server.h.
 */
#include "tests/support/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/assert.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/fd.h"

#define START_NS (30 * TRI_SECOND)
#define STOP_NS (30 * TRI_SECOND)
#define LINES_BYTES 512
#define WORDS 24

const char *const support_modes[3] = {"threads", "loop", "mn"};

/* --- the program --- */

static const char *program(void)
{
    const char *named = getenv("TRI_HTTPD");
    return named ? named : TRI_HTTPD_BUILT;
}

/* --- starting --- */

static bool is_given(const char *const flags[], const char *name)
{
    for (; flags && *flags; flags++)
        if (strncmp(*flags, name, strlen(name)) == 0)
            return true;
    return false;
}

/* The command line; `mode_flag` holds one of its words. */
static void list_words(const char *words[static WORDS], enum support_transport transport,
                       const char *mode_flag, const char *mode, const char *const flags[])
{
    size_t n = 0;
    words[n++] = program();
    words[n++] = mode_flag;
    words[n++] = "--listen=127.0.0.1:0"; /* or it would be a port that may be in use */
    if (transport == SUPPORT_TLS) {
        words[n++] = "--tls-listen=127.0.0.1:0";
        words[n++] = "--tls-self-signed=on";
    }
    words[n++] = "--log-level=warn";
    if (!is_given(flags, "--max-connections="))
        words[n++] = "--max-connections=512"; /* the address space of a sanitizer is precious */
    if (strcmp(mode, "loop") != 0)
        words[n++] = "--stack-size=1MiB"; /* its frames are large */
    for (size_t i = 0; flags && flags[i]; i++) {
        tri_assert(i < SUPPORT_SERVER_FLAGS && n < WORDS - 1);
        words[n++] = flags[i];
    }
    words[n] = NULL;
}

/* In the child: only calls that are safe after a fork. */
static _Noreturn void become(const char *words[static WORDS], pid_t parent, int out, int err)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
        _exit(126);
    execv(words[0], (char *const *)words); /* execv changes none of them */
    dprintf(STDERR_FILENO, "%s: %s\n", words[0], strerrorname_np(errno));
    _exit(127);
}

/* Read the lines that name `count` addresses; false when they do not come. */
static bool read_lines(int fd, unsigned count, char lines[static LINES_BYTES])
{
    int64_t until_ns = tri_clock_now() + START_NS;
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    size_t len = 0;
    while (len < LINES_BYTES - 1) {
        int64_t left_ns = until_ns - tri_clock_now();
        if (left_ns <= 0 || poll(&watched, 1, (int)(left_ns / TRI_MILLISECOND) + 1) <= 0)
            break;
        ssize_t n = read(fd, lines + len, LINES_BYTES - 1 - len);
        if (n <= 0)
            break;
        for (const char *end = lines + len + n; lines + len < end; len++)
            count -= lines[len] == '\n' && count > 0;
        lines[len] = '\0';
        if (count == 0)
            return true;
    }
    return false;
}

/* The text of its standard error, cut to `room`. */
static void read_errors(const struct support_server *server, char *text, size_t room)
{
    ssize_t n = pread(server->errors_fd, text, room - 1, 0);
    text[n > 0 ? n : 0] = '\0';
}

/* The port of the first address of that kind; 0: there is none. */
static uint16_t find_port(const char *lines, enum support_transport transport)
{
    const char *start =
        transport == SUPPORT_TLS ? " on https://127.0.0.1:" : " on http://127.0.0.1:";
    const char *found = strstr(lines, start);
    return found ? (uint16_t)strtoul(found + strlen(start), NULL, 10) : 0;
}

bool support_server_start(struct support_server *server, const char *mode,
                          const char *const flags[], struct tri_error *error)
{
    return support_server_start_over(server, SUPPORT_PLAIN, mode, flags, error);
}

int support_output(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd >= 0 && fcntl(fd, F_SETFL, O_APPEND) != 0)
        tri_fd_close(&fd);
    return fd;
}

bool support_server_start_over(struct support_server *server, enum support_transport transport,
                               const char *mode, const char *const flags[], struct tri_error *error)
{
    bool ok = false;
    int out[2] = {-1, -1};
    char mode_flag[32], lines[LINES_BYTES] = "", said[200];
    const char *words[WORDS];
    pid_t parent = getpid();

    *server = (struct support_server){
        .errors_fd = support_output("stderr"), .transport = transport, .mode = mode};
    snprintf(mode_flag, sizeof(mode_flag), "--mode=%s", mode);
    list_words(words, transport, mode_flag, mode, flags);
    if (server->errors_fd < 0 || pipe2(out, O_CLOEXEC) != 0) {
        tri_error_os(error, "pipe");
        goto done;
    }
    server->pid = fork();
    if (server->pid == 0)
        become(words, parent, out[1], server->errors_fd);
    if (server->pid < 0) {
        server->pid = 0;
        tri_error_os(error, "fork");
        goto done;
    }
    setpgid(server->pid, server->pid); /* whoever of the two comes first */
    tri_fd_close(&out[1]);
    server->port = read_lines(out[0], transport == SUPPORT_TLS ? 2 : 1, lines)
                       ? find_port(lines, transport)
                       : 0;
    ok = server->port > 0;
    if (!ok) {
        read_errors(server, said, sizeof(said));
        tri_error_set(error, "%s --mode=%s said \"%s\" \"%s\"", words[0], mode, lines, said);
    }
done:
    tri_fd_close(&out[0]);
    tri_fd_close(&out[1]);
    if (!ok && server->pid > 0) {
        kill(-server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
        server->pid = 0;
    }
    if (!ok)
        tri_fd_close(&server->errors_fd);
    return ok;
}

/* --- stopping --- */

void support_server_end(struct support_server *server)
{
    if (server->pid > 0 && !server->told)
        kill(server->pid, SIGTERM);
    server->told = true;
}

/* Wait for its end until `until_ns`. */
static bool has_ended(struct support_server *server, int64_t until_ns)
{
    const struct timespec look = {0, 5 * TRI_MILLISECOND};
    for (;;) {
        pid_t pid = waitpid(server->pid, &server->status, WNOHANG);
        if (pid == server->pid)
            return true;
        if (tri_clock_now() >= until_ns)
            return false;
        nanosleep(&look, NULL);
    }
}

bool support_server_stop(struct support_server *server, struct tri_error *error)
{
    char said[8192];
    if (server->pid == 0) {
        tri_error_set(error, "the server has ended before");
        return false;
    }
    support_server_end(server);
    bool in_time = has_ended(server, tri_clock_now() + STOP_NS);
    kill(-server->pid, SIGKILL); /* workers that outlived it, or all of it */
    if (!in_time)
        waitpid(server->pid, &server->status, 0);
    read_errors(server, said, sizeof(said));
    unsigned died = 0; /* a master starts another worker as if nothing had been */
    for (const char *at = said; (at = strstr(at, "worker_died")); at++)
        died++;
    bool ok = in_time && WIFEXITED(server->status) && WEXITSTATUS(server->status) == 0 &&
              died == server->killed;
    if (!ok) {
        tri_error_set(error, "the server %s (%s %d); its standard error is above",
                      in_time ? "ended badly" : "did not end after SIGTERM",
                      WIFSIGNALED(server->status) ? "signal" : "exit code",
                      WIFSIGNALED(server->status) ? WTERMSIG(server->status)
                                                  : WEXITSTATUS(server->status));
        fputs(said, stderr);
    }
    server->pid = 0;
    tri_fd_close(&server->errors_fd);
    return ok;
}
