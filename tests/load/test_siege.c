/*
 * test_siege.c - a few hundred slow attackers beside good clients, who must not notice: the small
 * sister of tests/attack/run. What the server holds for the attackers is bounded, too.
 */
#include "server/base/clock.h"
#include "server/base/error.h"
#include "tests/support/client.h"
#include "tests/support/server.h"

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

TestSuite(load_siege, .timeout = 60);

#define ATTACKERS 200
#define GOOD 16
#define SECONDS 3
#define UNSENT_BYTES_MAX (64 * 1024) /* for a client that does not read, in a crowd */
#define CROWD 128                    /* as core/arrival.c has it, for each process */
#define LOOK_MS 100
#define LOOKS 3

struct siege {
    size_t mode;
    char kind[16];
};

/* What the kernel held for the clients of a server's port, over many looks. */
struct held {
    unsigned some;          /* the most clients at a look for whom it held anything */
    unsigned greedy;        /* the most for whom it held too much, for LOOKS looks on end */
    uint8_t streaks[65536]; /* by the client's port: looks so far at which it held too much */
};

/*
 * One look. The table is read by the page while connections come and go: one may be in it twice,
 * and who has left stands beside who has come instead. So a port counts once, and only what lasts.
 */
static void look(struct held *held, uint16_t port)
{
    char line[256];
    unsigned local, remote, some = 0, greedy = 0;
    unsigned long long unsent;
    bool seen[65536] = {false};
    uint8_t streaks[65536] = {0};
    FILE *table = fopen("/proc/self/net/tcp", "re");
    cr_assert(table);
    while (fgets(line, sizeof(line), table)) {
        if (sscanf(line, " %*d: %*x:%x %*x:%x 01 %llx:", &local, &remote, &unsent) != 3 ||
            local != port || remote > UINT16_MAX || seen[remote])
            continue;
        seen[remote] = true;
        some += unsent > 0;
        if (unsent > UNSENT_BYTES_MAX) /* a siege is over before a byte overflows */
            streaks[remote] = (uint8_t)(held->streaks[remote] + 1);
        greedy += streaks[remote] >= LOOKS;
    }
    fclose(table);
    memcpy(held->streaks, streaks, sizeof(streaks));
    if (some > held->some)
        held->some = some;
    if (greedy > held->greedy)
        held->greedy = greedy;
}

ParameterizedTestParameters(load_siege, good_clients_do_not_notice)
{
    static struct siege sieges[] = {
        {0, "heads"},   {0, "bodies"}, {0, "readers"}, {1, "heads"},   {1, "bodies"},
        {1, "readers"}, {2, "heads"},  {2, "bodies"},  {2, "readers"},
    };
    return cr_make_param_array(struct siege, sieges, sizeof(sieges) / sizeof(*sieges));
}

ParameterizedTest(struct siege *siege, load_siege, good_clients_do_not_notice)
{
    static const char *const flags[] = {"--timeout-head=2s", "--timeout-body=2s",
                                        "--timeout-write=2s", NULL};
    const char *mode = support_modes[siege->mode];
    struct support_server server;
    struct tri_error error;
    char command[512], said[512] = "";
    unsigned attackers = 0;
    static struct held held;
    bool is_one_process = strcmp(mode, "threads") != 0;
    bool reads = strcmp(siege->kind, "readers") == 0;

    cr_assert(support_server_start(&server, mode, flags, &error), "%s: %s", mode, error.text);
    snprintf(command, sizeof(command), "'%s' %u %s %d %d %d", TRI_ATTACK_BUILT, server.port,
             siege->kind, ATTACKERS, GOOD, SECONDS);
    FILE *attack = popen(command, "re");
    cr_assert(attack);
    struct pollfd answer = {.fd = fileno(attack), .events = POLLIN};
    while (poll(&answer, 1, LOOK_MS) == 0) /* ends with the attack; the suite has a deadline */
        look(&held, server.port);
    cr_assert(fgets(said, sizeof(said), attack), "%s", command);
    cr_expect(pclose(attack) == 0, "%s, %s: %s", mode, siege->kind, said);
    const char *found = strstr(said, "attackers=");
    cr_expect(found && sscanf(found, "attackers=%u", &attackers) == 1);
    cr_expect(attackers == ATTACKERS, "%s, %s: only %u attackers", mode, siege->kind, attackers);
    cr_expect(held.greedy <= CROWD || !is_one_process,
              "%s, %s: the kernel holds much for %u clients", mode, siege->kind, held.greedy);
    cr_expect(held.some > CROWD || !reads || !is_one_process, "%s: only %u are slow", mode,
              held.some); /* or what is restrained has not been tried */
    cr_expect(support_server_stop(&server, &error), "%s: %s", mode, error.text);
}
