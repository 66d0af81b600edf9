/*
 * print.c - the settings in force as a file that loads back to the same settings.
 */
#include "config/config.h"

#include <inttypes.h>
#include <string.h>

#include "config/keys.h"
#include "config/listens.h"
#include "config/options.h"
#include "config/tls.h"
#include "server/base/units.h"

/* Such that, in quotes, neither scan.c nor libconfuse sees anything but the text. */
static void print_escaped(FILE *to, const char *text)
{
    for (; *text; text++) {
        if (strchr("\"\\$", *text))
            fputc('\\', to);
        fputc(*text, to);
    }
}

static void print_text(FILE *to, const char *text)
{
    fputc('"', to);
    print_escaped(to, text);
    fputc('"', to);
}

static void print_list(FILE *to, char *const texts[], unsigned count)
{
    if (count == 0) {
        print_text(to, "");
        return;
    }
    fputs("{ ", to);
    for (unsigned i = 0; i < count; i++) {
        fputs(i > 0 ? ", " : "", to);
        print_text(to, texts[i]);
    }
    fputs(" }", to);
}

static void print_value(FILE *to, const struct tri_key *key, const void *field)
{
    char text[32];
    switch (key->type) {
    case TRI_TYPE_ENUM:
    case TRI_TYPE_PATH:
    case TRI_TYPE_TEXT: {
        const char *value = *(char *const *)field;
        print_text(to, value ? value : "");
        break;
    }
    case TRI_TYPE_LIST:
        print_list(to, field, tri_listens_count(key, field));
        break;
    case TRI_TYPE_WORDS: {
        const struct tri_config_words *words = field;
        print_list(to, words->at, words->count);
        break;
    }
    case TRI_TYPE_SWITCH:
        fputs(*(const bool *)field ? "on" : "off", to);
        break;
    case TRI_TYPE_COUNT:
        fprintf(to, "%" PRIu64, *(const uint64_t *)field);
        break;
    case TRI_TYPE_SIZE:
        tri_units_print_size(*(const uint64_t *)field, text, sizeof(text));
        fputs(text, to);
        break;
    case TRI_TYPE_DURATION:
        tri_units_print_duration(*(const int64_t *)field, text, sizeof(text));
        fputs(text, to);
        break;
    }
}

static void print_section(FILE *to, const struct tri_config *config, enum tri_key_section section)
{
    bool is_block = *tri_section_names[section];
    const char *indent = is_block ? "    " : "";
    if (is_block)
        fprintf(to, "\n%s {\n", tri_section_names[section]);
    for (unsigned id = 0; id < TRI_KEY_COUNT; id++) {
        const struct tri_key *key = &tri_keys[id];
        if (key->section != section)
            continue;
        fprintf(to, "%s%s# %s\n%s%s = ", is_block || id == 0 ? "" : "\n", indent, key->meaning,
                indent, key->name);
        print_value(to, key, (const char *)config + key->offset);
        fputc('\n', to);
    }
    if (is_block)
        fputs("}\n", to);
}

static void print_setting(FILE *to, int depth, const char *name, const char *text)
{
    if (!text)
        return;
    fprintf(to, "%*s%s = ", 4 * depth, "", name);
    print_text(to, text);
    fputc('\n', to);
}

/* Of the keys of a section what differs from the group around it; a block when it has a name. */
static void print_group(FILE *to, int depth, enum tri_key_section section, const void *group,
                        const void *outer)
{
    const char *block = tri_section_names[section];
    bool is_open = *block == '\0';
    for (unsigned id = 0; id < TRI_KEY_COUNT; id++) {
        const struct tri_key *key = &tri_keys[id];
        if (key->section != section || tri_options_is_equal(group, outer, key))
            continue;
        if (!is_open)
            fprintf(to, "%*s%s {\n", 4 * depth++, "", block);
        is_open = true;
        fprintf(to, "%*s%s = ", 4 * depth, "", key->name);
        print_value(to, key, tri_options_field(group, key));
        fputc('\n', to);
    }
    if (*block && is_open)
        fprintf(to, "%*s}\n", 4 * (depth - 1), "");
}

static void print_pages(FILE *to, int depth, const struct tri_config_error_page *pages,
                        unsigned count)
{
    if (count == 0)
        return;
    fprintf(to, "%*serror_pages = {\n", 4 * depth, "");
    for (unsigned i = 0; i < count; i++) {
        fprintf(to, "%*s\"%d ", 4 * (depth + 1), "", pages[i].status);
        print_escaped(to, pages[i].path);
        fputs(i + 1 < count ? "\",\n" : "\"\n", to);
    }
    fprintf(to, "%*s}\n", 4 * depth, "");
}

static void print_route(FILE *to, int depth, const struct tri_config_route *route,
                        const struct tri_config_options *outer)
{
    fprintf(to, "%s%*sroute ", depth > 0 ? "" : "\n", 4 * depth, "");
    print_text(to, route->pattern);
    fputs(" {\n", to);
    print_setting(to, depth + 1, "handler", route->handler);
    print_setting(to, depth + 1, "return", route->reply);
    print_setting(to, depth + 1, "root", route->root);
    print_group(to, depth + 1, TRI_SECTION_OPTIONS, &route->options, outer);
    fprintf(to, "%*s}\n", 4 * depth, "");
}

static void print_host(FILE *to, const struct tri_config_host *host,
                       const struct tri_config *config)
{
    const struct tri_config_tls outer = tri_config_tls_outer(&config->tls);
    fputs("\nvhost ", to);
    print_text(to, host->name);
    fputs(" {\n", to);
    print_setting(to, 1, "root", host->root);
    print_group(to, 1, TRI_SECTION_OPTIONS, &host->options, &config->options);
    print_group(to, 1, TRI_SECTION_TLS, &host->tls, &outer);
    print_pages(to, 1, host->errors, host->error_count);
    for (unsigned i = 0; i < host->route_count; i++)
        print_route(to, 1, &host->routes[i], &host->options);
    fputs("}\n", to);
}

void tri_config_print(const struct tri_config *config, FILE *to)
{
    for (int section = 0; section < TRI_SECTION_COUNT; section++)
        print_section(to, config, (enum tri_key_section)section);
    if (config->error_count > 0)
        fputc('\n', to);
    print_pages(to, 0, config->errors, config->error_count);
    for (unsigned i = 0; i < config->route_count; i++)
        print_route(to, 0, &config->routes[i], &config->options);
    for (unsigned i = 0; i < config->host_count; i++)
        print_host(to, &config->hosts[i], config);
}
