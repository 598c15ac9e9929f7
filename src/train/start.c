/* SPDX-License-Identifier: Apache-2.0 */
/* Starting: see start.h. */
#include "src/train/start.h"

#include "src/base/log.h"
#include "src/infer/bundle.h"
#include "src/model/bert.h"
#include "src/train/inputs.h"

/* Tensors that it has none of keep their first random weights, and are named. */
static int take_bundle(struct session *s, const struct bundle *bundle,
                       struct err *err) {
    struct str fresh = {0};
    int rc = bundle_check_vocab(bundle, &s->data->vocab, s->config->data_vocab, err);
    inputs_add_bytes(&s->facts, "weights there", bundle->weights.data,
                     bundle->table.total * sizeof(float));
    if (rc == 0)
        rc = bundle_copy(bundle, stepper_weights(s->stepper), &fresh, err);
    if (rc == 0 && fresh.size > 0)
        log_info("%s: lacks these tensors, which start afresh:\n%s",
                 s->config->train_init_from, fresh.data);
    str_fini(&fresh);
    return rc;
}

int start_weights(struct session *s, struct err *err) {
    const char *from = s->config->train_init_from;
    model_init(stepper_weights(s->stepper), config_init_seed(s->config),
               s->config->model_init_range);
    str_printf(&s->ledger, "step 0: started on %d ranks, mpibert %s, weights %s\n",
               comm_size(s->comm), MPIBERT_VERSION, from ? from : "random");
    str_printf(&s->origin, "%s", from ? from : "random weights");
    if (from == NULL)
        return 0;
    struct bundle bundle;
    if (bundle_load(from, &bundle, err) < 0)
        return err_prefix(err, "train.init_from");
    int rc = take_bundle(s, &bundle, err);
    if (rc < 0)
        err_prefix(err, "train.init_from");
    bundle_fini(&bundle);
    return rc;
}
