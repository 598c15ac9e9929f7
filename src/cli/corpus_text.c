/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of a corpus as tables of at most 100 columns: see corpus_print.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/map.h"
#include "src/base/mem.h"
#include "src/cli/corpus_print.h"
#include "src/data/tallies.h"

enum {
    NAME_COLUMNS = 32,
    NOTICES_SHOWN = 20,
    LISTED_MAX = 16,
    SAMPLE_COLUMNS = 92,
    BAR_COLUMNS = 50
};

const char *corpus_shard_name(const struct manifest *manifest, int row) {
    return file_base_name(manifest->shards[row].path);
}

/* ---- numbers ---- */

/* A number as text, to be lent to one printf. */
struct figure {
    char text[32];
};

/* 1,234,567 */
static struct figure grouped(uint64_t number) {
    struct figure out;
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, number), at = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            out.text[at++] = ',';
        out.text[at++] = digits[i];
    }
    out.text[at] = '\0';
    return out;
}

/* 12.3 MB */
static struct figure sized(uint64_t bytes) {
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    struct figure out;
    double value = (double)bytes;
    int unit = 0;
    for (; value >= 999.5 && unit < 5; unit++)
        value /= 1000;
    snprintf(out.text, sizeof out.text, "%.*f %s", unit == 0 || value >= 99.95 ? 0 : 1,
             value, units[unit]);
    return out;
}

static double percent(uint64_t part, uint64_t whole) {
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

/* ---- shards ---- */

/* The end of a name tells more than its beginning. */
static void print_name(const char *name) {
    size_t size = strlen(name), columns = 0;
    const char *from = name;
    for (const char *p = name + size; p > name && columns < NAME_COLUMNS;)
        if (((unsigned char)*--p & 0xC0) != 0x80) {
            columns++;
            from = p;
        }
    if (from > name) {
        printf("…");
        do
            from++;
        while (((unsigned char)*from & 0xC0) == 0x80);
    }
    printf("%s%*s", from, (int)(NAME_COLUMNS - columns), "");
}

static void print_shard(const char *name, const struct report *r) {
    const struct tally *t = &r->tally;
    print_name(name);
    printf("%11s %11s %13s %9s %9s %8s\n", grouped(t->documents).text,
           grouped(t->documents_kept).text, grouped(r->words).text,
           sized(t->stored_bytes).text, sized(t->unpacked_bytes).text,
           grouped(t->damaged_places).text);
}

static void print_shards(const struct manifest *manifest, const struct stats *stats) {
    print_name("shard");
    printf("%11s %11s %13s %9s %9s %8s\n", "documents", "kept", "words", "stored",
           "unpacked", "damaged");
    for (int i = 0; i < stats->shard_count; i++)
        print_shard(corpus_shard_name(manifest, i), &stats->shards[i]);
    if (stats->shard_count > 1)
        print_shard("all", &stats->total);
}

/* ---- what is counted by name ---- */

static int by_value(const void *a, const void *b) {
    const struct map_entry *x = a, *y = b;
    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return strcmp(x->key, y->key);
}

static void print_map(const char *title, const struct map *map) {
    struct map_entry *entries = mem_alloc(map->count + 1, sizeof *entries);
    uint64_t others = 0;
    size_t n = 0;
    for (size_t i = 0; i < map->capacity; i++)
        if (map->entries[i].key)
            entries[n++] = map->entries[i];
    qsort(entries, n, sizeof *entries, by_value);
    printf("\n%s\n", title);
    size_t shown = n > LISTED_MAX ? LISTED_MAX - 1 : n;
    for (size_t i = 0; i < shown; i++)
        printf("  %14s  %s\n", grouped(entries[i].value).text, entries[i].key);
    for (size_t i = shown; i < n; i++)
        others += entries[i].value;
    if (n > shown)
        printf("  %14s  of %zu others\n", grouped(others).text, n - shown);
    mem_free(entries);
}

static void print_lengths(const struct report *r) {
    uint64_t most = 1;
    for (int i = 0; i < REPORT_LENGTHS; i++)
        most = r->lengths[i] > most ? r->lengths[i] : most;
    printf("\nDocuments kept, by words\n");
    for (int i = 0; i < REPORT_LENGTHS; i++) {
        if (r->lengths[i] == 0)
            continue;
        int bar = (int)((r->lengths[i] * BAR_COLUMNS + most - 1) / most);
        printf("  %14s  from %7s words  %.*s\n", grouped(r->lengths[i]).text,
               grouped(report_length_from(i)).text, bar,
               "##################################################");
    }
}

static void print_tokens(const struct report *r) {
    const struct tally *t = &r->tally;
    printf("\nTokens of the documents kept\n");
    printf("  %14s  tokens, %.3f a word, %.3f a byte of text\n",
           grouped(t->tokens).text,
           r->words ? (double)t->tokens / (double)r->words : 0.0,
           t->text_bytes ? (double)t->tokens / (double)t->text_bytes : 0.0);
    printf("  %14s  are [UNK]: %.4f %%\n", grouped(t->unknown_tokens).text,
           percent(t->unknown_tokens, t->tokens));
}

/* ---- what the rules dropped ---- */

/* As many characters as fit. */
static void print_excerpt(const char *text, int columns) {
    const char *p = text;
    for (; *p && columns > 0; columns--)
        do
            p++;
        while (((unsigned char)*p & 0xC0) == 0x80);
    printf("%.*s%s\n", (int)(p - text), text, *p ? "…" : "");
}

static void print_samples(const struct manifest *manifest,
                          const struct samples *samples) {
    for (int i = 0; i < samples->count; i++) {
        const struct sample *s = &samples->items[i];
        int n = printf("      %s %" PRId64 ": ", corpus_shard_name(manifest, s->row),
                       s->ordinal);
        print_excerpt(s->text, SAMPLE_COLUMNS - n);
    }
}

static void print_rules(const struct manifest *manifest, const struct report *total) {
    static const char *const units[] = {"places", "lines", "documents"};
    const struct tally *t = &total->tally;
    printf("\nWhat the rules dropped, of %s documents and %s of text\n",
           grouped(t->documents).text, sized(t->filter_bytes).text);
    for (int r = 0; r < RULE_COUNT; r++) {
        const struct tally_rule *dropped = &t->rules[r];
        if (dropped->dropped == 0)
            continue;
        printf("  %-30s %12s %-9s %9s %6.2f %% of the text\n", rule_table[r].name,
               grouped(dropped->dropped).text, units[rule_table[r].unit],
               sized(dropped->bytes).text, percent(dropped->bytes, t->filter_bytes));
        print_samples(manifest, &total->samples[r]);
    }
    printf("  %-30s %12s %-9s %9s %6.2f %% of the text\n", "(kept)",
           grouped(t->documents_kept).text, "documents",
           sized(t->filter_kept_bytes).text,
           percent(t->filter_kept_bytes, t->filter_bytes));
}

/* ---- damage ---- */

static size_t count_notices(const struct report *r, bool damage) {
    size_t count = 0;
    for (size_t i = 0; i < r->notice_count; i++)
        count += r->notices[i].is_damage == damage;
    return count;
}

/* Every shard shows its first ones. */
static void print_notices(const char *title, const struct manifest *manifest,
                          const struct stats *stats, bool damage) {
    if (count_notices(&stats->total, damage) == 0)
        return;
    printf("\n%s\n", title);
    for (int row = 0; row < stats->shard_count; row++) {
        const struct report *r = &stats->shards[row];
        size_t shown = 0, all = count_notices(r, damage);
        for (size_t i = 0; i < r->notice_count && shown < NOTICES_SHOWN; i++) {
            const struct report_notice *n = &r->notices[i];
            if (n->is_damage != damage)
                continue;
            printf("  %s: %s%sbyte %" PRIu64 ": %s\n", corpus_shard_name(manifest, row),
                   n->member, n->member[0] ? ": " : "", n->offset, n->text);
            shown++;
        }
        if (all > shown)
            printf("  %s: and more, %s in all\n", corpus_shard_name(manifest, row),
                   grouped(damage ? r->tally.damaged_places : all).text);
    }
}

void corpus_print_text(const struct manifest *manifest, const struct stats *stats) {
    const struct report *total = &stats->total;
    struct tally ledger = total->tally;
    memset(ledger.rules, 0, sizeof ledger.rules); /* they have a table of their own */
    print_shards(manifest, stats);
    printf("\nLedger\n");
    tallies_print(&ledger);
    tallies_print_balance(&ledger);
    print_map("Kinds", &total->kinds);
    print_map("Documents by the language they say", &total->languages);
    print_lengths(total);
    if (total->tally.tokens > 0)
        print_tokens(total);
    if (stats->filtered)
        print_rules(manifest, total);
    if (total->samples[REPORT_NOT_UTF8].count > 0) {
        printf("\nDocuments over 1 %% of which is no UTF-8\n");
        print_samples(manifest, &total->samples[REPORT_NOT_UTF8]);
    }
    print_notices("Damage", manifest, stats, true);
    print_notices("Passed over", manifest, stats, false);
}
