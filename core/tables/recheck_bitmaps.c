/* SPDX-License-Identifier: Apache-2.0 */
/* The MSR and port permission maps, bit by bit: AMD APM volume 2, 15.10.1 and 15.11. */
#include "core/tables/msr_list.h"
#include "core/tables/recheck.h"

static bool rule_msr_access(const struct recheck *recheck, uint32_t msr, uint32_t found, uint32_t allowed)
{
    static const struct rule rule = {
        "WALL-341", "an MSR is open that must exit, or exits though it may pass",
        "exactly the list of docs/walls.md",
        "do not start: memory is faulty or was written to while the tables were built",
    };
    if (found == allowed)
        return true;
    report_add(recheck->report, &rule, "MSR bitmap", "MSR 0x%x: reads %s, writes %s", msr,
               found & MSR_READ ? "pass" : "exit", found & MSR_WRITE ? "pass" : "exit");
    return false;
}

static bool rule_bits_set(const struct recheck *recheck, const char *where, uint32_t word, uint64_t found)
{
    static const struct rule rule = {
        "WALL-342", "a port or reserved bit is open",
        "every bit 1: all ports exit",
        "do not start: memory is faulty or was written to while the tables were built",
    };
    if (found == UINT64_MAX)
        return true;
    report_add(recheck->report, &rule, where, "64-bit word %u is 0x%llx", word, (unsigned long long)found);
    return false;
}

static uint32_t allowed_access(uint32_t msr)
{
    uint32_t access = 0;
    for (uint32_t i = 0; i < MSR_PASS_COUNT; i++)
        if (msr >= msr_pass_list[i].first && msr <= msr_pass_list[i].last)
            access |= msr_pass_list[i].access;
    return access;
}

static uint64_t word_at(const struct recheck *recheck, uint32_t first, uint32_t word)
{
    return recheck->pool->frames[first + word / 512].entry[word % 512];
}

/* 32 MSRs a word; a word that opens nothing where nothing is allowed is the common case. */
static void check_msr_word(const struct recheck *recheck, uint32_t word, uint32_t base)
{
    uint64_t bits = word_at(recheck, recheck->tables->msr_bitmap, word);
    for (uint32_t i = 0; i < 32; i++) {
        uint32_t exits = (uint32_t)(bits >> (2 * i)) & 3;
        rule_msr_access(recheck, base + i, ~exits & 3, allowed_access(base + i));
    }
}

void recheck_bitmaps(struct recheck *recheck)
{
    const uint32_t words_per_range = MSRPM_RANGE_MSRS / 32;
    const struct tables *tables = recheck->tables;
    if (recheck_claim(recheck, "MSR bitmap", tables->msr_bitmap, MSRPM_FRAMES)) {
        for (uint32_t word = 0; word < MSRPM_RANGES * words_per_range; word++)
            check_msr_word(recheck, word,
                           msrpm_range_base[word / words_per_range] + word % words_per_range * 32);
        for (uint32_t word = MSRPM_RANGES * words_per_range; word < MSRPM_FRAMES * 512; word++)
            rule_bits_set(recheck, "MSR bitmap", word, word_at(recheck, tables->msr_bitmap, word));
    }
    if (recheck_claim(recheck, "port bitmap", tables->io_bitmap, IOPM_FRAMES))
        for (uint32_t word = 0; word < IOPM_FRAMES * 512; word++)
            rule_bits_set(recheck, "port bitmap", word, word_at(recheck, tables->io_bitmap, word));
}
