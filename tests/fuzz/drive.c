/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target without libFuzzer: over every file of the folders given, over each
 * cut short, and over mutations of each, the same ones every time.  A fault ends the
 * process, which prove sees.  `drive FOLDER… ` or FILE… (a finding to be looked at). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/file.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/base/str.h"
#include "tests/fuzz/target.h"

enum { FILE_MAX = 1 << 20, CUTS = 64, MUTATIONS = 2000 };

static long inputs;

/* In memory of its own size, so that a sanitizer sees what is read after it. */
static void run(const char *data, size_t size) {
    uint8_t *copy = mem_alloc(size + 1, 1);
    uint8_t *end = copy + 1; /* odd, as inputs are */
    memcpy(end, data, size);
    LLVMFuzzerTestOneInput(end, size);
    mem_free(copy);
    inputs++;
}

static void cut(const struct str *seed) {
    size_t step = seed->size / CUTS + 1;
    for (size_t n = 0; n < seed->size; n += step)
        run(seed->data, n);
}

/* One small change somewhere. */
static void change(struct str *s, struct rng *rng) {
    static const char bytes[] = "\0\n\r<>&\"\\{}[]:,.;=-#x0 \t\xff\x80\xc3\xe2";
    size_t at = (size_t)rng_below(rng, s->size + 1);
    size_t left = s->size - at,
           count = (size_t)rng_below(rng, left < 16 ? left + 1 : 16);
    switch (rng_below(rng, 4)) {
    case 0: /* overwrite */
        if (left > 0)
            s->data[at] = (char)rng_u32(rng);
        return;
    case 1: /* take out */
        memmove(s->data + at, s->data + at + count, left - count);
        s->size -= count;
        return;
    case 2: /* say twice */
        str_reserve(s, count);
        memmove(s->data + at + count, s->data + at, left);
        s->size += count;
        return;
    default: /* put in */
        str_reserve(s, 1);
        memmove(s->data + at + 1, s->data + at, left);
        s->data[at] = bytes[rng_below(rng, sizeof bytes - 1)];
        s->size++;
    }
}

static void mutate(const struct str *seed, uint32_t number) {
    struct rng rng;
    struct str s = {0};
    rng_init(&rng, 1, RNG_TEST, number, 0);
    for (int i = 0; i < MUTATIONS; i++) {
        str_clear(&s);
        str_append(&s, seed->data, seed->size);
        uint64_t changes = 1 + rng_below(&rng, 4);
        while (changes-- > 0)
            change(&s, &rng);
        run(s.data, s.size);
    }
    str_fini(&s);
}

static void drive_file(const char *path, uint32_t number) {
    struct str seed = {0};
    struct err err;
    REQUIRE(file_read(path, FILE_MAX, &seed, &err) == 0);
    str_reserve(&seed, 1);
    run(seed.data, seed.size);
    cut(&seed);
    mutate(&seed, number);
    str_fini(&seed);
}

static void drive_folder(const char *path) {
    struct dirent **names;
    int count = scandir(path, &names, NULL, alphasort);
    REQUIRE(count > 2);
    for (int i = 0; i < count; i++) {
        char file[1024];
        snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.')
            drive_file(file, (uint32_t)i);
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv) {
    log_set_quiet(true);
    for (int i = 1; i < argc; i++) {
        struct stat info;
        REQUIRE(stat(argv[i], &info) == 0);
        if (S_ISDIR(info.st_mode))
            drive_folder(argv[i]);
        else
            drive_file(argv[i], 0);
    }
    printf("ok 1 - %ld inputs\n1..1\n", inputs);
    return 0;
}
