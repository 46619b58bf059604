/* SPDX-License-Identifier: Apache-2.0 */
/* LMS key files: made, read, and advanced before every signature. */
#include "tools/crypto/lms_key.h"

#include "core/lib/bytes.h"
#include "tools/common/file.h"
#include "tools/crypto/lms_tree.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <mbedtls/platform_util.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

/* The secret's file, little-endian: one writer, one reader, both in here. */
#define SECRET_MAGIC "BULKLMS1"
struct secret_file {
    uint8_t magic[8];
    uint8_t next[4];          /* the leaf that signs next */
    uint8_t next_inverted[4]; /* the same, inverted: a half-written number is noticed */
    uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE];
    struct lms_tree tree;
};
#define NEXT_AT offsetof(struct secret_file, next)
#define NEXT_SIZE 8u
static_assert(sizeof(struct secret_file) == 8 + 8 + 56 + 16 + 32 + 32768, "no holes");

static const struct rule rule_not_a_key = {
    "TOOL-725", "this is no LMS key", "a file made by 'bulkhead keygen --lms', or the 56 bytes of a public key (RFC 8554, 5.3)",
    "make one with 'bulkhead keygen --lms'"};
static const struct rule rule_no_secret = {
    "TOOL-726", "this LMS key cannot sign", "the secret's file", "name the secret's file, or sign detached"};
static const struct rule rule_used_up = {
    "TOOL-727", "the LMS key is used up", "a key with at most 1,024 signatures made",
    "make a new key, and have a key manifest or a boot image trust it"};
static const struct rule rule_state = {
    "TOOL-728", "the LMS key cannot record that it signs, or another process is signing with it",
    "a file that this user may write, on a disk with room, used by one process at a time",
    "check the file and its folder; nothing was signed"};
static const struct rule rule_damaged = {
    "TOOL-729", "the LMS key is damaged", "a file as 'bulkhead keygen --lms' wrote it",
    "do not use this key again: which leaves have signed is not certain any more"};
static const struct rule rule_signature_form = {
    "TOOL-732", "this is no LMS signature", "1,452 bytes (LMS_SHA256_M32_H10 with LMOTS_SHA256_N32_W8)",
    "sign the digest file's 48 bytes with such a key"};
static const struct rule rule_no_random = {
    "TOOL-733", "there are no random numbers for a key", "a working random number generator", "try again on another machine"};

void lms_key_id(const uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE], uint8_t id[CRYPTO_SHA384_SIZE])
{
    crypto_sha384(public_key, CRYPTO_LMS_PUBLIC_SIZE, id);
}

static bool fill_random(void *bytes, size_t size)
{
    return getrandom(bytes, size, 0) == (ssize_t)size; /* up to 256 bytes come whole: getrandom(2) */
}

bool lms_generate(const char *secret_path, const char *public_path, uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE],
                  struct report *report)
{
    struct secret_file secret = {.magic = SECRET_MAGIC};
    if (!fill_random(secret.tree.id, LMS_ID_SIZE) || !fill_random(secret.tree.seed, LMS_SEED_SIZE)) {
        report_add(report, &rule_no_random, secret_path, "%s", strerror(errno));
        return false;
    }
    for (uint32_t i = 0; i < LMS_LEAVES; i++)
        lms_leaf(&secret.tree, i);
    store_le32(secret.next_inverted, ~0u);
    lms_public_key(&secret.tree, secret.public_key);
    memcpy(public_key, secret.public_key, sizeof secret.public_key);
    bool good = file_write(secret_path, &secret, sizeof secret, 0600, FILE_NEW, report) &&
                file_write(public_path, public_key, CRYPTO_LMS_PUBLIC_SIZE, 0644, FILE_NEW, report);
    mbedtls_platform_zeroize(&secret, sizeof secret);
    return good;
}

/* The parameter set is the only one that anything here can use. */
static bool is_public_key(const uint8_t *bytes)
{
    static const uint8_t types[] = {0, 0, 0, 6, 0, 0, 0, 4}; /* LMS_SHA256_M32_H10, LMOTS_SHA256_N32_W8 */
    return memcmp(bytes, types, sizeof types) == 0;
}

bool lms_read_public(const char *path, uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE], struct report *report)
{
    struct file_bytes file;
    if (!file_read(path, sizeof(struct secret_file), &file, report))
        return false;
    const uint8_t *found = file.size == CRYPTO_LMS_PUBLIC_SIZE ? file.data : NULL;
    if (file.size == sizeof(struct secret_file) && memcmp(file.data, SECRET_MAGIC, 8) == 0)
        found = ((struct secret_file *)(void *)file.data)->public_key;
    bool good = found != NULL && is_public_key(found);
    if (good)
        memcpy(public_key, found, CRYPTO_LMS_PUBLIC_SIZE);
    else
        report_add(report, &rule_not_a_key, path, "%zu bytes of something else", file.size);
    mbedtls_platform_zeroize(file.data, file.size);
    file_bytes_free(&file);
    return good;
}

static bool read_secret(int fd, struct secret_file *secret, const char *path, struct report *report)
{
    ssize_t got = pread(fd, secret, sizeof *secret, 0);
    if (got == CRYPTO_LMS_PUBLIC_SIZE && is_public_key((const uint8_t *)secret)) {
        report_add(report, &rule_no_secret, path, "a public key");
        return false;
    }
    if (got != (ssize_t)sizeof *secret || memcmp(secret->magic, SECRET_MAGIC, sizeof secret->magic) != 0) {
        report_add(report, &rule_not_a_key, path, "something else");
        return false;
    }
    uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE];
    lms_public_key(&secret->tree, public_key);
    return report_unless(load_le32(secret->next) == ~load_le32(secret->next_inverted) &&
                             memcmp(public_key, secret->public_key, sizeof public_key) == 0,
                         report, &rule_damaged, path, "leaf number or tree that cannot be right");
}

/* The folder too: a file that was just made, or moved here, may not be found after a crash otherwise. */
static bool sync_folder(const char *path)
{
    char copy[4096];
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy)
        return false;
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

/* Takes a leaf: from here on it is spent, whatever happens. In place, in one sector, so that whoever else holds the file sees
 * it. */
static bool take_leaf(int fd, const struct secret_file *secret, const char *path, uint32_t *leaf, struct report *report)
{
    uint8_t state[NEXT_SIZE];
    *leaf = load_le32(secret->next);
    if (!report_unless(*leaf < LMS_LEAVES, report, &rule_used_up, path, "%u signatures made", *leaf))
        return false;
    store_le32(state, *leaf + 1);
    store_le32(state + 4, ~(*leaf + 1));
    bool good = pwrite(fd, state, sizeof state, NEXT_AT) == (ssize_t)sizeof state && fsync(fd) == 0 && sync_folder(path);
    return report_unless(good, report, &rule_state, path, "%s", strerror(errno));
}

bool lms_sign(const char *path, const uint8_t digest[CRYPTO_SHA384_SIZE], uint8_t signature[CRYPTO_LMS_SIGNATURE_SIZE],
              uint32_t *left, struct report *report)
{
    struct secret_file secret;
    uint32_t leaf;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
        report_add(report, &rule_state, path, "%s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    bool good = read_secret(fd, &secret, path, report) && take_leaf(fd, &secret, path, &leaf, report);
    if (good) {
        lms_sign_with_leaf(&secret.tree, leaf, digest, signature);
        *left = LMS_LEAVES - leaf - 1;
        good = report_unless(crypto_lms_verify(secret.public_key, digest, signature), report, &rule_damaged, path,
                             "a signature that does not verify");
    }
    mbedtls_platform_zeroize(&secret, sizeof secret);
    close(fd);
    return good;
}

bool lms_read_signature(const char *path, uint8_t signature[CRYPTO_LMS_SIGNATURE_SIZE], struct report *report)
{
    struct file_bytes file;
    if (!file_read(path, 65536, &file, report))
        return false;
    bool good = report_unless(file.size == CRYPTO_LMS_SIGNATURE_SIZE, report, &rule_signature_form, path, "%zu bytes",
                              file.size);
    if (good)
        memcpy(signature, file.data, file.size);
    file_bytes_free(&file);
    return good;
}
