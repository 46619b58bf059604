/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's events in PCR 4 and 7. */
#include "tools/predict/firmware.h"

#include "core/lib/bytes.h"
#include "core/lib/cursor.h"
#include "tools/common/memory.h"

#include <stdlib.h>
#include <string.h>

#define PCR_BOOT_CODE 4u
#define PCR_SECURE_BOOT 7u
#define EV_EFI_VARIABLE_DRIVER_CONFIG 0x80000001u
#define EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003u
#define EV_EFI_ACTION 0x80000007u
#define EV_EFI_VARIABLE_AUTHORITY 0x800000e0u
#define ACTION "Calling EFI Application from Boot Option"

#define GUID_SIZE 16u
#define LIST_HEADER 28u    /* EFI_SIGNATURE_LIST: type, size of list, of header, of an entry (UEFI 2.10, 32.4.1) */
#define VARIABLE_HEADER 32u /* UEFI_VARIABLE_DATA: guid, length of the name, size of the data */

static const uint8_t global_guid[GUID_SIZE] = {0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
                                               0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c};
static const uint8_t database_guid[GUID_SIZE] = {0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
                                                 0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f};
static const uint8_t x509_guid[GUID_SIZE] = {0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
                                             0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};

static const struct rule rule_bad_list = {
    "TOOL-793", "a Secure Boot variable is no list of signatures", "EFI signature lists, as 'bulkhead sb-keys' makes them",
    "give the .esl files that were enrolled"};
static const struct rule rule_no_authority = {
    "TOOL-794", "it cannot be told which key in db lets the image start",
    "an image signed by one of db's certificates; or one certificate in db, for an unsigned image",
    "give the signed image: EFI/BOOT/BOOTX64.EFI of 'bulkhead bundle --sb-key'"};
/* The digest of a variable's event is over UEFI_VARIABLE_DATA: guid, lengths, UTF-16 name without its end, data. */
static bool add_variable(struct prediction *prediction, uint32_t type, const uint8_t guid[GUID_SIZE], const char *name,
                         const uint8_t *data, size_t size)
{
    size_t length = strlen(name), whole = VARIABLE_HEADER + 2 * length + size;
    uint8_t *event = memory_grow(NULL, whole);
    struct pcr_digests digests;
    memcpy(event, guid, GUID_SIZE);
    store_le64(event + 16, length);
    store_le64(event + 24, size);
    for (size_t i = 0; i < length; i++)
        store_le16(event + VARIABLE_HEADER + 2 * i, (uint8_t)name[i]);
    if (size > 0)
        memcpy(event + VARIABLE_HEADER + 2 * length, data, size);
    pcr_hash(event, whole, &digests);
    free(event);
    return prediction_add_digests(prediction, PCR_SECURE_BOOT, type, &digests);
}

static bool add_hashed(struct prediction *prediction, uint32_t pcr, uint32_t type, const void *data, size_t size)
{
    struct pcr_digests digests;
    pcr_hash(data, size, &digests);
    return prediction_add_digests(prediction, pcr, type, &digests);
}

static bool separate(struct prediction *prediction, uint32_t pcr)
{
    static const uint8_t zeros[4];
    return add_hashed(prediction, pcr, EV_SEPARATOR, zeros, sizeof zeros);
}

/* One entry of a signature list: EFI_SIGNATURE_DATA, that is the owner's guid and what it vouches for. */
struct entry {
    const uint8_t *data;
    uint32_t size;
    bool x509;
};

/* Calls `visit` for every entry of the lists. False: this is no list. */
static bool walk_lists(const struct firmware_variable *variable, void (*visit)(void *context, const struct entry *entry),
                       void *context)
{
    struct cursor cursor = cursor_over(variable->data, variable->size);
    while (cursor_left(&cursor) > 0) {
        const uint8_t *type = cursor_take(&cursor, GUID_SIZE);
        uint32_t list_size = cursor_u32(&cursor), header = cursor_u32(&cursor), size = cursor_u32(&cursor);
        if (type == NULL || cursor.overrun || size <= GUID_SIZE || list_size < LIST_HEADER ||
            header > list_size - LIST_HEADER || (list_size - LIST_HEADER - header) % size != 0)
            return false;
        cursor_skip(&cursor, header);
        for (uint32_t left = list_size - LIST_HEADER - header; left > 0; left -= size) {
            struct entry entry = {cursor_take(&cursor, size), size, memcmp(type, x509_guid, GUID_SIZE) == 0};
            if (entry.data == NULL)
                return false;
            visit(context, &entry);
        }
    }
    return !cursor.overrun;
}

static void ignore(void *context, const struct entry *entry)
{
    (void)context;
    (void)entry;
}

/* Looks for the entry whose certificate the image's signature carries; the first one in db decides, as in EDK II. */
struct search {
    const struct pe_image *image;
    struct entry found, last;
    uint32_t count;
};

static void look_at(void *context, const struct entry *entry)
{
    struct search *search = context;
    const struct pe_image *image = search->image;
    search->count++;
    search->last = *entry;
    if (search->found.data == NULL && entry->x509 && image->certificates != NULL &&
        memmem(image->certificates, image->certificates_size, entry->data + GUID_SIZE, entry->size - GUID_SIZE) != NULL)
        search->found = *entry;
}

static bool add_authority(struct prediction *prediction, const struct pe_image *image, const struct firmware_variable *db,
                          struct report *report)
{
    struct search search = {.image = image};
    walk_lists(db, look_at, &search);
    if (image->certificates == NULL && search.count == 1 && search.last.x509)
        search.found = search.last;
    if (search.found.data == NULL) {
        report_add(report, &rule_no_authority, "db", "%u entries; the image is %s", search.count,
                   image->certificates == NULL ? "unsigned" : "signed with another key");
        return false;
    }
    return add_variable(prediction, EV_EFI_VARIABLE_AUTHORITY, database_guid, "db", search.found.data, search.found.size);
}

static bool add_secure_boot(struct prediction *prediction, const struct firmware_keys *keys, struct report *report)
{
    static const uint8_t on = 1;
    const struct {
        const char *name;
        const uint8_t *guid;
        const struct firmware_variable *variable;
    } variables[] = {{"PK", global_guid, &keys->pk},
                     {"KEK", global_guid, &keys->kek},
                     {"db", database_guid, &keys->db},
                     {"dbx", database_guid, &keys->dbx}};
    bool good = add_variable(prediction, EV_EFI_VARIABLE_DRIVER_CONFIG, global_guid, "SecureBoot", &on, sizeof on);
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const struct firmware_variable *variable = variables[i].variable;
        if (!walk_lists(variable, ignore, NULL)) {
            report_add(report, &rule_bad_list, variables[i].name, "%zu bytes of another form", variable->size);
            return false;
        }
        good = good && add_variable(prediction, EV_EFI_VARIABLE_DRIVER_CONFIG, variables[i].guid, variables[i].name,
                                    variable->data, variable->size);
    }
    return good && separate(prediction, PCR_SECURE_BOOT);
}

bool firmware_predict(struct prediction *prediction, const struct pe_image *image, const struct firmware_keys *keys,
                      struct report *report)
{
    return (keys == NULL || add_secure_boot(prediction, keys, report)) &&
           add_hashed(prediction, PCR_BOOT_CODE, EV_EFI_ACTION, ACTION, strlen(ACTION)) &&
           separate(prediction, PCR_BOOT_CODE) &&
           (keys == NULL || add_authority(prediction, image, &keys->db, report)) &&
           prediction_add_digests(prediction, PCR_BOOT_CODE, EV_EFI_BOOT_SERVICES_APPLICATION, &image->digests);
}
