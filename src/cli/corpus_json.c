/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of a corpus as one JSON object: see corpus_print.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/syntax/json.h"
#include "src/base/mem.h"
#include "src/cli/corpus_print.h"

static void put_uint(struct json_writer *w, const char *key, uint64_t value) {
    json_put_int(w, key, (int64_t)value);
}

/* A file's name may be any bytes; what is no text is "?" in JSON. */
static void put_text(struct json_writer *w, const char *key, const char *text) {
    struct str clean = {0};
    if (json_is_text(slice_of(text))) {
        json_put_string(w, key, slice_of(text));
        return;
    }
    for (const char *p = text; *p; p++)
        str_append_char(&clean, (unsigned char)*p < 0x80 ? *p : '?');
    json_put_string(w, key, str_slice(&clean));
    str_fini(&clean);
}

static int by_key(const void *a, const void *b) {
    return strcmp(((const struct map_entry *)a)->key,
                  ((const struct map_entry *)b)->key);
}

static void put_map(struct json_writer *w, const char *key, const struct map *map) {
    struct map_entry *entries = mem_alloc(map->count + 1, sizeof *entries);
    size_t n = 0;
    for (size_t i = 0; i < map->capacity; i++)
        if (map->entries[i].key)
            entries[n++] = map->entries[i];
    qsort(entries, n, sizeof *entries, by_key);
    json_open(w, key, '{');
    for (size_t i = 0; i < n; i++) {
        json_put_key(w, slice_of(entries[i].key));
        put_uint(w, NULL, entries[i].value);
    }
    json_close(w, '}');
    mem_free(entries);
}

static void put_report(struct json_writer *w, const struct report *report) {
    const struct tally *t = &report->tally;
#define PUT(name, sentence) put_uint(w, #name, t->name);
    TALLY(PUT)
#undef PUT
    put_uint(w, "words", report->words);
    json_put_bool(w, "every_byte_accounted_for",
                  t->unpacked_bytes == t->text_bytes + t->markup_bytes +
                                           t->skipped_bytes + t->damaged_bytes);
    put_map(w, "kinds", &report->kinds);
    put_map(w, "languages", &report->languages);
    json_open(w, "dropped_by_rule", '{');
    for (int r = 0; r < RULE_COUNT; r++)
        if (t->rules[r].dropped > 0)
            put_uint(w, rule_table[r].name, t->rules[r].dropped);
    json_close(w, '}');
}

static void put_lengths(struct json_writer *w, const struct report *report) {
    json_open(w, "lengths", '[');
    for (int i = 0; i < REPORT_LENGTHS; i++) {
        json_open(w, NULL, '{');
        put_uint(w, "words_from", report_length_from(i));
        put_uint(w, "documents", report->lengths[i]);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void put_samples(struct json_writer *w, const char *key,
                        const struct manifest *manifest,
                        const struct samples *samples) {
    json_open(w, key, '[');
    for (int i = 0; i < samples->count; i++) {
        const struct sample *s = &samples->items[i];
        json_open(w, NULL, '{');
        put_text(w, "shard", corpus_shard_name(manifest, s->row));
        json_put_int(w, "ordinal", s->ordinal);
        put_text(w, "text", s->text);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void put_rules(struct json_writer *w, const struct manifest *manifest,
                      const struct report *total) {
    static const char *const units[] = {"places", "lines", "documents"};
    json_open(w, "rules", '[');
    for (int r = 0; r < RULE_COUNT; r++) {
        const struct tally_rule *dropped = &total->tally.rules[r];
        if (dropped->dropped == 0)
            continue;
        json_open(w, NULL, '{');
        put_text(w, "rule", rule_table[r].name);
        put_text(w, "unit", units[rule_table[r].unit]);
        put_uint(w, "dropped", dropped->dropped);
        put_uint(w, "bytes", dropped->bytes);
        put_samples(w, "samples", manifest, &total->samples[r]);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void put_notices(struct json_writer *w, const char *key,
                        const struct manifest *manifest, const struct report *total,
                        bool damage) {
    json_open(w, key, '[');
    for (size_t i = 0; i < total->notice_count; i++) {
        const struct report_notice *n = &total->notices[i];
        if (n->is_damage != damage)
            continue;
        json_open(w, NULL, '{');
        put_text(w, "shard", corpus_shard_name(manifest, n->row));
        put_text(w, "member", n->member);
        put_uint(w, "offset", n->offset);
        put_text(w, "what", n->text);
        json_close(w, '}');
    }
    json_close(w, ']');
}

void corpus_print_json(const struct manifest *manifest, const struct stats *stats) {
    struct str out = {0};
    struct json_writer w = {.out = &out};
    json_open(&w, NULL, '{');
    json_open(&w, "shards", '[');
    for (int i = 0; i < stats->shard_count; i++) {
        json_open(&w, NULL, '{');
        put_text(&w, "path", manifest->shards[i].path);
        put_report(&w, &stats->shards[i]);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_open(&w, "total", '{');
    put_report(&w, &stats->total);
    put_lengths(&w, &stats->total);
    json_close(&w, '}');
    put_rules(&w, manifest, &stats->total);
    put_samples(&w, "not_utf8", manifest, &stats->total.samples[REPORT_NOT_UTF8]);
    put_notices(&w, "damage", manifest, &stats->total, true);
    put_notices(&w, "passed_over", manifest, &stats->total, false);
    json_close(&w, '}');
    printf("%s\n", out.data);
    str_fini(&out);
}
