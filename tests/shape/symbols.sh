#!/bin/sh
# symbols.sh NM ARCHIVE... - what our libraries export starts with tri_ (or with the compiler's __).
set -eu
nm=$1
shift
[ $# -gt 0 ]

"$nm" --extern-only --defined-only --print-file-name "$@" | awk '
    NF < 2 { next }
    { seen++ }
    $NF !~ /^(tri_|__)/ { print $1 " exports " $NF; bad++ }
    END {
        print seen + 0 " symbols looked at, " bad + 0 " without tri_ in front"
        exit bad > 0 || seen == 0
    }'
