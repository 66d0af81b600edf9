/*
 * complete.c - rows as completions of bash, zsh and fish: every flag, and the values of those
 * whose values are known.
 *
 * bash takes "--mode=th" for three words, "--mode", "=" and "th", unless somebody has taken "="
 * out of COMP_WORDBREAKS; both are completed, and so is "--mode th". None of the three scripts
 * needs a library.
 */
#include "config/manual/table.h"

#include <string.h>

/* --- bash --- */

static void print_bash_flags(FILE *to, const struct tri_table *table)
{
    fputs("    local flags='", to);
    for (unsigned i = 0; i < table->count; i++) {
        const struct tri_row *row = &table->rows[i];
        fprintf(to, "%s--%s", i ? " " : "", row->flag);
        if (row->value && !row->may_lack_value)
            fputc('=', to);
        else if (row->value)
            fprintf(to, " --%s=", row->flag);
    }
    fputs("'\n    local commands='", to);
    for (unsigned i = 0; table->commands[i]; i++)
        fprintf(to, "%s%s", i ? " " : "", table->commands[i]);
    fputs("'\n", to);
}

static void print_bash_values(FILE *to, const struct tri_table *table)
{
    for (unsigned i = 0; i < table->count; i++) {
        const struct tri_row *row = &table->rows[i];
        if (!row->value)
            continue;
        fprintf(to, "    --%s", row->flag);
        if (row->letter)
            fprintf(to, " | -%c", row->letter);
        fputs(") ", to);
        switch (tri_row_kind(row)) {
        case TRI_KIND_WORDS:
            fputs("found=$(compgen -W '", to);
            tri_row_print_words(to, row);
            fputs("' -- \"$cur\")", to);
            break;
        case TRI_KIND_FILE:
            fputs("found=$(compgen -f -- \"$cur\") is_path=1", to);
            break;
        case TRI_KIND_DIRECTORY:
            fputs("found=$(compgen -d -- \"$cur\") is_path=1", to);
            break;
        case TRI_KIND_NONE:
            fputs(": ;;\n", to);
            continue;
        }
        fputs(" ;;\n", to);
    }
}

void tri_complete_bash(FILE *to, const struct tri_table *table)
{
    const char *name = strchr(table->program, '-') + 1;
    fprintf(to, "# bash completion of %s; made from the table that --help prints.\n",
            table->program);
    fprintf(to, "_tri_%s()\n{\n", name);
    print_bash_flags(to, table);
    fputs("    local cur=${COMP_WORDS[COMP_CWORD]} flag='' prefix='' found='' is_path=''\n"
          "    local before=''\n"
          "    ((COMP_CWORD > 0)) && before=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    COMPREPLY=()\n"
          "    if [[ $cur == '=' ]]; then\n"
          "        flag=$before cur=''\n"
          "    elif [[ $before == '=' ]] && ((COMP_CWORD > 1)); then\n"
          "        flag=${COMP_WORDS[COMP_CWORD - 2]}\n"
          "    elif [[ $cur == --*=* ]]; then\n"
          "        flag=${cur%%=*} prefix=${cur%%=*}= cur=${cur#*=}\n"
          "    elif [[ $cur != -* ]]; then\n"
          "        flag=$before\n"
          "    fi\n"
          "    case $flag in\n",
          to);
    print_bash_values(to, table);
    fputs("    *)\n"
          "        if [[ $cur == -* ]]; then\n"
          "            found=$(compgen -W \"$flags\" -- \"$cur\")\n"
          "        elif ((COMP_CWORD == 1)); then\n"
          "            [[ -n $cur ]] || commands+=\" $flags\"\n"
          "            found=$(compgen -W \"$commands\" -- \"$cur\")\n"
          "        fi\n"
          "        [[ $found != *= ]] || compopt -o nospace 2>/dev/null\n"
          "        ;;\n"
          "    esac\n"
          "    [[ -z $is_path ]] || compopt -o filenames 2>/dev/null\n"
          "    local line\n"
          "    while IFS= read -r line; do\n"
          "        [[ -z $line ]] || COMPREPLY+=(\"$prefix$line\")\n"
          "    done <<<\"$found\"\n"
          "    return 0\n"
          "}\n",
          to);
    fprintf(to, "complete -F _tri_%s %s\n", name, table->program);
}

/* --- zsh --- */

/* Within single quotes; [ ] and : part what _arguments is told. */
static void print_zsh_text(FILE *to, const char *text)
{
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", to);
        else
            fprintf(to, "%s%c", strchr("[]:\\", *text) ? "\\" : "", *text);
}

static void print_zsh_row(FILE *to, const struct tri_row *row, const char *dashes, const char *mark)
{
    fprintf(to, "    '*%s%s[", dashes, mark);
    print_zsh_text(to, row->meaning);
    fputc(']', to);
    if (row->value) {
        fputs(row->may_lack_value ? "::" : ":", to);
        print_zsh_text(to, row->value);
        fputc(':', to);
        switch (tri_row_kind(row)) {
        case TRI_KIND_WORDS:
            fputc('(', to);
            tri_row_print_words(to, row);
            fputc(')', to);
            break;
        case TRI_KIND_FILE:
            fputs("_files", to);
            break;
        case TRI_KIND_DIRECTORY:
            fputs("_files -/", to);
            break;
        case TRI_KIND_NONE:
            fputc(' ', to);
            break;
        }
    }
    fputs("' \\\n", to);
}

void tri_complete_zsh(FILE *to, const struct tri_table *table)
{
    char dashes[64];
    fprintf(to, "#compdef %s\n", table->program);
    fprintf(to, "# zsh completion of %s; made from the table that --help prints.\n",
            table->program);
    fputs("_arguments -s -S : \\\n", to);
    for (unsigned i = 0; i < table->count; i++) {
        const struct tri_row *row = &table->rows[i];
        snprintf(dashes, sizeof(dashes), "--%s", row->flag);
        print_zsh_row(to, row, dashes, !row->value ? "" : row->may_lack_value ? "=-" : "=");
        snprintf(dashes, sizeof(dashes), "-%c", row->letter);
        if (row->letter)
            print_zsh_row(to, row, dashes, row->value ? "+" : "");
    }
    if (*table->commands) {
        fputs("    '1:command or URL:(", to);
        for (unsigned i = 0; table->commands[i]; i++)
            fprintf(to, "%s%s", i ? " " : "", table->commands[i]);
        fputs(")' \\\n    '*:file:_files'\n", to);
    } else {
        fputs("    && return 0\n", to);
    }
}

/* --- fish --- */

static void print_fish_text(FILE *to, const char *text)
{
    for (; *text; text++)
        fprintf(to, "%s%c", strchr("\\'", *text) ? "\\" : "", *text);
}

void tri_complete_fish(FILE *to, const struct tri_table *table)
{
    fprintf(to, "# fish completion of %s; made from the table that --help prints.\n",
            table->program);
    fprintf(to, "complete -c %s -f\n", table->program);
    for (unsigned i = 0; table->commands[i]; i++)
        fprintf(to, "complete -c %s -n __fish_is_first_token -a %s\n", table->program,
                table->commands[i]);
    for (unsigned i = 0; i < table->count; i++) {
        const struct tri_row *row = &table->rows[i];
        fprintf(to, "complete -c %s -l %s", table->program, row->flag);
        if (row->letter)
            fprintf(to, " -s %c", row->letter);
        if (row->value && !row->may_lack_value)
            fputs(" -r", to);
        switch (tri_row_kind(row)) {
        case TRI_KIND_WORDS:
            fputs(" -f -a '", to);
            tri_row_print_words(to, row);
            fputc('\'', to);
            break;
        case TRI_KIND_FILE:
            fputs(" -F", to);
            break;
        case TRI_KIND_DIRECTORY:
            fputs(" -f -a '(__fish_complete_directories)'", to);
            break;
        case TRI_KIND_NONE:
            fputs(" -f", to);
            break;
        }
        fputs(" -d '", to);
        print_fish_text(to, row->meaning);
        fputs("'\n", to);
    }
}
