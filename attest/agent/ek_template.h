/* SPDX-License-Identifier: Apache-2.0 */
/* The public templates from which a TPM makes its endorsement keys. */
#ifndef ATTEST_AGENT_EK_TEMPLATE_H
#define ATTEST_AGENT_EK_TEMPLATE_H

#include <stdint.h>
#include <tss2/tss2_tpm2_types.h>

/* In the order in which they are preferred. */
enum ek_kind { EK_P384, EK_P256, EK_RSA2048, EK_KINDS };

struct ek_template {
    const char *name;
    uint32_t certificate_index;
    TPM2B_PUBLIC public;
};

/* The template of one kind; `variant` 0 as the profile has it, 1 as some makers have it (the unique field of H-3 filled with
 * zeroes). */
#define EK_VARIANTS 2u
void ek_template(enum ek_kind kind, unsigned variant, struct ek_template *template);

#endif
