/* SPDX-License-Identifier: Apache-2.0 */
/* The Authenticode digest of a PE32+ image. */
#include "tools/predict/pe.h"

#include "core/lib/cursor.h"

#include <stdlib.h>

/* Offsets from the PE signature, PE32+ (PE/COFF 3.3, 3.4). */
#define PE_POINTER 0x3cu
#define PE_SIGNATURE 0x00004550u
#define AT_SECTION_COUNT 6u
#define AT_OPTIONAL_SIZE 20u
#define AT_OPTIONAL 24u
#define PE32_PLUS 0x20bu
#define AT_HEADERS_SIZE (AT_OPTIONAL + 60u)
#define AT_CHECKSUM (AT_OPTIONAL + 64u)
#define AT_DIRECTORY_COUNT (AT_OPTIONAL + 108u)
#define AT_CERTIFICATES (AT_OPTIONAL + 112u + 4u * 8u) /* the fifth data directory */
#define OPTIONAL_LEAST (AT_CERTIFICATES + 8u - AT_OPTIONAL)
#define SECTION_HEADER 40u
#define AT_SECTION_RAW 16u /* size, then file offset */

static const struct rule rule_no_image = {
    "TOOL-792", "this is no UEFI application", "a PE32+ image whose sections lie behind its headers, without overlap",
    "give the bulkhead.efi that the build or 'bulkhead bundle' made"};

struct part {
    uint32_t at, size;
};

struct parser {
    struct cursor cursor;
    uint32_t pe; /* where the PE signature stands */
    uint32_t headers_size;
    struct part certificates;
    uint32_t section_count;
    struct part sections[PE_MAX_SECTIONS];
};

static uint32_t read_u32(struct parser *parser, uint32_t at)
{
    cursor_seek(&parser->cursor, (uint64_t)parser->pe + at);
    return cursor_u32(&parser->cursor);
}

static uint16_t read_u16(struct parser *parser, uint32_t at)
{
    cursor_seek(&parser->cursor, (uint64_t)parser->pe + at);
    return cursor_u16(&parser->cursor);
}

/* What is wrong with the headers; NULL: nothing. */
static const char *read_headers(struct parser *parser)
{
    uint16_t magic = cursor_u16(&parser->cursor);
    cursor_seek(&parser->cursor, PE_POINTER);
    parser->pe = cursor_u32(&parser->cursor);
    if (magic != 0x5a4d || parser->pe > UINT32_MAX / 2 || read_u32(parser, 0) != PE_SIGNATURE)
        return "no PE header";
    uint16_t optional_size = read_u16(parser, AT_OPTIONAL_SIZE);
    if (read_u16(parser, AT_OPTIONAL) != PE32_PLUS || optional_size < OPTIONAL_LEAST ||
        read_u32(parser, AT_DIRECTORY_COUNT) < 5)
        return "no PE32+ header with room for certificates";
    parser->section_count = read_u16(parser, AT_SECTION_COUNT);
    parser->headers_size = read_u32(parser, AT_HEADERS_SIZE);
    parser->certificates = (struct part){read_u32(parser, AT_CERTIFICATES), read_u32(parser, AT_CERTIFICATES + 4)};
    uint64_t table = (uint64_t)parser->pe + AT_OPTIONAL + optional_size;
    if (parser->section_count == 0 || parser->section_count > PE_MAX_SECTIONS ||
        table + parser->section_count * SECTION_HEADER > parser->headers_size ||
        parser->headers_size > parser->cursor.size)
        return "the headers do not fit their size";
    for (uint32_t i = 0; i < parser->section_count; i++) {
        cursor_seek(&parser->cursor, table + i * SECTION_HEADER + AT_SECTION_RAW);
        parser->sections[i].size = cursor_u32(&parser->cursor);
        parser->sections[i].at = cursor_u32(&parser->cursor);
    }
    return parser->cursor.overrun ? "cut off" : NULL;
}

static int by_place(const void *a, const void *b)
{
    uint32_t x = ((const struct part *)a)->at, y = ((const struct part *)b)->at;
    return x < y ? -1 : x > y;
}

/* Sorts the sections that have bytes by their place, as the digest takes them; they lie one behind the other and end before
 * the certificates, which end the file. */
static const char *check_places(struct parser *parser)
{
    uint64_t end = parser->headers_size, size = parser->cursor.size;
    uint32_t count = 0;
    for (uint32_t i = 0; i < parser->section_count; i++)
        if (parser->sections[i].size > 0)
            parser->sections[count++] = parser->sections[i];
    parser->section_count = count;
    qsort(parser->sections, count, sizeof parser->sections[0], by_place);
    for (uint32_t i = 0; i < count; i++) {
        if (parser->sections[i].at != end)
            return "sections overlap or leave gaps";
        end += parser->sections[i].size;
    }
    if (end > size)
        return "a section ends outside the file";
    const struct part *certificates = &parser->certificates;
    if (certificates->size > 0 &&
        (certificates->at < end || (uint64_t)certificates->at + certificates->size != size))
        return "the certificates are not the end of the file";
    return certificates->size == 0 && certificates->at != 0 ? "certificates without a size" : NULL;
}

struct hashes {
    struct hash_state sha256, sha384;
};

static void hash_span(struct hashes *hashes, const uint8_t *bytes, size_t from, size_t to)
{
    hash_update(&hashes->sha256, bytes + from, to - from);
    hash_update(&hashes->sha384, bytes + from, to - from);
}

/* Since sections follow one another without gaps, "headers, then sections by place, then the rest up to the certificates" is
 * the file in its order, but for two places in the headers. */
static void hash_image(const struct parser *parser, struct pcr_digests *digests)
{
    struct hashes hashes;
    const uint8_t *bytes = parser->cursor.bytes;
    size_t checksum = parser->pe + AT_CHECKSUM, directory = parser->pe + AT_CERTIFICATES;
    hash_start(&hashes.sha256, TPM_ALG_SHA256);
    hash_start(&hashes.sha384, TPM_ALG_SHA384);
    hash_span(&hashes, bytes, 0, checksum);
    hash_span(&hashes, bytes, checksum + 4, directory);
    hash_span(&hashes, bytes, directory + 8, parser->cursor.size - parser->certificates.size);
    hash_finish(&hashes.sha256, digests->sha256);
    hash_finish(&hashes.sha384, digests->sha384);
}

bool pe_measure(const uint8_t *bytes, size_t size, const char *name, struct pe_image *image, struct report *report)
{
    struct parser parser = {.cursor = cursor_over(bytes, size)};
    const char *wrong = read_headers(&parser);
    if (wrong == NULL)
        wrong = check_places(&parser);
    if (wrong != NULL) {
        report_add(report, &rule_no_image, name, "%s", wrong);
        return false;
    }
    hash_image(&parser, &image->digests);
    image->certificates_size = parser.certificates.size;
    image->certificates = parser.certificates.size == 0 ? NULL : bytes + parser.certificates.at;
    return true;
}
