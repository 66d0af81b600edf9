#!/bin/sh
# program.sh TRI_LOAD FAKE - exit codes, first lines and files of the program itself.
set -eu
load=$1
fake=$2
folder=$(mktemp -d)
port=$((21000 + $$ % 9000))
"$fake" "$port" &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$folder"' EXIT
tries=0
until "$load" -q -c1 -n1 "http://127.0.0.1:$port/ok" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || { echo "the fake does not answer on port $port"; exit 1; }
    sleep 0.1
done

expect() { # EXIT_CODE what the output holds, then the flags
    code=$1 text=$2
    shift 2
    got=0
    "$load" "$@" >"$folder/out" 2>&1 || got=$?
    [ "$got" = "$code" ] || { echo "exit $got instead of $code: $*"; cat "$folder/out"; exit 1; }
    grep -qe "$text" "$folder/out" || { echo "no \"$text\": $*"; cat "$folder/out"; exit 1; }
}

figure() { # NAME FILE: a member of the top level
    sed -n 's/.*"'"$1"'":\([0-9]*\).*/\1/p' "$2" | head -n 1
}

url=http://127.0.0.1:$port/ok
expect 0 '^closed loop: 2 connections' -q -c2 -n20 "$url"
expect 0 '^open loop: 500 requests/s' -q -c2 -n20 -R500 "$url"
expect 0 'Usage: tri-load' --help
expect 0 '^tri-load [0-9]' --version
expect 1 'Connection refused' -q -c2 -n20 http://127.0.0.1:1/
expect 1 'closed  *4' -q -c2 -n4 "http://127.0.0.1:$port/close"
expect 2 '^tri-load: --rate: ' --rate=fast "$url"
expect 2 'there is no URL' -c2
expect 0 'met  *p99<1m' -q -c2 -n20 --slo='p99<1m,errors<1%' "$url"
expect 3 'MISSED p50<1ns' -q -c2 -n20 --slo='p50<1ns' "$url"
expect 0 '5 redirections\|20 answered' -q -c2 -n20 --json="$folder/a.json" --csv="$folder/a.csv" \
    --hgrm="$folder/a.hgrm" --html="$folder/a.html" "$url"
for member in schema loop requests rps duration_s errors response_time_ns service_time_ns p99.9; do
    grep -q "\"$member\":" "$folder/a.json" || { echo "no $member in the JSON"; exit 1; }
done
grep -q '^from_s,until_s,requests,rps' "$folder/a.csv"
grep -q '1/(1-Percentile)' "$folder/a.hgrm"
grep -q '"schema":"tri-load/1"' "$folder/a.html"
! grep -q 'src="http\|href="http' "$folder/a.html" || { echo "the page needs a network"; exit 1; }
"$load" -q -c2 -d500ms --json "$url" >"$folder/b.json" 2>/dev/null
"$load" -q -c2 -d500ms --json "$url" >"$folder/c.json" 2>/dev/null
expect 0 'requests/s' diff "$folder/b.json" "$folder/c.json"
! grep -q 'not to be compared' "$folder/out" || { echo "diff: both have time stamps"; exit 1; }
"$load" -q -c2 -d500ms --timestamps=user --json "$url" >"$folder/d.json" 2>/dev/null
expect 0 'The times of A end when responses arrived' diff "$folder/b.json" "$folder/d.json"
expect 0 'The times of B end when responses arrived' diff "$folder/d.json" "$folder/b.json"
expect 1 'is no result of tri-load' diff "$folder/a.csv" "$folder/c.json"
expect 0 '1 connections' sweep -q --connections=1,4 -d200ms "$url"
expect 0 'one .* two\|  one ' compare -q --connections=2 -d200ms --rounds=2 --path=/ok \
    --json="$folder/lab.json" one="$fake {port}" two="$fake {port}"
grep -q '"schema":"tri-load-lab/1"' "$folder/lab.json"
expect 0 ' one .* two\|  one ' compare -q --connections=2 -d200ms --rounds=1 --path=/ok \
    one="http://127.0.0.1:$port" two="http://127.0.0.1:$port/ok"
expect 1 'Connection refused' compare -q -d200ms one=http://127.0.0.1:1
expect 2 'is not NAME=COMMAND or NAME=URL' compare -q -d200ms http://127.0.0.1:1
expect 1 'ended before it listened' compare -q -d200ms one=false

# --warmup: 100 of 200 scheduled requests are measured, give or take those under way between the two
expect 0 'measured for 0.5' -q -c2 -R200 -d500ms --warmup=500ms --json="$folder/warm.json" "$url"
sent=$(figure requests "$folder/warm.json")
[ "$sent" -ge 80 ] && [ "$sent" -le 120 ] || { echo "--warmup: $sent requests instead of 100"; exit 1; }
expect 0 '  0.50 s ' -c2 -R200 -d500ms --warmup=500ms "$url" # intervals begin after it

# --server: started, watched, in the URL, and gone afterwards
expect 0 'server  *[0-9.]* CPUs.*1 process' -q -c1 -d300ms 'http://127.0.0.1:{port}/ok' \
    --server="sh -c 'echo \$\$ >$folder/pid; exec $fake {port}'"
! kill -0 "$(cat "$folder/pid")" 2>/dev/null || { echo "--server: it was not ended"; exit 1; }
expect 1 'ended before it listened' -q --server=false "http://127.0.0.1:{port}/"

# --request-file: three of one to one of the other, and a body that comes back
printf '### weight=3\nGET /ok\n\n### weight=1\nGET /404\n' >"$folder/two.http"
expect 0 'status_4xx  *25 ' -q -c1 -n100 --request-file="$folder/two.http" "$url"
printf 'POST /echo\nX-A: b\n\n@%s\n' "$folder/body" >"$folder/body.http"
printf 'there and back' >"$folder/body"
expect 0 'errors  *none' -q -c1 -n10 --request-file="$folder/body.http" --expect-length=14 \
    --expect-body='there and back' "$url"
expect 0 'errors  *none' -q -c1 -n10 --body-file="$folder/body" --expect-body=there \
    "http://127.0.0.1:$port/echo"
expect 2 'two.http: No such file' -q --request-file="$folder/no/two.http" "$url"
printf '### weight=0\nGET /ok\n' >"$folder/bad.http"
expect 2 'bad.http: request 1: its weight' -q --request-file="$folder/bad.http" "$url"

# --think: four pauses between five requests
expect 0 '5 answered' -q -c1 -n5 --think=100ms --json="$folder/think.json" "$url"
sed -n 's/.*"duration_s":\([0-9.]*\).*/\1/p' "$folder/think.json" |
    awk '{ exit !($1 >= 0.4) }' || { echo "--think: shorter than its pauses"; exit 1; }

# held up while eight answers come: the server was not slower, this program was. The first line for an
# interval says that the requests are out.
"$load" -c8 -n8 --interval=50ms --json="$folder/held.json" "http://127.0.0.1:$port/delay/2000" \
    >"$folder/out" 2>"$folder/lines" &
client=$!
until grep -q '  0\.[0-9]* s ' "$folder/lines"; do
    kill -0 $client || { cat "$folder/lines"; exit 1; }
    sleep 0.05
done
kill -STOP $client
sleep 3
kill -CONT $client
wait $client
own=$(sed -n 's/^"own_delay_ns":{"count":8,.*"min":\([0-9]*\).*/\1/p' "$folder/held.json")
time=$(sed -n 's/^"service_time_ns":{"count":8,.*"max":\([0-9]*\).*/\1/p' "$folder/held.json")
[ "$own" -gt 500000000 ] && [ "$time" -lt 2900000000 ] ||
    { echo "held up: own delay $own ns at least, service time $time ns at most"; exit 1; }
grep -q 'own delay  *[0-9]' "$folder/out" || { echo "no own delay in the report"; exit 1; }
grep -q '"timestamps":"kernel"' "$folder/held.json" || { echo "held up: no time stamps"; exit 1; }
expect 0 'own delay  *is in the times above (--timestamps=user)' -q -c2 -n20 --timestamps=user \
    --json="$folder/user.json" "$url"
grep -q '"timestamps":"user"' "$folder/user.json" || { echo "--timestamps=user: not in the JSON"; exit 1; }

# slow clients, beside one that is not: a request of theirs takes a while, and is answered
expect 0 'slow clients  *[1-9][0-9]* responses' -q -c1 -d1s --slow=2 --slow-every=2ms "$url"
expect 0 'slow clients  *[1-9][0-9]* responses' -q -c1 -d1s --slow=2 --slow-every=2ms \
    --slow-kind=body --body=0123456789 "http://127.0.0.1:$port/echo"
expect 0 'slow clients  *[1-9][0-9]* responses' -q -c1 -d1s --slow=2 --slow-every=2ms \
    --slow-kind=read "$url"

# --resolve
expect 0 "example.test:$port/ok (127.0.0.1:$port)" -q -c1 -n2 \
    --resolve="example.test:$port:127.0.0.1" "http://example.test:$port/ok"
expect 2 'is not HOST:PORT:ADDRESS' -q --resolve=here "$url"

# files that others read: as many columns in each line, and percentiles that only grow
"$load" -q -c2 -d500ms --interval=100ms --csv="$folder/i.csv" --hgrm="$folder/i.hgrm" "$url" >/dev/null
awk -F, 'NR == 1 { n = NF } NF != n || (NR > 1 && $2 <= $1) { exit 1 } END { exit NR < 5 }' \
    "$folder/i.csv" || { echo "--csv:"; cat "$folder/i.csv"; exit 1; }
awk '/^ *[0-9.]+ [0-9.]+ +[0-9]+/ { if ($1 < v || $2 < p || $3 < n) exit 1; v = $1; p = $2; n = $3; rows++ }
     END { exit rows < 10 || p != 1 }' "$folder/i.hgrm" || { echo "--hgrm:"; cat "$folder/i.hgrm"; exit 1; }
grep -q '^#\[Mean' "$folder/i.hgrm"
expect 2 'standard output is for one' -q --json --csv "$url"

# interrupted, as by Ctrl-C: a report of what there is, then 130
for command in "-q -c2 -d60 $url" "-q -c2 -d60 --processes=2 $url" "sweep -q -c2,4 -d60 $url"; do
    # shellcheck disable=SC2086
    "$load" $command >"$folder/out" 2>&1 &
    client=$!
    sleep 1
    kill -INT $client
    got=0
    wait $client || got=$?
    [ $got = 130 ] && grep -q interrupted "$folder/out" ||
        { echo "interrupted: exit $got: $command"; cat "$folder/out"; exit 1; }
done
echo "all of it holds"
