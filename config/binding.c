/* SPDX-License-Identifier: Apache-2.0 */
/* The binding's tables: the allow-list of nodes and properties. */
#include "config/binding.h"

#include "config/system.h"

#define IMAGE_PROPERTIES                                                             \
    [IMAGE_FILE] = {"file", PROPERTY_STRING, PROPERTY_REQUIRED, 0, SYSTEM_FILE_MAX}, \
    [IMAGE_SIZE] = {"size", PROPERTY_WIDE, PROPERTY_OPTIONAL, 0, 0},                 \
    [IMAGE_SHA384] = {"sha384", PROPERTY_BYTES, PROPERTY_OPTIONAL, 0, SHA384_SIZE}

const struct node_form binding_root = {
    3,
    {
        [ROOT_COMPATIBLE] = {"compatible", PROPERTY_STRING, PROPERTY_REQUIRED, 0, 64},
        [ROOT_RELEASE] = {"release", PROPERTY_STRING, PROPERTY_REQUIRED, 0, SYSTEM_RELEASE_MAX},
        [ROOT_SECURITY_VERSION] = {"security-version", PROPERTY_CELLS, PROPERTY_REQUIRED, 1, 1},
    },
};

const struct node_form binding_machine = {
    4,
    {
        [MACHINE_IOMMU] = {"iommu", PROPERTY_STRING, PROPERTY_REQUIRED, 0, 64},
        [MACHINE_TPM] = {"tpm", PROPERTY_STRING, PROPERTY_REQUIRED, 0, 64},
        [MACHINE_SMT] = {"smt", PROPERTY_STRING, PROPERTY_OPTIONAL, 0, 64},
        [MACHINE_ROLLBACK_PROTECTION] = {"rollback-protection", PROPERTY_STRING, PROPERTY_OPTIONAL, 0, 64},
    },
};

const struct node_form binding_partitions = {0, {{0}}};

const struct node_form binding_partition = {
    8,
    {
        [PARTITION_ROLE] = {"role", PROPERTY_STRING, PROPERTY_OPTIONAL, 0, 64},
        [PARTITION_CORES] = {"cores", PROPERTY_CELLS, PROPERTY_OPTIONAL, 1, 1},
        [PARTITION_CORE_IDS] = {"core-ids", PROPERTY_CELLS, PROPERTY_OPTIONAL, 1, SYSTEM_MAX_CORES},
        [PARTITION_MEMORY_MIB] = {"memory-mib", PROPERTY_CELLS, PROPERTY_REQUIRED, 1, 1},
        [PARTITION_MEMORY_BASE] = {"memory-base", PROPERTY_WIDE, PROPERTY_OPTIONAL, 0, 0},
        [PARTITION_RESTART] = {"restart", PROPERTY_STRING, PROPERTY_REQUIRED, 0, 64},
        [PARTITION_RESTART_LIMIT] = {"restart-limit", PROPERTY_CELLS, PROPERTY_OPTIONAL, 2, 2},
        [PARTITION_CONSOLE] = {"console", PROPERTY_FLAG, PROPERTY_OPTIONAL, 0, 0},
    },
};

const struct node_form binding_kernel = {
    6,
    {
        IMAGE_PROPERTIES,
        [KERNEL_FORMAT] = {"format", PROPERTY_STRING, PROPERTY_OPTIONAL, 0, 64},
        [KERNEL_COMMAND_LINE] = {"command-line", PROPERTY_STRING, PROPERTY_OPTIONAL, 0, SYSTEM_COMMAND_LINE_MAX},
        [KERNEL_ROOT_HASH_FILE] = {"root-hash-file", PROPERTY_STRING, PROPERTY_OPTIONAL, 0, SYSTEM_FILE_MAX},
    },
};

const struct node_form binding_initrd = {3, {IMAGE_PROPERTIES}};

const struct node_form binding_device = {
    2,
    {
        [DEVICE_PCI] = {"pci", PROPERTY_STRING, PROPERTY_REQUIRED, 0, 64},
        [DEVICE_ID] = {"id", PROPERTY_CELLS, PROPERTY_REQUIRED, 2, 2},
    },
};
