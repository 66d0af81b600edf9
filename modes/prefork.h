/*
 * prefork.h - a master that forks worker processes, each serving alone.
 *
 *     master --fork--> worker 0: mode->serve() on share 0 of every listener
 *            --fork--> worker 1: mode->serve() on share 1 ...
 *
 * The master serves nobody. It starts a worker anew when one dies, passes SIGTERM and SIGINT on
 * (both as SIGTERM), and keeps the listeners open, so that the backlog of a dead worker waits for
 * its successor. A worker whose master has died drains by itself.
 */
#pragma once

struct tri_mode;
struct tri_server;

/*
 * Run `mode` in server->processes worker processes until a signal ends them.
 *   returns  in the master: 0 when all workers drained, 1 when one had to be killed or a second
 *            signal came; in a worker: what serve() returned
 */
int tri_prefork(struct tri_server *server, const struct tri_mode *mode);
