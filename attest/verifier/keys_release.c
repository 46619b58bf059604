/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for the key that signed a release. */
#include "attest/lib/release.h"
#include "attest/verifier/keys.h"
#include "tools/common/file.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static const struct rule rule_untrusted = {
    "ATT-832", "the release is not signed by a trusted key", "a signature by a key of the release-keys folder",
    "put the release signer's public key there, if you trust it, and import again"};

static bool is_pem(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".pem") == 0;
}

static bool signed_by(const char *path, const char *text, size_t size, const uint8_t *signature, size_t signature_size,
                      char id[KEYS_ID_SIZE])
{
    struct file_bytes pem = {0};
    struct public_key public;
    struct report report;
    report_init(&report);
    bool good = file_read(path, KEYS_PEM_MAX, &pem, &report) &&
                keys_read_public((const char *)pem.data, path, &public, id, &report) &&
                release_verify(text, size, signature, signature_size, &public, &report);
    file_bytes_free(&pem);
    return good;
}

bool keys_check_release(const char *folder, const char *text, size_t size, const uint8_t *signature, size_t signature_size,
                        char id[KEYS_ID_SIZE], struct report *report)
{
    DIR *files = opendir(folder);
    bool found = false;
    unsigned keys = 0;
    for (struct dirent *file; files != NULL && !found && (file = readdir(files)) != NULL;) {
        char path[4096];
        if (!is_pem(file->d_name))
            continue;
        keys++;
        snprintf(path, sizeof path, "%s/%s", folder, file->d_name);
        found = signed_by(path, text, size, signature, signature_size, id);
    }
    if (files != NULL)
        closedir(files);
    return report_unless(found, report, &rule_untrusted, "signature", "none of %u keys", keys);
}
