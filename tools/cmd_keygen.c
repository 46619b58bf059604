/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead keygen: makes a signing key, P-384 or LMS. */
#include "tools/commands.h"
#include "tools/common/command.h"
#include "tools/common/file.h"
#include "tools/common/print.h"
#include "tools/crypto/key.h"
#include "tools/crypto/lms_key.h"

#include <mbedtls/platform_util.h>
#include <string.h>

static const struct rule rule_name_too_long = {
    "TOOL-724", "the key's name is too long", "a file name of at most 4000 characters", "choose a shorter name"};

struct pair_paths {
    char secret[4096], public[4096];
};

/* NAME with its two endings. The public file is checked first, so that no secret is left without its public half. */
static bool pair_paths_make(const char *name, bool lms, struct pair_paths *paths, struct report *report)
{
    if (strlen(name) > 4000) {
        report_add(report, &rule_name_too_long, "NAME", "%zu characters", strlen(name));
        return false;
    }
    snprintf(paths->secret, sizeof paths->secret, "%s.%s", name, lms ? "lms" : "pem");
    snprintf(paths->public, sizeof paths->public, "%s.%s", name, lms ? "lms.pub" : "pub.pem");
    return file_may_write(paths->public, FILE_NEW, report) && file_may_write(paths->secret, FILE_NEW, report);
}

/* Writes the secret, for its owner alone, and the public half. */
static bool write_pair(const struct pair_paths *paths, const struct key *key, struct report *report)
{
    char text[KEY_FILE_MAX];
    size_t length = key_private_pem(key, text, sizeof text);
    bool good = file_write(paths->secret, text, length, 0600, FILE_NEW, report);
    mbedtls_platform_zeroize(text, sizeof text);
    length = key_public_pem(key, text, sizeof text);
    return good && file_write(paths->public, text, length, 0644, FILE_NEW, report);
}

static void print_key(const char *name, const struct pair_paths *paths, const uint8_t id[CRYPTO_SHA384_SIZE], bool as_json)
{
    char hex[2 * CRYPTO_SHA384_SIZE + 1];
    print_hex(id, CRYPTO_SHA384_SIZE, hex);
    if (as_json)
        print_json(json_pack("{s:s, s:s}", "name", name, "key_id", hex));
    else
        printf("%s   the secret: keep it offline\n%s   to be trusted\nkey id %s\n", paths->secret, paths->public, hex);
}

static bool make_p384(const struct pair_paths *paths, uint8_t id[CRYPTO_SHA384_SIZE], struct report *report)
{
    struct key key;
    bool good = key_generate(&key, report) && write_pair(paths, &key, report);
    key_id(&key, id);
    key_wipe(&key);
    return good;
}

static bool make_lms(const struct pair_paths *paths, uint8_t id[CRYPTO_SHA384_SIZE], struct report *report)
{
    uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE] = {0};
    bool good = lms_generate(paths->secret, paths->public, public_key, report);
    lms_key_id(public_key, id);
    return good;
}

int cmd_keygen(int argc, char **argv)
{
    bool lms = false, as_json = false;
    const struct option options[] = {
        {.name = "lms", .help = "make an LMS key (post-quantum, 1,024 signatures): NAME.lms and NAME.lms.pub", .flag = &lms},
        {.name = "json", .help = "print the key id as JSON", .flag = &as_json},
    };
    const struct command_line line = {
        .name = "keygen",
        .usage = "NAME",
        .help = "Makes a P-384 key pair: NAME.pem (secret) and NAME.pub.pem (public).\n"
                "Never overwrites a key. An LMS secret counts its signatures: there must never be a second copy that signs.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .least = 1,
        .most = 1,
    };
    const char *name;
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, &name, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);

    struct report report;
    struct pair_paths paths;
    uint8_t id[CRYPTO_SHA384_SIZE];
    report_init(&report);
    bool good = pair_paths_make(name, lms, &paths, &report) &&
                (lms ? make_lms(&paths, id, &report) : make_p384(&paths, id, &report));
    if (good)
        print_key(name, &paths, id, as_json);
    return good ? EXIT_CODE_OK : print_verdict(&report, as_json);
}
