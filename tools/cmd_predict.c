/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead predict: what a machine will measure, computed from the build and the signed configuration alone. */
#include "tools/commands.h"
#include "tools/common/print.h"
#include "tools/predict/predict.h"
#include "tools/predict/show.h"

static void print_as_json(const struct prediction *prediction)
{
    const uint32_t all = PREDICT_FIRMWARE_PCRS | PREDICT_OWN_PCRS | PREDICT_MACHINE_PCRS;
    print_json(json_pack("{s:b, s:[], s:o, s:o}", "ok", 1, "findings", "pcrs",
                         prediction_registers_json(prediction, all), "events", prediction_events_json(prediction, all)));
}

static int predict(const struct predict_options *options, bool as_json)
{
    static struct predict work;
    struct report report;
    report_init(&report);
    bool good = predict_make(options, &work, &report);
    if (good && as_json)
        print_as_json(&work.prediction);
    else if (good)
        prediction_show(&work.prediction);
    predict_free(&work);
    return good ? EXIT_CODE_OK : print_verdict(&report, as_json);
}

int cmd_predict(int argc, char **argv)
{
    struct predict_options arguments = {0};
    bool as_json = false;
    const struct option options[] = {
        PREDICT_OPTIONS(arguments),
        {.name = "json", .help = "print the result as JSON", .flag = &as_json},
    };
    const struct command_line line = {
        .name = "predict",
        .usage = "SYSTEM.bkc --key KEY.pem [--sb-keys FOLDER] [--machine MACHINE.json]",
        .help = "Computes the TPM registers and the events of a boot: 4, 8, 9 and 21, with --sb-keys also 7, with\n"
                "--machine also 11. Takes the same files as 'bulkhead bundle', and does what the boot stage will do.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .least = 1,
        .most = 1,
    };
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, &arguments.container, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    const char *wrong = predict_misuse(&arguments);
    if (wrong != NULL)
        return command_misused(&line, wrong);
    if (arguments.efi == NULL)
        arguments.efi = "build/bulkhead.efi";
    return predict(&arguments, as_json);
}
