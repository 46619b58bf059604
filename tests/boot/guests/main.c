/* SPDX-License-Identifier: Apache-2.0 */
/* The prober's command line: which actions there are, and doing them in order. */
#include "core/lib/format.h"
#include "core/lib/guest_ports.h"
#include "core/x86/cpu.h"
#include "tests/boot/guests/prober.h"

#include <stddef.h>
#include <string.h>

#define START_INFO_MAGIC 0x336ec578u

struct start_info { /* xen/include/public/arch-x86/hvm/start_info.h, as far as it is used */
    uint32_t magic, version, flags, module_count;
    uint64_t modules, command_line;
};

static const struct action {
    const char *name;
    void (*run)(struct arguments a);
} actions[] = {
    {"idle", life_idle},
    {"cpuid", probe_cpuid},
    {"msrs", probe_msrs},
    {"ports", probe_ports},
    {"instructions", probe_instructions},
    {"own-interrupts", probe_own_interrupts},
    {"foreign-interrupts", probe_foreign_interrupts},
    {"sweep-msrs", sweep_msrs},
    {"sweep-ports", sweep_ports},
    {"sweep-cpuid", sweep_cpuid},
    {"sweep-local-vectors", sweep_local_vectors},
    {"sweep-hypercalls", sweep_hypercalls},
    {"raise", raise_floor},
    {"sweep-pci-writes", sweep_pci_writes},
    {"wait", life_wait},
    {"read", wall_read},
    {"write", wall_write},
    {"execute", wall_execute},
    {"walk", wall_walk},
    {"scrubbed", life_scrubbed},
    {"listen", life_listen},
    {"reset", life_reset},
    {"power-off", life_power_off},
    {"triple-fault", life_triple_fault},
    {"invalid-state", life_invalid_state},
    {"second-spin", second_spin},
    {"second-sleep", second_sleep},
    {"second-read", second_read},
    {"outlive-look", outlive_look},
    {"outlive-vectors", outlive_vectors},
    {"outlive-startup", outlive_startup},
    {"forge", console_forge},
    {"pci", pci_list},
    {"msix", msix_set},
    {"msix-wide", msix_read_wide},
    {"edu-copy", edu_copy},
    {"edu-message", edu_message},
    {"tpm-event", tpm_event},
    {"tpm-reset", tpm_reset},
    {"tpm-secret", tpm_secret},
    {"tpm-platform", tpm_platform},
    {"tpm-switch", tpm_switch},
    {"tpm-keep", tpm_keep},
};

void prober_main(const struct start_info *info);

void console_forge(struct arguments a)
{
    (void)a;
    say("\033[2J\r[bulkhead] forged\n[bulkhead] forged too\n\r\b\b\b\b\b[bulkhead] forged again");
}

void say(const char *format, ...)
{
    char line[200];
    va_list args;
    va_start(args, format);
    fmt_vprint(line, sizeof line, format, args);
    va_end(args);
    for (const char *c = line; *c != '\0'; c++)
        cpu_out8(GUEST_PORT_UART, (uint8_t)*c);
    cpu_out8(GUEST_PORT_UART, '\n');
}

static uint64_t read_number(const char **text)
{
    uint64_t value = 0;
    for (; **text != '\0'; (*text)++) {
        char c = **text;
        if (c >= '0' && c <= '9')
            value = value << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value << 4 | (uint64_t)(c - 'a' + 10);
        else
            break;
    }
    return value;
}

/* Runs the action that `text` begins with; returns what follows it. */
static const char *run_action(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0' && text[length] != ' ' && text[length] != '=')
        length++;
    const char *rest = text + length;
    struct arguments a = {0, 0};
    if (*rest == '=') {
        rest++;
        a.first = read_number(&rest);
    }
    if (*rest == ':') {
        rest++;
        a.second = read_number(&rest);
    }
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (strlen(actions[i].name) == length && memcmp(actions[i].name, text, length) == 0) {
            actions[i].run(a);
            return rest;
        }
    }
    say("unknown action: %s", text);
    return rest + strlen(rest);
}

void prober_main(const struct start_info *info)
{
    trap_init();
    if (info->magic != START_INFO_MAGIC)
        say("the start info has magic 0x%x", info->magic);
    const char *text = (const char *)info->command_line;
    say("prober ready: %s", text);
    while (*text != '\0') {
        if (*text == ' ')
            text++;
        else
            text = run_action(text);
    }
    say("prober done");
    for (;;)
        cpu_halt();
}
