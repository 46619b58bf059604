/* SPDX-License-Identifier: Apache-2.0 */
/* How the command line shows a plan. */
#ifndef TOOLS_PLAN_SHOW_H
#define TOOLS_PLAN_SHOW_H

#include "core/plan/machine.h"
#include "core/plan/plan.h"

#include <jansson.h>

/* What the table writers used: for the summary. */
struct plan_figures {
    uint32_t frames_used, frames_planned;
};

/* Who gets what, and the memory map, to stdout. */
void plan_show(const struct machine *machine, const struct plan *plan, const struct plan_figures *figures);

/* The same as JSON; the caller owns the value. */
json_t *plan_to_json(const struct plan *plan, const struct plan_figures *figures);

#endif
