/* SPDX-License-Identifier: Apache-2.0 */
/* Names of functions: see symbols.h.  The list is read from the program's file, because
 * to export all names instead (-rdynamic) would let libraries call ours for theirs. */
#include "src/base/symbols.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "src/base/fs.h"
#include "src/base/mem.h"

/* Of this program; owned, for as long as the process lives. */
static Elf64_Sym *list;
static size_t list_count;
static char *names;
static size_t names_size;
static const char *origin; /* what addresses in the list count from */

static void *copy(const char *file, const Elf64_Shdr *section) {
    void *bytes = mem_alloc(section->sh_size + 1, 1); /* ends with a zero */
    memcpy(bytes, file + section->sh_offset, section->sh_size);
    return bytes;
}

static int is_inside(uint64_t offset, uint64_t size, uint64_t whole) {
    return offset <= whole && size <= whole - offset;
}

/* Takes the section of symbols and that of their names. */
static void take(const char *file, uint64_t size) {
    const Elf64_Ehdr *head = (const Elf64_Ehdr *)(const void *)file;
    if (size < sizeof *head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
        head->e_ident[EI_CLASS] != ELFCLASS64 ||
        !is_inside(head->e_shoff, (uint64_t)head->e_shnum * sizeof(Elf64_Shdr), size))
        return;
    const Elf64_Shdr *sections =
        (const Elf64_Shdr *)(const void *)(file + head->e_shoff);
    for (int i = 0; list == NULL && i < head->e_shnum; i++) {
        const Elf64_Shdr *s = &sections[i];
        if (s->sh_type != SHT_SYMTAB || s->sh_link >= head->e_shnum ||
            !is_inside(s->sh_offset, s->sh_size, size) ||
            !is_inside(sections[s->sh_link].sh_offset, sections[s->sh_link].sh_size,
                       size))
            continue;
        list = copy(file, s);
        list_count = s->sh_size / sizeof *list;
        names = copy(file, &sections[s->sh_link]);
        names_size = sections[s->sh_link].sh_size;
    }
    if (head->e_type != ET_DYN) /* addresses are as they are */
        origin = NULL;
}

/* Where this program lies in memory. */
static void find_origin(void) {
    Dl_info info;
    if (dladdr(&list, &info) != 0)
        origin = info.dli_fbase;
}

void symbols_load(void) {
    struct stat info;
    int fd = fs->open("/proc/self/exe", O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    find_origin();
    if (list == NULL && fs->fstat(fd, &info) == 0 && info.st_size > 0) {
        size_t size = (size_t)info.st_size;
        char *file = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (file != MAP_FAILED) {
            take(file, size);
            munmap(file, size);
        }
    }
    fs->close(fd);
}

/* Of this program's own; NULL: none. */
static const char *own_name(const void *address) {
    uint64_t at = (uint64_t)((const char *)address - origin);
    for (size_t i = 0; i < list_count; i++) {
        const Elf64_Sym *s = &list[i];
        if (ELF64_ST_TYPE(s->st_info) == STT_FUNC && at >= s->st_value &&
            at - s->st_value < s->st_size && s->st_name < names_size)
            return names + s->st_name;
    }
    return NULL;
}

void symbols_name(const void *address, char *name, size_t size) {
    Dl_info info = {0};
    const char *own = own_name(address);
    if (own == NULL && dladdr(address, &info) != 0)
        own = info.dli_sname;
    if (own) {
        snprintf(name, size, "%s", own);
        return;
    }
    const char *file = info.dli_fname ? info.dli_fname : "?";
    const char *slash = strrchr(file, '/');
    snprintf(name, size, "%s+%#zx", slash ? slash + 1 : file,
             (size_t)((const char *)address - (const char *)info.dli_fbase));
}
