/*
 * test_listener.c - sockets that accept: ports of the kernel's choice, shares, neighbours who want
 * the same address, and no descriptor left.
 */
#include "server/net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/error.h"

TestSuite(net_listener, .timeout = 30);

static struct tri_listener listen_on(const char *text, unsigned shares)
{
    struct tri_listener listener;
    struct tri_address address;
    struct tri_error error;
    cr_assert(tri_address_parse(&address, text, &error), "%s", error.text);
    cr_assert(tri_listener_open(&listener, &address, shares, &error), "%s", error.text);
    cr_assert(eq(u32, listener.shares, shares));
    return listener;
}

/* Listening on `text` fails with exactly this, and keeps nothing open. */
static void expect_refused(const char *text, unsigned shares, int os, const char *message)
{
    struct tri_listener listener;
    struct tri_address address;
    struct tri_error error = {.os = 0};
    int before = dup(0);
    cr_assert(tri_address_parse(&address, text, &error), "%s", error.text);
    cr_assert(not(tri_listener_open(&listener, &address, shares, &error)), "%s", text);
    cr_assert(eq(int, error.os, os));
    cr_assert(eq(str, error.text, (char *)message));
    close(before);
    int after = dup(0);
    cr_assert(eq(int, after, before), "a descriptor stayed open");
    close(after);
}

static int connect_to(const struct tri_listener *listener)
{
    int fd = socket(listener->address.raw.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(connect(fd, (const struct sockaddr *)&listener->address.raw,
                      listener->address.raw_bytes) == 0,
              "%s: %s", listener->address.text, strerror(errno));
    return fd;
}

Test(net_listener, learns_the_port_that_the_kernel_chose)
{
    struct tri_listener a = listen_on("127.0.0.1:0", 1);
    struct tri_listener b = listen_on("127.0.0.1:0", 1);
    struct tri_listener six = listen_on("[::1]:0", 1);
    unsigned port = ntohs(((struct sockaddr_in *)&a.address.raw)->sin_port);
    char text[64];
    cr_assert(port > 0);
    snprintf(text, sizeof(text), "127.0.0.1:%u", port);
    cr_assert(eq(str, a.address.text, text));
    cr_assert(ne(str, a.address.text, b.address.text));
    cr_assert(eq(int, strncmp(six.address.text, "[::1]:", 6), 0));
    cr_assert(ne(str, six.address.text, "[::1]:0"));
    close(connect_to(&a)), close(connect_to(&six));
    tri_listener_close(&a, true), tri_listener_close(&b, true), tri_listener_close(&six, true);
}

Test(net_listener, accepts_sockets_that_do_not_block_inherit_or_delay)
{
    struct tri_listener listener = listen_on("127.0.0.1:0", 1);
    int accepted, delay = 0;
    socklen_t len = sizeof(delay);
    cr_assert(eq(int, tri_listener_accept(listener.fds[0], &accepted, NULL), TRI_ACCEPT_EMPTY));
    int client = connect_to(&listener);
    cr_assert(eq(int, tri_listener_accept(listener.fds[0], &accepted, NULL), TRI_ACCEPT_OK));
    cr_assert(0 != (fcntl(accepted, F_GETFL) & O_NONBLOCK));
    cr_assert(0 != (fcntl(accepted, F_GETFD) & FD_CLOEXEC));
    cr_assert(0 != (fcntl(listener.fds[0], F_GETFL) & O_NONBLOCK));
    cr_assert(0 != (fcntl(listener.fds[0], F_GETFD) & FD_CLOEXEC));
    getsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &delay, &len);
    cr_assert(eq(int, delay != 0, 1));
    cr_assert(eq(int, tri_listener_accept(listener.fds[0], &accepted, NULL), TRI_ACCEPT_EMPTY));
    close(client);
    tri_listener_close(&listener, false);
    cr_assert(listener.fds == NULL && listener.shares == 0);
}

Test(net_listener, refuses_an_address_that_is_taken_whatever_the_shares)
{
    for (unsigned first = 1; first <= 4; first += 3)
        for (unsigned second = 1; second <= 4; second += 3) {
            char message[192];
            struct tri_listener listener = listen_on("127.0.0.1:0", first);
            snprintf(message, sizeof(message), "listen %s: Address already in use",
                     listener.address.text);
            expect_refused(listener.address.text, second, EADDRINUSE, message);
            tri_listener_close(&listener, false);
        }
}

Test(net_listener, a_port_is_free_again_after_the_close_even_with_connections_left)
{
    struct tri_listener listener = listen_on("127.0.0.1:0", 2);
    int client = connect_to(&listener), accepted = -1;
    for (unsigned i = 0; accepted < 0 && i < 2; i++)
        tri_listener_accept(listener.fds[i], &accepted, NULL);
    char text[128];
    snprintf(text, sizeof(text), "%s", listener.address.text);
    tri_listener_close(&listener, false);
    close(accepted); /* our side first: it stays in TIME_WAIT */
    close(client);
    listener = listen_on(text, 2);
    close(connect_to(&listener));
    tri_listener_close(&listener, false);
}

Test(net_listener, refuses_addresses_that_are_not_ours)
{
    expect_refused("192.0.2.1:8080", 1, EADDRNOTAVAIL,
                   "listen 192.0.2.1:8080: Cannot assign requested address");
    expect_refused("unix:/no/such/folder/socket", 1, ENOENT,
                   "listen unix:/no/such/folder/socket: No such file or directory");
}

Test(net_listener, shares_divide_the_connections)
{
    enum { SHARES = 3, CLIENTS = 60 };
    struct tri_listener listener = listen_on("127.0.0.1:0", SHARES);
    int clients[CLIENTS], accepted, all = 0;
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = connect_to(&listener);
    for (int s = 0; s < SHARES; s++) {
        int of_share = 0;
        for (; tri_listener_accept(listener.fds[s], &accepted, NULL) == TRI_ACCEPT_OK; of_share++)
            close(accepted);
        cr_assert(of_share > 0, "share %d got none of %d", s, CLIENTS);
        all += of_share;
    }
    cr_assert(eq(int, all, CLIENTS));
    for (int i = 0; i < CLIENTS; i++)
        close(clients[i]);
    tri_listener_close(&listener, false);
}

/* --- Unix sockets --- */

static char folder[] = "/tmp/tri-listener-XXXXXX";
static char path[64], text_of_path[80];

static void make_folder(void)
{
    cr_assert(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/socket", folder);
    snprintf(text_of_path, sizeof(text_of_path), "unix:%s", path);
}

static void remove_folder(void)
{
    unlink(path);
    rmdir(folder);
}

static bool exists(void)
{
    struct stat about;
    return lstat(path, &about) == 0;
}

Test(net_listener, a_unix_socket_is_one_for_all_shares, .init = make_folder, .fini = remove_folder)
{
    struct tri_listener listener = listen_on(text_of_path, 3);
    int accepted;
    for (unsigned i = 0; i < 3; i++) {
        int client = connect_to(&listener);
        cr_assert(eq(int, tri_listener_accept(listener.fds[i], &accepted, NULL), TRI_ACCEPT_OK));
        cr_assert(0 != (fcntl(accepted, F_GETFL) & O_NONBLOCK));
        cr_assert(0 != (fcntl(listener.fds[i], F_GETFD) & FD_CLOEXEC), "share %u", i);
        close(client), close(accepted);
    }
    tri_listener_close(&listener, false);
    cr_assert(exists(), "a worker leaves the file alone");
}

Test(net_listener, a_unix_socket_in_use_is_refused_and_stays, .init = make_folder,
     .fini = remove_folder)
{
    struct tri_listener listener = listen_on(text_of_path, 1);
    char message[160];
    snprintf(message, sizeof(message), "listen %s: Address already in use", text_of_path);
    expect_refused(text_of_path, 1, EADDRINUSE, message);
    expect_refused(text_of_path, 2, EADDRINUSE, message);
    close(connect_to(&listener));
    tri_listener_close(&listener, true);
    cr_assert(not(exists()));
}

Test(net_listener, a_unix_socket_left_behind_is_replaced, .init = make_folder,
     .fini = remove_folder)
{
    struct tri_listener dead = listen_on(text_of_path, 1);
    tri_listener_close(&dead, false);
    cr_assert(exists());
    struct tri_listener listener = listen_on(text_of_path, 2);
    close(connect_to(&listener));
    tri_listener_close(&listener, true);
    cr_assert(not(exists()));
}

Test(net_listener, a_file_that_is_no_socket_is_never_removed, .init = make_folder,
     .fini = remove_folder)
{
    char message[160];
    int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    cr_assert(write(file, "precious", 8) == 8);
    close(file);
    snprintf(message, sizeof(message), "listen %s: Address already in use", text_of_path);
    expect_refused(text_of_path, 1, EADDRINUSE, message);
    struct stat about;
    cr_assert(lstat(path, &about) == 0 && about.st_size == 8);
}

Test(net_listener, a_file_that_another_has_put_there_since_is_not_removed, .init = make_folder,
     .fini = remove_folder)
{
    struct tri_listener listener = listen_on(text_of_path, 1);
    cr_assert(unlink(path) == 0);
    struct tri_listener successor = listen_on(text_of_path, 2);
    tri_listener_close(&listener, true);
    close(connect_to(&successor));
    cr_assert(unlink(path) == 0);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    tri_listener_close(&successor, true);
    cr_assert(exists());
}

Test(net_listener, a_file_that_was_removed_before_is_no_fault, .init = make_folder,
     .fini = remove_folder)
{
    struct tri_listener listener = listen_on(text_of_path, 1);
    cr_assert(unlink(path) == 0);
    tri_listener_close(&listener, true);
    cr_assert(not(exists()));
}

/* --- exhaustion --- */

Test(net_listener, without_a_descriptor_accepting_is_exhausted_and_loses_nobody)
{
    struct tri_listener listener = listen_on("127.0.0.1:0", 1);
    int client = connect_to(&listener), accepted = -1;
    struct rlimit limit, none;
    getrlimit(RLIMIT_NOFILE, &limit);
    none = (struct rlimit){0, limit.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    for (int i = 0; i < 3; i++) {
        cr_assert(tri_listener_accept(listener.fds[0], &accepted, NULL) == TRI_ACCEPT_EXHAUSTED);
        cr_assert(accepted == -1 && errno == EMFILE);
    }
    setrlimit(RLIMIT_NOFILE, &limit);
    cr_assert(eq(int, tri_listener_accept(listener.fds[0], &accepted, NULL), TRI_ACCEPT_OK));
    close(accepted), close(client);
    tri_listener_close(&listener, false);
}

Test(net_listener, a_client_gone_from_the_backlog_is_no_reason_to_pause)
{
    struct tri_listener listener = listen_on("127.0.0.1:0", 1);
    const struct linger at_once = {1, 0};
    for (int i = 0; i < 10; i++) {
        int client = connect_to(&listener);
        if (i % 2)
            setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        close(client);
    }
    int accepted;
    enum tri_accept outcome;
    while ((outcome = tri_listener_accept(listener.fds[0], &accepted, NULL)) == TRI_ACCEPT_OK)
        close(accepted);
    cr_assert(eq(int, outcome, TRI_ACCEPT_EMPTY));
    tri_listener_close(&listener, false);
}
