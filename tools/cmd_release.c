/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead release: writes and signs release.json, by which a verifier knows a release; or checks one. */
#include "attest/lib/release.h"
#include "tools/commands.h"
#include "tools/common/print.h"
#include "tools/predict/release.h"

#include <stdlib.h>
#include <string.h>

#define PATH_ROOM 4200

struct release_arguments {
    struct predict_options predict;
    struct release_options release;
    const char *release_key, *output;
    bool verify, force, as_json;
};

static void print_done(const struct release_arguments *arguments, const char *path, const char *name)
{
    if (arguments->as_json)
        print_json(json_pack("{s:b, s:[], s:s, s:s}", "ok", 1, "findings", "release", name, "file", path));
    else if (arguments->verify)
        printf("%s: good signature, release %s, agrees with itself\n", path, name);
    else
        printf("%s: release %s\n%s.sig: its signature\n", path, name, path);
}

/* Both files or none: the signature is made, and both names are seen to be free, before anything is written. */
static bool write_release(const struct release_arguments *arguments, const char *text, const struct key *key,
                          struct report *report)
{
    enum file_policy policy = arguments->force ? FILE_REPLACE : FILE_NEW;
    uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE];
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "%.4000s.sig", arguments->output);
    return release_sign(text, key, signature, report) && file_may_write(arguments->output, policy, report) &&
           file_may_write(path, policy, report) &&
           file_write(arguments->output, text, strlen(text), 0644, policy, report) &&
           file_write(path, signature, sizeof signature, 0644, policy, report);
}

static bool make_release(const struct release_arguments *arguments, const struct key *key, struct report *report)
{
    static struct predict predict; /* large */
    char *text = NULL;
    struct predict_options options = arguments->predict;
    options.any_machine = true;
    bool good = predict_make(&options, &predict, report) &&
                (text = release_make(&arguments->predict, &predict, &arguments->release, report)) != NULL &&
                write_release(arguments, text, key, report);
    if (good)
        print_done(arguments, arguments->output, predict.system.release);
    free(text);
    predict_free(&predict);
    return good;
}

static bool verify_release(const struct release_arguments *arguments, const struct key *key, struct report *report)
{
    char name[RELEASE_NAME_MAX + 1];
    bool good = release_check(arguments->predict.container, key, name, sizeof name, report);
    if (good)
        print_done(arguments, arguments->predict.container, name);
    return good;
}

static int run(const struct release_arguments *arguments)
{
    struct report report;
    struct key key;
    report_init(&report);
    bool good = key_read(arguments->release_key, &key, &report) &&
                (arguments->verify ? verify_release(arguments, &key, &report) : make_release(arguments, &key, &report));
    key_wipe(&key);
    return good ? EXIT_CODE_OK : print_verdict(&report, arguments->as_json);
}

static const char *misuse(const struct release_arguments *arguments)
{
    if (arguments->release_key == NULL)
        return "--release-key is missing";
    if (arguments->verify)
        return NULL;
    if (arguments->output == NULL)
        return "--out is missing";
    if (arguments->release.machine_name != NULL && arguments->predict.machine == NULL)
        return "--machine-name goes with --machine";
    return predict_misuse(&arguments->predict);
}

int cmd_release(int argc, char **argv)
{
    struct release_arguments a = {0};
    const struct option options[] = {
        PREDICT_OPTIONS(a.predict),
        {.name = "machine-name", .argument = "NAME", .value = &a.release.machine_name,
         .help = "how the release calls the machine (default: as its file is called)"},
        {.name = "policy", .argument = "POLICY.json", .value = &a.release.policy,
         .help = "the release's policy (default: IOMMU and remapping on, locality 2 open, no debugging)"},
        {.name = "sbom", .argument = "FILE", .value = &a.release.sbom, .help = "name this bill of materials by its digest"},
        {.name = "release-key", .argument = "KEY.pem", .value = &a.release_key,
         .help = "sign with this P-384 key; with --verify the public half is enough"},
        {.name = "out", .argument = "RELEASE.json", .value = &a.output,
         .help = "write here, and the signature to RELEASE.json.sig"},
        {.name = "verify", .flag = &a.verify, .help = "check a release and its signature as a verifier does"},
        {.name = "force", .help = "replace output files", .flag = &a.force},
        {.name = "json", .help = "print the result as JSON", .flag = &a.as_json},
    };
    const struct command_line line = {
        .name = "release",
        .usage = "SYSTEM.bkc --key KEY.pem --release-key RELEASE.pem --out RELEASE.json | --verify RELEASE.json",
        .help = "Writes what a verifier needs to know of a release: the predicted registers and events\n"
                "('bulkhead predict'), digests and policy, signed.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .least = 1,
        .most = 1,
    };
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, &a.predict.container, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    const char *wrong = misuse(&a);
    if (wrong != NULL)
        return command_misused(&line, wrong);
    if (a.predict.efi == NULL)
        a.predict.efi = "build/bulkhead.efi";
    return run(&a);
}
