/* SPDX-License-Identifier: Apache-2.0 */
/* Predicting from the files of a release. */
#include "tools/predict/predict.h"

#include "tools/bundle/bundle.h"
#include "tools/predict/firmware.h"
#include "tools/predict/pe.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EFI_MAX ((size_t)64 << 20)
#define KEY_PATH_MAX 4200

static const struct rule rule_no_room = {
    "TOOL-795", "there are more events than a prediction holds", "at most 2048 events",
    "configure fewer partitions or devices"};

const char *predict_misuse(const struct predict_options *options)
{
    uint32_t floor;
    const char *wrong = trust_misuse(&options->trust);
    if (wrong != NULL)
        return wrong;
    if (options->rollback_floor != NULL && options->machine == NULL)
        return "--rollback-floor goes with --machine";
    if (options->rollback_floor != NULL && !predict_floor(options->rollback_floor, &floor))
        return "--rollback-floor takes a number from 0 to 4294967295";
    return NULL;
}

/* The digest of the image as it was before any site's keys were put into it. */
static bool find_build_id(const struct predict_options *options, struct predict *predict, struct report *report)
{
    struct pe_image image;
    struct trust trust;
    if (!bundle_take_trust(&predict->efi, options->efi, &trust, report) ||
        !pe_measure(predict->efi.data, predict->efi.size, options->efi, &image, report))
        return false;
    memcpy(predict->build_id, image.digests.sha384, sizeof predict->build_id);
    return bundle_fill_trust(&predict->efi, options->efi, &trust, report);
}

/* The image as `bulkhead bundle` puts it onto the medium. Its signature for Secure Boot is not part of what is measured. */
static bool prepare_image(const struct predict_options *options, struct predict *predict, struct pe_image *image,
                          struct report *report)
{
    return file_read(options->efi, EFI_MAX, &predict->efi, report) &&
           bundle_fill_trust(&predict->efi, options->efi, &predict->verified.trust, report) &&
           find_build_id(options, predict, report) &&
           pe_measure(predict->efi.data, predict->efi.size, options->efi, image, report);
}

static bool read_variable(const char *folder, const char *name, bool required, struct file_bytes *bytes,
                          struct report *report)
{
    char path[KEY_PATH_MAX];
    snprintf(path, sizeof path, "%.4000s/%s.esl", folder, name);
    return (!required && access(path, F_OK) != 0) || file_read(path, FIRMWARE_LIST_MAX, bytes, report);
}

static bool predict_firmware(const struct predict_options *options, struct predict *predict, const struct pe_image *image,
                             struct report *report)
{
    static const char *const names[] = {"PK", "KEK", "db", "dbx"};
    struct file_bytes files[4] = {{0}};
    bool good = true;
    if (options->sb_keys == NULL)
        return firmware_predict(&predict->prediction, image, NULL, report);
    for (size_t i = 0; i < 4; i++)
        good = read_variable(options->sb_keys, names[i], i < 3, &files[i], report) && good;
    struct firmware_keys keys = {.pk = {files[0].data, files[0].size},
                                 .kek = {files[1].data, files[1].size},
                                 .db = {files[2].data, files[2].size},
                                 .dbx = {files[3].data, files[3].size}};
    good = good && firmware_predict(&predict->prediction, image, &keys, report);
    for (size_t i = 0; i < 4; i++)
        file_bytes_free(&files[i]);
    return good;
}

/* The boot stage's own list, in its order. */
static bool predict_own(const struct predict_options *options, struct predict *predict, struct report *report)
{
    struct measurement measurement;
    measurement_begin(&measurement, prediction_extend, &predict->prediction);
    measure_configuration(&measurement, &predict->verified.manifest, &predict->verified.container, &predict->system);
    measure_partitions(&measurement, &predict->system);
    if (options->machine != NULL && !predict_platform(predict, &measurement, options, report))
        return false;
    if (options->any_machine || options->machine == NULL || predict->machine.tpm.locality2)
        measure_seal(&measurement);
    return report_unless(!measurement.failed, report, &rule_no_room, options->container, "more");
}

bool predict_make(const struct predict_options *options, struct predict *predict, struct report *report)
{
    struct pe_image image;
    prediction_begin(&predict->prediction);
    if (!trust_verify(&options->trust, options->container, &predict->verified, &predict->system, report) ||
        !prepare_image(options, predict, &image, report))
        return false;
    predict->image = image.digests;
    return predict_firmware(options, predict, &image, report) && predict_own(options, predict, report);
}

void predict_free(struct predict *predict)
{
    prediction_free(&predict->prediction);
    file_bytes_free(&predict->efi);
    trust_verified_free(&predict->verified);
}
