/* SPDX-License-Identifier: Apache-2.0 */
/* Tokenizer files, out: see tokenizer_json.h (in: tokenizer_read.h).  Fields stand in
 * the order in which Hugging Face's tokenizers library writes them, so that a file of
 * ours that it loads and saves again does not change by a byte.  Whether text is
 * lower-cased stands in two of the files; both are written from one variable, because
 * models released with files that disagree (or say nothing) are the most common fault
 * of published BERTs. */
#include "io/convert/tokenizer_json.h"

#include "io/syntax/json.h"
#include "src/base/file.h"

struct special {
    const char *key, *token;
    int32_t id;
};

/* In the order of tokenizer_config.json's keys. */
static void list_specials(const struct vocab *vocab, struct special list[5]) {
    list[0] = (struct special){"cls_token", "[CLS]", vocab->cls};
    list[1] = (struct special){"mask_token", "[MASK]", vocab->mask};
    list[2] = (struct special){"pad_token", "[PAD]", vocab->pad};
    list[3] = (struct special){"sep_token", "[SEP]", vocab->sep};
    list[4] = (struct special){"unk_token", "[UNK]", vocab->unk};
}

static void put_text(struct json_writer *json, const char *key, const char *text) {
    json_put_string(json, key, slice_of(text));
}

static void put_strip_accents(struct json_writer *json, int strip_accents) {
    if (strip_accents < 0)
        json_put_null(json, "strip_accents");
    else
        json_put_bool(json, "strip_accents", strip_accents);
}

static void put_added_token(struct json_writer *json, const struct special *special) {
    json_open(json, NULL, '{');
    json_put_int(json, "id", special->id);
    put_text(json, "content", special->token);
    json_put_bool(json, "single_word", false);
    json_put_bool(json, "lstrip", false);
    json_put_bool(json, "rstrip", false);
    json_put_bool(json, "normalized", false);
    json_put_bool(json, "special", true);
    json_close(json, '}');
}

/* The five special tokens, by ascending id. */
static void put_added_tokens(struct json_writer *json, const struct vocab *vocab) {
    struct special list[5];
    list_specials(vocab, list);
    json_open(json, "added_tokens", '[');
    for (int32_t done = 0, last = -1; done < 5; done++) {
        const struct special *next = NULL;
        for (int i = 0; i < 5; i++)
            if (list[i].id > last && (next == NULL || list[i].id < next->id))
                next = &list[i];
        put_added_token(json, next);
        last = next->id;
    }
    json_close(json, ']');
}

const char *const tokenizer_json_undotted[][2] = {
    {"I\u0307", "i"}, {"I", "\u0131"}, {"\u0130", "i"}, {NULL, NULL}};

static void put_bert_normalizer(struct json_writer *json, const char *key,
                                const struct tokenizer_flags *flags) {
    json_open(json, key, '{');
    put_text(json, "type", "BertNormalizer");
    json_put_bool(json, "clean_text", flags->clean_text);
    json_put_bool(json, "handle_chinese_chars", flags->chinese_chars);
    put_strip_accents(json, flags->strip_accents);
    json_put_bool(json, "lowercase", flags->lowercase);
    json_close(json, '}');
}

static void put_replacement(struct json_writer *json, const char *from,
                            const char *to) {
    json_open(json, NULL, '{');
    put_text(json, "type", "Replace");
    json_open(json, "pattern", '{');
    put_text(json, "String", from);
    json_close(json, '}');
    put_text(json, "content", to);
    json_close(json, '}');
}

/* Both letters of Turkish are replaced before BERT's normalizer sees them. */
static void put_dotted_normalizer(struct json_writer *json,
                                  const struct tokenizer_flags *flags) {
    json_open(json, "normalizer", '{');
    put_text(json, "type", "Sequence");
    json_open(json, "normalizers", '[');
    for (int i = 0; tokenizer_json_undotted[i][0]; i++)
        put_replacement(json, tokenizer_json_undotted[i][0],
                        tokenizer_json_undotted[i][1]);
    put_bert_normalizer(json, NULL, flags);
    json_close(json, ']');
    json_close(json, '}');
}

static bool is_dotted(const struct tokenizer_flags *flags) {
    return flags->dotted_i && flags->lowercase;
}

static void put_normalizer(struct json_writer *json,
                           const struct tokenizer_flags *flags) {
    if (is_dotted(flags))
        put_dotted_normalizer(json, flags);
    else
        put_bert_normalizer(json, "normalizer", flags);
    json_open(json, "pre_tokenizer", '{');
    put_text(json, "type", "BertPreTokenizer");
    json_close(json, '}');
}

/* A part of a template: {kind: {"id": id, "type_id": type}}. */
static void put_part(struct json_writer *json, const char *kind, const char *id,
                     int type) {
    json_open(json, NULL, '{');
    json_open(json, kind, '{');
    put_text(json, "id", id);
    json_put_int(json, "type_id", type);
    json_close(json, '}');
    json_close(json, '}');
}

/* [CLS] A [SEP], all of segment 0, and B [SEP] of segment 1. */
static void put_template(struct json_writer *json, const char *key, bool pair) {
    json_open(json, key, '[');
    put_part(json, "SpecialToken", "[CLS]", 0);
    put_part(json, "Sequence", "A", 0);
    put_part(json, "SpecialToken", "[SEP]", 0);
    if (pair) {
        put_part(json, "Sequence", "B", 1);
        put_part(json, "SpecialToken", "[SEP]", 1);
    }
    json_close(json, ']');
}

static void put_template_token(struct json_writer *json, const char *token,
                               int32_t id) {
    json_open(json, token, '{');
    put_text(json, "id", token);
    json_open(json, "ids", '[');
    json_put_int(json, NULL, id);
    json_close(json, ']');
    json_open(json, "tokens", '[');
    put_text(json, NULL, token);
    json_close(json, ']');
    json_close(json, '}');
}

static void put_post_processor(struct json_writer *json, const struct vocab *vocab) {
    json_open(json, "post_processor", '{');
    put_text(json, "type", "TemplateProcessing");
    put_template(json, "single", false);
    put_template(json, "pair", true);
    json_open(json, "special_tokens", '{');
    put_template_token(json, "[CLS]", vocab->cls);
    put_template_token(json, "[SEP]", vocab->sep);
    json_close(json, '}');
    json_close(json, '}');
}

static void put_decoder(struct json_writer *json) {
    json_open(json, "decoder", '{');
    put_text(json, "type", "WordPiece");
    put_text(json, "prefix", "##");
    json_put_bool(json, "cleanup", true);
    json_close(json, '}');
}

static void put_model(struct json_writer *json, const struct vocab *vocab) {
    json_open(json, "model", '{');
    put_text(json, "type", "WordPiece");
    put_text(json, "unk_token", "[UNK]");
    put_text(json, "continuing_subword_prefix", "##");
    json_put_int(json, "max_input_chars_per_word", 100);
    json_open(json, "vocab", '{');
    for (int32_t i = 0; i < vocab->size; i++) {
        if (!vocab_is_live(vocab, i)) /* a hole among the ids, as transformers has it */
            continue;
        json_put_key(json, vocab->tokens[i]);
        json_put_int(json, NULL, i);
    }
    json_close(json, '}');
    json_close(json, '}');
}

static void build_tokenizer(struct str *out, const struct vocab *vocab,
                            const struct tokenizer_flags *flags) {
    struct json_writer json = {.out = out};
    json_open(&json, NULL, '{');
    put_text(&json, "version", "1.0");
    json_put_null(&json, "truncation");
    json_put_null(&json, "padding");
    put_added_tokens(&json, vocab);
    put_normalizer(&json, flags);
    put_post_processor(&json, vocab);
    put_decoder(&json);
    put_model(&json, vocab);
    json_close(&json, '}');
}

/* BertTokenizer would make its normalizer anew, of the flags alone; the general class
 * takes that of tokenizer.json, and must be told what a model is given. */
static void put_class(struct json_writer *json, const struct tokenizer_flags *flags) {
    if (!is_dotted(flags)) {
        put_text(json, "tokenizer_class", "BertTokenizer");
        return;
    }
    put_text(json, "tokenizer_class", "PreTrainedTokenizerFast");
    json_open(json, "model_input_names", '[');
    put_text(json, NULL, "input_ids");
    put_text(json, NULL, "token_type_ids");
    put_text(json, NULL, "attention_mask");
    json_close(json, ']');
}

static void build_config(struct str *out, const struct vocab *vocab,
                         const struct tokenizer_flags *flags, int64_t max_length) {
    struct special list[5];
    list_specials(vocab, list);
    struct json_writer json = {.out = out};
    json_open(&json, NULL, '{');
    put_class(&json, flags);
    json_put_bool(&json, "do_lower_case", flags->lowercase);
    put_strip_accents(&json, flags->strip_accents);
    json_put_bool(&json, "tokenize_chinese_chars", flags->chinese_chars);
    json_put_bool(&json, "clean_text", flags->clean_text);
    json_put_int(&json, "model_max_length", max_length);
    json_put_bool(&json, "clean_up_tokenization_spaces", true);
    for (int i = 0; i < 5; i++)
        put_text(&json, list[i].key, list[i].token);
    json_close(&json, '}');
    str_append_char(out, '\n');
}

static void build_specials(struct str *out, const struct vocab *vocab) {
    struct special list[5];
    list_specials(vocab, list);
    struct json_writer json = {.out = out};
    json_open(&json, NULL, '{');
    for (int i = 0; i < 5; i++)
        put_text(&json, list[i].key, list[i].token);
    json_close(&json, '}');
    str_append_char(out, '\n');
}

/* One token a line, each ended by LF alone, whatever the file they came from did. */
static void build_vocab(struct str *out, const struct vocab *vocab) {
    for (int32_t i = 0; i < vocab->size; i++) {
        str_append(out, vocab->tokens[i].data, vocab->tokens[i].size);
        str_append_char(out, '\n');
    }
}

static int write_file(const char *dir, const char *name, struct str *content,
                      struct err *err) {
    struct str path = {0};
    str_printf(&path, "%s/%s", dir, name);
    int rc = file_write_atomic(path.data, content->data, content->size, err);
    str_fini(&path);
    str_clear(content);
    return rc;
}

int tokenizer_json_write(const char *dir, const struct vocab *vocab,
                         const struct tokenizer_flags *flags, int64_t max_length,
                         struct err *err) {
    struct str text = {0};
    build_vocab(&text, vocab);
    int rc = write_file(dir, "vocab.txt", &text, err);
    if (rc == 0) {
        build_tokenizer(&text, vocab, flags);
        rc = write_file(dir, "tokenizer.json", &text, err);
    }
    if (rc == 0) {
        build_config(&text, vocab, flags, max_length);
        rc = write_file(dir, "tokenizer_config.json", &text, err);
    }
    if (rc == 0) {
        build_specials(&text, vocab);
        rc = write_file(dir, "special_tokens_map.json", &text, err);
    }
    str_fini(&text);
    return rc;
}
