/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: the first two bytes say where, in the rest, a boot image ends and the lists of Secure Boot's db begin; one
 * is measured, the other looked through for the image's key. */
#include "core/lib/bytes.h"
#include "tools/predict/firmware.h"
#include "tools/predict/pe.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct prediction prediction;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct report report;
    struct pe_image image = {0};
    report_init(&report);
    if (size < 2)
        return 0;
    size_t room = size - 2, end = load_le16(data) < room ? load_le16(data) : room;
    if (pe_measure(data + 2, end, "image", &image, &report) &&
        (!report_ok(&report) || image.certificates_size > end ||
         (image.certificates == NULL) != (image.certificates_size == 0)))
        abort();
    struct firmware_keys keys = {.db = {data + 2 + end, room - end}};
    report_init(&report);
    prediction_begin(&prediction);
    if (firmware_predict(&prediction, &image, &keys, &report) != report_ok(&report))
        abort();
    return 0;
}
