/* SPDX-License-Identifier: Apache-2.0 */
/* Acceptance of a machine: defining the TPM indexes of rollback protection (core/lib/rollback_index.h). The boot stage begins
 * them at its next start. */
#ifndef ATTEST_AGENT_PROVISION_H
#define ATTEST_AGENT_PROVISION_H

#include "attest/agent/tpm.h"

#define PROVISION_PASSWORD_MAX 64u

/* Defines counter and base with the owner's password, empty where there is none: both or, with a finding, neither. Where one is
 * there already nothing is changed: a counter that begins anew forgets its floor. */
bool provision_rollback(struct tpm *tpm, const char *owner_password, struct report *report);

#endif
