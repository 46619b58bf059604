/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-verifier init: makes the data folder. */
#include "attest/verifier/audit.h"
#include "attest/verifier/certificate.h"
#include "attest/verifier/commands.h"
#include "attest/verifier/data.h"
#include "attest/verifier/route.h"
#include "attest/verifier/writer.h"
#include "tools/common/command.h"
#include "tools/common/print.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#define OPERATOR_DAYS 825

static const struct rule rule_folder = {
    "ATT-873", "the data folder cannot be made", "a folder that does not exist, or is empty and its owner's alone",
    "choose another folder, or chmod 700"};
static const struct rule rule_gnutls = {
    "ATT-874", "a key or certificate could not be made", "working cryptography", "see whether random numbers are available"};
static const struct rule rule_name = {
    "ATT-875", "the name cannot be used", "a DNS name or an address for the server; 1 to 64 of A-Z a-z 0-9 . _ - for people",
    "choose another name"};

struct init {
    const char *folder;
    struct data_config config;
    const char *operator_name;
    struct authority_certificate operator_certificate;
};

static bool make_folders(const char *folder, struct report *report)
{
    static const char *const inner[] = {"ek-ca", "release-keys"};
    struct stat status;
    bool good = mkdir(folder, 0700) == 0;
    if (!good && errno == EEXIST && stat(folder, &status) == 0) {
        unsigned mode = status.st_mode & 0777u;
        good = report_unless((mode & 077u) == 0, report, &rule_folder, folder, "an older folder of mode 0%o", mode);
        if (!good)
            return false;
    }
    for (size_t i = 0; good && i < 2; i++) {
        char path[DATA_PATH_MAX];
        data_path(folder, inner[i], path);
        good = mkdir(path, 0755) == 0;
    }
    return report_unless(good, report, &rule_folder, folder, "%s",
                         errno == EEXIST ? "an older folder" : "no room or permission");
}

static bool write_pair(const char *folder, const char *name, const struct authority_certificate *certificate,
                       struct report *report)
{
    char file[80];
    snprintf(file, sizeof file, "%s.key", name);
    if (!data_write_text(folder, file, certificate->key_pem, 0600, report))
        return false;
    snprintf(file, sizeof file, "%s.pem", name);
    return data_write_text(folder, file, certificate->pem, 0644, report);
}

static bool make_signer(const char *folder, struct report *report)
{
    char secret[KEYS_PEM_MAX], public[KEYS_PEM_MAX];
    bool good = report_unless(keys_create(secret, public), report, &rule_gnutls, "signing.key", "a failure") &&
                data_write_text(folder, "signing.key", secret, 0600, report) &&
                data_write_text(folder, "signing.pem", public, 0644, report);
    explicit_bzero(secret, sizeof secret);
    return good;
}

/* CA, server, operator. */
static bool make_certificates(struct init *init, struct report *report)
{
    struct authority_certificate ca, server;
    struct authority_subject for_server = {"server", init->config.name, AUTHORITY_SERVER, AUTHORITY_SERVER_DAYS};
    struct authority_subject for_operator = {"operator", init->operator_name, AUTHORITY_CLIENT, OPERATOR_DAYS};
    char name[300];
    snprintf(name, sizeof name, "Bulkhead verifier %.40s", init->config.name);
    if (!report_unless(authority_create(name, &ca), report, &rule_gnutls, "ca.key", "a failure") ||
        !write_pair(init->folder, "ca", &ca, report))
        return false;
    struct authority *authority = authority_open(ca.pem, ca.key_pem, report);
    bool good = authority != NULL &&
                report_unless(authority_issue(authority, &for_server, &server) &&
                                  authority_issue(authority, &for_operator, &init->operator_certificate),
                              report, &rule_gnutls, "server.key", "a failure") &&
                write_pair(init->folder, "server", &server, report) &&
                write_pair(init->folder, "operator", &init->operator_certificate, report);
    authority_close(authority);
    return good;
}

static bool store_operator(struct db *db, void *context)
{
    const struct init *init = context;
    int64_t now = verifier_now();
    return certificate_add(db, init->operator_certificate.hash, "operator", init->operator_name, now,
                           init->operator_certificate.not_after) &&
           audit_append(db, now, "administrator", "init", init->config.name,
                        json_pack("{s:s}", "operator", init->operator_name));
}

static bool make_database(struct init *init, struct report *report)
{
    struct data_signer signer;
    struct db *db = data_open_database(init->folder, NULL, report);
    if (db == NULL)
        return false;
    bool good = data_read_signer(init->folder, &signer, report);
    if (good && !writer_once(db, store_operator, init, audit_seal, &signer.secret)) {
        data_report_database(report, db->error);
        good = false;
    }
    db_close(db);
    return good;
}

static int make(struct init *init)
{
    struct report report;
    report_init(&report);
    bool good = report_unless(name_is_good(init->operator_name), &report, &rule_name, "--operator", "%s",
                              init->operator_name) &&
                report_unless(strlen(init->config.name) <= 64, &report, &rule_name, "--name", "%s", init->config.name) &&
                make_folders(init->folder, &report) && data_write_config(init->folder, &init->config, &report) &&
                make_signer(init->folder, &report) && make_certificates(init, &report) && make_database(init, &report);
    if (good)
        printf("%s is ready: 'bulkhead-verifier serve --data %s'\n"
               "put the TPM makers' CA certificates into ek-ca/, the release signers' public keys into release-keys/,\n"
               "and keep ca.key and signing.key safe\n", init->folder, init->folder);
    return good ? EXIT_CODE_OK : print_verdict(&report, false);
}

int cmd_init(int argc, char **argv)
{
    const char *folder = NULL, *name = NULL, *operator_name = NULL, *listen = NULL, *database = NULL, *unused[1];
    const struct option options[] = {
        {.name = "data", .argument = "DIR", .help = "the folder to make", .value = &folder},
        {.name = "name", .argument = "HOST", .help = "the server's DNS name or address", .value = &name},
        {.name = "operator", .argument = "NAME", .help = "the first operator (operator)", .value = &operator_name},
        {.name = "listen", .argument = "ADDRESS:PORT", .help = "where to listen (0.0.0.0:8443)", .value = &listen},
        {.name = "database", .argument = "WHERE", .help = "postgresql://..., or a file (verifier.db)", .value = &database},
    };
    const struct command_line line = {
        .program = "bulkhead-verifier", .name = "init", .usage = "--data DIR --name HOST",
        .help = "Makes the data folder: certificate authority, server certificate, signing key, database, and the\n"
                "certificate of a first operator.",
        .options = options, .option_count = sizeof options / sizeof options[0]};
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, unused, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    if (folder == NULL || name == NULL)
        return command_misused(&line, "--data or --name is missing");
    struct init init = {.folder = folder, .operator_name = operator_name != NULL ? operator_name : "operator"};
    snprintf(init.config.name, sizeof init.config.name, "%s", name);
    snprintf(init.config.listen, sizeof init.config.listen, "%s", listen != NULL ? listen : "0.0.0.0:8443");
    snprintf(init.config.database, sizeof init.config.database, "%s", database != NULL ? database : "verifier.db");
    const char *port = strrchr(init.config.listen, ':');
    snprintf(init.config.url, sizeof init.config.url, "https://%.255s%.40s", name, port != NULL ? port : "");
    return make(&init);
}
