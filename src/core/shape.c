/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds, presets and operation counts: see shape.h. */
#include "src/core/shape.h"

#include <stddef.h>

const struct model_kind model_kinds[MODEL_KINDS] = {
#define KIND(ID, name, norm) {name, NORM_##norm},
#include "src/core/kinds.def"
#undef KIND
};

/* Turc et al., "Well-read students learn better" (2019); base and large: Devlin et
 * al. */
const struct shape_preset shape_presets[] = {
    {"tiny", 2, 128, 2, 512},    {"mini", 4, 256, 4, 1024},
    {"small", 4, 512, 8, 2048},  {"medium", 8, 512, 8, 2048},
    {"base", 12, 768, 12, 3072}, {"large", 24, 1024, 16, 4096},
    {NULL, 0, 0, 0, 0},
};

double shape_flops(const struct shape *shape, double s) {
    double L = (double)shape->L, H = (double)shape->H, F = (double)shape->F;
    double W = (double)(shape->A * shape->D);
    double projected = shape->E == shape->H ? 0 : (double)shape->E * H;
    return 6 * projected * s + 24 * L * H * W * s + 12 * L * H * F * s +
           12 * L * W * s * s;
}
