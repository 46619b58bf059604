/* SPDX-License-Identifier: Apache-2.0 */
/* Public areas: reading and naming. */
#include "attest/lib/public.h"

#include "attest/lib/ecdsa.h"
#include "attest/lib/wire.h"

#include <string.h>

static const struct rule rule_form = {
    "ATT-900", "this is no public area of a TPM key that is used here",
    "a TPM2B_PUBLIC: ECC on P-256 or P-384, or RSA 2048, nothing left over", "let the agent read the key from the TPM again"};
static const struct rule rule_ak_attributes = {
    "ATT-901", "the attestation key could be used for something else, or elsewhere",
    "restricted, sign, fixedTPM, fixedParent, sensitiveDataOrigin; not decrypt", "let the agent make its key anew"};
static const struct rule rule_ak_scheme = {
    "ATT-902", "the attestation key signs in another way", "ECDSA: P-256 with SHA-256, or P-384 with SHA-384",
    "let the agent make its key anew"};
static const struct rule rule_ek_template = {
    "ATT-903", "the endorsement key is none of the TCG's templates",
    "L-1, L-2, H-1, H-2 or H-3 of the EK Credential Profile; exponent 0, coordinates with their leading zeroes",
    "let the agent use the key that the TPM's certificate is about"};
static const struct rule rule_point = {
    "ATT-904", "the key's point is not on its curve", "a point of the curve that the key names",
    "do not trust this TPM; see who sent the key"};

/* TPMA_OBJECT (TPM 2.0 Library part 2, 8.3). */
#define FIXED_TPM (1u << 1)
#define FIXED_PARENT (1u << 4)
#define SENSITIVE_DATA_ORIGIN (1u << 5)
#define USER_WITH_AUTH (1u << 6)
#define ADMIN_WITH_POLICY (1u << 7)
#define NO_DA (1u << 10)
#define RESTRICTED (1u << 16)
#define DECRYPT (1u << 17)
#define SIGN (1u << 18)
#define AK_MUST (FIXED_TPM | FIXED_PARENT | SENSITIVE_DATA_ORIGIN | RESTRICTED | SIGN)
#define AK_MAY (USER_WITH_AUTH | ADMIN_WITH_POLICY | NO_DA)
#define EK_LOW (FIXED_TPM | FIXED_PARENT | SENSITIVE_DATA_ORIGIN | ADMIN_WITH_POLICY | RESTRICTED | DECRYPT)
#define EK_HIGH (EK_LOW | USER_WITH_AUTH)

/* TPMT_PUBLIC, as far as both kinds of keys have the same fields. */
struct area {
    uint16_t type, name_algorithm;
    uint32_t attributes;
    uint16_t policy_size;
    const uint8_t *policy;
    uint16_t symmetric, symmetric_bits, symmetric_mode;
    uint16_t scheme, scheme_hash;
    uint16_t curve, kdf;     /* ECC */
    uint16_t x_size, y_size; /* as they were sent */
    uint16_t rsa_bits;       /* RSA */
    uint32_t exponent;       /* as it was sent; 0: the default */
};

static void read_ecc(struct cursor *cursor, struct area *area, struct public_key *key)
{
    area->curve = wire_u16(cursor);
    area->kdf = wire_u16(cursor);
    key->kind = area->curve == TPM_ECC_NIST_P384 ? PUBLIC_P384 : PUBLIC_P256;
    key->size = area->curve == TPM_ECC_NIST_P384 ? 48 : 32;
    const uint8_t *x = wire_sized(cursor, key->size, &area->x_size);
    const uint8_t *y = wire_sized(cursor, key->size, &area->y_size);
    if (x == NULL || y == NULL)
        return;
    memcpy(key->x + key->size - area->x_size, x, area->x_size); /* some TPMs leave leading zeroes out */
    memcpy(key->y + key->size - area->y_size, y, area->y_size);
}

static void read_rsa(struct cursor *cursor, struct area *area, struct public_key *key)
{
    uint16_t size;
    area->rsa_bits = wire_u16(cursor);
    key->kind = PUBLIC_RSA2048;
    area->exponent = wire_u32(cursor);
    key->exponent = area->exponent == 0 ? 65537 : area->exponent; /* the default (part 2, 12.2.3.5) */
    const uint8_t *modulus = wire_sized(cursor, PUBLIC_RSA_SIZE, &size);
    if (modulus == NULL || size != PUBLIC_RSA_SIZE) {
        cursor->overrun = true;
        return;
    }
    key->size = size;
    memcpy(key->modulus, modulus, size);
}

/* The name is over the TPMT_PUBLIC as it was sent (part 1, 16). */
static void set_name(const uint8_t *area, size_t size, struct public_key *key)
{
    wire_store16(key->name.bytes, key->name_algorithm);
    key->name.size = (uint16_t)(2 + hash_bytes(key->name_algorithm, area, size, key->name.bytes + 2));
}

static bool read_area(const uint8_t *bytes, size_t size, struct area *area, struct public_key *key)
{
    struct cursor cursor = cursor_over(bytes, size);
    memset(area, 0, sizeof *area);
    memset(key, 0, sizeof *key);
    if (size > PUBLIC_SIZE_MAX || wire_u16(&cursor) != size - 2)
        return false;
    area->type = wire_u16(&cursor);
    area->name_algorithm = key->name_algorithm = wire_u16(&cursor);
    area->attributes = wire_u32(&cursor);
    area->policy = wire_sized(&cursor, HASH_MAX_SIZE, &area->policy_size);
    area->symmetric = wire_u16(&cursor);
    if (area->symmetric != TPM_ALG_NULL) {
        area->symmetric_bits = wire_u16(&cursor);
        area->symmetric_mode = wire_u16(&cursor);
    }
    area->scheme = wire_u16(&cursor);
    if (area->scheme != TPM_ALG_NULL)
        area->scheme_hash = wire_u16(&cursor);
    if (area->type == TPM_ALG_ECC)
        read_ecc(&cursor, area, key);
    else if (area->type == TPM_ALG_RSA)
        read_rsa(&cursor, area, key);
    else
        return false;
    if (!wire_done(&cursor) || hash_size(area->name_algorithm) == 0)
        return false;
    set_name(bytes + 2, size - 2, key);
    return true;
}

static bool on_curve(const struct public_key *key)
{
    uint8_t point[97];
    struct public_key same;
    point[0] = 0x04;
    memcpy(point + 1, key->x, key->size);
    memcpy(point + 1 + key->size, key->y, key->size);
    return ecdsa_public_from_point(point, 1u + 2u * key->size, &same);
}

bool public_read_ak(const uint8_t *bytes, size_t size, struct public_key *key, struct report *report)
{
    static const char where[] = "ak_public";
    struct area area;
    if (!report_unless(read_area(bytes, size, &area, key) && area.type == TPM_ALG_ECC, report, &rule_form, where,
                       "%zu bytes", size))
        return false;
    if (!report_unless((area.attributes & ~AK_MAY) == AK_MUST, report, &rule_ak_attributes, where, "attributes 0x%08x",
                       area.attributes))
        return false;
    bool scheme = area.symmetric == TPM_ALG_NULL && area.scheme == TPM_ALG_ECDSA && area.kdf == TPM_ALG_NULL &&
                  ((area.curve == TPM_ECC_NIST_P256 && area.scheme_hash == TPM_ALG_SHA256) ||
                   (area.curve == TPM_ECC_NIST_P384 && area.scheme_hash == TPM_ALG_SHA384));
    if (!report_unless(scheme, report, &rule_ak_scheme, where, "scheme 0x%04x, hash 0x%04x, curve 0x%04x", area.scheme,
                       area.scheme_hash, area.curve))
        return false;
    return report_unless(on_curve(key), report, &rule_point, where, "a point beside the curve");
}

/* The profile's authorisation policies (TCG EK Credential Profile 2.5, B.6). */
static const uint8_t policy_a_sha256[32] = {
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
    0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa};
static const uint8_t policy_b_sha256[32] = {
    0xca, 0x3d, 0x0a, 0x99, 0xa2, 0xb9, 0x39, 0x06, 0xf7, 0xa3, 0x34, 0x24, 0x14, 0xef, 0xcf, 0xb3,
    0xa3, 0x85, 0xd4, 0x4c, 0xd1, 0xfd, 0x45, 0x90, 0x89, 0xd1, 0x9b, 0x50, 0x71, 0xc0, 0xb7, 0xa0};
static const uint8_t policy_b_sha384[48] = {
    0xb2, 0x6e, 0x7d, 0x28, 0xd1, 0x1a, 0x50, 0xbc, 0x53, 0xd8, 0x82, 0xbc, 0xf5, 0xfd, 0x3a, 0x1a,
    0x07, 0x41, 0x48, 0xbb, 0x35, 0xd3, 0xb4, 0xe4, 0xcb, 0x1c, 0x0a, 0xd9, 0xbd, 0xe4, 0x19, 0xca,
    0xcb, 0x47, 0xba, 0x09, 0x69, 0x96, 0x46, 0x15, 0x0f, 0x9f, 0xc0, 0x00, 0xf3, 0xf8, 0x0e, 0x12};

/* `kind` is the curve, or the modulus' bits. */
struct template {
    uint16_t type, kind, name_algorithm, symmetric_bits;
    uint32_t attributes;
    uint16_t policy_size;
    const uint8_t *policy;
};
static const struct template templates[] = {
    {TPM_ALG_RSA, 2048, TPM_ALG_SHA256, 128, EK_LOW, 32, policy_a_sha256},               /* L-1 */
    {TPM_ALG_ECC, TPM_ECC_NIST_P256, TPM_ALG_SHA256, 128, EK_LOW, 32, policy_a_sha256},  /* L-2 */
    {TPM_ALG_RSA, 2048, TPM_ALG_SHA256, 128, EK_HIGH, 32, policy_b_sha256},              /* H-1 */
    {TPM_ALG_ECC, TPM_ECC_NIST_P256, TPM_ALG_SHA256, 128, EK_HIGH, 32, policy_b_sha256}, /* H-2 */
    {TPM_ALG_ECC, TPM_ECC_NIST_P384, TPM_ALG_SHA384, 256, EK_HIGH, 48, policy_b_sha384}, /* H-3 */
};

static bool fits(const struct template *template, const struct area *area)
{
    return area->type == template->type && area->name_algorithm == template->name_algorithm &&
           area->attributes == template->attributes && area->policy_size == template->policy_size &&
           memcmp(area->policy, template->policy, template->policy_size) == 0 && area->symmetric == TPM_ALG_AES &&
           area->symmetric_bits == template->symmetric_bits && area->symmetric_mode == TPM_ALG_CFB &&
           area->scheme == TPM_ALG_NULL &&
           (area->type == TPM_ALG_RSA ? area->rsa_bits : area->curve) == template->kind &&
           (area->type == TPM_ALG_RSA || area->kdf == TPM_ALG_NULL);
}

/* Hosts are told apart by their EK's bytes, so there is one text for each key: the default exponent as the templates have it,
 * coordinates with their leading zeroes (part 1, C.8). */
static bool is_written_in_full(const struct area *area, const struct public_key *key)
{
    return area->type == TPM_ALG_RSA ? area->exponent == 0 : area->x_size == key->size && area->y_size == key->size;
}

bool public_read_ek(const uint8_t *bytes, size_t size, struct public_key *key, struct report *report)
{
    static const char where[] = "ek_public";
    struct area area;
    bool known = false;
    if (!report_unless(read_area(bytes, size, &area, key), report, &rule_form, where, "%zu bytes", size))
        return false;
    for (uint32_t i = 0; i < sizeof templates / sizeof templates[0]; i++)
        known = known || fits(&templates[i], &area);
    if (!report_unless(known, report, &rule_ek_template, where, "type 0x%04x, attributes 0x%08x, name algorithm 0x%04x",
                       area.type, area.attributes, area.name_algorithm))
        return false;
    if (!report_unless(is_written_in_full(&area, key), report, &rule_ek_template, where,
                       "exponent %u, coordinates of %u and %u bytes", area.exponent, area.x_size, area.y_size))
        return false;
    key->symmetric_bits = area.symmetric_bits;
    if (key->kind == PUBLIC_RSA2048) /* an even modulus is no RSA key */
        return report_unless((key->modulus[0] & 0x80) != 0 && (key->modulus[PUBLIC_RSA_SIZE - 1] & 1) != 0, report, &rule_form,
                             where, "an impossible RSA key");
    return report_unless(on_curve(key), report, &rule_point, where, "a point beside the curve");
}

static void qualify(const struct public_key *key, const uint8_t *parent, size_t parent_size, struct public_name *qualified)
{
    struct hash_state state;
    hash_start(&state, key->name_algorithm);
    hash_update(&state, parent, parent_size);
    hash_update(&state, key->name.bytes, key->name.size);
    wire_store16(qualified->bytes, key->name_algorithm);
    qualified->size = (uint16_t)(2 + hash_finish(&state, qualified->bytes + 2));
}

void public_qualify_primary(const struct public_key *key, uint32_t hierarchy, struct public_name *qualified)
{
    uint8_t handle[4];
    wire_store32(handle, hierarchy);
    qualify(key, handle, sizeof handle, qualified);
}

void public_qualify_child(const struct public_key *key, const struct public_name *parent, struct public_name *qualified)
{
    qualify(key, parent->bytes, parent->size, qualified);
}

bool public_name_equal(const struct public_name *a, const struct public_name *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}
