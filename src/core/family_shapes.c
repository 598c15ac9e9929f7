/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of family.shapes: see family_shapes.h.  Each field is ruled by the option of the
 * model that it stands in for. */
#include "src/core/family_shapes.h"

#include <stdio.h>
#include <string.h>

#include "src/core/lists.h"

static const struct list *list(void) { return lists_find("family.shapes"); }

/* The value of a field as text; false: the row has none. */
static bool print_field(const struct config *family, int i, const struct list_field *f,
                        struct str *out) {
    struct option option = lists_option(f);
    const void *value = lists_value(list(), family, i, f);
    if (!option_is_set(&option, value))
        return false;
    option_print(&option, value, out);
    return true;
}

/* The preset stands for itself; of the others "-layers_3". */
void family_shapes_name(const struct config *family, int i, struct str *out) {
    const struct list *l = list();
    size_t begin = out->size;
    for (const struct list_field *f = l->fields; f < l->fields + l->field_count; f++) {
        struct str value = {0};
        if (print_field(family, i, f, &value) && strcmp(f->name, l->bare) == 0)
            str_printf(out, "%s", value.data);
        else if (value.size > 0)
            str_printf(out, "%s%s_%s", out->size > begin ? "-" : "", f->name,
                       value.data);
        str_fini(&value);
    }
}

/* Whether a part of a name is a preset, or a field with a value. */
static bool is_part(const char *text, size_t size) {
    const struct list *l = list();
    struct str part = {0};
    str_append(&part, text, size);
    bool is =
        size > 0 && option_choice_has(options_find("model.preset")->low, part.data);
    for (const struct list_field *f = l->fields; f < l->fields + l->field_count; f++) {
        size_t n = strlen(f->name);
        is = is || (size > n + 1 && strncmp(text, f->name, n) == 0 && text[n] == '_');
    }
    str_fini(&part);
    return is;
}

bool family_shapes_is_name(const char *text) {
    struct slice rest = slice_of(text), part;
    bool is = rest.size > 0 && text[rest.size - 1] != '-';
    while (is && slice_field(&rest, '-', &part))
        is = is_part(part.data, part.size);
    return is;
}

int family_shapes_take(struct config *member, const struct config *family, int i,
                       struct err *err) {
    const struct list *l = list();
    char origin[32];
    int rc = 0;
    snprintf(origin, sizeof origin, "family.shapes[%d]", i);
    for (const struct list_field *f = l->fields;
         rc == 0 && f < l->fields + l->field_count; f++) {
        struct str value = {0};
        if (print_field(family, i, f, &value))
            rc = config_set(member, f->as, value.data, origin, err);
        str_fini(&value);
    }
    if (rc == 0)
        rc = config_set(member, l->key, NULL, origin, err);
    if (rc == 0 && config_check(member, err) < 0)
        rc = err_prefix(err, "%s", origin);
    return rc;
}

/* Whether a row before i has the same name. */
static bool is_double(const struct config *family, int i, const struct str *name) {
    bool same = false;
    for (int j = 0; !same && j < i; j++) {
        struct str other = {0};
        family_shapes_name(family, j, &other);
        same = slice_equal(str_slice(name), str_slice(&other));
        str_fini(&other);
    }
    return same;
}

int family_shapes_check(const struct config *family, struct err *err) {
    int rc = 0;
    for (int i = 0; rc == 0 && i < family->shape_count; i++) {
        struct str name = {0};
        family_shapes_name(family, i, &name);
        if (name.size == 0)
            rc = err_set(err, ERR_CONFIG, "family.shapes[%d]: says nothing", i);
        else if (is_double(family, i, &name))
            rc = err_set(err, ERR_CONFIG, "family.shapes[%d]: %s is there before", i,
                         name.data);
        str_fini(&name);
    }
    return rc;
}
