/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead plan: who gets what on a machine, decided, built and rechecked by the boot stage's own code. */
#include "config/complete.h"
#include "config/decode.h"
#include "core/handoff.h"
#include "tools/commands.h"
#include "tools/common/command.h"
#include "tools/common/dts.h"
#include "tools/common/file.h"
#include "tools/common/images.h"
#include "tools/common/memory.h"
#include "tools/common/print.h"
#include "tools/plan/decide.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#define COMPLETION_ROOM (2 * SYSTEM_MAX_PARTITIONS * 512u)

struct plan_arguments {
    const char *source;
    const char *machine;
    struct images images;
    bool as_json;
};

/* All large: one of each in the program. The plan keeps a little more for the monitor than the machine will, whose image is
 * not at hand here, and places everything else alike. */
struct plan_work {
    struct system system;
    struct machine machine;
    struct plan_decision decision;
};

static bool wants_images(const struct images *images)
{
    return images->files.count + images->folders.count > 0;
}

/* Images are read only when the command line says where they are: without them the sealed memory is planned too small,
 * and nothing else depends on them. */
static bool read_system(const struct plan_arguments *arguments, struct system *system, struct report *report)
{
    struct file_bytes source;
    if (!dts_compile(arguments->source, &source, report))
        return false;
    size_t room = source.size + COMPLETION_ROOM;
    uint8_t *blob = memory_grow(NULL, room);
    memcpy(blob, source.data, source.size);
    struct file_source files = images_source(&arguments->images);
    if (!wants_images(&arguments->images) || system_complete(blob, room, &files, report))
        system_decode(blob, fdt_totalsize(blob), wants_images(&arguments->images), system, report);
    free(blob);
    file_bytes_free(&source);
    return report_ok(report);
}

static int plan(const struct plan_arguments *arguments)
{
    static struct plan_work work;
    struct report report;
    report_init(&report);
    bool good = read_system(arguments, &work.system, &report);
    good &= machine_read(arguments->machine, &work.machine, &report);
    if (good)
        plan_decide_on(&work.system, &work.machine, MONITOR_IMAGE_MAX, &work.decision, &report);
    if (!report_ok(&report))
        return print_verdict(&report, arguments->as_json);
    if (arguments->as_json)
        print_json(plan_to_json(&work.decision.plan, &work.decision.figures));
    else
        plan_show(&work.machine, &work.decision.plan, &work.decision.figures);
    return EXIT_CODE_OK;
}

int cmd_plan(int argc, char **argv)
{
    struct plan_arguments arguments = {0};
    const struct option options[] = {
        {.name = "machine", .argument = "MACHINE.json", .help = "what the machine has (docs/machine.md)",
         .value = &arguments.machine},
        IMAGES_OPTIONS(arguments.images),
        {.name = "json", .help = "print the result as JSON", .flag = &arguments.as_json},
    };
    const struct command_line line = {
        .name = "plan",
        .usage = "SYSTEM.dts --machine MACHINE.json [--images FOLDER]",
        .help = "Shows which cores, memory and devices each partition gets on a machine, and the memory map.\n"
                "Decides, builds the tables and rechecks them with the code that runs at boot. Without --images or\n"
                "--file the sizes of the images count as 0.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .least = 1,
        .most = 1,
    };
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, &arguments.source, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    if (arguments.machine == NULL)
        return command_misused(&line, "--machine is missing");
    images_set_fallback(&arguments.images, arguments.source);
    return plan(&arguments);
}
