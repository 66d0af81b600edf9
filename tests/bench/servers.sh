# servers.sh - how each server is started for the same work; sourced by tests/bench/run.
#
# The same work: 13 bytes of text at /hello under four to nine field lines (h2o, lighttpd and
# Apache answer it from a file, which is their fastest way), the files of $root, no access log,
# connections kept for any number of requests and for minutes. Each is set up as its manual
# advises for speed: sendfile, an open-file cache, one worker for one CPU.
#
#   server_start NAME KIND CPUS CONNECTIONS   in the foreground of a process of ours, until it
#                                             answers; sets server (its first process) and port
#   server_stop                               ends it and whatever it started
#
# Uses from its sourcer: bin, scheme, tickets, root, work, port, path, tri_httpd, tri_httpd_base,
# unprivileged, say().

# --- configurations -------------------------------------------------------------------------------

nginx_conf() {
    cat <<END
daemon off; worker_processes $2; worker_rlimit_nofile $descriptors; pid $work/nginx.pid;
error_log $work/nginx.log;
events { worker_connections $slots; multi_accept on; }
http {
    access_log off; sendfile on; tcp_nopush on; default_type application/octet-stream; types { }
    keepalive_requests 1000000000; keepalive_timeout 600s; reset_timedout_connection on;
    open_file_cache max=1000 inactive=600s; open_file_cache_valid 60s; open_file_cache_min_uses 1;
    client_body_temp_path $work/b; proxy_temp_path $work/p; fastcgi_temp_path $work/f;
    uwsgi_temp_path $work/u; scgi_temp_path $work/s;
    server {
        listen 127.0.0.1:$1$([ "$scheme" = http ] || echo ' ssl') backlog=65535; root $root;
        $([ "$scheme" = http ] ||
            echo "ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;
                  ssl_protocols TLSv1.2 TLSv1.3; ssl_session_tickets $tickets;")
        location = /hello { default_type text/plain; return 200 "Hello, world!"; }
    }
}
END
}

h2o_conf() {
    cat <<END
$([ $tickets = on ] || printf 'ssl-session-resumption:\n  mode: off\n')
num-threads: $2
max-connections: $slots
http1-request-timeout: 600
pid-file: $work/h2o.pid
error-log: $work/h2o.log
hosts:
  default:
    listen:
      host: 127.0.0.1
      port: $1
$([ "$scheme" = http ] ||
    printf '      ssl: {certificate-file: %s, key-file: %s}\n' "$work/cert.pem" "$work/key.pem")
    paths:
      /:
        file.dir: $root
        file.mime.setdefaulttype: text/plain
END
}

lighttpd_conf() {
    cat <<END
server.bind = "127.0.0.1"
server.port = $1
server.document-root = "$root"
server.errorlog = "$work/lighttpd.log"
server.network-backend = "sendfile"
server.max-fds = $descriptors
server.max-connections = $slots
server.max-keep-alive-requests = 65535
server.max-keep-alive-idle = 600
server.listen-backlog = 65535
mimetype.assign = ("" => "text/plain")
END
}

haproxy_conf() {
    cat <<END
global
    nbthread $2
    maxconn $slots
    no strict-limits
defaults
    mode http
    timeout connect 600s
    timeout client 600s
    timeout server 600s
    timeout http-request 600s
    timeout http-keep-alive 600s
frontend bench
    bind 127.0.0.1:$1 backlog 65535 $([ "$scheme" = http ] || echo "ssl crt $work/both.pem")$([ $tickets = on ] || echo ' no-tls-tickets')
    http-request return status 200 content-type text/plain string "Hello, world!" hdr Date "%[date,http_date]" if { path /hello }
END
}

# apache_conf PORT THREADS PROCESSES: a connection keeps a thread, so there are as many.
apache_conf() {
    cat <<END
ServerRoot $work
ServerName localhost
DefaultRuntimeDir $work
PidFile $work/apache.pid
ErrorLog $work/apache.log
Listen 127.0.0.1:$1
ListenBacklog 65535
LoadModule mpm_worker_module /usr/lib/apache2/modules/mod_mpm_worker.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
ServerLimit $3
StartServers 1
ThreadLimit $2
ThreadsPerChild $2
MaxRequestWorkers $(($2 * $3))
MinSpareThreads 1
MaxSpareThreads $(($2 * $3))
MaxConnectionsPerChild 0
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 600
Timeout 600
EnableSendfile On
DocumentRoot $root
<Directory />
    AllowOverride None
    Options FollowSymLinks
    Require all granted
    ForceType text/plain
</Directory>
END
}

# --- starting and ending --------------------------------------------------------------------------

descriptors=$(ulimit -n)
slots=$((descriptors > 16000 ? 16000 : descriptors - 100))

server_exists() {
    case $1 in
    threads* | loop* | mn* | floor*) return 0 ;;
    apache) command -v apache2 >/dev/null && [ -e /usr/lib/apache2/modules/mod_mpm_worker.so ] ;;
    go) [ -x "$bin/bench-go" ] ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# Words that ours are started with. `threads` has one process everywhere: threads alone use all
# CPUs, as one process of mn and of Go does, and on one CPU a second would only share it.
ours() {
    name=$1 program=$tri_httpd ablation=''
    case $name in *-base) program=$tri_httpd_base name=${name%-base} ;; esac
    case $name in
    threads) ablation=--processes=1 ;;
    threads-fresh) ablation='--processes=1 --threads-spawn=fresh' ;;
    threads-fork) ablation='--processes=1 --threads-spawn=fork' ;;
    loop) ;;
    loop-offload0) ablation=--offload=0 ;;
    loop-processes2) ablation=--processes=2 ;;
    mn) ablation=--workers=$2 ;;
    mn-nosteal) ablation="--workers=$2 --mn-steal=off" ;;
    mn-nohandoff) ablation="--workers=$2 --mn-handoff=off" ;;
    *) say "there is no server \"$name\""; exit 2 ;;
    esac
    # files take descriptors that 10,000 connections need
    case $path in *.bin | *.txt) ablation="$ablation --root=$root" ;; esac
    if [ "$scheme" = http ]; then
        ablation="$ablation --listen=127.0.0.1:$port"
    else
        ablation="$ablation --listen= --tls-listen=127.0.0.1:$port --cert=$work/cert.pem
            --key=$work/key.pem"
        [ $tickets = on ] || ablation="$ablation --tls-session=0"
    fi
    echo "$program --mode=${name%%-*} $ablation \
        --config= --log-level=error --max-connections=12000 --timeout-idle=10m"
}

# The command of a server, in the positional parameters of launch().
server_start() {
    kind=$2 pinned=$3 connections=$4
    cores=$(echo "$pinned" | awk -F, '{ print NF }')
    port=$((port < 31999 ? port + 1 : 21000)) # new tuples: nobody waits for those of the last run
    case $1 in
    floor-epoll) launch "$1" "$bin/floor_epoll" $port "$kind" ;;
    floor-threads) launch "$1" "$bin/floor_threads" $port "$kind" ;;
    floor-threads-poll) launch "$1" "$bin/floor_threads" $port poll ;;
    nginx)
        nginx_conf $port "$cores" >"$work/nginx.conf"
        launch "$1" $unprivileged nginx -c "$work/nginx.conf" -e "$work/nginx.log" ;;
    h2o)
        h2o_conf $port "$cores" >"$work/h2o.conf"
        launch "$1" $unprivileged h2o -c "$work/h2o.conf" ;;
    lighttpd)
        lighttpd_conf $port >"$work/lighttpd.conf"
        launch "$1" $unprivileged lighttpd -D -f "$work/lighttpd.conf" ;;
    haproxy)
        haproxy_conf $port "$cores" >"$work/haproxy.conf"
        launch "$1" $unprivileged haproxy -db -f "$work/haproxy.conf" ;;
    apache)
        # idle: processes are started as connections come, so that "before" is a small server
        if [ "$kind" = idle ]; then
            apache_conf $port 500 $((connections / 500 + 2)) >"$work/apache.conf"
        else
            apache_conf $port $((connections + 16)) 1 >"$work/apache.conf"
        fi
        launch "$1" $unprivileged apache2 -DFOREGROUND -f "$work/apache.conf" ;;
    go) launch "$1" env GOMAXPROCS="$cores" "$bin/bench-go" $port "$root" \
        $([ "$scheme" = http ] || echo "$work/cert.pem $work/key.pem $tickets") ;;
    node) launch "$1" node tests/bench/peers/server.js $port ;;
    *)
        # shellcheck disable=SC2046 # words without blanks
        launch "$1" $(ours "$1" "$cores") ;;
    esac
}

# launch NAME COMMAND...
launch() {
    name=$1
    shift
    taskset -c "$pinned" "$@" >"$work/$name.out" 2>&1 </dev/null 9>&- &
    server=$!
    tries=0
    until [ "$(curl -sk -m 1 "$scheme://127.0.0.1:$port/hello")" = 'Hello, world!' ]; do
        tries=$((tries + 1))
        if [ $tries -ge 20 ] || ! kill -0 "$server" 2>/dev/null; then
            say "$name does not answer on port $port: $(tail -n 3 "$work/$name.out")"
            server_stop
            return 1
        fi
        sleep 0.1
    done
}

# The processes of a server, from its first down.
family() {
    for one in "$@"; do
        [ -e "/proc/$one" ] || continue
        echo "$one"
        # shellcheck disable=SC2046 # numbers
        family $(cat "/proc/$one/task/"*/children 2>/dev/null)
    done
}

server_stop() {
    [ -n "$server" ] || return 0
    # shellcheck disable=SC2046 # numbers
    set -- $(family "$server")
    kill -TERM "$server" 2>/dev/null || true
    tries=0
    while kill -0 "$server" 2>/dev/null && [ $tries -lt 30 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    kill -KILL "$@" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
}
