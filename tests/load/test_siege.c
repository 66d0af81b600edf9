/*
 * test_siege.c - a few hundred slow attackers beside good clients, who must not notice: the small
 * sister of tests/attack/run. What the server holds for the attackers is bounded, too.
 */
#include "server/base/clock.h"
#include "server/base/error.h"
#include "tests/support/client.h"
#include "tests/support/server.h"

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

struct siege {
    size_t mode;
    char kind[16];
};

/* For how many clients of a server's port the kernel holds anything, and how many hold too much. */
static void count_unsent(uint16_t port, unsigned *ret_some, unsigned *ret_greedy)
{
    char line[256];
    unsigned local;
    unsigned long long unsent;
    FILE *table = fopen("/proc/self/net/tcp", "re");
    *ret_some = *ret_greedy = 0;
    cr_assert(table);
    while (fgets(line, sizeof(line), table))
        if (sscanf(line, " %*d: %*x:%x %*x:%*x 01 %llx:", &local, &unsent) == 2 && local == port) {
            *ret_some += unsent > 0;
            *ret_greedy += unsent > UNSENT_BYTES_MAX;
        }
    fclose(table);
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
    unsigned attackers = 0, some = 0, greedy = 0;
    bool is_one_process = strcmp(mode, "threads") != 0;

    cr_assert(support_server_start(&server, mode, flags, &error), "%s: %s", mode, error.text);
    snprintf(command, sizeof(command), "'%s' %u %s %d %d %d", TRI_ATTACK_BUILT, server.port,
             siege->kind, ATTACKERS, GOOD, SECONDS);
    FILE *attack = popen(command, "re");
    cr_assert(attack);
    support_pause(2 *
                  TRI_SECOND); /* of four: all attackers are there, on a machine that is quick */
    bool reads = strcmp(siege->kind, "readers") == 0;
    for (int look = 0; look < 15 && (look == 0 || (reads && some <= CROWD)); look++) {
        support_pause(look > 0 ? TRI_SECOND / 10 : 0);
        count_unsent(server.port, &some, &greedy);
    }
    cr_assert(fgets(said, sizeof(said), attack), "%s", command);
    cr_expect(pclose(attack) == 0, "%s, %s: %s", mode, siege->kind, said);
    const char *found = strstr(said, "attackers=");
    cr_expect(found && sscanf(found, "attackers=%u", &attackers) == 1);
    cr_expect(attackers == ATTACKERS, "%s, %s: only %u attackers", mode, siege->kind, attackers);
    cr_expect(greedy <= CROWD || !is_one_process, "%s, %s: the kernel holds much for %u clients",
              mode, siege->kind, greedy);
    cr_expect(some > CROWD || !reads, "%s: only %u are slow", mode, some);
    cr_expect(support_server_stop(&server, &error), "%s: %s", mode, error.text);
}
