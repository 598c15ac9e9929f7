/* SPDX-License-Identifier: Apache-2.0 */
/* Memory in the system's files: see ram.h.  A control group's limit holds for all
 * groups below it, so the tightest on the way up counts. */
#include "src/base/ram.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/base/fstream.h"

/* The number in a file; SIZE_MAX if there is none ("max"). */
static size_t read_number(const char *root, const char *hierarchy, const char *group,
                          const char *name) {
    char path[PATH_MAX];
    unsigned long long value;
    snprintf(path, sizeof path, "%s/sys/fs/cgroup%s%s/%s", root, hierarchy, group,
             name);
    FILE *file = fstream_open(path, O_RDONLY, NULL);
    if (file == NULL)
        return SIZE_MAX;
    int fields = fscanf(file, "%llu", &value);
    fclose(file);
    return fields == 1 ? (size_t)value : SIZE_MAX;
}

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* What a group and those above it leave; cuts `group` down. */
static size_t left_in_groups(const char *root, const char *hierarchy, char *group,
                             const char *limit, const char *usage) {
    size_t left = SIZE_MAX;
    for (;;) {
        size_t most = read_number(root, hierarchy, group, limit);
        size_t used = read_number(root, hierarchy, group, usage);
        if (most != SIZE_MAX && used != SIZE_MAX)
            left = smaller(left, most > used ? most - used : 0);
        char *slash = strrchr(group, '/');
        if (slash == NULL)
            return left;
        *slash = '\0';
    }
}

/* Lines "0::/job" of version 2, "4:memory:/job" of version 1. */
static size_t left_by_groups(const char *root) {
    char path[PATH_MAX], line[PATH_MAX];
    size_t left = SIZE_MAX;
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fstream_open(path, O_RDONLY, NULL);
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *group = strstr(line, ":/");
        if (group == NULL)
            continue;
        if (strncmp(line, "0::", 3) == 0)
            left = smaller(left, left_in_groups(root, "", group + 1, "memory.max",
                                                "memory.current"));
        else if (strstr(line, ":memory:"))
            left = smaller(left, left_in_groups(root, "/memory", group + 1,
                                                "memory.limit_in_bytes",
                                                "memory.usage_in_bytes"));
    }
    if (file)
        fclose(file);
    return left;
}

size_t ram_available(const char *root) {
    char path[PATH_MAX], line[256];
    unsigned long long kib;
    size_t left = left_by_groups(root);
    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    FILE *file = fstream_open(path, O_RDONLY, NULL);
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
            left = smaller(left, (size_t)kib * 1024);
    if (file)
        fclose(file);
    return left;
}

size_t ram_resident(void) {
    unsigned long all, resident = 0;
    FILE *file = fstream_open("/proc/self/statm", O_RDONLY, NULL);
    if (file == NULL)
        return 0;
    if (fscanf(file, "%lu %lu", &all, &resident) != 2)
        resident = 0;
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

size_t ram_peak(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_maxrss * 1024;
}
