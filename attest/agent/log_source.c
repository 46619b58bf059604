/* SPDX-License-Identifier: Apache-2.0 */
/* Finds and reads the event log. */
#include "attest/agent/log_source.h"

#include "attest/lib/evidence.h"
#include "tools/common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define TABLE_MAX ((size_t)4096)
#define TABLE_WITH_LOG_SIZE 76u /* header 36, platform class .. start method 16, parameters 12, LAML 4, LASA 8 */
#define TABLE_LAML 64u
#define TABLE_LASA 68u
#define LOG_AREA_MAX ((uint64_t)16 << 20) /* a longer area is read no further than EVENTLOG_SIZE_MAX; this one is no area */

static const struct rule rule_unreadable = {
    "AGENT-815", "the event log cannot be read", "the log area that the ACPI table TPM2 names, or Linux's copy of it",
    "run the agent as root in the partition with role = \"attest\"; see docs/agent.md, The event log"};
static const struct rule rule_no_log = {
    "AGENT-816", "what stands where the event log should be is none",
    "a TCG crypto-agile log with the banks SHA-256 and SHA-384", "switch both banks on in the firmware's settings"};

bool log_source_parse_table(const uint8_t *table, size_t size, uint64_t *address, uint64_t *length)
{
    struct cursor cursor = cursor_over(table, size);
    const uint8_t *signature = cursor_take(&cursor, 4);
    uint32_t table_size = cursor_u32(&cursor);
    cursor_seek(&cursor, TABLE_LAML);
    *length = cursor_u32(&cursor);
    *address = cursor_u64(&cursor);
    return !cursor.overrun && memcmp(signature, "TPM2", 4) == 0 && table_size >= TABLE_WITH_LOG_SIZE && *address != 0 &&
           *length != 0 && *length <= LOG_AREA_MAX && *address <= INT64_MAX - *length;
}

void log_source_find(struct log_source *source, const char *file)
{
    struct report ignored;
    struct file_bytes table;
    report_init(&ignored);
    *source = (struct log_source){.file = file};
    if (file[0] != '\0')
        return;
    source->file = LOG_COPY;
    if (!file_read(LOG_TABLE, TABLE_MAX, &table, &ignored))
        return;
    if (access(MEMORY_DEVICE, R_OK) == 0 &&
        log_source_parse_table(table.data, table.size, &source->address, &source->size))
        source->file = MEMORY_DEVICE;
    else
        source->size = 0;
    file_bytes_free(&table);
}

/* Reads at most `most` bytes from the file's beginning; a short file is a short log. -1: errno says why. */
static ssize_t read_file(const char *path, uint8_t *bytes, size_t most)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t used = 0;
    ssize_t got = fd < 0 ? -1 : 1;
    while (got > 0 && used < most) {
        got = read(fd, bytes + used, most - used);
        if (got > 0)
            used += (size_t)got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return got < 0 ? -1 : (ssize_t)used;
}

static ssize_t read_memory(const struct log_source *source, uint8_t *bytes, size_t most)
{
    size_t size = source->size < most ? (size_t)source->size : most;
    return memory_range_copy(source->address, bytes, size) ? (ssize_t)size : -1;
}

/* The first "boot" event of PCR 12 says which boot this is. */
static void note_boot(const struct eventlog_record *record, struct log_bytes *log)
{
    struct eventlog_tagged event;
    uint8_t id[16];
    if (log->boot[0] == '\0' && record->pcr == PCR_RUNTIME && record->type == EV_EVENT_TAG &&
        eventlog_decode(record->data, record->size, &event) && event.kind == MEASURE_RUNTIME &&
        strcmp(event.item, "boot") == 0 && evidence_hex(event.text, strlen(event.text), id, sizeof id))
        memcpy(log->boot, event.text, sizeof log->boot);
}

/* The hypervisor may be writing the next record at this moment: what is not whole yet is left for the next time. */
static bool measure_length(struct log_bytes *log, size_t have)
{
    struct report ignored;
    struct eventlog_reader reader;
    struct eventlog_record record;
    report_init(&ignored);
    log->boot[0] = '\0';
    log->size = 0;
    eventlog_begin(&reader, log->bytes, have);
    while (eventlog_next(&reader, &record, &ignored) == EVENTLOG_RECORD) {
        note_boot(&record, log);
        log->size = (uint32_t)reader.cursor.at;
    }
    return log->size > 0;
}

bool log_source_read(const struct log_source *source, struct log_bytes *log, struct report *report)
{
    ssize_t got = source->size > 0 ? read_memory(source, log->bytes, sizeof log->bytes)
                                   : read_file(source->file, log->bytes, sizeof log->bytes);
    if (!report_unless(got >= 0, report, &rule_unreadable, source->file, "%s", strerror(errno)))
        return false;
    return report_unless(measure_length(log, (size_t)got), report, &rule_no_log, source->file, "%zd bytes", got);
}
