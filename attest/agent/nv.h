/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what the TPM's maker or an administrator left in its non-volatile memory. */
#ifndef ATTEST_AGENT_NV_H
#define ATTEST_AGENT_NV_H

#include "attest/agent/tpm.h"

#include <stddef.h>

#define NV_READ_MAX ((size_t)16 << 10)

enum nv_result {
    NV_READ,
    NV_ABSENT, /* not defined; or never written, which the journal is told */
    NV_FAILED,
};

/* Reads all of an index into `bytes` (NV_READ_MAX). NV_FAILED comes with a finding. */
enum nv_result nv_read(struct tpm *tpm, uint32_t index, uint8_t bytes[NV_READ_MAX], size_t *size, struct report *report);

#endif
