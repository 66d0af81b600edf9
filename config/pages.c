/*
 * pages.c - error_pages: a status and the file whose bytes are sent with it.
 */
#include "config/pages.h"

#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "config/paths.h"

static int status_of(const char *text)
{
    return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

static const char *path_of(const char *text)
{
    return text + 3 + strspn(text + 3, " ");
}

static bool check_file(const char *path, struct tri_error *error)
{
    uint64_t bytes;
    if (!tri_path_check_file(path, "page", &bytes, error))
        return false;
    if (bytes <= TRI_CONFIG_PAGE_BYTES)
        return true;
    tri_error_set(error, "\"%.100s\" is longer than %dKiB (name a smaller page)", path,
                  TRI_CONFIG_PAGE_BYTES / 1024);
    return false;
}

bool tri_pages_check(const char *text, struct tri_error *error)
{
    bool has_status = (text[0] == '4' || text[0] == '5') && strspn(text, "0123456789") == 3 &&
                      text[3] == ' ' && *path_of(text);
    if (has_status)
        return check_file(path_of(text), error);
    tri_error_set(error,
                  "\"%.60s\" is no error page (write a status from 400 to 599 and a file, as in "
                  "\"404 /srv/404.html\")",
                  text);
    return false;
}

static const struct tri_config_error_page *find(const struct tri_config_error_page *pages,
                                                unsigned count, int status)
{
    for (unsigned i = 0; i < count; i++)
        if (pages[i].status == status)
            return &pages[i];
    return NULL;
}

static bool add(struct tri_config_error_page *pages, unsigned *count, int status, const char *path,
                int line, struct tri_error *error)
{
    char *copy = strdup(path);
    if (!copy) {
        tri_error_set(error, TRI_OUT_OF_MEMORY);
        return false;
    }
    pages[(*count)++] = (struct tri_config_error_page){status, copy, line};
    return true;
}

bool tri_pages_add(struct tri_config_error_page *pages, unsigned *count, const char *text, int line,
                   struct tri_error *error)
{
    int status = status_of(text);
    const struct tri_config_error_page *there = find(pages, *count, status);
    if (!there)
        return add(pages, count, status, path_of(text), line, error);
    tri_error_set(error, "status %d has the page \"%.100s\" already (keep one of them)", status,
                  there->path);
    return false;
}

bool tri_pages_inherit(struct tri_config_error_page *pages, unsigned *count,
                       const struct tri_config_error_page *outer, unsigned outer_count,
                       struct tri_error *error)
{
    for (unsigned i = 0; i < outer_count; i++)
        if (!find(pages, *count, outer[i].status) &&
            !add(pages, count, outer[i].status, outer[i].path, outer[i].line, error))
            return false;
    return true;
}

void tri_pages_free(struct tri_config_error_page *pages, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        free(pages[i].path);
    free(pages);
}
