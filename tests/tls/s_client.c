/*
 * s_client.c - see s_client.h.
 */
#include "s_client.h"

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
#include "tests/support/client.h"

enum { WORDS = 40 };

static int make_file(const char *text)
{
    int fd = memfd_create("text", MFD_CLOEXEC);
    size_t len = strlen(text);
    tri_assert(fd >= 0 && write(fd, text, len) == (ssize_t)len && lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static pid_t start(char *const words[], int in, int out)
{
    pid_t pid = fork();
    tri_assert(pid >= 0);
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execvp(words[0], words);
    _exit(127);
}

/* False: it has to be killed. */
static bool wait_for(pid_t pid, int *ret_status)
{
    int64_t until_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    while (waitpid(pid, ret_status, WNOHANG) != pid) {
        if (tri_clock_now() >= until_ns) {
            kill(pid, SIGKILL);
            waitpid(pid, ret_status, 0);
            return false;
        }
        support_pause(2 * TRI_MILLISECOND);
    }
    return true;
}

static const char *run(char *line, const char *input, int *ret_status)
{
    static char said[1 << 16];
    char *words[WORDS], *place = NULL;
    size_t n = 0;
    for (char *word = strtok_r(line, " ", &place); word; word = strtok_r(NULL, " ", &place)) {
        tri_assert(n < WORDS - 1);
        words[n++] = word;
    }
    words[n] = NULL;
    int in = make_file(input), out = make_file("");
    pid_t pid = start(words, in, out);
    bool ended = wait_for(pid, ret_status);
    ssize_t len = pread(out, said, sizeof(said) - 1, 0);
    said[len > 0 ? len : 0] = '\0';
    close(in);
    close(out);
    return ended ? said : "(it did not end)";
}

bool s_client_is_there(void)
{
    int status;
    char line[] = "openssl version";
    return strncmp(run(line, "", &status), "OpenSSL 3", 9) == 0;
}

const char *s_client(uint16_t port, const char *words, const char *input)
{
    char line[1024];
    int status, len = snprintf(line, sizeof(line), "openssl s_client -connect 127.0.0.1:%u %s",
                               port, words);
    tri_assert(len > 0 && (size_t)len < sizeof(line));
    return run(line, input, &status);
}
