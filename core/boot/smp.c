/* SPDX-License-Identifier: Apache-2.0 */
/* The other cores: woken one after the other, held in the boot stage until everything is built, then sent into the monitor. */
#include "core/boot/boot.h"
#include "core/boot/clock.h"
#include "core/boot/log.h"
#include "core/boot/paging.h"
#include "core/boot/steps.h"
#include "core/x86/apic.h"
#include "core/x86/cpu.h"

#include <string.h>

#define CORE_STACK_SIZE 2048u
#define ARRIVAL_MICROSECONDS 1000000u
#define POLL_MICROSECONDS 100u
#define INIT_MICROSECONDS 10000u
#define STARTUP_MICROSECONDS 200u

static const struct rule rule_core_silent = {
    "BOOT-470", "a core did not start", "an answer within a second of its start-up interrupt",
    "power-cycle the machine; if it happens again, the core or its firmware is broken"};

extern const char trampoline_start[], trampoline_end[], trampoline_fields[], trampoline_gdt_base[], trampoline_far[];
void boot_enter_monitor(uint64_t page_tables, uint32_t core_index, uint64_t entry) __attribute__((noreturn));

/* The trampoline's parameters. Its page is read-only once cores run in it, so the stack is found through a pointer. */
struct fields {
    uint64_t page_tables, entry, stack_pointer;
};

static _Alignas(16) uint8_t stacks[MACHINE_MAX_CORES][CORE_STACK_SIZE];
static const struct boot *shared_boot;
static uint32_t starting;  /* index of the core that is being started, ... */
static uint64_t starting_stack; /* ... and the top of its stack */
static uint32_t arrived;   /* cores that wait here */
static uint32_t released;  /* 1: enter the monitor */

static void enter_monitor(uint32_t index) __attribute__((noreturn));
static void enter_monitor(uint32_t index)
{
    boot_enter_monitor(monitor_page_tables(shared_boot, index), index, monitor_entry_address());
}

/* The first C of another core. */
static void core_main(void) __attribute__((noreturn));
static void core_main(void)
{
    uint32_t index = starting;
    processor_load_idt();
    processor_set_up();
    __atomic_fetch_add(&arrived, 1u, __ATOMIC_ACQ_REL);
    while (!__atomic_load_n(&released, __ATOMIC_ACQUIRE))
        cpu_pause();
    enter_monitor(index);
}

static void add_to_field(uint8_t *page, const char *field, uint32_t value)
{
    uint32_t old;
    uint8_t *at = page + (field - trampoline_start);
    memcpy(&old, at, 4);
    old += value;
    memcpy(at, &old, 4);
}

/* First page: code. Second page: a copy of the top-level page table, which must lie below 4 GiB for a core that starts. */
static struct fields *place_trampoline(uint64_t page)
{
    uint8_t *code = (uint8_t *)page;
    uint64_t *top = (uint64_t *)(page + PAGE_SIZE);
    memcpy(code, trampoline_start, (size_t)(trampoline_end - trampoline_start));
    add_to_field(code, trampoline_gdt_base, (uint32_t)page);
    add_to_field(code, trampoline_far, (uint32_t)page);
    for (unsigned i = 0; i < 512; i++)
        top[i] = paging_top_entry(i);
    return (struct fields *)(code + (trampoline_fields - trampoline_start));
}

static bool wait_for_arrival(uint32_t count)
{
    for (uint64_t waited = 0; waited < ARRIVAL_MICROSECONDS; waited += POLL_MICROSECONDS) {
        if (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) == count)
            return true;
        clock_wait_microseconds(POLL_MICROSECONDS);
    }
    return false;
}

/* AMD64 APM vol. 2, 14.8 and 16.5: INIT, then start-up; the second start-up only for a core that missed the first. */
static void start_core(const struct boot *boot, uint32_t index)
{
    uint32_t apic_id = boot->machine.cores[index].apic_id;
    uint8_t vector = (uint8_t)(boot->source->low_pages.v >> 12);
    starting = index;
    starting_stack = (uint64_t)stacks[index] + CORE_STACK_SIZE;
    apic_send(apic_id, ICR_MODE_INIT, 0);
    clock_wait_microseconds(INIT_MICROSECONDS);
    apic_send(apic_id, ICR_MODE_STARTUP, vector);
    clock_wait_microseconds(STARTUP_MICROSECONDS);
    if (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) != index)
        apic_send(apic_id, ICR_MODE_STARTUP, vector);
    if (!wait_for_arrival(index))
        boot_refuse(&rule_core_silent, "MADT", "x2APIC id %u", apic_id);
}

void cores_start(struct boot *boot)
{
    uint64_t page = boot->source->low_pages.v;
    struct fields *fields = place_trampoline(page);
    shared_boot = boot;
    fields->page_tables = page + PAGE_SIZE;
    fields->entry = (uint64_t)core_main;
    fields->stack_pointer = (uint64_t)&starting_stack;
    paging_map_executable(page);
    for (uint32_t i = 1; i < boot->machine.core_count; i++)
        start_core(boot, i);
    log_line("%u core(s) ready", boot->machine.core_count);
}

void launch(struct boot *boot)
{
    boot_step_done(boot, STEP_START);
    __atomic_store_n(&released, 1u, __ATOMIC_RELEASE);
    enter_monitor(0);
}
