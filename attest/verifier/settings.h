/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers an administrator may change while the verifier runs. */
#ifndef ATTEST_VERIFIER_SETTINGS_H
#define ATTEST_VERIFIER_SETTINGS_H

#include "attest/verifier/db.h"

#include <jansson.h>

/* docs/verifier.md explains each; settings.c has its name, default and range. */
struct settings {
    int64_t interval_s;
    int64_t grace_s;
    int64_t challenge_life_s;
    int64_t challenge_every_s;
    int64_t challenge_burst;
    int64_t activation_life_s;
    int64_t poll_s;
    int64_t token_life_s;
    int64_t certificate_days;
    int64_t history_days;
    int64_t heartbeat_s;
    int64_t allow_pins;
};

/* Defaults, and what the database says over them. */
bool settings_read(struct db *db, struct settings *settings);

/* {"name": number, ...} of all. */
json_t *settings_json(const struct settings *settings);

/* Takes the members of `changes` over. False, with the member's name and its range in `text`, and nothing changed, when there
 * is one that is no setting or outside its range. */
bool settings_change(struct settings *settings, const json_t *changes, char *text, size_t size);

/* Writes all. */
bool settings_write(struct db *db, const struct settings *settings);

#endif
