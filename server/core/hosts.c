/*
 * hosts.c - names sorted by length and text, found by halving.
 *
 * Names are kept in lower case and without the dot of a fully qualified name, and a request's
 * host is compared the same way (RFC 9110 4.2.3, RFC 3986 3.2.2), so `WWW.Example.org.:8080`
 * finds `www.example.org`. A server without named hosts pays one comparison.
 */
#include "server/core/hosts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/error.h"
#include "server/core/router.h"

struct host {
    char *name; /* owned, lower case */
    size_t len;
    struct tri_router *router; /* owned */
};

struct tri_hosts {
    struct tri_router *fallback; /* owned */
    struct host *at;             /* owned, sorted by order() */
    size_t count;
};

struct tri_hosts *tri_hosts_new(struct tri_router *fallback)
{
    struct tri_hosts *hosts = calloc(1, sizeof(*hosts));
    if (hosts)
        hosts->fallback = fallback;
    return hosts;
}

static struct tri_slice without_dot(struct tri_slice name)
{
    if (name.len > 0 && name.at[name.len - 1] == '.')
        name.len--;
    return name;
}

static int order(const void *key, const void *entry)
{
    const struct tri_slice *name = key;
    const struct host *host = entry;
    if (name->len != host->len)
        return name->len < host->len ? -1 : 1;
    return strncasecmp(name->at, host->name, host->len);
}

bool tri_hosts_add(struct tri_hosts *hosts, const char *name, struct tri_router *router,
                   struct tri_error *error)
{
    bool ok = false;
    struct host added = {.router = router};
    struct tri_slice text = tri_slice_of(name);
    if (!tri_authority_is_valid(text) || tri_authority_host(text).len != text.len) {
        tri_error_set(error, "host \"%s\": not a host name (try www.example.org, no port)", name);
        goto done;
    }
    text = without_dot(text);
    if (hosts->count && bsearch(&text, hosts->at, hosts->count, sizeof(added), order)) {
        tri_error_set(error, "host \"%s\": it is there already, remove one of them", name);
        goto done;
    }
    added.name = strndup(text.at, text.len);
    struct host *more = realloc(hosts->at, (hosts->count + 1) * sizeof(added));
    if (more)
        hosts->at = more;
    if (!added.name || !more) {
        tri_error_set(error, "host \"%s\": out of memory", name);
        goto done;
    }
    for (; added.name[added.len]; added.len++)
        added.name[added.len] = (char)tolower((unsigned char)added.name[added.len]);
    size_t place = hosts->count++;
    for (; place > 0 && order(&text, &hosts->at[place - 1]) < 0; place--)
        hosts->at[place] = hosts->at[place - 1];
    hosts->at[place] = added;
    added.name = NULL;
    ok = true;
done:
    free(added.name);
    return ok;
}

const struct tri_router *tri_hosts_find(const struct tri_hosts *hosts, struct tri_slice host)
{
    if (hosts->count == 0 || host.len == 0)
        return hosts->fallback;
    struct tri_slice name = without_dot(tri_authority_host(host));
    const struct host *found = bsearch(&name, hosts->at, hosts->count, sizeof(*hosts->at), order);
    return found ? found->router : hosts->fallback;
}

void tri_hosts_free(struct tri_hosts *hosts)
{
    if (!hosts)
        return;
    for (size_t i = 0; i < hosts->count; i++) {
        free(hosts->at[i].name);
        tri_router_free(hosts->at[i].router);
    }
    free(hosts->at);
    tri_router_free(hosts->fallback);
    free(hosts);
}
