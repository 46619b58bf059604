/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-verifier user add, user revoke: people's certificates, on the data folder. */
#include "attest/verifier/audit.h"
#include "attest/verifier/certificate.h"
#include "attest/verifier/commands.h"
#include "attest/verifier/data.h"
#include "attest/verifier/route.h"
#include "attest/verifier/writer.h"
#include "tools/common/command.h"
#include "tools/common/print.h"

#include <stdio.h>
#include <stdlib.h>

static const struct rule rule_user = {
    "ATT-878", "the user cannot be made or found", "a role `operator` or `auditor`; a name of 1 to 64 of A-Z a-z 0-9 . _ -",
    "choose another name, or list them with GET /v1/certificates"};

struct user {
    const char *folder, *out, *role, *name;
    int64_t days;
    struct authority_certificate certificate;
    uint64_t revoked;
};

static bool store_user(struct db *db, void *context)
{
    const struct user *user = context;
    int64_t now = verifier_now();
    return certificate_add(db, user->certificate.hash, user->role, user->name, now, user->certificate.not_after) &&
           audit_append(db, now, "administrator", "user add", user->name, json_pack("{s:s}", "role", user->role));
}

static bool store_revocation(struct db *db, void *context)
{
    struct user *user = context;
    int64_t now = verifier_now();
    return certificate_revoke(db, user->name, now, &user->revoked) &&
           (user->revoked == 0 || audit_append(db, now, "administrator", "user revoke", user->name, NULL));
}

/* Runs a job on the folder's database. */
static bool run_job(struct user *user, writer_job *job, struct report *report)
{
    struct data_signer signer;
    struct db *db = data_read_signer(user->folder, &signer, report) ? data_open_database(user->folder, NULL, report) : NULL;
    if (db == NULL)
        return false;
    bool good = writer_once(db, job, user, audit_seal, &signer.secret);
    if (!good)
        data_report_database(report, db->error);
    db_close(db);
    return good;
}

/* The files first: a certificate that is listed nowhere opens nothing. */
static bool add(struct user *user, struct report *report)
{
    char ca_pem[AUTHORITY_PEM_MAX], file[80];
    struct authority_subject subject = {user->role, user->name, AUTHORITY_CLIENT, user->days};
    struct authority *authority = data_open_authority(user->folder, ca_pem, report);
    if (authority == NULL)
        return false;
    bool good = report_unless(authority_issue(authority, &subject, &user->certificate), report, &rule_user, user->name,
                              "no certificate");
    authority_close(authority);
    snprintf(file, sizeof file, "%s.key", user->name);
    good = good && data_write_text(user->out, file, user->certificate.key_pem, 0600, report);
    snprintf(file, sizeof file, "%s.pem", user->name);
    return good && data_write_text(user->out, file, user->certificate.pem, 0644, report) && run_job(user, store_user, report);
}

int cmd_user_add(int argc, char **argv)
{
    struct user user = {0};
    const char *days = NULL;
    struct report report;
    enum role role = ROLE_NONE;
    const struct option options[] = {
        {.name = "data", .argument = "DIR", .help = "the data folder", .value = &user.folder},
        {.name = "role", .argument = "ROLE", .help = "operator or auditor", .value = &user.role},
        {.name = "out", .argument = "DIR", .help = "where NAME.pem and NAME.key go (the data folder)", .value = &user.out},
        {.name = "days", .argument = "N", .help = "how long it is good for (825)", .value = &days},
    };
    const struct command_line line = {
        .program = "bulkhead-verifier", .name = "user add", .usage = "--role ROLE NAME",
        .help = "Makes a key and certificate for someone. Works on the data folder, beside a running server, too.",
        .options = options, .option_count = sizeof options / sizeof options[0], .least = 1, .most = 1};
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, &user.name, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    report_init(&report);
    user.folder = data_folder(user.folder);
    user.out = user.out != NULL ? user.out : user.folder;
    user.days = days != NULL ? strtoll(days, NULL, 10) : 825;
    bool named = user.role != NULL && role_read(user.role, &role) && role != ROLE_AGENT && name_is_good(user.name) &&
                 user.days > 0 && user.days <= 36500;
    bool good = report_unless(named, &report, &rule_user, user.name, "role %s", user.role != NULL ? user.role : "missing") &&
                add(&user, &report);
    return good ? EXIT_CODE_OK : print_verdict(&report, false);
}

int cmd_user_revoke(int argc, char **argv)
{
    struct user user = {0};
    struct report report;
    const struct option options[] = {
        {.name = "data", .argument = "DIR", .help = "the data folder", .value = &user.folder},
    };
    const struct command_line line = {
        .program = "bulkhead-verifier", .name = "user revoke", .usage = "NAME",
        .help = "Revokes all certificates of this name, at once. Works beside a running server.",
        .options = options, .option_count = 1, .least = 1, .most = 1};
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, &user.name, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    report_init(&report);
    user.folder = data_folder(user.folder);
    bool good = run_job(&user, store_revocation, &report) &&
                report_unless(user.revoked > 0, &report, &rule_user, user.name, "no certificate in force");
    return good ? EXIT_CODE_OK : print_verdict(&report, false);
}
