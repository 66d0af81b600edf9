# alone.sh - part of run: what can be said of the package without installing it: its manual pages, its
# completions.
# shellcheck shell=sh disable=SC2154 # here and work are those of run

# scdoc begins a paragraph below each heading, which mandoc finds superfluous.
page_is_read() {
    gzip -dc "$work/unpacked/usr/share/man/$1.gz" >"$work/manual"
    LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l "$work/manual" \
        >"$work/page" 2>"$work/warnings"
    mandoc -Tlint -W warning "$work/manual" |
        grep -v 'skipping paragraph macro: PP' >>"$work/warnings" || true
    cat "$work/warnings"
    [ ! -s "$work/warnings" ] && [ "$(wc -l <"$work/page")" -gt 100 ]
}

bash_completes() { # WORDS WANTED
    bash -c '
        . "$1/usr/share/bash-completion/completions/tri-httpd"
        COMP_WORDS=($2) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _tri_httpd
        echo "$2: ${COMPREPLY[*]}"
        [ "${COMPREPLY[*]}" = "$3" ]' bash "$work/unpacked" "$1" "$2"
}

fish_completes() {
    fish --no-config -c "
        source $work/unpacked/usr/share/fish/vendor_completions.d/tri-httpd.fish
        complete -C '$1'" | cut -f 1 | sort | tr '\n' ' ' | tee "$work/fish"
    [ "$(cat "$work/fish")" = "$2 " ]
}

zsh_completes() {
    zsh -f "$here/typed.zsh" "$work/unpacked/usr/share/zsh/vendor-completions" "$1" | tee "$work/zsh"
    [ "$(cat "$work/zsh")" = "$2" ]
}
