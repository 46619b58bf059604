/* SPDX-License-Identifier: Apache-2.0 */
/* Machine descriptions: what is written reads back the same; what is wrong is named. */
#include "tests/unit/plan_fixture.h"

#include "tools/common/file.h"
#include "tools/machine_json/machine_json.h"

static struct report report;
static struct machine machine;

static bool read_text(const char *text)
{
    report_init(&report);
    return machine_from_json(text, strlen(text), "m.json", &machine, &report);
}

/* The fixture's description, with one place changed: `json_text` is set at the end of a dotted path
 * "functions.2.class". */
static char *fixture_text(const char *path, const char *json_text)
{
    struct machine *sample = calloc(1, sizeof *sample);
    assert_non_null(sample);
    fixture_machine(sample);
    json_t *root = machine_to_json(sample), *at = root;
    free(sample);
    char copy[64], *save;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *word = strtok_r(copy, ".", &save), *next; word != NULL; word = next) {
        next = strtok_r(NULL, ".", &save);
        if (next != NULL) {
            at = json_is_array(at) ? json_array_get(at, strtoul(word, NULL, 10)) : json_object_get(at, word);
        } else if (json_text == NULL) {
            json_object_del(at, word);
        } else {
            json_t *value = json_loads(json_text, JSON_DECODE_ANY, NULL);
            assert_non_null(value);
            if (json_is_array(at))
                json_array_set_new(at, strtoul(word, NULL, 10), value);
            else
                json_object_set_new(at, word, value);
        }
    }
    char *text = json_dumps(root, 0);
    json_decref(root);
    assert_non_null(text);
    return text;
}

static void refuses(const char *code, const char *path, const char *json_text)
{
    char *text = fixture_text(path, json_text);
    assert_false(read_text(text));
    assert_only(&report, code);
    free(text);
}

static void a_machine_survives_the_way_there_and_back(void **state)
{
    (void)state;
    struct machine *sample = calloc(1, sizeof *sample);
    assert_non_null(sample);
    fixture_machine(sample);
    sample->tsc_hz = 2500000000;
    sample->duty_count = 1;
    sample->duties[0] = (struct machine_duty){{{0x7f000000}, 0x2000}, {0, 0, PCI_DEVFN(0x1d, 0)}, false};
    sample->functions[NIC_A].iommu = MACHINE_NO_IOMMU;
    sample->ioapic_count = 2;
    sample->ioapics[1] = (struct hpa){0xfec00000};
    sample->busy_count = 2; /* in the order of loading */
    sample->busy[0] = (struct hpa_range){{0x3000}, 0x1000};
    sample->busy[1] = (struct hpa_range){{0x1000}, 0x1000};
    sample->microcode = 0x8001250;
    sample->tpm = (struct machine_tpm){TPM_TIS, {0xfed40000}, 6, true};
    json_t *json = machine_to_json(sample);
    char *text = json_dumps(json, JSON_INDENT(2));
    assert_true(read_text(text));
    assert_memory_equal(&machine, sample, sizeof machine);
    free(text);
    json_decref(json);
    free(sample);
}

static void the_example_describes_a_machine(void **state)
{
    (void)state;
    struct file_bytes bytes;
    report_init(&report);
    assert_true(file_read("config/examples/machine-qemu.json", MACHINE_JSON_MAX, &bytes, &report));
    assert_true(machine_from_json((const char *)bytes.data, bytes.size, "example", &machine, &report));
    assert_int_equal(machine.core_count, 5);
    file_bytes_free(&bytes);
}

static void what_is_no_json_is_refused_with_its_place(void **state)
{
    (void)state;
    assert_false(read_text("{\"vendor\": \"amd\",\n \"svm\" true}"));
    assert_only(&report, "TOOL-780");
    assert_non_null(strstr(report.findings[0].found, "line 2"));
    assert_false(read_text("[]"));
    assert_only(&report, "TOOL-780");
    assert_false(read_text(""));
    assert_only(&report, "TOOL-780");
    assert_false(read_text("{\"svm\": true, \"svm\": false}"));
    assert_only(&report, "TOOL-780");
}

static void unknown_fields_are_refused(void **state)
{
    (void)state;
    refuses("TOOL-781", "colour", "1");
    refuses("TOOL-781", "functions.2.bars.0.colour", "1");
    assert_string_equal(report.findings[0].where, "functions[2].bars[0]");
}

static void missing_fields_are_refused(void **state)
{
    (void)state;
    refuses("TOOL-782", "vendor", NULL);
    refuses("TOOL-782", "functions.2.class", NULL);
    refuses("TOOL-782", "cores.1.apic-id", NULL);
}

static void wrong_values_are_refused(void **state)
{
    (void)state;
    refuses("TOOL-783", "svm", "1");
    refuses("TOOL-783", "vendor", "\"acme\"");
    refuses("TOOL-783", "physical-bits", "256");
    refuses("TOOL-783", "physical-bits", "-1");
    refuses("TOOL-783", "physical-bits", "40.0");
    refuses("TOOL-783", "ram.0.base", "\"0x10000000000000000\"");
    refuses("TOOL-783", "ram.0.base", "\"0x\"");
    refuses("TOOL-783", "ram.0.base", "\"1000\"");
    refuses("TOOL-783", "functions.2.vendor", "65536");
    refuses("TOOL-783", "functions.7.parent", "\"0000:00:1b.0\"");
    refuses("TOOL-783", "iommus.0.function", "\"00:01.0\"");
    refuses("TOOL-783", "iommus.0.function", "\"0000:00:20.0\"");
    refuses("TOOL-783", "iommus.0.function", "\"0000:00:1f.8\"");
    refuses("TOOL-783", "ram", "{}");
    refuses("TOOL-783", "cores.0", "7");
}

static void too_many_entries_are_refused(void **state)
{
    (void)state;
    refuses("TOOL-784", "functions.2.bars", "[{},{},{},{},{},{},{}]");
}

static void untidy_ranges_are_refused(void **state)
{
    (void)state;
    refuses("TOOL-785", "ram.0.size", "\"0x100\"");
    refuses("TOOL-785", "ram.0.size", "0");
    refuses("TOOL-785", "ram.2.base", "\"0x0\"");
    refuses("TOOL-785", "ram.1.size", "\"0xfffffffffffff000\"");
}

static void functions_out_of_order_are_refused(void **state)
{
    (void)state;
    refuses("TOOL-786", "functions.3.address", "\"0000:00:03.0\"");
    refuses("TOOL-786", "functions.0.address", "\"0000:00:02.0\"");
}

/* A console as the boot stage writes it: the fixture's description, twelve characters a line. */
#define CONSOLE_SIZE 0x20000u
struct console {
    char text[CONSOLE_SIZE];
    size_t used;
    unsigned lines, left_out; /* the line with this number is missing */
};
static struct console console;

static void say(const char *what, const char *more)
{
    console.used += (size_t)snprintf(console.text + console.used, CONSOLE_SIZE - console.used, "[bulkhead] %s%s\r\n", what,
                                     more);
    assert_true(console.used < CONSOLE_SIZE);
}

static void say_description(unsigned left_out, bool whole)
{
    char *text = fixture_text("vendor", "\"amd\""), part[13], length[24];
    say("machine.json begins", "");
    for (size_t at = 0, line = 1; at < strlen(text); at += 12, line++) {
        snprintf(part, sizeof part, "%.12s", text + at);
        if (line != left_out)
            say("machine.json: ", part);
    }
    snprintf(length, sizeof length, "%zu", strlen(text));
    if (whole)
        say("machine.json ends: ", length);
    free(text);
}

static bool read_console(char **text)
{
    report_init(&report);
    bool good = machine_from_console(console.text, console.used, "console.log", text, &report);
    memset(&console, 0, sizeof console);
    return good;
}

static void a_console_gives_the_description_of_its_last_whole_boot(void **state)
{
    (void)state;
    char *text, *expected = fixture_text("vendor", "\"amd\"");
    say("Bulkhead, started by UEFI", "");
    say_description(0, true);
    say_description(0, false);
    say_description(0, true);
    say("one: hello", "");
    say_description(3, false);
    assert_true(read_console(&text));
    assert_string_equal(text, expected);
    assert_true(read_text(text));
    free(text);
    free(expected);
}

static void a_description_with_a_line_missing_is_refused(void **state)
{
    (void)state;
    char *text;
    say_description(5, true);
    assert_false(read_console(&text));
    assert_only(&report, "TOOL-787");
}

static void a_console_without_a_description_is_refused(void **state)
{
    (void)state;
    char *text;
    say("machine.json ends: ", "0");
    say("machine.json ends: ", "99999999999999999999");
    assert_false(read_console(&text));
    assert_only(&report, "TOOL-787");
    console.used = 0;
    assert_false(read_console(&text));
    assert_only(&report, "TOOL-787");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_machine_survives_the_way_there_and_back),
        cmocka_unit_test(the_example_describes_a_machine),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
        cmocka_unit_test(unknown_fields_are_refused),
        cmocka_unit_test(missing_fields_are_refused),
        cmocka_unit_test(wrong_values_are_refused),
        cmocka_unit_test(too_many_entries_are_refused),
        cmocka_unit_test(untidy_ranges_are_refused),
        cmocka_unit_test(functions_out_of_order_are_refused),
        cmocka_unit_test(a_console_gives_the_description_of_its_last_whole_boot),
        cmocka_unit_test(a_description_with_a_line_missing_is_refused),
        cmocka_unit_test(a_console_without_a_description_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
