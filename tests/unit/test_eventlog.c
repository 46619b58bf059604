/* SPDX-License-Identifier: Apache-2.0 */
/* The event log's reader and the decoder of Bulkhead's own events, against what core/measure writes and what it never would. */
#include "attest/lib/eventlog.h"
#include "attest/lib/pcr.h"
#include "tests/unit/findings.h"

#include <string.h>

static uint32_t encode(uint8_t *data)
{
    static const uint8_t digest[MEASURE_DIGEST_SIZE] = {7};
    const struct measure_event event = {.kind = MEASURE_PARTITION, .partition = "web", .item = "kernel", .text = "vmlinuz",
                                        .has_number = true, .number = 12, .digest = digest};
    return measure_encode(&event, data);
}

static void what_is_measured_is_decoded(void **state)
{
    (void)state;
    uint8_t data[MEASURE_DATA_MAX];
    struct eventlog_tagged event;
    assert_true(eventlog_decode(data, encode(data), &event));
    assert_int_equal(event.kind, MEASURE_PARTITION);
    assert_string_equal(event.partition, "web");
    assert_string_equal(event.item, "kernel");
    assert_string_equal(event.text, "vmlinuz");
    assert_true(event.has_number);
    assert_int_equal(event.number, 12);
    assert_int_equal(event.digest[0], 7);
}

static void refuse(const uint8_t *data, uint32_t size)
{
    struct eventlog_tagged event;
    assert_false(eventlog_decode(data, size, &event));
}

static void no_other_bytes_decode(void **state)
{
    (void)state;
    uint8_t data[MEASURE_DATA_MAX + 1] = {0};
    uint32_t size = encode(data);
    for (uint32_t cut = 0; cut < size; cut++)
        refuse(data, cut);
    refuse(data, size + 1);
    static const struct {
        uint32_t at;
        uint8_t value;
    } changes[] = {{0, 9}, {0, 0}, {3, 0}, {4, 1}, {8, 2}, {9, 1}, {10, 4}, {12, 0x1f}, {12, 0x7f}, {15, 1}, {15, 3}, {16, 1}};
    for (uint32_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        uint8_t was = data[changes[i].at];
        data[changes[i].at] = changes[i].value;
        refuse(data, size);
        data[changes[i].at] = was;
    }
    struct eventlog_tagged event;
    assert_true(eventlog_decode(data, size, &event));
}

static void an_event_has_an_item(void **state)
{
    (void)state;
    static const uint8_t nothing[] = {1, 0x44, 0x48, 0x42, 0, 0, 0, 0};
    static const uint8_t empty[] = {1, 0x44, 0x48, 0x42, 4, 0, 0, 0, 2, 0, 0, 0};
    static const uint8_t twice[] = {1, 0x44, 0x48, 0x42, 10, 0, 0, 0, 2, 0, 1, 0, 'a', 2, 0, 1, 0, 'b'};
    static const uint8_t unknown[] = {1, 0x44, 0x48, 0x42, 10, 0, 0, 0, 2, 0, 1, 0, 'a', 6, 0, 1, 0, 'b'};
    refuse(nothing, sizeof nothing);
    refuse(empty, sizeof empty);
    refuse(twice, sizeof twice);
    refuse(unknown, sizeof unknown);
}

/* A log with one event of `banks`, the digests right for SHA-256 and SHA-384. */
static uint32_t write_log(uint8_t *bytes, uint32_t size, const uint16_t *banks, uint32_t count)
{
    struct measure_log log = {bytes, size, 0};
    struct measure_digests digests = {.count = count};
    uint8_t data[MEASURE_DATA_MAX];
    uint32_t data_size = encode(data);
    for (uint32_t i = 0; i < count; i++) {
        digests.banks[i].algorithm = banks[i];
        if (hash_size(banks[i]) != 0)
            hash_bytes(banks[i], data, data_size, digests.banks[i].bytes);
    }
    assert_true(measure_log_begin(&log, banks, count));
    assert_true(measure_log_append(&log, PCR_IMAGES, EV_EVENT_TAG, &digests, data, data_size));
    return log.used;
}

static const uint16_t five[] = {TPM_ALG_SHA1, TPM_ALG_SHA256, TPM_ALG_SHA384, TPM_ALG_SHA512, TPM_ALG_SM3_256};

static void a_log_of_five_banks_is_read_in_the_two_that_count(void **state)
{
    (void)state;
    uint8_t bytes[1000] = {0};
    struct eventlog_reader reader;
    struct eventlog_record record;
    struct report report;
    report_init(&report);
    uint32_t size = write_log(bytes, sizeof bytes, five, 5);
    eventlog_begin(&reader, bytes, size);
    assert_int_equal(eventlog_next(&reader, &record, &report), EVENTLOG_RECORD);
    assert_int_equal(record.pcr, PCR_IMAGES);
    assert_int_equal(record.type, EV_EVENT_TAG);
    assert_true(eventlog_covers_data(&record));
    assert_true(eventlog_has_bank(&reader, TPM_ALG_SHA1));
    assert_int_equal(eventlog_next(&reader, &record, &report), EVENTLOG_END);
    eventlog_begin(&reader, bytes, sizeof bytes); /* zeros behind it */
    assert_int_equal(eventlog_next(&reader, &record, &report), EVENTLOG_RECORD);
    assert_int_equal(eventlog_next(&reader, &record, &report), EVENTLOG_END);
    assert_int_equal(reader.cursor.at, size);
    assert_true(report_ok(&report));
}

static void a_digest_that_is_not_the_datas_hash_is_seen_in_either_bank(void **state)
{
    (void)state;
    uint8_t bytes[1000];
    struct eventlog_reader reader;
    struct eventlog_record record;
    struct report report;
    report_init(&report);
    uint32_t size = write_log(bytes, sizeof bytes, five + 1, 2);
    for (uint32_t bank = 0; bank < 2; bank++) {
        eventlog_begin(&reader, bytes, size);
        assert_int_equal(eventlog_next(&reader, &record, &report), EVENTLOG_RECORD);
        uint8_t *digest = bytes + ((bank == 0 ? record.sha256 : record.sha384) - bytes);
        digest[5] ^= 1;
        assert_false(eventlog_covers_data(&record));
        digest[5] ^= 1;
        assert_true(eventlog_covers_data(&record));
    }
}

static void bad(const uint8_t *bytes, uint32_t size, const char *code)
{
    struct eventlog_reader reader;
    struct eventlog_record record;
    struct report report;
    enum eventlog_step step;
    report_init(&report);
    eventlog_begin(&reader, bytes, size);
    while ((step = eventlog_next(&reader, &record, &report)) == EVENTLOG_RECORD)
        continue;
    assert_int_equal(step, EVENTLOG_BAD);
    assert_int_equal(report.count, 1);
    assert_string_equal(report.findings[0].rule->code, code);
}

static void what_is_no_log_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[1000], whole[1000];
    uint32_t size = write_log(whole, sizeof whole, five + 1, 2);
    const uint32_t record = 32 + 28 + 8 + 1;
    for (uint32_t cut = 0; cut < size; cut++)
        if (cut != record) {
            uint8_t exact[1000]; /* zeros behind a cut record would not be zeros only */
            memcpy(exact, whole, cut);
            bad(exact, cut, cut < record ? "ATT-915" : "ATT-917");
        }
    static const struct {
        uint32_t at;
        uint8_t value;
        const char *code;
    } changes[] = {{0, 1, "ATT-915"}, {4, 4, "ATT-915"}, {32, 's', "ATT-915"}, {56, 9, "ATT-915"}, {56, 0, "ATT-915"},
                   {62, 31, "ATT-915"}, {64, 0x0b, "ATT-915"}, {60, 4, "ATT-915"}, {64, 0x0d, "ATT-915"},
                   {record, 24, "ATT-917"}, {record + 8, 0, "ATT-917"}, {record + 8, 3, "ATT-917"},
                   {record + 12, 0x0d, "ATT-917"}, {record + 46, 0x0b, "ATT-917"}};
    for (uint32_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        memcpy(bytes, whole, size);
        bytes[changes[i].at] = changes[i].value;
        bad(bytes, size, changes[i].code);
    }
    write_log(bytes, sizeof bytes, five, 2);
    bad(bytes, size, "ATT-916");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_measured_is_decoded),
        cmocka_unit_test(no_other_bytes_decode),
        cmocka_unit_test(an_event_has_an_item),
        cmocka_unit_test(a_log_of_five_banks_is_read_in_the_two_that_count),
        cmocka_unit_test(a_digest_that_is_not_the_datas_hash_is_seen_in_either_bank),
        cmocka_unit_test(what_is_no_log_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
