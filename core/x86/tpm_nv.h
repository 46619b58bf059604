/* SPDX-License-Identifier: Apache-2.0 */
/* The TPM's non-volatile indexes (TPM 2.0 Library 1.59, part 3, 31): reading, writing, counting. */
#ifndef CORE_X86_TPM_NV_H
#define CORE_X86_TPM_NV_H

#include "core/x86/tpm.h"

#define TPM_NV_MAX 1024u       /* bytes of one reading or writing */
#define TPM_NV_POLICY_MAX 64u
#define TPM_RC_NV_LOCKED 0x148u        /* tpm->code after TPM_REFUSED */
#define TPM_RC_NV_UNINITIALIZED 0x14au /* nothing was ever written */
#define TPM_RC_HANDLE_1 0x18bu         /* there is no such index */

/* How a command is authorized. */
enum tpm_nv_auth {
    TPM_NV_EMPTY,      /* the index's own password, which is empty */
    TPM_NV_LOCALITY_2, /* its policy, which is PolicyLocality(2) alone; this locality must be that */
};

/* What an index is (part 2, 13.6). */
struct tpm_nv_public {
    uint16_t name_algorithm;
    uint32_t attributes; /* TPMA_NV */
    uint16_t size;
    uint16_t policy_size;
    uint8_t policy[TPM_NV_POLICY_MAX];
};

enum tpm_result tpm_nv_read_public(struct tpm *tpm, uint32_t index, struct tpm_nv_public *public);
enum tpm_result tpm_nv_read(struct tpm *tpm, uint32_t index, enum tpm_nv_auth auth, uint32_t offset, uint8_t *bytes,
                            uint32_t size);
enum tpm_result tpm_nv_write(struct tpm *tpm, uint32_t index, enum tpm_nv_auth auth, uint32_t offset,
                             const uint8_t *bytes, uint32_t size);
enum tpm_result tpm_nv_increment(struct tpm *tpm, uint32_t index, enum tpm_nv_auth auth);

/* No writing until the next reset, or ever, as the index's attributes say. */
enum tpm_result tpm_nv_lock_writing(struct tpm *tpm, uint32_t index, enum tpm_nv_auth auth);

#endif
