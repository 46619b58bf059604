/* SPDX-License-Identifier: Apache-2.0 */
/* Where the event log is: a file, or the machine's memory, where the hypervisor goes on writing after Linux has made its
 * own copy. */
#ifndef ATTEST_AGENT_LOG_SOURCE_H
#define ATTEST_AGENT_LOG_SOURCE_H

#include "attest/agent/memory_range.h"
#include "attest/lib/eventlog.h"

#define LOG_TABLE "/sys/firmware/acpi/tables/TPM2"
#define LOG_COPY "/sys/kernel/security/tpm0/binary_bios_measurements"

struct log_source {
    const char *file;       /* where it is read from */
    uint64_t address, size; /* of the log area in MEMORY_DEVICE, as the table TPM2 has it; size 0: `file` is a file */
};

/* What the ACPI table TPM2 says about the log area (TCG ACPI Specification 1.4, 8.3: LAML and LASA are its last fields).
 * False when it is no such table, or has no log. */
bool log_source_parse_table(const uint8_t *table, size_t size, uint64_t *address, uint64_t *length);

/* Finds the log: `file` if it is not empty, else the machine's memory, else Linux's copy. */
void log_source_find(struct log_source *source, const char *file);

struct log_bytes {
    uint32_t size; /* up to the end of the last record */
    uint8_t bytes[EVENTLOG_SIZE_MAX];
    char boot[33]; /* this boot's id; "": the log does not name it */
};

/* Reads the log as it is now. False with a finding when it cannot be read, or does not begin as a log; what follows the last
 * whole record is not part of it. */
bool log_source_read(const struct log_source *source, struct log_bytes *log, struct report *report);

#endif
