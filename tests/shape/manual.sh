#!/bin/sh
# manual.sh BUILD - the manual and the completions know what the programs know: the flags, settings
# and commands that --help lists are in the pages and in the scripts of three shells, all of them,
# once, and no others; and each script is one that its shell understands (where that is installed).
set -eu
manual=$1/config/manual
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seen=0 bad=0

# same FILE SED: what the expression finds in the file are the lines of $work/wanted.
same() {
    seen=$((seen + $(wc -l <"$work/wanted")))
    sed -nE -e "$2" "$manual/$1" | tr ' ' '\n' | sort >"$work/found"
    diff "$work/wanted" "$work/found" >"$work/diff" && return
    echo "$1: < is missing, > is there for no reason:"
    cat "$work/diff"
    bad=$((bad + 1))
}

for program in tri-httpd tri-load; do
    "$1/$program" --help >"$work/help"

    sed -nE 's/^  (-., |    )?--([a-z-]+).*/\2/p' "$work/help" | sort >"$work/wanted"
    same "$program.1.scd" 's/^(\*-.\*, )?\*--([a-z-]+)\*(\\?\[?=_.*)?$/\2/p'
    same "zsh/_$program" "s/^    '\*--([a-z-]+).*/\1/p"
    same "fish/$program.fish" "s/^complete -c $program -l ([a-z-]+) .*/\1/p"
    # --lab stands there as --lab and --lab=
    same "bash/$program" "/^    local flags=/{ s/.*'(.*)'/\1 /; s/--([a-z-]+) --\1= /--\1 /g
                          s/=? --/ /g; s/^--//; s/=? \$//; p }"

    sed -nE 's/^ +tri-load ([a-z]+) .*/\1/p' "$work/help" | sort -u >"$work/wanted"
    same "$program.1.scd" "s/^\*$program ([a-z]+)\*.*/\1/p"
    same "zsh/_$program" 's/.*1:command or URL:\((.*)\).*/\1/p'
    same "fish/$program.fish" 's/.* -n __fish_is_first_token -a //p'
    same "bash/$program" "s/^    local commands='(.+)'/\1/p"
done

"$1/tri-httpd" --help | sed -nE '/^Other flags/q; s/^  --([a-z-]+).*/\1/p' | sort >"$work/wanted"
same tri-httpd.conf.5.scd 's/.* Flag \*--([a-z-]+)\*, variable .*/\1/p'
tr a-z- A-Z_ <"$work/wanted" | sort >"$work/variables"
mv "$work/variables" "$work/wanted"
same tri-httpd.conf.5.scd 's/\\_/_/g; s/.*, variable \*TRI_HTTPD_([A-Z_]+)\*\.$/\1/p'

for program in tri-httpd tri-load; do
    for script in bash/$program zsh/_$program fish/$program.fish; do
        shell=${script%%/*}
        command -v "$shell" >/dev/null || continue
        "$shell" -n "$manual/$script" || { echo "$shell does not understand $script"; bad=$((bad + 1)); }
    done
done

echo "$seen names looked for, $bad lists are wrong"
[ "$bad" -eq 0 ] && [ "$seen" -gt 500 ]
