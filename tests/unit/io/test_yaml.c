/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a row is a YAML text and the flat list it stands for, or the place and the
 * reason of its refusal.  Every text is also cut at every byte: no crash, and a refusal
 * is always 78. */
#include "io/syntax/yaml.h"

#include <string.h>

#include "tests/tap.h"

static const struct {
    const char *yaml,
        *want; /* want: key=text@line:column, … or the beginning of the error */
} rows[] = {
    {"", ""},
    {"# nothing\n", ""},
    {"---\n", ""},
    {"a: 1\n", "a=1@1:4 "},
    {"a: {b: x, c: 'y z'}\n", "a.b=x@1:8 a.c=y z@1:14 "},
    {"train:\n  steps: 3000 # many\n  learning_rate: 1.0e-4\n",
     "train.steps=3000@2:10 train.learning_rate=1.0e-4@3:18 "},
    {"data:\n  sources:\n    - path: a\n      weight: 1\n    - {path: b}\n  heldout: "
     "[]\n",
     "data.sources[0].path=a@3:13 data.sources[0].weight=1@4:15 "
     "data.sources[1].path=b@5:14 data.heldout=[]@6:12 "},
    {"{}\n", ""},
    {"a: {}\nb: [[], {c: {}}]\n", "a={}@1:4 b[0]=[]@2:5 b[1].c={}@2:13 "},
    {"a: [x, [y, z], {k: v}]\nb: w\n",
     "a[0]=x@1:5 a[1][0]=y@1:9 a[1][1]=z@1:12 a[2].k=v@1:20 b=w@2:4 "},
    {"a: null\nb: ~\nc:\nd: ''\ne: 'null'\n",
     "a=null@1:4 b=null@2:4 c=null@3:3 d=@4:4 e=null@5:4 "},
    {"a.b: 1\n", "a.b=1@1:6 "},
    {"a: >\n  folded\n  text\n", "a=folded text\n@1:4 "},
    {"a: 1\na: 2\n", "!f:2:1: a is given twice"},
    {"t: {a: 1}\nt: {b: 1}\n", "!f:2:1: t is given twice"},
    {"t.a: 1\nt: {a: 2}\n", "!f:2:5: t.a is given twice"},
    {"a: &x 1\n", "!f:1:4: anchors"},
    {"a: &x [1]\n", "!f:1:4: anchors"},
    {"a: *x\n", "!f:1:4: aliases"},
    {"<<: {a: 1}\n", "!f:1:1: merge keys"},
    {"a: !!str 1\n", "!f:1:4: tags"},
    {"a: !x {}\n", "!f:1:4: tags"},
    {"a: 1\n---\nb: 2\n", "!f:2:1: a second document"},
    {"- a\n- b\n", "!f:1:1: expected 'key: value' lines, not a list"},
    {"word\n", "!f:1:1: expected 'key: value' lines"},
    {"? [a]\n: 1\n", "!f:1:3: a key must be a word"},
    {"'': 1\n", "!f:1:1: an empty key"},
    {"a: 1\n b: 2\n", "!f:2:3: mapping values are not allowed in this context"},
    {"a: [1, 2\n", "!f:2:1: did not find expected ',' or ']'"},
    {"a:\n\tb: 1\n", "!f:2:1: found character that cannot start any token"},
    {"a: \xff\n", "!f:"},
    {"a: \"x\\0y\"\n", "!f:1:4: a NUL"},
    {"a: [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n", "!f:1:19: nested too deep"},
    {"refuse: 1\n", "!caller"},
};

static int collect(void *context, const struct yaml_value *value, struct err *err) {
    if (strcmp(value->key, "refuse") == 0)
        return err_set(err, ERR_CONFIG, "caller");
    str_printf(context, "%s=%s@%d:%d ", value->key, value->text, value->line,
               value->column);
    return 0;
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str got = {0};
        struct err err = {0};
        str_append(&got, "", 0);
        int rc = yaml_read("f", slice_of(rows[i].yaml), collect, &got, &err);
        if (rows[i].want[0] != '!') {
            is_int(rc, 0, "row %zu is read (%s)", i, err.text);
            is_str(got.data, rows[i].want, "row %zu is flat", i);
        } else {
            const char *want = rows[i].want + 1;
            ok(rc == -1 && err.code == ERR_CONFIG, "row %zu is refused", i);
            ok(strncmp(err.text, want, strlen(want)) == 0, "row %zu says why: %s", i,
               err.text);
        }
        bool good = true;
        for (size_t size = 0; size < strlen(rows[i].yaml); size++) {
            err.code = 0;
            str_clear(&got);
            rc =
                yaml_read("f", (struct slice){rows[i].yaml, size}, collect, &got, &err);
            good = good && (rc == 0 || err.code == ERR_CONFIG);
        }
        ok(good, "row %zu cut at every byte", i);
        str_fini(&got);
    }
    return tap_done();
}
