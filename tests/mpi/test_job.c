/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: rank 0's configuration is everybody's.  For every option of the table, set to
 * another value, to nothing and to null: in the environment of the last rank alone it
 * is refused on all ranks by its name; in that of rank 0 alone it is refused everywhere
 * or holds everywhere, with its origin; on the command line of the last rank alone it
 * does not count (job_begin refuses such a job by its words).  What is `auto` becomes
 * the same on all ranks, though they differ in their processors.  Nobody waits for
 * ever. */
#include "src/cli/job.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/agree.h"
#include "mpi/same.h"
#include "src/base/dispatch.h"
#include "src/base/log.h"
#include "src/cli/environment.h"
#include "src/core/lists.h"
#include "src/kernels/precision.h"
#include "tests/tap.h"

static struct comm *comm;

/* A value that the option takes and does not have. */
static const char *other_value(const struct option *o) {
    static char word[32];
    if (o->type == OPTION_BOOL)
        return o->fallback && strcmp(o->fallback, "true") == 0 ? "false" : "true";
    if (o->type == OPTION_CHOICE) {
        size_t n = strcspn(o->low, "|");
        const char *second = o->low[n] ? o->low + n + 1 : o->low;
        bool first =
            o->fallback && strncmp(o->fallback, second, strlen(o->fallback)) == 0;
        const char *from = first ? o->low : second;
        snprintf(word, sizeof word, "%.*s", (int)strcspn(from, "|"), from);
        return word;
    }
    if (o->low)
        return o->fallback && strcmp(o->fallback, o->low) == 0 ? o->high : o->low;
    return "other";
}

static void variable_of(const char *key, char name[96]) {
    int n = snprintf(name, 96, "MPIBERT_%s", key);
    for (int i = 8; i < n; i++)
        name[i] = name[i] == '.' ? '_' : (char)toupper((unsigned char)name[i]);
}

static bool is_last(void) { return comm_rank(comm) == comm_size(comm) - 1; }

/* Whether all ranks have the same configuration and origins. */
static bool all_alike(const struct config *config) {
    struct str facts = {0}, packed = {0};
    struct err err;
    config_serialize(config, &packed);
    for (size_t i = 0; i < packed.size; i++) /* facts are texts */
        packed.data[i] = packed.data[i] ? packed.data[i] : '\n';
    struct slice rest = str_slice(&packed), line;
    while (slice_line(&rest, &line)) {
        char text[256];
        snprintf(text, sizeof text, "%.*s", (int)line.size, line.data);
        same_add(&facts, "line", "%s", text);
    }
    int rc = same_check(comm, &facts, "they should be the same", &err);
    str_fini(&facts);
    str_fini(&packed);
    return rc == 0;
}

/* In the environment of one rank. */
static void test_variable(const char *key, const char *text) {
    const struct settings settings = {0};
    struct config config = {0};
    struct err err = {0};
    char name[96];
    variable_of(key, name);
    struct str facts = {0};
    if (is_last())
        setenv(name, text, 1);
    environment_list(&facts);
    int rc = same_check_within(comm, &facts, "set it there", &err);
    is_int(rc < 0 ? err.code : 0, comm_size(comm) > 1 ? 78 : 0, "%s='%s' on one rank",
           name, text);
    ok(rc == 0 || (strstr(err.text, name) && strstr(err.text, comm_host(comm))),
       "  says %s", rc < 0 ? err.text : "nothing");
    str_fini(&facts);
    unsetenv(name);

    if (comm_rank(comm) == 0)
        setenv(name, text, 1);
    err = (struct err){0};
    rc = job_config(comm, &settings, NULL, &config, &err);
    bool told =
        err.code == ERR_CONFIG || err.code == ERR_MISSING; /* a file not there */
    ok(rc == 0 || (told && strlen(err.text) > 0), "  on rank 0: %s",
       rc < 0 ? err.text : "taken");
    ok(rc < 0 || all_alike(&config), "  by all or by nobody");
    const struct option *o = options_find(key);
    if (rc == 0 && o)
        is_str(options_origin(&config, o), name, "  with its origin");
    config_fini(&config);
    unsetenv(name);
}

/* On the command line of the last rank. */
static void test_setting(const char *key, const char *text) {
    struct settings settings = {0};
    if (is_last())
        settings_add(&settings, slice_of(key), text, "--set");
    struct config config = {0};
    struct err err = {0};
    int rc = job_config(comm, &settings, NULL, &config, &err);
    ok(comm_size(comm) == 1 || rc == 0, "%s=%s on the last rank: rank 0's counts", key,
       text);
    ok(rc < 0 || all_alike(&config), "  for all");
    config_fini(&config);
    settings_fini(&settings);
}

static void test_key(const char *key, const char *other) {
    const char *const texts[] = {other, "", "null"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        test_variable(key, texts[i]);
        test_setting(key, texts[i]);
    }
}

/* A file that rank 0 alone can read. */
static void test_file(void) {
    const struct settings settings = {0};
    struct config config = {0};
    struct err err = {0};
    const char *yaml = "/no/such.yaml";
    char path[512] = "";
    if (comm_rank(comm) == 0) {
        snprintf(path, sizeof path, "%s/run.yaml", tap_folder());
        FILE *file = fopen(path, "w");
        fputs("train: {steps: 7}\ndata: {sources: [a, b], heldout: [{path: c}]}\n",
              file);
        fclose(file);
        yaml = path;
    }
    is_int(job_config(comm, &settings, yaml, &config, &err), 0,
           "rank 0 reads the file");
    is_int(config.train_steps, 7, "  for all");
    is_int(config.source_count, 2, "  with its lists");
    ok(strstr(options_origin(&config, options_find("train.steps")), "run.yaml:1:16"),
       "  and origins");
    ok(all_alike(&config), "  the same everywhere");
    config_fini(&config);
    is_int(
        job_config(comm, &settings, comm_rank(comm) ? yaml : "/no/such", &config, &err),
        -1, "rank 0 does not: nobody");
    is_int(err.code, ERR_MISSING, "  with its fault");
}

static void test_auto(const char *want, int with) {
    struct settings settings = {0};
    struct config config = {0};
    struct err err = {0};
    char why[80];
    snprintf(why, sizeof why, "auto: %d of %d ranks", with, comm_size(comm));
    settings_add(&settings, slice_of("train.precision"), "auto", "--set");
    is_int(job_config(comm, &settings, NULL, &config, &err), 0, "precision auto, %s",
           why);
    is_str(config.train_precision, want, "  is %s", want);
    ok(all_alike(&config), "  for all");
    ok(strstr(options_origin(&config, options_find("train.precision")), why),
       "  with the reason");
    config_fini(&config);
    settings_fini(&settings);
}

/* The same precision for all, be the processor of one rank without bf16. */
static void test_precision(void) {
    bool here = precision_is_fast();
    test_auto(here ? "bf16" : "fp32", here ? comm_size(comm) : 0);
    if (is_last())
        dispatch_limit(ISA_BASELINE);
    test_auto("fp32", here ? comm_size(comm) - 1 : 0);
    dispatch_limit(ISA_AVX512);
}

int main(int argc, char **argv) {
    struct err err = {0};
    int rc = job_begin(&comm, argc, argv, 0, &err);
    if (rc < 0)
        return log_error(&err);
    tap_quiet(comm_rank(comm) != 0);
    for (int i = 0; i < options_count; i++)
        test_key(options_table[i].key, other_value(&options_table[i]));
    for (int i = 0; i < lists_table_count; i++)
        test_key(lists_table[i].key, "other");
    test_file();
    test_precision();
    rc = tap_done();
    job_end(comm, 0, &err);
    return rc;
}
