# measure.sh - one server, one section, once; sourced by tests/bench/run.
#
# Each function loads the server that server_start left in $server and $port and prints words
# NAME=VALUE, which table.awk gathers. Figures of a server are of all its processes together:
#
#   cpu      CPU seconds per 100,000 requests, user and system: what the kernel charged the
#            server's processes, ended children included (/proc/PID/stat)
#   switches context switches per request, voluntary and not (/proc/PID/task/*/status); not there
#            when threads ended meanwhile and took their count with them
#   calls    system calls per request, and counted_switches, which misses no thread: counted by
#            perf in a short run of its own. Where perf cannot, strace counts the calls, in a
#            server that it slows down
#   threads  in the middle of the run
#   bytes    growth of the proportional set size (Pss: shared pages are counted once for all who
#            share them) for each idle connection; the kernel's sockets and thread stacks are not
#            in it
#
# Uses from its sourcer: bin, scheme, seconds, client_cpus, work; family() of servers.sh.

clock_ticks=$(getconf CLK_TCK)

cpu_ticks() {
    for one in $(family "$server"); do
        cat "/proc/$one/stat" 2>/dev/null || true
    done | awk '{ sub(/^.*\) /, ""); sum += $12 + $13 + $14 + $15 } END { print sum + 0 }'
}

switches() {
    for one in $(family "$server"); do
        cat "/proc/$one/task/"*/status 2>/dev/null || true # a thread may be gone
    done | awk '/ctxt_switches/ { sum += $2 } END { print sum + 0 }'
}

threads() {
    for one in $(family "$server"); do
        cat "/proc/$one/status" 2>/dev/null || true
    done | awk '/^Threads/ { sum += $2 } END { print sum + 0 }'
}

pss_kib() {
    for one in $(family "$server"); do
        cat "/proc/$one/smaps_rollup" 2>/dev/null || true
    done | awk '/^Pss:/ { sum += $2 } END { print sum + 0 }'
}

# How many threads and processes were ever started on this machine.
births() { awk '/^processes/ { print $2 }' /proc/stat; }

# word NAME LINE: the value after NAME= in it
word() {
    found=${2#*" $1="}
    echo "${found%% *}"
}

# --- as much load as wrk can make -----------------------------------------------------------------

# load KIND CONNECTIONS PATH SECONDS [WATCHER...]: one line of wrk.lua. A watcher is a command that
# runs another and counts meanwhile. wrk connects within its time, 10,000 times in about a second or
# two: there is more of it for many connections, and what connecting costs is in everybody's figures.
load() {
    kind=$1 connections=$2 path=$3 lasts=$(($4 + $2 / 2500)) depth=1
    shift 4
    set -- "$@" timeout -k 1 $((lasts + 15)) taskset -c "$client_cpus" \
        env OPENSSL_CONF="$work/openssl.cnf" wrk
    [ "$kind" != close ] || set -- "$@" -H 'Connection: close'
    [ "$kind" != pipeline ] || depth=16
    "$@" -t1 -c"$connections" -d"${lasts}s" --timeout 10s \
        -s tests/bench/wrk.lua "$scheme://127.0.0.1:$port$path" -- $depth 2>&1 | awk '
        /^wrk: / { print; ok = 1 }
        END { if (!ok) print "wrk: requests=0 rps=0 p50=0 p99=0 p999=0 errors=1 refused=0" }'
}

measure_load() {
    load "$1" "$2" "$3" 1 >/dev/null # warm up: caches, just-in-time compilers, threads
    born=$(births) changed=$(switches) spent=$(cpu_ticks)
    (sleep $((seconds / 2)).5; threads) >"$work/threads" &
    counting=$!
    line=$(load "$1" "$2" "$3" "$seconds")
    spent=$(($(cpu_ticks) - spent)) changed=$(($(switches) - changed)) born=$(($(births) - born))
    wait "$counting"
    echo "${line#wrk: } threads=$(cat "$work/threads")" "$(awk -v n="$(word requests "$line")" \
        -v ticks="$spent" -v hertz="$clock_ticks" -v changed="$changed" -v born="$born" \
        -v lost=$(($(cat "$work/threads") - $(threads))) 'BEGIN {
            if (n == 0)
                exit
            printf "cpu=%.4f", ticks / hertz / n * 100000
            if (lost <= 0 && born < n / 20) # else threads took their count with them
                printf " switches=%.3f", changed / n
        }')"
}

# System calls and, where perf counts them, switches, threads that have ended included.
count_calls() {
    # shellcheck disable=SC2046 # numbers
    set -- "$1" "$2" "$3" $(family "$server")
    kind=$1 connections=$2 path=$3
    shift 3
    if perf stat -e raw_syscalls:sys_enter true >/dev/null 2>&1; then
        pids=$(echo "$*" | tr ' ' ,)
        n=$(word requests "$(load "$kind" "$connections" "$path" 1 perf stat -x, -o "$work/perf" \
            -e raw_syscalls:sys_enter,context-switches -p "$pids" --)")
        awk -F, -v n="$n" 'n > 0 && $1 ~ /^[0-9]+$/ {
            printf "%s=%.3f ", $3 ~ /^raw/ ? "calls" : "counted_switches", $1 / n
        }' "$work/perf"
    elif command -v strace >/dev/null; then
        # shellcheck disable=SC2046 # words without blanks
        strace -c -f -o "$work/strace" $(printf ' -p %s' "$@") >/dev/null 2>&1 9>&- &
        watching=$!
        sleep 0.5
        n=$(word requests "$(load "$kind" "$connections" "$path" 1)")
        kill -TERM "$watching" # a background process of sh ignores INT
        wait "$watching" || true
        awk -v n="$n" 'n > 0 && $NF == "total" { printf "calls=%.3f", $3 / n }' "$work/strace"
    fi
}

# --- handshakes that resume a session -------------------------------------------------------------

# measure_resumed PATH: four clients, each again and again with the ticket of its first connection.
measure_resumed() {
    spent=$(cpu_ticks)
    for one in 1 2 3 4; do
        timeout -k 1 $((seconds + 15)) taskset -c "$client_cpus" \
            env OPENSSL_CONF="$work/openssl.cnf" openssl s_time -reuse \
            -connect "127.0.0.1:$port" -www "$1" -time "$seconds" >"$work/resumed$one" 2>&1 9>&- &
        clients="${clients:-} $!"
    done
    # shellcheck disable=SC2086 # numbers
    wait $clients
    clients=
    cat "$work"/resumed? | awk -v ticks=$(($(cpu_ticks) - spent)) -v hertz="$clock_ticks" \
        -v s="$seconds" '
        /real seconds/ { n += $1; ok++ }
        END {
            printf "requests=%d rps=%.1f errors=%d", n, n / s, ok != 4
            if (n > 0)
                printf " cpu=%.4f", ticks / hertz / n * 100000
        }'
}

# --- idle connections -----------------------------------------------------------------------------

measure_idle() {
    sleep 0.5
    before=$(pss_kib)
    holder=hold
    [ "$scheme" = http ] || holder=hold_tls
    taskset -c "$client_cpus" env OPENSSL_CONF="$work/openssl.cnf" "$bin/$holder" "$port" "$1" /hello >"$work/hold" 2>&1 9>&- &
    holding=$!
    tries=0
    until grep -q held "$work/hold" || [ $tries -ge 300 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    sleep 1.5
    after=$(pss_kib)
    line=$(cat "$work/hold")
    held=$(echo "$line" | sed -n 's/^held=\([0-9]*\).*/\1/p')
    echo "before=$before after=$after threads=$(threads) ${line:-errors=1}" \
        "bytes=$(((after - before) * 1024 / (${held:-0} > 0 ? held : 1)))"
    kill "$holding"
    wait "$holding" 2>/dev/null || true
}

# --- a steady pace beside others ------------------------------------------------------------------

# A client that is late measures itself, so where it may it goes before the server, as one on a
# machine of its own would.
if chrt -f 1 true 2>/dev/null; then
    promptly='chrt -f 1'
elif nice -n -10 true 2>/dev/null; then
    promptly='nice -n -10'
else
    promptly=
fi

# measure_beside COUNT PATH: fast clients beside COUNT connections that keep asking for PATH.
measure_beside() {
    "$bin/crowd" "$port" "$1" 1 $((seconds + 1)) "$2" >"$work/crowd" 2>&1 9>&- &
    crowding=$!
    sleep 0.5
    timeout -k 1 $((seconds + 15)) $promptly "$bin/pace" "$port" 16 3000 "$seconds" /hello >"$work/pace" 2>&1 || true
    echo "$(cat "$work/pace") threads=$(threads)"
    wait "$crowding" || true
    echo "slow_rps=$(sed -n 's/.* rps=\([0-9.]*\) .*/\1/p' "$work/crowd")"
}

# measure_skew COUNT PATH: all load on connections that belong to one worker of two.
measure_skew() {
    spent=$(cpu_ticks)
    line=$(timeout -k 1 $((seconds + 15)) $promptly "$bin/crowd" "$port" "$1" 2 "$seconds" "$2" 'Accept-Encoding: gzip')
    echo "$line cpu=$(awk -v n="$(word rps " $line")" -v s="$seconds" -v hertz="$clock_ticks" \
        -v ticks=$(($(cpu_ticks) - spent)) 'BEGIN {
            print (n > 0 ? ticks / hertz / (n * s) * 100000 : 0) }')"
}
