/* SPDX-License-Identifier: Apache-2.0 */
/* The key manifest (keys.bkm): which keys may sign configurations, signed by the offline root key. One fixed header, entries of
 * one size, the signatures. docs/container.md gives the layout byte by byte. Pure. */
#ifndef CONFIG_MANIFEST_H
#define CONFIG_MANIFEST_H

#include "config/signature.h"
#include "core/lib/trust.h"

#include <stddef.h>

#define MANIFEST_FILE "keys.bkm"
#define MANIFEST_MAGIC "BULKKEYS"
#define MANIFEST_REVISION 1u
#define MANIFEST_HEADER_SIZE 160u
#define MANIFEST_ENTRY_SIZE 64u
#define MANIFEST_MAX_ENTRIES 128u
#define MANIFEST_MAX_SIZE \
    (MANIFEST_HEADER_SIZE + MANIFEST_MAX_ENTRIES * MANIFEST_ENTRY_SIZE + SIGNATURE_SIZE + SIGNATURE_SECOND_SIZE)

/* Header flags. Unknown ones are refused. */
#define MANIFEST_FLAG_SECOND 1u /* signed by an LMS root key, too */

enum manifest_kind {
    MANIFEST_KEY = 1,               /* may sign configurations: P-384 */
    MANIFEST_SECOND_KEY,            /* may sign configurations beside a P-384 key: LMS */
    MANIFEST_REVOKED_KEY,           /* must not, of either kind */
    MANIFEST_REVOKED_CONFIGURATION, /* must not start; the id is the configuration's digest */
};

/* What stands in a verified manifest; `entries` leads into the caller's buffer. */
struct manifest {
    bool present; /* false: keys are trusted directly, and nothing below means anything */
    uint64_t version;
    uint32_t security_version; /* counts like a configuration's: it rises when an older manifest must not be used again */
    uint64_t not_before, not_after; /* seconds since 1970. The machine does not enforce them: it has no clock to believe */
    uint32_t entry_count;
    const uint8_t *entries;
    uint8_t digest[CRYPTO_SHA384_SIZE]; /* over header and entries: what was signed, what will be measured */
    bool second; /* signed by an LMS root key, too */
    uint8_t key_id[CRYPTO_SHA384_SIZE]; /* the root keys' */
    uint8_t second_key_id[CRYPTO_SHA384_SIZE];
};

/* Checks form, root keys against the image's trust section, signatures, and only then the content. *manifest is meaningful
 * only when it returns true. Needs crypto_init(). */
bool manifest_verify(const uint8_t *bytes, size_t size, const struct trust *trust, struct manifest *manifest,
                     struct report *report);

/* Reads the layout of a manifest without believing it: for tools that show or sign one. The digest is computed, signatures and
 * content are not checked. False with findings when the layout itself is wrong. */
bool manifest_inspect(const uint8_t *bytes, size_t size, struct manifest *manifest, struct report *report);

/* True when an entry of this kind has this id. */
bool manifest_lists(const struct manifest *manifest, enum manifest_kind kind, const uint8_t id[CRYPTO_SHA384_SIZE]);

/* Entry `index` < entry_count. */
enum manifest_kind manifest_entry_kind(const struct manifest *manifest, uint32_t index);
const uint8_t *manifest_entry_id(const struct manifest *manifest, uint32_t index);

/* What manifest_write is told. Entries in any order. Hosted from here on. */
struct manifest_entry {
    enum manifest_kind kind;
    uint8_t id[CRYPTO_SHA384_SIZE];
};
struct manifest_facts {
    uint64_t version;
    uint32_t security_version;
    uint64_t not_before, not_after;
    uint32_t entry_count; /* at most MANIFEST_MAX_ENTRIES */
    struct manifest_entry entries[MANIFEST_MAX_ENTRIES];
};

/* The size of a manifest in bytes. */
uint32_t manifest_size(uint32_t entry_count, bool second);

/* Lays out a manifest without its signatures in `bytes`, which has room for manifest_size(), sorts the entries, and gives the
 * digest to sign. `second_key` is NULL where there is no LMS root key. */
void manifest_write(const struct manifest_facts *facts, const uint8_t key[CRYPTO_P384_POINT_SIZE], const uint8_t *second_key,
                    uint8_t *bytes, uint8_t digest[CRYPTO_SHA384_SIZE]);

/* Where the signature records stand in a manifest whose layout is right. */
uint8_t *manifest_records(uint8_t *bytes);

#endif
