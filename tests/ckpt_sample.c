/* SPDX-License-Identifier: Apache-2.0 */
/* A small checkpoint: see ckpt_sample.h. */
#include "tests/ckpt_sample.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/mem.h"

enum { PIECE = 1 << 20 }; /* bytes hashed together */

static const struct {
    const char *name;
    int64_t rows, columns;
} tensors[] = {
    {"bert.embeddings.word_embeddings.weight", 701, 911}, /* 2.4 pieces, rows cut */
    {"bert.embeddings.LayerNorm.weight", 911, 0},
    {"bert.encoder.layer.0.attention.self.query.weight", 512, 512}, /* one piece */
    {"bert.encoder.layer.0.attention.self.query.bias", 1 << 18, 0}, /* one piece */
    {"bert.encoder.layer.0.output.dense.weight", 1, (1 << 18) + 1}, /* and a number */
    {"cls.predictions.bias", (1 << 18) - 1, 0},                     /* but a number */
    {"bert.pooler.dense.weight", 3, 3},
    {"bert.pooler.dense.bias", 3, 0},
    {"cls.seq_relationship.weight", 2, 3},
};
enum { TENSORS = sizeof tensors / sizeof *tensors, TINY = 3 };

const char *const sample_moments[SAMPLE_MOMENTS] = {"adam/m", "adam/v"};

static void fill(struct params *params, const struct params_table *table,
                 uint64_t seed) {
    params_init(params, table);
    for (size_t i = 0; i < table->total; i++) {
        uint64_t x = (i + 1) * 0x9e3779b97f4a7c15u ^ seed * 0xd1b54a32d192ed03u;
        params->data[i] = (float)((double)(x >> 40) / (1 << 23) - 1);
    }
}

static void init(struct sample *sample, int64_t step, int first) {
    *sample = (struct sample){0};
    for (int i = first; i < TENSORS; i++)
        params_table_add(&sample->table, tensors[i].name, tensors[i].rows,
                         tensors[i].columns, FIRST_ZERO, tensors[i].columns > 0);
    uint64_t seed = (uint64_t)step * 3;
    fill(&sample->weights, &sample->table, seed);
    fill(&sample->m, &sample->table, seed + 1);
    fill(&sample->v, &sample->table, seed + 2);
    sample_share(sample, NULL, true);
    struct ckpt_header *header = &sample->header;
    header->step = step;
    header->tokens = 1000 * (uint64_t)step;
    header->adam_step = step + 1;
    header->lanes = 5;
    header->cursor_bytes = 48;
    header->cursors = mem_alloc(5, 48);
    for (int i = 0; i < 5 * 48; i++)
        header->cursors[i] = (uint8_t)(i * 7);
    memcpy(header->data_hash, "0123456789abcdef0123456789abcdef", HASH_HEX_SIZE);
    str_printf(&header->config, "train.steps: %" PRId64 "\n", step);
    str_printf(&header->vocab, "[PAD]\n[UNK]\nna\xc3\xafve\n");
    str_printf(&header->versions, "mpibert: test\nmpi: some\n");
}

void sample_init(struct sample *sample, int64_t step) { init(sample, step, 0); }

void sample_init_tiny(struct sample *sample, int64_t step) {
    init(sample, step, TENSORS - TINY);
}

void sample_share(struct sample *sample, const struct comm *comm, bool moments) {
    const struct params *all[] = {&sample->weights, &sample->m, &sample->v};
    sample->blocks = ckpt_weights_only(&sample->weights);
    for (int i = 1; i <= SAMPLE_MOMENTS && moments; i++)
        ckpt_add_group(&sample->blocks, sample_moments[i - 1], &sample->table);
    for (int i = 1; i < sample->blocks.count; i++) {
        struct ckpt_group *block = &sample->blocks.list[i];
        block->have = comm ? ckpt_share(comm, &sample->blocks, i)
                           : (struct span){0, sample->table.total};
        block->data = all[i]->data + block->have.offset;
    }
}

void sample_fini(struct sample *sample) {
    params_fini(&sample->weights);
    params_fini(&sample->m);
    params_fini(&sample->v);
    ckpt_header_fini(&sample->header);
    params_table_fini(&sample->table);
}

static void add_lines(struct str *text, const char *group,
                      const struct params *params) {
    for (int i = 0; i < params->table->count; i++) {
        const struct tensor *t = &params->table->tensors[i];
        const char *bytes = (const char *)(params->data + t->offset);
        struct hash128 pieces[8];
        size_t n = 0, size = t->count * sizeof(float);
        for (size_t at = 0; at < size; at += PIECE)
            pieces[n++] = hash128(bytes + at, size - at < PIECE ? size - at : PIECE);
        char hex[HASH_HEX_SIZE];
        hash_hex(hash128(pieces, n * sizeof *pieces), hex);
        str_printf(text, "%s%s %" PRId64, group, t->name, t->shape[0]);
        if (t->rank == 2)
            str_printf(text, "x%" PRId64, t->shape[1]);
        str_printf(text, " %s\n", hex);
    }
}

void sample_state_hash(const struct sample *sample, bool moments,
                       char hex[HASH_HEX_SIZE]) {
    struct str text = {0};
    add_lines(&text, "/params/", &sample->weights);
    if (moments) {
        add_lines(&text, "/adam/m/", &sample->m);
        add_lines(&text, "/adam/v/", &sample->v);
    }
    hash_hex(hash128(text.data, text.size), hex);
    str_fini(&text);
}

static bool same_text(const struct str *a, const struct str *b) {
    return slice_equal(str_slice(a), str_slice(b));
}

static bool same_header(const struct ckpt_header *a, const struct ckpt_header *b) {
    return a->step == b->step && a->tokens == b->tokens &&
           a->adam_step == b->adam_step && strcmp(a->data_hash, b->data_hash) == 0 &&
           same_text(&a->config, &b->config) && same_text(&a->vocab, &b->vocab) &&
           same_text(&a->versions, &b->versions) && same_text(&a->ledger, &b->ledger) &&
           a->lanes == b->lanes && a->cursor_bytes == b->cursor_bytes &&
           memcmp(a->cursors, b->cursors, (size_t)a->lanes * a->cursor_bytes) == 0;
}

bool sample_is_in(const struct sample *sample, struct ckpt *ckpt, bool moments) {
    const struct params *want[] = {&sample->weights, &sample->m, &sample->v};
    struct params got;
    params_init(&got, &sample->table);
    size_t bytes = sample->table.total * sizeof(float);
    bool same = ckpt_moments(ckpt) == (moments ? SAMPLE_MOMENTS : 0) &&
                ckpt_table(ckpt)->count == sample->table.count &&
                same_header(ckpt_header(ckpt), &sample->header);
    for (int kind = 0; same && kind < (moments ? 3 : 1); kind++)
        same = ckpt_read(ckpt, kind ? sample_moments[kind - 1] : CKPT_WEIGHTS, &got,
                         NULL) == 0 &&
               memcmp(got.data, want[kind]->data, bytes) == 0;
    params_fini(&got);
    return same;
}

int sample_count_files(const char *dir) {
    DIR *folder = opendir(dir);
    int count = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (folder)
        closedir(folder);
    return count;
}

int sample_write_in_child(struct sample *sample, const char *path) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct comm *comm = comm_create(NULL, NULL, NULL);
        int rc = comm ? ckpt_write(comm, path, CKPT_POSIX, &sample->header,
                                   &sample->blocks, NULL)
                      : -1;
        comm_destroy(comm);
        _exit(rc != 0);
    }
    int status = -1;
    return waitpid(child, &status, 0) == child ? status : -1;
}
