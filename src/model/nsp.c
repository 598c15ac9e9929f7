/* SPDX-License-Identifier: Apache-2.0 */
/* Next sentence prediction of Devlin et al. (2018): does the second half of a pair
 * follow the first, or is it a random one? */
#include "src/model/pair.h"

const struct objective nsp_objective = PAIR_OBJECTIVE;
