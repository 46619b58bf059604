/* SPDX-License-Identifier: Apache-2.0 */
/* The AMD backend: what a guest is entered with, and what each of the processor's exit codes becomes. */
#include "core/x86/registers.h"
#include "tests/unit/monitor/machine.h"

#define EXCEPTION_BIT(vector) (1u << (vector))
#define TYPE(n) ((uint64_t)(n) << 8)
#define EVENT(type, vector) (VMCB_EVENT_VALID | TYPE(type) | (vector))

static struct vcpu *vcpu(void)
{
    return &this_core()->vcpu;
}

/* What the guest function of the next run leaves in the VMCB. */
static struct vmcb exit_to_leave;

static void leave_exit(struct vmcb *vmcb)
{
    vmcb->exit_code = exit_to_leave.exit_code;
    vmcb->exit_info1 = exit_to_leave.exit_info1;
    vmcb->exit_info2 = exit_to_leave.exit_info2;
    vmcb->exit_int_info = exit_to_leave.exit_int_info;
    vmcb->next_rip = exit_to_leave.next_rip;
    vmcb->bytes_fetched = exit_to_leave.bytes_fetched;
    memcpy(vmcb->instruction_bytes, exit_to_leave.instruction_bytes, sizeof vmcb->instruction_bytes);
    vmcb->event_injection = 0; /* delivered */
}

static const struct guest_exit *run_to(struct vmcb left)
{
    exit_to_leave = left;
    machine.guest = leave_exit;
    svm_backend.run(vcpu());
    return &vcpu()->exit;
}

static enum exit_reason reason_of(uint64_t code, uint64_t info1)
{
    return run_to((struct vmcb){.exit_code = code, .exit_info1 = info1})->reason;
}

static void a_guest_always_has_nested_paging_an_asid_and_both_permission_maps(void **state)
{
    const struct vmcb *vmcb = machine_vmcb();
    (void)state;
    for (int start = 0; start < 2; start++) {
        memset(machine_vmcb(), 0xff, sizeof *vmcb);
        if (start == 0)
            svm_backend.reset_to_entry(vcpu(), &machine_web()->image.entry);
        else
            svm_backend.reset_to_startup(vcpu(), 0x9a);
        assert_int_equal(vmcb->nested_control, VMCB_NESTED_PAGING);
        assert_int_equal(vmcb->nested_cr3, machine_web()->stage2_root.v);
        assert_int_not_equal(vmcb->asid, 0);
        assert_int_equal(vmcb->msrpm_base, machine_handoff()->msr_bitmap.v);
        assert_int_equal(vmcb->iopm_base, machine_handoff()->io_bitmap.v);
        assert_int_equal(vmcb->tsc_offset, 0);
        assert_int_equal(vmcb->vintr, 0); /* external interrupts go to the guest, by its own RFLAGS.IF */
        assert_int_equal(vmcb->clean_bits, 0);
        assert_int_equal(vmcb->event_injection, 0);
        assert_true(vmcb->efer & EFER_SVME); /* VMRUN refuses a guest without it */
    }
}

/* VMRUN must be intercepted (15.5.1); the others keep the guest from the machine: MSRs, ports, cache and TLB instructions that
 * reach beyond the core, events that would loop in microcode or end it. */
static void everything_that_could_leave_the_partition_is_intercepted(void **state)
{
    const struct vmcb *vmcb = machine_vmcb();
    uint32_t one = VMCB_INTERCEPT1_NMI | VMCB_INTERCEPT1_RDPMC | VMCB_INTERCEPT1_CPUID | VMCB_INTERCEPT1_INVD |
                   VMCB_INTERCEPT1_INVLPGA | VMCB_INTERCEPT1_IOIO | VMCB_INTERCEPT1_MSR | VMCB_INTERCEPT1_TASK_SWITCH |
                   VMCB_INTERCEPT1_SHUTDOWN;
    uint32_t two = VMCB_INTERCEPT2_VMRUN | VMCB_INTERCEPT2_VMMCALL | VMCB_INTERCEPT2_VMLOAD | VMCB_INTERCEPT2_VMSAVE |
                   VMCB_INTERCEPT2_STGI | VMCB_INTERCEPT2_CLGI | VMCB_INTERCEPT2_SKINIT | VMCB_INTERCEPT2_MONITOR |
                   VMCB_INTERCEPT2_MWAIT | VMCB_INTERCEPT2_MWAIT_ARMED | VMCB_INTERCEPT2_RDPRU;
    uint32_t three = VMCB_INTERCEPT3_INVLPGB | VMCB_INTERCEPT3_INVLPGB_ILLEGAL | VMCB_INTERCEPT3_TLBSYNC;
    (void)state;
    assert_int_equal(vmcb->intercept1 & one, one);
    assert_int_equal(vmcb->intercept2 & two, two);
    assert_int_equal(vmcb->intercept3 & three, three);
    assert_int_equal(vmcb->intercept_exceptions, EXCEPTION_BIT(1) | EXCEPTION_BIT(17) | EXCEPTION_BIT(18));
}

/* By the manual's bit numbers, not by our names for them (APM vol. 2, table B-1). */
static void interrupts_halt_and_control_registers_do_not_exit(void **state)
{
    const struct vmcb *vmcb = machine_vmcb();
    (void)state;
    assert_int_equal(vmcb->intercept1 & 1u << 0, 0);  /* INTR */
    assert_int_equal(vmcb->intercept1 & 1u << 24, 0); /* HLT */
    assert_int_equal(vmcb->intercept1 & 1u << 25, 0); /* INVLPG */
    assert_int_equal(vmcb->intercept1 & 1u << 14, 0); /* RDTSC */
    assert_int_equal(vmcb->intercept_cr_read | vmcb->intercept_cr_write, 0);
    assert_int_equal(vmcb->intercept_dr_read | vmcb->intercept_dr_write, 0);
}

static void a_long_mode_entry_is_flat_64_bit_with_the_images_page_tables(void **state)
{
    const struct vmcb *vmcb = machine_vmcb();
    (void)state;
    assert_int_equal(vmcb->cr0 & (CR0_PE | CR0_PG), CR0_PE | CR0_PG);
    assert_int_equal(vmcb->cr3, 0xe1000);
    assert_int_equal(vmcb->cr4, CR4_PAE);
    assert_int_equal(vmcb->efer & (EFER_LME | EFER_LMA), EFER_LME | EFER_LMA);
    assert_int_equal(vmcb->cs.attributes & 0x600, 0x200); /* L, not D */
    assert_int_equal(vmcb->rflags, RFLAGS_FIXED);
    assert_int_equal(vmcb->gdtr.base, 0xe7000);
    assert_int_equal(vmcb->gdtr.limit, 0x1f);
    assert_int_equal(vcpu()->guest.rip, 0x100200);
    assert_int_equal(vcpu()->guest.reg[REG_RSI], 0xe0000);
    assert_int_equal(vcpu()->guest.reg[REG_RSP], 0xea000);
}

static void a_32_bit_entry_has_paging_off(void **state)
{
    const struct guest_entry entry = {.rip = 0x100000, .rbx = 0xe0000, .gdt = {0xe7000}, .gdt_limit = 0x1f};
    const struct vmcb *vmcb = machine_vmcb();
    (void)state;
    svm_backend.reset_to_entry(vcpu(), &entry);
    assert_int_equal(vmcb->cr0 & (CR0_PE | CR0_PG), CR0_PE);
    assert_int_equal(vmcb->efer, EFER_SVME);
    assert_int_equal(vmcb->cs.attributes & 0x600, 0x400); /* D, not L */
    assert_int_equal(vcpu()->guest.rip, 0x100000);
    assert_int_equal(vcpu()->guest.reg[REG_RBX], 0xe0000);
}

static void a_startup_ipi_starts_real_mode_at_its_vector(void **state)
{
    const struct vmcb *vmcb = machine_vmcb();
    (void)state;
    svm_backend.reset_to_startup(vcpu(), 0x9a);
    assert_int_equal(vmcb->cr0 & (CR0_PE | CR0_PG), 0);
    assert_int_equal(vmcb->cs.selector, 0x9a00);
    assert_int_equal(vmcb->cs.base, 0x9a000);
    assert_int_equal(vcpu()->guest.rip, 0);
    assert_int_equal(vmcb->efer, EFER_SVME);
}

static void assert_segment(const struct vmcb_segment *segment, unsigned attributes, uint32_t limit, uint64_t base)
{
    assert_int_equal(segment->attributes, attributes);
    assert_int_equal(segment->limit, limit);
    assert_int_equal(segment->base, base);
}

static void assert_data_segments(unsigned attributes, uint32_t limit)
{
    const struct vmcb *vmcb = machine_vmcb();
    assert_segment(&vmcb->ds, attributes, limit, 0);
    assert_segment(&vmcb->es, attributes, limit, 0);
    assert_segment(&vmcb->ss, attributes, limit, 0);
    assert_segment(&vmcb->fs, attributes, limit, 0);
    assert_segment(&vmcb->gs, attributes, limit, 0);
}

/* After INIT and a start-up IPI: APM vol. 2, table 14-1. */
static void segments_and_debug_registers_start_as_the_manual_says(void **state)
{
    const struct guest_entry flat = {.rip = 0x100000};
    const struct vmcb *vmcb = machine_vmcb();
    (void)state;
    assert_segment(&vmcb->cs, 0xa9b, 0xffffffff, 0);
    assert_data_segments(0xc93, 0xffffffff);
    svm_backend.reset_to_entry(vcpu(), &flat);
    assert_segment(&vmcb->cs, 0xc9b, 0xffffffff, 0);
    assert_data_segments(0xc93, 0xffffffff);
    svm_backend.reset_to_startup(vcpu(), 1);
    assert_segment(&vmcb->cs, 0x09b, 0xffff, 0x1000);
    assert_data_segments(0x093, 0xffff);
    assert_segment(&vmcb->ldtr, 0x082, 0xffff, 0);
    assert_segment(&vmcb->tr, 0x08b, 0xffff, 0);
    assert_int_equal(vmcb->gdtr.limit, 0xffff);
    assert_int_equal(vmcb->idtr.limit, 0xffff);
    assert_int_equal(vmcb->gdtr.base | vmcb->idtr.base, 0);
    assert_int_equal(vmcb->cr0, CR0_CD | CR0_NW | CR0_ET);
    assert_int_equal(vmcb->dr6, 0xffff0ff0);
    assert_int_equal(vmcb->dr7, 0x400);
    assert_int_equal(vmcb->g_pat, 0x0007040600070406);
    assert_int_equal(vmcb->rflags, RFLAGS_FIXED);
    assert_int_equal(vmcb->cpl, 0);
}

static void a_reset_leaves_nothing_of_the_earlier_life(void **state)
{
    (void)state;
    memset(machine_vmcb(), 0xff, sizeof(struct vmcb));
    memset(&vcpu()->guest, 0xff, sizeof vcpu()->guest);
    svm_backend.reset_to_startup(vcpu(), 1);
    for (unsigned reg = 0; reg < REG_COUNT; reg++)
        assert_int_equal(vcpu()->guest.reg[reg], 0);
    assert_int_equal(machine_vmcb()->lstar | machine_vmcb()->kernel_gs_base | machine_vmcb()->cr2, 0);
}

static void the_first_entry_after_a_reset_flushes_and_the_next_does_not(void **state)
{
    (void)state;
    run_to((struct vmcb){.exit_code = VMEXIT_NMI});
    assert_int_equal(machine_vmcb()->tlb_control, VMCB_TLB_FLUSH_ALL);
    run_to((struct vmcb){.exit_code = VMEXIT_NMI});
    assert_int_equal(machine_vmcb()->tlb_control, 0);
    svm_backend.reset_to_startup(vcpu(), 1);
    run_to((struct vmcb){.exit_code = VMEXIT_NMI});
    assert_int_equal(machine_vmcb()->tlb_control, VMCB_TLB_FLUSH_ALL);
}

static void a_new_efer_is_flushed_for_and_keeps_svm_on(void **state)
{
    (void)state;
    run_to((struct vmcb){.exit_code = VMEXIT_NMI});
    svm_backend.write_efer(vcpu(), EFER_SCE | EFER_NXE);
    assert_int_equal(machine_vmcb()->efer, EFER_SCE | EFER_NXE | EFER_SVME);
    run_to((struct vmcb){.exit_code = VMEXIT_NMI});
    assert_int_equal(machine_vmcb()->tlb_control, VMCB_TLB_FLUSH_ALL);
    assert_int_equal(vcpu()->guest.efer, EFER_SCE | EFER_NXE); /* the guest does not see SVME */
}

static void registers_travel_both_ways(void **state)
{
    (void)state;
    vcpu()->guest.reg[REG_RAX] = 0x1111;
    vcpu()->guest.rip = 0x2222;
    vcpu()->guest.reg[REG_RSP] = 0x3333;
    run_to((struct vmcb){.exit_code = VMEXIT_NMI});
    assert_int_equal(machine_vmcb()->rax, 0x1111);
    assert_int_equal(machine_vmcb()->rip, 0x2222);
    assert_int_equal(machine_vmcb()->rsp, 0x3333);
    assert_int_equal(vcpu()->guest.rip, 0x2222);
    assert_int_equal(machine_event(EVENT_ENTER, 0)->where, vcpu()->control_hpa.v);
    assert_int_equal(machine_event(EVENT_ENTER, 0)->value, vcpu()->host_state.v);
}

static void every_exit_code_has_its_reason(void **state)
{
    static const struct { uint64_t code, info1; enum exit_reason reason; } wanted[] = {
        {0x61, 0, EXIT_NMI}, {0x6f, 0, EXIT_FORBIDDEN}, {0x72, 0, EXIT_CPUID}, {0x76, 0, EXIT_CACHE},
        {0x7a, 0, EXIT_FORBIDDEN}, {0x7b, 0, EXIT_IO}, {0x7c, 0, EXIT_MSR_READ}, {0x7c, 1, EXIT_MSR_WRITE},
        {0x7f, 0, EXIT_SHUTDOWN}, {0x80, 0, EXIT_FORBIDDEN}, {0x81, 0, EXIT_HYPERCALL}, {0x82, 0, EXIT_FORBIDDEN},
        {0x83, 0, EXIT_FORBIDDEN}, {0x84, 0, EXIT_FORBIDDEN}, {0x85, 0, EXIT_FORBIDDEN}, {0x86, 0, EXIT_FORBIDDEN},
        {0x8a, 0, EXIT_FORBIDDEN}, {0x8b, 0, EXIT_FORBIDDEN}, {0x8c, 0, EXIT_FORBIDDEN}, {0x8e, 0, EXIT_FORBIDDEN},
        {0xa0, 0, EXIT_FORBIDDEN}, {0xa1, 0, EXIT_FORBIDDEN}, {0xa4, 0, EXIT_FORBIDDEN}, {0x400, 0, EXIT_STAGE2_FAULT},
        {0x41, 0, EXIT_REFLECT}, {0x51, 0, EXIT_REFLECT}, {0x52, 0, EXIT_MACHINE_CHECK},
        {0xffffffffffffffff, 0, EXIT_INVALID},
        /* What is not intercepted does not come; if it does, the partition stops. */
        {0x60, 0, EXIT_UNKNOWN}, {0x62, 0, EXIT_UNKNOWN}, {0x63, 0, EXIT_UNKNOWN}, {0x78, 0, EXIT_UNKNOWN},
        {0x7d, 0, EXIT_UNKNOWN}, {0x7e, 0, EXIT_UNKNOWN}, {0x401, 0, EXIT_UNKNOWN}, {0x403, 0, EXIT_UNKNOWN},
        {0x0, 0, EXIT_UNKNOWN}, {0x3f, 0, EXIT_UNKNOWN}, {0x12345, 0, EXIT_UNKNOWN},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (reason_of(wanted[i].code, wanted[i].info1) != wanted[i].reason)
            fail_msg("exit code 0x%lx is reason %d", (unsigned long)wanted[i].code, (int)vcpu()->exit.reason);
}

static void no_exit_code_is_without_a_reason(void **state)
{
    (void)state;
    for (uint64_t code = 0; code < 0x500; code++)
        assert_in_range(reason_of(code, 0), 0, EXIT_REASONS - 1);
}

static void an_exit_keeps_the_hardwares_own_words_for_the_report(void **state)
{
    (void)state;
    const struct guest_exit *exit = run_to((struct vmcb){.exit_code = 0x7f, .exit_info1 = 5, .exit_info2 = 6});
    assert_int_equal(exit->raw[0], 0x7f);
    assert_int_equal(exit->raw[1], 5);
    assert_int_equal(exit->raw[2], 6);
}

static void port_io_is_decoded(void **state)
{
    (void)state;
    const struct guest_exit *exit =
        run_to((struct vmcb){.exit_code = VMEXIT_IOIO, .exit_info1 = 0xcf8ull << 16 | 1 << 6, .exit_info2 = 0x1003});
    assert_int_equal(exit->port, 0xcf8);
    assert_int_equal(exit->width, 4);
    assert_false(exit->in);
    assert_false(exit->string);
    assert_int_equal(exit->next_rip, 0x1003);
    run_to((struct vmcb){.exit_code = VMEXIT_IOIO, .exit_info1 = 0x60ull << 16 | 1 << 4 | 1});
    assert_int_equal(exit->width, 1);
    assert_true(exit->in);
    run_to((struct vmcb){.exit_code = VMEXIT_IOIO, .exit_info1 = 0x60ull << 16 | 1 << 5 | 1 << 2});
    assert_int_equal(exit->width, 2);
    assert_true(exit->string);
}

static void a_stage_2_fault_is_decoded_with_the_instruction_when_the_processor_has_it(void **state)
{
    (void)state;
    const struct guest_exit *exit =
        run_to((struct vmcb){.exit_code = VMEXIT_NPF, .exit_info1 = 1ull << 32 | VMEXIT_NPF_WRITE, .exit_info2 = 0x1234,
                             .bytes_fetched = 0xff, .instruction_bytes = {0x89, 0x03}});
    assert_int_equal(exit->address.v, 0x1234);
    assert_true(exit->write);
    assert_false(exit->fetch);
    assert_false(exit->implicit);
    assert_int_equal(exit->instruction_length, 15);
    assert_int_equal(exit->instruction[1], 0x03);
    run_to((struct vmcb){.exit_code = VMEXIT_NPF, .exit_info1 = VMEXIT_NPF_FETCH});
    assert_true(exit->fetch);
    assert_false(exit->write);
    assert_int_equal(exit->instruction_length, 0);
}

/* The instruction at RIP has nothing to do with these, so it must not be carried out. */
static void faults_of_page_walks_and_of_event_delivery_are_implicit(void **state)
{
    (void)state;
    const struct guest_exit *exit = run_to((struct vmcb){.exit_code = VMEXIT_NPF, .exit_info1 = VMEXIT_NPF_TABLE_WALK});
    assert_true(exit->implicit);
    run_to((struct vmcb){.exit_code = VMEXIT_NPF, .exit_info1 = VMEXIT_NPF_WRITE, .exit_int_info = EVENT(0, 0x41)});
    assert_true(exit->implicit);
}

static void the_next_instruction_is_the_processors_word_or_the_fixed_length(void **state)
{
    static const struct { uint64_t code; unsigned length; } fixed[] = {
        {VMEXIT_CPUID, 2}, {VMEXIT_MSR, 2}, {VMEXIT_INVD, 2}, {VMEXIT_VMMCALL, 3}};
    (void)state;
    for (unsigned i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        vcpu()->guest.rip = 0x1000;
        assert_int_equal(run_to((struct vmcb){.exit_code = fixed[i].code, .next_rip = 0x1007})->next_rip, 0x1007);
        assert_int_equal(run_to((struct vmcb){.exit_code = fixed[i].code})->next_rip, 0x1000 + fixed[i].length);
    }
}

static void a_skipped_instruction_takes_its_interrupt_shadow_along(void **state)
{
    (void)state;
    run_to((struct vmcb){.exit_code = VMEXIT_CPUID});
    machine_vmcb()->interrupt_shadow = VMCB_INTERRUPT_SHADOW;
    run_to((struct vmcb){.exit_code = VMEXIT_CPUID}); /* not skipped: nothing happened */
    assert_int_equal(machine_vmcb()->interrupt_shadow, VMCB_INTERRUPT_SHADOW);
    vcpu()->guest.rip += 2;
    run_to((struct vmcb){.exit_code = VMEXIT_CPUID});
    assert_int_equal(machine_vmcb()->interrupt_shadow, 0);
}

static void an_interrupted_event_is_delivered_again(void **state)
{
    static const uint64_t events[] = {EVENT(0, 0x41), EVENT(2, 2), EVENT(3, 14) | VMCB_EVENT_ERROR_CODE | 7ull << 32};
    (void)state;
    for (unsigned i = 0; i < sizeof events / sizeof events[0]; i++) {
        run_to((struct vmcb){.exit_code = VMEXIT_NMI, .exit_int_info = events[i]});
        assert_int_equal(machine_vmcb()->event_injection, events[i]);
    }
    run_to((struct vmcb){.exit_code = VMEXIT_NMI, .exit_int_info = EVENT(0, 0x41) & ~VMCB_EVENT_VALID});
    assert_int_equal(machine_vmcb()->event_injection, 0);
}

static void interrupted_software_events_are_left_to_their_instruction(void **state)
{
    static const uint64_t events[] = {EVENT(4, 0x80), EVENT(3, 3), EVENT(3, 4)};
    (void)state;
    for (unsigned i = 0; i < sizeof events / sizeof events[0]; i++) {
        run_to((struct vmcb){.exit_code = VMEXIT_NMI, .exit_int_info = events[i]});
        assert_int_equal(machine_vmcb()->event_injection, 0);
    }
}

static void a_raised_exception_takes_the_place_of_an_interrupted_event(void **state)
{
    (void)state;
    run_to((struct vmcb){.exit_code = 0x51, .exit_int_info = EVENT(0, 0x41)});
    svm_backend.inject_exception(vcpu(), 17, true, 0);
    assert_int_equal(machine_vmcb()->event_injection, EVENT(3, 17) | VMCB_EVENT_ERROR_CODE);
}

static void exceptions_carry_their_error_code(void **state)
{
    (void)state;
    svm_backend.inject_exception(vcpu(), 13, true, 0x5678);
    assert_int_equal(machine_vmcb()->event_injection, EVENT(3, 13) | VMCB_EVENT_ERROR_CODE | 0x5678ull << 32);
    svm_backend.inject_exception(vcpu(), 6, false, 0);
    assert_int_equal(machine_vmcb()->event_injection, EVENT(3, 6));
}

static void an_nmi_waits_for_another_event(void **state)
{
    (void)state;
    svm_backend.inject_exception(vcpu(), 6, false, 0);
    assert_false(svm_backend.inject_nmi(vcpu()));
    assert_int_equal(machine_vmcb()->event_injection, EVENT(3, 6));
    run_to((struct vmcb){.exit_code = VMEXIT_NMI});
    assert_true(svm_backend.inject_nmi(vcpu()));
    assert_int_equal(machine_vmcb()->event_injection, EVENT(2, 2));
}

static void signals_are_taken_before_an_nmi_exit_is_answered(void **state)
{
    (void)state;
    run_to((struct vmcb){.exit_code = VMEXIT_NMI});
    assert_int_equal(machine_count(EVENT_SIGNALS), 1);
    run_to((struct vmcb){.exit_code = VMEXIT_CPUID});
    assert_int_equal(machine_count(EVENT_SIGNALS), 1);
}

static struct cpuid_result without_svm(uint32_t leaf, uint32_t subleaf)
{
    (void)subleaf;
    return leaf == 0x80000001 ? (struct cpuid_result){0, 0, ~4u, 0} : (struct cpuid_result){~0u, ~0u, ~0u, ~0u};
}

static struct cpuid_result without_nested_paging(uint32_t leaf, uint32_t subleaf)
{
    (void)subleaf;
    return leaf == 0x8000000a ? (struct cpuid_result){1, 16, 0, ~1u} : (struct cpuid_result){~0u, ~0u, ~0u, ~0u};
}

static struct cpuid_result without_the_leaf(uint32_t leaf, uint32_t subleaf)
{
    (void)subleaf;
    return leaf == 0x80000000 ? (struct cpuid_result){0x80000008, 0, 0, 0} : (struct cpuid_result){~0u, ~0u, ~0u, ~0u};
}

static void svm_is_switched_on_with_the_cores_own_pages(void **state)
{
    (void)state;
    assert_true(svm_backend.enable(vcpu()));
    assert_true(machine_get_msr(MSR_EFER) & EFER_SVME);
    assert_int_equal(machine_get_msr(MSR_VM_HSAVE_PA), vcpu()->host_save.v);
    assert_int_equal(machine_event(EVENT_VMSAVE, 0)->where, vcpu()->host_state.v);
    assert_int_equal(machine_count(EVENT_CLGI), 1); /* signals are taken only where the monitor says so */
}

static void a_processor_without_svm_or_nested_paging_or_with_svm_locked_is_refused(void **state)
{
    (void)state;
    machine.cpuid = without_svm;
    assert_false(svm_backend.enable(vcpu()));
    machine.cpuid = without_nested_paging;
    assert_false(svm_backend.enable(vcpu()));
    machine.cpuid = without_the_leaf;
    assert_false(svm_backend.enable(vcpu()));
    machine.cpuid = NULL;
    machine_set_msr(MSR_VM_CR, VM_CR_SVMDIS);
    assert_false(svm_backend.enable(vcpu()));
    assert_int_equal(machine_count(EVENT_WRMSR), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(a_guest_always_has_nested_paging_an_asid_and_both_permission_maps),
        machine_test(everything_that_could_leave_the_partition_is_intercepted),
        machine_test(interrupts_halt_and_control_registers_do_not_exit),
        machine_test(a_long_mode_entry_is_flat_64_bit_with_the_images_page_tables),
        machine_test(a_32_bit_entry_has_paging_off),
        machine_test(a_startup_ipi_starts_real_mode_at_its_vector),
        machine_test(segments_and_debug_registers_start_as_the_manual_says),
        machine_test(a_reset_leaves_nothing_of_the_earlier_life),
        machine_test(the_first_entry_after_a_reset_flushes_and_the_next_does_not),
        machine_test(a_new_efer_is_flushed_for_and_keeps_svm_on),
        machine_test(registers_travel_both_ways),
        machine_test(every_exit_code_has_its_reason),
        machine_test(no_exit_code_is_without_a_reason),
        machine_test(an_exit_keeps_the_hardwares_own_words_for_the_report),
        machine_test(port_io_is_decoded),
        machine_test(a_stage_2_fault_is_decoded_with_the_instruction_when_the_processor_has_it),
        machine_test(faults_of_page_walks_and_of_event_delivery_are_implicit),
        machine_test(the_next_instruction_is_the_processors_word_or_the_fixed_length),
        machine_test(a_skipped_instruction_takes_its_interrupt_shadow_along),
        machine_test(an_interrupted_event_is_delivered_again),
        machine_test(interrupted_software_events_are_left_to_their_instruction),
        machine_test(a_raised_exception_takes_the_place_of_an_interrupted_event),
        machine_test(exceptions_carry_their_error_code),
        machine_test(an_nmi_waits_for_another_event),
        machine_test(signals_are_taken_before_an_nmi_exit_is_answered),
        machine_test(svm_is_switched_on_with_the_cores_own_pages),
        machine_test(a_processor_without_svm_or_nested_paging_or_with_svm_locked_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
