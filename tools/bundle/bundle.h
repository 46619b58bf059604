/* SPDX-License-Identifier: Apache-2.0 */
/* What goes onto a boot medium, and its three forms: a folder, an EFI disk image, a GRUB ISO for BIOS machines. */
#ifndef TOOLS_BUNDLE_BUNDLE_H
#define TOOLS_BUNDLE_BUNDLE_H

#include "config/system.h"
#include "core/lib/report.h"
#include "tools/common/file.h"
#include "tools/common/images.h"
#include "tools/crypto/trust.h"

#include <stdbool.h>
#include <stddef.h>

#define BUNDLE_MAX_IMAGES (2 * SYSTEM_MAX_PARTITIONS)
#define BUNDLE_FOLDER "bulkhead" /* where boot stage and configuration look for one another on the medium */

struct bundle_image {
    const char *name; /* as the configuration names it; points into system */
    char path[IMAGES_PATH_MAX];
    uint64_t size;
};

struct bundle {
    struct system system;
    struct trust_verified verified; /* system.bkc, and keys.bkm where there is one */
    struct file_bytes efi;          /* bulkhead.efi with its trust section filled, signed for Secure Boot if asked */
    size_t image_count;
    struct bundle_image images[BUNDLE_MAX_IMAGES]; /* each file once */
};

/* Where to take things from. secure_boot_key and _certificate are both NULL or both PEM files. */
struct bundle_sources {
    const char *efi;
    const char *container;
    struct trust_options trust; /* what the image shall trust */
    const char *secure_boot_key, *secure_boot_certificate;
    const struct images *images;
};

/* Reads and checks everything as the boot stage will: signature, configuration, digest of every image. */
bool bundle_collect(const struct bundle_sources *sources, struct bundle *bundle, struct report *report);
void bundle_free(struct bundle *bundle);

/* Fills the image's trust section (core/lib/trust.h). An image that trusts something else already is refused. */
bool bundle_fill_trust(struct file_bytes *efi, const char *name, const struct trust *wanted, struct report *report);

/* Empties it, so that the image is again as the build made it, and gives what was in it. */
bool bundle_take_trust(struct file_bytes *efi, const char *name, struct trust *taken, struct report *report);

/* A signed file of the medium that exists as bytes here. */
struct bundle_file {
    const char *name;
    const struct file_bytes *bytes;
};

/* The signed files: the configuration, and the key manifest where there is one. Gives their number, 1 or 2. */
size_t bundle_signed_files(const struct bundle *bundle, struct bundle_file files[2]);

/* Signs the image for UEFI Secure Boot with sbsign. */
bool bundle_sign_image(struct file_bytes *efi, const char *key, const char *certificate, struct report *report);

/* Writes the medium. The folder is made when it is not there; the images appear whole or not at all. */
bool bundle_write_folder(const struct bundle *bundle, const char *folder, enum file_policy policy,
                         struct report *report);
bool bundle_write_esp(const struct bundle *bundle, const char *path, enum file_policy policy, struct report *report);
bool bundle_write_iso(const struct bundle *bundle, const char *path, enum file_policy policy, struct report *report);

#endif
