/* SPDX-License-Identifier: Apache-2.0 */
/* release.json: what the verifier is told of a release (docs/attestation.md). */
#ifndef TOOLS_PREDICT_RELEASE_H
#define TOOLS_PREDICT_RELEASE_H

#include "tools/crypto/key.h"
#include "tools/predict/predict.h"

#include <stddef.h>

struct release_options {
    const char *policy;       /* JSON object in place of the default policy; NULL: the default */
    const char *sbom;         /* bill of materials, of which the digest is named; NULL: none */
    const char *machine_name; /* how the release calls the described machine; NULL: as its file is called */
};

/* The text of release.json, which ends with a newline; the same prediction and options give the same bytes. It is read back as
 * the verifier reads it: what a verifier would refuse is a finding here. NULL with findings; the caller frees it. */
char *release_make(const struct predict_options *options, const struct predict *predict,
                   const struct release_options *release, struct report *report);

/* release.json.sig: ECDSA P-384 over the SHA-384 of the text, deterministic (RFC 6979). */
bool release_sign(const char *text, const struct key *key, uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE],
                  struct report *report);

/* Checks a release and its signature as the verifier does at import, and gives its name. */
bool release_check(const char *path, const struct key *key, char *name, size_t name_size, struct report *report);

#endif
