/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: any text given to the readers of evidence, release.json and tokens. */
#include "attest/lib/evidence.h"
#include "attest/lib/release.h"
#include "attest/lib/token.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_evidence(const char *text, size_t size)
{
    struct evidence evidence;
    struct report report;
    report_init(&report);
    if (evidence_parse(text, size, &evidence, &report) != report_ok(&report))
        abort();
    if (report_ok(&report) && (evidence.log == NULL || evidence.log_size > EVENTLOG_SIZE_MAX ||
                               evidence.pcrs.sha256 != evidence.pcrs.sha384))
        abort();
    if (report_ok(&report))
        evidence_free(&evidence);
    else if (evidence.log != NULL)
        abort();
}

static void read_release(const char *text, size_t size)
{
    static struct release release;
    struct report report;
    report_init(&report);
    if (release_parse(text, size, &release, &report) != report_ok(&report))
        abort();
    if (report_ok(&report))
        release_free(&release);
}

static void read_token(const char *text, size_t size)
{
    struct ecdsa_secret one = {{0}};
    struct public_key key;
    struct report report;
    report_init(&report);
    one.bytes[47] = 1;
    if (!ecdsa_public_p384(&one, &key))
        abort();
    json_decref(token_check(text, size, &key, &report));
}

/* The first byte chooses the reader. Exact copies, so that a byte too many is seen. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(const char *, size_t) = {read_evidence, read_release, read_token};
    if (size < 1)
        return 0;
    char *copy = malloc(size - 1);
    if (copy == NULL)
        return 0;
    memcpy(copy, data + 1, size - 1);
    readers[data[0] % 3](copy, size - 1);
    free(copy);
    return 0;
}
