/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-exits: how often the partition it runs in has left its guest for the monitor, by reason. Runs without rights. */
#include "core/lib/guest_cpuid.h"

#include <cpuid.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* By number of enum exit_reason (core/x86/backend.h). */
static const char *const reasons[] = {
    "nmi",      "cpuid", "msr-read",  "msr-write", "io",       "stage2-fault",  "hypercall",
    "cache",    "forbidden", "reflect", "shutdown", "machine-check", "invalid", "unknown",
};
#define NAMED (sizeof reasons / sizeof *reasons)

static unsigned own_cpuids; /* what this program added to "cpuid" itself; taken off again */

struct leaf {
    uint32_t eax, ebx, ecx, edx;
};

static struct leaf ask(uint32_t leaf, uint32_t subleaf)
{
    struct leaf l;
    own_cpuids++;
    __cpuid_count(leaf, subleaf, l.eax, l.ebx, l.ecx, l.edx);
    return l;
}

/* The leaf that names Bulkhead (docs/guest-view.md). */
static int is_bulkhead(void)
{
    struct leaf l = ask(GUEST_CPUID_BULKHEAD, 0);
    char name[8];
    memcpy(name, &l.ebx, 4);
    memcpy(name + 4, &l.ecx, 4);
    return memcmp(name, "Bulkhead", sizeof name) == 0 && l.eax >= GUEST_CPUID_EXITS;
}

static void print_sample(void)
{
    uint32_t count = ask(GUEST_CPUID_EXITS, 0).ecx;
    for (uint32_t reason = 0; reason < count; reason++) {
        struct leaf l = ask(GUEST_CPUID_EXITS, reason);
        uint64_t exits = (uint64_t)l.ebx << 32 | l.eax;
        if (reason < NAMED && strcmp(reasons[reason], "cpuid") == 0)
            exits -= own_cpuids;
        if (reason < NAMED)
            printf("%s %llu\n", reasons[reason], (unsigned long long)exits);
        else
            printf("reason-%u %llu\n", reason, (unsigned long long)exits);
    }
    puts("end");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int each_line = argc == 2 && strcmp(argv[1], "--each-line") == 0;
    if (argc > 1 && !each_line) {
        puts("usage: bulkhead-exits [--each-line]\n\n"
             "Prints how often this partition left its guest for Bulkhead since the machine started: one REASON COUNT\n"
             "a line, then \"end\". With --each-line once for every line on standard input, until it ends.");
        return strcmp(argv[1], "--help") == 0 ? 0 : 2;
    }
    if (!is_bulkhead()) {
        fputs("bulkhead-exits: this machine is not a partition of Bulkhead\n", stderr);
        return 1;
    }
    if (!each_line)
        print_sample();
    while (each_line && getchar() != EOF)
        print_sample();
    return 0;
}
