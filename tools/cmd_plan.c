/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead plan: who gets what on a machine, decided, built and rechecked by the boot stage's own code. */
#include "config/complete.h"
#include "config/decode.h"
#include "core/handoff.h"
#include "core/lib/log_ring.h"
#include "core/plan/plan.h"
#include "core/tables/guest_image.h"
#include "core/tables/tables.h"
#include "tools/commands.h"
#include "tools/common/command.h"
#include "tools/common/dts.h"
#include "tools/common/file.h"
#include "tools/common/images.h"
#include "tools/common/memory.h"
#include "tools/common/print.h"
#include "tools/machine_json/machine_json.h"
#include "tools/plan/show.h"

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

/* All large: one of each in the program. */
struct plan_work {
    struct system system;
    struct machine machine;
    struct plan plan;
    struct tables tables;
    struct plan_figures figures;
};

/* The boot stage's needs, with the monitor's code at its largest: the plan keeps a little more for it than the machine
 * will, and places everything else alike. */
static struct plan_needs needs_of(const struct machine *machine)
{
    return (struct plan_needs){
        .monitor_fixed = MONITOR_IMAGE_MAX + align_up(sizeof(struct handoff), PAGE_SIZE) + MONITOR_SHARED_MAX +
                         2 * PAGE_SIZE * machine->iommu_count,
        .monitor_per_core = CORE_FRAMES * PAGE_SIZE,
        .boot_blob = GUEST_BLOB_SIZE,
        .log = LOG_RING_SIZE,
        .event_log = MEASURE_LOG_SIZE,
    };
}

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

static bool read_machine(const char *path, struct machine *machine, struct report *report)
{
    struct file_bytes text;
    if (!file_read(path, MACHINE_JSON_MAX, &text, report))
        return false;
    bool good = machine_from_json((const char *)text.data, text.size, path, machine, report);
    file_bytes_free(&text);
    return good;
}

/* Builds the tables as the machine would, and rechecks them: a plan that is shown is a plan that launches. */
static void build_and_recheck(struct plan_work *work, struct report *report)
{
    uint32_t count = (uint32_t)(work->plan.tables.size / PAGE_SIZE);
    struct table_pool pool = {aligned_alloc(PAGE_SIZE, count * PAGE_SIZE), count, 0, work->plan.tables.base};
    if (pool.frames == NULL)
        abort();
    if (tables_build(&work->machine, &work->plan, &pool, &work->tables, report))
        tables_recheck(&work->machine, &work->plan, &pool, &work->tables, report);
    work->figures = (struct plan_figures){pool.used, count};
    free(pool.frames);
}

static int plan(const struct plan_arguments *arguments)
{
    static struct plan_work work;
    struct report report;
    report_init(&report);
    bool good = read_system(arguments, &work.system, &report);
    good &= read_machine(arguments->machine, &work.machine, &report);
    if (good) {
        struct plan_needs needs = needs_of(&work.machine);
        plan_make(&work.system, &work.machine, &needs, &work.plan, &report);
    }
    if (report_ok(&report))
        build_and_recheck(&work, &report);
    if (!report_ok(&report))
        return print_verdict(&report, arguments->as_json);
    if (arguments->as_json)
        print_json(plan_to_json(&work.plan, &work.figures));
    else
        plan_show(&work.machine, &work.plan, &work.figures);
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
