/* SPDX-License-Identifier: Apache-2.0 */
/* Refusing to start: a screenful that a person understands, then nothing more. */
#include "core/boot/boot.h"
#include "core/boot/log.h"
#include "core/lib/format.h"
#include "core/x86/cpu.h"

static void print_finding(const struct finding *finding)
{
    log_line("%s %s", finding->rule->code, finding->rule->what);
    log_line("  where:    %s", finding->where);
    log_line("  found:    %s", finding->found);
    log_line("  expected: %s", finding->rule->expected);
    log_line("  do:       %s", finding->rule->advice);
}

static void stop(void) __attribute__((noreturn));
static void stop(void)
{
    log_line("REFUSED: no partition was started");
    for (;;)
        __asm__ volatile("cli; hlt");
}

void boot_note(const struct report *report)
{
    for (uint32_t i = 0; i < report->count; i++)
        print_finding(&report->findings[i]);
    if (report->dropped > 0)
        log_line("and %u more", report->dropped);
}

void boot_check(const struct boot *boot, const char *step)
{
    const struct report *report = &boot->report;
    if (report_ok(report))
        return;
    log_refusing();
    log_line("%s: %u finding(s)", step, report->count + report->dropped);
    boot_note(report);
    stop();
}

void boot_refuse(const struct rule *rule, const char *where, const char *found_format, ...)
{
    struct finding finding = {.rule = rule};
    fmt_print(finding.where, sizeof finding.where, "%s", where);
    va_list args;
    va_start(args, found_format);
    fmt_vprint(finding.found, sizeof finding.found, found_format, args);
    va_end(args);
    log_refusing();
    print_finding(&finding);
    stop();
}

void boot_step_done(struct boot *boot, enum boot_step step)
{
    boot->step_tsc[step] = cpu_rdtsc();
}
