/*
 * floor_threads.c - the least a thread per connection can cost: recv and send in a thread that the
 * kernel parks.
 *
 *     floor_threads PORT [poll|close]
 *
 * With `poll` each recv is preceded by ppoll(2), which is what exact deadlines cost.
 */
#include "tests/bench/floor/floor.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { STACK_BYTES = 64 * 1024 };

static int polls;

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    const struct timespec minute = {60, 0};
    char bytes[FLOOR_READ_BYTES];
    ssize_t n;
    do {
        struct pollfd watched = {fd, POLLIN, 0};
        if (polls && ppoll(&watched, 1, &minute, NULL) <= 0)
            break;
        n = recv(fd, bytes, sizeof(bytes), 0);
    } while (n > 0 && floor_answer(fd, bytes, (size_t)n) == 0);
    close(fd);
    return NULL;
}

int main(int argc, char *argv[])
{
    if (argc < 2) {
        fprintf(stderr, "usage: floor_threads PORT [poll|close]\n");
        return 2;
    }
    floor_closes = argc > 2 && strcmp(argv[2], "close") == 0;
    polls = argc > 2 && strcmp(argv[2], "poll") == 0;
    int listener = floor_listen(argv[1], 0);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    for (;;) {
        pthread_t thread;
        int fd = accept4(listener, NULL, NULL, 0);
        if (fd >= 0 && pthread_create(&thread, &attr, serve, (void *)(intptr_t)fd) != 0)
            close(fd);
    }
}
