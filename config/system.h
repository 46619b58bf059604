/* SPDX-License-Identifier: Apache-2.0 */
/* What a system is: the decoded configuration. Filled by config/decode.c from a verified device tree, read by
 * everything after it. Fixed size, no pointers, so that it can be copied, compared and proved about. */
#ifndef CONFIG_SYSTEM_H
#define CONFIG_SYSTEM_H

#include "config/limits.h"
#include "core/lib/address.h"
#include "core/lib/pci_address.h"

#include <stdbool.h>
#include <stdint.h>

#define SYSTEM_FILE_MAX 64         /* with the NUL; one path component, no separators */
#define SYSTEM_COMMAND_LINE_MAX 1024
#define SYSTEM_RELEASE_MAX 64
#define SYSTEM_PATH_HOPS 4
#define SHA384_SIZE 48

enum system_requirement { REQUIREMENT_REQUIRED, REQUIREMENT_OPTIONAL };
enum system_role { ROLE_GUEST, ROLE_ATTEST, ROLE_MANAGE };
enum kernel_format { KERNEL_LINUX, KERNEL_PVH, KERNEL_FLAT };

/* Where a function sits: a root-bus function, then one devfn a bridge hop ("0000:00:1c.0/00.0"), so that the name does
 * not depend on the bus numbers firmware chose. hops = 0: the function itself stands at `root`. */
struct pci_path {
    struct pci_address root;
    uint8_t hops;
    uint8_t hop_devfn[SYSTEM_PATH_HOPS];
};

struct system_image {
    bool present;
    char file[SYSTEM_FILE_MAX];
    uint64_t size; /* bytes; filled in by `bulkhead sign` */
    uint8_t sha384[SHA384_SIZE];
};

struct system_device {
    char name[SYSTEM_NAME_MAX]; /* the node's name: "nic", "disk" */
    struct pci_path path;
    uint16_t vendor, device;
};

struct system_partition {
    char name[SYSTEM_NAME_MAX];
    enum system_role role;
    uint32_t core_count;
    bool cores_pinned;                     /* true: core_ids holds core_count x2APIC ids */
    uint32_t core_ids[SYSTEM_MAX_CORES];
    uint64_t memory_size;                  /* bytes, a multiple of 2 MiB */
    bool memory_pinned;                    /* true: memory_base is the host-physical start */
    struct hpa memory_base;
    enum system_restart restart;
    uint32_t restart_limit;                /* RESTART_LIMITED: at most this many ... */
    uint32_t restart_window_seconds;       /* ... in this time */
    bool console;
    enum kernel_format kernel_format;
    struct system_image kernel;
    struct system_image initrd;            /* optional */
    char command_line[SYSTEM_COMMAND_LINE_MAX];
    uint32_t device_count;
    struct system_device devices[SYSTEM_MAX_DEVICES];
};

struct system {
    char release[SYSTEM_RELEASE_MAX];
    uint32_t security_version;
    enum system_requirement iommu; /* machine { iommu = "required" } */
    enum system_requirement tpm;
    enum system_requirement rollback_protection; /* optional when nothing is said */
    uint32_t partition_count;
    struct system_partition partitions[SYSTEM_MAX_PARTITIONS];
};

#endif
