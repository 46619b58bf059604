/* SPDX-License-Identifier: Apache-2.0 */
/* The event log that UEFI firmware keeps, taken over in two halves: until boot services end, and what ending them added. */
#ifndef CORE_BOOT_EFI_LOG_H
#define CORE_BOOT_EFI_LOG_H

#include "core/boot/boot.h"
#include "core/boot/efi.h"

/* Copies the log. From then on firmware records every further event in a table of its own, too. */
void efi_log_copy(const struct efi_system_table *table, struct boot_firmware_log *log);

/* After the services' end: appends the events that were recorded since. */
void efi_log_complete(struct boot_firmware_log *log);

#endif
