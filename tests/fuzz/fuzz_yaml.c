/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: any bytes as a configuration.  What is taken can be dumped and loaded
 * again, and is the same then; what is refused has a message and a code. */
#include <string.h>

#include "io/syntax/yaml.h"
#include "src/core/config.h"
#include "tests/fuzz/target.h"

static int set(void *context, const struct yaml_value *value, struct err *err) {
    return config_set(context, value->key, value->text, "fuzz", err);
}

static void require_round_trip(const struct config *config) {
    struct str dump = {0}, again = {0};
    struct config loaded;
    struct err err = {0};
    config_dump(config, &dump);
    config_init(&loaded);
    REQUIRE(config_load(&loaded, str_slice(&dump), "dump", &err) == 0);
    config_dump(&loaded, &again);
    REQUIRE(dump.size == again.size && memcmp(dump.data, again.data, dump.size) == 0);
    config_fini(&loaded);
    str_fini(&dump);
    str_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct config config;
    struct err err = {0};
    config_init(&config);
    int rc =
        yaml_read("fuzz", (struct slice){(const char *)data, size}, set, &config, &err);
    if (rc == 0)
        rc = config_check(&config, &err);
    if (rc == 0)
        require_round_trip(&config);
    else
        REQUIRE(err.code == ERR_CONFIG && err.text[0] != '\0');
    config_fini(&config);
    return 0;
}
