/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: of the host's free memory and what control groups leave, of either version and
 * on any level, the least counts; files that are missing or say nothing do not. */
#include "src/base/ram.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/file.h"
#include "src/base/str.h"
#include "tests/tap.h"

struct entry {
    const char *path, *text;
};

static const struct {
    const char *what;
    size_t want;
    struct entry entries[6];
} rows[] = {
    {"nothing says", SIZE_MAX, {{0}}},
    {"the host alone",
     2048000,
     {{"/proc/meminfo",
       "MemTotal:  9000 kB\nMemFree:  1 kB\nMemAvailable:   2000 kB\n"}}},
    {"no number", SIZE_MAX, {{"/proc/meminfo", "MemAvailable: lots\n"}}},
    {"a group of version 2",
     600,
     {{"/proc/meminfo", "MemAvailable: 2000 kB\n"},
      {"/proc/self/cgroup", "0::/job\n"},
      {"/sys/fs/cgroup/job/memory.max", "1000\n"},
      {"/sys/fs/cgroup/job/memory.current", "400\n"}}},
    {"one above it",
     5,
     {{"/proc/self/cgroup", "0::/job/step/task\n"},
      {"/sys/fs/cgroup/job/memory.max", "100\n"},
      {"/sys/fs/cgroup/job/memory.current", "95\n"},
      {"/sys/fs/cgroup/job/step/memory.max", "max\n"},
      {"/sys/fs/cgroup/job/step/memory.current", "95\n"}}},
    {"a full one",
     0,
     {{"/proc/self/cgroup", "0::/job\n"},
      {"/sys/fs/cgroup/job/memory.max", "100\n"},
      {"/sys/fs/cgroup/job/memory.current", "101\n"}}},
    {"a limit without use",
     2048000,
     {{"/proc/meminfo", "MemAvailable: 2000 kB\n"},
      {"/proc/self/cgroup", "0::/job\n"},
      {"/sys/fs/cgroup/job/memory.max", "100\n"}}},
    {"version 1 beside 2",
     70,
     {{"/proc/self/cgroup", "5:devices:/\n4:memory:/slurm/uid_0\n0::/\n"},
      {"/sys/fs/cgroup/memory/slurm/uid_0/memory.limit_in_bytes", "100\n"},
      {"/sys/fs/cgroup/memory/slurm/uid_0/memory.usage_in_bytes", "30\n"}}},
    {"version 1's root",
     40,
     {{"/proc/self/cgroup", "4:memory:/\n"},
      {"/sys/fs/cgroup/memory/memory.limit_in_bytes", "100\n"},
      {"/sys/fs/cgroup/memory/memory.usage_in_bytes", "60\n"}}},
};

static void write_entry(const char *root, const struct entry *e) {
    struct str path = {0}, folder = {0};
    struct err err = {0};
    str_printf(&path, "%s%s", root, e->path);
    str_append(&folder, path.data, (size_t)(strrchr(path.data, '/') - path.data));
    bool good = file_make_folder(folder.data, &err) == 0 &&
                file_write_atomic(path.data, e->text, strlen(e->text), &err) == 0;
    if (!good)
        ok(false, "%s: %s", path.data, err.text);
    str_fini(&path), str_fini(&folder);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str root = {0};
        str_printf(&root, "%s/%zu", tap_folder(), i);
        for (const struct entry *e = rows[i].entries; e->path; e++)
            write_entry(root.data, e);
        ok(ram_available(root.data) == rows[i].want, "%s: %zu", rows[i].what,
           ram_available(root.data));
        str_fini(&root);
    }
    ok(ram_available("") > 0 && ram_available("") < SIZE_MAX,
       "this host has %zu MiB left", ram_available("") >> 20);
    /* the system counts pages by the hundred */
    ok(ram_resident() > 0 && ram_resident() <= ram_peak() + (4 << 20),
       "this process %zu of at most %zu KiB", ram_resident() >> 10, ram_peak() >> 10);
    return tap_done();
}
