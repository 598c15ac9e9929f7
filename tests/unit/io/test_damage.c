/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: of a folder with two checkpoints the newer is damaged, in any way that disks
 * and people have, or made to harm its reader (tests/hostile.h).  Whoever resolves the
 * folder gets the newer, if every number and text in it is as it was written, or else
 * the older; never a crash, an endless wait, memory beyond reason, or a look at any
 * other file.  HDF5 alone, without our checks, must fail that: it opens the canaries.
 *
 * COUNT=2000 damages, by the numbers that SEED gives (short: some of each kind). */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <hdf5.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "tests/ckpt_sample.h"
#include "tests/hostile.h"
#include "tests/tap.h"

enum { OLDER = 3, NEWER = 4, PAGE = 4096, SECONDS = 20 };
static const rlim_t memory_most = (rlim_t)2 << 30;

static struct sample samples[2]; /* the older, the newer */
static struct str files[2];      /* their bytes */
static char folder[256], paths[2][300], outside[256];
static struct rng rng;

/* ---- what is opened ---- */

static const char *allowed; /* NULL: anything; else only what is in this folder */
static int *strayed; /* in memory that children share: how often that was not so */

static void judge_name(const char *path) {
    if (allowed && strncmp(path, allowed, strlen(allowed)) != 0)
        ++*strayed;
}

/* These take the place of the system's for all libraries of this program. */
int open(const char *path, int flags, ...);
int open64(const char *path, int flags, ...);
DIR *opendir(const char *path);
void *dlopen(const char *path, int flags);

static void *system_call(const char *name) { return dlsym(RTLD_NEXT, name); }

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    unsigned mode = flags & O_CREAT ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    judge_name(path);
    int (*next)(const char *, int, ...);
    *(void **)&next = system_call("open");
    return next(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    unsigned mode = flags & O_CREAT ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    return open(path, flags, mode);
}

DIR *opendir(const char *path) {
    judge_name(path);
    DIR *(*next)(const char *);
    *(void **)&next = system_call("opendir");
    return next(path);
}

void *dlopen(const char *path, int flags) {
    judge_name(path ? path : "");
    void *(*next)(const char *, int);
    *(void **)&next = system_call("dlopen");
    return next(path, flags);
}

/* ---- damage ---- */

static size_t below(size_t n) { return (size_t)rng_below(&rng, n); }

static void flip(struct str *file, size_t at) {
    file->data[at] = (char)(file->data[at] ^ 1 << below(8));
}

/* A place of a byte that is not 0: padding is. */
static size_t used_place(const struct str *file) {
    size_t at = below(file->size);
    while (file->data[at] == 0)
        at = at + 1 < file->size ? at + 1 : 0;
    return at;
}

static size_t page_place(const struct str *file) {
    return below(file->size / PAGE) * PAGE;
}

/* Where the first numbers of tensor i of group g (0: weights) lie in the newer file. */
static size_t tensor_place(int g, int i) {
    const struct params *groups[] = {&samples[1].weights, &samples[1].m, &samples[1].v};
    const struct tensor *t = &samples[1].table.tensors[i];
    size_t n = t->count * sizeof(float);
    const char *at =
        memmem(files[1].data, files[1].size, groups[g]->data + t->offset, n);
    return at ? (size_t)(at - files[1].data) : 0;
}

static void damage_bit(struct str *file) { flip(file, below(file->size)); }

static void damage_used_bit(struct str *file) { flip(file, used_place(file)); }

static void damage_number(struct str *file) {
    int i = (int)below((size_t)samples[1].table.count);
    size_t bytes = samples[1].table.tensors[i].count * sizeof(float);
    flip(file, tensor_place((int)below(3), i) + below(bytes));
}

static void damage_bits(struct str *file) {
    for (size_t n = 2 + below(30); n > 0; n--)
        flip(file, n % 2 ? used_place(file) : below(file->size));
}

static void damage_bytes(struct str *file) {
    size_t at = used_place(file), n = 1 + below(64);
    for (char c = below(2) ? '\xff' : 0; n > 0 && at < file->size; n--)
        file->data[at++] = c;
}

static void cut(struct str *file) { file->size = below(file->size); }

static void append(struct str *file) {
    char junk[512];
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = (char)rng_u32(&rng);
    str_append(file, junk, 1 + below(sizeof junk));
}

static void zero_page(struct str *file) {
    memset(file->data + page_place(file), 0, PAGE);
}

static void zero_used_page(struct str *file) {
    memset(file->data + used_place(file) / PAGE * PAGE, 0, PAGE);
}

static void swap(char *a, char *b, size_t n) {
    for (; n > 0; n--, a++, b++) {
        char c = *a;
        *a = *b, *b = c;
    }
}

static void swap_pages(struct str *file) {
    size_t a = used_place(file) / PAGE * PAGE, b = page_place(file);
    swap(file->data + a, file->data + b, PAGE);
}

/* A tensor's numbers with those of its moment. */
static void swap_slices(struct str *file) {
    int i = (int)below((size_t)samples[1].table.count), g = 1 + (int)below(2);
    swap(file->data + tensor_place(0, i), file->data + tensor_place(g, i),
         samples[1].table.tensors[i].count * sizeof(float));
}

/* Pages that were never written, or of the older file. */
static void stale_page(struct str *file) {
    size_t at = used_place(file) / PAGE * PAGE;
    memcpy(file->data + at, files[0].data + at, PAGE);
}

static void stale_end(struct str *file) {
    size_t at = page_place(file);
    memcpy(file->data + at, files[0].data + at, file->size - at);
}

static void stale_whole(struct str *file) {
    memcpy(file->data, files[0].data, file->size);
}

static void take_out(struct str *file) {
    size_t at = used_place(file), n = 1 + below(100);
    n = n < file->size - at ? n : file->size - at;
    memmove(file->data + at, file->data + at + n, file->size - at - n);
    file->size -= n;
}

static const struct {
    const char *name;
    void (*damage)(struct str *file);
} damages[] = {
    {"a bit", damage_bit},
    {"a bit of what is used", damage_used_bit},
    {"a bit of a number", damage_number},
    {"some bits", damage_bits},
    {"a run of bytes", damage_bytes},
    {"cut", cut},
    {"bytes after the end", append},
    {"a page of zeros", zero_page},
    {"a page that is used of zeros", zero_used_page},
    {"two pages swapped", swap_pages},
    {"two slices swapped", swap_slices},
    {"a page of the older", stale_page},
    {"the end of the older", stale_end},
    {"the older under this name", stale_whole},
    {"bytes missing", take_out},
};
enum { DAMAGES = sizeof damages / sizeof *damages };

/* ---- judgement ---- */

enum verdict { HARMLESS, FELL_BACK, REFUSED, STRAYED, WRONG, VERDICTS };
static const char *const words[VERDICTS] = {"did no harm", "fell back", "refused all",
                                            "looked elsewhere", "went wrong"};
static int counts[VERDICTS];

/* In a child: what the folder gives. */
static enum verdict resolve(void) {
    struct str path = {0};
    struct err err = {0};
    *strayed = 0;
    allowed = folder;
    int rc = ckpt_resolve(folder, &path, &err);
    struct ckpt *ckpt = rc == 0 ? ckpt_open(path.data, &err) : NULL;
    allowed = NULL;
    if (*strayed)
        return STRAYED;
    if (rc < 0)
        return err.code == ERR_CONFIG ? REFUSED : WRONG;
    for (int i = 0; ckpt && i < 2; i++)
        if (sample_is_in(&samples[i], ckpt, true))
            return i == 0 ? FELL_BACK : HARMLESS;
    return WRONG;
}

static enum verdict judge(const char *what) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit memory = {memory_most, memory_most}, none = {0, 0};
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDERR_FILENO);
        setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__
        setrlimit(RLIMIT_AS, &memory);
#endif
        (void)memory;
        alarm(SECONDS);
        _exit((int)resolve());
    }
    int status = 0;
    waitpid(child, &status, 0);
    bool ended = WIFEXITED(status) && WEXITSTATUS(status) < VERDICTS;
    enum verdict verdict = ended ? (enum verdict)WEXITSTATUS(status) : WRONG;
    if (verdict >= STRAYED)
        diag("%s: %s, status %x", what, words[verdict], (unsigned)status);
    counts[verdict]++;
    return verdict;
}

static void put(int i, const struct str *file) {
    struct err err = {0};
    if (file_write_atomic(paths[i], file->data, file->size, &err) < 0)
        diag("%s", err.text);
}

/* ---- */

static void test_damages(int count) {
    int of[DAMAGES][VERDICTS] = {0};
    for (int n = 0; n < count; n++) {
        int kind = n % DAMAGES;
        char what[128];
        struct str file = {0};
        str_append(&file, files[1].data, files[1].size);
        damages[kind].damage(&file);
        put(1, &file);
        str_fini(&file);
        snprintf(what, sizeof what, "damage %d, %s", n, damages[kind].name);
        of[kind][judge(what)]++;
    }
    for (int kind = 0; kind < DAMAGES; kind++)
        ok(of[kind][HARMLESS] + of[kind][FELL_BACK] ==
               (count - kind + DAMAGES - 1) / DAMAGES,
           "%s: %d did no harm, %d fell back", damages[kind].name, of[kind][HARMLESS],
           of[kind][FELL_BACK]);
}

static void test_hostile(void) {
    for (int kind = 0; kind < hostile_kinds(); kind++) {
        put(1, &files[1]);
        const char *name = hostile_name(kind);
        if (!ok(hostile_make(kind, paths[1], outside), "made: %s", name))
            continue;
        enum verdict verdict = judge(name);
        bool harmless = verdict == HARMLESS && hostile_fate(kind) == HOSTILE_HARMLESS;
        ok(verdict == FELL_BACK || harmless, "  %s", words[verdict]);
    }
}

/* One of an older version is not damaged: nobody goes on from before it unasked. */
static void test_version(void) {
    int64_t version = 1;
    put(1, &files[1]);
    hid_t file = H5Fopen(paths[1], H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t attribute = H5Aopen(file, "version", H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_INT64, &version);
    H5Aclose(attribute);
    H5Fclose(file);
    is_int(judge("an older version"), REFUSED, "an older version: 78");
}

/* The controls: the judge sees what it is there to see. */
static void test_controls(void) {
    char *number = (char *)samples[1].weights.data;
    put(1, &files[1]);
    is_int(judge("nothing"), HARMLESS, "what is not damaged is taken");
    *number ^= 1;
    is_int(judge("another number (a control)"), WRONG, "a wrong number is seen");
    *number ^= 1;
    float numbers[9];
    int naive = 0;
    for (int kind = 0; kind < 5; kind++) {
        put(1, &files[1]);
        hostile_make(kind, paths[1], outside);
        *strayed = 0;
        allowed = folder;
        hid_t file = H5Fopen(paths[1], H5F_ACC_RDONLY, H5P_DEFAULT);
        hid_t set = H5Dopen2(file, "/params/bert.pooler.dense.weight", H5P_DEFAULT);
        hid_t text = H5Dopen2(file, "/config", H5P_DEFAULT);
        H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
        allowed = NULL;
        H5Dclose(set);
        H5Dclose(text);
        H5Fclose(file);
        naive += *strayed > 0;
    }
    is_int(naive, 5, "HDF5 by itself opens other files");
}

static void write_sample(int i) {
    sample_init_tiny(&samples[i], i == 0 ? OLDER : NEWER);
    snprintf(paths[i], sizeof paths[i], "%s/checkpoint-%09d.h5", folder,
             i == 0 ? OLDER : NEWER);
    ok(sample_write_in_child(&samples[i], paths[i]) == 0, "a child writes %s",
       file_base_name(paths[i]));
    file_read(paths[i], 1 << 28, &files[i], NULL);
    sample_state_hash(&samples[i], true, samples[i].header.state_hash);
}

int main(void) {
    const char *count = getenv("COUNT"), *seed = getenv("SEED");
    int n = count ? atoi(count) : 60;
    uint64_t number = seed ? strtoull(seed, NULL, 10) : 1;
    diag("SEED=%llu COUNT=%d", (unsigned long long)number, n);
    rng_init(&rng, number, RNG_TEST, 0, 0);
    strayed = mmap(NULL, sizeof *strayed, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    snprintf(folder, sizeof folder, "%s/run", tap_folder());
    snprintf(outside, sizeof outside, "%s/elsewhere", tap_folder());
    file_make_folder(folder, NULL);
    file_make_folder(outside, NULL);
    write_sample(0);
    write_sample(1);
    if (!ok(files[0].size == files[1].size && files[0].size > 0, "of the same size"))
        return tap_done();
    hostile_canaries(outside, paths[1]);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    test_controls();
    counts[WRONG] = 0; /* the control's */
    test_damages(n > hostile_kinds() + 1 ? n - hostile_kinds() - 1 : 0);
    test_hostile();
    test_version();
    diag("%d did no harm, %d fell back", counts[HARMLESS], counts[FELL_BACK]);
    is_int(counts[STRAYED] + counts[WRONG], 0, "none went wrong or looked elsewhere");
    for (int i = 0; i < 2; i++) {
        sample_fini(&samples[i]);
        str_fini(&files[i]);
    }
    return tap_done();
}
