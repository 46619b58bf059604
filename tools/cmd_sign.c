/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead sign: completes a configuration with the sizes and digests of its images, and signs it. */
#include "config/complete.h"
#include "config/container.h"
#include "config/decode.h"
#include "tools/commands.h"
#include "tools/common/command.h"
#include "tools/common/dts.h"
#include "tools/common/file.h"
#include "tools/common/images.h"
#include "tools/common/memory.h"
#include "tools/common/print.h"
#include "tools/crypto/signing.h"
#include "tools/crypto/trust.h"

#include <assert.h>
#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Room for what completing adds: size and digest of every image, with their property names (config/complete.h). */
#define COMPLETION_ROOM (2 * SYSTEM_MAX_PARTITIONS * 512u)
static_assert(DTS_BLOB_MAX + COMPLETION_ROOM + 8 <=
                  CONTAINER_MAX_SIZE - CONTAINER_HEADER_SIZE - SIGNATURE_SIZE - SIGNATURE_SECOND_SIZE,
              "every completed configuration fits into a container");

struct sign_arguments {
    const char *input;
    const char *output;
    const char *serial;
    struct signing_options signing;
    struct images images;
    bool debug, force, as_json;
};

static const struct rule rule_serial = {
    "TOOL-740", "the serial is not a number", "0 to 18446744073709551615, in decimal", "correct --serial"};

/* The configuration's serial: --serial, else the release time (SOURCE_DATE_EPOCH, else now). */
static bool find_serial(const char *given, uint64_t *serial, struct report *report)
{
    const char *text = given != NULL ? given : getenv("SOURCE_DATE_EPOCH");
    if (text == NULL) {
        *serial = (uint64_t)time(NULL);
        return true;
    }
    char *end;
    errno = 0;
    *serial = strtoull(text, &end, 10);
    if (*end == '\0' && *text >= '0' && *text <= '9' && errno == 0)
        return true;
    report_add(report, &rule_serial, given != NULL ? "--serial" : "SOURCE_DATE_EPOCH", "%s", text);
    return false;
}

static uint32_t count_images(const struct system *system)
{
    uint32_t images = 0;
    for (uint32_t i = 0; i < system->partition_count; i++)
        images += (uint32_t)system->partitions[i].kernel.present + (uint32_t)system->partitions[i].initrd.present;
    return images;
}

/* Source → completed blob on the heap, decoded once more in its signed form. */
static bool make_blob(const struct sign_arguments *arguments, struct file_bytes *blob, struct system *system,
                      struct report *report)
{
    struct file_bytes compiled;
    if (!dts_compile(arguments->input, &compiled, report))
        return false;
    size_t capacity = compiled.size + COMPLETION_ROOM;
    uint8_t *grown = memory_grow(compiled.data, capacity);
    struct file_source files = images_source(&arguments->images);
    *blob = (struct file_bytes){grown, 0};
    if (!system_complete(grown, capacity, &files, report))
        return false;
    blob->size = fdt_totalsize(grown);
    system_decode(grown, (uint32_t)blob->size, true, system, report);
    return report_ok(report);
}

/* Lays out the container around the blob; its bytes are on the heap. */
static bool make_container(const struct sign_arguments *arguments, const struct signing_keys *keys,
                           struct file_bytes *container, uint8_t digest[CRYPTO_SHA384_SIZE], struct report *report)
{
    static struct system system; /* large */
    struct file_bytes blob = {0};
    struct container_facts facts = {.flags = arguments->debug ? CONTAINER_FLAG_DEBUG : 0};
    bool good = find_serial(arguments->serial, &facts.serial, report) && make_blob(arguments, &blob, &system, report);
    if (good) {
        facts.security_version = system.security_version;
        facts.image_count = count_images(&system);
        container->size = container_size(blob.size, keys->second);
        container->data = memory_grow(NULL, container->size);
        container_write(&facts, blob.data, (uint32_t)blob.size, keys->key.point, signing_second_key(keys),
                        container->data, digest);
    }
    file_bytes_free(&blob);
    return good;
}

static bool sign_source(const struct sign_arguments *arguments, struct file_bytes *container, enum file_policy policy,
                        struct report *report)
{
    struct signing_keys keys;
    uint8_t digest[CRYPTO_SHA384_SIZE];
    bool good = signing_keys_read(&arguments->signing, &keys, report) &&
                make_container(arguments, &keys, container, digest, report) &&
                signing_finish(&arguments->signing, &keys, container_records(container->data), digest, policy, report);
    signing_keys_wipe(&keys);
    return good;
}

/* Puts signatures made elsewhere into a container, and checks that they are the right ones. */
static bool attach_signature(const struct sign_arguments *arguments, struct file_bytes *container,
                             struct report *report)
{
    struct container seen, verified;
    if (!file_read(arguments->input, CONTAINER_MAX_SIZE, container, report) ||
        !container_inspect(container->data, container->size, &seen, report) ||
        !signing_attach(&arguments->signing, container_records(container->data), seen.second, seen.digest, report))
        return false;
    struct trust trust = trust_in_keys(seen.key_id, seen.second ? seen.second_key_id : NULL);
    container_verify(container->data, container->size, &trust, NULL, &verified, report);
    return report_ok(report);
}

static void print_done(const struct sign_arguments *arguments, const struct file_bytes *bytes, struct report *report)
{
    struct container container;
    char digest[2 * CRYPTO_SHA384_SIZE + 1];
    if (!container_inspect(bytes->data, bytes->size, &container, report))
        return;
    print_hex(container.digest, sizeof container.digest, digest);
    if (arguments->as_json)
        print_json(json_pack("{s:b, s:[], s:s, s:s, s:i, s:I, s:i}", "ok", 1, "findings", "file", arguments->output,
                             "digest", digest, "security_version", (int)container.security_version, "serial",
                             (json_int_t)container.serial, "images", (int)container.image_count));
    else
        printf("%s: %s, security version %u, serial %llu, %u images\ndigest %s\n", arguments->output,
               arguments->signing.digest_out != NULL ? "waits for its signature" : "signed", container.security_version,
               (unsigned long long)container.serial, container.image_count, digest);
}

static int sign(const struct sign_arguments *arguments)
{
    enum file_policy policy = arguments->force ? FILE_REPLACE : FILE_NEW;
    struct report report;
    struct file_bytes container = {0};
    report_init(&report);
    bool good = file_may_write(arguments->output, policy, &report) &&
                (arguments->signing.attach != NULL ? attach_signature(arguments, &container, &report)
                                           : sign_source(arguments, &container, policy, &report)) &&
                file_write(arguments->output, container.data, container.size, 0644, policy, &report);
    if (good)
        print_done(arguments, &container, &report);
    file_bytes_free(&container);
    return good ? EXIT_CODE_OK : print_verdict(&report, arguments->as_json);
}

int cmd_sign(int argc, char **argv)
{
    struct sign_arguments a = {0};
    const struct option options[] = {
        {.name = "key", .argument = "KEY.pem", .help = "sign with this key (public is enough with --digest-out)",
         .value = &a.signing.key},
        {.name = "second-key", .argument = "KEY.lms", .help = "... and with this LMS key: a second, post-quantum signature",
         .value = &a.signing.second_key},
        {.name = "out", .argument = "SYSTEM.bkc", .help = "write the result here", .value = &a.output},
        IMAGES_OPTIONS(a.images),
        {.name = "serial", .argument = "N", .help = "the configuration's serial (default: SOURCE_DATE_EPOCH, or now)",
         .value = &a.serial},
        {.name = "debug", .help = "mark the configuration as made for debugging", .flag = &a.debug},
        SIGNING_DETACHED_OPTIONS(a.signing),
        {.name = "force", .help = "replace output files", .flag = &a.force},
        {.name = "json", .help = "print the result as JSON", .flag = &a.as_json},
    };
    const struct command_line line = {
        .name = "sign",
        .usage = "SYSTEM.dts --key KEY.pem --out SYSTEM.bkc",
        .help = "Completes a configuration with the sizes and digests of its images and signs it.\n\n"
                "With the key elsewhere (smart card, HSM):\n"
                "  bulkhead sign SYSTEM.dts --key PUBLIC.pem --digest-out DIGEST --out UNSIGNED.bkc\n"
                "  openssl pkeyutl -sign -inkey SECRET.pem -in DIGEST -out SIGNATURE     (or any other tool)\n"
                "  bulkhead sign UNSIGNED.bkc --attach SIGNATURE --out SYSTEM.bkc",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .least = 1,
        .most = 1,
    };
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, &a.input, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    if (a.output == NULL)
        return command_misused(&line, "--out is missing");
    if ((a.signing.key == NULL) == (a.signing.attach == NULL))
        return command_misused(&line, "give --key, or --attach with a container that waits for its signature");
    if (a.signing.attach != NULL && a.signing.digest_out != NULL)
        return command_misused(&line, "--attach and --digest-out exclude each other");
    images_set_fallback(&a.images, a.input);
    return sign(&a);
}
