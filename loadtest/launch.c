/*
 * launch.c - starting and ending servers; see launch.h.
 */
#include "loadtest/launch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/fd.h"

#define START_NS (10 * TRI_SECOND)
#define END_NS (5 * TRI_SECOND)
#define LOOK_US 20000

bool tri_launch_expand(const char *text, unsigned port, char *into, size_t room)
{
    size_t len = 0;
    while (*text) {
        const char *found = strstr(text, "{port}");
        size_t part = found ? (size_t)(found - text) : strlen(text);
        int wrote = snprintf(into + len, room - len, "%.*s", (int)part, text);
        if (found)
            wrote +=
                snprintf(into + len + part, part + len < room ? room - len - part : 0, "%u", port);
        len += (size_t)wrote;
        if (len >= room)
            return false;
        text += part + (found ? 6 : 0);
    }
    return true;
}

static struct sockaddr_in loopback(unsigned port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((in_port_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* One that nobody listens on now; 0 with errno. */
static unsigned find_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    unsigned port = 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &size) == 0)
        port = ntohs(address.sin_port);
    tri_fd_close(&fd);
    return port;
}

static bool accepts(unsigned port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    tri_fd_close(&fd);
    return ok;
}

_Noreturn static void become(const char *command)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(STDERR_FILENO, STDOUT_FILENO); /* standard output is for our reports */
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

bool tri_launch(struct tri_server_process *server, const char *command, struct tri_error *error)
{
    char expanded[4096] = "exec ";
    *server = (struct tri_server_process){.port = find_port()};
    if (!server->port) {
        tri_error_os(error, "no free port");
        return false;
    }
    if (!tri_launch_expand(command, server->port, expanded + 5, sizeof(expanded) - 5)) {
        tri_error_set(error, "\"%.60s...\": is longer than 4,000 bytes", command);
        return false;
    }
    fflush(NULL);
    server->pid = fork();
    if (server->pid == 0)
        become(expanded);
    if (server->pid < 0) {
        server->pid = 0;
        tri_error_os(error, "fork");
        return false;
    }
    setpgid(server->pid, server->pid);
    for (int64_t until_ns = tri_clock_now() + START_NS; !accepts(server->port);) {
        int status;
        if (waitpid(server->pid, &status, WNOHANG) == server->pid) {
            server->pid = 0;
            tri_error_set(error,
                          "\"%.160s\" ended before it listened on port %u (what did it say?)",
                          expanded + 5, server->port);
            return false;
        }
        if (tri_clock_now() > until_ns) {
            tri_error_set(error,
                          "\"%.160s\" did not listen on port %u within 10 s (is there a {port} in "
                          "the command?)",
                          expanded + 5, server->port);
            tri_launch_end(server);
            return false;
        }
        usleep(LOOK_US);
    }
    return true;
}

void tri_launch_end(struct tri_server_process *server)
{
    if (!server->pid)
        return;
    int64_t until_ns = tri_clock_now() + END_NS;
    kill(-server->pid, SIGTERM);
    bool is_gone = false;
    while (!is_gone && tri_clock_now() < until_ns) {
        is_gone = waitpid(server->pid, NULL, WNOHANG) == server->pid;
        if (!is_gone)
            usleep(LOOK_US);
    }
    kill(-server->pid, SIGKILL);
    if (!is_gone)
        waitpid(server->pid, NULL, 0);
    server->pid = 0;
}
