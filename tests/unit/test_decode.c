/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding a sound configuration, listing all findings of an unsound one, and the example in the tree. */
#include "config/decode.h"
#include "config/pci_path.h"
#include "tests/unit/config_runner.h"

#include <stdlib.h>

static struct system sys;
static struct report report;

static bool has_finding(const char *code, const char *where)
{
    for (uint32_t i = 0; i < report.count; i++)
        if (strcmp(report.findings[i].rule->code, code) == 0 && strcmp(report.findings[i].where, where) == 0)
            return true;
    return false;
}

static void pin_everything(struct sample_blob *blob)
{
    sample_pin_cores(blob, WEB, 6, 254);
    sample_cells(blob, WEB, "memory-base", 2, 0x1u, 0x40000000u);
}

static void every_property_reaches_the_system(void **state)
{
    const struct sample sample = {NULL, NULL, pin_everything, NULL};
    (void)state;
    sample_decode(&sample, true, &sys, &report);
    assert_true(report_ok(&report));
    assert_string_equal(sys.release, "shop-2026.11");
    assert_int_equal(sys.security_version, 3);
    assert_int_equal(sys.iommu, REQUIREMENT_REQUIRED);
    assert_int_equal(sys.tpm, REQUIREMENT_OPTIONAL);
    assert_int_equal(sys.rollback_protection, REQUIREMENT_OPTIONAL); /* nothing is said */
    assert_int_equal(sys.partition_count, 2);

    const struct system_partition *web = &sys.partitions[0];
    assert_string_equal(web->name, "web");
    assert_int_equal(web->role, ROLE_MANAGE);
    assert_true(web->cores_pinned && web->core_count == 2 && web->core_ids[0] == 6 && web->core_ids[1] == 254);
    assert_int_equal(web->memory_size, 64 << 20);
    assert_true(web->memory_pinned && web->memory_base.v == 0x140000000ull);
    assert_int_equal(web->restart, RESTART_LIMITED);
    assert_true(web->restart_limit == 5 && web->restart_window_seconds == 60);
    assert_true(web->console);
    assert_int_equal(web->kernel_format, KERNEL_LINUX);
    assert_string_equal(web->kernel.file, "vmlinuz");
    assert_true(web->kernel.present && web->kernel.size == 1000 && web->kernel.sha384[47] == 0x5a);
    assert_string_equal(web->command_line, "console=ttyS0");
    assert_true(web->initrd.present && web->initrd.size == 2000);
    assert_string_equal(web->initrd.file, "initrd.img");
}

static void devices_and_defaults_reach_the_system(void **state)
{
    const struct sample sample = {NULL, NULL, NULL, NULL};
    (void)state;
    sample_decode(&sample, true, &sys, &report);
    assert_true(report_ok(&report));
    const struct system_device *behind_bridge = &sys.partitions[0].devices[0];
    assert_int_equal(sys.partitions[0].device_count, 1);
    assert_string_equal(behind_bridge->name, "nic");
    assert_true(behind_bridge->vendor == 0x8086 && behind_bridge->device == 0x10d3);
    assert_true(behind_bridge->path.root.devfn == PCI_DEVFN(0x1c, 0) && behind_bridge->path.hops == 1);

    const struct system_partition *mail = &sys.partitions[1];
    assert_string_equal(mail->name, "mail");
    assert_int_equal(mail->role, ROLE_GUEST);
    assert_true(!mail->cores_pinned && mail->core_count == 1);
    assert_true(!mail->memory_pinned && !mail->console && !mail->initrd.present);
    assert_int_equal(mail->restart, RESTART_ALWAYS);
    assert_true(mail->devices[0].path.hops == 0);
}

static void break_many_things(struct sample_blob *blob)
{
    sample_text(blob, "/", "release", "a b");
    sample_cells(blob, WEB, "memory-mib", 1, 3u);
    sample_text(blob, WEB "/kernel", "file", "a/b");
    sample_cells(blob, MAIL, "cores", 1, 99u);
    sample_text(blob, MAIL "/nic", "pci", "here");
    sample_text(blob, MAIL, "role", "manage");
}

static void all_findings_are_listed_at_once(void **state)
{
    const struct sample sample = {NULL, NULL, break_many_things, NULL};
    (void)state;
    sample_decode(&sample, true, &sys, &report);
    assert_int_equal(report.count, 6);
    assert_true(has_finding("CFG-121", "/release"));
    assert_true(has_finding("CFG-138", WEB "/memory-mib"));
    assert_true(has_finding("CFG-150", WEB "/kernel/file"));
    assert_true(has_finding("CFG-135", MAIL "/cores"));
    assert_true(has_finding("CFG-162", MAIL "/nic/pci"));
    assert_true(has_finding("CFG-173", MAIL "/role"));
}

static void add_many_nodes(struct sample_blob *blob)
{
    for (unsigned i = 0; i < 100; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%u", i);
        sample_partition(blob, name, NULL);
    }
}

static void a_node_that_holds_too_much_is_given_up(void **state)
{
    const struct sample sample = {NULL, NULL, add_many_nodes, NULL};
    (void)state;
    sample_decode(&sample, true, &sys, &report);
    assert_int_equal(report.count, 2);
    assert_true(has_finding("CFG-119", "/partitions"));
    assert_true(has_finding("CFG-125", "/partitions"));
}

static void add_many_mistakes(struct sample_blob *blob)
{
    for (unsigned i = 0; i < 14; i++) {
        char name[16], path[32];
        snprintf(name, sizeof name, "p%u", i);
        snprintf(path, sizeof path, "/partitions/p%u", i);
        sample_partition(blob, name, NULL);
        for (unsigned k = 0; k < 10; k++) {
            snprintf(name, sizeof name, "unknown-%u", k);
            sample_cells(blob, path, name, 1, 0u);
        }
    }
}

static void findings_beyond_the_report_are_counted(void **state)
{
    const struct sample sample = {NULL, NULL, add_many_mistakes, NULL};
    (void)state;
    sample_decode(&sample, true, &sys, &report);
    assert_int_equal(report.count, REPORT_MAX_FINDINGS);
    assert_int_equal(report.dropped, 140 - REPORT_MAX_FINDINGS);
}

static void leave_images_open(struct sample_blob *blob)
{
    sample_delete_property(blob, WEB "/initrd", "sha384");
    sample_delete_property(blob, WEB "/initrd", "size");
    sample_text(blob, WEB "/kernel", "root-hash-file", "web/roothash");
}

static void the_form_before_signing_may_be_incomplete(void **state)
{
    const struct sample sample = {NULL, NULL, leave_images_open, NULL};
    (void)state;
    sample_decode(&sample, false, &sys, &report);
    assert_true(report_ok(&report));
    sample_decode(&sample, true, &sys, &report);
    assert_int_equal(report.count, 2);
}

static void climb_out(struct sample_blob *blob)
{
    sample_text(blob, WEB "/kernel", "root-hash-file", "web/../../etc/passwd");
}

static void a_root_hash_file_stays_below_its_folder(void **state)
{
    const struct sample sample = {NULL, NULL, climb_out, NULL};
    (void)state;
    sample_decode(&sample, false, &sys, &report);
    assert_int_equal(report.count, 1);
    assert_true(has_finding("CFG-159", WEB "/kernel/root-hash-file"));
}

static void put_escape_into_name(struct sample_blob *blob, uint32_t *size)
{
    int node = sample_node(blob, WEB);
    (void)size;
    blob->bytes[fdt_off_dt_struct(blob->bytes) + (uint32_t)node + 4] = 0x1b;
}

static void messages_hold_no_control_characters(void **state)
{
    const struct sample sample = {NULL, NULL, NULL, put_escape_into_name};
    (void)state;
    sample_decode(&sample, true, &sys, &report);
    assert_true(has_finding("CFG-130", "/partitions/?eb"));
    for (uint32_t i = 0; i < report.count; i++)
        assert_null(strchr(report.findings[i].found, 0x1b));
}

static void the_example_is_sound(void **state)
{
    static struct sample_blob blob;
    (void)state;
    FILE *dtc = popen("dtc -q -I dts -O dtb config/examples/shop.dts", "r");
    assert_non_null(dtc);
    size_t size = fread(blob.bytes, 1, sizeof blob.bytes, dtc);
    assert_int_equal(pclose(dtc), 0);
    report_init(&report);
    system_decode(blob.bytes, (uint32_t)size, false, &sys, &report);
    assert_true(report_ok(&report));
    assert_int_equal(sys.partition_count, 4);
    assert_string_equal(sys.partitions[3].name, "attest");
    assert_int_equal(sys.partitions[3].role, ROLE_ATTEST);
}

static void pci_paths_are_read_and_written_alike(void **state)
{
    static const char *const good[] = {"0000:00:03.0", "ffff:ff:1f.7", "0000:00:1c.0/00.0",
                                       "0000:40:01.1/00.0/1f.7/02.3/00.1"};
    struct pci_path path;
    char text[PCI_PATH_TEXT_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(pci_path_parse(good[i], &path));
        pci_path_print(&path, text, sizeof text);
        assert_string_equal(text, good[i]);
    }
}

static void odd_pci_paths_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "00:03.0",
        "0000:00:03",
        "0000:00:03.",
        "0000:00:03.8",
        "0000:00:20.0",
        "0000:00:03.0 ",
        " 0000:00:03.0",
        "0000:00:03.0/",
        "0000:00:03.0/00.0/",
        "0000:00:03.0//00.0",
        "0000:00:3.0",
        "0000-00:03.0",
        "0000:00:1c.0/00.0/00.0/00.0/00.0/00.0",
        "0x00:00:03.0",
    };
    struct pci_path path;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(pci_path_parse(bad[i], &path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_property_reaches_the_system),
        cmocka_unit_test(devices_and_defaults_reach_the_system),
        cmocka_unit_test(all_findings_are_listed_at_once),
        cmocka_unit_test(a_node_that_holds_too_much_is_given_up),
        cmocka_unit_test(findings_beyond_the_report_are_counted),
        cmocka_unit_test(the_form_before_signing_may_be_incomplete),
        cmocka_unit_test(a_root_hash_file_stays_below_its_folder),
        cmocka_unit_test(messages_hold_no_control_characters),
        cmocka_unit_test(the_example_is_sound),
        cmocka_unit_test(pci_paths_are_read_and_written_alike),
        cmocka_unit_test(odd_pci_paths_are_refused),
    };
    return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
