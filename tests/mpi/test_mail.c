/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what is sent comes once, whole and in its order, without anybody waiting for
 * it; and what nobody took holds up nobody at the end. */
#include "mpi/mail.h"

#include <string.h>
#include <unistd.h>

#include "src/base/mem.h"
#include "tests/tap.h"

/* The second is longer than what MPI sends ahead. */
static const size_t sizes[] = {0, 100000, 7, 1};
enum { COUNT = sizeof sizes / sizeof *sizes };

/* Byte i of message n of a rank. */
static char byte_of(int rank, int n, size_t i) {
    return (char)(17 * rank + 5 * n + (int)(i % 101));
}

static void send_all(struct mail *mail, int rank, int to) {
    char *bytes = mem_alloc(sizes[1], 1);
    for (int n = 0; n < COUNT; n++) {
        for (size_t i = 0; i < sizes[n]; i++)
            bytes[i] = byte_of(rank, n, i);
        mail_send(mail, to, bytes, sizes[n]);
        memset(bytes, 0, sizes[1]); /* a copy is on its way */
    }
    mem_free(bytes);
}

static bool is_message(const struct str *s, int from, int n) {
    for (size_t i = 0; i < s->size; i++)
        if (s->data[i] != byte_of(from, n, i))
            return false;
    return s->size == sizes[n];
}

/* Each sends rank 0 its number, which takes them from the last rank to the first. */
static void test_from(struct comm *comm, struct mail *mail) {
    int right = 0, size = comm_size(comm), rank = comm_rank(comm);
    struct str message = {0};
    mail_send(mail, 0, &rank, sizeof rank);
    for (int from = rank == 0 ? size - 1 : -1; from >= 0; from--) {
        int number = -1, look = 0;
        while (!mail_take_from(mail, from, &message) && look++ < 20000)
            usleep(100);
        if (message.size == sizeof number)
            memcpy(&number, message.data, sizeof number);
        right += number == from;
    }
    is_int(right, rank == 0 ? size : 0, "of each rank its own, whoever spoke first");
    comm_barrier(comm);
    str_fini(&message);
}

int main(int argc, char **argv) {
    struct comm *comm = comm_create(&argc, &argv, NULL);
    int rank = comm_rank(comm), size = comm_size(comm);
    int from = (rank + size - 1) % size, taken = 0, whole = 0;
    struct str message = {0};
    tap_quiet(rank != 0);
    struct mail *mail = mail_open(comm);
    ok(!mail_take(mail, &message), "nothing was sent, and nobody waits");
    comm_barrier(comm);
    send_all(mail, rank, (rank + 1) % size);
    for (int look = 0; taken < COUNT && look < 20000; look++)
        if (mail_take(mail, &message))
            whole += is_message(&message, from, taken++);
        else
            usleep(100);
    is_int(taken, COUNT, "as many came as were sent");
    is_int(whole, COUNT, "  each whole and in its turn");
    comm_barrier(comm);
    ok(!mail_take(mail, &message), "  and once");
    comm_barrier(comm);
    test_from(comm, mail);
    send_all(mail, rank, (rank + 1) % size);
    mail_close(mail);
    ok(true, "what nobody took holds up nobody");
    mail_close(NULL);
    str_fini(&message);
    comm_destroy(comm);
    return tap_done();
}
