/* SPDX-License-Identifier: Apache-2.0 */
/* The little of a configuration that the monitor knows, too. */
#ifndef CONFIG_LIMITS_H
#define CONFIG_LIMITS_H

#define SYSTEM_MAX_PARTITIONS 16
#define SYSTEM_MAX_CORES 32        /* per partition */
#define SYSTEM_MAX_DEVICES 8       /* per partition */
#define SYSTEM_NAME_MAX 16         /* with the NUL; [a-z][a-z0-9-]* */

enum system_restart { RESTART_NEVER, RESTART_ALWAYS, RESTART_LIMITED };

#endif
