/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-event-log: writes the TCG event log as it is now to standard output. Linux' own copy ends where the log ended when
 * its driver started; this reads the memory that the ACPI table TPM2 names (docs/guest-view.md). */
#include "core/lib/cursor.h"
#include "core/measure/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define TPM2_TABLE "/sys/firmware/acpi/tables/TPM2"
#define TPM2_SIZE 76u
#define TPM2_LOG_LENGTH 64u
#define TPM2_LOG_ADDRESS 68u
#define LOG_MAX 0x1000000u

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* Moves behind one TCG_PCR_EVENT2. False where there is none: behind the last one stand zeros. */
static bool skip_record(struct cursor *log)
{
    cursor_skip(log, 8);
    uint32_t count = cursor_u32(log);
    if (count == 0 || count > MEASURE_MAX_BANKS)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t size = measure_digest_size(cursor_u16(log));
        if (size == 0)
            return false;
        cursor_skip(log, size);
    }
    cursor_skip(log, cursor_u32(log));
    return !log->overrun;
}

/* How much of the log is used. */
static size_t used_of(const uint8_t *bytes, size_t size)
{
    struct cursor log = cursor_over(bytes, size);
    cursor_skip(&log, 4 + 4 + 20); /* the first record is a TCG_PCR_EVENT with the Spec ID */
    cursor_skip(&log, cursor_u32(&log));
    size_t used = 0;
    do {
        used = log.overrun ? used : log.at;
    } while (skip_record(&log));
    return used;
}

static const uint8_t *map_log(size_t *size)
{
    uint8_t table[TPM2_SIZE];
    int file = open(TPM2_TABLE, O_RDONLY);
    if (file < 0 || read(file, table, sizeof table) != (ssize_t)sizeof table)
        fail(TPM2_TABLE);
    close(file);
    uint64_t address = load_le64(table + TPM2_LOG_ADDRESS);
    *size = load_le32(table + TPM2_LOG_LENGTH);
    file = open("/dev/mem", O_RDONLY);
    const void *bytes = *size > LOG_MAX ? MAP_FAILED : mmap(NULL, *size, PROT_READ, MAP_SHARED, file, (off_t)address);
    if (bytes == MAP_FAILED)
        fail("/dev/mem");
    return bytes;
}

int main(void)
{
    size_t size;
    const uint8_t *bytes = map_log(&size);
    if (fwrite(bytes, 1, used_of(bytes, size), stdout) == 0 || fflush(stdout) != 0)
        fail("writing");
    return 0;
}
