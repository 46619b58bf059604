/* SPDX-License-Identifier: Apache-2.0 */
/* Physical memory and the monitor's windows. The pages of the windows are never accessible: an access faults, the handler does
 * what the processor's page walk would do with the monitor's own page-table entries, lets the one instruction through, and
 * records it. A translation is kept until INVLPG, as a TLB may, so that a forgotten invalidation shows. */
#include "tests/unit/monitor/memory.h"

#include "core/handoff.h"
#include "core/x86/registers.h"
#include "tests/unit/monitor/cpu.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define MONITOR_SPAN (MONITOR_SCRUB + PAGE_2M - MONITOR_BASE)
#define EFLAGS_TRAP 0x100
#define PAGE_FAULT_WRITE 2

struct memory {
    int file;
    uint8_t *physical; /* all of it, for the tests */
    bool small_cached, large_cached;
    uint64_t small_entry;
    uint64_t faulted; /* address of the access that is being let through */
    bool faulted_write;
    struct sigaction earlier; /* the test framework's */
};

static struct memory memory;

static uint64_t table_entry(uint64_t page, uint64_t address)
{
    return ((uint64_t *)(MONITOR_CORE + page * PAGE_SIZE))[address & 511];
}

static void map(uint64_t at, uint64_t size, int protection, uint64_t hpa)
{
    if (mmap((void *)at, size, protection, MAP_SHARED | MAP_FIXED, memory.file, (off_t)hpa) == MAP_FAILED)
        abort();
}

static void close_window(uint64_t at, uint64_t size)
{
    if (mmap((void *)at, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) == MAP_FAILED)
        abort();
}

static void give_up(const char *why, uint64_t address)
{
    fprintf(stderr, "the monitor's access at 0x%lx: %s\n", (unsigned long)address, why);
    abort();
}

static void let_through_small(uint64_t address, bool write)
{
    if (!memory.small_cached)
        memory.small_entry = table_entry(CORE_PAGE_PT, MONITOR_WINDOW >> 12);
    if (!(memory.small_entry & PTE_PRESENT) || !(memory.small_entry & PTE_WRITE) || !(memory.small_entry & PTE_NO_EXECUTE))
        give_up("the window is closed, or mapped with the wrong rights", address);
    memory.small_cached = true;
    memory.faulted = address;
    memory.faulted_write = write;
    map(MONITOR_WINDOW, PAGE_SIZE, PROT_READ | PROT_WRITE, memory.small_entry & PTE_ADDRESS);
}

static void let_through_large(uint64_t address)
{
    uint64_t entry = table_entry(CORE_PAGE_PD, MONITOR_SCRUB >> 21);
    if (!(entry & PTE_PRESENT) || !(entry & PTE_WRITE) || !(entry & PTE_LARGE) || !(entry & PTE_NO_EXECUTE) ||
        entry & PTE_ADDRESS & (PAGE_2M - 1))
        give_up("the large window is closed, or mapped with the wrong rights", address);
    memory.large_cached = true;
    map(MONITOR_SCRUB, PAGE_2M, PROT_READ | PROT_WRITE, entry & PTE_ADDRESS);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    uint64_t address = (uint64_t)info->si_addr;
    (void)number;
    if (address - MONITOR_WINDOW < PAGE_SIZE && memory.faulted == 0) {
        let_through_small(address, registers[REG_ERR] & PAGE_FAULT_WRITE);
        registers[REG_EFL] |= EFLAGS_TRAP;
    } else if (address - MONITOR_SCRUB < PAGE_2M && !memory.large_cached) {
        let_through_large(address);
    } else {
        sigaction(SIGSEGV, &memory.earlier, NULL); /* a real fault: the test fails */
    }
}

/* The instruction is done. */
static void on_step(int number, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    (void)number;
    (void)info;
    uint64_t hpa = (memory.small_entry & PTE_ADDRESS) + (memory.faulted & (PAGE_SIZE - 1));
    uint64_t value = 0;
    uint64_t left = PAGE_SIZE - (memory.faulted & (PAGE_SIZE - 1));
    memcpy(&value, memory.physical + hpa, left < sizeof value ? left : sizeof value);
    cpu_record_access(memory.faulted_write, hpa, value,
                      (memory.small_entry & PTE_UNCACHED) == PTE_UNCACHED);
    memory.faulted = 0;
    close_window(MONITOR_WINDOW, PAGE_SIZE);
    registers[REG_EFL] &= ~(greg_t)EFLAGS_TRAP;
}

static void handle(int number, void (*handler)(int, siginfo_t *, void *), struct sigaction *earlier)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    if (sigaction(number, &action, earlier) != 0)
        abort();
}

static void build(void)
{
    memory.file = memfd_create("physical", 0);
    if (memory.file < 0 || ftruncate(memory.file, (off_t)MEMORY_SIZE) != 0)
        abort();
    memory.physical = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, memory.file, 0);
    void *monitor = mmap((void *)MONITOR_BASE, MONITOR_SPAN, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);
    if (memory.physical == MAP_FAILED || monitor != (void *)MONITOR_BASE)
        abort();
}

void memory_reset(void)
{
    if (memory.physical == NULL)
        build();
    if (fallocate(memory.file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)MEMORY_SIZE) != 0)
        abort();
    void *pages = mmap((void *)MONITOR_HANDOFF, MONITOR_WINDOW - MONITOR_HANDOFF, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED)
        abort();
    close_window(MONITOR_WINDOW, PAGE_SIZE);
    close_window(MONITOR_SCRUB, PAGE_2M);
    memory.small_cached = memory.large_cached = false;
    memory.faulted = 0;
    handle(SIGSEGV, on_fault, &memory.earlier);
    handle(SIGTRAP, on_step, NULL);
}

void *memory_at(uint64_t hpa)
{
    if (hpa >= MEMORY_SIZE)
        give_up("no such physical address", hpa);
    return memory.physical + hpa;
}

void memory_invalidate(const volatile void *address)
{
    if ((uint64_t)address == MONITOR_WINDOW)
        memory.small_cached = false;
    if ((uint64_t)address == MONITOR_SCRUB) {
        memory.large_cached = false;
        close_window(MONITOR_SCRUB, PAGE_2M);
    }
}
