/* SPDX-License-Identifier: Apache-2.0 */
/* What stays on a host when processes of a job are killed: shared memory, which takes
 * room until the host starts again, and folders of launchers that are gone. */
#ifndef MPIBERT_MPI_LEFTOVERS_H
#define MPIBERT_MPI_LEFTOVERS_H

/* Local.  Removes those of this user that no process uses any more: from `memory`
 * segments of a job on `host`, from `sessions` the folders of launchers whose process
 * has ended (NULL: there are none).  What cannot be judged or removed stays, in
 * silence: nothing depends on it.  To be called by one rank of a host, after MPI has
 * begun. */
void leftovers_remove(const char *memory, const char *sessions, const char *host);

#endif
