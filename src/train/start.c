/* SPDX-License-Identifier: Apache-2.0 */
/* Starting: see start.h. */
#include "src/train/start.h"

#include "src/base/log.h"
#include "src/infer/bundle.h"
#include "src/model/bert.h"
#include "src/train/inputs.h"

/* Of tensors that keep their first random weights. */
static void tell_fresh(const char *from, const struct str *fresh) {
    if (fresh->size > 0)
        log_info("%s: lacks these tensors, which start afresh:\n%s", from, fresh->data);
}

static int take_bundle(struct session *s, const struct bundle *bundle,
                       struct err *err) {
    struct str fresh = {0};
    int rc = bundle_check_vocab(bundle, &s->data->vocab, s->config->data_vocab, err);
    inputs_add_bytes(&s->facts, "weights there", bundle->weights.data,
                     bundle->table.total * sizeof(float));
    if (rc == 0)
        rc = bundle_copy(bundle, stepper_weights(s->stepper), &fresh, err);
    if (rc == 0)
        tell_fresh(s->config->train_init_from, &fresh);
    str_fini(&fresh);
    return rc;
}

static int take_teacher(struct session *s, struct err *err) {
    struct str fresh = {0};
    int rc =
        teacher_begin(&s->teacher, s->config, stepper_weights(s->stepper), &fresh, err);
    if (rc == 0)
        tell_fresh(s->config->teacher_from, &fresh);
    str_fini(&fresh);
    return rc;
}

int start_weights(struct session *s, struct err *err) {
    bool taught = s->config->teacher_init_layers != NULL;
    const char *from = taught ? s->config->teacher_from : s->config->train_init_from;
    model_init(stepper_weights(s->stepper), config_init_seed(s->config),
               s->config->model_init_range);
    str_printf(&s->ledger, "step 0: started on %d ranks, mpibert %s, weights %s\n",
               comm_size(s->comm), MPIBERT_VERSION, from ? from : "random");
    str_printf(&s->origin, "%s", from ? from : "random weights");
    if (from == NULL)
        return 0;
    if (taught)
        return take_teacher(s, err);
    struct bundle bundle;
    if (bundle_load(from, &bundle, err) < 0)
        return err_prefix(err, "train.init_from");
    int rc = take_bundle(s, &bundle, err);
    if (rc < 0)
        err_prefix(err, "train.init_from");
    bundle_fini(&bundle);
    return rc;
}
