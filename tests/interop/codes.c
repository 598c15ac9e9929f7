/* SPDX-License-Identifier: Apache-2.0 */
/* Our half of codes.py: codes of vectors, and a dictionary learnt from them.
 *
 *     codes FOLDER exact|fista100   writes codes.i64 (where each row begins), codes.i32
 *                                   (which atoms) and codes.f32 (how much)
 *     codes FOLDER learn            writes learnt.f32 (K,d)
 *
 * FOLDER holds sizes.i64 (K, d, vectors, and of learn iterations and their batch),
 * lambda.f64, x.f32 (vectors,d), and atoms.f32 (K,d): of learn those that it begins
 * with.  It takes vectors in their order, again and again.  Files are in this machine's
 * byte order. */
#include <stdio.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/sparse/coder.h"
#include "src/sparse/online.h"

struct task {
    int64_t K, d, n, iterations, batch;
    double lambda;
    float *atoms, *x;
};

static const char *in_folder(const char *folder, const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Owned. */
static void *read_all(const char *folder, const char *name, size_t size) {
    struct str text = {0};
    struct err err;
    if (file_read(in_folder(folder, name), (size_t)1 << 32, &text, &err) < 0)
        die("%s", err.text);
    CHECK(text.size == size);
    void *bytes = mem_copy(text.data, size);
    str_fini(&text);
    return bytes;
}

static void write_all(const char *folder, const char *name, const void *bytes,
                      size_t size) {
    struct err err;
    if (file_write_atomic(in_folder(folder, name), bytes, size, &err) < 0)
        die("%s", err.text);
}

static struct task read_task(const char *folder) {
    int64_t *sizes = read_all(folder, "sizes.i64", 5 * sizeof *sizes);
    double *lambda = read_all(folder, "lambda.f64", sizeof *lambda);
    struct task task = {sizes[0], sizes[1], sizes[2], sizes[3],
                        sizes[4], *lambda,  NULL,     NULL};
    task.atoms =
        read_all(folder, "atoms.f32", (size_t)(task.K * task.d) * sizeof(float));
    task.x = read_all(folder, "x.f32", (size_t)(task.n * task.d) * sizeof(float));
    mem_free(sizes);
    mem_free(lambda);
    return task;
}

static void code(const char *folder, const struct task *task, const char *mode) {
    const bool exact = strcmp(mode, coder_names[CODER_EXACT]) == 0;
    const struct coder_options options = {exact ? CODER_EXACT : CODER_FISTA100,
                                          task->K,
                                          task->d,
                                          task->lambda,
                                          task->atoms,
                                          NULL};
    struct coder *coder = coder_create(&options);
    struct codes codes = {0};
    coder_run(coder, task->n, task->x, &codes);
    write_all(folder, "codes.i64", codes.starts,
              (size_t)(codes.rows + 1) * sizeof *codes.starts);
    write_all(folder, "codes.i32", codes.atoms,
              (size_t)codes.count * sizeof *codes.atoms);
    write_all(folder, "codes.f32", codes.values,
              (size_t)codes.count * sizeof *codes.values);
    coder_destroy(coder);
    codes_fini(&codes);
}

/* ---- learning ---- */

/* One vector after the other. */
struct stream {
    const struct task *task;
    int64_t next;
};

static void take(float *to, void *context) {
    struct stream *stream = context;
    const struct task *task = stream->task;
    memcpy(to, task->x + stream->next * task->d, (size_t)task->d * sizeof *to);
    stream->next = (stream->next + 1) % task->n;
}

static void learn(const char *folder, const struct task *task) {
    const struct online_options options = {
        .K = task->K, .d = task->d, .batch = task->batch, .samples = task->n};
    struct online *online = online_create(&options, task->atoms);
    const struct coder_options how = {CODER_EXACT,  task->K,       task->d,
                                      task->lambda, online->atoms, online->gram};
    struct coder *coder = coder_create(&how);
    struct codes codes = {0};
    struct stream batches = {task, 0}, picks = {task, 0};
    float *x = mem_alloc((size_t)(task->batch * task->d), sizeof *x);
    for (int64_t i = 0; i < task->iterations; i++) {
        for (int64_t j = 0; j < task->batch; j++)
            take(x + j * task->d, &batches);
        online_clean(online, take, &picks);
        coder_renew(coder);
        coder_run(coder, task->batch, x, &codes);
        online_step(online, x, &codes);
    }
    write_all(folder, "learnt.f32", online->atoms,
              (size_t)(task->K * task->d) * sizeof *online->atoms);
    mem_free(x);
    codes_fini(&codes);
    coder_destroy(coder);
    online_destroy(online);
}

int main(int argc, char **argv) {
    if (argc != 3)
        die("usage: codes FOLDER exact|fista100|learn");
    struct task task = read_task(argv[1]);
    if (strcmp(argv[2], "learn") == 0)
        learn(argv[1], &task);
    else
        code(argv[1], &task, argv[2]);
    mem_free(task.atoms);
    mem_free(task.x);
    return 0;
}
