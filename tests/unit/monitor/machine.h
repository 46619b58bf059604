/* SPDX-License-Identifier: Apache-2.0 */
/* The machine that the monitor's unit tests run on: one processor core whose every instruction is recorded, 4 GiB of physical
 * memory, the page-table entries of the monitor's windows obeyed, an IOMMU that completes commands, and a guest that is a
 * function. Two partitions stand ready: `web` on cores 0 and 1 with a NIC, `mail` on core 2; core 3 is parked. */
#ifndef TESTS_UNIT_MONITOR_MACHINE_H
#define TESTS_UNIT_MONITOR_MACHINE_H

#include "core/handoff.h"
#include "core/monitor/core.h"
#include "core/monitor/shared.h"
#include "core/x86/cpu.h"
#include "core/x86/iommu.h"
#include "core/x86/vmcb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What happened, in order. */
enum event_kind {
    EVENT_WRMSR,       /* where: register */
    EVENT_OUT,         /* where: port */
    EVENT_READ,        /* through the 4 KiB window; where: host-physical address of the first byte */
    EVENT_WRITE,       /* the same; value: the 8 bytes there afterwards */
    EVENT_MMIO_WRITE,  /* an IOMMU register; where: virtual address */
    EVENT_COMMAND,     /* an IOMMU command was carried out; where, value: its two words */
    EVENT_CR3,
    EVENT_WBINVD,
    EVENT_CLGI,
    EVENT_VMSAVE,      /* where: page */
    EVENT_ENTER,       /* the guest ran; where: VMCB, value: host state page */
    EVENT_SIGNALS,     /* svm_take_signals */
    EVENT_WAIT,        /* svm_wait */
    EVENT_DRAIN,       /* svm_drain */
};

struct event {
    enum event_kind kind;
    uint64_t where, value;
    bool device; /* READ, WRITE: mapped as device registers */
};

#define MACHINE_EVENTS 20000u
#define MACHINE_MSRS 128u
#define MACHINE_SERIAL 16384u

/* Where things stand in physical memory. */
#define WEB_RAM 0x40000000ull      /* guest-physical 0, 4 MiB */
#define WEB_RAM_HIGH 0x50000000ull /* guest-physical 4 GiB, 2 MiB */
#define MAIL_RAM 0x60000000ull     /* guest-physical 0, 2 MiB */
#define NIC_CONFIG 0xb0008000ull
#define NIC_BAR 0xc0000000ull
#define NIC_MSIX 0xc0003000ull     /* the table's page */
#define NIC_IRT 0x20000000ull
#define SEALED 0x30000000ull       /* 8 KiB: what the web partition is loaded from */
#define IOMMU_STATE 0x21000000ull
#define CORE_BLOCKS 0x22000000ull
#define NIC_PM_CAP 0x40u
#define NIC_MSI_CAP 0x50u
#define NIC_MSIX_CAP 0x70u
#define NIC_PCIE_CAP 0x80u

struct machine_model {
    struct event events[MACHINE_EVENTS];
    uint32_t event_count;
    struct { uint32_t msr; uint64_t value; } msrs[MACHINE_MSRS];
    uint32_t msr_count;
    char serial[MACHINE_SERIAL]; /* what came out of COM1 */
    uint32_t serial_used;
    uint64_t tsc, tsc_step; /* each reading of the time stamp counter adds the step */
    uint64_t cr2, cr3;
    uint64_t pauses;
    bool serial_dead;       /* the transmitter never becomes empty */
    bool iommu_dead;        /* commands are not carried out */
    uint16_t gdt_limit, idt_limit, code_selector, data_selector, task_selector;
    uint64_t gdt_base, idt_base;
    /* What the processor says; NULL: all-ones in every register, but SVM with NPT and 16 ASIDs in 8000_000A. */
    struct cpuid_result (*cpuid)(uint32_t leaf, uint32_t subleaf);
    void (*on_wrmsr)(uint32_t msr, uint64_t value); /* after it was recorded */
    void (*on_access)(bool write, uint64_t hpa);    /* through the window; after it was recorded */
    void (*on_pause)(void);
    void (*on_signals)(void);
    void (*on_halt)(void);
    void (*on_wait)(void);
    void (*on_drain)(void);
    void (*guest)(struct vmcb *vmcb); /* runs at each entry: reads and changes the VMCB as a processor would */
};

extern struct machine_model machine;

/* A test on an empty machine: this core is core 0 and runs `web`'s guest on the AMD backend. The machine is set up inside the
 * test, since cmocka takes the fault signals, which the machine needs, before each. */
#define machine_test(test) {#test, machine_run, NULL, NULL, (void *)(test)}
void machine_run(void **state);

/* Makes this core another one; its partition follows. */
void machine_become(uint32_t core_index);

/* Physical memory, without any window. */
void *machine_memory(uint64_t hpa);
uint32_t machine_load32(uint64_t hpa);
uint64_t machine_load64(uint64_t hpa);
void machine_store32(uint64_t hpa, uint32_t value);
void machine_store64(uint64_t hpa, uint64_t value);

void machine_set_msr(uint32_t msr, uint64_t value);
uint64_t machine_get_msr(uint32_t msr);

/* Forgets the events so far. */
void machine_forget(void);

/* Events of one kind since the last machine_forget(), and the n-th of them, counted from 0: the test fails if there is none. */
uint32_t machine_count(enum event_kind kind);
const struct event *machine_event(enum event_kind kind, uint32_t n);

/* How many WRMSRs of this register, and its n-th. */
uint32_t machine_count_wrmsr(uint32_t msr);

/* The IPIs sent by this core: writes of the interrupt command register. */
uint32_t machine_count_ipis(void);
uint64_t machine_ipi(uint32_t n);

/* Asserts what came out of the serial port since the last call. */
void machine_assert_serial(const char *expected);

/* Asserts that it contains this. Keeps it. */
void machine_assert_serial_has(const char *expected);

/* The parts of the default configuration. */
struct handoff *machine_handoff(void);
struct handoff_partition *machine_web(void);
struct handoff_device *machine_nic(void);
struct vmcb *machine_vmcb(void);

/* core/x86/svm_enter.S and core/monitor/entry.S in this machine. */
void svm_enter(uint64_t *registers, uint64_t vmcb, uint64_t host_state);
void svm_take_signals(void);
void svm_wait(void);
void svm_drain(void);

#endif
