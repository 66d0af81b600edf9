#!/bin/sh
# setup.sh - from a checkout on a bare machine to a built tree; does nothing that is done already.
#
#   sh config/setup.sh build   [PRESET...]   what building the server needs, then those presets
#   sh config/setup.sh test    [PRESET...]   the same and what the tests need
#   sh config/setup.sh package [PRESET...]   the same as build and what the package needs (apt only)
#
# Needs root or sudo only when a package is missing. Tried on Debian 12, Debian 13 and Ubuntu 24.04
# (apt); dnf, apk and brew are untested best effort.
set -eu
cd -- "$(dirname -- "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

profile=${1:-}
case $profile in
build | test | package) shift ;;
*) fail "\"$profile\" is not a profile (try: sh config/setup.sh build release)" ;;
esac

# --- which packages, and how one asks whether they are there --------------------------------------

if command -v apt-get >/dev/null; then
    manager=apt
    wanted='gcc libc6-dev cmake ninja-build pkg-config libev-dev libssl-dev libconfuse-dev
            zlib1g-dev libbrotli-dev llhttp libjs-dygraphs'
    wanted_by_tests='libcriterion-dev clang libclang-rt-dev curl openssl spin'
    wanted_by_package='scdoc dpkg-dev file'
elif command -v dnf >/dev/null; then
    manager=dnf
    wanted='gcc cmake ninja-build pkgconf-pkg-config libev-devel openssl-devel libconfuse-devel
            zlib-devel brotli-devel llhttp-devel'
    wanted_by_tests='criterion-devel clang compiler-rt libasan libubsan libtsan curl openssl'
elif command -v apk >/dev/null; then
    manager=apk
    wanted='build-base cmake ninja-build pkgconf libev-dev openssl-dev confuse-dev
            zlib-dev brotli-dev llhttp-dev'
    wanted_by_tests='criterion-dev clang compiler-rt curl openssl'
elif command -v brew >/dev/null; then
    manager=brew
    wanted='cmake ninja pkgconf libev openssl@3 confuse zlib brotli llhttp'
    wanted_by_tests='criterion llvm curl spin'
else
    fail "found none of apt-get, dnf, apk, brew: install gcc, cmake 3.25, ninja, pkg-config," \
        "libev, OpenSSL 3, libconfuse and llhttp by hand, then: cmake --preset release"
fi
case $profile in
test) wanted="$wanted $wanted_by_tests" ;;
package)
    [ "$manager" = apt ] || fail "packages are made where there is apt-get: on Debian 12, say"
    wanted="$wanted $wanted_by_package"
    ;;
esac

installed() {
    case $manager in
    apt) [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ;;
    dnf) rpm -q "$1" >/dev/null 2>&1 ;;
    apk) apk info -e "$1" >/dev/null ;;
    brew) brew list "$1" >/dev/null 2>&1 ;;
    esac
}

# Debian 13 packages llhttp as a library; before it, node-llhttp carries the C sources.
resolve() {
    if [ "$manager:$1" != apt:llhttp ]; then
        echo "$1"
    elif installed libllhttp-dev || apt-cache show libllhttp-dev >/dev/null 2>&1; then
        echo libllhttp-dev
    else
        echo node-llhttp
    fi
}

missing() {
    for package in $wanted; do
        package=$(resolve "$package")
        installed "$package" || printf '%s ' "$package"
    done
}

# --- installing -----------------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# A step that is only worth reading when it fails.
quietly() {
    "$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; return 1; }
}

install() {
    case $manager in
    apt) as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "$@" ;;
    dnf) as_root dnf install -y --setopt=install_weak_deps=False "$@" ;;
    apk) as_root apk add "$@" ;;
    brew) brew install "$@" ;;
    esac
}

mkdir -p build
log=build/setup.log
packages=$(missing)
if [ -n "$packages" ]; then
    if [ "$manager" != brew ] && [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        fail "needs root or sudo to install with $manager: $packages"
    fi
    if [ "$manager" = apt ]; then
        say "refreshing the package lists"
        quietly as_root apt-get update || say "that failed; going on with the lists there are"
        packages=$(missing) # the lists decide what llhttp is called
    fi
    say "installing with $manager: $packages"
    # shellcheck disable=SC2086 # a list of words
    quietly install $packages ||
        fail "could not install $packages(above: what $manager said; is there a network?)"
fi

# --- building -------------------------------------------------------------------------------------

for preset; do
    say "building preset $preset into build/$preset"
    # --fresh forgets a cache that was made elsewhere or by other tools
    quietly cmake --preset "$preset" || quietly cmake --fresh --preset "$preset" ||
        fail "preset $preset does not configure (above: what cmake said)"
    quietly cmake --build --preset "$preset" ||
        fail "preset $preset does not build (above: what the compiler said)"
done
