/* SPDX-License-Identifier: Apache-2.0 */
/* AMD-V: the CPU backend for Secure Virtual Machine (AMD64 APM vol. 2, chapter 15). */
#include "core/x86/backend.h"
#include "core/x86/cpu.h"
#include "core/x86/registers.h"
#include "core/x86/vmcb.h"

#include <string.h>

/* svm_enter.S: loads the guest's registers, runs it, saves them; GIF is 0 before and after. */
void svm_enter(uint64_t *registers, uint64_t vmcb, uint64_t host_state);
/* svm_enter.S: opens GIF so that a held NMI is taken, and closes it. */
void svm_take_signals(void);
void svm_wait(void);
void svm_drain(void);

#define ATTRIBUTES_CODE64 0xa9bu
#define ATTRIBUTES_CODE32 0xc9bu
#define ATTRIBUTES_CODE16 0x09bu
#define ATTRIBUTES_DATA32 0xc93u
#define ATTRIBUTES_DATA16 0x093u
#define ATTRIBUTES_LDT 0x082u
#define ATTRIBUTES_TSS 0x08bu
#define DR6_RESET 0xffff0ff0ull
#define DR7_RESET 0x400ull
#define EXCEPTION_DB 1u
#define EXCEPTION_BP 3u
#define EXCEPTION_OF 4u
#define EXCEPTION_AC 17u
#define EXCEPTION_MC 18u

static struct vmcb *vmcb_of(const struct vcpu *vcpu)
{
    return vcpu->control;
}

static bool svm_present(void)
{
    return cpu_cpuid(0x80000000, 0).eax >= 0x8000000a && (cpu_cpuid(0x80000001, 0).ecx & 1u << 2) &&
           (cpu_cpuid(0x8000000a, 0).edx & 1u) && !(cpu_rdmsr(MSR_VM_CR) & VM_CR_SVMDIS);
}

static void set_intercepts(struct vmcb *vmcb)
{
    /* #DB and #AC can be made to loop inside the processor without ever reaching an instruction boundary. */
    vmcb->intercept_exceptions = 1u << EXCEPTION_DB | 1u << EXCEPTION_AC | 1u << EXCEPTION_MC;
    vmcb->intercept1 = VMCB_INTERCEPT1_NMI | VMCB_INTERCEPT1_RDPMC | VMCB_INTERCEPT1_CPUID | VMCB_INTERCEPT1_INVD |
                       VMCB_INTERCEPT1_INVLPGA | VMCB_INTERCEPT1_IOIO | VMCB_INTERCEPT1_MSR |
                       VMCB_INTERCEPT1_TASK_SWITCH | VMCB_INTERCEPT1_SHUTDOWN;
    vmcb->intercept2 = VMCB_INTERCEPT2_VMRUN | VMCB_INTERCEPT2_VMMCALL | VMCB_INTERCEPT2_VMLOAD |
                       VMCB_INTERCEPT2_VMSAVE | VMCB_INTERCEPT2_STGI | VMCB_INTERCEPT2_CLGI |
                       VMCB_INTERCEPT2_SKINIT | VMCB_INTERCEPT2_WBINVD | VMCB_INTERCEPT2_MONITOR |
                       VMCB_INTERCEPT2_MWAIT | VMCB_INTERCEPT2_MWAIT_ARMED | VMCB_INTERCEPT2_RDPRU;
    vmcb->intercept3 = VMCB_INTERCEPT3_INVLPGB | VMCB_INTERCEPT3_INVLPGB_ILLEGAL | VMCB_INTERCEPT3_MCOMMIT |
                       VMCB_INTERCEPT3_TLBSYNC;
}

static bool svm_enable(struct vcpu *vcpu)
{
    if (!svm_present())
        return false;
    cpu_wrmsr(MSR_EFER, cpu_rdmsr(MSR_EFER) | EFER_SVME);
    cpu_wrmsr(MSR_VM_HSAVE_PA, vcpu->host_save.v);
    cpu_clgi();
    cpu_vmsave(vcpu->host_state.v);
    return true;
}

static struct vmcb_segment segment(uint16_t selector, unsigned attributes, uint32_t limit, uint64_t base)
{
    return (struct vmcb_segment){selector, (uint16_t)attributes, limit, base};
}

/* What every start has in common; the save area's other fields are zero. */
static struct vmcb *reset_common(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vmcb_of(vcpu);
    memset(vmcb, 0, sizeof *vmcb);
    memset(&vcpu->guest, 0, sizeof vcpu->guest);
    set_intercepts(vmcb);
    vmcb->iopm_base = vcpu->io_bitmap.v;
    vmcb->msrpm_base = vcpu->msr_bitmap.v;
    vmcb->asid = vcpu->domain;
    vmcb->nested_control = VMCB_NESTED_PAGING;
    vmcb->nested_cr3 = vcpu->stage2_root.v;
    vmcb->efer = EFER_SVME;
    vmcb->rflags = RFLAGS_FIXED;
    vmcb->dr6 = DR6_RESET;
    vmcb->dr7 = DR7_RESET;
    vmcb->g_pat = PAT_RESET;
    vmcb->gdtr.limit = 0xffff;
    vmcb->idtr.limit = 0xffff;
    vmcb->ldtr = segment(0, ATTRIBUTES_LDT, 0xffff, 0);
    vmcb->tr = segment(0, ATTRIBUTES_TSS, 0xffff, 0);
    vcpu->flush = true;
    return vmcb;
}

static void set_data_segments(struct vmcb *vmcb, struct vmcb_segment data)
{
    vmcb->ds = vmcb->es = vmcb->ss = vmcb->fs = vmcb->gs = data;
}

static void svm_reset_to_entry(struct vcpu *vcpu, const struct guest_entry *entry)
{
    struct vmcb *vmcb = reset_common(vcpu);
    vmcb->cr0 = CR0_PE | CR0_ET | CR0_NE;
    vmcb->cs = segment(GUEST_SELECTOR_CODE32, ATTRIBUTES_CODE32, 0xffffffff, 0);
    if (entry->long_mode) {
        vmcb->cr0 |= CR0_PG;
        vmcb->cr3 = entry->cr3;
        vmcb->cr4 = CR4_PAE;
        vmcb->efer |= EFER_LME | EFER_LMA;
        vmcb->cs = segment(GUEST_SELECTOR_CODE64, ATTRIBUTES_CODE64, 0xffffffff, 0);
    }
    set_data_segments(vmcb, segment(GUEST_SELECTOR_DATA, ATTRIBUTES_DATA32, 0xffffffff, 0));
    vmcb->gdtr.base = entry->gdt.v;
    vmcb->gdtr.limit = entry->gdt_limit;
    vmcb->idtr.limit = 0;
    vcpu->guest.rip = entry->rip;
    vcpu->guest.reg[REG_RSI] = entry->rsi;
    vcpu->guest.reg[REG_RBX] = entry->rbx;
    vcpu->guest.reg[REG_RSP] = entry->rsp;
}

static void svm_reset_to_startup(struct vcpu *vcpu, uint8_t vector)
{
    struct vmcb *vmcb = reset_common(vcpu);
    vmcb->cr0 = CR0_CD | CR0_NW | CR0_ET;
    vmcb->cs = segment((uint16_t)(vector << 8), ATTRIBUTES_CODE16, 0xffff, (uint64_t)vector << 12);
    set_data_segments(vmcb, segment(0, ATTRIBUTES_DATA16, 0xffff, 0));
}

static void decode_io(struct guest_exit *exit, const struct vmcb *vmcb)
{
    exit->reason = EXIT_IO;
    exit->port = (uint16_t)(vmcb->exit_info1 >> 16);
    exit->width = VMEXIT_IO_WIDTH(vmcb->exit_info1);
    exit->in = vmcb->exit_info1 & VMEXIT_IO_IN;
    exit->string = vmcb->exit_info1 & VMEXIT_IO_STRING;
    exit->next_rip = vmcb->exit_info2;
}

static void decode_stage2_fault(struct guest_exit *exit, const struct vmcb *vmcb)
{
    exit->reason = EXIT_STAGE2_FAULT;
    exit->address.v = vmcb->exit_info2;
    exit->write = vmcb->exit_info1 & VMEXIT_NPF_WRITE;
    exit->fetch = vmcb->exit_info1 & VMEXIT_NPF_FETCH;
    exit->implicit = vmcb->exit_info1 & VMEXIT_NPF_TABLE_WALK || vmcb->exit_int_info & VMCB_EVENT_VALID;
    exit->instruction_length = vmcb->bytes_fetched > 15 ? 15 : vmcb->bytes_fetched;
    memcpy(exit->instruction, vmcb->instruction_bytes, sizeof exit->instruction);
}

static void decode_exception(struct guest_exit *exit, const struct vmcb *vmcb)
{
    exit->vector = (uint8_t)(vmcb->exit_code - VMEXIT_EXCEPTION_FIRST);
    exit->reason = exit->vector == EXCEPTION_MC ? EXIT_MACHINE_CHECK : EXIT_REFLECT;
    exit->has_error_code = exit->vector == EXCEPTION_AC;
    exit->error_code = (uint32_t)vmcb->exit_info1;
}

/* The next instruction's address: the processor's own word where it has NRIP save, else the fixed instruction length. */
static void decode_simple(struct guest_exit *exit, const struct vmcb *vmcb, enum exit_reason reason, unsigned length)
{
    exit->reason = reason;
    exit->next_rip = vmcb->next_rip != 0 ? vmcb->next_rip : vmcb->rip + length;
}

static void decode_exit(struct guest_exit *exit, const struct vmcb *vmcb)
{
    uint64_t code = vmcb->exit_code;
    exit->raw[0] = code;
    exit->raw[1] = vmcb->exit_info1;
    exit->raw[2] = vmcb->exit_info2;
    if (code >= VMEXIT_EXCEPTION_FIRST && code <= VMEXIT_EXCEPTION_LAST)
        decode_exception(exit, vmcb);
    else if (code == VMEXIT_NPF)
        decode_stage2_fault(exit, vmcb);
    else if (code == VMEXIT_IOIO)
        decode_io(exit, vmcb);
    else if (code == VMEXIT_NMI)
        exit->reason = EXIT_NMI;
    else if (code == VMEXIT_CPUID)
        decode_simple(exit, vmcb, EXIT_CPUID, 2);
    else if (code == VMEXIT_MSR)
        decode_simple(exit, vmcb, vmcb->exit_info1 & 1 ? EXIT_MSR_WRITE : EXIT_MSR_READ, 2);
    else if (code == VMEXIT_INVD || code == VMEXIT_WBINVD)
        decode_simple(exit, vmcb, EXIT_CACHE, 2);
    else if (code == VMEXIT_VMMCALL)
        decode_simple(exit, vmcb, EXIT_HYPERCALL, 3);
    else if (code == VMEXIT_SHUTDOWN)
        exit->reason = EXIT_SHUTDOWN;
    else if ((uint32_t)code == (uint32_t)VMEXIT_INVALID) /* -1; QEMU's TCG fills the lower half alone */
        exit->reason = EXIT_INVALID;
    else if ((code >= VMEXIT_VMRUN && code <= VMEXIT_RDPRU) || code == VMEXIT_INVLPGA || code == VMEXIT_RDPMC ||
             (code >= VMEXIT_INVLPGB && code <= VMEXIT_TLBSYNC))
        exit->reason = EXIT_FORBIDDEN;
    else
        exit->reason = EXIT_UNKNOWN;
}

/* Software interrupts, INT3 and INTO: the guest's RIP still stands before them, so they happen again by themselves. */
static bool is_software_event(uint64_t event)
{
    return VMCB_EVENT_TYPE(event) == VMCB_EVENT_TYPE_SOFTWARE ||
           (VMCB_EVENT_TYPE(event) == VMCB_EVENT_TYPE_EXCEPTION &&
            (VMCB_EVENT_VECTOR(event) == EXCEPTION_BP || VMCB_EVENT_VECTOR(event) == EXCEPTION_OF));
}

/* An event that was being delivered when the exit struck would be lost: deliver it again (APM vol. 2, 15.7.2). An exception
 * that the exit's handler raises takes its place, as one that strikes during delivery does on hardware. */
static void requeue_interrupted_event(struct vmcb *vmcb)
{
    uint64_t event = vmcb->exit_int_info;
    vmcb->event_injection = event & VMCB_EVENT_VALID && !is_software_event(event) ? event : 0;
}

static void svm_run(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vmcb_of(vcpu);
    struct guest_state *guest = &vcpu->guest;
    if (guest->rip != vmcb->rip) /* an instruction was done for the guest, and its STI or MOV SS shadow ends with it */
        vmcb->interrupt_shadow &= ~VMCB_INTERRUPT_SHADOW;
    vmcb->rip = guest->rip;
    vmcb->rsp = guest->reg[REG_RSP];
    vmcb->rax = guest->reg[REG_RAX];
    vmcb->tlb_control = vcpu->flush ? VMCB_TLB_FLUSH_ALL : 0;
    vcpu->flush = false;
    svm_enter(guest->reg, vcpu->control_hpa.v, vcpu->host_state.v);
    guest->rip = vmcb->rip;
    guest->reg[REG_RSP] = vmcb->rsp;
    guest->reg[REG_RAX] = vmcb->rax;
    guest->cr0 = vmcb->cr0;
    guest->cr3 = vmcb->cr3;
    guest->cr4 = vmcb->cr4;
    guest->efer = vmcb->efer & ~EFER_SVME;
    requeue_interrupted_event(vmcb);
    decode_exit(&vcpu->exit, vmcb);
    if (vcpu->exit.reason == EXIT_NMI)
        svm_take_signals();
}

static void svm_inject_exception(struct vcpu *vcpu, uint8_t vector, bool has_error_code, uint32_t error_code)
{
    uint64_t event = VMCB_EVENT_VALID | VMCB_EVENT_EXCEPTION | vector;
    if (has_error_code)
        event |= VMCB_EVENT_ERROR_CODE | (uint64_t)error_code << 32;
    vmcb_of(vcpu)->event_injection = event;
}

static bool svm_inject_nmi(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vmcb_of(vcpu);
    if (vmcb->event_injection & VMCB_EVENT_VALID)
        return false;
    vmcb->event_injection = VMCB_EVENT_VALID | VMCB_EVENT_NMI;
    return true;
}

static void svm_write_efer(struct vcpu *vcpu, uint64_t value)
{
    vmcb_of(vcpu)->efer = value | EFER_SVME;
    vcpu->flush = true;
}

const struct cpu_backend svm_backend = {
    .enable = svm_enable,
    .reset_to_entry = svm_reset_to_entry,
    .reset_to_startup = svm_reset_to_startup,
    .run = svm_run,
    .inject_exception = svm_inject_exception,
    .inject_nmi = svm_inject_nmi,
    .write_efer = svm_write_efer,
    .wait = svm_wait,
    .take_signals = svm_take_signals,
    .drain = svm_drain,
};
