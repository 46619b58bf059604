/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead machine: the description of a machine, from what its boot stage said about it. */
#include "tools/commands.h"
#include "tools/common/command.h"
#include "tools/common/file.h"
#include "tools/common/print.h"
#include "tools/machine_json/machine_json.h"

#include <stdlib.h>
#include <string.h>

#define CONSOLE_MAX ((size_t)64 << 20)

static int show_machine(const char *path)
{
    static struct machine machine; /* large */
    struct report report;
    struct file_bytes console;
    char *text = NULL;
    report_init(&report);
    if (file_read(path, CONSOLE_MAX, &console, &report)) {
        if (machine_from_console((const char *)console.data, console.size, path, &text, &report) &&
            machine_from_json(text, strlen(text), path, &machine, &report)) {
            print_json(machine_to_json(&machine));
        }
        file_bytes_free(&console);
    }
    free(text);
    return report_ok(&report) ? EXIT_CODE_OK : print_verdict(&report, false);
}

int cmd_machine(int argc, char **argv)
{
    const struct command_line line = {
        .name = "machine",
        .usage = "CONSOLE.log > MACHINE.json",
        .help = "Prints the description of a machine (docs/machine.md) for 'bulkhead plan' and 'bulkhead predict'.\n"
                "CONSOLE.log is the console of a boot with a configuration that was signed with --debug.",
        .options = NULL,
        .option_count = 0,
        .least = 1,
        .most = 1,
    };
    const char *path;
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, &path, &count);
    return parsed != COMMAND_GO ? command_exit_code(parsed) : show_machine(path);
}
