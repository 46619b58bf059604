/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates as the TPM's maker leaves them: DER, one behind the other, with whatever fills the rest of the index. */
#ifndef ATTEST_AGENT_CERTIFICATES_H
#define ATTEST_AGENT_CERTIFICATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tss2/tss2_tpm2_types.h>

#define CERTIFICATES_MAX 8u
#define CERTIFICATE_MAX_SIZE ((size_t)4096)

struct certificate {
    size_t size;
    uint8_t der[CERTIFICATE_MAX_SIZE];
};
struct certificates {
    uint32_t count;
    struct certificate list[CERTIFICATES_MAX]; /* the endorsement key's own first */
};

/* The whole length of the DER SEQUENCE that begins at `bytes` (X.690, 8.1.3), or 0 when there is none within `size`. */
size_t certificate_length(const uint8_t *bytes, size_t size);

/* Adds every certificate that `bytes` holds, up to the first bytes that begin none. False when one is too large or there
 * are too many; those before it are kept. */
bool certificates_add(struct certificates *certificates, const uint8_t *bytes, size_t size);

enum certificate_match { CERTIFICATE_MATCHES, CERTIFICATE_DIFFERS, CERTIFICATE_UNREADABLE };

/* Is it for this key? UNREADABLE: an encoding that this library does not know; the verifier may. */
enum certificate_match certificate_matches(const struct certificate *certificate, const TPMT_PUBLIC *key);

#endif
