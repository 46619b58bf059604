/* SPDX-License-Identifier: Apache-2.0 */
/* The processor of the tests' machine: every instruction of core/x86/cpu.h as a function that records, and the IOMMU behind its
 * register page. */
#include "tests/unit/monitor/cpu.h"

#include "core/monitor/faults.h"
#include "core/x86/registers.h"
#include "core/x86/uart.h"
#include "tests/unit/monitor/machine.h"
#include "tests/unit/monitor/memory.h"
#include "tests/unit/monitor/tpm.h"

#define UART_LINE_STATUS (UART_COM1 + 5)
#define COMMAND_TAIL 0x08u
#define COMMAND_OPCODE(low) ((low) >> 60)
#define COMMAND_STORE_ADDRESS(low) ((low) & 0x000ffffffffffff8ull)

const char fault_stubs[FAULT_VECTORS * FAULT_STUB_SIZE], nmi_stub[1], drain_stub[1];

static void record(enum event_kind kind, uint64_t where, uint64_t value)
{
    if (machine.event_count < MACHINE_EVENTS)
        machine.events[machine.event_count++] = (struct event){kind, where, value, false};
}

static void call(void (*hook)(void))
{
    if (hook != NULL)
        hook();
}

void cpu_record_access(bool write, uint64_t hpa, uint64_t value, bool device)
{
    if (machine.event_count < MACHINE_EVENTS)
        machine.events[machine.event_count++] = (struct event){write ? EVENT_WRITE : EVENT_READ, hpa, value, device};
    if (machine.on_access != NULL)
        machine.on_access(write, hpa);
}

struct cpuid_result cpu_cpuid(uint32_t leaf, uint32_t subleaf)
{
    if (machine.cpuid != NULL)
        return machine.cpuid(leaf, subleaf);
    if (leaf == 0x8000000a)
        return (struct cpuid_result){1, 16, 0, 1};
    return (struct cpuid_result){0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff};
}

static uint64_t *slot_of(uint32_t msr)
{
    for (uint32_t i = 0; i < machine.msr_count; i++)
        if (machine.msrs[i].msr == msr)
            return &machine.msrs[i].value;
    assert_true(machine.msr_count < MACHINE_MSRS);
    machine.msrs[machine.msr_count].msr = msr;
    return &machine.msrs[machine.msr_count++].value;
}

void machine_set_msr(uint32_t msr, uint64_t value)
{
    *slot_of(msr) = value;
}

uint64_t machine_get_msr(uint32_t msr)
{
    return *slot_of(msr);
}

uint64_t cpu_rdmsr(uint32_t msr)
{
    return *slot_of(msr);
}

void cpu_wrmsr(uint32_t msr, uint64_t value)
{
    *slot_of(msr) = value;
    record(EVENT_WRMSR, msr, value);
    if (machine.on_wrmsr != NULL)
        machine.on_wrmsr(msr, value);
}

uint64_t cpu_rdtsc(void)
{
    machine.tsc += machine.tsc_step;
    return machine.tsc;
}

uint8_t cpu_in8(uint16_t port)
{
    assert_int_equal(port, UART_LINE_STATUS);
    return machine.serial_dead ? 0 : 0x20;
}

void cpu_out8(uint16_t port, uint8_t v)
{
    record(EVENT_OUT, port, v);
    if (port == UART_COM1 && machine.serial_used < MACHINE_SERIAL - 1)
        machine.serial[machine.serial_used++] = (char)v;
}

void cpu_pause(void)
{
    machine.pauses++;
    call(machine.on_pause);
}

void cpu_halt(void)
{
    assert_non_null(machine.on_halt); /* a core that halts does not come back */
    machine.on_halt();
}

uint64_t cpu_read_cr2(void)
{
    return machine.cr2;
}

uint64_t cpu_read_cr3(void)
{
    return machine.cr3;
}

void cpu_write_cr3(uint64_t v)
{
    machine.cr3 = v;
    record(EVENT_CR3, 0, v);
}

void cpu_invlpg(const volatile void *address)
{
    memory_invalidate(address);
}

void cpu_wbinvd(void)
{
    record(EVENT_WBINVD, 0, 0);
}

void cpu_fill64(void *to, uint64_t value, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        ((volatile uint64_t *)to)[i] = value;
}

void cpu_copy(void *to, const void *from, uint64_t size)
{
    memcpy(to, from, size);
}

void cpu_lgdt(const struct descriptor_pointer *p)
{
    machine.gdt_limit = p->limit;
    machine.gdt_base = p->base;
}

void cpu_lidt(const struct descriptor_pointer *p)
{
    machine.idt_limit = p->limit;
    machine.idt_base = p->base;
}

void cpu_load_segments(uint16_t code, uint16_t data, uint16_t task)
{
    machine.code_selector = code;
    machine.data_selector = data;
    machine.task_selector = task;
}

void cpu_clgi(void)
{
    record(EVENT_CLGI, 0, 0);
}

void cpu_vmsave(uint64_t page)
{
    record(EVENT_VMSAVE, page, 0);
}

/* Registers of 8 and 32 bits are the TPM's. */
uint8_t mmio_read8(const volatile void *at)
{
    return (uint8_t)tpm_model_read(at, 1);
}

void mmio_write8(volatile void *at, uint8_t v)
{
    tpm_model_write(at, v);
}

uint32_t mmio_read32(const volatile void *at)
{
    return tpm_model_read(at, 4);
}

void mmio_write32(volatile void *at, uint32_t v)
{
    tpm_model_write(at, v);
}

uint64_t mmio_read64(const volatile void *at)
{
    return *(const volatile uint64_t *)at;
}

/* The command buffer stands behind the register page, the state page behind it (core/handoff.h). */
static void run_commands(uint64_t pages, uint64_t head, uint64_t tail)
{
    for (uint64_t at = head; at != tail; at = (at + 16) % IOMMU_QUEUE_SIZE) {
        const uint64_t *command = (uint64_t *)(pages + PAGE_SIZE + at);
        record(EVENT_COMMAND, command[0], command[1]);
        if (COMMAND_OPCODE(command[0]) != 1)
            continue;
        assert_int_equal(COMMAND_STORE_ADDRESS(command[0]), IOMMU_STATE);
        ((struct iommu_state *)(pages + 2 * PAGE_SIZE))->done = command[1];
    }
}

void mmio_write64(volatile void *at, uint64_t v)
{
    volatile uint64_t *slot = at;
    uint64_t head = *slot;
    *slot = v;
    record(EVENT_MMIO_WRITE, (uint64_t)at, v);
    uint64_t offset = (uint64_t)at - MONITOR_IOMMU;
    uint64_t block = MONITOR_IOMMU_PAGES * PAGE_SIZE;
    if (offset < MACHINE_MAX_IOMMUS * block && offset % block == COMMAND_TAIL && !machine.iommu_dead)
        run_commands(MONITOR_IOMMU + offset / block * block, head, v);
}

void svm_enter(uint64_t *registers, uint64_t vmcb, uint64_t host_state)
{
    (void)registers;
    record(EVENT_ENTER, vmcb, host_state);
    if (machine.guest != NULL)
        machine.guest(machine_vmcb());
}

void svm_take_signals(void)
{
    record(EVENT_SIGNALS, 0, 0);
    call(machine.on_signals);
}

void svm_wait(void)
{
    record(EVENT_WAIT, 0, 0);
    call(machine.on_wait);
}

void svm_drain(void)
{
    record(EVENT_DRAIN, 0, 0);
    call(machine.on_drain);
}
