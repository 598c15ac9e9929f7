/* SPDX-License-Identifier: Apache-2.0 */
/* Sentence order prediction of Lan et al. (2020, ALBERT): are the halves of a pair,
 * which are neighbours, in their order, or did they change places? */
#include "src/model/pair.h"

const struct objective sop_objective = PAIR_OBJECTIVE;
