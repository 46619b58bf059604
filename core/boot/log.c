/* SPDX-License-Identifier: Apache-2.0 */
/* The boot stage's log. */
#include "core/boot/log.h"

#include "core/lib/format.h"
#include "core/x86/uart.h"

#include <stdbool.h>
#include <stddef.h>

#define EARLY_SIZE 0x4000u
#define LINE_SIZE 400u

static struct log_ring *log_ring;
static char early[EARLY_SIZE];
static size_t early_used;
static void (*screen)(const char *line);
static bool refusing;

static void put(char c)
{
    uart_put(UART_COM1, c);
    if (log_ring != NULL)
        log_ring_put(log_ring, c);
    else if (early_used < EARLY_SIZE)
        early[early_used++] = c;
}

static void put_text(const char *text)
{
    while (*text != '\0')
        put(*text++);
}

void log_set_screen(void (*print)(const char *line))
{
    screen = print;
}

void log_refusing(void)
{
    refusing = true;
}

void log_init(void)
{
    uart_init(UART_COM1);
}

void log_line(const char *format, ...)
{
    char line[LINE_SIZE];
    va_list args;
    va_start(args, format);
    fmt_vprint(line, sizeof line, format, args);
    va_end(args);
    put_text("[bulkhead] ");
    put_text(line);
    put_text("\r\n");
    if (refusing && screen != NULL)
        screen(line);
}

void log_attach(struct log_ring *ring)
{
    bool kept = log_ring_open(ring);
    for (size_t i = 0; i < early_used; i++)
        log_ring_put(ring, early[i]);
    log_ring = ring;
    if (kept)
        log_line("log ring at 0x%lx holds the text of %lu earlier boot(s)", (uint64_t)ring, ring->boots - 1);
}
