/* SPDX-License-Identifier: Apache-2.0 */
/* The disk that loses things: see simdisk.h. */
#include "tests/simdisk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/fs.h"
#include "src/base/rng.h"

enum { PAGE = 4096, FILES = 256, NAMES = 64, CHANGES = 512, NAME = 96 };
enum { NONE = -1, FOLDER = -2 };       /* no file; the folder itself */
enum { FIRST_FD = 1 << 16, FDS = 64 }; /* ours; those below are the system's */

/* A file, with or without a name.  Memory stays from life to life. */
struct inode {
    struct str now, synced;
    bool clean; /* `now` is synced, and `synced` counts for nothing */
    int holder; /* the descriptor that has locked it, or NONE */
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

static struct inode inodes[FILES];
static struct str remains[NAMES];

static struct {
    char folder[256];
    struct rng rng;
    enum simdisk_lie lie;
    int inode_count;
    struct names live, durable;
    struct change changes[CHANGES];
    int change_count;
    int of[FDS];    /* inode of a descriptor, NONE or FOLDER */
    int left, full; /* changes until the crash; writes until one fails; 0: never */
    bool dead;
} disk;

/* A folder that is read: as it was when that began. */
static struct {
    struct names names;
    int next; /* NONE: nobody reads */
    struct dirent entry;
} listing = {.next = NONE};

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

/* The inode of a path, NONE (errno) or FOLDER. */
static int find_inode(const char *path) {
    const char *text = own_name(path);
    CHECK(text != NULL);
    struct name *name = find(&disk.live, text);
    errno = ENOENT;
    return *text == '\0' ? FOLDER : name ? name->inode : NONE;
}

/* ---- files ---- */

static void copy(struct str *to, const struct str *from) {
    str_clear(to);
    str_append(to, from->data, from->size);
}

static void resize(struct str *bytes, size_t size) {
    if (size > bytes->size) {
        str_reserve(bytes, size - bytes->size);
        memset(bytes->data + bytes->size, 0, size - bytes->size);
    }
    bytes->size = size;
}

static void empty(struct inode *inode) {
    str_clear(&inode->now);
    inode->clean = true;
    inode->holder = NONE;
}

static int new_inode(void) {
    CHECK(disk.inode_count < FILES);
    empty(&inodes[disk.inode_count]);
    return disk.inode_count++;
}

/* Before it is changed. */
static void make_dirty(struct inode *inode) {
    if (inode->clean)
        copy(&inode->synced, &inode->now);
    inode->clean = false;
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

static bool is_ours(int fd) { return fd >= FIRST_FD; }

/* Of a descriptor of ours. */
static int inode_of(int fd) {
    CHECK(is_ours(fd) && fd < FIRST_FD + FDS && disk.of[fd - FIRST_FD] != NONE);
    return disk.of[fd - FIRST_FD];
}

static struct inode *file_of(int fd) {
    int inode = inode_of(fd);
    CHECK(inode >= 0);
    return &inodes[inode];
}

static int new_fd(int inode) {
    int i = 0;
    while (i < FDS && disk.of[i] != NONE)
        i++;
    CHECK(i < FDS);
    disk.of[i] = inode;
    return FIRST_FD + i;
}

static int sim_open(const char *path, int flags, mode_t mode) {
    bool half;
    if (own_name(path) == NULL)
        return fs_system.open(path, flags, mode);
    CHECK(!(flags & O_TRUNC));
    int inode = find_inode(path);
    if (disk.dead)
        errno = EIO;
    else if (inode != NONE && (flags & O_EXCL))
        errno = EEXIST;
    else if (inode != NONE)
        return new_fd(inode);
    else if ((flags & O_CREAT) && may_change(&half)) {
        inode = new_inode();
        change("", own_name(path), inode);
        return new_fd(inode);
    }
    return -1;
}

/* Works on a dead disk, too, as the end of a process would. */
static int sim_close(int fd) {
    if (!is_ours(fd))
        return fs_system.close(fd);
    int inode = inode_of(fd);
    if (inode >= 0 && inodes[inode].holder == fd)
        inodes[inode].holder = NONE;
    disk.of[fd - FIRST_FD] = NONE;
    return 0;
}

static ssize_t sim_pread(int fd, void *bytes, size_t size, off_t at) {
    if (!is_ours(fd))
        return fs_system.pread(fd, bytes, size, at);
    const struct str *now = &file_of(fd)->now;
    errno = EIO;
    if (disk.dead)
        return -1;
    size_t rest = (size_t)at < now->size ? now->size - (size_t)at : 0;
    size_t n = size < rest ? size : rest;
    if (n > 0)
        memcpy(bytes, now->data + at, n);
    return (ssize_t)n;
}

/* Only of memory that looks like a file. */
static off_t sim_lseek(int fd, off_t offset, int whence) {
    CHECK(!is_ours(fd));
    return fs_system.lseek(fd, offset, whence);
}

/* How much of a change that takes space is done. */
static ssize_t share(size_t size) {
    bool half;
    if (disk.full > 0 && --disk.full == 0) {
        errno = ENOSPC;
        return -1;
    }
    if (!may_change(&half))
        return -1;
    return (ssize_t)(half ? simdisk_draw(size + 1) : size);
}

static ssize_t sim_pwrite(int fd, const void *bytes, size_t size, off_t at) {
    struct str *now = &file_of(fd)->now;
    ssize_t n = share(size);
    if (n <= 0)
        return n;
    make_dirty(file_of(fd));
    if (now->size < (size_t)(at + n))
        resize(now, (size_t)(at + n));
    memcpy(now->data + at, bytes, (size_t)n);
    return n;
}

static int sim_ftruncate(int fd, off_t size) {
    struct str *now = &file_of(fd)->now;
    if (share(1) < 0)
        return -1;
    make_dirty(file_of(fd));
    resize(now, (size_t)size);
    return 0;
}

static int sim_fallocate(int fd, int mode, off_t at, off_t size) {
    (void)mode;
    CHECK((size_t)(at + size) <= file_of(fd)->now.size);
    return share(1) < 0 ? -1 : 0;
}

static int sim_fsync(int fd) {
    bool half;
    int inode = inode_of(fd);
    if (!may_change(&half) || half)
        return -1;
    if (inode == FOLDER && disk.lie != SIMDISK_NO_FOLDER_SYNC)
        sync_folder();
    if (inode >= 0 && disk.lie != SIMDISK_NO_FILE_SYNC)
        inodes[inode].clean = true;
    return 0;
}

static int sim_lock(int fd) {
    struct inode *inode = file_of(fd);
    errno = disk.dead ? EIO : EAGAIN;
    if (disk.dead || (inode->holder != NONE && inode->holder != fd))
        return -1;
    inode->holder = fd;
    return 0;
}

static int sim_rename(const char *from, const char *to) {
    int inode = find_inode(from);
    bool half;
    if (inode == NONE || !may_change(&half))
        return -1;
    change(own_name(from), own_name(to), inode);
    return 0;
}

static int sim_unlink(const char *path) {
    int inode = find_inode(path);
    bool half;
    if (inode == NONE || !may_change(&half))
        return -1;
    change(own_name(path), "", NONE);
    return 0;
}

static int sim_access(const char *path, int mode) {
    (void)mode;
    return find_inode(path) == NONE ? -1 : 0;
}

static int sim_fstat(int fd, struct stat *info) {
    int inode = inode_of(fd);
    *info = (struct stat){.st_size = (off_t)inodes[inode].now.size};
    for (int i = 0; i < disk.live.count; i++)
        info->st_nlink += disk.live.list[i].inode == inode;
    return 0;
}

static int sim_fstatvfs(int fd, struct statvfs *info) {
    (void)fd;
    *info = (struct statvfs){0}; /* it does not tell its size */
    return 0;
}

static DIR *sim_opendir(const char *path) {
    errno = EIO;
    if (disk.dead)
        return NULL;
    CHECK(find_inode(path) == FOLDER && listing.next == NONE);
    listing.names = disk.live;
    listing.next = 0;
    return (DIR *)&listing;
}

static struct dirent *sim_readdir(DIR *folder) {
    (void)folder;
    if (listing.next == listing.names.count)
        return NULL;
    strcpy(listing.entry.d_name, listing.names.list[listing.next++].text);
    return &listing.entry;
}

static int sim_closedir(DIR *folder) {
    (void)folder;
    listing.next = NONE;
    return 0;
}

/* ---- doors ---- */

/* What is not here nobody asks of this disk. */
static const struct fs table = {
    .open = sim_open,
    .close = sim_close,
    .pread = sim_pread,
    .lseek = sim_lseek,
    .pwrite = sim_pwrite,
    .ftruncate = sim_ftruncate,
    .fallocate = sim_fallocate,
    .fsync = sim_fsync,
    .lock = sim_lock,
    .rename = sim_rename,
    .unlink = sim_unlink,
    .access = sim_access,
    .fstat = sim_fstat,
    .fstatvfs = sim_fstatvfs,
    .opendir = sim_opendir,
    .readdir = sim_readdir,
    .closedir = sim_closedir,
};

void simdisk_open(const char *folder, uint64_t seed, enum simdisk_lie lie) {
    memset(&disk, 0, sizeof disk);
    snprintf(disk.folder, sizeof disk.folder, "%s", folder);
    rng_init(&disk.rng, seed, RNG_TEST, 0, 0);
    disk.lie = lie;
    for (int i = 0; i < FDS; i++)
        disk.of[i] = NONE;
    fs = &table;
}

void simdisk_crash_after(int changes) { disk.left = changes; }
void simdisk_full_after(int changes) { disk.full = changes; }
bool simdisk_is_dead(void) { return disk.dead; }

/* What a file may hold after a power cut: each page old or new. */
static void survive(struct inode *inode, struct str *rest) {
    if (inode->clean) {
        copy(rest, &inode->now);
        return;
    }
    uint64_t mood = simdisk_draw(3); /* all old, all new, or any */
    size_t old = inode->synced.size, now = inode->now.size;
    size_t size = mood == 0 || (mood == 2 && simdisk_draw(2)) ? old : now;
    str_clear(rest);
    str_append(rest, inode->now.data, now < size ? now : size);
    resize(rest, size);
    for (size_t at = 0; at < size; at += PAGE) {
        size_t n = size - at < PAGE ? size - at : PAGE;
        size_t kept = at >= old ? 0 : old - at < n ? old - at : n;
        if (mood == 1 || (mood == 2 && simdisk_draw(2)))
            continue;
        if (kept > 0)
            memcpy(rest->data + at, inode->synced.data + at, kept);
        memset(rest->data + at + kept, 0, n - kept);
    }
}

static void choose_names(struct names *names) {
    uint64_t mood = simdisk_draw(3);
    *names = disk.durable;
    for (int i = 0; i < disk.change_count; i++)
        if (mood == 1 || (mood == 2 && simdisk_draw(2)))
            apply(names, &disk.changes[i]);
}

static void exchange(struct str *a, struct str *b) {
    struct str old = *a;
    *a = *b;
    *b = old;
}

/* Only what has a name is left, and all of that is on the disk. */
static void lose_power(void) {
    struct names names;
    choose_names(&names);
    for (int i = 0; i < names.count; i++)
        survive(&inodes[names.list[i].inode], &remains[i]);
    for (int i = 0; i < names.count; i++) {
        exchange(&inodes[i].now, &remains[i]);
        inodes[i].clean = true;
        names.list[i].inode = i;
    }
    disk.inode_count = names.count;
    disk.live = names;
    sync_folder();
}

void simdisk_boot(enum simdisk_crash crash) {
    if (crash == SIMDISK_POWER)
        lose_power();
    for (int i = 0; i < FDS; i++)
        disk.of[i] = NONE;
    for (int i = 0; i < disk.inode_count; i++)
        inodes[i].holder = NONE;
    disk.dead = false;
    disk.left = disk.full = 0;
}

struct slice simdisk_look(const char *path) {
    int inode = find_inode(path);
    return inode < 0 ? (struct slice){0} : str_slice(&inodes[inode].now);
}

int simdisk_count_files(void) { return disk.live.count; }

void simdisk_rot(const char *path) {
    int inode = find_inode(path);
    CHECK(inode >= 0);
    struct str *now = &inodes[inode].now;
    uint64_t bit = simdisk_draw(8 * (uint64_t)now->size);
    now->data[bit / 8] = (char)(now->data[bit / 8] ^ (1 << bit % 8));
    inodes[inode].clean = true;
}

void simdisk_close(void) { fs = &fs_system; }
