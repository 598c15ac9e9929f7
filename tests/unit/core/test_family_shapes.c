/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a shape is named by what its row says, that and nothing else is another in its
 * member, and two that are the same are refused; of names of folders only such are
 * shapes'. */
#include "src/core/family_shapes.h"

#include "tests/tap.h"

static const struct {
    const char *keys[6]; /* key, value, … */
    const char *name;
    int64_t L, H;
} rows[] = {
    {{"family.shapes[0]", "mini"}, "mini", 5, 256},
    {{"family.shapes[0].preset", "mini", "family.shapes[0].layers", "3"},
     "mini-layers_3",
     3,
     256},
    {{"family.shapes[0].hidden", "64", "family.shapes[0].heads", "4"},
     "hidden_64-heads_4",
     5,
     64},
};

static const struct {
    const char *keys[8];
    const char *words;
} bad[] = {
    {{"family.shapes[0].layers", "null"}, "family.shapes[0]: says nothing"},
    {{"family.shapes[0]", "tiny", "family.shapes[1]", "mini", "family.shapes[2]",
      "tiny"},
     "family.shapes[2]: tiny is there before"},
};

static const struct {
    const char *text;
    bool is;
} names[] = {
    {"mini", true},    {"mini-layers_3", true}, {"layers_3-hidden_64", true},
    {"", false},       {"minis", false},        {"mini-", false},
    {"layers", false}, {"layers_", false},      {"seed_0", false},
    {"probes", false}, {"-mini", false},
};

static void set_all(struct config *config, const char *const *keys, int count) {
    config_init(config);
    config_set(config, "model.layers", "5", "test", NULL); /* of all that do not say */
    for (int k = 0; k < count && keys[k]; k += 2)
        is_int(config_set(config, keys[k], keys[k + 1], "test", NULL), 0, "%s",
               keys[k]);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config family, member;
        struct str name = {0};
        struct err err = {0};
        set_all(&family, rows[i].keys, 6);
        config_copy(&member, &family);
        is_int(family_shapes_check(&family, &err), 0, "row %zu is one: %s", i,
               err.text);
        family_shapes_name(&family, 0, &name);
        is_str(name.data, rows[i].name, "  its name");
        is_int(family_shapes_take(&member, &family, 0, &err), 0, "  is taken: %s",
               err.text);
        const struct shape shape = config_shape(&member, 100);
        is_int(shape.L, rows[i].L, "  layers");
        is_int(shape.H, rows[i].H, "  width");
        is_int(member.shape_count, 0, "  and is no family any more");
        str_fini(&name);
        config_fini(&member);
        config_fini(&family);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct config family;
        struct err err = {0};
        set_all(&family, bad[i].keys, 8);
        is_int(family_shapes_check(&family, &err), -1, "refused");
        is_str(err.text, bad[i].words, "  by these words");
        config_fini(&family);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        is_int(family_shapes_is_name(names[i].text), names[i].is, "'%s'",
               names[i].text);
    return tap_done();
}
