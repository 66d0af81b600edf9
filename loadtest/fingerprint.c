/*
 * fingerprint.c - what a figure has to be read with; see fingerprint.h.
 */
#include "loadtest/fingerprint.h"

#include <llhttp.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "server/base/cpus.h"

/* The first line of a file that begins with `name`, what follows the colon; or the first line. */
static void read_line(const char *path, const char *name, char *into, size_t room)
{
    char line[512];
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, name, strlen(name)) != 0)
            continue;
        const char *colon = *name ? strchr(line, ':') : NULL;
        const char *value = colon ? colon + 1 + strspn(colon + 1, " \t") : line;
        snprintf(into, room, "%.*s", (int)strcspn(value, "\n"), value);
        break;
    }
    if (file)
        fclose(file);
}

void tri_fingerprint_take(struct tri_fingerprint *fingerprint)
{
    struct utsname name;
    struct sysinfo info;
    *fingerprint = (struct tri_fingerprint){.cpus_usable = tri_cpus_usable()};
    snprintf(fingerprint->version, sizeof(fingerprint->version), "%s", TRI_VERSION);
    snprintf(fingerprint->compiler, sizeof(fingerprint->compiler), "%.60s", __VERSION__);
    snprintf(fingerprint->tls, sizeof(fingerprint->tls), "%.60s", OpenSSL_version(OPENSSL_VERSION));
    snprintf(fingerprint->parser, sizeof(fingerprint->parser), "llhttp %d.%d.%d",
             LLHTTP_VERSION_MAJOR, LLHTTP_VERSION_MINOR, LLHTTP_VERSION_PATCH);
    if (uname(&name) == 0) {
        snprintf(fingerprint->kernel, sizeof(fingerprint->kernel), "%s %s", name.sysname,
                 name.release);
        snprintf(fingerprint->machine, sizeof(fingerprint->machine), "%.31s", name.machine);
    }
    if (sysinfo(&info) == 0)
        fingerprint->memory_bytes = (uint64_t)info.totalram * info.mem_unit;
    fingerprint->cpus = (unsigned)get_nprocs();
    read_line("/proc/cpuinfo", "model name", fingerprint->cpu, sizeof(fingerprint->cpu));
    read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "", fingerprint->governor,
              sizeof(fingerprint->governor));
}
