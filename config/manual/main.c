/*
 * main.c - tri_manual: prints what the tables of flags make, while the project is built.
 *
 *     tri_manual bash|zsh|fish PROGRAM     a completion
 *     tri_manual page PROGRAM              standard input, source of a manual page, in which the
 * line
 *                                          @flags@ becomes the flags and @settings@ the settings
 *
 * A page whose table is nowhere in it is a mistake, and so is a line of the kind that is unknown.
 */
#include <stdlib.h>
#include <string.h>

#include "config/manual/table.h"

static int copy_page(const struct tri_table *table)
{
    char *line = NULL;
    size_t room = 0;
    unsigned places = 0;
    bool ok = true;
    while (ok && getline(&line, &room, stdin) > 0) {
        if (strcmp(line, "@flags@\n") == 0) {
            tri_page_flags(stdout, table);
            places++;
        } else if (strcmp(line, "@settings@\n") == 0) {
            tri_page_settings(stdout, table);
            places++;
        } else if (line[0] == '@') {
            fprintf(stderr, "tri_manual: %s: no such place (try @flags@ or @settings@)\n", line);
            ok = false;
        } else {
            fputs(line, stdout);
        }
    }
    free(line);
    if (ok && places == 0) {
        fprintf(stderr, "tri_manual: the page has no line @flags@ or @settings@ (add one)\n");
        ok = false;
    }
    return ok ? 0 : 1;
}

int main(int argc, char *argv[])
{
    const struct tri_table *table = argc == 3 ? tri_table_find(argv[2]) : NULL;
    int code = 0;
    if (!table) {
        fputs("Usage: tri_manual page|bash|zsh|fish tri-httpd|tri-load\n", stderr);
        return 2;
    }
    if (strcmp(argv[1], "page") == 0) {
        code = copy_page(table);
    } else if (strcmp(argv[1], "bash") == 0) {
        tri_complete_bash(stdout, table);
    } else if (strcmp(argv[1], "zsh") == 0) {
        tri_complete_zsh(stdout, table);
    } else if (strcmp(argv[1], "fish") == 0) {
        tri_complete_fish(stdout, table);
    } else {
        fprintf(stderr, "tri_manual: \"%s\" is nothing to print (try page, bash, zsh or fish)\n",
                argv[1]);
        return 2;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("tri_manual: standard output: could not be written\n", stderr);
        code = 1;
    }
    return code;
}
