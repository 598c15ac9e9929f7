/* SPDX-License-Identifier: Apache-2.0 */
/* Settings and the configuration: see settings.h. */
#include "src/cli/settings.h"

#include "io/syntax/yaml.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/cli/environment.h"

void settings_add(struct settings *settings, struct slice key, const char *value,
                  const char *origin) {
    struct str text = {0};
    str_append(&text, key.data, key.size);
    size_t n = (size_t)settings->count + 1;
    settings->list = mem_resize(settings->list, n, sizeof *settings->list);
    settings->list[settings->count++] =
        (struct setting){mem_string(text.data), mem_string(value), origin};
    str_fini(&text);
}

void settings_fini(struct settings *settings) {
    for (int i = 0; i < settings->count; i++) {
        mem_free(settings->list[i].key);
        mem_free(settings->list[i].value);
    }
    mem_free(settings->list);
    *settings = (struct settings){0};
}

/* ---- the configuration ---- */

struct file_origin {
    struct config *config;
    const char *path;
};

static int set_from_value(void *context, const struct yaml_value *value,
                          struct err *err) {
    const struct file_origin *file = context;
    struct str origin = {0};
    str_printf(&origin, "%s:%d:%d", file->path, value->line, value->column);
    int rc = config_set(file->config, value->key, value->text, origin.data, err);
    str_fini(&origin);
    return rc;
}

static int set_from_file(const char *path, struct config *config, struct err *err) {
    struct file_origin file = {config, path};
    struct str text = {0};
    int rc = file_read(path, 16u << 20, &text, err);
    if (rc == 0)
        rc = yaml_read(path, str_slice(&text), set_from_value, &file, err);
    str_fini(&text);
    return rc;
}

int settings_apply(const struct settings *settings, struct config *config,
                   struct err *err) {
    for (int i = 0; i < settings->count; i++) {
        const struct setting *s = &settings->list[i];
        if (config_set(config, s->key, s->value, s->origin, err) < 0)
            return -1;
    }
    return 0;
}

int settings_config(const struct settings *settings, const char *yaml,
                    struct config *config, struct err *err) {
    config_init(config);
    if ((yaml && set_from_file(yaml, config, err) < 0) ||
        environment_set(config, err) < 0 || settings_apply(settings, config, err) < 0 ||
        config_settle(config, err) < 0 || config_check(config, err) < 0) {
        config_fini(config);
        return -1;
    }
    return 0;
}
