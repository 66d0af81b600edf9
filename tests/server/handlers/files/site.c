/*
 * site.c - see site.h.
 */
#include "site.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "server/handlers/handlers.h"

struct tri_files site;

static void set_time(const char *name, int64_t seconds)
{
    const struct timespec both[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
    cr_assert(eq(int, utimensat(AT_FDCWD, folder_path(name), both, 0), 0));
}

void site_make(void)
{
    static const struct tri_files_options options = {.compress_bytes = 1000};
    folder_make();
    folder_file("root/a.txt", "0123456789");
    folder_file("root/empty.txt", "");
    folder_file("root/t.html", "<p>identity");
    folder_file("root/t.html.br", "-br-");
    folder_file("root/t.html.gz", "-gz-");
    folder_bytes("root/999.txt", 999);
    folder_bytes("root/1000.txt", 1000);
    folder_bytes("root/1000.png", 1000);
    folder_bytes("root/big.bin", BIG_BYTES);
    folder_bytes("root/big.txt", BIG_BYTES);
    set_time("root/a.txt", 784111777); /* Sun, 06 Nov 1994 08:49:37 GMT */
    folder_open(&site, &options);
}

void site_remove(void)
{
    tri_files_close(&site);
    folder_remove();
}

void site_ask(struct drive *d, enum tri_method method, const char *path, const char *const *fields)
{
    drive_open(d, method, path, "");
    for (; fields && fields[0]; fields += 2)
        drive_field(d, fields[0], fields[1]);
    d->x.context = &site;
    drive_finish(d, &tri_handler_files);
}

const char *site_etag(const char *path, const char *accept)
{
    static char etags[2][128];
    static int turn;
    struct drive d;
    turn = !turn;
    site_ask(&d, TRI_METHOD_GET, path, accept ? FIELDS("Accept-Encoding", accept) : NULL);
    cr_assert(eq(int, drive_status(&d), 200));
    snprintf(etags[turn], sizeof(etags[turn]), "%s", drive_reply_field(&d, "ETag"));
    drive_close(&d);
    return etags[turn];
}
