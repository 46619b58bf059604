/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead verify: checks a signed configuration exactly as the boot stage does. */
#include "config/container.h"
#include "config/decode.h"
#include "tools/commands.h"
#include "tools/common/command.h"
#include "tools/common/file.h"
#include "tools/common/print.h"
#include "tools/crypto/key.h"

struct verify_arguments {
    const char *container;
    const char *key;
    bool as_json;
};

/* Verify, decode, compare: the boot stage's own first steps. */
static bool verify_bytes(const struct file_bytes *file, const struct key *key, struct container *container,
                         struct system *system, struct report *report)
{
    uint8_t id[CRYPTO_SHA384_SIZE];
    key_id(key, id);
    container_verify(file->data, file->size, id, container, report);
    if (report_ok(report))
        system_decode(container->blob, container->blob_size, true, system, report);
    if (report_ok(report))
        container_check_system(container, system, report);
    return report_ok(report);
}

static void print_container(const struct container *container, const struct system *system, bool as_json)
{
    char digest[2 * CRYPTO_SHA384_SIZE + 1];
    char id[2 * CRYPTO_SHA384_SIZE + 1];
    print_hex(container->digest, sizeof container->digest, digest);
    print_hex(container->key_id, sizeof container->key_id, id);
    if (as_json) {
        print_json(json_pack("{s:b, s:[], s:s, s:i, s:I, s:b, s:i, s:i, s:s, s:s}", "ok", 1, "findings", "release",
                             system->release, "security_version", (int)container->security_version, "serial",
                             (json_int_t)container->serial, "debug",
                             (container->flags & CONTAINER_FLAG_DEBUG) != 0, "partitions",
                             (int)system->partition_count, "images", (int)container->image_count, "digest", digest,
                             "key_id", id));
        return;
    }
    struct print_colours colour = print_colours(stdout);
    printf("%sgood signature%s\n  release           %s\n  security version  %u\n  serial            %llu\n"
           "  partitions        %u, with %u images\n  digest            %s\n  key id            %s\n",
           colour.good, colour.end, system->release, container->security_version,
           (unsigned long long)container->serial, system->partition_count, container->image_count, digest, id);
    if ((container->flags & CONTAINER_FLAG_DEBUG) != 0)
        printf("  made for debugging\n");
}

static int verify(const struct verify_arguments *arguments)
{
    struct report report;
    struct key key;
    struct file_bytes file = {0};
    struct container container;
    static struct system system; /* large */
    report_init(&report);
    bool good = key_read(arguments->key, &key, &report) &&
                file_read(arguments->container, CONTAINER_MAX_SIZE, &file, &report) &&
                verify_bytes(&file, &key, &container, &system, &report);
    key_wipe(&key);
    if (good)
        print_container(&container, &system, arguments->as_json);
    file_bytes_free(&file);
    return good ? EXIT_CODE_OK : print_verdict(&report, arguments->as_json);
}

int cmd_verify(int argc, char **argv)
{
    struct verify_arguments arguments = {0};
    const struct option options[] = {
        {.name = "key", .argument = "KEY.pem", .help = "the key to check against, private or public",
         .value = &arguments.key},
        {.name = "json", .help = "print the result as JSON", .flag = &arguments.as_json},
    };
    const struct command_line line = {
        .name = "verify",
        .usage = "--key KEY.pem SYSTEM.bkc",
        .help = "Checks the signature of a configuration, and the configuration itself, as the boot stage does.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .least = 1,
        .most = 1,
    };
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, &arguments.container, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    if (arguments.key == NULL)
        return command_misused(&line, "--key is missing");
    return verify(&arguments);
}
