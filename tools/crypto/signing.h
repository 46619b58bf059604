/* SPDX-License-Identifier: Apache-2.0 */
/* Signing a laid-out file, at once or detached: what `bulkhead sign` and `bulkhead manifest` have in common. */
#ifndef TOOLS_CRYPTO_SIGNING_H
#define TOOLS_CRYPTO_SIGNING_H

#include "config/signature.h"
#include "tools/common/file.h"
#include "tools/crypto/key.h"

/* The options; NULL: not given. `key` and `second_key` sign, or with `digest_out` only give their public halves; `attach` and
 * `attach_second` are signatures made elsewhere. */
struct signing_options {
    const char *key, *second_key;
    const char *digest_out;
    const char *attach, *attach_second;
};
#define SIGNING_DETACHED_OPTIONS(signing) \
    {.name = "digest-out", .argument = "FILE", .help = "do not sign: write the 48-byte digest to FILE", \
     .value = &(signing).digest_out}, \
    {.name = "attach", .argument = "SIGNATURE", .help = "put this signature (raw or DER) into a file that waits for it", \
     .value = &(signing).attach}, \
    {.name = "attach-second", .argument = "SIGNATURE", .help = "... and this LMS signature (1,452 bytes)", \
     .value = &(signing).attach_second}

struct signing_keys {
    struct key key;
    bool second;
    uint8_t second_key[CRYPTO_LMS_PUBLIC_SIZE];
};

/* Reads the keys that the options name. The caller wipes them with signing_keys_wipe(). */
bool signing_keys_read(const struct signing_options *options, struct signing_keys *keys, struct report *report);
void signing_keys_wipe(struct signing_keys *keys);

/* The LMS public key as signatures_write() wants it: NULL where there is none. */
const uint8_t *signing_second_key(const struct signing_keys *keys);

/* Signs `digest` into `records`, or writes it to --digest-out for someone else to sign. */
bool signing_finish(const struct signing_options *options, const struct signing_keys *keys, uint8_t *records,
                    const uint8_t digest[CRYPTO_SHA384_SIZE], enum file_policy policy, struct report *report);

/* Puts --attach into `records`, and --attach-second or a new signature by --second-key where there is a second record. The
 * caller verifies the result. */
bool signing_attach(const struct signing_options *options, uint8_t *records, bool second,
                    const uint8_t digest[CRYPTO_SHA384_SIZE], struct report *report);

#endif
