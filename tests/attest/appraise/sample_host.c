/* SPDX-License-Identifier: Apache-2.0 */
/* Quotes in software. */
#include "tests/attest/appraise/sample_host.h"

#include "attest/lib/credential.h"
#include "attest/lib/wire.h"

#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <stdlib.h>
#include <string.h>

static void random_bytes(void *context, size_t size, uint8_t *bytes)
{
    if (!credential_random_kernel(context, bytes, size))
        abort();
}

static const struct ecc_curve *curve_of(const struct public_key *key)
{
    return key->kind == PUBLIC_P384 ? nettle_get_secp_384r1() : nettle_get_secp_256r1();
}

static void make_key(struct sample_host *host, enum public_kind kind)
{
    struct ecc_point point;
    struct ecc_scalar scalar;
    mpz_t x, y;
    host->ak = (struct public_key){.kind = kind, .size = kind == PUBLIC_P384 ? 48 : 32,
                                   .name_algorithm = kind == PUBLIC_P384 ? TPM_ALG_SHA384 : TPM_ALG_SHA256};
    ecc_point_init(&point, curve_of(&host->ak));
    ecc_scalar_init(&scalar, curve_of(&host->ak));
    mpz_init(x);
    mpz_init(y);
    ecdsa_generate_keypair(&point, &scalar, NULL, random_bytes);
    ecc_point_get(&point, x, y);
    nettle_mpz_get_str_256(host->ak.size, host->ak.x, x);
    nettle_mpz_get_str_256(host->ak.size, host->ak.y, y);
    ecc_scalar_get(&scalar, x);
    nettle_mpz_get_str_256(host->ak.size, host->secret, x);
    mpz_clear(y);
    mpz_clear(x);
    ecc_scalar_clear(&scalar);
    ecc_point_clear(&point);
    wire_store16(host->ak.name.bytes, host->ak.name_algorithm);
    host->ak.name.size = (uint16_t)(2 + hash_size(host->ak.name_algorithm));
    public_qualify_primary(&host->ak, PUBLIC_HIERARCHY_ENDORSEMENT, &host->signer);
}

void sample_host_boot(struct sample_host *host, enum public_kind kind, const struct sample_boot *boot)
{
    memset(host, 0, sizeof *host);
    make_key(host, kind);
    memcpy(host->id, "00112233445566778899aabbccddeeff", sizeof host->id);
    host->boot = *boot;
    host->log_size = sample_boot_measure(boot, host->log, sizeof host->log);
}

void sample_replay(const uint8_t *log, uint64_t size, struct pcr_banks *banks)
{
    struct eventlog_reader reader;
    struct eventlog_record record;
    struct report report;
    uint32_t had = 0;
    report_init(&report);
    pcr_init(banks);
    eventlog_begin(&reader, log, size);
    while (eventlog_next(&reader, &record, &report) == EVENTLOG_RECORD) {
        struct pcr_digests digests;
        if (record.type == EV_NO_ACTION || record.sha256 == NULL || record.sha384 == NULL)
            continue;
        if (record.pcr == PCR_SEAL || record.pcr == PCR_RUNTIME_SEALED) {
            if ((had >> record.pcr & 1) == 0)
                pcr_reset(banks, record.pcr);
            had |= 1u << record.pcr;
        }
        memcpy(digests.sha256, record.sha256, sizeof digests.sha256);
        memcpy(digests.sha384, record.sha384, sizeof digests.sha384);
        pcr_extend(banks, record.pcr, &digests);
    }
}

/* A writer of big-endian structures. */
struct out {
    uint8_t *bytes;
    size_t used;
};

static void put(struct out *out, const void *bytes, size_t size)
{
    memcpy(out->bytes + out->used, bytes, size);
    out->used += size;
}

static void put_number(struct out *out, uint64_t number, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        out->bytes[out->used++] = (uint8_t)(number >> (8 * (size - 1 - i)));
}

static void put_sized(struct out *out, const void *bytes, size_t size)
{
    put_number(out, size, 2);
    put(out, bytes, size);
}

static void put_selection(struct out *out, uint16_t bank)
{
    put_number(out, bank, 2);
    put_number(out, 3, 1);
    for (uint32_t i = 0; i < 3; i++)
        put_number(out, APPRAISE_PCRS >> (8 * i) & 0xff, 1);
}

/* TPMS_ATTEST (TPM 2.0 Library part 2, 10.12.8). */
static void make_attest(struct sample_host *host, const uint8_t *nonce, struct evidence *evidence)
{
    struct out out = {evidence->attest, 0};
    uint8_t extra[HASH_SHA256_SIZE], digest[HASH_MAX_SIZE];
    quote_binding(nonce, host->id, host->boot.boot, host->channel, extra);
    uint32_t size = pcr_composite(&evidence->values, &evidence->pcrs, host->ak.name_algorithm, digest);
    put_number(&out, TPM_GENERATED_VALUE, 4);
    put_number(&out, TPM_ST_ATTEST_QUOTE, 2);
    put_sized(&out, host->signer.bytes, host->signer.size);
    put_sized(&out, extra, sizeof extra);
    put_number(&out, ++host->clock, 8);
    put_number(&out, 7, 4); /* reset count */
    put_number(&out, 0, 4); /* restart count */
    put_number(&out, 1, 1); /* safe */
    put_number(&out, 0x20191023, 8);
    put_number(&out, 2, 4);
    put_selection(&out, TPM_ALG_SHA256);
    put_selection(&out, TPM_ALG_SHA384);
    put_sized(&out, digest, size);
    evidence->attest_size = (uint16_t)out.used;
}

static void sign(const struct sample_host *host, struct evidence *evidence)
{
    struct out out = {evidence->signature, 0};
    struct ecc_scalar scalar;
    struct dsa_signature pair;
    mpz_t number;
    uint8_t digest[HASH_MAX_SIZE], half[48];
    hash_bytes(host->ak.name_algorithm, evidence->attest, evidence->attest_size, digest);
    ecc_scalar_init(&scalar, curve_of(&host->ak));
    dsa_signature_init(&pair);
    nettle_mpz_init_set_str_256_u(number, host->ak.size, host->secret);
    ecc_scalar_set(&scalar, number);
    ecdsa_sign(&scalar, NULL, random_bytes, host->ak.size, digest, &pair);
    put_number(&out, TPM_ALG_ECDSA, 2);
    put_number(&out, host->ak.name_algorithm, 2);
    nettle_mpz_get_str_256(host->ak.size, half, pair.r);
    put_sized(&out, half, host->ak.size);
    nettle_mpz_get_str_256(host->ak.size, half, pair.s);
    put_sized(&out, half, host->ak.size);
    evidence->signature_size = (uint16_t)out.used;
    mpz_clear(number);
    dsa_signature_clear(&pair);
    ecc_scalar_clear(&scalar);
}

void sample_host_answer(struct sample_host *host, const uint8_t nonce[32], uint64_t log_offset, struct evidence *evidence)
{
    memset(evidence, 0, sizeof *evidence);
    memcpy(evidence->boot, host->boot.boot, sizeof evidence->boot);
    evidence->pcrs = (struct pcr_selection){APPRAISE_PCRS, APPRAISE_PCRS};
    sample_replay(host->log, host->log_size, &evidence->values);
    evidence->log_offset = log_offset;
    evidence->log_size = host->log_size - (uint32_t)log_offset;
    evidence->log = malloc(evidence->log_size + 1u);
    if (evidence->log == NULL)
        abort();
    memcpy(evidence->log, host->log + log_offset, evidence->log_size);
    make_attest(host, nonce, evidence);
    sign(host, evidence);
}
