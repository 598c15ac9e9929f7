/* SPDX-License-Identifier: Apache-2.0 */
/* The dictionary of a teacher's states: see teacher.h. */
#include <inttypes.h>
#include <string.h>

#include "io/dictionary.h"
#include "src/core/targets.h"
#include "src/train/teacher.h"

static int check_whole(const struct dictionary *d, const char *path, struct err *err) {
    if (d->iteration == d->iterations)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "teacher.dictionary: %s is still being learnt (iteration %" PRId64
                   " of %" PRId64 "); let `mpibert dictionary` end",
                   path, d->iteration, d->iterations);
}

static int check_teacher(const struct teacher *t, const char *path, struct err *err) {
    const struct dictionary *d = &t->dictionary;
    char hash[HASH_HEX_SIZE];
    teacher_hash_states(t, hash);
    if (d->layer != t->layer)
        return err_set(err, ERR_CONFIG,
                       "teacher.dictionary: %s is of layer %" PRId64
                       ", and the teacher is asked after layer %" PRId64
                       "; set teacher.layer, or learn another dictionary",
                       path, d->layer, t->layer);
    if (d->d != t->bundle.shape.H)
        return err_set(err, ERR_CONFIG,
                       "teacher.dictionary: %s has atoms of %" PRId64
                       " numbers, and states of %s have %" PRId64
                       "; learn a dictionary of these",
                       path, d->d, t->bundle.name, t->bundle.shape.H);
    if (strcmp(d->teacher_hash, hash) != 0)
        return err_set(err, ERR_CONFIG,
                       "teacher.dictionary: %s is of another teacher (%s) than %s; "
                       "name that, or learn another dictionary",
                       path, d->teacher.data, t->bundle.name);
    return 0;
}

static int check_atoms(const struct dictionary *d, const char *path,
                       const struct config *config, struct err *err) {
    if (d->K == config->dictionary_atoms)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "dictionary.atoms: is %lld, but teacher.dictionary %s has %" PRId64
                   "; set that",
                   (long long)config->dictionary_atoms, path, d->K);
}

/* What is learnt depends on the atoms, too. */
static void add_hash(struct teacher *t) {
    const struct dictionary *d = &t->dictionary;
    struct hasher *hasher = hasher_create();
    hasher_update(hasher, t->hash, strlen(t->hash));
    hasher_update(hasher, &d->lambda, sizeof d->lambda);
    hasher_update(hasher, d->atoms, (size_t)(d->K * d->d) * sizeof *d->atoms);
    hash_hex(hasher_digest(hasher), t->hash);
    hasher_destroy(hasher);
}

int teacher_take_dictionary(struct teacher *t, const struct config *config,
                            struct err *err) {
    const char *path = config->teacher_dictionary;
    if ((t->kinds & TARGET_CODES) == 0)
        return 0;
    if (path == NULL)
        return err_set(err, ERR_CONFIG,
                       "teacher.dictionary: is not set, and latent is about its atoms; "
                       "`mpibert dictionary` makes one");
    if (dictionary_read(path, &t->dictionary, err) < 0)
        return err_prefix(err, "teacher.dictionary");
    if (check_whole(&t->dictionary, path, err) < 0 || check_teacher(t, path, err) < 0 ||
        check_atoms(&t->dictionary, path, config, err) < 0)
        return -1;
    add_hash(t);
    return 0;
}
