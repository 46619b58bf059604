/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead check: compiles and decodes a configuration and lists everything that is wrong with it. */
#include "config/decode.h"
#include "config/pci_path.h"
#include "tools/commands.h"
#include "tools/common/command.h"
#include "tools/common/dts.h"
#include "tools/common/print.h"

#include <stdlib.h>

struct check_arguments {
    const char *source;
    bool signed_form, as_json;
};

static const char *restart_word(enum system_restart restart)
{
    static const char *const words[] = {
        [RESTART_NEVER] = "never", [RESTART_ALWAYS] = "always", [RESTART_LIMITED] = "limited"};
    return words[restart];
}

static void print_devices(const struct system_partition *partition)
{
    for (uint32_t i = 0; i < partition->device_count; i++) {
        char path[PCI_PATH_TEXT_MAX];
        pci_path_print(&partition->devices[i].path, path, sizeof path);
        printf("%s%s %s", i == 0 ? "" : ", ", partition->devices[i].name, path);
    }
    printf("%s\n", partition->device_count == 0 ? "none" : "");
}

static void print_system(const char *source, const struct system *system)
{
    struct print_colours colour = print_colours(stdout);
    printf("%s%s: good%s, release %s, security version %u\n\n", colour.good, source, colour.end, system->release,
           system->security_version);
    printf("%s%-16s %5s %9s  %-8s %s%s\n", colour.strong, "partition", "cores", "memory", "restart", "devices",
           colour.end);
    for (uint32_t i = 0; i < system->partition_count; i++) {
        const struct system_partition *partition = &system->partitions[i];
        printf("%-16s %5u %5u MiB  %-8s ", partition->name, partition->core_count,
               (unsigned)(partition->memory_size >> 20), restart_word(partition->restart));
        print_devices(partition);
    }
}

static json_t *partition_json(const struct system_partition *partition)
{
    json_t *devices = json_array();
    for (uint32_t i = 0; i < partition->device_count; i++) {
        const struct system_device *device = &partition->devices[i];
        char path[PCI_PATH_TEXT_MAX];
        pci_path_print(&device->path, path, sizeof path);
        json_array_append_new(devices, json_pack("{s:s, s:s, s:i, s:i}", "name", device->name, "pci", path, "vendor",
                                                 (int)device->vendor, "device", (int)device->device));
    }
    return json_pack("{s:s, s:i, s:i, s:s, s:s, s:o}", "name", partition->name, "cores", (int)partition->core_count,
                     "memory_mib", (int)(partition->memory_size >> 20), "restart", restart_word(partition->restart),
                     "kernel", partition->kernel.file, "devices", devices);
}

static void print_system_json(const struct system *system)
{
    json_t *partitions = json_array();
    for (uint32_t i = 0; i < system->partition_count; i++)
        json_array_append_new(partitions, partition_json(&system->partitions[i]));
    print_json(json_pack("{s:b, s:[], s:i, s:s, s:I, s:o}", "ok", 1, "findings", "dropped", 0, "release",
                         system->release, "security_version", (json_int_t)system->security_version, "partitions",
                         partitions));
}

static int check(const struct check_arguments *arguments)
{
    static struct system system; /* large */
    struct report report;
    struct file_bytes blob;
    report_init(&report);
    if (dts_compile(arguments->source, &blob, &report)) {
        system_decode(blob.data, (uint32_t)blob.size, arguments->signed_form, &system, &report);
        file_bytes_free(&blob);
    }
    if (!report_ok(&report))
        return print_verdict(&report, arguments->as_json);
    if (arguments->as_json)
        print_system_json(&system);
    else
        print_system(arguments->source, &system);
    return EXIT_CODE_OK;
}

int cmd_check(int argc, char **argv)
{
    struct check_arguments arguments = {0};
    const struct option options[] = {
        {.name = "signed", .help = "expect the signed form: sizes, digests and root hashes filled in",
         .flag = &arguments.signed_form},
        {.name = "json", .help = "print the result as JSON", .flag = &arguments.as_json},
    };
    const struct command_line line = {
        .name = "check",
        .usage = "SYSTEM.dts",
        .help = "Compiles a configuration and holds it against every rule that needs no machine.\n"
                "All mistakes are listed at once; docs/errors.md explains the codes.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .least = 1,
        .most = 1,
    };
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, &arguments.source, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    return check(&arguments);
}
