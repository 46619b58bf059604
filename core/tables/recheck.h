/* SPDX-License-Identifier: Apache-2.0 */
/* The recheck's working state and its steps; inside core/tables only. Nothing here is shared with the writers but the
 * constants of amdvi.h, npt.h and msr_list.h. */
#ifndef CORE_TABLES_RECHECK_H
#define CORE_TABLES_RECHECK_H

#include "core/tables/tables.h"

#include <stdbool.h>
#include <stdint.h>

#define RECHECK_MAX_FRAMES 65536u /* 256 MiB of tables: 16 TiB of RAM in 2 MiB pages, twice */

struct recheck {
    const struct machine *machine;
    const struct plan *plan;
    const struct table_pool *pool;
    const struct tables *tables;
    struct report *report;
    uint64_t seen[RECHECK_MAX_FRAMES / 64]; /* frames that some table has been found in */
};

/* Marks frames [first, first + count) as part of `where`. False, with a finding, when one of them is not a taken frame
 * or belongs to something already. */
bool recheck_claim(struct recheck *recheck, const char *where, uint32_t first, uint32_t count);

/* recheck_memory.c, recheck_owners.c, recheck_tpm.c: the plan by itself. Memory, cores, domains, functions, requester ids and
 * the TPM each have one owner. */
void recheck_memory(const struct recheck *recheck);
void recheck_owners(const struct recheck *recheck);
void recheck_tpm(const struct recheck *recheck);

/* One entry of a page table, in words that all formats share. */
enum entry_kind { ENTRY_ABSENT, ENTRY_LINK, ENTRY_PAGE, ENTRY_WRONG };
struct entry {
    enum entry_kind kind;
    uint64_t address; /* of the page or of the table below */
    bool uncached;    /* mapped as device memory, never executed */
    bool read_only;   /* mapped as RAM, neither written nor executed */
};

/* Reads an entry at `level` (4 is the root's) as the hardware of one format does, but strictly: a bit that the format
 * leaves to software or that weakens a wall makes the entry wrong. */
typedef struct entry (*entry_decode)(uint64_t raw, unsigned level);

/* recheck_walk.c: walks the tables below `root` and compares what they map with what partition `p` owns; `windows`: the
 * BAR pages of its devices, the TPM's page and the event log too. */
void recheck_walk(struct recheck *recheck, uint32_t p, const char *where, entry_decode decode, uint32_t root,
                  bool windows);

/* recheck_npt.c */
struct entry recheck_npt_entry(uint64_t raw, unsigned level);

/* recheck_amdvi.c: I/O page table entries; all device tables and remapping entries. */
struct entry recheck_amdvi_entry(uint64_t raw, unsigned level);
void recheck_devices(struct recheck *recheck);

/* recheck_bitmaps.c */
void recheck_bitmaps(struct recheck *recheck);

#endif
