/* SPDX-License-Identifier: Apache-2.0 */
/* A TPM key's public area (TPM 2.0 Library part 2, 12.2): attestation keys that can only sign what the TPM says about itself,
 * and endorsement keys after the TCG's templates. Anything else is refused. */
#ifndef ATTEST_LIB_PUBLIC_H
#define ATTEST_LIB_PUBLIC_H

#include "attest/lib/hash.h"
#include "core/lib/report.h"

#include <stdbool.h>
#include <stdint.h>

#define PUBLIC_SIZE_MAX 1024u /* of a TPM2B_PUBLIC */
#define PUBLIC_NAME_MAX (2u + HASH_MAX_SIZE)
#define PUBLIC_RSA_SIZE 256u

enum public_kind { PUBLIC_RSA2048, PUBLIC_P256, PUBLIC_P384 };

struct public_name {
    uint16_t size;
    uint8_t bytes[PUBLIC_NAME_MAX]; /* algorithm (big-endian), digest of the TPMT_PUBLIC */
};

struct public_key {
    enum public_kind kind;
    uint16_t name_algorithm; /* TPM_ALG_SHA256 or TPM_ALG_SHA384 */
    struct public_name name;
    uint16_t size;      /* of a coordinate, or of the modulus */
    uint8_t x[48];      /* P-256, P-384: big-endian, `size` bytes, a point on the curve */
    uint8_t y[48];
    uint8_t modulus[PUBLIC_RSA_SIZE];
    uint32_t exponent;
    uint16_t symmetric_bits; /* an EK's storage cipher: AES 128 or 256, CFB; 0: none */
};

/* Reads the TPM2B_PUBLIC of an attestation key: ECDSA on P-256 with SHA-256 or P-384 with SHA-384, named by SHA-256 or
 * SHA-384, restricted, sign, fixedTPM, fixedParent, sensitiveDataOrigin, not decrypt. userWithAuth, adminWithPolicy and noDA
 * are its own affair; every other attribute is refused. False with a finding (where = "ak_public"). */
bool public_read_ak(const uint8_t *bytes, size_t size, struct public_key *key, struct report *report);

/* Reads the TPM2B_PUBLIC of an endorsement key: one of the templates L-1, L-2 (AES 128, SHA-256; RSA 2048, P-256) and H-3
 * (P-384, AES 256, SHA-384), or H-1, H-2 (the high range's RSA 2048 and P-256) of the TCG EK Credential Profile 2.5,
 * annex B, written in one way alone: exponent 0, coordinates with their leading zeroes. The caller compares the key with the
 * EK certificate's. False with a finding (where = "ek_public"). */
bool public_read_ek(const uint8_t *bytes, size_t size, struct public_key *key, struct report *report);

/* The qualified name of a primary key (TPM 2.0 Library part 1, 16.1): H(hierarchy handle || name). */
void public_qualify_primary(const struct public_key *key, uint32_t hierarchy, struct public_name *qualified);
/* ... and of a child of a key with this qualified name: H(parent's qualified name || name). */
void public_qualify_child(const struct public_key *key, const struct public_name *parent, struct public_name *qualified);

#define PUBLIC_HIERARCHY_OWNER 0x40000001u       /* TPM_RH_OWNER */
#define PUBLIC_HIERARCHY_ENDORSEMENT 0x4000000bu /* TPM_RH_ENDORSEMENT */

bool public_name_equal(const struct public_name *a, const struct public_name *b);

#endif
