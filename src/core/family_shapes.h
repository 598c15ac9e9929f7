/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes of a family, out of rows family.shapes[i]: each says some options of the
 * model, which for the others is as model.* has it. */
#ifndef MPIBERT_CORE_FAMILY_SHAPES_H
#define MPIBERT_CORE_FAMILY_SHAPES_H

#include "src/base/err.h"
#include "src/core/config.h"

/* Appends the name of shape i, by what its row says: "mini-layers_3". */
void family_shapes_name(const struct config *family, int i, struct str *out);
/* Whether a text is such a name. */
bool family_shapes_is_name(const char *text);
/* Makes *member, a copy of the family's configuration, that of shape i.  78: a shape
 * that cannot be. */
int family_shapes_take(struct config *member, const struct config *family, int i,
                       struct err *err);
/* 78: a row says nothing, or what another one says. */
int family_shapes_check(const struct config *family, struct err *err);

#endif
