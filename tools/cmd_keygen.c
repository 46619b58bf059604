/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead keygen: makes a signing key. */
#include "tools/commands.h"
#include "tools/common/command.h"
#include "tools/common/file.h"
#include "tools/common/print.h"
#include "tools/crypto/key.h"

#include <mbedtls/platform_util.h>
#include <string.h>

static const struct rule rule_name_too_long = {
    "TOOL-724", "the key's name is too long", "a file name of at most 4000 characters", "choose a shorter name"};

/* Writes NAME.pem (the secret, for its owner alone) and NAME.pub.pem. The public file is checked first, so that no
 * secret is left without its public half. */
static bool write_pair(const char *name, const struct key *key, struct report *report)
{
    char secret_path[4096];
    char public_path[4096];
    char text[KEY_FILE_MAX];
    if (strlen(name) > 4000) {
        report_add(report, &rule_name_too_long, "NAME", "%zu characters", strlen(name));
        return false;
    }
    snprintf(secret_path, sizeof secret_path, "%s.pem", name);
    snprintf(public_path, sizeof public_path, "%s.pub.pem", name);
    if (!file_may_write(public_path, FILE_NEW, report) || !file_may_write(secret_path, FILE_NEW, report))
        return false;
    size_t length = key_private_pem(key, text, sizeof text);
    bool good = file_write(secret_path, text, length, 0600, FILE_NEW, report);
    mbedtls_platform_zeroize(text, sizeof text);
    length = key_public_pem(key, text, sizeof text);
    return good && file_write(public_path, text, length, 0644, FILE_NEW, report);
}

static void print_key(const char *name, const struct key *key, bool as_json)
{
    uint8_t id[CRYPTO_SHA384_SIZE];
    char hex[2 * CRYPTO_SHA384_SIZE + 1];
    key_id(key, id);
    print_hex(id, sizeof id, hex);
    if (as_json)
        print_json(json_pack("{s:s, s:s}", "name", name, "key_id", hex));
    else
        printf("%s.pem       the secret: keep it offline\n%s.pub.pem   for 'bulkhead bundle --key'\nkey id %s\n", name,
               name, hex);
}

int cmd_keygen(int argc, char **argv)
{
    bool as_json = false;
    const struct option options[] = {{.name = "json", .help = "print the key id as JSON", .flag = &as_json}};
    const struct command_line line = {
        .name = "keygen",
        .usage = "NAME",
        .help = "Makes a P-384 key pair: NAME.pem (secret) and NAME.pub.pem (public).\nNever overwrites a key.",
        .options = options,
        .option_count = 1,
        .least = 1,
        .most = 1,
    };
    const char *name;
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, &name, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);

    struct report report;
    struct key key;
    report_init(&report);
    bool good = key_generate(&key, &report) && write_pair(name, &key, &report);
    if (good)
        print_key(name, &key, as_json);
    key_wipe(&key);
    return good ? EXIT_CODE_OK : print_verdict(&report, as_json);
}
