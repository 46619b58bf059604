/* SPDX-License-Identifier: Apache-2.0 */
/* Model-specific registers that are not passed through (core/tables/bitmaps.c has those): a few are answered, the rest do not
 * exist (AMD64 APM vol. 2, appendix A). */
#include "core/monitor/exit.h"
#include "core/x86/apic.h"
#include "core/x86/registers.h"

#define MTRR_ENABLED_WRITE_BACK 0xc06ull /* enabled, fixed ranges enabled, default type write-back */
#define LVT_TIMER_WRITABLE 0x300ffull /* vector, mask, periodic; no other message type than fixed */
#define LVT_LINT_WRITABLE 0x1a7ffull  /* vector, message type, polarity, trigger, mask */
#define LVT_WRITABLE 0x107ffull       /* vector, message type, mask */
#define EFER_GUEST_BITS (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE | EFER_FFXSR | EFER_TCE)

/* Registers that read as zero and ignore writes: kernels touch them while probing, and nothing depends on the answer. */
static bool reads_zero(uint32_t msr)
{
    return (msr >= MSR_MTRR_PHYS_FIRST && msr <= MSR_MTRR_PHYS_LAST) ||
           (msr >= MSR_MTRR_FIXED_FIRST && msr <= MSR_MTRR_FIXED_LAST) ||
           (msr >= MSR_K7_EVENT_FIRST && msr <= MSR_K7_COUNTER_LAST) ||
           (msr >= MSR_LS_CFG && msr <= MSR_BU_CFG2 && msr != MSR_DE_CFG) || msr == MSR_MTRR_CAP || msr == MSR_SYSCFG ||
           msr == MSR_NB_CFG || msr == MSR_MCG_CAP || msr == MSR_MCG_STATUS || msr == MSR_DEBUGCTL;
}

static uint64_t apic_base_of(const struct core *core)
{
    uint64_t base = cpu_rdmsr(MSR_APIC_BASE) & ~APIC_BASE_BSP;
    return this_partition()->core_index[0] == core->index ? base | APIC_BASE_BSP : base;
}

static bool read_msr(const struct core *core, uint32_t msr, uint64_t *value)
{
    switch (msr) {
    case MSR_APIC_BASE:
        *value = apic_base_of(core);
        return true;
    case MSR_PATCH_LEVEL:
    case MSR_TSC:
        *value = cpu_rdmsr(msr);
        return true;
    case MSR_MTRR_DEF_TYPE:
        *value = MTRR_ENABLED_WRITE_BACK;
        return true;
    case MSR_EFER:
        *value = core->vcpu.guest.efer;
        return true;
    case MSR_HWCR:
        *value = HWCR_TSC_FREQ_SEL;
        return true;
    case MSR_DE_CFG:
        *value = DE_CFG_LFENCE_SERIALIZE;
        return true;
    default:
        *value = 0;
        return reads_zero(msr);
    }
}

void exit_msr_read(struct core *core)
{
    uint64_t value;
    if (!read_msr(core, guest_get32(core, REG_RCX), &value)) {
        exit_raise_gp(core);
        return;
    }
    guest_set32(core, REG_RAX, (uint32_t)value);
    guest_set32(core, REG_RDX, (uint32_t)(value >> 32));
    exit_skip(core);
}

/* LMA follows LME when paging is on and is not for software to change (APM vol. 2, 3.1.7). */
static bool write_efer(struct core *core, uint64_t value)
{
    uint64_t old = core->vcpu.guest.efer;
    if (value & ~EFER_GUEST_BITS || (core->vcpu.guest.cr0 & CR0_PG && (value ^ old) & EFER_LME))
        return false;
    core->backend->write_efer(&core->vcpu, (value & ~EFER_LMA) | (old & EFER_LMA));
    return true;
}

/* Bits beyond these are reserved, and writing one raises #GP, here in the monitor (APM vol. 2, 16.4, 16.11.1). 0: no such
 * register, as 0x82f, which is another vendor's. */
static uint64_t lvt_writable(uint32_t msr)
{
    switch (msr) {
    case MSR_X2APIC_LVT_TIMER:
        return LVT_TIMER_WRITABLE;
    case MSR_X2APIC_LVT_LINT0:
    case MSR_X2APIC_LVT_LINT1:
        return LVT_LINT_WRITABLE;
    case MSR_X2APIC_LVT_THERMAL:
    case MSR_X2APIC_LVT_PERFORMANCE:
    case MSR_X2APIC_LVT_ERROR:
        return LVT_WRITABLE;
    default:
        return 0;
    }
}

/* A local interrupt may be fixed or NMI. SMI runs the firmware and INIT takes the core from the monitor; with those and all
 * other message types the entry stays masked. */
static void write_lvt(uint32_t msr, uint64_t value)
{
    unsigned mode = LVT_MODE(value);
    bool harmless = mode == ICR_MODE_FIXED || mode == ICR_MODE_NMI;
    cpu_wrmsr(msr, harmless ? value & lvt_writable(msr) : LVT_MASKED);
}

static bool write_msr(struct core *core, uint32_t msr, uint64_t value)
{
    if (msr == MSR_EFER)
        return write_efer(core, value);
    if (lvt_writable(msr) != 0) {
        write_lvt(msr, value);
        return true;
    }
    if (msr == MSR_APIC_BASE)
        return value == apic_base_of(core);
    return msr == MSR_TSC || msr == MSR_MTRR_DEF_TYPE || msr == MSR_PATCH_LEVEL || msr == MSR_HWCR ||
           msr == MSR_DE_CFG || reads_zero(msr); /* ignored */
}

void exit_msr_write(struct core *core)
{
    uint32_t msr = guest_get32(core, REG_RCX);
    uint64_t value = (uint64_t)guest_get32(core, REG_RDX) << 32 | guest_get32(core, REG_RAX);
    if (msr == MSR_X2APIC_ICR) {
        exit_icr(core, value);
        return;
    }
    if (write_msr(core, msr, value))
        exit_skip(core);
    else
        exit_raise_gp(core);
}
