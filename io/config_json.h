/* SPDX-License-Identifier: Apache-2.0 */
/* Values of options as JSON has them: numbers as numbers, true and false, null where
 * nothing is set, all else as strings. */
#ifndef MPIBERT_IO_CONFIG_JSON_H
#define MPIBERT_IO_CONFIG_JSON_H

#include "io/syntax/json.h"
#include "src/base/str.h"
#include "src/core/config.h"

/* Puts "section.name": value. */
void config_json_put(struct json_writer *json, const struct config *config,
                     const struct option *option);
/* Puts a line of config_dump, whose key may be of a row ("train.phases[1].steps") or of
 * no option that this version has: then a string. */
void config_json_put_line(struct json_writer *json, struct slice key,
                          struct slice text);
/* Appends a value as config_set takes it ("null" for null).  -1: an array, an object.
 */
int config_json_value(const struct json *value, struct str *out);

#endif
