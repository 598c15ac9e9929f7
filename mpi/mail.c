/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: see mail.h.  They have a communicator of their own, so that none is taken
 * for a part of something else. */
#include "mpi/mail.h"

#include <limits.h>
#include <mpi.h>

#include "src/base/die.h"
#include "src/base/mem.h"

/* A message that is on its way. */
struct letter {
    MPI_Request request;
    void *bytes; /* owned until it was received */
};

struct mail {
    MPI_Comm all;
    struct letter *sent; /* (count) owned */
    int count;
};

struct mail *mail_open(struct comm *comm) {
    struct mail *mail = mem_alloc(1, sizeof *mail);
    MPI_Comm_dup(*(MPI_Comm *)comm_handle(comm), &mail->all);
    return mail;
}

/* Lets go of what was received. */
static void sweep(struct mail *mail) {
    int left = 0, received;
    for (int i = 0; i < mail->count; i++) {
        MPI_Test(&mail->sent[i].request, &received, MPI_STATUS_IGNORE);
        if (received)
            mem_free(mail->sent[i].bytes);
        else
            mail->sent[left++] = mail->sent[i];
    }
    mail->count = left;
}

void mail_send(struct mail *mail, int to, const void *bytes, size_t size) {
    CHECK(size <= INT_MAX); /* MPI counts in int */
    sweep(mail);
    mail->sent = mem_resize(mail->sent, (size_t)mail->count + 1, sizeof *mail->sent);
    struct letter *letter = &mail->sent[mail->count++];
    letter->bytes = mem_copy(bytes, size);
    /* synchronous: it is complete when it was received */
    MPI_Issend(letter->bytes, (int)size, MPI_BYTE, to, 0, mail->all, &letter->request);
}

int mail_waiting(struct mail *mail) {
    sweep(mail);
    return mail->count;
}

bool mail_take_from(struct mail *mail, int from, struct str *bytes) {
    MPI_Status status;
    int there, size;
    MPI_Iprobe(from, 0, mail->all, &there, &status);
    if (!there)
        return false;
    MPI_Get_count(&status, MPI_BYTE, &size);
    str_clear(bytes);
    str_reserve(bytes, (size_t)size);
    MPI_Recv(bytes->data, size, MPI_BYTE, status.MPI_SOURCE, 0, mail->all,
             MPI_STATUS_IGNORE);
    bytes->size = (size_t)size;
    bytes->data[size] = '\0';
    return true;
}

bool mail_take(struct mail *mail, struct str *bytes) {
    return mail_take_from(mail, MPI_ANY_SOURCE, bytes);
}

/* Whoever has nothing under way any more joins a barrier, and takes what still comes
 * until all have joined. */
void mail_close(struct mail *mail) {
    struct str lost = {0};
    MPI_Request barrier = MPI_REQUEST_NULL;
    bool joined = false;
    if (mail == NULL)
        return;
    for (int all_joined = 0; !all_joined;) {
        while (mail_take(mail, &lost))
            continue;
        sweep(mail);
        if (!joined && mail->count == 0) {
            MPI_Ibarrier(mail->all, &barrier);
            joined = true;
        }
        if (joined)
            MPI_Test(&barrier, &all_joined, MPI_STATUS_IGNORE);
    }
    str_fini(&lost);
    MPI_Comm_free(&mail->all);
    mem_free(mail->sent);
    mem_free(mail);
}
