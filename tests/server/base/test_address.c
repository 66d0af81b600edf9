/*
 * test_address.c - what is an address to listen on, and what is said about what is none.
 */
#include "server/base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/base/error.h"

TestSuite(base_address, .timeout = 10);

#define TRY " (try 127.0.0.1:8080, [::1]:8080, *:8080 or unix:/run/tri-httpd.sock)"
#define A10 "aaaaaaaaaa"
#define A100 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10

static const struct {
    const char *text, *url;
    int family;
    in_port_t port;
} good[] = {
    {"127.0.0.1:8080", "http://127.0.0.1:8080", AF_INET, 8080},
    {"0.0.0.0:0", "http://0.0.0.0:0", AF_INET, 0},
    {"*:65535", "http://0.0.0.0:65535", AF_INET, 65535},
    {"255.255.255.255:1", "http://255.255.255.255:1", AF_INET, 1},
    {"10.0.0.1:00080", "http://10.0.0.1:80", AF_INET, 80},
    {"[::1]:8080", "http://[::1]:8080", AF_INET6, 8080},
    {"[::]:80", "http://[::]:80", AF_INET6, 80},
    {"[2001:DB8:0:0::1]:443", "http://[2001:db8::1]:443", AF_INET6, 443},
    {"[::ffff:10.0.0.1]:1", "http://[::ffff:10.0.0.1]:1", AF_INET6, 1},
};

Test(base_address, takes_numeric_addresses)
{
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        struct tri_address address;
        struct tri_error error = {.text = ""};
        char url[160];
        cr_assert(tri_address_parse(&address, good[i].text, &error), "%s", error.text);
        cr_assert(eq(int, address.raw.ss_family, good[i].family));
        in_port_t port = good[i].family == AF_INET
                             ? ((struct sockaddr_in *)&address.raw)->sin_port
                             : ((struct sockaddr_in6 *)&address.raw)->sin6_port;
        cr_assert(eq(u16, ntohs(port), good[i].port), "%s", good[i].text);
        cr_assert(eq(str, address.text, (char *)good[i].text));
        tri_address_url(&address, "http", url, sizeof(url));
        cr_assert(eq(str, url, (char *)good[i].url));
        cr_assert(eq(str, error.text, ""));
    }
}

Test(base_address, takes_the_longest_path_of_a_socket_and_no_longer)
{
    struct tri_address address;
    struct tri_error error;
    const struct sockaddr_un *un = (const struct sockaddr_un *)&address.raw;
    char url[160];
    static const char longest[] = "unix:/" A100 "aaaaaa";
    cr_assert(tri_address_parse(&address, longest, &error));
    cr_assert(eq(int, un->sun_family, AF_UNIX));
    cr_assert(eq(str, (char *)un->sun_path, (char *)longest + 5));
    cr_assert(eq(sz, strlen(un->sun_path), 107));
    tri_address_url(&address, "http", url, sizeof(url));
    cr_assert(eq(str, url, (char *)longest));
    cr_assert(not(tri_address_parse(&address, "unix:/" A100 "aaaaaaa", &error)));
    cr_assert(eq(str, error.text,
                 "\"unix:/" A100 "aaaaaaa\": the path must be absolute and at most 107 bytes"));
}

static const struct {
    const char *text, *message;
} bad[] = {
    {"", "\"\" is not an address" TRY},
    {"8080", "\"8080\" is not an address" TRY},
    {":8080", "\":8080\" is not an address" TRY},
    {"[]:80", "\"[]:80\" is not an address" TRY},
    {"[:80", "\"[:80\" is not an address" TRY},
    {"[::1:80", "\"[::1:80\" is not an address" TRY},
    {"::1:80", "\"::1:80\" is not an address" TRY},
    {"[::1]", "\"[::1]\" is not an address" TRY},
    {"http://127.0.0.1:80", "\"http://127.0.0.1:80\" is not an address" TRY},
    {A100 "b:80", "\"" A100 "\" is not an address" TRY},
    {"localhost:80", "\"localhost:80\": the host must be a numeric address" TRY},
    {"127.0.0.256:80", "\"127.0.0.256:80\": the host must be a numeric address" TRY},
    {"127.1:80", "\"127.1:80\": the host must be a numeric address" TRY},
    {"[127.0.0.1]:80", "\"[127.0.0.1]:80\": the host must be a numeric address" TRY},
    {"[fe80::1%eth0]:80", "\"[fe80::1%eth0]:80\": the host must be a numeric address" TRY},
    {"[*]:80", "\"[*]:80\": the host must be a numeric address" TRY},
    {" 127.0.0.1:80", "\" 127.0.0.1:80\": the host must be a numeric address" TRY},
    {"127.0.0.1:", "\"127.0.0.1:\": the port must be a number from 0 to 65535"},
    {"127.0.0.1:65536", "\"127.0.0.1:65536\": the port must be a number from 0 to 65535"},
    {"127.0.0.1:000080", "\"127.0.0.1:000080\": the port must be a number from 0 to 65535"},
    {"*:-1", "\"*:-1\": the port must be a number from 0 to 65535"},
    {"*:+1", "\"*:+1\": the port must be a number from 0 to 65535"},
    {"[::1]:http", "\"[::1]:http\": the port must be a number from 0 to 65535"},
    {"127.0.0.1:80 ", "\"127.0.0.1:80 \": the port must be a number from 0 to 65535"},
    {"127.0.0.1:80/", "\"127.0.0.1:80/\": the port must be a number from 0 to 65535"},
    {"unix:", "\"unix:\": the path must be absolute and at most 107 bytes"},
    {"unix:run/x", "\"unix:run/x\": the path must be absolute and at most 107 bytes"},
    {"unix:@abstract", "\"unix:@abstract\": the path must be absolute and at most 107 bytes"},
};

Test(base_address, says_what_is_wrong_with_others_and_leaves_the_address_alone)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct tri_address address, before;
        struct tri_error error = {.os = -1};
        memset(&address, 0x5a, sizeof(address));
        before = address;
        cr_assert(not(tri_address_parse(&address, bad[i].text, &error)), "%s", bad[i].text);
        cr_expect(eq(str, error.text, (char *)bad[i].message));
        cr_assert(eq(int, error.os, 0));
        cr_assert(eq(int, memcmp(&address, &before, sizeof(address)), 0), "%s", bad[i].text);
    }
}
