#!/bin/sh
# The three modes of tri-httpd in containers with equal budgets, measured by tri-load in another;
# leaves one page with charts: build/docker/comparison.html. About two minutes, beside the build.
#
#   sh docker/compare.sh
#   TRI_CONNECTIONS=64 TRI_DURATION=1s TRI_ROUNDS=1 TRI_PATH='/sleep?ms=10' sh docker/compare.sh
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
if docker compose version >/dev/null 2>&1; then
    compose() { docker compose -f "$here/docker/compose.yml" --profile compare "$@"; }
elif command -v docker-compose >/dev/null; then
    compose() { docker-compose -f "$here/docker/compose.yml" --profile compare "$@"; }
else
    echo "compare.sh: needs docker compose, or docker-compose 1.29 (without Docker: sh loadtest/run)" >&2
    exit 1
fi

mkdir -p "$here/build/docker" # by who runs this, or the engine makes it root's
TRI_UID=$(id -u)
TRI_GID=$(id -g)
export TRI_UID TRI_GID

compose build threads compare
trap 'compose down --timeout 15 >/dev/null 2>&1' EXIT
compose up -d threads loop mn
compose run --rm compare
echo
echo "charts: $here/build/docker/comparison.html"
