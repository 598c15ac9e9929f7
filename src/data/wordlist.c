/* SPDX-License-Identifier: Apache-2.0 */
/* Vocabularies and casing: see wordlist.h.  Three may say the same thing: the options,
 * a file beside the vocabulary, and the tokens.  Options may not contradict the others,
 * because a model that reads other text than its vocabulary is made of is wrong without
 * a sign; the file counts before the tokens, which only give hints. */
#include "src/data/wordlist.h"

#include <string.h>

#include "io/convert/vocab_note.h"
#include "src/base/file.h"
#include "src/base/log.h"
#include "src/core/text_flags.h"
#include "src/data/passage.h"
#include "src/text/casing.h"

int wordlist_load(const char *path, struct vocab *vocab, struct err *err) {
    struct str text = {0};
    int rc = file_read(path, 64u << 20, &text, err);
    if (rc == 0)
        rc = vocab_parse(vocab, str_slice(&text), path, err);
    str_fini(&text);
    return rc;
}

/* ---- who says what ---- */

/* One thing that all may say: 0, 1, or -1 for nothing. */
struct claim {
    const char *key;
    int set, said, judged;
    int fallback;                   /* where none of them says anything */
    const struct casing_sign *sign; /* of what is judged */
    const char *traits[2];          /* the words for it, by what is judged */
    const char *words[2];           /* what text is, by the value */
};

/* What the tokens tell, and the words for it. */
static void judge_claims(const struct casing *casing, struct claim claims[TEXT_FLAGS]) {
    struct claim *lowercase = &claims[TEXT_FLAG_lowercase],
                 *accents = &claims[TEXT_FLAG_strip_accents],
                 *chinese = &claims[TEXT_FLAG_chinese_chars];
    lowercase->judged = casing->lowercase;
    lowercase->sign = casing->lowercase == 1 ? &casing->small : &casing->capitals;
    lowercase->traits[0] = "have capitals";
    lowercase->traits[1] = "have small letters, and hardly one a capital";
    accents->judged = casing->strip_accents;
    accents->sign = &casing->accents;
    accents->traits[0] = "have accents (or Hangul syllables)";
    chinese->judged = casing->chinese_chars;
    chinese->sign = casing->chinese_chars == 1 ? &casing->alone : &casing->ideographs;
    chinese->traits[0] = "have an ideograph beside something else";
    chinese->traits[1] = "are one ideograph, and none has several";
}

static void list_claims(const struct config *c, const struct vocab_note *note,
                        const struct casing *casing, struct claim claims[TEXT_FLAGS]) {
    static const struct {
        int fallback;
        const char *words[2];
    } rows[TEXT_FLAGS] = {
        [TEXT_FLAG_lowercase] = {1, {"keeps its capitals", "is lower-cased"}},
        [TEXT_FLAG_strip_accents] = {-1, {"accents stay", "accents are dropped"}},
        [TEXT_FLAG_chinese_chars] = {1,
                                     {"ideographs make words together",
                                      "each ideograph is a word"}},
        [TEXT_FLAG_clean_text] = {1, {"control characters stay", "it is cleaned"}},
        [TEXT_FLAG_dotted_i] = {0, {"", "I and \u0130 become \u0131 and i"}},
    };
    int i = 0;
#define TEXT_FLAG(name, owner)                                                         \
    claims[i++] = (struct claim){.key = "data." #name,                                 \
                                 .set = c->data_##name,                                \
                                 .said = note->name,                                   \
                                 .judged = -1};
#include "src/core/text_flags.def"
#undef TEXT_FLAG
    for (i = 0; i < TEXT_FLAGS; i++) {
        claims[i].fallback = rows[i].fallback;
        memcpy(claims[i].words, rows[i].words, sizeof rows[i].words);
    }
    judge_claims(casing, claims);
}

static const char *truth(int value) { return value ? "true" : "false"; }

/* "8368 tokens have capitals, as 'The'" */
static void print_sign(const struct claim *claim, struct str *out) {
    str_printf(out, "%d tokens %s, as '%.*s'", (int)claim->sign->count,
               claim->traits[claim->judged], (int)claim->sign->example.size,
               claim->sign->example.data);
}

static bool differ(int a, int b) { return a >= 0 && b >= 0 && a != b; }

static int contradicts(const struct config *config, const struct claim *claim,
                       const char *path, const struct vocab_note *note,
                       struct err *err) {
    struct str why = {0};
    if (claim->said >= 0)
        str_printf(&why, "%s says %s", note->source.data, truth(claim->said));
    else
        print_sign(claim, &why);
    err_set(
        err, ERR_CONFIG,
        "%s: %s: %s does not fit the vocabulary %s (%s): the model would read other "
        "text than its tokens are made of; leave %s out, or take a vocabulary that is "
        "made so (mpibert vocab)",
        options_origin(config, options_find(claim->key)), claim->key, truth(claim->set),
        path, why.data, claim->key);
    str_fini(&why);
    return -1;
}

/* ---- what comes of it ---- */

static int value_of(const struct claim *claim) {
    if (claim->set >= 0)
        return claim->set;
    if (claim->said >= 0)
        return claim->said;
    return claim->judged >= 0 ? claim->judged : claim->fallback;
}

static int settle_claim(struct config *config, const struct claim *claim,
                        const char *path, const struct vocab_note *note,
                        struct err *err) {
    if (differ(claim->set, claim->said >= 0 ? claim->said : claim->judged))
        return contradicts(config, claim, path, note, err);
    int value = value_of(claim);
    if (claim->set >= 0 || value < 0)
        return 0;
    const char *origin = claim->said >= 0 ? note->source.data : path;
    return config_set(config, claim->key, truth(value), origin, err);
}

/* The file beside it says one thing, its tokens look like another: the file counts. */
static void warn_differing(const struct claim *claim, const char *path,
                           const struct vocab_note *note) {
    struct str why = {0};
    if (claim->set >= 0 || !differ(claim->said, claim->judged))
        return;
    print_sign(claim, &why);
    log_warn("%s: %s says %s: %s, but %s", path, note->source.data, claim->key,
             truth(claim->said), why.data);
    str_fini(&why);
}

/* Whether there is something to tell: nobody set the casing, or another thing is not as
 * usual. */
static bool is_news(const struct claim claims[TEXT_FLAGS]) {
    bool news = claims[TEXT_FLAG_lowercase].set < 0;
    for (int i = 1; i < TEXT_FLAGS; i++)
        news |= claims[i].set < 0 && value_of(&claims[i]) != claims[i].fallback;
    return news;
}

static void tell(const struct claim claims[TEXT_FLAGS], const char *path,
                 const struct vocab_note *note) {
    struct str text = {0};
    bool judged = false;
    int lowercase = value_of(&claims[TEXT_FLAG_lowercase]);
    for (int i = 0; i < TEXT_FLAGS; i++) {
        int value = value_of(&claims[i]);
        const char *words = claims[i].words[value < 0 ? lowercase : value];
        if (i <= TEXT_FLAG_strip_accents || value != claims[i].fallback)
            str_printf(&text, "%s%s", i ? ", " : "text ", words);
    }
    str_printf(&text, ": ");
    for (int i = 0; i < TEXT_FLAGS && note->source.size == 0; i++)
        if (claims[i].set < 0 && claims[i].judged >= 0 &&
            (i == 0 || claims[i].judged != claims[i].fallback)) {
            str_printf(&text, judged ? "; " : "");
            print_sign(&claims[i], &text);
            judged = true;
        }
    if (note->source.size > 0)
        str_printf(&text, "so says %s", note->source.data);
    else if (!judged)
        str_printf(&text, "nothing tells, so as transformers does (data.lowercase)");
    log_info("%s: %s", path, text.data);
    str_fini(&text);
}

int wordlist_settle(struct config *config, const struct vocab *vocab, const char *path,
                    struct err *err) {
    struct vocab_note note;
    struct casing casing;
    struct claim claims[TEXT_FLAGS];
    if (vocab_note_read(path, (struct slice){vocab->text, vocab->text_size}, &note,
                        err) < 0)
        return -1;
    casing_judge(vocab, &casing);
    list_claims(config, &note, &casing, claims);
    int rc = 0;
    for (int i = 0; rc == 0 && i < TEXT_FLAGS; i++) {
        warn_differing(&claims[i], path, &note);
        rc = settle_claim(config, &claims[i], path, &note, err);
    }
    if (rc == 0 && is_news(claims))
        tell(claims, path, &note);
    if (rc == 0 && config->data_dotted_i == 1 && config->data_lowercase == 0)
        rc = err_set(err, ERR_CONFIG,
                     "data.dotted_i: true: is for text that is lower-cased, and "
                     "data.lowercase is false; leave it out");
    vocab_note_fini(&note);
    return rc;
}

int wordlist_open(const char *path, bool cased, struct vocab *vocab,
                  struct normalizer_options *options, struct err *err) {
    struct config config;
    if (wordlist_load(path, vocab, err) < 0)
        return -1;
    config_init(&config);
    int rc = cased ? config_set(&config, "data.lowercase", "false", "--cased", err) : 0;
    if (rc == 0)
        rc = wordlist_settle(&config, vocab, path, err);
    *options = passage_normalizer(&config);
    config_fini(&config);
    if (rc < 0)
        vocab_fini(vocab);
    return rc;
}

int wordlist_settle_config(struct config *config, struct err *err) {
    struct vocab vocab;
    if (config->data_vocab == NULL)
        return 0;
    if (wordlist_load(config->data_vocab, &vocab, err) < 0)
        return -1;
    int rc = wordlist_settle(config, &vocab, config->data_vocab, err);
    vocab_fini(&vocab);
    return rc;
}

void wordlist_warn(const struct config *config, const struct vocab *vocab,
                   const char *name) {
    struct vocab_note nothing;
    struct casing casing;
    struct claim claims[TEXT_FLAGS];
    vocab_note_init(&nothing);
    casing_judge(vocab, &casing);
    list_claims(config, &nothing, &casing, claims);
    for (int i = 0; i < TEXT_FLAGS; i++)
        if (differ(claims[i].set, claims[i].judged)) {
            struct str why = {0};
            print_sign(&claims[i], &why);
            log_warn_once("%s: %s is %s, but of its vocabulary %s", name, claims[i].key,
                          truth(claims[i].set), why.data);
            str_fini(&why);
        }
}
