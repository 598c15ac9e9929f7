/* SPDX-License-Identifier: Apache-2.0 */
/* mpibert export: a checkpoint as a Hugging Face folder, read back before it is there;
 * or every checkpoint of a family. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/ckpt/ckpt.h"
#include "io/ckpt/familydir.h"
#include "io/ckpt/rundir.h"
#include "io/convert/destination.h"
#include "io/convert/formats.h"
#include "src/base/file.h"
#include "src/cli/args.h"
#include "src/cli/command.h"
#include "src/infer/beside.h"
#include "src/infer/bundle.h"
#include "src/infer/latent.h"
#include "src/infer/roundtrip.h"
#include "src/train/mover.h"

/* What the command line asks for. */
struct request {
    const char *format_name, *layout_name;
    const char *license; /* NULL: not stated */
    bool force, keep_latent;
    /* out of these and of the words: */
    const char *checkpoint, *dir;
    const struct format *format;
    enum export_layout layout;
};

/* A folder that a run writes to would be a model to one reader and a run to the
 * next. */
static int check_dir(const struct request *r, struct err *err) {
    struct str run = {0};
    int rc = 0;
    if (rundir_is(r->dir))
        rc = err_set(
            err, ERR_CONFIG,
            "%s: is the folder of a run, which an export would make unreadable; "
            "choose another folder",
            r->dir);
    else if (!r->force && rundir_holds(r->dir, &run))
        rc = err_set(
            err, ERR_CONFIG,
            "%s: lies in %s, the folder of a run; choose another folder, or say "
            "--force",
            r->dir, run.data);
    str_fini(&run);
    return rc;
}

/* As Hugging Face writes them: apache-2.0, cc-by-sa-4.0, other. */
static int check_license(const struct args *args, const char *license,
                         struct err *err) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    if (license == NULL || (*license && license[strspn(license, letters)] == '\0'))
        return 0;
    return args_refuse(
        args, err,
        "--license: '%s' is no identifier such as apache-2.0, cc-by-sa-4.0, "
        "mit or other",
        license);
}

/* Of the step that made it; the first weights took none. */
static double rate_of(const struct bundle *bundle) {
    struct schedule schedule =
        mover_schedule(&bundle->config, bundle->config.train_steps);
    return bundle->step > 0 ? schedule_rate(&schedule, bundle->step) : 0;
}

/* The run's files lie beside its checkpoint. */
static void tell_story(const struct request *r, const struct bundle *bundle,
                       struct story *story) {
    struct str dir = {0};
    *story = (struct story){.license = r->license, .rate = rate_of(bundle)};
    const char *file = bundle->file.size ? bundle->file.data : "";
    const char *slash = strrchr(file, '/');
    if (slash)
        str_append(&dir, file, (size_t)(slash - file));
    else
        str_printf(&dir, ".");
    if (*file && rundir_is(dir.data))
        story_read(story, dir.data, bundle->step, str_slice(&bundle->versions));
    str_fini(&dir);
}

/* Into the stage, back out of it, and then to where it belongs. */
static int write_all(const struct request *r, const struct bundle *bundle,
                     const struct export_source *source, const struct export_plan *plan,
                     double *worst, struct err *err) {
    struct destination to;
    if (destination_begin(&to, r->format, r->dir, r->force, err) < 0)
        return -1;
    int rc = r->format->write(source, plan, to.stage.data, err);
    if (rc == 0)
        rc = roundtrip_check(bundle, to.stage.data, plan->layout, worst, err);
    if (rc == 0)
        rc = destination_commit(&to, err);
    destination_abandon(&to);
    return rc < 0 ? err_prefix(err, "export to %s", r->dir) : 0;
}

static void report(const struct request *r, const struct bundle *bundle,
                   const struct export_plan *plan, double worst) {
    printf("%s: step %lld of %s, %s%s%s; read back, answers differ by %g at most\n",
           r->dir, (long long)bundle->step, r->checkpoint, plan->architecture,
           plan->lost.size ? " without the trained " : "",
           plan->lost.size ? plan->lost.data : "", worst);
    int pairs = objectives_pair_id(bundle->objectives), theirs = objectives_pair_id(0);
    if (plan->layout == EXPORT_PRETRAINING && pairs != theirs)
        printf("%s: label 1 of its sentence head means that %s (%s), not that %s\n",
               r->dir, objective_words[pairs].label, objective_words[pairs].what,
               objective_words[theirs].label);
}

static int export_bundle(const struct request *r, const struct bundle *bundle,
                         struct err *err) {
    struct story story;
    struct export_plan plan;
    double worst = 0;
    tell_story(r, bundle, &story);
    const struct export_source source = {.config = &bundle->config,
                                         .shape = &bundle->shape,
                                         .vocab = &bundle->vocab,
                                         .weights = &bundle->weights,
                                         .step = bundle->step,
                                         .tokens = bundle->tokens,
                                         .atoms =
                                             r->keep_latent ? latent_atoms(bundle) : 0,
                                         .state_hash = bundle->state_hash,
                                         .story = &story};
    int rc = r->format->plan(&source, r->layout, &plan, err);
    if (rc == 0) {
        rc = write_all(r, bundle, &source, &plan, &worst, err);
        if (rc == 0)
            report(r, bundle, &plan, worst);
        export_plan_fini(&plan);
    }
    story_fini(&story);
    return rc;
}

/* Of two models the generator has the masked language head, the other all else. */
static int export_one(const struct request *r, struct bundle *both, struct err *err) {
    struct bundle generator;
    if (r->layout != EXPORT_MLM) {
        beside_leave(both);
        int rc = export_bundle(r, both, err);
        if (rc == 0)
            printf("%s: the discriminator; --layout mlm writes its generator\n",
                   r->dir);
        return rc;
    }
    beside_take(both, &generator);
    int rc = export_bundle(r, &generator, err);
    bundle_fini(&generator);
    return rc;
}

static int export(const struct request *r, struct err *err) {
    struct bundle bundle;
    if (check_dir(r, err) < 0 || bundle_load(r->checkpoint, &bundle, err) < 0)
        return -1;
    int rc = r->keep_latent ? latent_keep(&bundle, err) : 0;
    if (rc == 0)
        rc = bundle.generator ? export_one(r, &bundle, err)
                              : export_bundle(r, &bundle, err);
    bundle_fini(&bundle);
    return rc;
}

/* ---- a family ---- */

struct each {
    const struct request *all;
    const char *name; /* of the family */
    int done;
};

/* "40k", as MultiBERTs are named, or "1234". */
static void name_step(int64_t step, struct str *out) {
    bool thousands = step % 1000 == 0;
    str_printf(out, "step_%" PRId64 "%s", thousands ? step / 1000 : step,
               thousands ? "k" : "");
}

static int export_member(const struct familydir_file *file, void *context,
                         struct err *err) {
    struct each *each = context;
    struct request r = *each->all;
    struct str dir = {0};
    str_printf(&dir, "%s/%s%s%s-seed_%" PRId64 "-", r.dir, each->name,
               file->shape ? "-" : "", file->shape ? file->shape : "", file->seed);
    name_step(ckpt_step_of(file_base_name(file->path)), &dir);
    r.checkpoint = file->path;
    r.dir = dir.data;
    int rc = export(&r, err);
    each->done += rc == 0;
    str_fini(&dir);
    return rc;
}

/* Folders are named by the family's own. */
static int export_family(const struct request *r, struct err *err) {
    char *real = realpath(r->checkpoint, NULL);
    struct each each = {r, real ? file_base_name(real) : "family", 0};
    int rc = familydir_each(r->checkpoint, export_member, &each, err);
    if (rc == 0)
        printf("%s: %d folders\n", r->dir, each.done);
    free(real);
    return rc;
}

/* ---- the command line ---- */

static void list_formats(struct str *out) {
    for (const struct format *const *f = formats; *f; f++)
        str_printf(out, "%s%s: %s", f > formats ? "; " : "", (*f)->name, (*f)->what);
    str_printf(out, " [%s]", formats[0]->name);
}

static void list_layouts(struct str *out) {
    for (int i = 0; i <= EXPORT_ENCODER; i++)
        str_printf(out, "%s%s", i > 0 ? ", " : "", export_layout_names[i]);
}

static const struct arg options[] = {
    {.name = "--format",
     .takes = "NAME",
     .type = AS_TEXT,
     ARG_AT(format_name),
     .help = "",
     .more = list_formats},
    {.name = "--layout",
     .takes = "NAME",
     .type = AS_TEXT,
     ARG_AT(layout_name),
     .help = "which heads, instead of all there are: ",
     .more = list_layouts},
    ARG_TEXT("--license", "ID", license, NULL,
             "for the model card: apache-2.0, cc-by-sa-4.0, …"),
    ARG_FLAG("--keep-latent", keep_latent,
             "of a model of latent: the rows of its atoms as tokens, [MASK-0] and on, "
             "as the published MLSM has them; otherwise they are left out"),
    ARG_FLAG("--force", force, "also into a folder that holds other files"),
    ARG_END};

/* The words of the command line by their tables. */
static int check(const struct args *args, struct err *err) {
    struct request *r = args->request;
    r->checkpoint = args->words.list[0];
    r->dir = args->words.list[1];
    r->format = r->format_name ? formats_find(r->format_name, err) : formats[0];
    r->layout = EXPORT_FULLEST;
    if (*r->dir == '\0')
        return args_refuse(args, err, "the folder's name is empty");
    if (r->format == NULL)
        return err_prefix(err, "export: --format");
    if (r->layout_name && export_layout_parse(r->layout_name, &r->layout, err) < 0)
        return err_prefix(err, "export: --layout");
    return check_license(args, r->license, err);
}

static int run(const struct args *args, struct err *err) {
    const struct request *r = args->request;
    return familydir_is(r->checkpoint) ? export_family(r, err) : export(r, err);
}

const struct command cmd_export = {
    .name = "export",
    .words = "CHECKPOINT|FAMILY DIR",
    .summary = "Write a Hugging Face folder",
    .example =
        "  mpibert export run my-bert --license apache-2.0    # all heads that were "
        "trained\n"
        "  mpibert export run/checkpoint-000000500.h5 my-bert-500 --layout encoder\n"
        "  mpibert export electra small-discriminator    # ElectraForPreTraining\n"
        "  mpibert export electra small-generator --layout mlm\n"
        "  mpibert export family models    # all: models/family-seed_3-step_40k, …\n",
    .options = options,
    .request_bytes = sizeof(struct request),
    .check = check,
    .run = run};
