/*
 * print.c - the settings in force as a file that loads back to the same settings.
 */
#include "config/config.h"

#include <inttypes.h>
#include <string.h>

#include "config/load.h"
#include "server/base/units.h"

/* In quotes, such that neither scan.c nor libconfuse sees anything but the text. */
static void print_text(FILE *to, const char *text)
{
    fputc('"', to);
    for (; *text; text++) {
        if (strchr("\"\\$", *text))
            fputc('\\', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

static void print_list(FILE *to, char *const texts[], unsigned count)
{
    fputs("{ ", to);
    for (unsigned i = 0; i < count; i++) {
        fputs(i > 0 ? ", " : "", to);
        print_text(to, texts[i]);
    }
    fputs(" }", to);
}

static void print_value(FILE *to, const struct tri_config *config, const struct tri_key *key)
{
    char text[32];
    const void *field = (const char *)config + key->offset;
    switch (key->type) {
    case TRI_TYPE_ENUM:
    case TRI_TYPE_PATH: {
        const char *value = *(char *const *)field;
        print_text(to, value ? value : "");
        break;
    }
    case TRI_TYPE_LIST:
        print_list(to, config->listen, config->listen_count);
        break;
    case TRI_TYPE_SWITCH:
        fputs(*(const bool *)field ? "on" : "off", to);
        break;
    case TRI_TYPE_COUNT:
        fprintf(to, "%" PRIu64, tri_load_number(config, key));
        break;
    case TRI_TYPE_SIZE:
        tri_units_print_size(tri_load_number(config, key), text, sizeof(text));
        fputs(text, to);
        break;
    case TRI_TYPE_DURATION:
        tri_units_print_duration((int64_t)tri_load_number(config, key), text, sizeof(text));
        fputs(text, to);
        break;
    }
}

static void print_section(FILE *to, const struct tri_config *config, enum tri_key_section section)
{
    const char *indent = section == TRI_SECTION_TOP ? "" : "    ";
    const char *gap = "";
    for (unsigned id = 0; id < TRI_KEY_COUNT; id++) {
        const struct tri_key *key = &tri_keys[id];
        if (key->section != section)
            continue;
        fprintf(to, "%s%s# %s\n%s%s = ", gap, indent, key->meaning, indent, key->name);
        print_value(to, config, key);
        fputc('\n', to);
        gap = section == TRI_SECTION_TOP ? "\n" : "";
    }
}

static void print_root(FILE *to, const char *root, const char *indent)
{
    if (!root)
        return;
    fprintf(to, "%sroot = ", indent);
    print_text(to, root);
    fputc('\n', to);
}

static void print_route(FILE *to, const struct tri_config_route *route, bool is_nested)
{
    const char *indent = is_nested ? "    " : "";
    fprintf(to, "%s%sroute ", is_nested ? "" : "\n", indent);
    print_text(to, route->pattern);
    fprintf(to, " {\n%s    handler = ", indent);
    print_text(to, route->handler);
    fputc('\n', to);
    print_root(to, route->root, is_nested ? "        " : "    ");
    fprintf(to, "%s}\n", indent);
}

void tri_config_print(const struct tri_config *config, FILE *to)
{
    print_section(to, config, TRI_SECTION_TOP);
    for (int section = TRI_SECTION_LIMITS; section < TRI_SECTION_COUNT; section++) {
        fprintf(to, "\n%s {\n", tri_section_names[section]);
        print_section(to, config, (enum tri_key_section)section);
        fputs("}\n", to);
    }
    for (unsigned i = 0; i < config->route_count; i++)
        print_route(to, &config->routes[i], false);
    for (unsigned i = 0; i < config->host_count; i++) {
        const struct tri_config_host *host = &config->hosts[i];
        fputs("\nvhost ", to);
        print_text(to, host->name);
        fputs(" {\n", to);
        print_root(to, host->root, "    ");
        for (unsigned k = 0; k < host->route_count; k++)
            print_route(to, &host->routes[k], true);
        fputs("}\n", to);
    }
}
