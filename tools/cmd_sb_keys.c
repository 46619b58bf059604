/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead sb-keys: makes Secure Boot keys of one's own, so that PCR 7 can be predicted and no other vendor's image starts. */
#include "tools/bundle/workshop.h"
#include "tools/commands.h"
#include "tools/common/command.h"
#include "tools/common/print.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define GUID_TEXT_SIZE 37
#define NAME_MAX_LENGTH 40u

static const struct rule rule_bad_name = {
    "TOOL-790", "the keys' name does not fit into a certificate", "1 to 40 letters, digits, '-', '.' and spaces",
    "choose another --name"};
static const struct rule rule_no_random = {
    "TOOL-791", "the kernel gives no random numbers", "16 bytes from getrandom()", "try again on another machine"};

/* One of the three variables: who signs its first value (UEFI 2.10, 8.2.2: PK signs itself and KEK; KEK signs db). */
struct sb_variable {
    const char *name, *signer;
};
static const struct sb_variable variables[] = {{"PK", "PK"}, {"KEK", "PK"}, {"db", "KEK"}};
#define VARIABLE_COUNT (sizeof variables / sizeof variables[0])

struct sb_keys {
    const char *folder, *name;
    char owner[GUID_TEXT_SIZE]; /* of the keys, as their lists name it */
};

struct sb_files {
    char key[WORKSHOP_PATH_MAX], certificate[WORKSHOP_PATH_MAX], list[WORKSHOP_PATH_MAX], update[WORKSHOP_PATH_MAX];
};

/* The four files of a variable: NAME.key, NAME.pem, NAME.esl, NAME.auth. */
static bool files_of(const struct sb_keys *keys, const char *variable, struct sb_files *files, struct report *report)
{
    char *const paths[] = {files->key, files->certificate, files->list, files->update};
    static const char *const kinds[] = {"key", "pem", "esl", "auth"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        snprintf(paths[i], WORKSHOP_PATH_MAX, "%.4000s/%s.%s", keys->folder, variable, kinds[i]);
        if (!file_may_write(paths[i], FILE_NEW, report))
            return false;
    }
    return true;
}

static bool is_good_name(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length <= NAME_MAX_LENGTH &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-. ") == length;
}

/* A random UUID, version 4 (RFC 9562, 5.4). */
static bool make_owner(char text[GUID_TEXT_SIZE], struct report *report)
{
    uint8_t bytes[16];
    char hex[33];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) {
        report_add(report, &rule_no_random, "owner", "fewer");
        return false;
    }
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    print_hex(bytes, sizeof bytes, hex);
    snprintf(text, GUID_TEXT_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
    return true;
}

/* RSA 2048 with SHA-256: what every firmware with Secure Boot knows. */
static bool make_certificate(const struct sb_keys *keys, const char *variable, const struct sb_files *files,
                             struct report *report)
{
    char subject[128];
    snprintf(subject, sizeof subject, "/CN=%s %s", keys->name, variable);
    const char *const openssl[] = {"openssl", "req",     "-new",     "-x509", "-newkey",  "rsa:2048",
                                   "-nodes",  "-sha256", "-days",    "7300",  "-subj",    subject,
                                   "-keyout", files->key, "-out", files->certificate, NULL};
    const char *const list[] = {"cert-to-efi-sig-list", "-g", keys->owner, files->certificate, files->list, NULL};
    return program_run(openssl, report) && program_run(list, report);
}

static bool sign_update(const struct sb_keys *keys, const struct sb_variable *variable, const struct sb_files *files,
                        struct report *report)
{
    char key[WORKSHOP_PATH_MAX], certificate[WORKSHOP_PATH_MAX];
    snprintf(key, sizeof key, "%.4000s/%s.key", keys->folder, variable->signer);
    snprintf(certificate, sizeof certificate, "%.4000s/%s.pem", keys->folder, variable->signer);
    const char *const sign[] = {"sign-efi-sig-list", "-g",        keys->owner,    "-k",        key,           "-c",
                                certificate,         variable->name, files->list, files->update, NULL};
    return program_run(sign, report);
}

static bool make_keys(struct sb_keys *keys, struct report *report)
{
    struct sb_files files[VARIABLE_COUNT];
    if (!is_good_name(keys->name)) {
        report_add(report, &rule_bad_name, "--name", "%zu characters", strlen(keys->name));
        return false;
    }
    if (!folder_make(keys->folder, report) || !make_owner(keys->owner, report))
        return false;
    for (size_t i = 0; i < VARIABLE_COUNT; i++)
        if (!files_of(keys, variables[i].name, &files[i], report))
            return false;
    for (size_t i = 0; i < VARIABLE_COUNT; i++)
        if (!make_certificate(keys, variables[i].name, &files[i], report) ||
            !sign_update(keys, &variables[i], &files[i], report))
            return false;
    return true;
}

static void print_made(const struct sb_keys *keys, bool as_json)
{
    if (as_json) {
        print_json(json_pack("{s:b, s:[], s:s, s:s}", "ok", 1, "findings", "folder", keys->folder, "owner", keys->owner));
        return;
    }
    printf("%s: keys of owner %s\n"
           "  *.key              the secrets: db.key signs boot images, PK.key and KEK.key belong offline\n"
           "  *.auth             for the firmware in Setup Mode: db first, then KEK, then PK\n"
           "  *.esl              for 'bulkhead predict --sb-keys %s'\n"
           "  db.key, db.pem     for 'bulkhead bundle --sb-key --sb-cert'\n",
           keys->folder, keys->owner, keys->folder);
}

int cmd_sb_keys(int argc, char **argv)
{
    struct sb_keys keys = {0};
    bool as_json = false;
    const struct option options[] = {
        {.name = "name", .argument = "TEXT", .help = "the certificates' name (default: Bulkhead Secure Boot)",
         .value = &keys.name},
        {.name = "json", .help = "print the result as JSON", .flag = &as_json},
    };
    const struct command_line line = {
        .name = "sb-keys",
        .usage = "FOLDER [--name TEXT]",
        .help = "Makes UEFI Secure Boot keys (PK, KEK, db) of one's own in FOLDER, and the lists that firmware takes.\n"
                "Never overwrites a key.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .least = 1,
        .most = 1,
    };
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, &keys.folder, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    if (keys.name == NULL)
        keys.name = "Bulkhead Secure Boot";
    struct report report;
    report_init(&report);
    if (!make_keys(&keys, &report))
        return print_verdict(&report, as_json);
    print_made(&keys, as_json);
    return EXIT_CODE_OK;
}
