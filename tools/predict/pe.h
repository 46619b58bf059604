/* SPDX-License-Identifier: Apache-2.0 */
/* A UEFI application's file as firmware measures it: the Authenticode digest of a PE32+ image (Microsoft, "Windows Authenticode
 * Portable Executable Signature Format", 2008, "Calculating the PE Image Hash"; PE/COFF specification, revision 11). Pure. */
#ifndef TOOLS_PREDICT_PE_H
#define TOOLS_PREDICT_PE_H

#include "attest/lib/pcr.h"
#include "core/lib/report.h"

#include <stddef.h>
#include <stdint.h>

#define PE_MAX_SECTIONS 96u /* what Windows loaders take */

struct pe_image {
    struct pcr_digests digests;  /* of all but checksum, certificate entry and certificates */
    const uint8_t *certificates; /* the attribute certificate table, where the signatures are; NULL: unsigned */
    size_t certificates_size;
};

/* Reads and hashes the image. Believes no byte of it: false with a finding (`name` is where) for what is no PE32+ image, or
 * one whose parts overlap, lie outside, or leave room for doubt what is hashed. */
bool pe_measure(const uint8_t *bytes, size_t size, const char *name, struct pe_image *image, struct report *report);

#endif
