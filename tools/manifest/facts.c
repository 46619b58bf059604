/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the facts of a key manifest from options and files. */
#include "tools/manifest/facts.h"

#include "config/container.h"
#include "core/lib/calendar.h"
#include "tools/common/file.h"
#include "tools/crypto/key.h"
#include "tools/crypto/lms_key.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct rule rule_id = {
    "TOOL-741", "this names no key or configuration", "a file that holds it, or its id: 96 hexadecimal digits",
    "name the file, or copy the id that 'keygen' or 'verify' printed"};
static const struct rule rule_date = {
    "TOOL-742", "this is no date", "YYYY-MM-DD, or seconds since 1970", "correct --from or --until"};
static const struct rule rule_number = {
    "TOOL-743", "this is no version", "0 to 4294967295, in decimal", "correct --version or --security-version"};

static_assert(4 * OPTION_LIST_MAX <= MANIFEST_MAX_ENTRIES, "whatever the four options name has room");

static bool read_number(const char *text, uint64_t most, uint64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *number <= most;
}

static bool read_version(const char *option, const char *text, uint64_t *number, struct report *report)
{
    return report_unless(read_number(text, UINT32_MAX, number), report, &rule_number, option, "%s", text);
}

static bool read_date(const char *option, const char *text, uint64_t *seconds, struct report *report)
{
    struct calendar date = {0};
    char behind;
    if (read_number(text, INT64_MAX, seconds))
        return true;
    bool good = sscanf(text, "%4u-%2u-%2u%c", &date.year, &date.month, &date.day, &behind) == 3 && date.year >= 1970;
    if (good) {
        *seconds = calendar_to_seconds(&date);
        struct calendar again = calendar_from_seconds(*seconds); /* the 31st of February comes back as another day */
        good = again.month == date.month && again.day == date.day;
    }
    return report_unless(good, report, &rule_date, option, "%s", text);
}

static bool read_hex(const char *text, uint8_t id[CRYPTO_SHA384_SIZE])
{
    if (strlen(text) != 2 * CRYPTO_SHA384_SIZE || strspn(text, "0123456789abcdefABCDEF") != 2 * CRYPTO_SHA384_SIZE)
        return false;
    for (size_t i = 0; i < CRYPTO_SHA384_SIZE; i++) {
        unsigned byte;
        sscanf(text + 2 * i, "%2x", &byte);
        id[i] = (uint8_t)byte;
    }
    return true;
}

static bool read_key(const char *path, uint8_t id[CRYPTO_SHA384_SIZE], struct report *report)
{
    struct key key;
    bool good = key_read(path, &key, report);
    if (good)
        key_id(&key, id);
    key_wipe(&key);
    return good;
}

static bool read_second_key(const char *path, uint8_t id[CRYPTO_SHA384_SIZE], struct report *report)
{
    uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE];
    bool good = lms_read_public(path, public_key, report);
    if (good)
        lms_key_id(public_key, id);
    return good;
}

static bool read_any_key(const char *word, uint8_t id[CRYPTO_SHA384_SIZE], struct report *report)
{
    struct report doubts;
    report_init(&doubts);
    return report_unless(read_hex(word, id) || read_key(word, id, &doubts) || read_second_key(word, id, &doubts), report,
                         &rule_id, word, "neither a key's file nor an id");
}

static bool read_configuration(const char *word, uint8_t id[CRYPTO_SHA384_SIZE], struct report *report)
{
    struct container container;
    struct file_bytes file;
    if (read_hex(word, id))
        return true;
    bool good = file_read(word, CONTAINER_MAX_SIZE, &file, report) &&
                container_inspect(file.data, file.size, &container, report);
    if (good)
        memcpy(id, container.digest, CRYPTO_SHA384_SIZE);
    file_bytes_free(&file);
    return good;
}

/* Adds an entry of this kind for each word. */
static bool add_entries(const struct option_list *words, enum manifest_kind kind,
                        bool (*read)(const char *word, uint8_t id[CRYPTO_SHA384_SIZE], struct report *report),
                        struct manifest_facts *facts, struct report *report)
{
    for (size_t i = 0; i < words->count; i++) {
        struct manifest_entry *entry = &facts->entries[facts->entry_count++];
        entry->kind = kind;
        if (!read(words->values[i], entry->id, report))
            return false;
    }
    return true;
}

bool manifest_facts_read(const struct manifest_words *words, struct manifest_facts *facts, struct report *report)
{
    uint64_t security_version = 0;
    *facts = (struct manifest_facts){0};
    bool good = read_version("--version", words->version, &facts->version, report) &&
                read_version("--security-version", words->security_version, &security_version, report) &&
                read_date("--from", words->from, &facts->not_before, report) &&
                read_date("--until", words->until, &facts->not_after, report) &&
                add_entries(&words->allow, MANIFEST_KEY, read_key, facts, report) &&
                add_entries(&words->allow_second, MANIFEST_SECOND_KEY, read_second_key, facts, report) &&
                add_entries(&words->revoke, MANIFEST_REVOKED_KEY, read_any_key, facts, report) &&
                add_entries(&words->revoke_configuration, MANIFEST_REVOKED_CONFIGURATION, read_configuration, facts, report);
    facts->security_version = (uint32_t)security_version;
    return good;
}
