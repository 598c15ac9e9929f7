/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: any bytes as a text, split into sentences and tokenised.  The first byte
 * chooses the four options.  The ids must be those of the plain way (normalise,
 * pre-tokenise, look up), ill-formed bytes counted right, and sentences must lose
 * nothing but white space. */
#include <string.h>

#include "src/core/vocab.h"
#include "src/text/pretokenize.h"
#include "src/base/utf8.h"
#include "src/text/sentence.h"
#include "src/text/tokenizer.h"
#include "src/text/wordpiece.h"
#include "tests/fuzz/target.h"

static const char vocabulary[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\ne\nA\nab\nabc\n##a\n##b\n##c\n##"
    "bc\n##e\n"
    "the\n##ing\n.\n,\n!\n(\n)\n'\n-\n\xc3\xa9\n##"
    "\xc3\xa9\n\xe4\xb8\xad\n\xe6\x96\x87\n1\n##1\n"
    "\xe1\x84\x92\n##\xe1\x85\xa1\n##\xe1\x86\xab\n\xd0\xb6\n##"
    "\xd0\xb6\n\xce\xa9\n\xcf\x89\n";

enum { CHOICES = 16 };

static struct machines {
    struct vocab vocab;
    struct sentence_rules *sentences;
    struct wordpiece *wordpiece;
    struct tokenizer *tokenizers[CHOICES];
    struct normalizer normalizers[CHOICES];
} machines;

static void make_machines(void) {
    struct err err;
    REQUIRE(vocab_parse(&machines.vocab, slice_of(vocabulary), "fuzz", &err) == 0);
    machines.sentences = sentence_rules_create("en,de,cs", NULL, &err);
    REQUIRE(machines.sentences != NULL);
    machines.wordpiece = wordpiece_create(&machines.vocab);
    for (int i = 0; i < CHOICES; i++) {
        struct normalizer_options options = {i & 1, i & 2, i & 4, i & 8, false};
        machines.tokenizers[i] = tokenizer_create(&machines.vocab, &options);
        normalizer_init(&machines.normalizers[i], &options);
    }
}

static void require_same_ids(int choice, struct slice text) {
    static struct ids fast, plain;
    struct normalizer *normalizer = &machines.normalizers[choice];
    struct slice word;
    fast.count = plain.count = 0;
    size_t bad = tokenizer_encode(machines.tokenizers[choice], text, &fast);
    REQUIRE(bad == utf8_ill_formed(text.data, text.size));
    REQUIRE(bad == normalizer_run(normalizer, text));
    struct slice rest = str_slice(&normalizer->text);
    while (pretokenize_next(&rest, &word))
        wordpiece_encode(machines.wordpiece, word, &plain);
    REQUIRE(fast.count == plain.count);
    REQUIRE(memcmp(fast.data, plain.data, fast.count * sizeof *fast.data) == 0 ||
            fast.count == 0);
}

static size_t solid_bytes(struct slice s) {
    size_t n = 0;
    for (size_t i = 0; i < s.size; i++)
        n += s.data[i] == '\0' || strchr(" \t\r\n\v\f", s.data[i]) == NULL;
    return n;
}

/* White space of more than one byte may go too, so that less than everything may
 * stay. */
static void require_sentences(struct slice text) {
    struct slice rest = text, sentence;
    size_t solid = 0;
    bool ascii = true;
    while (sentence_next(machines.sentences, &rest, &sentence)) {
        REQUIRE(sentence.size > 0 && sentence.size <= 4096);
        REQUIRE(sentence.data >= text.data &&
                sentence.data + sentence.size <= text.data + text.size);
        solid += solid_bytes(sentence);
    }
    for (size_t i = 0; i < text.size; i++)
        ascii = ascii && (unsigned char)text.data[i] < 0x80;
    REQUIRE(ascii ? solid == solid_bytes(text) : solid <= solid_bytes(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    if (machines.wordpiece == NULL)
        make_machines();
    struct slice text = {(const char *)data + 1, size - 1};
    require_same_ids(data[0] % CHOICES, text);
    require_sentences(text);
    return 0;
}
