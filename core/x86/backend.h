/* SPDX-License-Identifier: Apache-2.0 */
/* The vendor-neutral view of a guest core: its registers, why it exited, and the operations a vendor's processor offers.
 * AMD's is svm.c; one struct of functions is picked once at boot. */
#ifndef CORE_X86_BACKEND_H
#define CORE_X86_BACKEND_H

#include "core/lib/address.h"
#include "core/tables/guest_entry.h"

#include <stdbool.h>
#include <stdint.h>

/* General registers by their encoding in instructions (rsp's slot is kept current by the backend). */
enum guest_register {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
    REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
    REG_COUNT,
};

struct guest_state {
    uint64_t reg[REG_COUNT];
    uint64_t rip, cr0, cr3, cr4, efer;
};

enum exit_reason {
    EXIT_NMI,           /* a signal from another core, or the guest's own NMI source */
    EXIT_CPUID,
    EXIT_MSR_READ,
    EXIT_MSR_WRITE,
    EXIT_IO,
    EXIT_STAGE2_FAULT,
    EXIT_HYPERCALL,
    EXIT_CACHE,         /* INVD, WBINVD */
    EXIT_FORBIDDEN,     /* an instruction the partition does not have: virtualisation, MONITOR, ... */
    EXIT_REFLECT,       /* an exception intercepted only so that it cannot loop inside the processor */
    EXIT_SHUTDOWN,      /* triple fault */
    EXIT_MACHINE_CHECK,
    EXIT_INVALID,       /* the processor refused the guest's state */
    EXIT_UNKNOWN,
    EXIT_REASONS,
};

/* One exit. Only the fields of its reason are set. */
struct guest_exit {
    enum exit_reason reason;
    uint64_t raw[3];    /* the hardware's own code and qualifications, for reports */
    uint64_t next_rip;  /* after the instruction: CPUID, MSR, IO, HYPERCALL, CACHE */
    uint16_t port;      /* IO */
    uint8_t width;      /* IO: 1, 2, 4 bytes */
    bool in, string;    /* IO */
    struct gpa address; /* STAGE2_FAULT */
    bool write, fetch;  /* STAGE2_FAULT */
    bool implicit;      /* STAGE2_FAULT: no operand, but the guest's page tables or the stack of an event being delivered */
    uint8_t vector;     /* REFLECT */
    bool has_error_code;
    uint32_t error_code;
    uint8_t instruction[15]; /* STAGE2_FAULT: bytes the processor decoded, when it says so */
    uint8_t instruction_length;
};

/* What a backend works on: private memory of one core. Addresses of the vendor's control block in both views. */
struct vcpu {
    struct guest_state guest;
    struct guest_exit exit;
    void *control;          /* VMCB (later: VMCS region) */
    struct hpa control_hpa;
    struct hpa host_state;  /* AMD: VMSAVE area of the monitor's own state */
    struct hpa host_save;   /* AMD: VM_HSAVE_PA */
    struct hpa stage2_root, msr_bitmap, io_bitmap;
    uint16_t domain;        /* ASID (later: VPID) */
    bool flush;             /* drop the guest's translations on the next entry */
};

struct cpu_backend {
    /* Turns the extension on for this core and prepares the control block. False when the processor refuses. */
    bool (*enable)(struct vcpu *vcpu);
    /* The state a partition's first core starts in (guest_image.h). */
    void (*reset_to_entry)(struct vcpu *vcpu, const struct guest_entry *entry);
    /* The state after INIT and a start-up IPI: real mode at vector << 12. */
    void (*reset_to_startup)(struct vcpu *vcpu, uint8_t vector);
    /* Runs the guest until it exits; fills guest and exit. Signals that arrived are taken before it returns. */
    void (*run)(struct vcpu *vcpu);
    /* Delivers an exception at the next entry, in place of any other event. */
    void (*inject_exception)(struct vcpu *vcpu, uint8_t vector, bool has_error_code, uint32_t error_code);
    /* Delivers an NMI at the next entry; false while another event waits there. */
    bool (*inject_nmi)(struct vcpu *vcpu);
    /* Sets the guest's EFER; the caller has checked the value. */
    void (*write_efer)(struct vcpu *vcpu, uint64_t value);
    /* Sleeps until a signal arrives; returns after it was taken. */
    void (*wait)(void);
    /* Takes what waits for this core but interrupts: signals, machine checks, SMIs. Called now and then during long work: a
     * firmware that calls all cores together makes the others wait for this one. */
    void (*take_signals)(void);
    /* Takes everything the local APIC still holds for this core (after its sources are shut), then closes again. */
    void (*drain)(void);
};

extern const struct cpu_backend svm_backend;

#endif
