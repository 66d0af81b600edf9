#!/bin/sh
# package.sh - the package for Debian and its kin, from a checkout on a bare machine:
#
#   sh config/package.sh           builds build/package/tri-httpd_VERSION-1_ARCH.deb, whose name is the
#                                  last line; installs what is missing for that
#
# What is in it stands in config/package/CMakeLists.txt.
set -eu
cd -- "$(dirname -- "$0")/.."

sh config/setup.sh package package
rm -f build/package/*.deb
cpack --preset package >build/package/cpack.log 2>&1 ||
    { cat build/package/cpack.log >&2; echo "package: cpack failed (see above)" >&2; exit 1; }
echo build/package/*.deb
