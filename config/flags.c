/*
 * flags.c - flags (getopt_long) and the environment, both made from keys.def.
 *
 * A flag may be repeated: the last one counts, but for lists such as --listen, which add up. Names
 * are never abbreviated: what is unique today would not be tomorrow. A switch alone is on.
 */
#include "config/load.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define KEY_VALUE 256 /* getopt's val of the first key; actions follow the keys */
#define ACTION_VALUE (KEY_VALUE + TRI_KEY_COUNT)
#define OPTION_COUNT (TRI_KEY_COUNT + TRI_ACTION_COUNT)

static void fill_options(struct option options[static OPTION_COUNT + 1])
{
    unsigned count = 0;
    for (int id = 0; id < TRI_KEY_COUNT; id++)
        options[count++] = (struct option){
            .name = tri_keys[id].flag,
            .has_arg = tri_keys[id].type == TRI_TYPE_SWITCH ? optional_argument : required_argument,
            .val = KEY_VALUE + id,
        };
    for (int id = 0; id < TRI_ACTION_COUNT; id++)
        options[count++] = (struct option){.name = tri_actions[id].flag,
                                           .has_arg = tri_actions[id].takes,
                                           .val = ACTION_VALUE + id};
    options[count] = (struct option){0};
}

static bool refuse(struct tri_load *load, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(struct tri_load *load, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(load->error.text, sizeof(load->error.text), format, values);
    va_end(values);
    return false;
}

static bool refuse_unknown(struct tri_load *load, const char *word)
{
    const char *name = word + strspn(word, "-");
    int shown = (int)strcspn(word, "=");
    struct tri_nearest nearest = tri_nearest_start(name, strcspn(name, "="));
    for (unsigned i = 0; i < TRI_KEY_COUNT; i++)
        tri_nearest_try(&nearest, tri_keys[i].flag);
    for (unsigned i = 0; i < TRI_ACTION_COUNT; i++)
        tri_nearest_try(&nearest, tri_actions[i].flag);
    if (nearest.best)
        return refuse(load, "%.*s: no such flag (did you mean --%s?)", shown < 60 ? shown : 60,
                      word, nearest.best);
    return refuse(load, "%.*s: no such flag (--help lists them)", shown < 60 ? shown : 60, word);
}

/* getopt names the option at fault by its val, 0 for one that is not known. */
static bool refuse_option(struct tri_load *load, int fault, bool lacks_value, const char *word)
{
    if (fault < KEY_VALUE)
        return refuse_unknown(load, word);
    bool is_key = fault < ACTION_VALUE;
    const char *flag =
        is_key ? tri_keys[fault - KEY_VALUE].flag : tri_actions[fault - ACTION_VALUE].flag;
    if (!lacks_value)
        return refuse(load, "--%s: takes no value (write --%s)", flag, flag);
    return refuse(load, "--%s: lacks its value (write --%s=%s)", flag, flag,
                  is_key ? tri_key_placeholder(&tri_keys[fault - KEY_VALUE])
                         : tri_actions[fault - ACTION_VALUE].argument);
}

/* An empty name is "no file", which a flag needs to overrule the environment. */
static bool name_file(struct tri_load *load, enum tri_source source, const char *name)
{
    if (load->file_source > source)
        return true;
    char *copy = *name ? strdup(name) : NULL;
    if (*name && !copy)
        return refuse(load, "--config: out of memory (free some and try again)");
    free(load->config->file);
    load->config->file = copy;
    load->file_source = source;
    return true;
}

static bool ask_health(struct tri_load *load, const char *url)
{
    char *copy = url ? strdup(url) : NULL;
    if (url && !copy)
        return refuse(load, "--healthcheck: " TRI_OUT_OF_MEMORY);
    free(load->config->health_url);
    load->config->health_url = copy;
    load->config->healthcheck = true;
    return true;
}

static bool take_action(struct tri_load *load, enum tri_action_id id, const char *value)
{
    switch (id) {
    case TRI_ACTION_CONFIG:
        return name_file(load, TRI_SOURCE_FLAG, value);
    case TRI_ACTION_CHECK_CONFIG:
        load->config->check = true;
        break;
    case TRI_ACTION_PRINT_CONFIG:
        load->config->print = true;
        break;
    case TRI_ACTION_HEALTHCHECK:
        return ask_health(load, value);
    case TRI_ACTION_HELP:
        load->config->help = true;
        break;
    case TRI_ACTION_VERSION:
        load->config->version = true;
        break;
    case TRI_ACTION_COUNT:
        break;
    }
    return true;
}

/* What a switch is set to, which is said as --lab=off, --lab off or --lab. */
static char *switch_value(int argc, char *const argv[])
{
    static char on[] = "on";
    if (optarg)
        return optarg;
    bool is_said =
        optind < argc && (strcmp(argv[optind], "on") == 0 || strcmp(argv[optind], "off") == 0);
    return is_said ? argv[optind++] : on;
}

static bool take_option(struct tri_load *load, int found, const char *word,
                        const struct option *option)
{
    const struct tri_origin origin = {TRI_SOURCE_FLAG, 0};
    if (found == '?' || found == ':')
        return refuse_option(load, optopt, found == ':', word);
    size_t len = strcspn(word, "=");
    if (len != strlen(option->name) + 2)
        return refuse(load, "%.*s: flags are not abbreviated (write --%s)",
                      (int)(len < 60 ? len : 60), word, option->name);
    if (found >= ACTION_VALUE)
        return take_action(load, (enum tri_action_id)(found - ACTION_VALUE), optarg);
    return tri_load_set(load, (enum tri_key_id)(found - KEY_VALUE), optarg, origin);
}

bool tri_load_flags(struct tri_load *load, int argc, char *const argv[])
{
    struct option options[OPTION_COUNT + 1];
    fill_options(options);
    opterr = 0;
    optind = 0; /* start anew, in glibc and musl */
    for (int at = 1;; at = optind) {
        int index = 0;
        int found = getopt_long(argc, argv, "+:", options, &index);
        if (found < 0)
            break;
        if (found >= KEY_VALUE && found < ACTION_VALUE &&
            tri_keys[found - KEY_VALUE].type == TRI_TYPE_SWITCH)
            optarg = switch_value(argc, argv);
        if (!take_option(load, found, argv[at], &options[index]))
            return false;
    }
    if (optind < argc)
        return refuse(load,
                      "\"%.60s\": no such argument (all settings are flags; --help lists "
                      "them)",
                      argv[optind]);
    return true;
}

/* Kubernetes and Docker tell a container about a service called tri-httpd under our prefix. */
static bool is_foreign(const char *name, const char *value)
{
    bool is_url = strncmp(value, "tcp://", 6) == 0 || strncmp(value, "udp://", 6) == 0;
    return strncmp(name, "SERVICE_", 8) == 0 || strncmp(name, "PORT_", 5) == 0 ||
           (strcmp(name, "PORT") == 0 && is_url);
}

static bool refuse_variable(struct tri_load *load, const char *name)
{
    const char *wanted = name + strlen(TRI_VARIABLE_PREFIX);
    struct tri_nearest nearest = tri_nearest_start(wanted, strlen(wanted));
    tri_nearest_try(&nearest, "CONFIG");
    for (unsigned i = 0; i < TRI_KEY_COUNT; i++)
        tri_nearest_try(&nearest, tri_keys[i].variable + strlen(TRI_VARIABLE_PREFIX));
    if (nearest.best)
        return refuse(load, "%.60s: no such variable (did you mean " TRI_VARIABLE_PREFIX "%s?)",
                      name, nearest.best);
    return refuse(load, "%.60s: no such variable (--help lists them; unset it)", name);
}

static bool take_list(struct tri_load *load, enum tri_key_id id, const char *values)
{
    const struct tri_origin origin = {TRI_SOURCE_ENVIRONMENT, 0};
    bool ok = true;
    char *copy = strdup(values);
    if (!copy)
        return refuse(load, "%s: out of memory (free some and try again)", tri_keys[id].variable);
    char *rest = copy;
    for (char *value = strsep(&rest, ","); ok && value; value = strsep(&rest, ","))
        ok = tri_load_set(load, id, value, origin);
    free(copy);
    return ok;
}

static bool take_variable(struct tri_load *load, const char *name, const char *value)
{
    const struct tri_origin origin = {TRI_SOURCE_ENVIRONMENT, 0};
    if (strcmp(name, TRI_VARIABLE_PREFIX "CONFIG") == 0)
        return name_file(load, TRI_SOURCE_ENVIRONMENT, value);
    for (unsigned id = 0; id < TRI_KEY_COUNT; id++)
        if (strcmp(name, tri_keys[id].variable) == 0)
            return tri_key_is_list(&tri_keys[id]) && id != TRI_KEY_HEADERS /* which hold commas */
                       ? take_list(load, (enum tri_key_id)id, value)
                       : tri_load_set(load, (enum tri_key_id)id, value, origin);
    return is_foreign(name + strlen(TRI_VARIABLE_PREFIX), value) || refuse_variable(load, name);
}

bool tri_load_environment(struct tri_load *load, char *const environment[])
{
    bool ok = true;
    for (; ok && environment && *environment; environment++) {
        const char *value = strchr(*environment, '=');
        if (!value || strncmp(*environment, TRI_VARIABLE_PREFIX, strlen(TRI_VARIABLE_PREFIX)) != 0)
            continue;
        char *name = strndup(*environment, (size_t)(value - *environment));
        ok = name ? take_variable(load, name, value + 1)
                  : refuse(load, "environment: out of memory (free some and try again)");
        free(name);
    }
    return ok;
}
