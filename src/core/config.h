/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a run: it is set, checked, written and compared here; what it
 * holds is in options.h.  Const after start.  Syntax (YAML, JSON) is read elsewhere:
 * here a value is a key and a text. */
#ifndef MPIBERT_CORE_CONFIG_H
#define MPIBERT_CORE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"
#include "src/core/objectives.h"
#include "src/core/options.h"
#include "src/core/shape.h"

/* All defaults. */
void config_init(struct config *config);
/* Sets a key ("train.steps", "data.sources[0].path", "train.phases[1].steps") from
 * text; NULL, "null" or "~" unsets.  78 for an unknown key (with the nearest), a bad
 * value (with the expected form), and nothing where the option needs a value; *config
 * is as it was then. `origin` is copied. */
int config_set(struct config *config, const char *key, const char *text,
               const char *origin, struct err *err);
/* When all is set: what is not given follows from what is: train.steps from the phases
 * (phases.h), data.packing, data.mask_kind and model.kind from train.objectives
 * (78). */
int config_settle(struct config *config, struct err *err);
/* Fills *err (78): no such key, with the nearest.  Returns -1. */
int config_unknown_key(const char *key, const char *origin, struct err *err);
/* Everything that two options say together: heads divide hidden, lengths fit, …
 * (78). */
int config_check(const struct config *config, struct err *err);
/* The value as text that config_set takes back, "null" when not set. */
void config_print(const struct config *config, const struct option *option,
                  struct str *out);
/* The whole configuration, canonical: "key: value" lines in table order, then the
 * rows. */
void config_dump(const struct config *config, struct str *out);
/* Reads what config_dump wrote. */
int config_load(struct config *config, struct slice text, const char *origin,
                struct err *err);
/* The same with where each value came from, for other ranks of the same program; and
 * into a configuration that has all defaults. */
void config_serialize(const struct config *config, struct str *out);
int config_deserialize(struct config *config, struct slice packed, struct err *err);
/* A copy, with where each value came from; owned. */
void config_copy(struct config *to, const struct config *from);
/* A resumed run's configuration against the checkpoint's: a FIXED key that differs is
 * an error (78) with both values, unless train.allow_change of `now` names it. */
int config_compare(const struct config *now, const struct config *then,
                   struct err *err);
/* What differs and may, so named: "KEY: VALUE, before VALUE" lines. */
void config_changes(const struct config *now, const struct config *then,
                    struct str *out);
/* For who compares: values[2], now and before, of a key are not the same.  0 if
 * train.allow_change names it, then a line in *changes (NULL: none); else -1 (78).
 * `origin` is where the value now is from, or "". */
int config_differs(const struct config *now, const char *key, const char *origin,
                   const struct str values[2], struct str *changes, struct err *err);
void config_fini(struct config *config);

/* The shape that preset and overrides give; V from the vocabulary. */
struct shape config_shape(const struct config *config, int64_t vocab_size);
/* The generator's beside it, if objectives ask for one: generator.*. */
struct shape config_generator(const struct config *config, const struct shape *shape);
/* Whether examples are pairs of texts. */
bool config_pairs(const struct config *config);
/* What is trained: train.objectives, or what goes with data.packing. */
uint32_t config_objectives(const struct config *config);
/* Whether checkpoints are written while training goes on. */
bool config_saves_beside(const struct config *config);
/* Whether the run is its own teacher: teacher.from is self. */
bool config_teaches_itself(const struct config *config);
/* What the mean loss of an objective counts: weight.<its name>, or 1. */
double config_weight(const struct config *config, int id);
/* Whether it is trained, and not only watched. */
bool config_learns(const struct config *config, int id);
/* Whether its head for masked tokens is trained: on them, or on what a teacher puts. */
bool config_learns_tokens(const struct config *config);
/* train.data_seed and train.init_seed, or train.seed. */
uint64_t config_data_seed(const struct config *config);
uint64_t config_init_seed(const struct config *config);

#endif
