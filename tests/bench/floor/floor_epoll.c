/*
 * floor_epoll.c - the least an event loop can cost: epoll_wait, then recv and send for whoever is
 * ready.
 *
 *     floor_epoll PORT [close]
 */
#include "tests/bench/floor/floor.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 512 };

static void take_visitors(int epoll, int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

int main(int argc, char *argv[])
{
    if (argc < 2) {
        fprintf(stderr, "usage: floor_epoll PORT [close]\n");
        return 2;
    }
    floor_closes = argc > 2 && strcmp(argv[2], "close") == 0;
    int listener = floor_listen(argv[1], 1);
    int epoll = epoll_create1(0);
    struct epoll_event events[EVENTS] = {{.events = EPOLLIN, .data.fd = listener}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &events[0]);
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            char bytes[FLOOR_READ_BYTES];
            int fd = events[i].data.fd;
            if (fd == listener) {
                take_visitors(epoll, listener);
                continue;
            }
            ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
            if (n <= 0 || floor_answer(fd, bytes, (size_t)n) != 0)
                close(fd);
        }
    }
}
