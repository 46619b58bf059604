/* SPDX-License-Identifier: Apache-2.0 */
/* Makes, signs and checks release.json. */
#include "tools/predict/release.h"

#include "attest/lib/release.h"
#include "tools/common/print.h"
#include "tools/predict/show.h"

#include <stdlib.h>
#include <string.h>

#define POLICY_MAX ((size_t)64 << 10)
#define SIGNATURE_PATH_MAX 4200
#define MACHINE_SUFFIX ".json"

static const struct rule rule_policy = {
    "TOOL-798", "the policy cannot be read", "one JSON object, as docs/attestation.md shows it", "correct the file"};

static json_t *hex_json(const uint8_t *bytes, size_t size)
{
    char text[2 * CRYPTO_SHA384_SIZE + 1];
    print_hex(bytes, size, text);
    return json_string(text);
}

/* NULL with a finding. */
static json_t *policy_json(const char *path, struct report *report)
{
    struct file_bytes text;
    json_error_t error = {.line = 1};
    if (path == NULL)
        return json_pack("{s:{s:[s], s:[s], s:[s]}, s:b, s:b, s:b}", "platform", "iommu", "on", "interrupt-remapping", "on",
                         "smt", "one-owner", "allow-debug", 0, "require-locality-2", 1, "require-rollback-protection", 0);
    if (!file_read(path, POLICY_MAX, &text, report))
        return NULL;
    json_t *policy = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &error);
    file_bytes_free(&text);
    if (!json_is_object(policy)) {
        report_add(report, &rule_policy, path, "no JSON object; line %d, column %d", error.line, error.column);
        json_decref(policy);
        return NULL;
    }
    return policy;
}

static json_t *sbom_json(const char *path, struct report *report)
{
    uint8_t digest[CRYPTO_SHA384_SIZE];
    uint64_t size;
    if (path == NULL)
        return json_null();
    return file_digest(path, digest, &size, report) ? hex_json(digest, sizeof digest) : NULL;
}

static json_t *build_json(const struct predict *predict, json_t *sbom)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "id", hex_json(predict->build_id, sizeof predict->build_id), "image-sha384",
                     hex_json(predict->image.sha384, HASH_SHA384_SIZE), "configuration-sha384",
                     hex_json(predict->verified.container.digest, CRYPTO_SHA384_SIZE), "sbom", sbom);
}

/* "server.json" in any folder is the machine "server". */
static json_t *machine_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    size_t length = strlen(name), suffix = strlen(MACHINE_SUFFIX);
    if (length > suffix && strcmp(name + length - suffix, MACHINE_SUFFIX) == 0)
        length -= suffix;
    return json_stringn(name, length);
}

static void add_machine(json_t *release, const struct predict_options *options, const struct predict *predict,
                        const char *name)
{
    if (options->machine == NULL)
        return;
    json_t *machine = json_pack("{s:o, s:o, s:o}", "name", name != NULL ? json_string(name) : machine_name(options->machine),
                                "pcrs", prediction_registers_json(&predict->prediction, PREDICT_MACHINE_PCRS), "events",
                                prediction_events_json(&predict->prediction, PREDICT_MACHINE_PCRS));
    json_object_set_new(release, "machine", machine);
}

/* The members stand in the order of docs/attestation.md. */
static json_t *release_json(const struct predict_options *options, const struct predict *predict, json_t *build,
                            const char *machine)
{
    const struct prediction *prediction = &predict->prediction;
    json_t *release = json_pack(
        "{s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o}", "format", "bulkhead-release-1", "name", predict->system.release, "serial",
        (json_int_t)predict->verified.container.serial, "security-version",
        (json_int_t)predict->verified.container.security_version, "build", build, "pcrs",
        prediction_registers_json(prediction, PREDICT_OWN_PCRS | PREDICT_FIRMWARE_PCRS), "events",
        prediction_events_json(prediction, PREDICT_OWN_PCRS), "firmware-events",
        prediction_events_json(prediction, PREDICT_FIRMWARE_PCRS));
    add_machine(release, options, predict, machine);
    return release;
}

/* The verifier's own reader has the last word. */
static bool reads_back(const char *text, struct report *report)
{
    static struct release release; /* large */
    bool good = release_parse(text, strlen(text), &release, report);
    if (good)
        release_free(&release);
    return good;
}

char *release_make(const struct predict_options *options, const struct predict *predict,
                   const struct release_options *choices, struct report *report)
{
    json_t *policy = policy_json(choices->policy, report), *sbom = sbom_json(choices->sbom, report);
    if (policy == NULL || sbom == NULL) {
        json_decref(policy);
        json_decref(sbom);
        return NULL;
    }
    json_t *release = release_json(options, predict, build_json(predict, sbom), choices->machine_name);
    json_object_set_new(release, "policy", policy);
    char *text = json_dumps(release, JSON_INDENT(2));
    json_decref(release);
    size_t length = text == NULL ? 0 : strlen(text);
    char *whole = text == NULL ? NULL : realloc(text, length + 2);
    if (whole == NULL)
        abort();
    memcpy(whole + length, "\n", 2);
    if (reads_back(whole, report))
        return whole;
    free(whole);
    return NULL;
}

bool release_sign(const char *text, const struct key *key, uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE],
                  struct report *report)
{
    uint8_t digest[CRYPTO_SHA384_SIZE];
    crypto_sha384(text, strlen(text), digest);
    return key_sign(key, digest, signature, report);
}

static bool check_bytes(const struct file_bytes *text, const struct file_bytes *signature, const struct key *key, char *name,
                        size_t name_size, struct report *report)
{
    static struct release release; /* large */
    struct public_key public = {.kind = PUBLIC_P384, .size = 48};
    memcpy(public.x, key->point + 1, 48);
    memcpy(public.y, key->point + 49, 48);
    if (!release_verify((const char *)text->data, text->size, signature->data, signature->size, &public, report) ||
        !release_parse((const char *)text->data, text->size, &release, report))
        return false;
    snprintf(name, name_size, "%s", release.name);
    release_free(&release);
    return true;
}

bool release_check(const char *path, const struct key *key, char *name, size_t name_size, struct report *report)
{
    struct file_bytes text = {0}, signature = {0};
    char signature_path[SIGNATURE_PATH_MAX];
    snprintf(signature_path, sizeof signature_path, "%.4000s.sig", path);
    bool good = file_read(path, RELEASE_JSON_MAX, &text, report) &&
                file_read(signature_path, RELEASE_SIGNATURE_SIZE, &signature, report) &&
                check_bytes(&text, &signature, key, name, name_size, report);
    file_bytes_free(&text);
    file_bytes_free(&signature);
    return good;
}
