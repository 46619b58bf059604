/* SPDX-License-Identifier: Apache-2.0 */
/* Started by a Multiboot2 loader: files are modules whose first word is the file's name (Multiboot2 specification 2.0, 3.6). */
#include "core/boot/boot.h"
#include "core/boot/log.h"
#include "core/x86/cpu.h"

#include <string.h>

#define MULTIBOOT2_LOADER_MAGIC 0x36d76289u
#define INFORMATION_MAX 0x100000u
#define TAG_END 0u
#define TAG_MODULE 3u
#define TAG_MEMORY_MAP 6u
#define TAG_RSDP_OLD 14u
#define TAG_RSDP_NEW 15u
#define MEMORY_AVAILABLE 1u
#define LOW_PAGES 0x8000ull /* two pages of base memory that no BIOS of this century uses */

static const struct rule rule_loader = {
    "BOOT-463", "the Multiboot2 loader handed over something else", "the Multiboot2 magic number and a well-formed list",
    "start the image with GRUB's multiboot2 command"};

static struct boot_source source;

void multiboot2_main(uint32_t magic, uint32_t information);

static void add_module(const uint8_t *tag, uint32_t size)
{
    uint32_t start, end, length = 0;
    if (size < 17 || source.file_count == BOOT_MAX_FILES)
        return;
    memcpy(&start, tag + 8, 4);
    memcpy(&end, tag + 12, 4);
    const char *line = (const char *)tag + 16;
    while (length < size - 16 && line[length] != ' ' && line[length] != '\0')
        length++;
    if (end < start || length >= SYSTEM_FILE_MAX)
        return;
    struct boot_file *file = &source.files[source.file_count++];
    memcpy(file->name, line, length);
    file->name[length] = '\0';
    file->data = (const uint8_t *)(uint64_t)start;
    file->size = end - start;
}

static enum boot_memory_kind memory_kind(uint32_t type)
{
    return type == MEMORY_AVAILABLE ? BOOT_MEMORY_USABLE : BOOT_MEMORY_FIRMWARE;
}

static void add_memory_map(const uint8_t *tag, uint32_t size)
{
    uint32_t entry_size;
    if (size < 16)
        return;
    memcpy(&entry_size, tag + 8, 4);
    for (uint32_t at = 16; entry_size >= 24 && at + entry_size <= size && source.memory_count < BOOT_MAX_MEMORY;
         at += entry_size) {
        uint64_t base, length;
        uint32_t type;
        memcpy(&base, tag + at, 8);
        memcpy(&length, tag + at + 8, 8);
        memcpy(&type, tag + at + 16, 4);
        source.memory[source.memory_count++] = (struct boot_memory){{{base}, length}, memory_kind(type)};
    }
}

/* The newer root pointer wins where the loader gives both. */
static void add_tag(const uint8_t *tag, uint32_t type, uint32_t size)
{
    if (type == TAG_MODULE)
        add_module(tag, size);
    else if (type == TAG_MEMORY_MAP)
        add_memory_map(tag, size);
    else if (type == TAG_RSDP_NEW || (type == TAG_RSDP_OLD && source.rsdp.v == 0))
        source.rsdp.v = (uint64_t)tag + 8;
}

static bool walk_tags(const uint8_t *information)
{
    uint32_t total, type, size;
    memcpy(&total, information, 4);
    for (uint32_t at = 8; total <= INFORMATION_MAX && at + 8 <= total; at += (uint32_t)align_up(size, 8)) {
        memcpy(&type, information + at, 4);
        memcpy(&size, information + at + 4, 4);
        if (type == TAG_END)
            return true;
        if (size < 8 || size > total - at)
            return false;
        add_tag(information + at, type, size);
    }
    return false;
}

static const struct boot_file *multiboot2_load(struct boot_source *self, const char *name, uint64_t limit)
{
    for (uint32_t i = 0; i < self->file_count; i++)
        if (strcmp(self->files[i].name, name) == 0)
            return self->files[i].size <= limit ? &self->files[i] : NULL;
    return NULL;
}

static bool multiboot2_finish(struct boot_source *self)
{
    (void)self;
    return true;
}

void multiboot2_main(uint32_t magic, uint32_t information)
{
    source.entry_tsc = cpu_rdtsc();
    log_init();
    source.name = "Multiboot2";
    source.low_pages.v = LOW_PAGES;
    source.load = multiboot2_load;
    source.finish = multiboot2_finish;
    if (magic != MULTIBOOT2_LOADER_MAGIC || !walk_tags((const uint8_t *)(uint64_t)information))
        boot_refuse(&rule_loader, "entry", "magic 0x%x", magic);
    boot_main(boot_prepare(&source));
}
