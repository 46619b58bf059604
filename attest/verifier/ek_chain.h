/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an endorsement key is a real TPM's: its certificate leads to one of the TPM makers' CAs that the administrator
 * trusts, and certifies just this key. */
#ifndef ATTEST_VERIFIER_EK_CHAIN_H
#define ATTEST_VERIFIER_EK_CHAIN_H

#include "attest/lib/public.h"
#include "core/lib/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EK_CHAIN_MAX 8u
#define EK_CERTIFICATE_MAX 8192u

struct ek_bundle;

struct ek_certificate {
    const uint8_t *der;
    size_t size;
};

/* Reads every *.pem, *.crt, *.cer and *.der of a folder; *count says how many certificates they held. NULL: no memory. A
 * file that is none is named in the report. */
struct ek_bundle *ek_bundle_load(const char *folder, unsigned *count, struct report *report);
void ek_bundle_free(struct ek_bundle *bundle);

/* Whether a chain of so many certificates may be read at all. False with a finding. */
bool ek_chain_fits(size_t count, struct report *report);

/* Checks the chain (leaf first) and that the leaf certifies `ek`. False with a finding. Any thread. */
bool ek_chain_check(const struct ek_bundle *bundle, const struct ek_certificate *chain, size_t count,
                    const struct public_key *ek, struct report *report);

#endif
