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
expect 1 'is no result of tri-load' diff "$folder/a.csv" "$folder/c.json"
expect 0 '1 connections' sweep -q --connections=1,4 -d200ms "$url"
expect 0 'one .* two\|  one ' compare -q --connections=2 -d200ms --rounds=2 --path=/ok \
    --json="$folder/lab.json" one="$fake {port}" two="$fake {port}"
grep -q '"schema":"tri-load-lab/1"' "$folder/lab.json"
expect 1 'ended before it listened' compare -q -d200ms one=false

# interrupted: a report of what there is, then 130
"$load" -q -c2 -d60 "$url" >"$folder/out" &
client=$!
sleep 1
kill -INT $client
got=0
wait $client || got=$?
[ $got = 130 ] && grep -q interrupted "$folder/out" || { echo "interrupted: exit $got"; cat "$folder/out"; exit 1; }
echo "all of it holds"
