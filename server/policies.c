/*
 * policies.c - policies out of settings; see policies.h.
 */
#include "server/policies.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/fd.h"
#include "server/handlers/files/mime.h"

/* Every field line that the settings ask for, each with its CRLF. */
static bool make_fields(struct tri_arena *arena, const struct tri_config *config,
                        const struct tri_config_words *headers, struct tri_slice *ret_fields)
{
    static const char nosniff[] = "X-Content-Type-Options: nosniff\r\n";
    static const char server[] = "Server: tri-httpd/" TRI_VERSION "\r\n";
    size_t room = sizeof(nosniff) + sizeof(server);
    for (unsigned i = 0; i < headers->count; i++)
        room += strlen(headers->at[i]) + 2;
    char *text = tri_arena_alloc(arena, room);
    if (!text)
        return false;
    char *end = stpcpy(text, config->server_header ? server : "");
    end = stpcpy(end, nosniff);
    for (unsigned i = 0; i < headers->count; i++)
        end = stpcpy(stpcpy(end, headers->at[i]), "\r\n");
    *ret_fields = (struct tri_slice){text, (size_t)(end - text)};
    return true;
}

static struct tri_policy *make(struct tri_arena *arena, const struct tri_config *config,
                               const struct tri_config_options *options, struct tri_error *error)
{
    struct tri_policy *policy = tri_arena_alloc(arena, sizeof(*policy));
    struct tri_slice cache_control = {"", 0};
    if (options->cache_control)
        cache_control = tri_arena_copy(arena, tri_slice_of(options->cache_control));
    if (policy)
        *policy = (struct tri_policy){.cache_control = cache_control};
    if (policy && cache_control.at &&
        make_fields(arena, config, &options->headers, &policy->fields))
        return policy;
    tri_error_set(error, "out of memory");
    return NULL;
}

/* The whole of a file that is small, copied to the arena; false with *error. */
static bool read_page(struct tri_arena *arena, const char *path, struct tri_slice *ret_body,
                      struct tri_error *error)
{
    struct stat about;
    bool ok = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &about) != 0) {
        tri_error_os(error, "error page \"%s\": cannot be opened", path);
        goto done;
    }
    if (!S_ISREG(about.st_mode) || about.st_size > TRI_CONFIG_PAGE_BYTES) {
        tri_error_set(error, "error page \"%s\": not a file of at most %dKiB", path,
                      TRI_CONFIG_PAGE_BYTES / 1024);
        goto done;
    }
    size_t bytes = (size_t)about.st_size, len = 0;
    char *text = tri_arena_alloc(arena, bytes + 1);
    ssize_t got = text ? 1 : -1;
    while (got > 0 && len < bytes) {
        got = read(fd, text + len, bytes - len);
        len += got > 0 ? (size_t)got : 0;
    }
    ok = got >= 0;
    if (ok)
        *ret_body = (struct tri_slice){text, len};
    else
        tri_error_os(error, "error page \"%s\": cannot be read", path);
done:
    tri_fd_close(&fd);
    return ok;
}

static bool read_pages(struct tri_arena *arena, const struct tri_config *config,
                       const struct tri_config_host *host, struct tri_policy *policy,
                       struct tri_error *error)
{
    struct tri_error_page *pages = tri_arena_alloc(arena, (host->error_count + 1) * sizeof(*pages));
    struct tri_error why;
    tri_error_set(&why, "out of memory");
    for (unsigned i = 0; pages && i < host->error_count; i++) {
        const struct tri_config_error_page *from = &host->errors[i];
        pages[i] = (struct tri_error_page){
            from->status, tri_mime_find(tri_slice_of(from->path)), {NULL, 0}};
        if (!read_page(arena, from->path, &pages[i].body, &why)) {
            tri_error_set(error, "%s:%d: %s", config->file, from->line, why.text);
            return false;
        }
    }
    policy->errors = pages;
    policy->error_count = host->error_count;
    if (!pages)
        *error = why;
    return pages != NULL;
}

/*
 * A policy that is complete, and beside it the same for who speaks TLS, who is told to speak it
 * always (RFC 6797 7.1).
 */
static const struct tri_policy *finish(struct tri_arena *arena, struct tri_policy *policy,
                                       const struct tri_config_options *options,
                                       struct tri_error *error)
{
    if (!options->hsts)
        return policy;
    struct tri_policy *secure = tri_arena_alloc(arena, sizeof(*secure));
    if (secure) {
        *secure = *policy;
        secure->fields =
            tri_arena_printf(arena, "%.*sStrict-Transport-Security: %s\r\n",
                             (int)policy->fields.len, policy->fields.at, options->hsts);
        policy->when_secure = secure;
    }
    if (secure && secure->fields.at)
        return policy;
    tri_error_set(error, "out of memory");
    return NULL;
}

const struct tri_policy *tri_policy_of_host(struct tri_arena *arena,
                                            const struct tri_config *config,
                                            const struct tri_config_host *host,
                                            struct tri_error *error)
{
    struct tri_policy *policy = make(arena, config, &host->options, error);
    return policy && read_pages(arena, config, host, policy, error)
               ? finish(arena, policy, &host->options, error)
               : NULL;
}

const struct tri_policy *tri_policy_of_route(struct tri_arena *arena,
                                             const struct tri_config *config,
                                             const struct tri_config_options *options,
                                             const struct tri_policy *host, struct tri_error *error)
{
    struct tri_policy *policy = make(arena, config, options, error);
    if (!policy)
        return NULL;
    policy->errors = host->errors;
    policy->error_count = host->error_count;
    return finish(arena, policy, options, error);
}
