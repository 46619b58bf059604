/* SPDX-License-Identifier: Apache-2.0 */
/* An LMS key of one leaf for tests: the other leaves are no keys, which nothing can tell that does not sign with them. A whole
 * key would take 9 million hashes. */
#ifndef TESTS_UNIT_LMS_SAMPLE_H
#define TESTS_UNIT_LMS_SAMPLE_H

#include "tools/crypto/lms_tree.h"

#include <string.h>

struct lms_sample {
    struct lms_tree tree;
    uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE];
    uint32_t leaf;
};

static inline void lms_sample_make(struct lms_sample *sample, uint8_t number, uint32_t leaf)
{
    memset(sample, number, sizeof *sample);
    sample->leaf = leaf;
    lms_leaf(&sample->tree, leaf);
    lms_public_key(&sample->tree, sample->public_key);
}

static inline void lms_sample_sign(const struct lms_sample *sample, const uint8_t digest[CRYPTO_SHA384_SIZE],
                                   uint8_t signature[CRYPTO_LMS_SIGNATURE_SIZE])
{
    lms_sign_with_leaf(&sample->tree, sample->leaf, digest, signature);
}

#endif
