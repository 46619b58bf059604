/* SPDX-License-Identifier: Apache-2.0 */
/* What the boot stage would decide on a described machine, by its own code: plan, tables, their digest. */
#ifndef TOOLS_PLAN_DECIDE_H
#define TOOLS_PLAN_DECIDE_H

#include "core/lib/crypto.h"
#include "core/plan/machine.h"
#include "core/plan/plan.h"
#include "core/tables/tables.h"
#include "tools/plan/show.h"

#include <stdbool.h>

/* Large: one in a program. */
struct plan_decision {
    struct plan plan;
    struct tables tables;
    struct plan_figures figures;
    uint8_t tables_digest[CRYPTO_SHA384_SIZE]; /* of the frames that the writers took, as the boot stage computes it */
};

/* Reads a machine's description from a file. */
bool machine_read(const char *path, struct machine *machine, struct report *report);

/* Plans, builds the tables as the machine would, and rechecks them: a plan that is shown is a plan that launches.
 * `monitor_size` is that of the linked monitor, which decides where everything below it lies; MONITOR_IMAGE_MAX where it is not
 * known. */
bool plan_decide_on(const struct system *system, const struct machine *machine, uint64_t monitor_size,
                    struct plan_decision *decision, struct report *report);

#endif
