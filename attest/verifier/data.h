/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier's data folder: keys, certificates, and where the database is. docs/verifier.md lists the files. */
#ifndef ATTEST_VERIFIER_DATA_H
#define ATTEST_VERIFIER_DATA_H

#include "attest/verifier/authority.h"
#include "attest/verifier/db.h"
#include "attest/verifier/keys.h"
#include "core/lib/report.h"

#include <sys/types.h>

#define DATA_PATH_MAX 4096u

/* verifier.json: what `init` was told. */
struct data_config {
    char name[256];     /* the server's DNS name or address */
    char listen[80];    /* ADDRESS:PORT */
    char url[300];      /* how clients reach it */
    char database[512]; /* a connection string; or a file, relative to the folder */
};

/* The folder's path of a file. */
void data_path(const char *folder, const char *name, char path[DATA_PATH_MAX]);

/* Reads a text file of the folder into `text`. False with a finding. */
bool data_read_text(const char *folder, const char *name, char *text, size_t size, struct report *report);

/* The same of a key: refused when others than its owner may read or write it. */
bool data_read_key(const char *folder, const char *name, char *text, size_t size, struct report *report);

/* False with a finding when others than its owner may read or write the file. One that is missing is for its reader to tell. */
bool data_is_private(const char *path, struct report *report);

/* Writes a new file; refuses to replace one. */
bool data_write_text(const char *folder, const char *name, const char *text, mode_t mode, struct report *report);

/* Replaces one, or writes a new one. */
bool data_replace_text(const char *folder, const char *name, const char *text, mode_t mode, struct report *report);

bool data_read_config(const char *folder, struct data_config *config, struct report *report);
bool data_write_config(const char *folder, const struct data_config *config, struct report *report);

/* The verifier's signing key. */
struct data_signer {
    struct ecdsa_secret secret;
    struct public_key public;
    char id[KEYS_ID_SIZE];
};
bool data_read_signer(const char *folder, struct data_signer *signer, struct report *report);

/* The certificate authority, and its certificate as text. NULL with a finding. */
struct authority *data_open_authority(const char *folder, char ca_pem[AUTHORITY_PEM_MAX], struct report *report);

/* Where the database is, as db_open() takes it: `database` (may be NULL) overrides the configuration. */
bool data_database(const char *folder, const char *database, char where[DATA_PATH_MAX], struct report *report);

/* Opens the database for a command that runs beside the server, and brings it to the newest version. NULL with a finding. */
struct db *data_open_database(const char *folder, const char *database, struct report *report);

/* The same to look at it only: nothing is made or migrated, and a database without tables is refused. */
struct db *data_look_at_database(const char *folder, const char *database, struct report *report);

/* A finding about the database. */
void data_report_database(struct report *report, const char *error);

/* The folder that the command line names, or the environment (BULKHEAD_VERIFIER_DATA), or ".". */
const char *data_folder(const char *option);

#endif
