# typed.zsh FOLDER WORDS - prints what zsh makes of WORDS and a tab, with the completions of FOLDER.
#
# A completion of zsh only works within its line editor, so one is started on a terminal of its own
# (zsh/zpty) and typed to. Control-X has it print the line as it stands. Every wait ends after ten
# seconds.
setopt extended_glob
zmodload zsh/zpty
zpty shell "TERM=dumb zsh -f -i"

# until_it PATTERN: read what the shell draws until the pattern is in it.
until_it() {
    local piece i
    said=
    for i in {1..100}; do
        while zpty -r -t shell piece; do
            said+=$piece
        done
        [[ $said != *$~1* ]] || return 0
        sleep 0.1
    done
    print -r -- "in vain: $1 in $said"
    exit 1
}

zpty -w shell "PS1='> '; unset zle_bracketed_paste; unsetopt beep; fpath=($1 \$fpath)"
zpty -w shell "autoload -U compinit; compinit -u -D"
zpty -w shell "show() { print -r -- \"[\$BUFFER]\"; }; zle -N show; bindkey '^X' show"
zpty -w shell "printf 'rea%s\\n' dy"
until_it 'ready'
zpty -n -w shell "$2"$'\t\C-x'
until_it "\[[^$'\n']#]"
print -r -- "${${said##*\[}%%\]*}"
zpty -d shell
