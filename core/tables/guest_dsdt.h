/* SPDX-License-Identifier: Apache-2.0 */
/* The AML of a partition's DSDT. */
#ifndef CORE_TABLES_GUEST_DSDT_H
#define CORE_TABLES_GUEST_DSDT_H

#include "core/plan/plan.h"
#include "core/tables/aml.h"

/* Writes \_S5_, the console UART, the TPM where there is one and, when the partition has devices, the PCI root with exactly
 * their windows. */
void guest_dsdt_write(struct aml *aml, const struct plan_partition *partition);

#endif
