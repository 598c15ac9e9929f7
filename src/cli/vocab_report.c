/* SPDX-License-Identifier: Apache-2.0 */
/* The reports: see vocab_report.h. */
#include "src/cli/vocab_report.h"

#include <stdio.h>

#include "src/base/utf8.h"
#include "src/cli/number.h"
#include "src/data/tallies.h"

static double ratio(uint64_t part, uint64_t whole) {
    return whole > 0 ? (double)part / (double)whole : 0;
}

static double mib(double bytes) { return bytes / (1 << 20); }

static void print_text(const char *name, const struct vocab_text *text) {
    const struct fit *fit = &text->fit;
    printf("  %s: %.3f tokens a word, %.4f a byte; %.2f %% of words are one token, "
           "%.4f %% are [UNK]\n",
           name, ratio(fit->tokens, fit->words),
           ratio(fit->tokens, text->counts.tally.text_bytes),
           100 * ratio(fit->whole_words, fit->words),
           100 * ratio(fit->unknown_words, fit->words));
}

static void print_costs(const struct vocab_report *report) {
    const struct wordcount *counts = &report->training->counts;
    const struct learning *learning = report->learning;
    printf(
        "  time: %.1f s: reading %.1f, counting %.1f, exchanging %.1f (%llu rounds), "
        "saving %.1f, gathering %.1f, merging %.1f\n",
        report->seconds, counts->reading, counts->counting, counts->exchanging,
        (unsigned long long)counts->rounds, counts->saving, learning->gathering,
        learning->merging);
    printf(
        "  memory: %.0f MiB a rank at most, of it words %.1f MiB; %llu runs on disk\n",
        mib(report->peak_bytes), mib(report->words_bytes),
        (unsigned long long)counts->words.spills);
}

static double lost(const struct learning *learning) {
    return 1 - learning->character_coverage;
}

/* "中 國 …" of the characters that the alphabet has not. */
static void print_lost(const struct learning *learning) {
    for (int i = 0; i < learning->lost_count; i++) {
        char bytes[4];
        int size = utf8_encode(learning->lost[i], bytes);
        printf(" %.*s", size, bytes);
    }
    if (learning->characters - learning->kept > learning->lost_count)
        printf(" …");
}

static void print_notes(const struct vocab_report *report) {
    const struct learning *learning = report->learning;
    if (learning->lost_count > 0) {
        printf(
            "  note: %.4f %% of all characters are in no token, and make their words "
            "[UNK]:",
            100 * lost(learning));
        print_lost(learning);
        printf(" (a larger --size or --alphabet keeps more)\n");
    }
    if (report->strips)
        printf("  note: accents were dropped, so that é, ě, ö, ş are e, e, o, s%s\n",
               report->lowers ? "; --keep-accents keeps them, --cased capitals too"
                              : "; leave out --strip-accents to keep them");
    else if (report->lowers)
        printf("  note: text was lower-cased; --cased keeps capitals\n");
    if (report->tokens < report->size)
        printf("  note: %lld tokens, not %lld: no two neighbours are left that occur "
               "together %lld times (--min-count)\n",
               (long long)report->tokens, (long long)report->size,
               (long long)report->min_count);
}

void vocab_report_print(const struct vocab_report *report) {
    const struct vocab_text *training = report->training;
    const struct learning *learning = report->learning;
    const struct wordcount *counts = &training->counts;
    if (counts->resumed > 0)
        printf("%llu documents had been counted before\n",
               (unsigned long long)counts->resumed);
    printf("counted %llu words\n", (unsigned long long)training->fit.words);
    tallies_print(&counts->tally);
    tallies_print_balance(&counts->tally);
    printf("%s: %lld tokens learnt from %llu different words in %.1f s\n", report->out,
           (long long)report->tokens, (unsigned long long)learning->words,
           learning->merging);
    printf("  alphabet: %d of %d characters, %.4f %% of all that occur\n",
           (int)learning->kept, (int)learning->characters,
           100 * learning->character_coverage);
    print_text("training text", training);
    if (report->heldout)
        print_text("held-out text", report->heldout);
    print_notes(report);
    print_costs(report);
}

static void put_count(struct json_writer *json, const char *key, uint64_t value) {
    json_put_int(json, key, (int64_t)value);
}

static void put_text(struct json_writer *json, const char *name,
                     const struct vocab_text *text) {
    const struct fit *fit = &text->fit;
    json_open(json, name, '{');
    put_count(json, "documents", text->counts.tally.documents_kept);
    put_count(json, "text_bytes", text->counts.tally.text_bytes);
    put_count(json, "words", fit->words);
    put_count(json, "tokens", fit->tokens);
    number_put(json, "tokens_a_word", ratio(fit->tokens, fit->words));
    number_put(json, "tokens_a_byte",
               ratio(fit->tokens, text->counts.tally.text_bytes));
    number_put(json, "whole_words", ratio(fit->whole_words, fit->words));
    number_put(json, "unknown_words", ratio(fit->unknown_words, fit->words));
    json_close(json, '}');
}

static void put_costs(struct json_writer *json, const struct vocab_report *report) {
    const struct wordcount *counts = &report->training->counts;
    json_open(json, "seconds", '{');
    number_put(json, "all", report->seconds);
    number_put(json, "reading", counts->reading);
    number_put(json, "counting", counts->counting);
    number_put(json, "exchanging", counts->exchanging);
    number_put(json, "saving", counts->saving);
    number_put(json, "gathering", report->learning->gathering);
    number_put(json, "merging", report->learning->merging);
    json_close(json, '}');
    json_put_int(json, "peak_bytes", (int64_t)report->peak_bytes);
    json_put_int(json, "words_bytes", (int64_t)report->words_bytes);
    put_count(json, "rounds", counts->rounds);
    put_count(json, "runs_on_disk", counts->words.spills);
}

void vocab_report_json(const struct vocab_report *report) {
    const struct learning *learning = report->learning;
    struct str text = {0};
    struct json_writer json = {.out = &text};
    json_open(&json, NULL, '{');
    json_put_int(&json, "tokens", report->tokens);
    put_count(&json, "different_words", learning->words);
    put_count(&json, "documents_resumed", report->training->counts.resumed);
    json_put_int(&json, "characters", learning->characters);
    json_put_int(&json, "alphabet", learning->kept);
    number_put(&json, "character_coverage", learning->character_coverage);
    put_text(&json, "training", report->training);
    if (report->heldout)
        put_text(&json, "heldout", report->heldout);
    put_costs(&json, report);
    json_close(&json, '}');
    printf("%s\n", text.data);
    str_fini(&text);
}
