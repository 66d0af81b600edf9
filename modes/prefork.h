/*
 * prefork.h - a master that forks worker processes, each serving alone.
 *
 *     master --fork--> worker 0: mode->serve() on share 0 of every listener
 *            --fork--> worker 1: mode->serve() on share 1 ...
 *
 * The master serves nobody. It starts a worker anew when one dies, passes SIGTERM and SIGINT on
 * (both as SIGTERM) as well as SIGHUP, and keeps the listeners open, so that the backlog of a dead
 * worker waits for its successor. A worker whose master has died drains by itself.
 *
 * A worker that dies within a second of its start is started anew after a pause, which doubles each
 * time. After ten such deaths in a row, of whichever workers, the master gives up: it says why and
 * ends, unless a worker lives that is older than a second. As long as one serves, the server does.
 */
#pragma once

struct tri_mode;
struct tri_server;

/*
 * Run `mode` in server->processes worker processes until a signal ends them.
 *   returns  in the master: 0 when all workers drained, 1 when one had to be killed, a second
 *            signal came or workers kept dying; in a worker: what serve() returned
 */
int tri_prefork(struct tri_server *server, const struct tri_mode *mode);
