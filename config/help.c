/*
 * help.c - keys.def for people: --help, and the table of README.md.
 */
#include "config/config.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "config/keys.h"

#define WIDTH 96  /* columns of --help */
#define COLUMN 36 /* where the meanings begin */

/* Print words from `column` on; what does not fit goes below, at COLUMN. */
static void print_wrapped(FILE *to, int column, const char *text)
{
    int at = column;
    while (*text) {
        int len = (int)strcspn(text, " ");
        if (at + len > WIDTH) {
            fprintf(to, "\n%*s", COLUMN, "");
            at = COLUMN;
        }
        fprintf(to, "%.*s", len, text);
        at += len;
        text += len;
        if (*text == ' ') {
            text++;
            if (at + 1 + (int)strcspn(text, " ") <= WIDTH) {
                fputc(' ', to);
                at++;
            } else {
                at = WIDTH + 1;
            }
        }
    }
    fputc('\n', to);
}

/* `takes` as getopt.h has it. */
static void print_entry(FILE *to, const char *flag, int takes, const char *value,
                        const char *meaning)
{
    const char *before = takes == no_argument ? "" : takes == optional_argument ? "[=" : "=";
    const char *behind = takes == optional_argument ? "]" : "";
    int at = fprintf(to, "  --%s%s%s%s", flag, before, value ? value : "", behind);
    if (at < COLUMN - 1)
        fprintf(to, "%*s", COLUMN - at, "");
    else
        fprintf(to, "\n%*s", COLUMN, "");
    print_wrapped(to, COLUMN, meaning);
}

static void print_keys(FILE *to, enum tri_key_section section)
{
    for (unsigned id = 0; id < TRI_KEY_COUNT; id++) {
        const struct tri_key *key = &tri_keys[id];
        char meaning[256], modes[64];
        if (key->section != section)
            continue;
        bool is_for_all = strcmp(tri_key_modes(key, modes, sizeof(modes)), "all") == 0;
        bool is_count = key->type == TRI_TYPE_COUNT;
        snprintf(meaning, sizeof(meaning), "%s [%s%s%s]%s%s%s", key->meaning,
                 *key->preset ? key->preset : "empty", is_count ? " " : "",
                 is_count ? key->unit : "", is_for_all ? "" : " (", is_for_all ? "" : modes,
                 is_for_all ? "" : ")");
        print_entry(to, key->flag, required_argument, tri_key_placeholder(key), meaning);
    }
}

void tri_config_help(FILE *to)
{
    fputs(
        "Usage: tri-httpd [--mode=threads|loop|mn] [--FLAG=VALUE ...]\n"
        "One HTTP/1.1 server, three ways to wait. In [ ] stands the default, in ( ) the modes "
        "that\n"
        "a setting is for, unless it is for all. SIZE is 512, 16KiB or 8MiB; TIME is 1500ms, 15s\n"
        "or 2m; N is 64, 10k or 1m.\n"
        "\nSettings:\n",
        to);
    print_keys(to, TRI_SECTION_TOP);
    fputs("\nFiles and replies, in the file also in vhost and route blocks:\n", to);
    print_keys(to, TRI_SECTION_OPTIONS);
    fputs("\nCertificates, in the file tls { cert = FILE }, also in vhost blocks:\n", to);
    print_keys(to, TRI_SECTION_TLS);
    fputs("\nLimits, in the file limits { head = SIZE }:\n", to);
    print_keys(to, TRI_SECTION_LIMITS);
    fputs("\nTimeouts, in the file timeouts { head = TIME }:\n", to);
    print_keys(to, TRI_SECTION_TIMEOUTS);
    fputs("\nOpen files, in the file files { cache = N }:\n", to);
    print_keys(to, TRI_SECTION_FILES);
    fputs("\nOther flags:\n", to);
    for (unsigned i = 0; i < TRI_ACTION_COUNT; i++)
        print_entry(to, tri_actions[i].flag, tri_actions[i].takes, tri_actions[i].argument,
                    tri_actions[i].meaning);
    fputs("\nA flag goes before the environment, the environment before the file, the file before\n"
          "the default. The variable of --limit-head is " TRI_VARIABLE_PREFIX "LIMIT_HEAD, that of "
          "--config is\n" TRI_VARIABLE_PREFIX "CONFIG. What is repeatable stands in one variable, "
          "parted by commas; " TRI_VARIABLE_PREFIX "HEADERS\n"
          "holds one field. Virtual hosts, routes and error pages stand in the file only.\n"
          "\nExit codes: 0 all went well, 1 a failure, 2 a mistake in flags or settings.\n"
          "\nExamples:\n"
          "  tri-httpd --root=/srv/www --listen=127.0.0.1:8080 --listen=[::1]:8080\n"
          "  " TRI_VARIABLE_PREFIX "TIMEOUT_IDLE=15s tri-httpd --config=tri-httpd.conf --mode=mn "
          "--workers=4\n",
          to);
}

/* A cell; within a table "|" is escaped even in code. */
static void print_cell(FILE *to, const char *text)
{
    fputs(" ", to);
    for (; *text; text++)
        fprintf(to, "%s%c", *text == '|' ? "\\" : "", *text);
    fputs(" |", to);
}

static void print_code(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void print_code(FILE *to, const char *format, ...)
{
    char text[128] = "`";
    va_list values;
    va_start(values, format);
    vsnprintf(text + 1, sizeof(text) - 2, format, values);
    va_end(values);
    size_t len = strlen(text);
    text[len] = '`';
    text[len + 1] = '\0';
    print_cell(to, text);
}

void tri_config_markdown(FILE *to)
{
    char name[64], modes[64];
    fputs("| flag | key | environment | unit | default | modes | meaning |\n"
          "|---|---|---|---|---|---|---|\n",
          to);
    for (unsigned id = 0; id < TRI_KEY_COUNT; id++) {
        const struct tri_key *key = &tri_keys[id];
        fputc('|', to);
        print_code(to, "--%s", key->flag);
        print_code(to, "%s", tri_key_name(key, name, sizeof(name)));
        print_code(to, "%s", key->variable);
        print_cell(to, key->unit);
        if (*key->preset)
            print_code(to, "%s", key->preset);
        else
            print_cell(to, "empty");
        print_cell(to, tri_key_modes(key, modes, sizeof(modes)));
        print_cell(to, key->meaning);
        fputc('\n', to);
    }
    for (unsigned i = 0; i < TRI_ACTION_COUNT; i++) {
        const struct tri_action *action = &tri_actions[i];
        fputc('|', to);
        print_code(to, "--%s", action->flag);
        print_cell(to, "");
        if (i == TRI_ACTION_CONFIG)
            print_code(to, "%s", TRI_VARIABLE_PREFIX "CONFIG");
        else
            print_cell(to, "");
        print_cell(to, action->argument ? action->argument : "");
        fputs(" | |", to);
        print_cell(to, action->meaning);
        fputc('\n', to);
    }
}
