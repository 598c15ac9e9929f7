/* SPDX-License-Identifier: Apache-2.0 */
/* The checkpoints of a folder: their names, the newest good one, how many stay. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "src/base/die.h"
#include "src/base/log.h"
#include "src/base/mem.h"

#define NAME_BEGIN "checkpoint-"
#define NAME_END ".h5"
enum { STEP_DIGITS = 9, STEP_DIGITS_MOST = 18 };

void ckpt_path(const char *dir, int64_t step, struct str *path) {
    str_printf(path, "%s/" NAME_BEGIN "%0*" PRId64 NAME_END, dir, STEP_DIGITS, step);
}

/* The step that a file's name tells, or -1: only what ckpt_path writes is one. */
static int64_t step_of(const char *name) {
    size_t begin = strlen(NAME_BEGIN);
    if (strncmp(name, NAME_BEGIN, begin) != 0)
        return -1;
    size_t digits = strspn(name + begin, "0123456789");
    bool padded = digits == STEP_DIGITS || (digits > STEP_DIGITS && name[begin] != '0');
    if (!padded || digits > STEP_DIGITS_MOST || strcmp(name + begin + digits, NAME_END))
        return -1;
    return strtoll(name + begin, NULL, 10);
}

static int64_t step_of_path(const char *path) {
    return step_of(strrchr(path, '/') + 1);
}

static int newest_first(const void *a, const void *b) {
    int64_t left = step_of_path(*(char *const *)a),
            right = step_of_path(*(char *const *)b);
    return (left < right) - (left > right);
}

static void free_list(char **paths, int count) {
    for (int i = 0; i < count; i++)
        mem_free(paths[i]);
    mem_free(paths);
}

int ckpt_list(const char *dir, char ***paths, int *count, struct err *err) {
    DIR *folder = opendir(dir);
    if (folder == NULL)
        return err_errno(err, "open", dir);
    char **found = NULL;
    int n = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        int64_t step = step_of(entry->d_name);
        if (step < 0)
            continue;
        struct str path = {0};
        ckpt_path(dir, step, &path);
        found = mem_resize(found, (size_t)n + 1, sizeof *found);
        found[n++] = path.data;
    }
    closedir(folder);
    if (n > 0)
        qsort(found, (size_t)n, sizeof *found, newest_first);
    *paths = found;
    *count = n;
    return 0;
}

static int verify_path(const char *path, struct err *err) {
    struct ckpt *ckpt = ckpt_open(path, err);
    int rc = ckpt ? ckpt_verify(ckpt, err) : -1;
    ckpt_close(ckpt);
    return rc;
}

/* The newest good one of a folder's. */
static int resolve_folder(const char *dir, struct str *path, struct err *err) {
    char **paths;
    int count, good = 0;
    if (ckpt_list(dir, &paths, &count, err) < 0)
        return -1;
    for (; good < count; good++) {
        struct err reason = {0};
        if (verify_path(paths[good], &reason) == 0)
            break;
        log_warn("checkpoint refused: %s", reason.text);
    }
    int rc = 0;
    if (count == 0)
        rc = err_set(err, ERR_MISSING, "%s: no checkpoints in this folder", dir);
    else if (good == count)
        rc = err_set(err, ERR_DATA, "%s: all %d checkpoints in this folder are damaged",
                     dir, count);
    else
        str_append(path, paths[good], strlen(paths[good]));
    free_list(paths, count);
    return rc;
}

int ckpt_resolve(const char *file_or_dir, struct str *path, struct err *err) {
    struct stat info;
    if (stat(file_or_dir, &info) < 0)
        return err_errno(err, "open", file_or_dir);
    if (S_ISDIR(info.st_mode))
        return resolve_folder(file_or_dir, path, err);
    str_append(path, file_or_dir, strlen(file_or_dir));
    return 0;
}

static int remove_path(const char *path, struct err *err) {
    return unlink(path) < 0 ? err_errno(err, "remove", path) : 0;
}

/* Unfinished checkpoints of runs that were cut off. */
static int remove_leftovers(const char *dir, struct err *err) {
    DIR *folder = opendir(dir);
    if (folder == NULL)
        return err_errno(err, "open", dir);
    int rc = 0;
    for (struct dirent *entry; rc == 0 && (entry = readdir(folder));) {
        struct str path = {0};
        const char *name = CKPT_TEMPORARY NAME_BEGIN;
        str_printf(&path, "%s/%s", dir, entry->d_name);
        if (strncmp(entry->d_name, name, strlen(name)) == 0)
            rc = remove_path(path.data, err);
        str_fini(&path);
    }
    closedir(folder);
    return rc;
}

int ckpt_retain(const char *dir, int keep, struct err *err) {
    char **paths;
    int count;
    CHECK(keep > 0);
    if (ckpt_list(dir, &paths, &count, err) < 0)
        return -1;
    int rc = remove_leftovers(dir, err);
    for (int i = keep; rc == 0 && i < count; i++)
        if (step_of_path(paths[i]) > 0)
            rc = remove_path(paths[i], err);
    free_list(paths, count);
    return rc;
}
