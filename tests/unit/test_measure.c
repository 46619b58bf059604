/* SPDX-License-Identifier: Apache-2.0 */
/* The measured events' bytes, the log they go to, and the list of what is measured. */
#include "core/measure/list.h"
#include "core/measure/log.h"
#include "tests/unit/findings.h"

#include <string.h>

static void an_event_is_laid_out_field_by_field(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x02, 0x44, 0x48, 0x42, 33, 0, 0, 0, /* tag, size */
                                       1, 0, 3, 0, 'w', 'e', 'b',           /* partition */
                                       2, 0, 4, 0, 'r', 'o', 'l', 'e',      /* item */
                                       3, 0, 2, 0, 'h', 'i',                /* text */
                                       4, 0, 8, 0, 7, 1, 0, 0, 0, 0, 0, 0}; /* number */
    uint8_t data[MEASURE_DATA_MAX];
    struct measure_event event = {.kind = MEASURE_PARTITION, .partition = "web", .item = "role", .text = "hi",
                                  .has_number = true, .number = 0x107};
    assert_int_equal(measure_encode(&event, data), sizeof expected);
    assert_memory_equal(data, expected, sizeof expected);
}

static void a_long_text_is_cut_and_never_overruns(void **state)
{
    (void)state;
    char text[2000];
    uint8_t data[MEASURE_DATA_MAX], digest[MEASURE_DIGEST_SIZE] = {1};
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct measure_event event = {.kind = MEASURE_PARTITION, .partition = text, .item = text, .text = text,
                                  .has_number = true, .digest = digest};
    uint32_t size = measure_encode(&event, data);
    assert_true(size <= MEASURE_DATA_MAX);
    assert_int_equal(size, 8 + 68 + 68 + 4 + MEASURE_TEXT_MAX + 12 + 52);
    assert_memory_equal(data + size - MEASURE_DIGEST_SIZE, digest, sizeof digest);
}

static void a_record_that_does_not_fit_leaves_the_log_alone(void **state)
{
    (void)state;
    uint8_t bytes[200], before[200];
    const uint16_t banks[] = {TPM_ALG_SHA256, TPM_ALG_SHA384};
    struct measure_log log = {bytes, sizeof bytes, 0};
    struct measure_digests digests = {2, {{TPM_ALG_SHA256, {1}}, {TPM_ALG_SHA384, {2}}}};
    assert_true(measure_log_begin(&log, banks, 2));
    assert_int_equal(log.used, 32 + 28 + 8 + 1);
    assert_true(measure_log_append(&log, 8, EV_SEPARATOR, &digests, (const uint8_t *)"abcd", 4));
    assert_int_equal(log.used, 69 + 12 + 34 + 50 + 4 + 4);
    memcpy(before, bytes, sizeof bytes);
    assert_false(measure_log_append(&log, 8, EV_SEPARATOR, &digests, (const uint8_t *)"abcd", 4));
    assert_int_equal(log.used, 173);
    assert_memory_equal(before, bytes, sizeof bytes);
}

/* What a measurement extended, one entry a record. */
struct recorder {
    uint32_t count, fail_at;
    struct {
        uint32_t pcr, type, size;
        uint8_t data[MEASURE_DATA_MAX];
    } records[400];
};

static bool extend(void *context, uint32_t pcr, uint32_t type, const uint8_t *data, uint32_t size)
{
    struct recorder *recorder = context;
    if (recorder->count == recorder->fail_at)
        return false;
    recorder->records[recorder->count].pcr = pcr;
    recorder->records[recorder->count].type = type;
    recorder->records[recorder->count].size = size;
    memcpy(recorder->records[recorder->count++].data, data, size);
    return true;
}

static struct system sample_system(void)
{
    struct system system = {.release = "r", .partition_count = 1};
    struct system_partition *partition = &system.partitions[0];
    strcpy(partition->name, "web");
    partition->core_count = 2;
    partition->memory_size = 64u << 20;
    strcpy(partition->kernel.file, "vmlinuz");
    partition->kernel.present = true;
    strcpy(partition->command_line, "quiet");
    partition->device_count = 1;
    strcpy(partition->devices[0].name, "nic");
    partition->devices[0].path = (struct pci_path){.root = {0, 0, 0x18}, .hops = 1, .hop_devfn = {0x09}};
    return system;
}

static struct recorder recorder;

static void measure_signed(const struct manifest *manifest, const struct container *container, const struct system *system,
                           struct measurement *measurement, uint32_t fail_at)
{
    struct measure_facts facts = {.iommu = true};
    recorder = (struct recorder){.fail_at = fail_at};
    measurement_begin(measurement, extend, &recorder);
    measure_configuration(measurement, manifest, container, system);
    measure_partitions(measurement, system);
    measure_platform(measurement, &facts);
    measure_seal(measurement);
}

static void measure_sample(const struct system *system, struct measurement *measurement, uint32_t fail_at)
{
    struct container container = {.security_version = 3};
    measure_signed(&(struct manifest){0}, &container, system, measurement, fail_at);
}

static bool holds(uint32_t record, const char *text)
{
    for (uint32_t at = 0; at + strlen(text) <= recorder.records[record].size; at++)
        if (memcmp(recorder.records[record].data + at, text, strlen(text)) == 0)
            return true;
    return false;
}

static void the_list_has_its_order_and_its_separators(void **state)
{
    (void)state;
    struct measurement measurement;
    struct system system = sample_system();
    measure_sample(&system, &measurement, UINT32_MAX);
    assert_false(measurement.failed);
    assert_int_equal(recorder.count, 7 + 8 + 10 + 1);
    for (uint32_t i = 0; i < recorder.count; i++) {
        uint32_t pcr = i < 7 ? 8 : i < 15 ? 9 : i < 25 ? 11 : 21;
        assert_int_equal(recorder.records[i].pcr, pcr);
        assert_int_equal(recorder.records[i].type, i == 6 || i == 14 || i == 24 ? EV_SEPARATOR : EV_EVENT_TAG);
    }
    assert_true(holds(8, "2 core(s), 64 MiB, no console, restart never"));
    assert_true(holds(13, "0000:00:03.0/01.1 0000:0000"));
}

/* The record's last 48 bytes: its digest, the last field. */
static const uint8_t *digest_of(uint32_t record)
{
    return recorder.records[record].data + recorder.records[record].size - MEASURE_DIGEST_SIZE;
}

static void manifest_and_second_key_fill_their_slots(void **state)
{
    (void)state;
    static const uint8_t absent[MEASURE_DIGEST_SIZE];
    struct measurement measurement;
    struct system system = sample_system();
    struct manifest manifest = {.present = true, .version = 7, .not_before = 1764000000, .not_after = 1795000000};
    struct container container = {.second = true};
    memset(manifest.digest, 0xa1, sizeof manifest.digest);
    memset(container.second_key_id, 0xb2, sizeof container.second_key_id);
    measure_sample(&system, &measurement, UINT32_MAX);
    assert_memory_equal(digest_of(0), absent, sizeof absent);
    assert_memory_equal(digest_of(2), absent, sizeof absent);
    measure_signed(&manifest, &container, &system, &measurement, UINT32_MAX);
    assert_true(holds(0, "key-manifest") && holds(0, "1764000000-1795000000"));
    assert_memory_equal(digest_of(0), manifest.digest, sizeof absent);
    assert_true(holds(2, "second-signing-key"));
    assert_memory_equal(digest_of(2), container.second_key_id, sizeof absent);
}

static void the_seal_covers_every_byte_of_configuration_and_partitions(void **state)
{
    (void)state;
    struct measurement measurement;
    uint8_t seal[MEASURE_DATA_MAX];
    struct system system = sample_system();
    measure_sample(&system, &measurement, UINT32_MAX);
    uint32_t size = recorder.records[25].size;
    memcpy(seal, recorder.records[25].data, size);
    system.partitions[0].command_line[4] = 'T';
    measure_sample(&system, &measurement, UINT32_MAX);
    assert_memory_not_equal(seal, recorder.records[25].data, size);
}

static void nothing_is_recorded_behind_a_failure(void **state)
{
    (void)state;
    struct measurement measurement;
    struct system system = sample_system();
    measure_sample(&system, &measurement, 3);
    assert_true(measurement.failed);
    assert_int_equal(recorder.count, 3);
}

static void the_placement_digest_tells_owners_apart(void **state)
{
    (void)state;
    static struct plan plan;
    uint8_t one[MEASURE_DIGEST_SIZE], other[MEASURE_DIGEST_SIZE];
    plan.partition_count = 2;
    plan.partitions[0].device_count = 1;
    plan.partitions[0].devices[0].requester_id = 8;
    measure_placement(&plan, one);
    plan.partitions[0].device_count = 0;
    plan.partitions[1].device_count = 1;
    plan.partitions[1].devices[0].requester_id = 8;
    measure_placement(&plan, other);
    assert_memory_not_equal(one, other, sizeof one);
    plan.event_log.base.v = PAGE_SIZE;
    measure_placement(&plan, one);
    assert_memory_not_equal(one, other, sizeof one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_laid_out_field_by_field),
        cmocka_unit_test(a_long_text_is_cut_and_never_overruns),
        cmocka_unit_test(a_record_that_does_not_fit_leaves_the_log_alone),
        cmocka_unit_test(the_list_has_its_order_and_its_separators),
        cmocka_unit_test(manifest_and_second_key_fill_their_slots),
        cmocka_unit_test(the_seal_covers_every_byte_of_configuration_and_partitions),
        cmocka_unit_test(nothing_is_recorded_behind_a_failure),
        cmocka_unit_test(the_placement_digest_tells_owners_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
