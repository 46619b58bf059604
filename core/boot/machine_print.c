/* SPDX-License-Identifier: Apache-2.0 */
/* The machine on the console, as `bulkhead machine` reads it back: in configurations signed for debugging alone, since it tells
 * everything about the machine. */
#include "core/boot/log.h"
#include "core/boot/steps.h"
#include "core/plan/machine_form.h"

#include <string.h>

struct printer {
    char line[MACHINE_LINE_TEXT + 1];
    uint32_t used;
    uint32_t total;
};

static void flush(struct printer *printer)
{
    printer->line[printer->used] = '\0';
    log_line(MACHINE_LINE "%s", printer->line);
    printer->used = 0;
}

static void put(void *context, const char *text)
{
    struct printer *printer = context;
    for (; *text != '\0'; text++) {
        printer->line[printer->used++] = *text;
        printer->total++;
        if (printer->used == MACHINE_LINE_TEXT)
            flush(printer);
    }
}

void machine_print(const struct boot *boot)
{
    static struct printer printer;
    if ((boot->container.flags & CONTAINER_FLAG_DEBUG) == 0)
        return;
    log_line(MACHINE_LINE_BEGIN);
    machine_write(&boot->machine, put, &printer);
    flush(&printer);
    log_line(MACHINE_LINE_END "%u", printer.total);
}
