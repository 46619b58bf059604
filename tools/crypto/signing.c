/* SPDX-License-Identifier: Apache-2.0 */
/* Signs laid-out files. LMS comes last, so that nothing that can fail before it costs a leaf. */
#include "tools/crypto/signing.h"

#include "tools/crypto/lms_key.h"

#include <stdio.h>

static const struct rule rule_second_signature = {
    "TOOL-734", "the file's two records and the given signatures do not go together",
    "--attach-second or --second-key exactly where the file was laid out for an LMS key",
    "lay the file out again with --digest-out, or give the second signature"};

bool signing_keys_read(const struct signing_options *options, struct signing_keys *keys, struct report *report)
{
    *keys = (struct signing_keys){.second = options->second_key != NULL};
    return key_read(options->key, &keys->key, report) &&
           (!keys->second || lms_read_public(options->second_key, keys->second_key, report));
}

void signing_keys_wipe(struct signing_keys *keys)
{
    key_wipe(&keys->key);
}

const uint8_t *signing_second_key(const struct signing_keys *keys)
{
    return keys->second ? keys->second_key : NULL;
}

static bool sign_second(const char *path, uint8_t *records, const uint8_t digest[CRYPTO_SHA384_SIZE], struct report *report)
{
    uint8_t signature[CRYPTO_LMS_SIGNATURE_SIZE];
    uint32_t left;
    if (!lms_sign(path, digest, signature, &left, report))
        return false;
    signature_attach_second(records, signature);
    fprintf(stderr, "%s: %u signatures left\n", path, left);
    return true;
}

bool signing_finish(const struct signing_options *options, const struct signing_keys *keys, uint8_t *records,
                    const uint8_t digest[CRYPTO_SHA384_SIZE], enum file_policy policy, struct report *report)
{
    if (options->digest_out != NULL)
        return file_write(options->digest_out, digest, CRYPTO_SHA384_SIZE, 0644, policy, report);
    uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE];
    if (!key_sign(&keys->key, digest, signature, report))
        return false;
    signature_attach(records, signature);
    return !keys->second || sign_second(options->second_key, records, digest, report);
}

static bool attach_second(const struct signing_options *options, uint8_t *records, const uint8_t digest[CRYPTO_SHA384_SIZE],
                          struct report *report)
{
    uint8_t signature[CRYPTO_LMS_SIGNATURE_SIZE];
    if (options->second_key != NULL)
        return sign_second(options->second_key, records, digest, report);
    if (!lms_read_signature(options->attach_second, signature, report))
        return false;
    signature_attach_second(records, signature);
    return true;
}

bool signing_attach(const struct signing_options *options, uint8_t *records, bool second,
                    const uint8_t digest[CRYPTO_SHA384_SIZE], struct report *report)
{
    struct file_bytes file;
    uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE];
    bool given = options->attach_second != NULL || options->second_key != NULL;
    if (!report_unless(given == second, report, &rule_second_signature, options->attach,
                       "%s second signature, %s second record", given ? "a" : "no", second ? "a" : "no") ||
        !file_read(options->attach, KEY_FILE_MAX, &file, report))
        return false;
    bool good = signature_read(file.data, file.size, options->attach, signature, report);
    file_bytes_free(&file);
    if (!good)
        return false;
    signature_attach(records, signature);
    return !second || attach_second(options, records, digest, report);
}
