# system.sh - part of run: the package where systemd runs, which is what the unit is for.
#
# systemd is the first process of namespaces of its own (boot.sh), so what it starts, mounts and listens
# on is seen by nobody else; nsenter(1) looks in.
# shellcheck shell=sh disable=SC2154 # here, work, root and cgroup are those of run

boot() {
    mkdir "$cgroup"
    # shellcheck disable=SC2016 # of the inner shell
    sh -c 'echo $$ >"$1/cgroup.procs"
           exec unshare --mount --pid --fork --kill-child --net --uts --ipc --cgroup sh "$2" "$3"' \
        sh "$cgroup" "$here/boot.sh" "$root" </dev/null >"$work/console" 2>&1 &
    echo $! >"$work/booted"
    until_it 10 first_process
    until_it 60 in_system systemctl is-active multi-user.target || { cat "$work/console"; return 1; }
}

first_process() { pgrep -P "$(cat "$work/booted")"; }

in_system() {
    nsenter -t "$(first_process)" -m -p -n -i -u chroot "$root" \
        /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

get() { nsenter -t "$(first_process)" -n curl -sSk --max-time 10 "$@"; }

property() { in_system systemctl show -P "$1" tri-httpd; }

works() { get "$1" | grep -F '<h1>tri-httpd works</h1>'; }

# with LINE...: the service restarted with these variables.
with() {
    mkdir -p "$root/etc/systemd/system/tri-httpd.service.d"
    { echo '[Service]'; printf 'Environment=%s\n' "$@"; } \
        >"$root/etc/systemd/system/tri-httpd.service.d/test.conf"
    in_system systemctl daemon-reload
    in_system timeout 60 systemctl restart tri-httpd
}

mode_works() {
    with "TRI_HTTPD_MODE=$1"
    works http://127.0.0.1:8080/
    [ "$(property NRestarts)" = 0 ]
    main=$(property MainPID)
    in_system journalctl -q -u tri-httpd _PID="$main" | tee "$work/journal"
    grep -q "mode $1 on " "$work/journal"
    ! grep -E ' (warn|error) ' "$work/journal"
}

is_confined() {
    main=$(property MainPID)
    in_system cat "/proc/$main/status" | grep -E '^(Uid|NoNewPrivs|Seccomp|Cap...):' | tee "$work/status"
    grep -q '^NoNewPrivs:.1$' "$work/status"
    grep -q '^Seccomp:.2$' "$work/status"
    grep -q '^CapEff:.0000000000000400$' "$work/status" # CAP_NET_BIND_SERVICE
    ! grep -q '^Uid:.0' "$work/status"
}

listens_on_80() {
    with 'TRI_HTTPD_LISTEN=*:80'
    works http://127.0.0.1/
}

speaks_tls() {
    with TRI_HTTPD_TLS_LISTEN=127.0.0.1:443 TRI_HTTPD_TLS_SELF_SIGNED=on
    works https://127.0.0.1/
}

reloads() {
    main=$(property MainPID)
    in_system systemctl reload tri-httpd
    until_it 10 in_system sh -c 'journalctl -q -u tri-httpd | grep event=reload'
    [ "$(property MainPID)" = "$main" ]
    works http://127.0.0.1:8080/
}

mistake_is_final() {
    if with TRI_HTTPD_MODE=none; then
        echo "it started"
        return 1
    fi
    sleep 1 # it would be tried again after a tenth of that
    in_system systemctl --no-pager status tri-httpd || true
    [ "$(property ExecMainStatus)" = 2 ]
    [ "$(property NRestarts)" = 0 ]
}

install_starts() {
    in_system dpkg -i /tri-httpd.deb
    works http://127.0.0.1:8080/
}

upgrade_restarts() {
    rm -r "$root/etc/systemd/system/tri-httpd.service.d"
    in_system systemctl daemon-reload
    in_system systemctl restart tri-httpd
    main=$(property MainPID)
    in_system dpkg -i /tri-httpd.deb
    [ "$(property MainPID)" != "$main" ]
    works http://127.0.0.1:8080/
}

stops() {
    in_system systemctl stop tri-httpd
    [ "$(property Result) $(property ExecMainStatus)" = "success 0" ]
}

purge_stops() {
    in_system systemctl start tri-httpd
    in_system dpkg --purge tri-httpd
    silent find "$root" -xdev -name '*tri-httpd*' ! -path "$root/tri-httpd.deb"
    ! get http://127.0.0.1:8080/
}
