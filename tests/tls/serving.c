/*
 * serving.c - see serving.h.
 */
#include "serving.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "tests/modes/program.h"

uint16_t tls_port;

/* Both addresses are written at once. */
static bool read_ports(const struct program *program, unsigned *ret_plain, unsigned *ret_tls)
{
    const char *text = program_first_line(program);
    const char *plain = strstr(text, "on http://127.0.0.1:");
    const char *tls = strstr(text, "on https://127.0.0.1:");
    return plain && tls && sscanf(plain, "on http://127.0.0.1:%u", ret_plain) == 1 &&
           sscanf(tls, "on https://127.0.0.1:%u", ret_tls) == 1;
}

void serve_tls(const char *mode, const char *const flags[])
{
    struct program program;
    unsigned plain, tls;
    char mode_flag[32];
    bool has_stacks = strcmp(mode, "loop") != 0; /* the frames of a sanitizer are large */
    const char *words[16] = {mode_flag, "--listen=127.0.0.1:0", "--tls-listen=127.0.0.1:0",
                             "--max-connections=1024"};
    size_t n = 4;
    snprintf(mode_flag, sizeof(mode_flag), "--mode=%s", mode);
    if (has_stacks)
        words[n++] = "--stack-size=1MiB";
    for (; *flags; flags++) {
        cr_assert(n < 14, "too many flags");
        words[n++] = *flags;
    }
    program_start(&program, words);
    if (!read_ports(&program, &plain, &tls)) {
        kill(-program.pid, SIGKILL);
        cr_assert_fail("%s: %s", mode, program_text(program.err));
    }
    server = (struct support_server){
        .pid = program.pid, .port = (uint16_t)plain, .errors_fd = program.err};
    tls_port = (uint16_t)tls;
}

void refuse_tls(const char *const flags[], const char *text)
{
    struct program program;
    const char *words[12] = {"--mode=loop", "--listen=127.0.0.1:0", "--tls-listen=127.0.0.1:0"};
    for (size_t n = 3; *flags; flags++) {
        cr_assert(n < 11, "too many flags");
        words[n++] = *flags;
    }
    int code = program_run(&program, words);
    const char *said = program_text(program.err);
    cr_expect(code == 2, "exit code %d: %s", code, said);
    cr_expect(strstr(said, text) != NULL, "it says %s", said);
}

bool was_logged(const char *text, unsigned times)
{
    int64_t until_ns = tri_clock_now() + SUPPORT_WAIT_NS;
    while (logged(text) < times && tri_clock_now() < until_ns)
        support_pause(5 * TRI_MILLISECOND);
    return logged(text) >= times;
}

void meet(struct caller *caller, struct call call)
{
    call.port = call.port ? call.port : tls_port;
    bool met = caller_open(caller, &call);
    cr_assert(met, "the handshake failed: %s", caller->alert);
}

void expect_status(struct caller *caller, int status)
{
    struct support_response response;
    const char *fault = caller_response(caller, &response);
    cr_assert(!fault && response.status == status, "%s, status %d in place of %d",
              fault ? fault : "sound", response.status, status);
    support_response_free(&response);
}

const char *tell(struct call call, const char *host, SSL_SESSION **ret_session)
{
    static char text[1024];
    struct caller caller;
    char *body;
    meet(&caller, call);
    int status = caller_get(&caller, host, "/tls", &body);
    snprintf(text, sizeof(text), "%s", status == 200 && body ? body : "");
    free(body);
    if (ret_session) {
        *ret_session = caller.session;
        caller.session = NULL;
    }
    caller_farewell(&caller);
    caller_close(&caller);
    return text;
}
