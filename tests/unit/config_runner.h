/* SPDX-License-Identifier: Apache-2.0 */
/* Runs samples that break one rule each: a sound configuration, spoiled in one way, must give exactly that rule's
 * finding at that place. */
#ifndef TESTS_UNIT_CONFIG_RUNNER_H
#define TESTS_UNIT_CONFIG_RUNNER_H

#include "config/decode.h"
#include "tests/unit/config_sample.h"

#define WEB "/partitions/web"
#define MAIL "/partitions/mail"

/* A sample is spoiled as a tree (still open for libfdt), as bytes (packed; may change the size), or both. */
struct sample {
    const char *name; /* the code, then what the sample shows */
    const char *where;
    void (*tree)(struct sample_blob *blob);
    void (*bytes)(struct sample_blob *blob, uint32_t *size);
};

static inline void sample_decode(const struct sample *sample, bool signed_form, struct system *system,
                                 struct report *report)
{
    static struct sample_blob blob;
    sample_make(&blob);
    if (sample->tree != NULL)
        sample->tree(&blob);
    uint32_t size = sample_finish(&blob);
    if (sample->bytes != NULL)
        sample->bytes(&blob, &size);
    report_init(report);
    system_decode(blob.bytes, size, signed_form, system, report);
}

static inline void breaks_one_rule(void **state)
{
    const struct sample *sample = *state;
    static struct report report;
    static struct system system;
    sample_decode(sample, true, &system, &report);
    for (uint32_t i = 0; i < report.count && report.count != 1; i++)
        print_message("%s %s: %s\n", report.findings[i].rule->code, report.findings[i].where, report.findings[i].found);
    assert_int_equal(report.count, 1);
    assert_memory_equal(report.findings[0].rule->code, sample->name, strlen("CFG-100"));
    assert_string_equal(report.findings[0].where, sample->where);
}

#define SAMPLES_MAX 64

static inline int samples_run(const char *group, const struct sample *samples, size_t count)
{
    struct CMUnitTest tests[SAMPLES_MAX] = {0};
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){
            .name = samples[i].name,
            .test_func = breaks_one_rule,
            .initial_state = (void *)(uintptr_t)&samples[i],
        };
    return _cmocka_run_group_tests(group, tests, count, NULL, NULL);
}

#endif
