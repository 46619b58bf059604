/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies the signature records of a signed file. */
#include "config/signature.h"

#include "core/lib/bytes.h"

#include <assert.h>
#include <string.h>

static_assert(SIGNATURE_BYTES_AT + CRYPTO_P384_SIGNATURE_SIZE == SIGNATURE_SIZE, "the first record is full");
static_assert(SIGNATURE_KEY_AT + CRYPTO_LMS_PUBLIC_SIZE == SIGNATURE_SECOND_BYTES_AT, "no hole before the LMS signature");

/* Where the signatures end and zeros fill the second record up to a multiple of 8. */
#define SECOND_PADDING_AT (SIGNATURE_SECOND_BYTES_AT + CRYPTO_LMS_SIGNATURE_SIZE)
/* The same between the P-384 key and its signature. */
#define PADDING_AT (SIGNATURE_KEY_AT + CRYPTO_P384_POINT_SIZE)

static const struct rule rule_record = {
    "SIG-018", "a signature record has the wrong form", "its fixed size, and zeros where nothing stands",
    "copy the file again, or sign it again"};
static const struct rule rule_algorithm = {
    "SIG-005", "the signature algorithm is not supported",
    "1 (ECDSA P-384 with SHA-384) in the first record, 2 (LMS) in the second",
    "sign with a P-384 key, and an LMS key beside it"};
static const struct rule rule_signature = {
    "SIG-008", "a signature does not match what it signs", "an unchanged file, signed by the key it names",
    "the file was altered or damaged: copy the signed original again"};

bool bytes_are_zero(const uint8_t *bytes, uint32_t size)
{
    uint8_t any = 0;
    for (uint32_t i = 0; i < size; i++)
        any |= bytes[i];
    return any == 0;
}

static bool check_record(const uint8_t *record, uint32_t algorithm, uint32_t size, const char *file,
                         struct report *report)
{
    uint32_t found = load_le32(record + SIGNATURE_ALGORITHM_AT);
    return report_unless(found == algorithm, report, &rule_algorithm, file, "%u", found) &&
           report_unless(load_le32(record + SIGNATURE_SIZE_AT) == size, report, &rule_record, file, "record size %u",
                         load_le32(record + SIGNATURE_SIZE_AT));
}

bool signatures_check_form(const uint8_t *records, bool second, const char *file, struct report *report)
{
    const uint8_t *lms = records + SIGNATURE_SIZE;
    if (!check_record(records, SIGNATURE_ALGORITHM_P384, SIGNATURE_SIZE, file, report) ||
        !report_unless(bytes_are_zero(records + PADDING_AT, SIGNATURE_BYTES_AT - PADDING_AT), report, &rule_record, file,
                       "bytes other than zero behind the key"))
        return false;
    return !second || (check_record(lms, SIGNATURE_ALGORITHM_LMS, SIGNATURE_SECOND_SIZE, file, report) &&
                       report_unless(bytes_are_zero(lms + SECOND_PADDING_AT, SIGNATURE_SECOND_SIZE - SECOND_PADDING_AT),
                                     report, &rule_record, file, "bytes other than zero behind the LMS signature"));
}

void signatures_key_ids(const uint8_t *records, bool second, uint8_t id[CRYPTO_SHA384_SIZE],
                        uint8_t second_id[CRYPTO_SHA384_SIZE])
{
    crypto_sha384(records + SIGNATURE_KEY_AT, CRYPTO_P384_POINT_SIZE, id);
    memset(second_id, 0, CRYPTO_SHA384_SIZE);
    if (second)
        crypto_sha384(records + SIGNATURE_SIZE + SIGNATURE_KEY_AT, CRYPTO_LMS_PUBLIC_SIZE, second_id);
}

bool signatures_hold(const uint8_t *records, bool second, const uint8_t digest[CRYPTO_SHA384_SIZE], const char *file,
                     struct report *report)
{
    const uint8_t *lms = records + SIGNATURE_SIZE;
    return report_unless(crypto_p384_verify(records + SIGNATURE_KEY_AT, digest, records + SIGNATURE_BYTES_AT), report,
                         &rule_signature, file, "an altered file, or a P-384 signature of something else") &&
           (!second ||
            report_unless(crypto_lms_verify(lms + SIGNATURE_KEY_AT, digest, lms + SIGNATURE_SECOND_BYTES_AT), report,
                          &rule_signature, file, "an altered file, or an LMS signature of something else"));
}
