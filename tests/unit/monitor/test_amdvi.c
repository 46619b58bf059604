/* SPDX-License-Identifier: Apache-2.0 */
/* The AMD IOMMU: how it is switched on, and its command queue. */
#include "core/x86/amdvi.h"
#include "tests/unit/monitor/machine.h"

#define FEATURES_NEEDED (1ull << 2 | 1ull << 6 | 1ull << 7) /* XT, InvalidateAll, GA (MMIO 0030h) */
#define DEVICE_TABLE 0x25000000ull
#define COMMANDS 0x26000000ull

/* The register pages end where the machine's IOMMU has its queue page. */
static uint64_t registers(void)
{
    return MONITOR_IOMMU - IOMMU_QUEUE_REGISTERS;
}

static struct iommu_queue queue(void)
{
    return (struct iommu_queue){
        .registers = (volatile void *)MONITOR_IOMMU,
        .commands = (volatile uint64_t *)(MONITOR_IOMMU + PAGE_SIZE),
        .state = (struct iommu_state *)(MONITOR_IOMMU + 2 * PAGE_SIZE),
        .state_hpa = {IOMMU_STATE},
    };
}

static enum amdvi_result enable(uint64_t features)
{
    struct iommu_queue q = queue();
    *(uint64_t *)(registers() + 0x30) = features;
    return amdvi_enable((volatile void *)registers(), (struct hpa){DEVICE_TABLE}, (struct hpa){COMMANDS}, &q);
}

static uint64_t value_of(unsigned reg)
{
    return *(uint64_t *)(registers() + reg);
}

static void it_is_switched_on_with_translation_remapping_and_x2apic(void **state)
{
    (void)state;
    assert_int_equal(enable(FEATURES_NEEDED), AMDVI_ENABLED);
    assert_int_equal(value_of(0x00), DEVICE_TABLE | 511);     /* 512 pages: every requester has an entry */
    assert_int_equal(value_of(0x08), COMMANDS | 8ull << 56);  /* 256 commands */
    assert_int_equal(value_of(0x18) & 1ull << 0, 1ull << 0);  /* IommuEn */
    assert_int_equal(value_of(0x18) & 1ull << 12, 1ull << 12); /* CmdBufEn */
    assert_int_equal(value_of(0x18) & 1ull << 17, 1ull << 17); /* GAEn */
    assert_int_equal(value_of(0x18) & 1ull << 50, 1ull << 50); /* XTEn */
    assert_int_equal(value_of(0x20), 0);                       /* no exclusion range */
}

static void what_firmware_set_up_is_off_before_the_tables_change(void **state)
{
    (void)state;
    enable(FEATURES_NEEDED);
    assert_int_equal(machine_event(EVENT_MMIO_WRITE, 0)->where, registers() + 0x18);
    assert_int_equal(machine_event(EVENT_MMIO_WRITE, 0)->value, 0);
    for (uint32_t i = 1; i < machine_count(EVENT_MMIO_WRITE); i++)
        if (machine_event(EVENT_MMIO_WRITE, i)->where == registers() + 0x18) /* on: after tables and queue are in place */
            assert_true(i > 3);
}

static void everything_cached_is_dropped_once_it_is_on(void **state)
{
    (void)state;
    enable(FEATURES_NEEDED);
    assert_int_equal(machine_event(EVENT_COMMAND, 0)->where >> 60, 8);
    assert_int_equal(machine_event(EVENT_COMMAND, 1)->where >> 60, 1);
}

static void an_iommu_that_lacks_a_needed_feature_is_left_alone(void **state)
{
    (void)state;
    assert_int_equal(enable(FEATURES_NEEDED & ~(1ull << 7)), AMDVI_NO_GA);
    assert_int_equal(enable(FEATURES_NEEDED & ~(1ull << 2)), AMDVI_NO_X2APIC);
    assert_int_equal(enable(FEATURES_NEEDED & ~(1ull << 6)), AMDVI_NO_FLUSH);
    assert_int_equal(machine_count(EVENT_MMIO_WRITE), 0);
}

static void an_iommu_that_does_not_answer_is_refused_after_a_bounded_wait(void **state)
{
    (void)state;
    machine.iommu_dead = true;
    assert_int_equal(enable(FEATURES_NEEDED), AMDVI_NO_ANSWER);
    assert_in_range(machine.pauses, 1, 1000000000);
}

static void commands_are_encoded_as_the_manual_says(void **state)
{
    struct iommu_queue q = queue();
    (void)state;
    assert_true(amdvi_invalidate_interrupts(&q, 0xabcd));
    assert_int_equal(machine_event(EVENT_COMMAND, 0)->where, 5ull << 60 | 0xabcd); /* INVALIDATE_INTERRUPT_TABLE, 2.4.5 */
    assert_int_equal(machine_event(EVENT_COMMAND, 0)->value, 0);
    assert_int_equal(machine_event(EVENT_COMMAND, 1)->where, 1ull << 60 | IOMMU_STATE | 1); /* COMPLETION_WAIT, store */
    assert_true(amdvi_invalidate_all(&q));
    assert_int_equal(machine_event(EVENT_COMMAND, 2)->where, 8ull << 60); /* INVALIDATE_IOMMU_ALL, 2.4.8 */
}

static void each_wait_has_a_token_of_its_own(void **state)
{
    struct iommu_queue q = queue();
    (void)state;
    amdvi_invalidate_all(&q);
    amdvi_invalidate_all(&q);
    assert_int_not_equal(machine_event(EVENT_COMMAND, 1)->value, machine_event(EVENT_COMMAND, 3)->value);
}

/* The answer to an earlier batch, given up on, must not pass for the next one's. */
static uint64_t late_token;

static void answer_late(void)
{
    queue().state->done = late_token;
}

static void a_late_answer_is_not_taken_for_the_next(void **state)
{
    struct iommu_queue q = queue();
    (void)state;
    machine.iommu_dead = true;
    assert_false(amdvi_invalidate_all(&q));
    late_token = q.commands[3]; /* of the first completion wait */
    machine.on_pause = answer_late;
    assert_false(amdvi_invalidate_all(&q));
}

static void the_queue_wraps_around_at_its_end(void **state)
{
    struct iommu_queue q = queue();
    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        assert_true(amdvi_invalidate_interrupts(&q, (uint16_t)i));
        assert_in_range(q.state->tail, 0, IOMMU_QUEUE_SIZE - 16);
        assert_int_equal(machine_event(EVENT_COMMAND, 0)->where, 5ull << 60 | i);
        machine_forget();
    }
    assert_int_equal(q.state->tail, 2000 % 256 * 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(it_is_switched_on_with_translation_remapping_and_x2apic),
        machine_test(what_firmware_set_up_is_off_before_the_tables_change),
        machine_test(everything_cached_is_dropped_once_it_is_on),
        machine_test(an_iommu_that_lacks_a_needed_feature_is_left_alone),
        machine_test(an_iommu_that_does_not_answer_is_refused_after_a_bounded_wait),
        machine_test(commands_are_encoded_as_the_manual_says),
        machine_test(each_wait_has_a_token_of_its_own),
        machine_test(a_late_answer_is_not_taken_for_the_next),
        machine_test(the_queue_wraps_around_at_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
