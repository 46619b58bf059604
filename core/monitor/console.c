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

/* Control characters of a guest could rewrite the administrator's screen or forge another speaker's line, and so could the
 * bytes from 0x80 on: terminals take some of them for control sequences. */
static char printable(char c)
{
    return (c >= ' ' && c <= '~') || c == '\t' ? c : '.';
}

static void emit_line(const char *speaker, const char *text, size_t length)
{
    emit('[');
    for (const char *c = speaker; *c != '\0'; c++)
        emit(*c);
    emit(']');
    emit(' ');
    for (size_t i = 0; i < length; i++)
        emit(printable(text[i]));
    emit('\r');
    emit('\n');
}

void console_log(const char *format, ...)
{
    char line[CONSOLE_LINE_MAX];
    va_list args;
    va_start(args, format);
    size_t length = fmt_vprint(line, sizeof line, format, args);
    va_end(args);
    struct lock *lock = &monitor_shared()->uart_lock;
    bool locked = lock_take(lock);
    emit_line("bulkhead", line, length); /* a report is worth more than a tidy line: it goes out even without the lock */
    if (locked)
        lock_release(lock);
}

/* The line is lost when the UART does not come free: without the lock it could end up inside another speaker's. */
static void emit_guest_line(struct partition_shared *partition)
{
    struct lock *lock = &monitor_shared()->uart_lock;
    if (lock_take(lock)) {
        emit_line(this_partition()->name, partition->line, partition->line_used);
        lock_release(lock);
    }
    partition->line_used = 0;
}

/* A partition whose own cores keep the lock from each other loses characters, never the bounds of its line. */
void console_put_guest(char c)
{
    struct partition_shared *partition = this_partition_shared();
    if (!lock_take(&partition->console_lock))
        return;
    if (c == '\n' || partition->line_used >= CONSOLE_LINE_MAX)
        emit_guest_line(partition);
    if (c != '\n' && c != '\r' && c != '\0')
        partition->line[partition->line_used++] = c;
    lock_release(&partition->console_lock);
}

void console_flush_guest(void)
{
    struct partition_shared *partition = this_partition_shared();
    if (!lock_take(&partition->console_lock))
        return;
    if (partition->line_used > 0)
        emit_guest_line(partition);
    lock_release(&partition->console_lock);
}
