/* SPDX-License-Identifier: Apache-2.0 */
/* One partition's node → struct system_partition. */
#ifndef CONFIG_DECODE_PARTITION_H
#define CONFIG_DECODE_PARTITION_H

#include "config/system.h"
#include "config/tree.h"

/* Decodes the partition at `node`, named `name`, into the zeroed *partition. What breaks a rule is reported and left
 * zero, so that later rules do not report it a second time. */
void decode_partition(const struct tree *tree, int node, const char *name, const struct spot *at,
                      struct system_partition *partition);

#endif
