/* SPDX-License-Identifier: Apache-2.0 */
/* Device tree blob → struct system. */
#ifndef CONFIG_DECODE_H
#define CONFIG_DECODE_H

#include "config/system.h"
#include "core/lib/report.h"

#include <stdint.h>

/* Decodes and checks a blob of `size` bytes at 8-aligned `blob`. Every rule the binding states and that the configuration
 * alone can answer is checked; all findings are listed. *system is meaningful only when report_ok(). `signed_form` is false
 * for `bulkhead check` on a source that `bulkhead sign` has not completed: image sizes and digests may then be absent. */
void system_decode(const void *blob, uint32_t size, bool signed_form, struct system *system, struct report *report);

#endif
