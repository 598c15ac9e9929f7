/* SPDX-License-Identifier: Apache-2.0 */
/* What fuzz targets share: see target.h. */
#include "tests/fuzz/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io/shard.h"
#include "src/base/hash.h"

_Noreturn void target_fail(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

const char *target_file(const uint8_t *data, size_t size) {
    static char path[64];
    static int fd = -1;
    if (fd < 0) {
        fd = memfd_create("fuzz", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    REQUIRE(fd >= 0 && ftruncate(fd, 0) == 0);
    REQUIRE(pwrite(fd, data, size, 0) == (ssize_t)size);
    return path;
}

static void require_balance(const struct tally *t, uint64_t given) {
    REQUIRE(t->unpacked_bytes ==
            t->text_bytes + t->markup_bytes + t->skipped_bytes + t->damaged_bytes);
    REQUIRE(t->documents == t->documents_empty + given);
    REQUIRE(t->shards == 1);
}

void target_shard(const char *format, const uint8_t *data, size_t size) {
    struct shard_options options = {.format = format,
                                    .stop_on_damage = hash64(data, size, 0) % 4 == 0,
                                    .quiet = true};
    struct tally tally = {0};
    struct err err = {0};
    struct doc doc;
    uint64_t given = 0;
    int status;
    struct shard *shard = shard_open(target_file(data, size), &options, &tally, &err);
    REQUIRE(shard != NULL);
    while ((status = shard_next(shard, &doc, &err)) == 1) {
        REQUIRE(doc.text.size > 0 && doc.ordinal >= (int64_t)given);
        given++;
    }
    if (status < 0)
        REQUIRE(options.stop_on_damage && err.code == ERR_DATA);
    else
        require_balance(&tally, given);
    shard_close(shard);
}
