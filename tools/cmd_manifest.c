/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead manifest: makes, signs, shows and verifies the list of keys that may sign configurations. */
#include "config/manifest.h"
#include "tools/commands.h"
#include "tools/common/command.h"
#include "tools/common/file.h"
#include "tools/common/memory.h"
#include "tools/common/print.h"
#include "tools/crypto/signing.h"
#include "tools/crypto/trust.h"
#include "tools/manifest/facts.h"

struct manifest_arguments {
    const char *input, *output;
    struct manifest_words words;
    struct signing_options signing; /* by the root keys */
    bool force, as_json;
};

/* A manifest must pass the boot stage's own check under the keys it names, before anyone gets to see it. */
static bool check_under_its_keys(const struct file_bytes *bytes, struct report *report)
{
    struct manifest manifest;
    if (!manifest_inspect(bytes->data, bytes->size, &manifest, report))
        return false;
    struct trust trust = trust_in_keys(manifest.key_id, manifest.second ? manifest.second_key_id : NULL);
    return manifest_verify(bytes->data, bytes->size, &trust, &manifest, report);
}

static bool make(const struct manifest_arguments *arguments, struct file_bytes *bytes, struct report *report)
{
    static struct manifest_facts facts; /* large */
    struct signing_keys keys;
    uint8_t digest[CRYPTO_SHA384_SIZE];
    bool good = signing_keys_read(&arguments->signing, &keys, report) &&
                manifest_facts_read(&arguments->words, &facts, report);
    if (good) {
        bytes->size = manifest_size(facts.entry_count, keys.second);
        bytes->data = memory_grow(NULL, bytes->size);
        manifest_write(&facts, keys.key.point, signing_second_key(&keys), bytes->data, digest);
        good = signing_finish(&arguments->signing, &keys, manifest_records(bytes->data), digest,
                              arguments->force ? FILE_REPLACE : FILE_NEW, report) &&
               (arguments->signing.digest_out != NULL || check_under_its_keys(bytes, report));
    }
    signing_keys_wipe(&keys);
    return good;
}

static bool attach(const struct manifest_arguments *arguments, struct file_bytes *bytes, struct report *report)
{
    struct manifest seen;
    return file_read(arguments->input, MANIFEST_MAX_SIZE, bytes, report) &&
           manifest_inspect(bytes->data, bytes->size, &seen, report) &&
           signing_attach(&arguments->signing, manifest_records(bytes->data), seen.second, seen.digest, report) &&
           check_under_its_keys(bytes, report);
}

/* Reads the file, and believes it only when a root key is given and right. */
static bool read(const struct manifest_arguments *arguments, struct file_bytes *bytes, struct report *report)
{
    struct manifest manifest;
    struct trust trust;
    const struct trust_options options = {.root_key = arguments->signing.key,
                                          .second_root_key = arguments->signing.second_key,
                                          .manifest = arguments->input};
    if (!file_read(arguments->input, MANIFEST_MAX_SIZE, bytes, report))
        return false;
    if (options.root_key == NULL)
        return manifest_inspect(bytes->data, bytes->size, &manifest, report);
    return trust_from_options(&options, &trust, report) &&
           manifest_verify(bytes->data, bytes->size, &trust, &manifest, report);
}

static const char *kind_name(enum manifest_kind kind)
{
    static const char *const names[] = {[MANIFEST_KEY] = "key", [MANIFEST_SECOND_KEY] = "second-key",
                                        [MANIFEST_REVOKED_KEY] = "revoked-key",
                                        [MANIFEST_REVOKED_CONFIGURATION] = "revoked-configuration"};
    return kind >= MANIFEST_KEY && kind <= MANIFEST_REVOKED_CONFIGURATION ? names[kind] : "unknown";
}

static json_t *hex_json(const uint8_t bytes[CRYPTO_SHA384_SIZE])
{
    char hex[2 * CRYPTO_SHA384_SIZE + 1];
    print_hex(bytes, CRYPTO_SHA384_SIZE, hex);
    return json_string(hex);
}

static void print_as_json(const struct manifest *manifest, bool verified)
{
    json_t *entries = json_array();
    for (uint32_t i = 0; i < manifest->entry_count; i++)
        json_array_append_new(entries, json_pack("{s:s, s:o}", "kind", kind_name(manifest_entry_kind(manifest, i)), "id",
                                                 hex_json(manifest_entry_id(manifest, i))));
    print_json(json_pack("{s:b, s:[], s:b, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "ok", 1, "findings", "verified", verified,
                         "version", (json_int_t)manifest->version, "security_version",
                         (json_int_t)manifest->security_version, "not_before", (json_int_t)manifest->not_before, "not_after",
                         (json_int_t)manifest->not_after, "digest", hex_json(manifest->digest), "key_id",
                         hex_json(manifest->key_id), "second_key_id",
                         manifest->second ? hex_json(manifest->second_key_id) : json_null(), "entries", entries));
}

static void print_for_people(const struct manifest *manifest, const char *state)
{
    char hex[2 * CRYPTO_SHA384_SIZE + 1];
    print_hex(manifest->digest, CRYPTO_SHA384_SIZE, hex);
    printf("key manifest, %s\n  version           %llu\n  security version  %u\n  valid             %llu to %llu\n"
           "  digest            %s\n", state, (unsigned long long)manifest->version, manifest->security_version,
           (unsigned long long)manifest->not_before, (unsigned long long)manifest->not_after, hex);
    print_hex(manifest->key_id, CRYPTO_SHA384_SIZE, hex);
    printf("  root key id       %s\n", hex);
    print_hex(manifest->second_key_id, CRYPTO_SHA384_SIZE, hex);
    if (manifest->second)
        printf("  second root       %s\n", hex);
    for (uint32_t i = 0; i < manifest->entry_count; i++) {
        print_hex(manifest_entry_id(manifest, i), CRYPTO_SHA384_SIZE, hex);
        printf("  %-21s %s\n", kind_name(manifest_entry_kind(manifest, i)), hex);
    }
}

static void print_done(const struct manifest_arguments *arguments, const struct file_bytes *bytes, struct report *report)
{
    struct manifest manifest;
    bool verified = arguments->signing.digest_out == NULL &&
                    (arguments->signing.key != NULL || arguments->signing.attach != NULL);
    if (!manifest_inspect(bytes->data, bytes->size, &manifest, report))
        return;
    if (arguments->as_json)
        print_as_json(&manifest, verified);
    else
        print_for_people(&manifest, arguments->signing.digest_out != NULL ? "waits for its signature"
                                    : verified                            ? "good signature"
                                                                          : "NOT VERIFIED: no --root-key");
}

static int work(const struct manifest_arguments *arguments)
{
    enum file_policy policy = arguments->force ? FILE_REPLACE : FILE_NEW;
    struct report report;
    struct file_bytes bytes = {0};
    bool writes = arguments->output != NULL;
    report_init(&report);
    bool good = (!writes || file_may_write(arguments->output, policy, &report)) &&
                (arguments->input == NULL            ? make(arguments, &bytes, &report)
                 : arguments->signing.attach != NULL ? attach(arguments, &bytes, &report)
                                                     : read(arguments, &bytes, &report)) &&
                (!writes || file_write(arguments->output, bytes.data, bytes.size, 0644, policy, &report));
    if (good)
        print_done(arguments, &bytes, &report);
    file_bytes_free(&bytes);
    return good ? EXIT_CODE_OK : print_verdict(&report, arguments->as_json);
}

/* What is wrong with the options taken together, or NULL. */
static const char *find_misuse(const struct manifest_arguments *a)
{
    const struct manifest_words *words = &a->words;
    bool makes = a->input == NULL, attaches = a->signing.attach != NULL;
    bool says = words->version != NULL || words->from != NULL || words->until != NULL || words->allow.count > 0 ||
                words->allow_second.count > 0 || words->revoke.count > 0 || words->revoke_configuration.count > 0 ||
                a->signing.digest_out != NULL;
    if (makes && (a->signing.key == NULL || words->version == NULL || words->from == NULL || words->until == NULL))
        return "a new manifest needs --root-key, --version, --from and --until";
    if (makes && attaches)
        return "--attach needs the manifest that waits for its signature";
    if (!makes && says)
        return "what a manifest says cannot be changed: make a new one, without naming a file";
    if (a->signing.second_key != NULL && a->signing.key == NULL && !attaches)
        return "--second-root-key needs --root-key";
    if ((makes || attaches) != (a->output != NULL))
        return a->output == NULL ? "--out is missing" : "--out is for a manifest that is made or signed";
    return NULL;
}

int cmd_manifest(int argc, char **argv)
{
    struct manifest_arguments a = {0};
    const struct option options[] = {
        {.name = "root-key", .argument = "ROOT.pem", .help = "sign with this key, or verify with it (then public is enough)",
         .value = &a.signing.key},
        {.name = "second-root-key", .argument = "ROOT.lms", .help = "... and with this LMS key",
         .value = &a.signing.second_key},
        {.name = "version", .argument = "N", .help = "the manifest's version: more than the last one's",
         .value = &a.words.version},
        {.name = "security-version", .argument = "N",
         .help = "rises when older manifests must not be used again (default: 1)", .value = &a.words.security_version},
        {.name = "from", .argument = "DATE", .help = "valid from: YYYY-MM-DD, or seconds since 1970", .value = &a.words.from},
        {.name = "until", .argument = "DATE", .help = "valid until", .value = &a.words.until},
        {.name = "allow", .argument = "KEY.pem", .help = "a key that may sign configurations", .list = &a.words.allow},
        {.name = "allow-second", .argument = "KEY.lms", .help = "an LMS key that may sign beside it",
         .list = &a.words.allow_second},
        {.name = "revoke", .argument = "KEY|ID", .help = "a key that must not, of either kind", .list = &a.words.revoke},
        {.name = "revoke-configuration", .argument = "FILE|DIGEST", .help = "a configuration that must not start",
         .list = &a.words.revoke_configuration},
        {.name = "out", .argument = "KEYS.bkm", .help = "write the result here", .value = &a.output},
        SIGNING_DETACHED_OPTIONS(a.signing),
        {.name = "force", .help = "replace output files", .flag = &a.force},
        {.name = "json", .help = "print the result as JSON", .flag = &a.as_json},
    };
    const struct command_line line = {
        .name = "manifest",
        .usage = "[KEYS.bkm] [OPTIONS]",
        .help = "The key manifest: which keys may sign configurations, on the word of an offline root key.\n"
                "  make:    bulkhead manifest --root-key ROOT.pem --version 1 --from 2026-11-01 --until 2027-11-01\n"
                "               --allow KEY.pub.pem --out keys.bkm\n"
                "  verify:  bulkhead manifest keys.bkm --root-key ROOT.pub.pem\n"
                "  show:    bulkhead manifest keys.bkm\n"
                "With the root key elsewhere: --digest-out, then --attach, as with 'bulkhead sign'.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .least = 0,
        .most = 1,
    };
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, &a.input, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    if (a.words.security_version == NULL)
        a.words.security_version = "1";
    const char *misuse = find_misuse(&a);
    return misuse != NULL ? command_misused(&line, misuse) : work(&a);
}
