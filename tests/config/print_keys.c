/*
 * print_keys.c - renew the table of settings in README.md: `print_keys README.md`; without an
 * argument print it. The build target readme_keys runs it.
 *
 * The table stands between the lines <!-- keys --> and <!-- /keys -->.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "tests/config/support.h"

int main(int argc, char *argv[])
{
    static const char begin[] = "<!-- keys -->\n", end[] = "<!-- /keys -->";
    if (argc < 2) {
        tri_config_markdown(stdout);
        return 0;
    }
    int status = 1;
    FILE *to = NULL;
    char *text = support_read(argv[1]);
    char *from = text ? strstr(text, begin) : NULL;
    const char *rest = from ? strstr(from, end) : NULL;
    if (!rest) {
        fprintf(stderr, "%s: no lines <!-- keys --> and <!-- /keys --> (add them)\n", argv[1]);
        goto done;
    }
    to = fopen(argv[1], "w");
    if (!to) {
        perror(argv[1]);
        goto done;
    }
    fwrite(text, 1, (size_t)(from - text) + strlen(begin), to);
    tri_config_markdown(to);
    fputs(rest, to);
    status = ferror(to) != 0;
done:
    if (to && fclose(to) != 0)
        status = 1;
    free(text);
    return status;
}
