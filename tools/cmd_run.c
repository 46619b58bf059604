/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead run: starts the machine that a configuration describes in QEMU. */
#include "config/container.h"
#include "config/decode.h"
#include "tools/commands.h"
#include "tools/common/command.h"
#include "tools/common/dts.h"
#include "tools/common/print.h"
#include "tools/qemu/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_PLAIN 64

static const struct rule rule_not_started = {
    "TOOL-775", "QEMU cannot be started", "qemu-system-x86_64 on the PATH", "install it: make setup does"};

struct run_arguments {
    const char *plain[MAX_PLAIN]; /* the configuration, then arguments for QEMU */
    size_t plain_count;
    struct qemu_choices choices;
    const char *cores, *memory;
    bool print_only, as_json;
};

/* Takes the source or the signed container: which of the two says its first bytes. */
static bool read_system(const char *path, struct system *system, struct report *report)
{
    struct file_bytes file, blob;
    struct container container;
    if (!file_read(path, CONTAINER_MAX_SIZE, &file, report))
        return false;
    bool is_container = file.size >= strlen(CONTAINER_MAGIC) &&
                        memcmp(file.data, CONTAINER_MAGIC, strlen(CONTAINER_MAGIC)) == 0;
    if (is_container && container_inspect(file.data, file.size, &container, report))
        system_decode(container.blob, container.blob_size, true, system, report);
    file_bytes_free(&file);
    if (is_container || !dts_compile(path, &blob, report))
        return report_ok(report);
    system_decode(blob.data, (uint32_t)blob.size, false, system, report);
    file_bytes_free(&blob);
    return report_ok(report);
}

static bool needs_quotes(const char *text)
{
    return *text == '\0' ||
           text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+,.:/@%")] != '\0';
}

/* One line that a shell takes as it stands. */
static void print_shell(const struct qemu_command *command)
{
    for (size_t i = 0; i < command->count; i++) {
        const char *text = command->argv[i];
        printf("%s", i == 0 ? "" : " ");
        if (!needs_quotes(text)) {
            printf("%s", text);
            continue;
        }
        putchar('\'');
        for (; *text != '\0'; text++)
            printf(*text == '\'' ? "'\\''" : "%c", *text);
        putchar('\'');
    }
    putchar('\n');
}

static void print_command(const struct qemu_command *command, bool as_json)
{
    if (!as_json) {
        print_shell(command);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < command->count; i++)
        json_array_append_new(list, json_string(command->argv[i]));
    print_json(json_pack("{s:b, s:[], s:o}", "ok", 1, "findings", "command", list));
}

/* What a person needs to know before the machine takes the terminal. */
static void print_how_to_reach(const struct run_arguments *arguments, const struct system *system)
{
    const struct qemu_choices *choices = &arguments->choices;
    fprintf(stderr, "machine   %u cores, %u MiB, %s\n",
            choices->cores > 0 ? choices->cores : qemu_default_cores(system),
            choices->memory_mib > 0 ? choices->memory_mib : qemu_default_memory_mib(system),
            choices->iso != NULL ? "BIOS" : "UEFI");
    fprintf(stderr, "console   %s; each partition's lines begin with its name\n",
            choices->serial != NULL      ? choices->serial
            : isatty(STDIN_FILENO) != 0 ? "this terminal (Ctrl-A X ends the machine)"
                                         : "standard output");
    for (size_t i = 0; i < choices->forwards.count; i++) {
        const char *text = choices->forwards.values[i];
        int name = (int)strcspn(text, "="), host = (int)strcspn(text + name + 1, ":");
        fprintf(stderr, "reach     %.*s port %s at 127.0.0.1:%.*s\n", name, text, text + name + 1 + host + 1, host,
                text + name + 1);
    }
}

/* Becomes QEMU, so that signals and the terminal are its own. Returns only when that fails. */
static void become(const struct qemu_command *command, struct report *report)
{
    fflush(stdout);
    execvp(command->argv[0], (char *const *)(uintptr_t)command->argv);
    report_add(report, &rule_not_started, command->argv[0], "%s", strerror(errno));
}

static int run(const struct run_arguments *arguments)
{
    static struct system system; /* large */
    struct report report;
    struct qemu_command command = {0};
    report_init(&report);
    if (read_system(arguments->plain[0], &system, &report) &&
        qemu_command_make(&system, &arguments->choices, &command, &report)) {
        for (size_t i = 1; i < arguments->plain_count; i++)
            qemu_command_add(&command, "%s", arguments->plain[i]);
        if (arguments->print_only) {
            print_command(&command, arguments->as_json);
        } else {
            print_how_to_reach(arguments, &system);
            become(&command, &report);
        }
    }
    qemu_command_free(&command);
    return report_ok(&report) ? EXIT_CODE_OK : print_verdict(&report, arguments->as_json);
}

/* A whole number from 1 to `most`; absent leaves *number 0. */
static bool number_or_absent(const char *text, uint32_t most, uint32_t *number)
{
    if (text == NULL)
        return true;
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    *number = (uint32_t)value;
    return *text >= '0' && *text <= '9' && *end == '\0' && value >= 1 && value <= most;
}

static const char *misuse(struct run_arguments *arguments)
{
    struct qemu_choices *choices = &arguments->choices;
    if ((choices->esp == NULL) == (choices->iso == NULL))
        return "give one of --esp and --iso";
    if (choices->iso != NULL && choices->secure_boot != NULL)
        return "--secure-boot needs --esp";
    if (!number_or_absent(arguments->cores, 255, &choices->cores))
        return "--cores takes a number from 1 to 255";
    if (!number_or_absent(arguments->memory, 1u << 24, &choices->memory_mib))
        return "--memory takes a number of MiB";
    return arguments->as_json && !arguments->print_only ? "--json goes with --print" : NULL;
}

int cmd_run(int argc, char **argv)
{
    static struct run_arguments a;
    const struct option options[] = {
        {.name = "esp", .argument = "DISK.img", .help = "boot this disk image by UEFI (OVMF)", .value = &a.choices.esp},
        {.name = "iso", .argument = "DISC.iso", .help = "boot this ISO by BIOS (GRUB)", .value = &a.choices.iso},
        {.name = "disk",
         .argument = "NAME=FILE",
         .help = "the raw image behind a partition's NVMe disk",
         .list = &a.choices.disks},
        {.name = "forward",
         .argument = "NAME=HOST:GUEST",
         .help = "TCP port HOST on 127.0.0.1 leads to port GUEST of the partition",
         .list = &a.choices.forwards},
        {.name = "omit",
         .argument = "NAME/DEVICE",
         .help = "leave this device out of the machine",
         .list = &a.choices.omitted},
        {.name = "cores",
         .argument = "N",
         .help = "cores of the machine (default: what the partitions need)",
         .value = &a.cores},
        {.name = "memory", .argument = "MIB", .help = "memory of the machine (default: enough)", .value = &a.memory},
        {.name = "serial",
         .argument = "FILE",
         .help = "write the machine's serial line to FILE",
         .value = &a.choices.serial},
        {.name = "qmp", .argument = "SOCKET", .help = "offer QEMU's control protocol there", .value = &a.choices.qmp},
        {.name = "secure-boot",
         .argument = "VARS.fd",
         .help = "Secure Boot firmware with this variable store",
         .value = &a.choices.secure_boot},
        {.name = "tpm",
         .argument = "SOCKET",
         .help = "a TPM: the control socket of a running swtpm",
         .value = &a.choices.tpm},
        {.name = "snapshot", .help = "leave the disk images as they are", .flag = &a.choices.snapshot},
        {.name = "keep",
         .argument = "NAME",
         .help = "with --snapshot: let this disk be written all the same",
         .list = &a.choices.kept},
        {.name = "deterministic",
         .help = "one thread, counted time: two runs are alike",
         .flag = &a.choices.deterministic},
        {.name = "print", .help = "print QEMU's command line and do not start it", .flag = &a.print_only},
        {.name = "json", .help = "with --print: as JSON", .flag = &a.as_json},
    };
    const struct command_line line = {
        .name = "run",
        .usage = "SYSTEM.dts|SYSTEM.bkc --esp DISK.img [--disk NAME=FILE]... [-- QEMU ARGUMENTS]",
        .help =
            "Starts in QEMU an AMD server (SVM, NPT, AMD-Vi) with the devices that the configuration names, each at\n"
            "its PCI path. NAME is PARTITION/DEVICE, or PARTITION where that says enough.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .least = 1,
        .most = MAX_PLAIN,
    };
    enum command_parsed parsed = command_parse(&line, argc, argv, a.plain, &a.plain_count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    const char *wrong = misuse(&a);
    if (wrong != NULL)
        return command_misused(&line, wrong);
    return run(&a);
}
