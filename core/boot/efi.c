/* SPDX-License-Identifier: Apache-2.0 */
/* Started by UEFI: files from the volume we came from, memory map and RSDP from the firmware. */
#include "core/boot/efi.h"

#include "core/boot/boot.h"
#include "core/boot/efi_log.h"
#include "core/boot/log.h"
#include "core/x86/cpu.h"

#include <string.h>

#define FILE_FOLDER u"\\bulkhead\\"
#define LOAD_TOP 0x7fffffffull /* files and images stay below what partitions usually get first */
#define MAP_SIZE 0x10000u
#define EXIT_TRIES 8
#define SCREEN_LINE 400u
#define LOW_TOP 0x9ffffull

efi_status efi_main(efi_handle image, struct efi_system_table *table);

static struct boot_source source;
static efi_handle own_image;
static struct efi_system_table *system_table;
static struct efi_boot_services *services;
static struct efi_file *root;
static _Alignas(16) uint8_t map[MAP_SIZE];
static struct efi_text_output *screen;

/* One line on the firmware's screen, which headless servers do not have. */
static void print_on_screen(const char *line)
{
    uint16_t text[SCREEN_LINE];
    size_t length = 0;
    while (*line != '\0' && length + 3 < SCREEN_LINE)
        text[length++] = (uint8_t)*line++;
    memcpy(text + length, u"\r\n", 3 * sizeof text[0]);
    if (screen != NULL)
        screen->output_string(screen, text);
}

static bool open_volume(void)
{
    static const struct efi_guid loaded_image_guid = EFI_LOADED_IMAGE_GUID;
    static const struct efi_guid file_system_guid = EFI_SIMPLE_FILE_SYSTEM_GUID;
    void *loaded, *file_system;
    if (services->handle_protocol(own_image, &loaded_image_guid, &loaded) != EFI_SUCCESS)
        return false;
    efi_handle device = ((struct efi_loaded_image *)loaded)->device;
    if (services->handle_protocol(device, &file_system_guid, &file_system) != EFI_SUCCESS)
        return false;
    struct efi_file_system *volume = file_system;
    return volume->open_volume(volume, &root) == EFI_SUCCESS;
}

static struct efi_file *open_file(const char *name)
{
    uint16_t path[sizeof FILE_FOLDER / 2 + SYSTEM_FILE_MAX] = FILE_FOLDER;
    uint16_t *at = path + sizeof FILE_FOLDER / 2 - 1;
    while (*name != '\0')
        *at++ = (uint8_t)*name++;
    *at = 0;
    struct efi_file *file;
    return root != NULL && root->open(root, &file, path, EFI_FILE_MODE_READ, 0) == EFI_SUCCESS ? file : NULL;
}

static bool file_size(struct efi_file *file, uint64_t *size)
{
    static const struct efi_guid file_info_guid = EFI_FILE_INFO_GUID;
    _Alignas(8) uint8_t buffer[512];
    uint64_t buffer_size = sizeof buffer;
    struct efi_file_info info;
    if (file->get_info(file, &file_info_guid, &buffer_size, buffer) != EFI_SUCCESS)
        return false;
    memcpy(&info, buffer, sizeof info);
    *size = info.file_size;
    return true;
}

static bool read_all(struct efi_file *file, uint64_t limit, struct boot_file *out)
{
    uint64_t address = LOAD_TOP, read;
    if (!file_size(file, &out->size) || out->size == 0 || out->size > limit ||
        services->allocate_pages(EFI_ALLOCATE_MAX_ADDRESS, EFI_LOADER_DATA, align_up(out->size, PAGE_SIZE) / PAGE_SIZE,
                                 &address) != EFI_SUCCESS)
        return false;
    out->data = (const uint8_t *)address;
    read = out->size;
    return file->read(file, &read, (void *)address) == EFI_SUCCESS && read == out->size;
}

static const struct boot_file *find_loaded(const char *name)
{
    for (uint32_t i = 0; i < source.file_count; i++)
        if (strcmp(source.files[i].name, name) == 0)
            return &source.files[i];
    return NULL;
}

static const struct boot_file *efi_load(struct boot_source *self, const char *name, uint64_t limit)
{
    const struct boot_file *loaded = find_loaded(name);
    if (loaded != NULL || self->file_count == BOOT_MAX_FILES)
        return loaded;
    struct boot_file *out = &self->files[self->file_count];
    struct efi_file *file = open_file(name);
    if (file == NULL)
        return NULL;
    bool good = read_all(file, limit, out);
    file->close(file);
    if (!good)
        return NULL;
    memcpy(out->name, name, strlen(name) + 1);
    self->file_count++;
    return out;
}

static enum boot_memory_kind memory_kind(uint32_t type)
{
    switch (type) {
    case EFI_LOADER_CODE:
    case EFI_LOADER_DATA:
    case EFI_BOOT_SERVICES_CODE:
    case EFI_BOOT_SERVICES_DATA:
    case EFI_CONVENTIONAL:
        return BOOT_MEMORY_USABLE;
    case EFI_MEMORY_MAPPED_IO:
    case EFI_MEMORY_MAPPED_IO_PORTS:
    case EFI_UNUSABLE:
        return BOOT_MEMORY_DEVICE;
    default:
        return BOOT_MEMORY_FIRMWARE;
    }
}

static bool take_memory_map(uint64_t size, uint64_t descriptor_size)
{
    source.memory_count = 0;
    for (uint64_t at = 0; at + sizeof(struct efi_memory_descriptor) <= size; at += descriptor_size) {
        struct efi_memory_descriptor d;
        memcpy(&d, map + at, sizeof d);
        if (source.memory_count == BOOT_MAX_MEMORY)
            return false;
        source.memory[source.memory_count++] =
            (struct boot_memory){{{d.physical_start}, d.pages * PAGE_SIZE}, memory_kind(d.type)};
    }
    return true;
}

/* The map may change under ExitBootServices; the key tells, and one tries again (UEFI 2.10, 7.4.6). */
static bool efi_finish(struct boot_source *self)
{
    efi_log_copy(system_table, &self->firmware_log);
    for (int i = 0; i < EXIT_TRIES; i++) {
        uint64_t size = sizeof map, key, descriptor_size;
        uint32_t version;
        if (services->get_memory_map(&size, map, &key, &descriptor_size, &version) != EFI_SUCCESS ||
            descriptor_size < sizeof(struct efi_memory_descriptor))
            return false;
        if (services->exit_boot_services(own_image, key) == EFI_SUCCESS) {
            log_set_screen(NULL);
            efi_log_complete(&self->firmware_log);
            return take_memory_map(size, descriptor_size);
        }
    }
    return false;
}

void *efi_find_table(const struct efi_system_table *table, const struct efi_guid *name)
{
    for (uint64_t i = 0; i < table->entry_count; i++)
        if (memcmp(&table->entries[i].guid, name, sizeof *name) == 0)
            return table->entries[i].table;
    return NULL;
}

static struct hpa allocate_low_pages(void)
{
    uint64_t address = LOW_TOP;
    if (services->allocate_pages(EFI_ALLOCATE_MAX_ADDRESS, EFI_LOADER_DATA, 2, &address) != EFI_SUCCESS)
        return (struct hpa){0};
    return (struct hpa){address};
}

efi_status efi_main(efi_handle image, struct efi_system_table *table)
{
    static const struct efi_guid acpi_guid = EFI_ACPI_20_GUID;
    source.entry_tsc = cpu_rdtsc();
    log_init();
    own_image = image;
    system_table = table;
    services = table->boot_services;
    screen = table->console_out;
    log_set_screen(print_on_screen);
    print_on_screen("Bulkhead starts; its console is the first serial port.");
    source.name = "UEFI";
    source.rsdp.v = (uint64_t)efi_find_table(table, &acpi_guid);
    source.low_pages = allocate_low_pages();
    source.load = efi_load;
    source.finish = efi_finish;
    if (!open_volume())
        log_line("the volume that holds the boot image cannot be opened");
    boot_continue(boot_prepare(&source));
}
