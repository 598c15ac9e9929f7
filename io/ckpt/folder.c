/* SPDX-License-Identifier: Apache-2.0 */
/* The checkpoints of a folder: their names, the newest good one, how many stay. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/log.h"
#include "src/base/mem.h"

#define NAME_BEGIN "checkpoint-"
#define NAME_END ".h5"
enum { STEP_DIGITS = 9, STEP_DIGITS_MOST = 18 };

void ckpt_path(const char *dir, int64_t step, struct str *path) {
    str_printf(path, "%s/" NAME_BEGIN "%0*" PRId64 NAME_END, dir, STEP_DIGITS, step);
}

const char *ckpt_after_name(const char *name) {
    size_t begin = strlen(NAME_BEGIN), end = strlen(NAME_END);
    if (strncmp(name, NAME_BEGIN, begin) != 0)
        return NULL;
    size_t digits = strspn(name + begin, "0123456789");
    bool padded = digits == STEP_DIGITS || (digits > STEP_DIGITS && name[begin] != '0');
    const char *rest = name + begin + digits;
    if (!padded || digits > STEP_DIGITS_MOST || strncmp(rest, NAME_END, end) != 0)
        return NULL;
    return rest + end;
}

int64_t ckpt_step_of(const char *name) {
    const char *rest = ckpt_after_name(name);
    if (rest == NULL || *rest != '\0')
        return -1;
    return strtoll(name + strlen(NAME_BEGIN), NULL, 10);
}

static int64_t step_of_path(const char *path) {
    return ckpt_step_of(strrchr(path, '/') + 1);
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

struct list {
    char **paths;
    int count;
};

static int list_name(const char *dir, const char *name, void *context,
                     struct err *err) {
    struct list *list = context;
    struct str path = {0};
    int64_t step = ckpt_step_of(name);
    (void)err;
    if (step < 0)
        return 0;
    ckpt_path(dir, step, &path);
    list->paths = mem_resize(list->paths, (size_t)list->count + 1, sizeof *list->paths);
    list->paths[list->count++] = path.data;
    return 0;
}

int ckpt_list(const char *dir, char ***paths, int *count, struct err *err) {
    struct list list = {0};
    if (file_each_name(dir, list_name, &list, err) < 0) {
        free_list(list.paths, list.count);
        return -1;
    }
    if (list.count > 0)
        qsort(list.paths, (size_t)list.count, sizeof *list.paths, newest_first);
    *paths = list.paths;
    *count = list.count;
    return 0;
}

/* What became of the search for one to go on from. */
struct search {
    bool *damaged; /* (count) owned */
    int good;      /* the place of the newest good one, or count */
    bool moments;  /* it has them */
};

/* The newest good one; with `moments` the newest good one that has them, if any has.
 * Each damaged one that is newer is told.  What cannot be read, or is of another
 * version, is not damaged: that ends the search. */
static int find_good(char *const *paths, int count, bool moments, struct search *found,
                     struct err *err) {
    *found = (struct search){mem_alloc((size_t)count, sizeof(bool)), count, false};
    for (int i = 0; i < count; i++) {
        struct err reason = {0};
        bool has = false;
        if (ckpt_prove(paths[i], &has, &reason) == 0) {
            if (found->good == count || has)
                found->good = i, found->moments = has;
            if (has || !moments)
                return 0;
        } else if (reason.code == ERR_DATA) {
            found->damaged[i] = true;
            log_warn("checkpoint refused: %s", reason.text);
        } else {
            if (err)
                *err = reason;
            return -1;
        }
    }
    return 0;
}

/* The newest good one of a folder's. */
static int resolve_folder(const char *dir, struct str *path, struct err *err) {
    char **paths;
    int count;
    struct search found;
    if (ckpt_list(dir, &paths, &count, err) < 0)
        return -1;
    int rc = find_good(paths, count, false, &found, err);
    if (rc == 0 && count == 0)
        rc = err_set(err, ERR_MISSING, "%s: no checkpoints in this folder", dir);
    else if (rc == 0 && found.good == count)
        rc = err_set(err, ERR_DATA, "%s: all %d checkpoints in this folder are damaged",
                     dir, count);
    else if (rc == 0)
        str_append(path, paths[found.good], strlen(paths[found.good]));
    mem_free(found.damaged);
    free_list(paths, count);
    return rc;
}

int ckpt_resolve(const char *file_or_dir, struct str *path, struct err *err) {
    struct stat info;
    if (fs->stat(file_or_dir, &info) < 0)
        return err_errno(err, "open", file_or_dir);
    if (S_ISDIR(info.st_mode))
        return resolve_folder(file_or_dir, path, err);
    str_append(path, file_or_dir, strlen(file_or_dir));
    return 0;
}

/* ---- what a run does to its folder ---- */

/* An unfinished checkpoint of a run that was cut off. */
static int remove_leftover(const char *dir, const char *name, void *context,
                           struct err *err) {
    static const char begin[] = CKPT_TEMPORARY NAME_BEGIN;
    struct str path = {0};
    (void)context;
    if (strncmp(name, begin, strlen(begin)) != 0)
        return 0;
    str_printf(&path, "%s/%s", dir, name);
    int rc = fs->unlink(path.data) < 0 ? err_errno(err, "remove", path.data) : 0;
    str_fini(&path);
    return rc;
}

/* To its name with .bad after it, or .bad2, .bad3, … */
static int set_aside(const char *path, struct err *err) {
    struct str to = {0};
    str_printf(&to, "%s.bad", path);
    size_t plain = to.size;
    for (int i = 2; fs->access(to.data, F_OK) == 0; i++) {
        to.size = plain;
        str_printf(&to, "%d", i);
    }
    int rc = fs->rename(path, to.data) < 0 ? err_errno(err, "rename", path) : 0;
    if (rc == 0)
        log_warn("%s: moved to %s", path, file_base_name(to.data));
    str_fini(&to);
    return rc;
}

/* Whether a run may go back to before the damaged ones.  To the beginning only if it is
 * told. */
static int check_return(const char *dir, int damaged, int64_t step, bool restart,
                        struct err *err) {
    if (damaged == 0 || step > 0 || restart)
        return 0;
    return err_set(
        err, ERR_DATA,
        "%s: all checkpoints after step 0 are damaged (%d refused); bring a good "
        "one back, or begin again from step 0 with --set checkpoint.restart=true, "
        "which keeps them as .bad",
        dir, damaged);
}

static int go_back(char *const *paths, int count, const struct search *found,
                   const char *dir, bool restart, struct err *err) {
    int64_t step = found->good < count ? step_of_path(paths[found->good]) : 0;
    int damaged = 0, rc = 0;
    for (int i = 0; i < count; i++)
        damaged += found->damaged[i];
    if (check_return(dir, damaged, step, restart, err) < 0)
        return -1;
    for (int i = 0; rc == 0 && i < count; i++)
        if (found->damaged[i])
            rc = set_aside(paths[i], err);
    return rc;
}

int ckpt_resume(const char *dir, bool restart, struct str *path, struct err *err) {
    char **paths;
    int count;
    struct search found;
    if (file_each_name(dir, remove_leftover, NULL, err) < 0 ||
        ckpt_list(dir, &paths, &count, err) < 0)
        return -1;
    int rc = find_good(paths, count, true, &found, err);
    if (rc == 0)
        rc = go_back(paths, count, &found, dir, restart, err);
    if (rc == 0 && found.good < count)
        str_append(path, paths[found.good], strlen(paths[found.good]));
    mem_free(found.damaged);
    free_list(paths, count);
    return rc;
}

int ckpt_before(const char *dir, int64_t step, struct str *path, struct err *err) {
    char **paths;
    int count, later = 0;
    struct search found;
    if (ckpt_list(dir, &paths, &count, err) < 0)
        return -1;
    while (later < count && step_of_path(paths[later]) >= step)
        later++;
    int rc = find_good(paths + later, count - later, true, &found, err);
    int good = later + found.good;
    if (rc == 0 && !found.moments)
        rc = err_set(err, ERR_MISSING, "%s: has no good checkpoint of before step %lld",
                     dir, (long long)step);
    if (rc == 0)
        str_append(path, paths[good], strlen(paths[good]));
    mem_free(found.damaged);
    free_list(paths, count);
    return rc;
}

int ckpt_set_aside_after(const char *dir, int64_t step, struct err *err) {
    char **paths;
    int count, rc = 0;
    if (ckpt_list(dir, &paths, &count, err) < 0)
        return -1;
    for (int i = 0; rc == 0 && i < count && step_of_path(paths[i]) > step; i++)
        rc = set_aside(paths[i], err);
    free_list(paths, count);
    return rc;
}

/* Old ones that stay only fill the disk: a reason to warn, not to end a run. */
static void remove_old(const char *path) {
    struct err why = {0};
    if (fs->unlink(path) == 0)
        return;
    err_errno(&why, "remove", path);
    log_warn("old checkpoint stays: %s", why.text);
}

/* Whether two of those that stay (the others' paths are empty) are good, and can be
 * gone on from. */
static bool has_two(char *const *paths, int count) {
    int good = 0;
    for (int i = 0; i < count && good < 2; i++) {
        struct err why = {0};
        bool moments = false;
        if (*paths[i] == '\0')
            continue;
        if (ckpt_prove(paths[i], &moments, &why) < 0)
            log_warn("checkpoint refused: %s", why.text);
        good += moments;
    }
    return good == 2;
}

/* For ever; such do not count among the newest. */
static bool is_lasting(const struct ckpt_retention *r, int64_t step) {
    return series_has(r->snapshots, step) || (r->every > 0 && step % r->every == 0);
}

void ckpt_retain(const char *dir, struct ckpt_retention *r, int64_t written) {
    char **paths;
    int count;
    struct err why = {0};
    /* two to prove, before the one that they follow may go; it may be there for ever */
    bool guarded = r->from > 0 && !is_lasting(r, r->from);
    int64_t keep = guarded && r->keep < 2 ? 2 : r->keep;
    CHECK(r->keep > 0);
    if (ckpt_list(dir, &paths, &count, &why) < 0) {
        log_warn("old checkpoints stay: %s", why.text);
        return;
    }
    for (int i = 0; i < count; i++) {
        int64_t step = step_of_path(paths[i]);
        if (is_lasting(r, step) || keep-- > 0 || step == 0 || step == written)
            continue;
        if (step == r->from && !has_two(paths, i))
            continue;
        remove_old(paths[i]);
        *paths[i] = '\0';
        r->from = step == r->from ? -1 : r->from;
    }
    free_list(paths, count);
    if (guarded && r->from < 0)
        ckpt_retain(dir, r, written); /* the second has served its purpose */
}
