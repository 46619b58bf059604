/* SPDX-License-Identifier: Apache-2.0 */
/* Where everything stands in a key manifest: shared by the verifier and the writer. docs/container.md is the table. */
#ifndef CONFIG_MANIFEST_LAYOUT_H
#define CONFIG_MANIFEST_LAYOUT_H

#include "config/manifest.h"

/* Byte offsets of the header's fields. */
enum manifest_field {
    MANIFEST_MAGIC_AT = 0,
    MANIFEST_REVISION_AT = 8,
    MANIFEST_HEADER_SIZE_AT = 12,
    MANIFEST_TOTAL_SIZE_AT = 16,
    MANIFEST_SECURITY_VERSION_AT = 20,
    MANIFEST_FLAGS_AT = 24,
    MANIFEST_ENTRY_COUNT_AT = 28,
    MANIFEST_VERSION_AT = 32,
    MANIFEST_NOT_BEFORE_AT = 40,
    MANIFEST_NOT_AFTER_AT = 48,
    MANIFEST_ZERO_AT = 56,
    MANIFEST_KEY_ID_AT = 64,
    MANIFEST_SECOND_KEY_ID_AT = 112,
};

/* ... and of an entry's. */
enum manifest_entry_field {
    MANIFEST_ENTRY_KIND_AT = 0,
    MANIFEST_ENTRY_ZERO_AT = 4,
    MANIFEST_ENTRY_ID_AT = 16,
};

#endif
