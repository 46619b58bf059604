/* SPDX-License-Identifier: Apache-2.0 */
/* The library's functions as commands, for the tests in this folder:
 *   appraiser measure LOG NAME=VALUE...        the event log of a boot, written by core/measure's own list
 *   appraiser appraise HOST EVIDENCE [RELEASE...]  prints the result; the host's file is written back with its new state
 *   appraiser approve HOST                     takes the last accepted firmware for good
 *   appraiser name AK|EK FILE                  the name of a public area, or the finding against it
 *   appraiser credential EK AK SECRET OUT      MakeCredential, in the form that tpm2_activatecredential reads
 *   appraiser quote AK ATTEST SIGNATURE        signature and structure alone */
#include "attest/lib/credential.h"
#include "tests/attest/appraise/host_file.h"
#include "tests/attest/appraise/sample_boot.h"
#include "tools/common/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int complain(const struct report *report)
{
    for (uint32_t i = 0; i < report->count; i++)
        printf("%s %s: %s\n", report->findings[i].rule->code, report->findings[i].where, report->findings[i].found);
    return 1;
}

static struct file_bytes slurp(const char *path)
{
    struct file_bytes bytes = {0};
    struct report report;
    report_init(&report);
    if (!file_read(path, 16u << 20, &bytes, &report))
        exit(complain(&report));
    return bytes;
}

static void spill(const char *path, const void *data, size_t size)
{
    struct report report;
    report_init(&report);
    if (!file_write(path, data, size, 0644, FILE_REPLACE, &report))
        exit(complain(&report));
}

static int do_measure(int count, char **arguments)
{
    static uint8_t log[MEASURE_SAMPLE_LOG_MAX];
    struct sample_boot boot;
    sample_boot_default(&boot);
    for (int i = 1; i < count; i++)
        if (!sample_boot_set(&boot, arguments[i]))
            return 2;
    spill(arguments[0], log, sample_boot_measure(&boot, log, sizeof log));
    return 0;
}

/* Writes a host's file back: all of it but the public area, which is kept as it came. */
static void write_host(const char *path, const struct file_bytes *old, const struct host_file *host)
{
    struct report report;
    uint8_t public[PUBLIC_SIZE_MAX];
    size_t size = 0;
    report_init(&report);
    json_t *json = json_loadb((const char *)old->data, old->size, 0, NULL);
    const char *encoded = json_string_value(json_object_get(json, "ak_public"));
    evidence_base64(encoded, strlen(encoded), public, sizeof public, &size);
    char *text = host_file_text(host, public, size);
    spill(path, text, strlen(text));
    free(text);
    json_decref(json);
}

/* All that one appraisal reads. Zeroed parts may be freed. */
#define ROUND_RELEASES 8
struct round {
    struct file_bytes host_text, evidence_text, release_texts[ROUND_RELEASES];
    struct host_file host;
    struct evidence evidence;
    struct release loaded[ROUND_RELEASES];
    const struct release *releases[ROUND_RELEASES];
    uint32_t release_count;
};

static bool load_round(struct round *round, char **arguments, struct report *report)
{
    round->host_text = slurp(arguments[0]);
    round->evidence_text = slurp(arguments[1]);
    bool good = host_file_parse((const char *)round->host_text.data, round->host_text.size, &round->host, report) &&
                evidence_parse((const char *)round->evidence_text.data, round->evidence_text.size, &round->evidence, report);
    for (uint32_t i = 0; good && i < round->release_count; i++) {
        round->release_texts[i] = slurp(arguments[2 + i]);
        good = release_parse((const char *)round->release_texts[i].data, round->release_texts[i].size, &round->loaded[i],
                             report);
        round->releases[i] = &round->loaded[i];
    }
    return good;
}

static void free_round(struct round *round)
{
    for (uint32_t i = 0; i < round->release_count; i++) {
        release_free(&round->loaded[i]);
        file_bytes_free(&round->release_texts[i]);
    }
    evidence_free(&round->evidence);
    host_file_free(&round->host);
    file_bytes_free(&round->evidence_text);
    file_bytes_free(&round->host_text);
}

static int do_appraise(int count, char **arguments)
{
    static struct appraise_result result;
    static struct round round;
    struct report report;
    report_init(&report);
    round.release_count = (uint32_t)(count - 2);
    if (load_round(&round, arguments, &report)) {
        round.host.now = (uint64_t)time(NULL);
        host_file_appraise(&round.host, &round.evidence, round.releases, round.release_count, &result);
        json_t *json = host_file_result(&result, round.releases);
        json_dumpf(json, stdout, JSON_INDENT(1));
        json_decref(json);
        write_host(arguments[0], &round.host_text, &round.host);
    }
    free_round(&round);
    return report_ok(&report) ? 0 : complain(&report);
}

static int do_approve(char **arguments)
{
    struct host_file host;
    struct report report;
    report_init(&report);
    struct file_bytes text = slurp(arguments[0]);
    if (!host_file_parse((const char *)text.data, text.size, &host, &report))
        return complain(&report);
    bool good = appraise_approve(&host.state);
    write_host(arguments[0], &text, &host);
    host_file_free(&host);
    file_bytes_free(&text);
    return good ? 0 : 1;
}

static bool read_public(bool ak, const char *path, struct public_key *key, struct report *report)
{
    struct file_bytes bytes = slurp(path);
    bool good = ak ? public_read_ak(bytes.data, bytes.size, key, report) : public_read_ek(bytes.data, bytes.size, key, report);
    file_bytes_free(&bytes);
    return good;
}

static int do_name(char **arguments)
{
    struct public_key key;
    struct report report;
    char hex[2 * PUBLIC_NAME_MAX + 1];
    report_init(&report);
    if (!read_public(strcmp(arguments[0], "AK") == 0, arguments[1], &key, &report))
        return complain(&report);
    hash_to_hex(key.name.bytes, key.name.size, hex);
    puts(hex);
    return 0;
}

static int do_credential(char **arguments)
{
    static const uint8_t header[8] = {0xba, 0xdc, 0xc0, 0xde, 0, 0, 0, 1}; /* the tools' own file form */
    struct public_key ek, ak;
    struct credential credential;
    struct report report;
    uint8_t out[sizeof header + CREDENTIAL_BLOB_MAX + CREDENTIAL_SEED_MAX];
    report_init(&report);
    struct file_bytes secret = slurp(arguments[2]);
    bool good = read_public(false, arguments[0], &ek, &report) && read_public(true, arguments[1], &ak, &report) &&
                secret.size == CREDENTIAL_SECRET_SIZE &&
                credential_make(&ek, &ak.name, secret.data, credential_random_kernel, NULL, &credential);
    file_bytes_free(&secret);
    if (!good)
        return complain(&report);
    memcpy(out, header, sizeof header);
    memcpy(out + sizeof header, credential.blob, credential.blob_size);
    memcpy(out + sizeof header + credential.blob_size, credential.seed, credential.seed_size);
    spill(arguments[3], out, sizeof header + credential.blob_size + credential.seed_size);
    return 0;
}

static int do_quote(char **arguments)
{
    struct public_key ak;
    struct quote quote;
    struct report report;
    report_init(&report);
    struct file_bytes attest = slurp(arguments[1]), signature = slurp(arguments[2]);
    bool good = read_public(true, arguments[0], &ak, &report) &&
                quote_verify(&ak, attest.data, attest.size, signature.data, signature.size, &report) &&
                quote_read(attest.data, attest.size, &quote, &report);
    file_bytes_free(&signature);
    file_bytes_free(&attest);
    return good ? 0 : complain(&report);
}

int main(int count, char **arguments)
{
    const char *command = count > 1 ? arguments[1] : "";
    if (strcmp(command, "measure") == 0 && count >= 3)
        return do_measure(count - 2, arguments + 2);
    if (strcmp(command, "appraise") == 0 && count >= 4 && count <= 4 + ROUND_RELEASES)
        return do_appraise(count - 2, arguments + 2);
    if (strcmp(command, "approve") == 0 && count == 3)
        return do_approve(arguments + 2);
    if (strcmp(command, "name") == 0 && count == 4)
        return do_name(arguments + 2);
    if (strcmp(command, "credential") == 0 && count == 6)
        return do_credential(arguments + 2);
    if (strcmp(command, "quote") == 0 && count == 5)
        return do_quote(arguments + 2);
    fputs("appraiser: see the source for its commands\n", stderr);
    return 2;
}
