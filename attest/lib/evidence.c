/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence from JSON. */
#include "attest/lib/evidence.h"

#include "attest/lib/json_read.h"

#include <stdlib.h>
#include <string.h>

static const struct rule rule_values = {
    "ATT-908", "the register values are not what they should be", "the same registers, 0 to 23, in sha256 and sha384",
    "use an agent of the same release as the verifier"};
static const struct rule rule_memory = {
    "ATT-909", "there is no memory for this", "room for the log", "give the verifier more memory"};

/* "0" to "23", in decimal without leading zeroes; PCR_COUNT: something else. */
static uint32_t register_number(const char *text)
{
    for (uint32_t pcr = 0; pcr < PCR_COUNT; pcr++) {
        char name[3] = {(char)('0' + pcr / 10), (char)('0' + pcr % 10), '\0'};
        if (strcmp(pcr < 10 ? name + 1 : name, text) == 0)
            return pcr;
    }
    return PCR_COUNT;
}

static bool read_bank(const json_t *pcrs, const char *bank, uint8_t *values, size_t size, uint32_t *mask,
                      struct report *report)
{
    const char *name;
    json_t *value;
    const json_t *object = json_read_inner(pcrs, bank, JSON_OBJECT, PCR_COUNT, report);
    *mask = 0;
    if (object == NULL)
        return false;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        uint32_t pcr = register_number(name);
        if (!report_unless(pcr < PCR_COUNT && json_is_string(value) &&
                               evidence_hex(json_string_value(value), json_string_length(value), values + pcr * size, size),
                           report, &rule_values, bank, "register %s",
                           json_printable(name)))
            return false;
        *mask |= 1u << pcr;
    }
    return true;
}

bool evidence_pcrs_from_json(const json_t *pcrs, struct pcr_banks *values, struct pcr_selection *selection,
                             struct report *report)
{
    static const char *const banks[] = {"sha256", "sha384", NULL};
    memset(values, 0, sizeof *values);
    return json_read_only(pcrs, "pcrs", banks, report) &&
           read_bank(pcrs, "sha256", values->sha256[0], HASH_SHA256_SIZE, &selection->sha256, report) &&
           read_bank(pcrs, "sha384", values->sha384[0], HASH_SHA384_SIZE, &selection->sha384, report) &&
           report_unless(selection->sha256 == selection->sha384, report, &rule_values, "pcrs", "0x%06x and 0x%06x",
                         selection->sha256, selection->sha384);
}

/* The log goes to the heap, as large as its text says and no larger. */
static bool read_log(const json_t *json, struct evidence *evidence, struct report *report)
{
    size_t most = json_string_length(json_object_get(json, "log")) / 4 * 3, size;
    if (most > EVENTLOG_SIZE_MAX)
        most = EVENTLOG_SIZE_MAX;
    evidence->log = malloc(most + 1);
    if (!report_unless(evidence->log != NULL, report, &rule_memory, "log", "%zu bytes", most) ||
        !json_read_base64(json, "log", evidence->log, most, &size, report))
        return false;
    evidence->log_size = (uint32_t)size;
    return true;
}

static bool read_bytes(const json_t *json, const char *member, uint8_t *bytes, size_t most, uint16_t *size,
                       struct report *report)
{
    size_t got;
    bool good = json_read_base64(json, member, bytes, most, &got, report);
    *size = (uint16_t)got;
    return good;
}

static bool read_boot(const json_t *json, struct evidence *evidence, struct report *report)
{
    uint8_t bytes[EVIDENCE_BOOT_DIGITS / 2];
    if (!json_read_hex(json, "boot", bytes, sizeof bytes, report))
        return false;
    hash_to_hex(bytes, sizeof bytes, evidence->boot);
    return true;
}

bool evidence_from_json(const json_t *json, struct evidence *evidence, struct report *report)
{
    static const char *const members[] = {"boot", "attest", "signature", "pcrs", "log_offset", "log", NULL};
    memset(evidence, 0, sizeof *evidence);
    if (!json_is_object(json)) /* a missing member reads as NULL: say so like of any other */
        return json_read_inner(json, "evidence", JSON_OBJECT, 0, report) != NULL;
    bool good = json_read_only(json, "evidence", members, report) && read_boot(json, evidence, report) &&
                read_bytes(json, "attest", evidence->attest, sizeof evidence->attest, &evidence->attest_size, report) &&
                read_bytes(json, "signature", evidence->signature, sizeof evidence->signature, &evidence->signature_size,
                           report) &&
                json_read_number(json, "log_offset", EVENTLOG_SIZE_MAX, &evidence->log_offset, report);
    const json_t *pcrs = good ? json_read_inner(json, "pcrs", JSON_OBJECT, 2, report) : NULL;
    good = good && pcrs != NULL && evidence_pcrs_from_json(pcrs, &evidence->values, &evidence->pcrs, report) &&
           read_log(json, evidence, report);
    if (!good)
        evidence_free(evidence);
    return good;
}

bool evidence_parse(const char *text, size_t size, struct evidence *evidence, struct report *report)
{
    json_t *json = json_read_object(text, size, EVIDENCE_JSON_MAX, "evidence", report);
    memset(evidence, 0, sizeof *evidence);
    if (json == NULL)
        return false;
    bool good = evidence_from_json(json, evidence, report);
    json_decref(json);
    return good;
}

void evidence_free(struct evidence *evidence)
{
    free(evidence->log);
    evidence->log = NULL;
    evidence->log_size = 0;
}
