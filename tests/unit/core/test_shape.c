/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: presets are the published sizes, heads divide hidden in all of them, and the
 * count of operations is the sum over the matrix products, each written out here by
 * itself. */
#include "src/core/shape.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "src/core/config.h"
#include "tests/tap.h"

static void test_presets(void) {
    static const struct shape_preset want[] = {
        {"tiny", 2, 128, 2, 512},    {"mini", 4, 256, 4, 1024},
        {"small", 4, 512, 8, 2048},  {"medium", 8, 512, 8, 2048},
        {"base", 12, 768, 12, 3072}, {"large", 24, 1024, 16, 4096},
    };
    int count = 0;
    for (const struct shape_preset *p = shape_presets; p->name; p++, count++) {
        is_str(p->name, want[count].name, "preset %d", count);
        ok(p->L == want[count].L && p->H == want[count].H && p->A == want[count].A &&
               p->F == want[count].F,
           "its sizes");
        ok(p->H / p->A == 64 && p->H % p->A == 0, "its heads have 64 units each");
    }
    is_int(count, 6, "there are six");
}

/* A product of (m, k) and (k, n) costs 2 m k n forward and twice that backward. */
static double product(double m, double k, double n) { return 3 * 2 * m * k * n; }

static double by_hand(const struct shape *shape, double s) {
    double L = (double)shape->L, H = (double)shape->H, F = (double)shape->F;
    double W = (double)(shape->A * shape->D);
    double layer = 4 * product(s, H, W)   /* query, key, value, output */
                   + 2 * product(s, W, s) /* scores, and what they weigh */
                   + product(s, H, F) + product(s, F, H); /* feed forward */
    return L * layer + (shape->E == shape->H ? 0 : product(s, (double)shape->E, H));
}

static void test_flops(void) {
    static const struct {
        struct shape shape;
        double s;
    } rows[] = {
        {{.L = 12, .H = 768, .E = 768, .A = 12, .D = 64, .F = 3072, .V = 30522}, 128},
        {{.L = 12, .H = 768, .E = 768, .A = 12, .D = 64, .F = 3072, .V = 30522}, 512},
        {{.L = 2, .H = 128, .E = 128, .A = 2, .D = 64, .F = 512, .V = 8192}, 17},
        {{.L = 3, .H = 96, .E = 96, .A = 3, .D = 16, .F = 100, .V = 50},
         10}, /* F is not 4 H */
        {{.L = 2, .H = 64, .E = 16, .A = 2, .D = 32, .F = 128, .V = 99}, 11},
        {{.L = 2, .H = 64, .E = 96, .A = 2, .D = 32, .F = 128, .V = 99}, 11},
        {{.L = 1, .H = 64, .E = 64, .A = 1, .D = 64, .F = 256, .V = 99}, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double got = shape_flops(&rows[i].shape, rows[i].s);
        double want = by_hand(&rows[i].shape, rows[i].s);
        ok(fabs(got - want) <= 1e-12 * want, "operations of row %zu: %g, want %g", i,
           got, want);
    }
}

/* Names of kinds are those that the option takes, in any order of rows. */
static void test_kinds(void) {
    struct config config;
    struct err err;
    config_init(&config);
    for (int i = 0; i < MODEL_KINDS; i++) {
        int rc = config_set(&config, "model.kind", model_kinds[i].name, "t", &err);
        ok(rc == 0 && (int)config_shape(&config, 9).kind == i, "kind %s",
           model_kinds[i].name);
    }
    ok(config_set(&config, "model.kind", "gpt", "t", &err) < 0, "no kind gpt");
    config_fini(&config);
}

int main(void) {
    test_kinds();
    test_presets();
    test_flops();
    return tap_done();
}
