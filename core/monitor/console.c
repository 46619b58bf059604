/* SPDX-License-Identifier: Apache-2.0 */
/* Lines from the partitions and the monitor, to the UART and the log ring. */
#include "core/monitor/console.h"

#include "core/lib/format.h"
#include "core/lib/log_ring.h"
#include "core/monitor/core.h"
#include "core/x86/uart.h"

#include <string.h>

static void emit(char c)
{
    log_ring_put((struct log_ring *)MONITOR_LOG, c);
    uart_put(UART_COM1, c);
}

/* Control characters of a guest could rewrite the administrator's screen or forge another speaker's line. */
static char printable(char c)
{
    return (c >= ' ' && c <= '~') || c == '\t' || (unsigned char)c >= 0x80 ? c : '.';
}

static void emit_line(const char *speaker, const char *text, size_t length)
{
    struct lock *lock = &monitor_shared()->uart_lock;
    bool locked = lock_take(lock);
    emit('[');
    for (const char *c = speaker; *c != '\0'; c++)
        emit(*c);
    emit(']');
    emit(' ');
    for (size_t i = 0; i < length; i++)
        emit(printable(text[i]));
    emit('\r');
    emit('\n');
    if (locked)
        lock_release(lock);
}

void console_log(const char *format, ...)
{
    char line[CONSOLE_LINE_MAX];
    va_list args;
    va_start(args, format);
    size_t length = fmt_vprint(line, sizeof line, format, args);
    va_end(args);
    emit_line("bulkhead", line, length);
}

static void emit_guest_line(struct partition_shared *partition)
{
    emit_line(this_partition()->name, partition->line, partition->line_used);
    partition->line_used = 0;
}

void console_put_guest(char c)
{
    struct partition_shared *partition = this_partition_shared();
    bool locked = lock_take(&partition->console_lock);
    if (c == '\n' || partition->line_used == CONSOLE_LINE_MAX)
        emit_guest_line(partition);
    if (c != '\n' && c != '\r' && c != '\0')
        partition->line[partition->line_used++] = c;
    if (locked)
        lock_release(&partition->console_lock);
}

void console_flush_guest(void)
{
    struct partition_shared *partition = this_partition_shared();
    bool locked = lock_take(&partition->console_lock);
    if (partition->line_used > 0)
        emit_guest_line(partition);
    if (locked)
        lock_release(&partition->console_lock);
}
