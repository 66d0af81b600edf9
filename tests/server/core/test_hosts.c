/*
 * test_hosts.c - which router a Host leads to.
 */
#include "server/core/hosts.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/error.h"
#include "server/core/router.h"

TestSuite(core_hosts, .timeout = 10);

static struct tri_router *fallback;
static struct tri_hosts *hosts;

static void set_up(void)
{
    fallback = tri_router_new(NULL);
    hosts = tri_hosts_new(fallback);
}

static void tear_down(void)
{
    tri_hosts_free(hosts);
}

static const struct tri_router *add(const char *name)
{
    struct tri_router *router = tri_router_new(NULL);
    struct tri_error error = {0};
    cr_assert(tri_hosts_add(hosts, name, router, &error), "%s", error.text);
    return router;
}

static bool leads(const char *host, const struct tri_router *router)
{
    return tri_hosts_find(hosts, tri_slice_of(host)) == router;
}

Test(core_hosts, a_host_without_a_name_here_gets_the_default, .init = set_up, .fini = tear_down)
{
    cr_assert(leads("www.example.org", fallback));
    const struct tri_router *www = add("www.example.org");
    cr_assert(leads("www.example.org", www));
    cr_assert(leads("", fallback));
    cr_assert(leads("example.org", fallback));
    cr_assert(leads("www.example.or", fallback));
    cr_assert(leads("www.example.orgs", fallback));
}

Test(core_hosts, case_port_and_final_dot_do_not_matter, .init = set_up, .fini = tear_down)
{
    const struct tri_router *www = add("WWW.Example.org.");
    const struct tri_router *six = add("[::1]");
    cr_assert(leads("www.example.ORG", www));
    cr_assert(leads("www.example.org:8080", www));
    cr_assert(leads("www.example.org:", www));
    cr_assert(leads("www.example.org.", www));
    cr_assert(leads("www.example.org.:80", www));
    cr_assert(leads("www.example.org..", fallback));
    cr_assert(leads("[::1]", six));
    cr_assert(leads("[::1]:443", six));
    cr_assert(leads("[::2]:443", fallback));
}

Test(core_hosts, refuses_a_name_twice_and_names_that_are_none, .init = set_up, .fini = tear_down)
{
    static const char *const refused[] = {"a.example", "A.EXAMPLE.", "b:80", "", "a b", "a/b"};
    const struct tri_router *first = add("a.example");
    struct tri_router *second = tri_router_new(NULL);
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        struct tri_error error = {0};
        cr_assert(tri_hosts_add(hosts, refused[i], second, &error) == false, "%s", refused[i]);
        cr_assert(strncmp(error.text, "host \"", 6) == 0, "%s", error.text);
    }
    cr_assert(leads("a.example", first));
    tri_router_free(second);
}

Test(core_hosts, finds_each_of_many_names, .init = set_up, .fini = tear_down)
{
    enum { MANY = 1000 };
    static const struct tri_router *routers[MANY];
    char name[64];
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "h%u.example", i * 617 % MANY);
        routers[i] = add(name);
    }
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "H%u.example:80", i * 617 % MANY);
        cr_assert(leads(name, routers[i]));
    }
}
