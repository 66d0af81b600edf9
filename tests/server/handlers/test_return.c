/*
 * test_return.c - redirects and replies that a configuration spells out.
 */
#include "server/handlers/return.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "drive.h"
#include "server/base/error.h"
#include "server/handlers/handlers.h"

TestSuite(handlers_return, .timeout = 10);

/* Answer a request for `target` by the reply; fields are seen in d, which is to be closed. */
static void answer(struct drive *d, struct tri_return *reply, const char *target, const char *host)
{
    struct tri_refusal refusal;
    drive_open(d, TRI_METHOD_GET, "", "");
    cr_assert(tri_target_parse(&d->request.target, tri_slice_of(target), TRI_METHOD_GET, &d->arena,
                               &refusal),
              "%s", target);
    d->request.host = tri_slice_of(host);
    d->x.context = reply;
}

static void open_reply(struct tri_return *reply, const char *text, const char *pattern)
{
    struct tri_error error;
    cr_assert(tri_return_open(reply, text, pattern, &error), "%s: %s", text, error.text);
}

/* --- redirects --- */

static const struct {
    const char *text, *pattern, *target, *location;
} redirects[] = {
    {"301 https://example.org$request_uri", "/*rest", "/a?b=c", "https://example.org/a?b=c"},
    {"301 https://example.org$request_uri", "/*rest", "/a%20b/%7e?x=%0d", /* as it was sent */
     "https://example.org/a%20b/%7e?x=%0d"},
    {"302 https://example.org$request_uri", "/*rest", "//evil.test/", /* stays on its host */
     "https://example.org//evil.test/"},
    {"303 https://$host$request_uri", "/*rest", "/a", "https://www.test/a"},
    {"307 HTTPS://$host:8443$path", "/*rest", "/a%20b", "HTTPS://www.test:8443/a%20b"},
    {"308 http://$host", "/*rest", "/a", "http://www.test"},
    {"301 https://example.org$request_uri", "/*rest", "http://www.test/a?b", /* absolute form */
     "https://example.org/a?b"},
    {"301 https://example.org$request_uri", "/*rest", "http://www.test", "https://example.org/"},
    {"301 https://example.org$request_uri", "/*rest", "http://www.test?b",
     "https://example.org/?b"},
    {"301 /new", "/old", "/old?x", "/new"},
    {"301   /new", "/old", "/old", "/new"},
    {"301 /new?$query", "/old", "/old?a=%22&b", "/new?a=%22&b"},
    {"301 /new?$query", "/old", "/old", "/new?"},
    {"301 /new$path/", "/*rest", "/a/../b%20c", "/new/b%20c/"},
    {"301 /users/$id", "/people/:id", "/people/ada", "/users/ada"},
    {"301 /u/$a.$b", "/x/:a/:b", "/x/1/2", "/u/1.2"},
    {"301 /users/$id", "/people/:id", "/people/%3Fa%23%22%C3%A9%5c", "/users/%3Fa%23%22%C3%A9%5C"},
    {"301 /$$/$$x", "/old", "/old", "/$/$x"},
    {"301 /new#part", "/old", "/old", "/new#part"},
    {"301 //cdn.example.org/$rest", "/*rest", "/a", "//cdn.example.org/a"},
    {"301 /$rest", "/old/*rest", "/old//evil.test", "/evil.test"}, /* not to another host */
    {"301 /$rest", "/old/*rest", "/old////evil.test", "/evil.test"},
    {"301 /$rest", "/old/*rest", "/old/%5Cevil.test", "/%5Cevil.test"},
    {"301 /$path", "/*rest", "/evil.test", "/evil.test"},
    {"301 /$request_uri", "/*rest", "/evil.test?a", "/evil.test?a"},
    {"301 /new$path", "/old/*path", "/old/a", "/newa"}, /* the parameter goes before */
    {"301 /new/$path", "/old/*path", "/old/a/b", "/new/a/b"},
    {"302 https://example.org/?q=$id", "/people/:id", "/people/a%26b%23c",
     "https://example.org/?q=a%26b%23c"},
    {"302 /?q=$id&admin=0", "/people/:id", "/people/a&admin=1;b+c=%25?d",
     "/?q=a%26admin%3D1%3Bb%2Bc%3D%25&admin=0"},
    {"302 /?q=$rest", "/*rest", "/", "/?q="},
    {"302 /login?next=$path", "/*rest", "/a/b&c", "/login?next=/a/b%26c"},
    {"302 /login?next=$request_uri", "/*rest", "/a%20b?c=d&e", /* comes back as it was sent */
     "/login?next=/a%2520b%3Fc%3Dd%26e"},
    {"302 /login?host=$host&id=$id", "/people/:id", "/people/a=", "/login?host=www.test&id=a%3D"},
    {"302 /login#$id", "/people/:id", "/people/a&b", "/login#a%26b"},
    {"302 /$id/?$query&id=$id", "/people/:id", "/people/a&b?c=d&e", "/a&b/?c=d&e&id=a%26b"},
    {"302 https://example.org$request_uri&id=$id", "/people/:id", "/people/a&b?c",
     "https://example.org/people/a&b?c&id=a%26b"},
    {"301 /$query", "/*rest", "/?/evil.test", "/evil.test"},
};

Test(handlers_return, redirects_to_where_the_text_says)
{
    for (size_t i = 0; i < sizeof(redirects) / sizeof(*redirects); i++) {
        struct drive d;
        struct tri_return reply;
        open_reply(&reply, redirects[i].text, redirects[i].pattern);
        answer(&d, &reply, redirects[i].target, "www.test:8080");
        const char *tail = strchr(redirects[i].pattern, '*');
        if (tail) {
            size_t fixed = (size_t)(tail - redirects[i].pattern);
            d.request.params[0] = (struct tri_field){tri_slice_of(tail + 1),
                                                     tri_slice_from(d.request.target.path, fixed)};
            d.request.param_count = 1;
        } else if (strcmp(redirects[i].pattern, "/x/:a/:b") == 0) {
            drive_param(&d, "a", "1");
            drive_param(&d, "b", "2");
        } else if (strstr(redirects[i].pattern, ":id")) {
            d.request.params[0] =
                (struct tri_field){TRI_SLICE("id"), tri_slice_from(d.request.target.path, 8)};
            d.request.param_count = 1;
        }
        drive_finish(&d, &tri_handler_return);
        cr_assert(eq(int, drive_status(&d), (int)strtol(redirects[i].text, NULL, 10)));
        cr_assert(eq(str, (char *)drive_reply_field(&d, "Location"), (char *)redirects[i].location),
                  "%s", redirects[i].target);
        cr_assert(drive_has(drive_body(&d).at, redirects[i].location));
        drive_close(&d);
    }
}

Test(handlers_return, lets_no_parameter_begin_a_field)
{
    struct drive d;
    struct tri_return reply;
    open_reply(&reply, "301 /users/$id", "/people/:id");
    answer(&d, &reply, "/people/x", "www.test");
    drive_param(&d, "id", "\r\nSet-Cookie: a=b\x7f\xff");
    drive_finish(&d, &tri_handler_return);
    cr_assert(drive_has(d.sent, "\r\nLocation: /users/%0D%0ASet-Cookie:%20a=b%7F%FF\r\n"), "%s",
              d.sent);
    drive_close(&d);
}

Test(handlers_return, without_a_host_leads_to_localhost)
{
    struct drive d;
    struct tri_return reply;
    open_reply(&reply, "301 https://$host/", "/");
    answer(&d, &reply, "/", "");
    drive_finish(&d, &tri_handler_return);
    cr_assert(eq(str, (char *)drive_reply_field(&d, "Location"), "https://localhost/"));
    drive_close(&d);

    answer(&d, &reply, "/", "[2001:db8::1]:8080");
    drive_finish(&d, &tri_handler_return);
    cr_assert(eq(str, (char *)drive_reply_field(&d, "Location"), "https://[2001:db8::1]/"));
    drive_close(&d);
}

Test(handlers_return, a_parameter_called_path_chooses_no_host)
{
    struct tri_return reply;
    struct tri_error error;
    cr_assert(tri_return_open(&reply, "301 https://example.org$path", "/*rest", &error));
    bool ok = tri_return_open(&reply, "301 https://example.org$path", "/z/*path", &error);
    cr_assert_not(ok);
    cr_assert(drive_has(error.text, "host"), "%s", error.text);
}

/* --- other statuses --- */

static const struct {
    const char *text;
    int status;
    const char *body;
    bool is_plain_error;
} texts[] = {
    {"200 fine, $id$$", 200, "fine, a%0Ab$\n", false},
    {"200", 200, "200 OK\n", false},
    {"204", 204, "", false},
    {"410 gone", 410, "gone\n", false},
    {"410", 410, "410 Gone\n", true},
    {"410  ", 410, "410 Gone\n", true},
    {"503 back at \xc3\xa0 noon", 503, "back at \xc3\xa0 noon\n", false},
    {"404 $query", 404, "404 Not Found\n", true},
    {"200 a?b=$id&", 200, "a?b=a%0Ab&\n", false},
    {"200 $path", 200, "/x/ab\n", false},
};

Test(handlers_return, with_another_status_is_text)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct drive d;
        struct tri_return reply;
        open_reply(&reply, texts[i].text, "/x/:id");
        answer(&d, &reply, "/x/ab", "a");
        drive_param(&d, "id", "a\nb");
        drive_finish(&d, &tri_handler_return);
        cr_assert(eq(int, drive_status(&d), texts[i].status));
        cr_assert(drive_body_is(&d, texts[i].body), "%s: %s", texts[i].text, d.sent);
        cr_assert(eq(int, d.x.response.is_plain_error, texts[i].is_plain_error), "%s",
                  texts[i].text);
        cr_assert(drive_lacks(d.sent, "Location"));
        cr_assert(eq(int, drive_has(d.sent, "Content-Type: text/plain"), texts[i].status != 204));
        drive_close(&d);
    }
}

Test(handlers_return, out_of_memory_is_500)
{
    struct drive d;
    struct tri_return reply;
    open_reply(&reply, "301 /new$path", "/old");
    answer(&d, &reply, "/old", "a");
    struct tri_arena kept = d.arena;
    tri_arena_init(&d.arena, NULL, 0);
    drive_finish(&d, &tri_handler_return);
    cr_assert(eq(int, drive_status(&d), 500));
    d.arena = kept;
    drive_close(&d);
}

Test(handlers_return, takes_every_method_that_reaches_a_route)
{
    unsigned all = TRI_METHOD_GET | TRI_METHOD_HEAD | TRI_METHOD_POST | TRI_METHOD_PUT |
                   TRI_METHOD_DELETE | TRI_METHOD_PATCH | TRI_METHOD_OPTIONS;
    cr_assert(eq(u32, tri_handler_return.methods, all));
}

Test(handlers_return, is_no_handler_to_be_named)
{
    for (size_t i = 0; tri_handlers[i]; i++)
        cr_assert(tri_handlers[i] != &tri_handler_return);
}

/* --- mistakes --- */

static const struct {
    const char *text, *says;
} mistakes[] = {
    {"", "status"},
    {"gone", "status"},
    {"20 x", "status"},
    {"2000", "status"},
    {"100", "status"},
    {"199 x", "status"},
    {"600", "status"},
    {"301x /", "status"},
    {" 301 /", "status"},
    {"+301 /", "status"},
    {"204 nothing", "no content"},
    {"205", "15.3.6; try 204"},
    {"206 part", "15.3.7; try 200"},
    {"304", "15.4.5; try 204"},
    {"401 who", "WWW-Authenticate"},
    {"405", "Allow"},
    {"407 who", "Proxy-Authenticate"},
    {"416", "15.5.17; try 400"},
    {"426 h2", "Upgrade"},
    {"301", "begins with \"/\""},
    {"301 ", "begins with \"/\""},
    {"301 example.org", "begins with \"/\""},
    {"301 $request_uri", "begins with \"/\""},
    {"301 $id", "begins with \"/\""},
    {"301 $$/", "begins with \"/\""},
    {"301 javascript:alert(1)", "begins with \"/\""},
    {"301 https://", "host"},
    {"301 https:///a", "host"},
    {"301 https://$request_uri", "host"},
    {"301 https://$path", "host"},
    {"301 //$request_uri", "host"},
    {"301 //$id", "host"},
    {"301 https://$id/", "host"},
    {"301 https://example.org$id", "host"},
    {"301 https://$host$query", "host"},
    {"301 https://example.org:$id/", "host"},
    {"301 https://example.org$rest", "host"},
    {"301 /a b", "percent-encode"},
    {"301 /100%", "percent-encode"},
    {"301 /%4", "percent-encode"},
    {"301 /%$id", "percent-encode"},
    {"301 /%4f", NULL},
    {"301 /\xc3\xa9", "percent-encode"},
    {"301 /\"", "percent-encode"},
    {"301 /a\\b", "percent-encode"},
    {"301 /a\r\nSet-Cookie: a=b", "0x0d"},
    {"200 a\nb", "0x0a"},
    {"200 $nobody", "$nobody\" is no variable"},
    {"200 $", "\"$\" is no variable"},
    {"200 $ x", "\"$\" is no variable"},
    {"200 $idx", "$idx\" is no variable"},
    {"200 $i", "$i\" is no variable"},
    {"200 $query", NULL},
    {"200 $path", NULL},
    {"200 100%", NULL},
    {"200 $id$id$id$id$id$id$id$id$id$id$id$id$id$id$id$id", NULL},
    {"200 $id$id$id$id$id$id$id$id$id$id$id$id$id$id$id$id$id", "more than 16"},
};

Test(handlers_return, refuses_what_is_no_reply)
{
    for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
        struct tri_return reply;
        struct tri_error error = {.text = ""};
        bool ok = tri_return_open(&reply, mistakes[i].text, "/x/:id/*rest", &error);
        cr_assert(eq(int, ok, mistakes[i].says == NULL), "%s", mistakes[i].text);
        cr_assert(ok || drive_has(error.text, mistakes[i].says), "%s: %s", mistakes[i].text,
                  error.text);
    }
}
