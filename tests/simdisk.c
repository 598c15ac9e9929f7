/* SPDX-License-Identifier: Apache-2.0 */
/* The disk that loses things: see simdisk.h. */
#include "tests/simdisk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/die.h"
#include "src/base/fs.h"
#include "src/base/mem.h"
#include "src/base/rng.h"

enum { PAGE = 4096, FILES = 256, NAMES = 64, CHANGES = 512, FDS = 1024, NAME = 96 };
enum { NONE = -1, FOLDER = -2 }; /* no file of ours; the folder itself */

/* A file, with or without a name. */
struct inode {
    int fd; /* to read what it is now */
    char *synced;
    size_t size; /* of that */
};

struct name {
    char text[NAME];
    int inode;
};

struct names {
    struct name list[NAMES];
    int count;
};

/* A change of the folder that was not synced. */
struct change {
    char from[NAME]; /* loses its name, unless "" */
    char to[NAME];   /* gets one, unless "" */
    int inode;
};

static struct {
    char folder[256];
    struct rng rng;
    enum simdisk_lie lie;
    struct inode inodes[FILES];
    int inode_count;
    struct names live, durable;
    struct change changes[CHANGES];
    int change_count;
    int of[FDS];    /* inode of a descriptor, NONE or FOLDER */
    int left, full; /* changes until the crash; writes until one fails; 0: never */
    bool dead;
} disk;

uint64_t simdisk_draw(uint64_t n) { return rng_below(&disk.rng, n); }

/* ---- names ---- */

/* The name in our folder, "" for the folder itself, NULL for what is elsewhere. */
static const char *own_name(const char *path) {
    size_t n = strlen(disk.folder);
    if (strncmp(path, disk.folder, n) != 0)
        return NULL;
    return path[n] == '\0' ? "" : path[n] == '/' ? path + n + 1 : NULL;
}

static struct name *find(struct names *names, const char *text) {
    for (int i = 0; i < names->count; i++)
        if (strcmp(names->list[i].text, text) == 0)
            return &names->list[i];
    return NULL;
}

static void drop(struct names *names, const char *text) {
    struct name *name = find(names, text);
    if (name)
        *name = names->list[--names->count];
}

static void put(struct names *names, const char *text, int inode) {
    drop(names, text);
    CHECK(names->count < NAMES && strlen(text) < NAME);
    struct name *name = &names->list[names->count++];
    strcpy(name->text, text);
    name->inode = inode;
}

static void apply(struct names *names, const struct change *change) {
    if (change->from[0])
        drop(names, change->from);
    if (change->to[0])
        put(names, change->to, change->inode);
}

static void change(const char *from, const char *to, int inode) {
    CHECK(disk.change_count < CHANGES);
    struct change *c = &disk.changes[disk.change_count++];
    *c = (struct change){.inode = inode};
    snprintf(c->from, NAME, "%s", from);
    snprintf(c->to, NAME, "%s", to);
    apply(&disk.live, c);
}

/* ---- files ---- */

static int new_inode(const char *path) {
    CHECK(disk.inode_count < FILES);
    struct inode *inode = &disk.inodes[disk.inode_count];
    *inode = (struct inode){.fd = fs_system.open(path, O_RDONLY | O_CLOEXEC, 0)};
    CHECK(inode->fd >= 0);
    return disk.inode_count++;
}

/* What it is now; owned. */
static char *read_inode(const struct inode *inode, size_t *size) {
    struct stat info;
    CHECK(fstat(inode->fd, &info) == 0);
    *size = (size_t)info.st_size;
    char *bytes = mem_alloc(*size + 1, 1);
    CHECK(pread(inode->fd, bytes, *size, 0) == (ssize_t)*size);
    return bytes;
}

static void sync_inode(struct inode *inode) {
    mem_free(inode->synced);
    inode->synced = read_inode(inode, &inode->size);
}

static void sync_folder(void) {
    disk.durable = disk.live;
    disk.change_count = 0;
}

/* ---- the calls ---- */

/* Counts a change; false: it is not done, errno says why.  *half: it is the last. */
static bool may_change(bool *half) {
    *half = false;
    errno = EIO;
    if (disk.dead)
        return false;
    if (disk.left > 0 && --disk.left == 0) {
        disk.dead = true;
        *half = simdisk_draw(2) == 0;
        return *half;
    }
    return true;
}

static int sim_open(const char *path, int flags, mode_t mode) {
    const char *name = own_name(path);
    bool half;
    errno = EIO;
    if (disk.dead)
        return -1;
    bool made = name && *name && (flags & O_CREAT) && !find(&disk.live, name);
    if (made && !may_change(&half))
        return -1;
    int fd = fs_system.open(path, flags, mode);
    if (fd < 0)
        return -1;
    CHECK(fd < FDS);
    if (made)
        change("", name, new_inode(path));
    disk.of[fd] = name == NULL    ? NONE
                  : *name == '\0' ? FOLDER
                                  : find(&disk.live, name)->inode;
    return fd;
}

static int sim_close(int fd) {
    disk.of[fd] = NONE;
    return fs_system.close(fd); /* as the end of a process would */
}

/* How much of a change that takes space is done. */
static ssize_t share(int fd, size_t size) {
    bool half;
    if (disk.of[fd] == NONE)
        return (ssize_t)size;
    if (disk.full > 0 && --disk.full == 0) {
        errno = ENOSPC;
        return -1;
    }
    if (!may_change(&half))
        return -1;
    return (ssize_t)(half ? simdisk_draw(size + 1) : size);
}

static ssize_t sim_write(int fd, const void *bytes, size_t size) {
    ssize_t n = share(fd, size);
    return n < 0 ? -1 : fs_system.write(fd, bytes, (size_t)n);
}

static ssize_t sim_pwrite(int fd, const void *bytes, size_t size, off_t at) {
    ssize_t n = share(fd, size);
    return n < 0 ? -1 : fs_system.pwrite(fd, bytes, (size_t)n, at);
}

static int sim_ftruncate(int fd, off_t size) {
    return share(fd, 1) < 0 ? -1 : fs_system.ftruncate(fd, size);
}

static int sim_fallocate(int fd, int mode, off_t at, off_t size) {
    return share(fd, 1) < 0 ? -1 : fs_system.fallocate(fd, mode, at, size);
}

static int sim_fsync(int fd) {
    bool half;
    int inode = disk.of[fd];
    if (inode == NONE)
        return 0;
    if (!may_change(&half) || half)
        return -1;
    if (inode == FOLDER && disk.lie != SIMDISK_NO_FOLDER_SYNC)
        sync_folder();
    if (inode >= 0 && disk.lie != SIMDISK_NO_FILE_SYNC)
        sync_inode(&disk.inodes[inode]);
    return 0;
}

static int sim_rename(const char *from, const char *to) {
    const char *name = own_name(from), *other = own_name(to);
    bool half;
    if (!may_change(&half) || fs_system.rename(from, to) < 0)
        return -1;
    if (name && other)
        change(name, other, find(&disk.live, name)->inode);
    return 0;
}

static int sim_unlink(const char *path) {
    const char *name = own_name(path);
    bool half;
    if (!may_change(&half) || fs_system.unlink(path) < 0)
        return -1;
    if (name)
        change(name, "", NONE);
    return 0;
}

static DIR *sim_opendir(const char *path) {
    errno = EIO;
    return disk.dead ? NULL : fs_system.opendir(path);
}

/* ---- doors ---- */

void simdisk_open(const char *folder, uint64_t seed, enum simdisk_lie lie) {
    static struct fs table;
    memset(&disk, 0, sizeof disk);
    snprintf(disk.folder, sizeof disk.folder, "%s", folder);
    rng_init(&disk.rng, seed, RNG_TEST, 0, 0);
    disk.lie = lie;
    for (int i = 0; i < FDS; i++)
        disk.of[i] = NONE;
    table = fs_system;
    table.open = sim_open;
    table.close = sim_close;
    table.write = sim_write;
    table.pwrite = sim_pwrite;
    table.ftruncate = sim_ftruncate;
    table.fallocate = sim_fallocate;
    table.fsync = sim_fsync;
    table.rename = sim_rename;
    table.unlink = sim_unlink;
    table.opendir = sim_opendir;
    fs = &table;
}

void simdisk_crash_after(int changes) { disk.left = changes; }
void simdisk_full_after(int changes) { disk.full = changes; }
bool simdisk_is_dead(void) { return disk.dead; }

/* What a file may hold after a power cut: each page old or new; owned. */
static char *remains_of(const struct inode *inode, size_t *size) {
    size_t now;
    char *bytes = read_inode(inode, &now);
    uint64_t mood = simdisk_draw(3); /* all old, all new, or any */
    size_t old = inode->synced ? inode->size : 0;
    *size = mood == 0 || (mood == 2 && simdisk_draw(2)) ? old : now;
    bytes = mem_resize(bytes, (now > old ? now : old) + 1, 1);
    if (old > now)
        memset(bytes + now, 0, old - now);
    for (size_t at = 0; at < *size; at += PAGE) {
        size_t n = *size - at < PAGE ? *size - at : PAGE;
        size_t kept = at >= old ? 0 : old - at < n ? old - at : n;
        if (mood == 1 || (mood == 2 && simdisk_draw(2)))
            continue;
        if (kept > 0)
            memcpy(bytes + at, inode->synced + at, kept);
        memset(bytes + at + kept, 0, n - kept);
    }
    return bytes;
}

static void choose_names(struct names *names) {
    uint64_t mood = simdisk_draw(3);
    *names = disk.durable;
    for (int i = 0; i < disk.change_count; i++)
        if (mood == 1 || (mood == 2 && simdisk_draw(2)))
            apply(names, &disk.changes[i]);
}

static void path_of(const char *name, char path[512]) {
    snprintf(path, 512, "%s/%s", disk.folder, name);
}

/* The files as they may be, out of the old ones, which go. */
static void rebuild(const struct names *names) {
    char path[512], *bytes[NAMES];
    size_t sizes[NAMES];
    for (int i = 0; i < names->count; i++)
        bytes[i] = remains_of(&disk.inodes[names->list[i].inode], &sizes[i]);
    for (int i = 0; i < disk.live.count; i++) {
        path_of(disk.live.list[i].text, path);
        unlink(path);
    }
    for (int i = 0; i < names->count; i++) {
        path_of(names->list[i].text, path);
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        CHECK(fd >= 0 && write(fd, bytes[i], sizes[i]) == (ssize_t)sizes[i]);
        close(fd);
        mem_free(bytes[i]);
    }
}

static void forget_inodes(void) {
    for (int i = 0; i < disk.inode_count; i++) {
        close(disk.inodes[i].fd);
        mem_free(disk.inodes[i].synced);
    }
    disk.inode_count = 0;
}

void simdisk_boot(enum simdisk_crash crash) {
    struct names names = disk.live;
    if (crash == SIMDISK_POWER) {
        choose_names(&names);
        rebuild(&names);
    }
    forget_inodes();
    disk.live.count = 0;
    for (int i = 0; i < names.count; i++) {
        char path[512];
        path_of(names.list[i].text, path);
        put(&disk.live, names.list[i].text, new_inode(path));
        sync_inode(&disk.inodes[disk.inode_count - 1]);
    }
    sync_folder();
    disk.dead = false;
    disk.left = disk.full = 0;
}

void simdisk_rot(const char *name) {
    char path[512], byte;
    struct stat info;
    path_of(name, path);
    int fd = open(path, O_RDWR);
    CHECK(fd >= 0 && fstat(fd, &info) == 0 && info.st_size > 0);
    off_t at = (off_t)simdisk_draw((uint64_t)info.st_size);
    CHECK(pread(fd, &byte, 1, at) == 1);
    byte = (char)(byte ^ (1 << simdisk_draw(8)));
    CHECK(pwrite(fd, &byte, 1, at) == 1);
    close(fd);
}

void simdisk_close(void) {
    char path[512];
    fs = &fs_system;
    forget_inodes();
    for (int i = 0; i < disk.live.count; i++) {
        path_of(disk.live.list[i].text, path);
        unlink(path);
    }
}
