/* SPDX-License-Identifier: Apache-2.0 */
/* Trying everything of a kind: which registers and ports answer at all, and what stands after dangerous writes. */
#include "core/lib/guest_ports.h"
#include "core/lib/pci_regs.h"
#include "core/x86/apic.h"
#include "core/x86/cpu.h"
#include "core/x86/registers.h"
#include "tests/boot/guests/attempt.h"

#include <stddef.h>

/* Turns numbers that come in ascending order into ranges, and says each range once. */
struct ranges {
    const char *what;
    uint64_t first, next; /* first == next: none is open */
};

static void ranges_end(struct ranges *ranges)
{
    if (ranges->first != ranges->next)
        say("%s 0x%lx-0x%lx", ranges->what, ranges->first, ranges->next - 1);
    ranges->first = ranges->next;
}

static void ranges_add(struct ranges *ranges, uint64_t number)
{
    if (number != ranges->next) {
        ranges_end(ranges);
        ranges->first = number;
    }
    if (ranges->first == ranges->next)
        ranges->first = number;
    ranges->next = number + 1;
}

void sweep_msrs(struct arguments a)
{
    (void)a;
    static const struct {
        uint32_t first, count;
    } spans[] = {{0, 0x1400}, {0x40000000, 0x200}, {0x4b564d00, 0x10}, {0xc0000000, 0x400}, {0xc0010000, 0x400},
                 {0xc0011000, 0x100}};
    struct ranges readable = {"readable MSRs", 0, 0};
    uint64_t value;
    for (size_t s = 0; s < sizeof spans / sizeof spans[0]; s++)
        for (uint32_t i = 0; i < spans[s].count; i++)
            if (attempt_rdmsr(spans[s].first + i, &value) == VECTOR_NONE)
                ranges_add(&readable, spans[s].first + i);
    ranges_end(&readable);
}

void sweep_ports(struct arguments a)
{
    (void)a;
    struct ranges answering = {"answering ports", 0, 0};
    for (uint32_t port = 0; port < 0x10000; port++)
        if (cpu_in8((uint16_t)port) != 0xff)
            ranges_add(&answering, port);
    ranges_end(&answering);
}

void sweep_cpuid(struct arguments a)
{
    (void)a;
    static const uint32_t bases[] = {0, 0x40000000, 0x40000100, 0x80000000, 0x8fffffff, 0xffffffe0};
    uint32_t seen = 0;
    for (size_t b = 0; b < sizeof bases / sizeof bases[0]; b++)
        for (uint32_t leaf = 0; leaf < 0x20; leaf++)
            for (uint32_t subleaf = 0; subleaf < 4; subleaf++)
                seen |= cpu_cpuid(bases[b] + leaf, subleaf).eax;
    say("cpuid sweep: %s", seen != 0 ? "answered" : "nothing answered");
}

/* Every entry of the local vector table, with each delivery mode that would reach past the guest. */
void sweep_local_vectors(struct arguments a)
{
    (void)a;
    static const uint32_t entries[] = {0x82f, 0x832, 0x833, 0x834, 0x835, 0x836, 0x837, 0x850, 0x851, 0x852, 0x853};
    static const unsigned modes[] = {ICR_MODE_SMI, 3, ICR_MODE_INIT, ICR_MODE_STARTUP, 7};
    unsigned standing = 0;
    for (size_t e = 0; e < sizeof entries / sizeof entries[0]; e++)
        for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++) {
            uint64_t value = LVT_MASKED;
            if (attempt_wrmsr(entries[e], modes[m] << 8 | VECTOR_OWN) == VECTOR_NONE)
                attempt_rdmsr(entries[e], &value);
            standing += !(value & LVT_MASKED) && LVT_MODE(value) == modes[m];
            attempt_wrmsr(entries[e], LVT_MASKED | VECTOR_OWN);
        }
    say("local vectors: %u dangerous settings stand", standing);
}

void sweep_hypercalls(struct arguments a)
{
    (void)a;
    for (uint64_t i = 0; i < 256; i++) {
        uint64_t out = i % 2 ? 0x564d5868 : i * 0x0101010101010101;
        ATTEMPT("vmmcall", OUTPUTS("+a"(out)), "b"(~i), "c"(i / 2), "d"(i << 32), "S"(i), "D"(~0ull));
        (void)trap_taken();
    }
    say("hypercall sweep: survived");
}

static void poke(uint32_t address)
{
    static const uint32_t values[] = {0xffffffff, 0, 0x5a5a5a5a, 0xdeadbee0};
    cpu_out32(GUEST_PORT_PCI_ADDRESS, address);
    uint32_t before = cpu_in32(GUEST_PORT_PCI_DATA);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        cpu_out32(GUEST_PORT_PCI_DATA, values[i]);
    cpu_out32(GUEST_PORT_PCI_DATA, before);
}

/* Writes to all of configuration space of the first two slots, and to the start of everything else on two buses. */
void sweep_pci_writes(struct arguments a)
{
    (void)a;
    for (uint32_t function = 0; function < 0x200; function++) {
        uint32_t registers = function < 0x10 ? PCI_CONFIG_SIZE : PCI_BAR0 + 8;
        for (uint32_t reg = 0; reg < registers; reg += 4)
            poke(PCI_CONFIG_ADDRESS_ENABLE | function << 8 | reg);
    }
    say("pci sweep: survived");
}
