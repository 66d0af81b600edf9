/*
 * test_unix.c - the file of a Unix socket: there while its server is, however that ends, and never
 * removed on behalf of another.
 */
#include "program.h"
#include "serving.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/base/clock.h"

TestSuite(modes_unix, .init = scratch_make, .fini = scratch_remove, .timeout = 60);

static const char *listen_flag(void)
{
    char address[80];
    snprintf(address, sizeof(address), "unix:%s", scratch_path);
    return flag("listen", address);
}

static bool is_there(void)
{
    struct stat about;
    return lstat(scratch_path, &about) == 0;
}

/* As ask(), through the socket. */
static struct support_client ask_there(const char *path)
{
    struct support_client client = {
        .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), .in = malloc(4096), .in_room = 4096};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", scratch_path);
    cr_assert(client.in &&
              connect(client.fd, (const struct sockaddr *)&address, sizeof(address)) == 0);
    ask_again(&client, path);
    return client;
}

/* Start one that listens there alone. */
static void start(struct program *program, const char *mode)
{
    char line[128];
    program_start(program, FLAGS(flag("mode", mode), listen_flag(), "--max-connections=512"));
    snprintf(line, sizeof(line), "tri-httpd: mode %s on unix:%s\n", mode, scratch_path);
    cr_assert(strcmp(program_first_line(program), line) == 0, "%s", program_text(program->out));
    cr_assert(is_there());
}

EACH_MODE(modes_unix, the_file_goes_with_the_server)
{
    struct program program;
    start(&program, mode);
    kill(program.pid, SIGTERM);
    cr_assert(program_wait(&program, SUPPORT_WAIT_NS) == 0);
    cr_assert(!is_there(), "it stayed behind");
}

EACH_MODE(modes_unix, the_file_goes_when_a_drain_is_cut_short)
{
    serve(mode, FLAGS(listen_flag(), "--timeout-shutdown=200ms"));
    struct support_client client = ask_there("/block?ms=2000");
    support_pause(150 * TRI_MILLISECOND);
    support_server_end(&server);
    cr_expect(wait_for_exit(SUPPORT_WAIT_NS) == 0);
    cr_expect(!is_there(), "it stayed behind");
    cr_expect(answer(&client, NULL) == 0, "nothing was cut");
    support_client_close(&client);
}

EACH_MODE(modes_unix, the_file_of_a_successor_is_left_to_it)
{
    struct program predecessor;
    start(&predecessor, mode);
    cr_assert(unlink(scratch_path) == 0);
    serve(mode, FLAGS(listen_flag()));
    kill(predecessor.pid, SIGTERM);
    cr_assert(program_wait(&predecessor, SUPPORT_WAIT_NS) == 0);
    cr_assert(is_there(), "the predecessor removed it");
    struct support_client client = ask_there("/hello");
    cr_assert(answer(&client, NULL) == 200);
    support_client_close(&client);
    finish();
    cr_assert(!is_there(), "it stayed behind");
}

EACH_MODE(modes_unix, what_is_no_socket_is_not_replaced)
{
    struct program program;
    char message[128];
    scratch_write("precious");
    snprintf(message, sizeof(message), "tri-httpd: listen unix:%s: Address already in use\n",
             scratch_path);
    cr_assert(program_run(&program, FLAGS(flag("mode", mode), listen_flag())) == 1);
    cr_assert(strcmp(program_text(program.err), message) == 0, "%s", program_text(program.err));
    cr_assert(is_there());
}
