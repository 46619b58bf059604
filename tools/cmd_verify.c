/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead verify: checks a signed configuration exactly as the boot stage does. */
#include "tools/commands.h"
#include "tools/common/command.h"
#include "tools/common/print.h"
#include "tools/crypto/trust.h"

struct verify_arguments {
    const char *container;
    struct trust_options trust;
    bool as_json;
};

static json_t *hex_or_null(const uint8_t *bytes, size_t size, bool present)
{
    char hex[2 * CRYPTO_SHA384_SIZE + 1];
    print_hex(bytes, size, hex);
    return present ? json_string(hex) : json_null();
}

static json_t *manifest_json(const struct manifest *manifest)
{
    if (!manifest->present)
        return json_null();
    return json_pack("{s:I, s:i, s:I, s:I, s:i, s:o, s:o}", "version", (json_int_t)manifest->version, "security_version",
                     (int)manifest->security_version, "not_before", (json_int_t)manifest->not_before, "not_after",
                     (json_int_t)manifest->not_after, "entries", (int)manifest->entry_count, "digest",
                     hex_or_null(manifest->digest, sizeof manifest->digest, true), "key_id",
                     hex_or_null(manifest->key_id, sizeof manifest->key_id, true));
}

static void print_as_json(const struct trust_verified *verified, const struct system *system)
{
    const struct container *container = &verified->container;
    print_json(json_pack("{s:b, s:[], s:s, s:i, s:I, s:b, s:i, s:i, s:o, s:o, s:o, s:o}", "ok", 1, "findings", "release",
                         system->release, "security_version", (int)container->security_version, "serial",
                         (json_int_t)container->serial, "debug", (container->flags & CONTAINER_FLAG_DEBUG) != 0,
                         "partitions", (int)system->partition_count, "images", (int)container->image_count, "digest",
                         hex_or_null(container->digest, CRYPTO_SHA384_SIZE, true), "key_id",
                         hex_or_null(container->key_id, CRYPTO_SHA384_SIZE, true), "second_key_id",
                         hex_or_null(container->second_key_id, CRYPTO_SHA384_SIZE, container->second), "manifest",
                         manifest_json(&verified->manifest)));
}

static void print_for_people(const struct trust_verified *verified, const struct system *system)
{
    const struct container *container = &verified->container;
    struct print_colours colour = print_colours(stdout);
    char hex[2 * CRYPTO_SHA384_SIZE + 1];
    print_hex(container->digest, sizeof container->digest, hex);
    printf("%sgood signature%s%s\n  release           %s\n  security version  %u\n  serial            %llu\n"
           "  partitions        %u, with %u images\n  digest            %s\n", colour.good, container->second ? "s" : "",
           colour.end, system->release, container->security_version, (unsigned long long)container->serial,
           system->partition_count, container->image_count, hex);
    print_hex(container->key_id, sizeof container->key_id, hex);
    printf("  key id            %s\n", hex);
    print_hex(container->second_key_id, sizeof container->second_key_id, hex);
    if (container->second)
        printf("  second key id     %s\n", hex);
    if (verified->manifest.present)
        printf("  key manifest      version %llu, security version %u, valid %llu to %llu\n",
               (unsigned long long)verified->manifest.version, verified->manifest.security_version,
               (unsigned long long)verified->manifest.not_before, (unsigned long long)verified->manifest.not_after);
    if ((container->flags & CONTAINER_FLAG_DEBUG) != 0)
        printf("  made for debugging\n");
}

static int verify(const struct verify_arguments *arguments)
{
    struct report report;
    struct trust_verified verified;
    static struct system system; /* large */
    report_init(&report);
    bool good = trust_verify(&arguments->trust, arguments->container, &verified, &system, &report);
    if (good && arguments->as_json)
        print_as_json(&verified, &system);
    else if (good)
        print_for_people(&verified, &system);
    trust_verified_free(&verified);
    return good ? EXIT_CODE_OK : print_verdict(&report, arguments->as_json);
}

int cmd_verify(int argc, char **argv)
{
    struct verify_arguments arguments = {0};
    const struct option options[] = {
        TRUST_OPTIONS(arguments.trust),
        {.name = "json", .help = "print the result as JSON", .flag = &arguments.as_json},
    };
    const struct command_line line = {
        .name = "verify",
        .usage = "--key KEY.pem SYSTEM.bkc",
        .help = "Checks the signatures of a configuration, and the configuration itself, as the boot stage does.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .least = 1,
        .most = 1,
    };
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, &arguments.container, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    const char *misuse = trust_misuse(&arguments.trust);
    if (misuse != NULL)
        return command_misused(&line, misuse);
    return verify(&arguments);
}
