/* SPDX-License-Identifier: Apache-2.0 */
/* The binding as data: which nodes and properties a configuration may hold, of which form. docs/configuration.md is the
 * same list in prose. What is not listed here is refused. */
#ifndef CONFIG_BINDING_H
#define CONFIG_BINDING_H

#include <stdint.h>

#define BINDING_COMPATIBLE "bulkhead,system-1"
#define BINDING_MAX_PROPERTIES 12 /* of any one kind of node */

enum property_type {
    PROPERTY_FLAG,   /* present or absent, no value */
    PROPERTY_STRING, /* one string; limit = most bytes with the NUL */
    PROPERTY_CELLS,  /* 32-bit cells; limit = most cells, `least` = fewest */
    PROPERTY_WIDE,   /* one 64-bit number: two cells or a 64-bit cell */
    PROPERTY_BYTES,  /* exactly `limit` bytes */
};

enum property_need { PROPERTY_OPTIONAL, PROPERTY_REQUIRED };

struct property_form {
    const char *name;
    enum property_type type;
    enum property_need need;
    uint32_t least, limit;
};

struct node_form {
    uint32_t property_count;
    struct property_form properties[BINDING_MAX_PROPERTIES];
};

/* Indexes into the properties of each form. */
enum { ROOT_COMPATIBLE, ROOT_RELEASE, ROOT_SECURITY_VERSION };
enum { MACHINE_IOMMU, MACHINE_TPM, MACHINE_SMT, MACHINE_ROLLBACK_PROTECTION };
enum {
    PARTITION_ROLE,
    PARTITION_CORES,
    PARTITION_CORE_IDS,
    PARTITION_MEMORY_MIB,
    PARTITION_MEMORY_BASE,
    PARTITION_RESTART,
    PARTITION_RESTART_LIMIT,
    PARTITION_CONSOLE,
};
enum { IMAGE_FILE, IMAGE_SIZE, IMAGE_SHA384, KERNEL_FORMAT, KERNEL_COMMAND_LINE, KERNEL_ROOT_HASH_FILE };
enum { DEVICE_PCI, DEVICE_ID };

extern const struct node_form binding_root;
extern const struct node_form binding_machine;
extern const struct node_form binding_partitions;
extern const struct node_form binding_partition;
extern const struct node_form binding_kernel; /* begins with the properties of an image */
extern const struct node_form binding_initrd;
extern const struct node_form binding_device;

#endif
