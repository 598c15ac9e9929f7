/* SPDX-License-Identifier: Apache-2.0 */
/* How text is read, in a Hugging Face folder: see text_options.h.  Which options those
 * are is a rule and no list, so that a new option of the data goes along by itself. */
#include "io/convert/text_options.h"

#include <string.h>

#include "io/config_json.h"
#include "src/base/file.h"
#include "src/base/log.h"
#include "src/core/text_flags.h"

enum { TABLE_BYTES = 64 << 20 };

static const char *const punkt_tables[] = {TEXT_OPTIONS_PUNKT, NULL};

/* Of other sections, but decide what a held-out example is, and (sums in another order)
 * the last digits of its loss. */
static const char *const beside[] = {"train.sequence_length", "train.chunk_tokens",
                                     "evaluation.seed"};

static bool is_one_of(const char *key, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(key, list[i]) == 0)
            return true;
    return false;
}

/* Of models that answer questions alone. */
static const char *const of_answers[] = {"task.stride", "task.longest_answer",
                                         "task.null_threshold", "task.no_answer"};

static bool is_of_answers(const struct option *option) {
    return is_one_of(option->key, of_answers, sizeof of_answers / sizeof *of_answers);
}

/* Of models that know marked words alone. */
static bool is_of_marks(const struct option *option) {
    return strcmp(option->key, "task.mark") == 0;
}

/* Whether a model has no use for an option. */
static bool is_idle(const struct option *option, const struct config *config) {
    if (is_of_marks(option))
        return config->task_mark == NULL;
    return is_of_answers(option) &&
           !objectives_has(config_objectives(config), OBJECTIVE_ANSWER);
}

/* By vocab.txt and the tokenizer's files; two files that say the same could differ. */
static bool is_told_elsewhere(const char *key) {
    return strcmp(key, "data.vocab") == 0 || text_flags_owner(key) == TEXT_FLAG_BERT;
}

static bool goes_along(const struct option *option) {
    if (is_of_answers(option) || is_of_marks(option))
        return true;
    if (is_one_of(option->key, beside, sizeof beside / sizeof *beside))
        return true;
    return strncmp(option->key, "data.", 5) == 0 && !is_told_elsewhere(option->key);
}

static const struct option *find(struct slice key) {
    for (int i = 0; i < options_count; i++)
        if (slice_equal(key, slice_of(options_table[i].key)) &&
            goes_along(&options_table[i]))
            return &options_table[i];
    return NULL;
}

void text_options_put(struct json_writer *json, const struct config *config,
                      bool punkt) {
    json_open(json, TEXT_OPTIONS_KEY, '{');
    for (int i = 0; i < options_count; i++) {
        const struct option *option = &options_table[i];
        if (!goes_along(option) || is_idle(option, config))
            continue;
        if (strcmp(option->key, "data.punkt") != 0)
            config_json_put(json, config, option);
        else if (punkt)
            json_put_string(json, option->key, slice_of("."));
    }
    json_close(json, '}');
}

static int take(const struct json_member *member, const char *dir,
                struct config *config, struct err *err) {
    const struct option *option = find(member->key);
    struct str origin = {0}, value = {0};
    str_printf(&origin, "%s/config.json: " TEXT_OPTIONS_KEY, dir);
    int rc = 0;
    if (option == NULL)
        log_warn_once("%s: '%.*s' is no option that a folder tells; it is not read",
                      origin.data, (int)member->key.size, member->key.data);
    else if (config_json_value(member->value, &value) < 0)
        rc = err_set(err, ERR_DATA, "%s: %s is no number, string, true, false or null",
                     origin.data, option->key);
    else {
        bool here =
            strcmp(option->key, "data.punkt") == 0 && strcmp(value.data, ".") == 0;
        rc = config_set(config, option->key, here ? dir : value.data, origin.data, err);
        if (rc < 0 && err)
            err->code = ERR_DATA; /* the file's fault */
    }
    str_fini(&origin);
    str_fini(&value);
    return rc;
}

int text_options_read(const struct json *root, const char *dir, struct config *config,
                      struct err *err) {
    const struct json *options = json_get(root, TEXT_OPTIONS_KEY);
    struct json_member member = {0};
    if (options && json_kind(options) != JSON_KIND_OBJECT)
        return err_set(err, ERR_DATA,
                       "%s/config.json: " TEXT_OPTIONS_KEY " is no object", dir);
    while (json_next(options, &member))
        if (take(&member, dir, config, err) < 0)
            return -1;
    return 0;
}

/* ---- Punkt's tables ---- */

static void table_path(const char *dir, int i, struct str *path) {
    str_clear(path);
    str_printf(path, "%s/%s", dir, punkt_tables[i]);
}

static int read_tables(const char *from, struct str *tables, struct err *err) {
    struct str path = {0};
    int rc = 0;
    for (int i = 0; rc == 0 && punkt_tables[i]; i++) {
        table_path(from, i, &path);
        rc = file_read(path.data, TABLE_BYTES, &tables[i], err);
    }
    str_fini(&path);
    return rc;
}

static int write_tables(const char *to, const struct str *tables, struct err *err) {
    struct str path = {0};
    int rc = 0;
    for (int i = 0; rc == 0 && punkt_tables[i]; i++) {
        table_path(to, i, &path);
        rc = file_write_atomic(path.data, tables[i].data, tables[i].size, err);
    }
    str_fini(&path);
    return rc < 0 ? rc : 1;
}

int text_options_copy_punkt(const struct config *config, const char *dir,
                            struct err *err) {
    struct str tables[sizeof punkt_tables / sizeof *punkt_tables] = {{0}};
    struct err reason = {0};
    int rc = 0;
    if (config->data_punkt == NULL)
        return 0;
    if (read_tables(config->data_punkt, tables, &reason) == 0)
        rc = write_tables(dir, tables, err);
    else
        log_warn_once(
            "data.punkt: %s: its tables are not exported, so that eval of the folder "
            "splits sentences by rules unless it is told --set data.punkt=FOLDER",
            reason.text);
    for (int i = 0; punkt_tables[i]; i++)
        str_fini(&tables[i]);
    return rc;
}
