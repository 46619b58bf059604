/* SPDX-License-Identifier: Apache-2.0 */
/* Completing a configuration before it is signed: what is filled in, and what is refused. */
#include "config/complete.h"
#include "tests/unit/config_runner.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct sample_blob blob;
static struct system sys;
static struct report report;

/* The files the tests pretend to have: every image has 1000 bytes and a digest of 0x5a. */
struct pretended {
    const char *root_hash;
    uint64_t image_size;
};

static bool pretend_facts(void *context, const char *file, uint64_t *size, uint8_t sha384[SHA384_SIZE],
                          struct report *findings)
{
    const struct pretended *files = context;
    (void)file;
    (void)findings;
    *size = files->image_size;
    memset(sha384, 0x5a, SHA384_SIZE);
    return true;
}

static bool pretend_text(void *context, const char *file, char *text, size_t size, struct report *findings)
{
    const struct pretended *files = context;
    (void)findings;
    assert_string_equal(file, "web/roothash");
    snprintf(text, size, "%s", files->root_hash);
    return true;
}

/* An unsigned source: nothing filled in, and a root hash to come. */
static void make_source(void)
{
    sample_make(&blob);
    static const char *const images[] = {WEB "/kernel", WEB "/initrd", MAIL "/kernel"};
    for (size_t i = 0; i < 3; i++) {
        sample_delete_property(&blob, images[i], "size");
        sample_delete_property(&blob, images[i], "sha384");
    }
    sample_text(&blob, WEB "/kernel", "root-hash-file", "web/roothash");
}

static bool complete_with(const struct pretended *pretended, size_t capacity)
{
    struct file_source files = {pretend_facts, pretend_text, (void *)(uintptr_t)pretended};
    sample_finish(&blob);
    report_init(&report);
    return system_complete(blob.bytes, capacity, &files, &report);
}

static bool complete(const char *root_hash)
{
    const struct pretended pretended = {root_hash, 1000};
    return complete_with(&pretended, sizeof blob.bytes);
}

static void expect_one(const char *code, const char *where)
{
    assert_int_equal(report.count, 1);
    assert_string_equal(report.findings[0].rule->code, code);
    assert_string_equal(report.findings[0].where, where);
}

static void the_result_is_a_sound_signed_form(void **state)
{
    (void)state;
    make_source();
    assert_true(complete(HASH "\n"));
    system_decode(blob.bytes, fdt_totalsize(blob.bytes), true, &sys, &report);
    assert_true(report_ok(&report));
    assert_int_equal(sys.partitions[0].kernel.size, 1000);
    assert_int_equal(sys.partitions[0].initrd.sha384[0], 0x5a);
    assert_int_equal(sys.partitions[1].kernel.size, 1000);
    assert_string_equal(sys.partitions[0].command_line, "console=ttyS0 bulkhead.verity=" HASH);
    assert_string_equal(sys.partitions[1].command_line, "console=ttyS0");
}

static void the_same_source_gives_the_same_bytes(void **state)
{
    static struct sample_blob first;
    (void)state;
    make_source();
    assert_true(complete(HASH));
    memcpy(first.bytes, blob.bytes, fdt_totalsize(blob.bytes));
    make_source();
    assert_true(complete(HASH));
    assert_memory_equal(first.bytes, blob.bytes, fdt_totalsize(blob.bytes));
}

static void a_root_hash_may_be_the_whole_command_line(void **state)
{
    (void)state;
    make_source();
    sample_delete_property(&blob, WEB "/kernel", "command-line");
    assert_true(complete(HASH));
    system_decode(blob.bytes, fdt_totalsize(blob.bytes), true, &sys, &report);
    assert_string_equal(sys.partitions[0].command_line, "bulkhead.verity=" HASH);
}

static void values_that_are_the_files_own_are_kept(void **state)
{
    (void)state;
    make_source();
    sample_image(&blob, MAIL "/kernel", "vmlinuz", 1000);
    assert_true(complete(HASH));
}

static void cfg_180_a_size_that_is_not_the_files(void **state)
{
    (void)state;
    make_source();
    sample_image(&blob, WEB "/initrd", "initrd.img", 999);
    assert_false(complete(HASH));
    expect_one("CFG-180", WEB "/initrd/size");
}

static void cfg_181_a_digest_that_is_not_the_files(void **state)
{
    uint8_t digest[SHA384_SIZE];
    (void)state;
    make_source();
    sample_image(&blob, WEB "/initrd", "initrd.img", 1000);
    memset(digest, 0x5b, sizeof digest);
    sample_bytes(&blob, WEB "/initrd", "sha384", digest, sizeof digest);
    assert_false(complete(HASH));
    expect_one("CFG-181", WEB "/initrd/sha384");
}

static void cfg_182_a_file_without_a_root_hash(void **state)
{
    static const char *const bad[] = {"", "0123", HASH "0", HASH " " HASH, "Root hash: " HASH, "\033[2J"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        make_source();
        assert_false(complete(bad[i]));
        expect_one("CFG-182", WEB "/kernel/root-hash-file");
    }
}

static void cfg_183_no_room_in_the_command_line(void **state)
{
    char line[1000];
    (void)state;
    make_source();
    memset(line, 'a', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    sample_text(&blob, WEB "/kernel", "command-line", line);
    assert_false(complete(HASH));
    expect_one("CFG-183", WEB "/kernel/command-line");
}

static void cfg_184_no_room_for_the_blob(void **state)
{
    const struct pretended pretended = {HASH, 1000};
    (void)state;
    make_source();
    uint32_t size = sample_finish(&blob);
    assert_false(complete_with(&pretended, size + 40));
    for (uint32_t i = 0; i < report.count; i++)
        assert_string_equal(report.findings[i].rule->code, "CFG-184");
}

static void an_empty_file_is_refused(void **state)
{
    const struct pretended pretended = {HASH, 0};
    (void)state;
    make_source();
    assert_false(complete_with(&pretended, sizeof blob.bytes));
    assert_string_equal(report.findings[0].rule->code, "CFG-152");
}

static void an_unsound_source_is_not_completed(void **state)
{
    (void)state;
    make_source();
    sample_cells(&blob, WEB, "memory-mib", 1, 1u);
    assert_false(complete(HASH));
    expect_one("CFG-138", WEB "/memory-mib");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_result_is_a_sound_signed_form),
        cmocka_unit_test(the_same_source_gives_the_same_bytes),
        cmocka_unit_test(a_root_hash_may_be_the_whole_command_line),
        cmocka_unit_test(values_that_are_the_files_own_are_kept),
        cmocka_unit_test(cfg_180_a_size_that_is_not_the_files),
        cmocka_unit_test(cfg_181_a_digest_that_is_not_the_files),
        cmocka_unit_test(cfg_182_a_file_without_a_root_hash),
        cmocka_unit_test(cfg_183_no_room_in_the_command_line),
        cmocka_unit_test(cfg_184_no_room_for_the_blob),
        cmocka_unit_test(an_empty_file_is_refused),
        cmocka_unit_test(an_unsound_source_is_not_completed),
    };
    return cmocka_run_group_tests_name("complete", tests, NULL, NULL);
}
