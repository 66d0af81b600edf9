/*
 * support.c - texts become files, flags and variables, in a folder under /tmp.
 */
#include "tests/config/support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/assert.h"

#define WORDS_MAX 128

static char folder[] = "/tmp/tri-config-XXXXXX";

/* Split lines in place; the last entry is NULL. */
static int split(char *lines, char *words[static WORDS_MAX], int count)
{
    for (char *word = strsep(&lines, "\n"); word; word = strsep(&lines, "\n"))
        if (*word) {
            tri_assert(count < WORDS_MAX - 1);
            words[count++] = word;
        }
    words[count] = NULL;
    return count;
}

bool support_load(struct tri_config *config, const char *file, const char *flags,
                  const char *environment, struct tri_error *error)
{
    static const char *const handlers[] = {"echo", "files", "hello", NULL};
    char name[] = "tri-httpd", option[] = "--config=" SUPPORT_FILE;
    char *argv[WORDS_MAX] = {name}, *variables[WORDS_MAX];
    char *flag_lines = strdup(flags ? flags : "");
    char *variable_lines = strdup(environment ? environment : "");
    int argc = 1;
    if (file) {
        support_write(file, strlen(file));
        argv[argc++] = option;
    }
    argc = split(flag_lines, argv, argc);
    split(variable_lines, variables, 0);
    bool ok = tri_config_load(config, argc, argv, variables, handlers, error);
    free(flag_lines);
    free(variable_lines);
    return ok;
}

void support_write(const char *bytes, size_t len)
{
    FILE *to = fopen(SUPPORT_FILE, "w");
    tri_assert(to);
    tri_assert(fwrite(bytes, 1, len, to) == len);
    tri_assert(fclose(to) == 0);
}

void support_touch(const char *const names[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        FILE *to = fopen(names[i], "w");
        tri_assert(to && fclose(to) == 0);
    }
}

char *support_read(const char *path)
{
    char *text = NULL;
    size_t room = 0;
    FILE *from = fopen(path, "r");
    if (!from)
        return NULL;
    if (getdelim(&text, &room, '\0', from) < 0 && text)
        *text = '\0';
    fclose(from);
    return text;
}

char *support_print(const struct tri_config *config)
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);
    tri_assert(to);
    tri_config_print(config, to);
    tri_assert(fclose(to) == 0);
    return text;
}

void support_enter(void)
{
    tri_assert(mkdtemp(folder));
    tri_assert(chdir(folder) == 0);
}

void support_leave(void)
{
    const struct dirent *entry;
    DIR *here = opendir(".");
    while (here && (entry = readdir(here)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove(entry->d_name);
    if (here)
        closedir(here);
    tri_assert(chdir("/") == 0 && rmdir(folder) == 0);
}
