/*
 * serving.c - see serving.h.
 */
#include "serving.h"

#include "program.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/fd.h"

struct support_server server;
char scratch_path[64];

static char folder[] = "/tmp/tri-modes-XXXXXX";

void scratch_make(void)
{
    cr_assert(mkdtemp(folder) != NULL);
    snprintf(scratch_path, sizeof(scratch_path), "%s/it", folder);
}

void scratch_remove(void)
{
    unlink(scratch_path);
    rmdir(folder);
}

void scratch_write(const char *text)
{
    FILE *file = fopen(scratch_path, "we");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

const char *flag(const char *name, const char *value)
{
    static char flags[4][128];
    static unsigned n;
    char *text = flags[n++ % 4];
    snprintf(text, sizeof(flags[0]), "--%s=%s", name, value);
    return text;
}

void serve(const char *mode, const char *const flags[])
{
    struct tri_error error;
    cr_assert(support_server_start(&server, mode, flags, &error), "%s", error.text);
}

void finish(void)
{
    struct tri_error error;
    cr_assert(support_server_stop(&server, &error), "%s", error.text);
}

int wait_for_exit(int64_t ns)
{
    const struct program program = {.pid = server.pid};
    int code = program_wait(&program, ns);
    if (code == PROGRAM_RUNS)
        kill(-server.pid, SIGKILL);
    server.pid = 0;
    tri_fd_close(&server.errors_fd);
    return code;
}

void ask_again(struct support_client *client, const char *path)
{
    char text[256];
    int len = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    cr_assert(support_client_send(client, (struct tri_slice){text, (size_t)len}), "%s", path);
}

struct support_client ask(const char *path)
{
    struct support_client client;
    support_client_open(&client, server.port);
    ask_again(&client, path);
    return client;
}

int answer(struct support_client *client, bool *ret_close)
{
    struct support_response response;
    const char *fault = support_client_response(client, &response, false);
    int status = fault ? 0 : response.status;
    if (ret_close)
        *ret_close = response.close;
    support_response_free(&response);
    return status;
}

int fetch(const char *path, int64_t *ret_ns)
{
    int64_t start_ns = tri_clock_now();
    struct support_client client = ask(path);
    int status = answer(&client, NULL);
    support_client_close(&client);
    if (ret_ns)
        *ret_ns = tri_clock_now() - start_ns;
    return status;
}

unsigned logged(const char *text)
{
    unsigned lines = 0;
    for (const char *at = program_text(server.errors_fd); (at = strstr(at, text)); at++)
        lines++;
    return lines;
}
