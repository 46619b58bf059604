/* SPDX-License-Identifier: Apache-2.0 */
/* The part of UEFI that the boot stage uses (UEFI specification 2.10, chapters 4, 7, 9, 13). Members it never calls are only
 * counted. */
#ifndef CORE_BOOT_EFI_H
#define CORE_BOOT_EFI_H

#include <stdint.h>

#define EFIAPI __attribute__((ms_abi))
#define EFI_SUCCESS 0ull
#define EFI_LOAD_ERROR (1ull << 63 | 1)

typedef uint64_t efi_status;
typedef void *efi_handle;

struct efi_guid {
    uint32_t a;
    uint16_t b, c;
    uint8_t d[8];
};

#define EFI_LOADED_IMAGE_GUID {0x5b1b31a1, 0x9562, 0x11d2, {0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}}
#define EFI_SIMPLE_FILE_SYSTEM_GUID {0x964e5b22, 0x6459, 0x11d2, {0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}}
#define EFI_FILE_INFO_GUID {0x09576e92, 0x6d3f, 0x11d2, {0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}}
#define EFI_TCG2_PROTOCOL_GUID {0x607f766c, 0x7455, 0x42be, {0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f}}
#define EFI_TCG2_FINAL_EVENTS_GUID {0x1e2ed096, 0x30e2, 0x4254, {0xbd, 0x89, 0x86, 0x3b, 0xbe, 0xf8, 0x23, 0x25}}
#define EFI_ACPI_20_GUID {0x8868e871, 0xe4f1, 0x11d3, {0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81}}

enum efi_memory_type {
    EFI_RESERVED, EFI_LOADER_CODE, EFI_LOADER_DATA, EFI_BOOT_SERVICES_CODE, EFI_BOOT_SERVICES_DATA,
    EFI_RUNTIME_SERVICES_CODE, EFI_RUNTIME_SERVICES_DATA, EFI_CONVENTIONAL, EFI_UNUSABLE, EFI_ACPI_RECLAIM, EFI_ACPI_NVS,
    EFI_MEMORY_MAPPED_IO, EFI_MEMORY_MAPPED_IO_PORTS, EFI_PAL_CODE, EFI_PERSISTENT,
};

enum efi_allocate_type { EFI_ALLOCATE_ANY, EFI_ALLOCATE_MAX_ADDRESS, EFI_ALLOCATE_ADDRESS };

struct efi_memory_descriptor {
    uint32_t type;
    uint64_t physical_start, virtual_start, pages, attributes;
};

struct efi_table_header {
    uint64_t signature;
    uint32_t revision, size, crc32, reserved;
};

struct efi_text_output {
    void *reset;
    efi_status(EFIAPI *output_string)(struct efi_text_output *self, const uint16_t *text);
};

struct efi_boot_services {
    struct efi_table_header header;
    void *tpl[2];
    efi_status(EFIAPI *allocate_pages)(enum efi_allocate_type how, enum efi_memory_type type, uint64_t pages,
                                       uint64_t *address);
    efi_status(EFIAPI *free_pages)(uint64_t address, uint64_t pages);
    efi_status(EFIAPI *get_memory_map)(uint64_t *size, void *map, uint64_t *key, uint64_t *descriptor_size,
                                       uint32_t *descriptor_version);
    void *pool[2];
    void *events[6];
    void *protocols1[3];
    efi_status(EFIAPI *handle_protocol)(efi_handle handle, const struct efi_guid *protocol, void **interface);
    void *protocols2[5];
    void *images1[4];
    efi_status(EFIAPI *exit_boot_services)(efi_handle image, uint64_t map_key);
    void *misc[3];
    void *drivers[2];
    void *protocols3[5];
    efi_status(EFIAPI *locate_protocol)(const struct efi_guid *protocol, void *registration, void **interface);
};

struct efi_configuration_entry {
    struct efi_guid guid;
    void *table;
};

struct efi_system_table {
    struct efi_table_header header;
    uint16_t *vendor;
    uint32_t revision;
    efi_handle console_in_handle;
    void *console_in;
    efi_handle console_out_handle;
    struct efi_text_output *console_out;
    efi_handle standard_error_handle;
    void *standard_error;
    void *runtime_services;
    struct efi_boot_services *boot_services;
    uint64_t entry_count;
    struct efi_configuration_entry *entries;
};

struct efi_loaded_image {
    uint32_t revision;
    efi_handle parent;
    struct efi_system_table *system_table;
    efi_handle device;
};

struct efi_file {
    uint64_t revision;
    efi_status(EFIAPI *open)(struct efi_file *self, struct efi_file **file, const uint16_t *name, uint64_t mode,
                             uint64_t attributes);
    efi_status(EFIAPI *close)(struct efi_file *self);
    void *remove;
    efi_status(EFIAPI *read)(struct efi_file *self, uint64_t *size, void *buffer);
    void *write, *get_position, *set_position;
    efi_status(EFIAPI *get_info)(struct efi_file *self, const struct efi_guid *type, uint64_t *size, void *buffer);
};

struct efi_file_info {
    uint64_t size, file_size, physical_size;
};

#define EFI_FILE_MODE_READ 1ull

struct efi_file_system {
    uint64_t revision;
    efi_status(EFIAPI *open_volume)(struct efi_file_system *self, struct efi_file **root);
};

/* TCG EFI Protocol Specification, family 2.0, revision 00.13, 6. */
#define EFI_TCG2_LOG_CRYPTO_AGILE 2u

struct efi_tcg2 {
    void *get_capability;
    efi_status(EFIAPI *get_event_log)(struct efi_tcg2 *self, uint32_t format, uint64_t *start, uint64_t *last,
                                      uint8_t *truncated);
};

/* The configuration table with this name, or NULL. */
void *efi_find_table(const struct efi_system_table *table, const struct efi_guid *name);

#endif
