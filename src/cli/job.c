/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs of several ranks: see job.h.  mpirun starts each rank by itself, on hosts that
 * may have another installation and no environment of the caller; what differs would
 * train a model that nobody asked for, or wait for ever. */
#include "src/cli/job.h"

#include <string.h>

#include "mpi/agree.h"
#include "mpi/same.h"
#include "src/base/file.h"
#include "src/base/hash.h"
#include "src/base/log.h"
#include "src/cli/environment.h"
#include "src/data/wordlist.h"
#include "src/train/rounded.h"

static int same_program(struct comm *comm, struct err *err) {
    struct str facts = {0};
    char hash[HASH_HEX_SIZE] = "unknown";
    if (comm_size(comm) > 1) /* else it is not worth reading */
        file_hash("/proc/self/exe", hash, NULL);
    same_add(&facts, "the program", "%s, hash %s", MPIBERT_VERSION, hash);
    int rc = same_check(comm, &facts, "install the same build on all hosts", err);
    str_fini(&facts);
    return rc;
}

/* A setting is named by its key, any other word by its number. */
static void add_word(struct str *facts, char **argv, int i) {
    struct str name = {0};
    const char *equals = strchr(argv[i], '=');
    if (i > 0 && strcmp(argv[i - 1], "--set") == 0 && equals) {
        str_printf(&name, "--set %.*s", (int)(equals - argv[i]), argv[i]);
        same_add(facts, name.data, "%s", equals + 1);
    } else if (strcmp(argv[i], "--set") != 0) {
        str_printf(&name, "word %d of the command line", i + 1);
        same_add(facts, name.data, "%s", argv[i]);
    }
    str_fini(&name);
}

static int same_words(struct comm *comm, int argc, char **argv, struct err *err) {
    struct str facts = {0};
    for (int i = 0; i < argc; i++)
        add_word(&facts, argv, i);
    int rc = same_check(comm, &facts, "start all ranks by the same words", err);
    str_fini(&facts);
    return rc;
}

/* Rank 0's variables make the configuration, wherever else they are missing; what
 * another rank has beside them would be ignored without a word. */
static int same_environment(struct comm *comm, struct err *err) {
    struct str facts = {0};
    environment_list(&facts);
    int rc = same_check_within(
        comm, &facts, "rank 0's environment counts: set it there, or unset it here",
        err);
    str_fini(&facts);
    return rc;
}

int job_begin(struct comm **comm, int argc, char **argv, int rc, struct err *err) {
    struct err start;
    *comm = comm_create(&argc, &argv, &start);
    if (*comm == NULL) {
        if (rc == 0)
            *err = start;
        return -1;
    }
    struct err other = {0};
    if (same_program(*comm, &other) < 0 || same_words(*comm, argc, argv, &other) < 0 ||
        same_environment(*comm, &other) < 0) {
        *err = other;
        return -1;
    }
    return comm_agree(*comm, rc, err);
}

/* What rank 0 packed. */
static int unpack(struct config *config, const struct str *packed, struct err *err) {
    config_init(config);
    return config_deserialize(config, str_slice(packed), err);
}

int job_config(struct comm *comm, const struct settings *settings, const char *yaml,
               struct config *config, struct err *err) {
    struct str packed = {0};
    *config = (struct config){0};
    bool first = comm_rank(comm) == 0;
    int own = first ? settings_config(settings, yaml, config, err) : 0;
    if (first && own == 0 && (own = wordlist_settle_config(config, err)) < 0)
        config_fini(config);
    int rc = comm_agree(comm, own, err);
    if (rc == 0 && first)
        config_serialize(config, &packed);
    if (rc == 0) {
        comm_broadcast_str(comm, &packed, 0);
        rc = comm_agree(comm, first ? 0 : unpack(config, &packed, err), err);
    }
    if (rc == 0)
        rc = rounded_settle(config, comm, err);
    str_fini(&packed);
    return rc;
}

int job_end(struct comm *comm, int rc, struct err *err) {
    if (comm == NULL)
        return rc;
    if (rc < 0)
        log_error(err);
    comm_destroy(comm); /* ranks wait for each other in it */
    return rc;
}

int job_run(struct comm *comm, const struct settings *settings, const char *yaml,
            job_fn *run, struct err *err) {
    struct config config;
    if (job_config(comm, settings, yaml, &config, err) < 0)
        return -1;
    int rc = run(comm, &config, err);
    config_fini(&config);
    return rc;
}
