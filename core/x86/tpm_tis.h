/* SPDX-License-Identifier: Apache-2.0 */
/* The TPM's register interface: one page a locality, commands and responses through a FIFO (TCG PC Client Platform TPM Profile
 * for TPM 2.0, 1.05, 6.5; older name: TIS). Shared by boot stage and monitor: no state but the caller's, and no wait without an
 * end. The TPM may be broken or hostile: what it sends is bounded, what it means is the caller's to check. */
#ifndef CORE_X86_TPM_TIS_H
#define CORE_X86_TPM_TIS_H

#include "core/lib/address.h"

#include <stdbool.h>
#include <stdint.h>

/* The register page of locality n: the n-th after that of locality 0. */
#define TPM_TIS_PAGE(base, locality) ((base) + (locality) * PAGE_SIZE)

enum tpm_result {
    TPM_DONE,
    TPM_ABSENT,   /* no TPM answers at this page, or it is closed */
    TPM_KEPT,     /* another locality has the TPM and does not let go */
    TPM_TOO_SLOW, /* no answer in time */
    TPM_GARBLED,  /* an answer that is none: another length than stated, or than fits */
    TPM_REFUSED,  /* the TPM answered with an error code */
};

struct tpm_tis {
    volatile uint8_t *page; /* of one locality, 4 KiB, mapped uncached */
    uint64_t tsc_hz;
    uint32_t command_ms;    /* a command with its response may take so long; so may taking the locality away from another */
};

/* Whether a TPM 2.0 with a FIFO stands behind the page. Needs no locality. */
bool tpm_tis_present(const struct tpm_tis *tis);

/* Until the TPM's next reset its registers stay a FIFO: whoever has one locality could turn those of all into a command buffer
 * otherwise (PTP 1.05, TPM_INTERFACE_ID_x: InterfaceSelector, IntfSelLock). True as well where there is no other interface. */
bool tpm_tis_lock(const struct tpm_tis *tis);

/* Takes the locality. Another one that has it gets 750 ms to let go (its TIMEOUT_A); then, with `seize`, it is taken from a
 * lower locality, whose command is aborted. TPM_DONE, TPM_ABSENT or TPM_KEPT; the request does not outlive a failure. */
enum tpm_result tpm_tis_request(const struct tpm_tis *tis, bool seize);

/* Sends a command and reads the response, `*used` bytes: 10 <= *used <= room. The locality must have been taken. */
enum tpm_result tpm_tis_transmit(const struct tpm_tis *tis, const uint8_t *command, uint32_t size, uint8_t *response,
                                 uint32_t room, uint32_t *used);

/* Leaves the TPM alone for so long. */
void tpm_tis_pause(const struct tpm_tis *tis, uint32_t milliseconds);

/* Lets the locality go, or takes back a request for it. */
void tpm_tis_release(const struct tpm_tis *tis);

#endif
