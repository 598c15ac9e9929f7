/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a run's memory: see memory.h.  What it adds up is measured by who lays it
 * out: model and optimizer to the byte, the loader's blocks about. */
#include "src/train/memory.h"

#include <stdio.h>

#include "mpi/agree.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/ram.h"
#include "src/data/loader.h"
#include "src/text/tokenizer.h"
#include "src/train/live.h"
#include "src/train/program.h"
#include "src/train/teacher.h"

static const double MiB = 1048576.0;

/* Copies that are written beside training stay; else one is written at a time. */
static void add(struct memory *m, const struct stepper_memory *one, bool beside) {
    m->runs++;
    m->state += one->state;
    m->activations += one->activations;
    if (beside)
        m->checkpoint += one->saved;
    else if (one->saved > m->checkpoint)
        m->checkpoint = one->saved;
}

/* Collective.  A run like that of `o`, but for what its own options say of the
 * model. */
static struct stepper_memory measure(const struct stepper_options *o,
                                     const struct config *config, struct comm *comm) {
    struct params_table table = {0};
    struct stepper_options other = *o;
    other.config = config;
    other.shape = config_shape(config, o->shape.V);
    other.table = &table;
    other.program->layout(&table, config, &other.shape);
    struct stepper_memory memory = stepper_measure(&other, comm);
    params_table_fini(&table);
    return memory;
}

static size_t loader_bytes(const struct config *config, const struct dataset *data) {
    size_t blocks = 2 * (size_t)data->lanes.count * loader_block_bytes(config);
    return blocks + batch_bytes(&data->batch) + tokenizer_cache_bytes();
}

/* What there is already, without the teacher's weights. */
static size_t program_bytes(const struct teacher *teacher) {
    size_t resident = ram_resident(), weights = teacher ? teacher_bytes(teacher) : 0;
    return resident > weights ? resident - weights : resident;
}

void memory_plan(struct memory *m, const struct stepper_options *o, struct comm *comm,
                 const struct dataset *data) {
    const struct stepper_memory own = stepper_measure(o, comm);
    bool beside = config_saves_beside(o->config);
    *m = (struct memory){.program = program_bytes(o->teacher),
                         .loader = loader_bytes(o->config, data)};
    add(m, &own, beside);
    for (int i = 0; i < data->beside_count; i++) {
        const struct stepper_memory other = measure(o, data->beside[i], comm);
        add(m, &other, beside);
    }
    if (teacher_is_asked(o->teacher)) /* each has its own */
        m->teacher = (size_t)m->runs * teacher_bytes(o->teacher);
}

void memory_plan_tutor(struct memory *m, const struct stepper_options *o,
                       const struct dataset *data, size_t lessons) {
    *m = (struct memory){.runs = 1,
                         .program = program_bytes(o->teacher),
                         .teacher = teacher_bytes(o->teacher),
                         .activations = live_measure(o) + lessons,
                         .loader = loader_bytes(o->config, data)};
}

size_t memory_total(const struct memory *m) {
    return m->program + m->teacher + m->state + m->activations + m->loader +
           m->checkpoint;
}

int memory_check(const struct memory *m, struct comm *comm, struct err *err) {
    size_t need = m->state + m->activations + m->checkpoint;
    int rc = 0;
    if (!mem_can_map(need))
        rc = err_set(
            err, ERR_INTERNAL,
            "memory: the system refuses the %.0f MiB that this rank needs (state "
            "%.0f, activations %.0f, checkpoint %.0f; `ulimit -v` tells its "
            "limit); " MEMORY_CURE,
            (double)need / MiB, (double)m->state / MiB, (double)m->activations / MiB,
            (double)m->checkpoint / MiB);
    return comm_agree(comm, rc, err);
}

void memory_print(const struct memory *m, const char *whose) {
    const struct {
        const char *name;
        size_t bytes;
    } parts[] = {{"program", m->program},         {"state", m->state},
                 {"activations", m->activations}, {"loader about", m->loader},
                 {"checkpoint", m->checkpoint},   {"teacher", m->teacher}};
    const char *before = ":";
    printf("memory    %.0f MiB %s", (double)memory_total(m) / MiB, whose);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].bytes == 0)
            continue;
        printf("%s %s %.0f", before, parts[i].name, (double)parts[i].bytes / MiB);
        before = ",";
    }
    if (m->runs > 1)
        printf("; of %d seeds together", m->runs);
    printf("\n");
}

/* The teacher of the next run is there already. */
void memory_warn(const struct memory *m, int ranks_here) {
    double free_bytes = (double)ram_available("");
    double there = (double)(m->program + m->teacher / (size_t)m->runs);
    double need = (double)memory_total(m) - there;
    if (need * ranks_here > free_bytes)
        log_warn("%d rank%s will take %.0f MiB more each, but %.0f MiB are left on "
                 "this host: the system may end the run; " MEMORY_CURE,
                 ranks_here, ranks_here == 1 ? "" : "s", need / MiB, free_bytes / MiB);
}
