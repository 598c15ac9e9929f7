/* SPDX-License-Identifier: Apache-2.0 */
/* A cable between two network namespaces, in user space:
 *
 *     link NAMESPACE NAMESPACE DELAY_US MBIT
 *
 * It puts a tunnel interface "cable" into each and carries packets from one to the
 * other, every one as long as it takes at that rate, and then as long as the delay.
 * What waits longer than QUEUE_BYTES allow is lost, as in a switch.  Prints "ready"
 * once the interfaces are there (addresses are the caller's to give), and works until
 * it is killed.  Needs root, and comes before other work on the processor where it
 * may. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
    PACKETS = 4096,        /* on their way in one direction at most */
    PACKET_BYTES = 65536,  /* of the largest */
    QUEUE_BYTES = 4 << 20, /* waiting in one direction at most */
    FRAME_BYTES = 1448,    /* what a packet of Ethernet carries of a stream, … */
    FRAME_OVERHEAD = 90,   /* … and what goes with it: headers, preamble, gap */
};

struct packet {
    int64_t due; /* ns */
    int size;
    char *bytes; /* (PACKET_BYTES) */
};

/* One direction, first in, first out. */
struct way {
    int from, to;           /* interfaces */
    struct packet *queue;   /* (PACKETS) a ring */
    unsigned first, next;   /* counted without end */
    int64_t free_at, bytes; /* when the cable is free again; waiting */
};

static _Noreturn void fail(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* A tunnel in a namespace of `ip netns`; stays in that namespace. */
static int open_tunnel(const char *namespace) {
    char path[256];
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    snprintf(path, sizeof path, "/run/netns/%s", namespace);
    int space = open(path, O_RDONLY);
    if (space < 0 || setns(space, CLONE_NEWNET) < 0)
        fail(path);
    close(space);
    int tunnel = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    snprintf(request.ifr_name, sizeof request.ifr_name, "cable");
    if (tunnel < 0 || ioctl(tunnel, TUNSETIFF, &request) < 0)
        fail("/dev/net/tun");
    return tunnel;
}

static void way_init(struct way *way, int from, int to) {
    *way = (struct way){.from = from, .to = to};
    way->queue = calloc(PACKETS, sizeof *way->queue);
    for (int i = 0; way->queue && i < PACKETS; i++)
        if ((way->queue[i].bytes = malloc(PACKET_BYTES)) == NULL)
            fail("link");
    if (way->queue == NULL)
        fail("link");
}

/* Takes what has come in; a packet that finds the queue full is read and forgotten. */
static void take(struct way *way, int64_t delay, double ns_per_byte) {
    static char lost[PACKET_BYTES];
    for (;;) {
        struct packet *p = &way->queue[way->next % PACKETS];
        int full = way->next - way->first == PACKETS || way->bytes > QUEUE_BYTES;
        ssize_t size = read(way->from, full ? lost : p->bytes, PACKET_BYTES);
        if (size <= 0)
            return;
        if (full)
            continue;
        int64_t time = now(), frames = (size + FRAME_BYTES - 1) / FRAME_BYTES;
        double wire = (double)(size + frames * FRAME_OVERHEAD);
        if (way->free_at < time)
            way->free_at = time;
        way->free_at += (int64_t)(wire * ns_per_byte);
        p->due = way->free_at + delay;
        p->size = (int)size;
        way->bytes += size;
        way->next++;
    }
}

/* Hands over what is due; returns when the next will be, or -1. */
static int64_t give(struct way *way) {
    while (way->first != way->next) {
        struct packet *p = &way->queue[way->first % PACKETS];
        if (p->due > now())
            return p->due;
        if (write(way->to, p->bytes, (size_t)p->size) < 0 &&
            errno != EIO) /* not up yet */
            perror("link: a packet is lost");
        way->bytes -= p->size;
        way->first++;
    }
    return -1;
}

static int64_t earlier(int64_t a, int64_t b) {
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: link NAMESPACE NAMESPACE DELAY_US MBIT\n");
        return 64;
    }
    int64_t delay = 1000 * atoll(argv[3]);
    double ns_per_byte = 8e3 / atof(argv[4]);
    int ends[2] = {open_tunnel(argv[1]), open_tunnel(argv[2])};
    struct way ways[2];
    way_init(&ways[0], ends[0], ends[1]);
    way_init(&ways[1], ends[1], ends[0]);
    sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1});
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        struct pollfd fds[2] = {{.fd = ends[0], .events = POLLIN},
                                {.fd = ends[1], .events = POLLIN}};
        int64_t due = earlier(give(&ways[0]), give(&ways[1])), left = due - now();
        left = left < 0 ? 0 : left;
        struct timespec pause = {left / 1000000000, left % 1000000000};
        if (ppoll(fds, 2, due < 0 ? NULL : &pause, NULL) < 0)
            fail("link");
        for (int i = 0; i < 2; i++)
            if (fds[i].revents & POLLIN)
                take(&ways[i], delay, ns_per_byte);
    }
}
