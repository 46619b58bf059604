/* SPDX-License-Identifier: Apache-2.0 */
/* The first steps: is this a quote, of this host's key, for this challenge, and newer than the last one? */
#include "attest/lib/appraise_parts.h"

#include <string.h>

static const struct rule rule_sizes = {
    "ATT-930", "the evidence exceeds its limits", "a quote, and a log of at most 512 KiB", "use the agent of this release"};
static const struct rule rule_signer = {
    "ATT-931", "the quote names another signing key", "the key that the host enrolled with",
    "if the TPM was replaced: retire the host and enrol it again"};
static const struct rule rule_binding = {
    "ATT-932", "the quote was not made for this challenge",
    "the hash of this nonce, host, boot id and agent certificate",
    "a replayed or relayed quote: see who sends in this host's name"};
static const struct rule rule_selection = {
    "ATT-933", "the quote is not over the registers that were asked for", "the challenge's registers in both banks",
    "use the agent of this release"};
static const struct rule rule_digest = {
    "ATT-934", "the register values are not those that were quoted", "values whose hash is the quote's digest",
    "see what stands between agent and verifier"};
static const struct rule rule_clock = {
    "ATT-935", "the TPM's clock or counters went back", "clock, reset and restart count at or after the last good quote",
    "if the TPM was cleared: retire the host and enrol it again; else an older quote was sent"};
static const struct rule rule_boot = {
    "ATT-936", "boot id and TPM counters contradict each other",
    "one boot id from one reset of the TPM to the next, and another one afterwards",
    "treat it as an attack: a TPM that is reset while the machine runs on forgets what it measured"};

bool appraise_sizes(struct appraisal *a)
{
    const struct evidence *evidence = a->input->evidence;
    if (evidence->attest_size <= QUOTE_ATTEST_MAX && evidence->signature_size <= QUOTE_SIGNATURE_MAX &&
        evidence->log_size <= EVENTLOG_SIZE_MAX && evidence->log_offset <= EVENTLOG_SIZE_MAX - evidence->log_size)
        return true;
    appraise_find(appraise_add(a, &rule_sizes, APPRAISE_FATAL, NULL, NULL), "%u bytes of log at offset %lu",
                  evidence->log_size, (unsigned long)evidence->log_offset);
    return false;
}

static bool passes(struct appraisal *a, const struct report *report)
{
    appraise_add_report(a, report);
    return report_ok(report);
}

bool appraise_signature(struct appraisal *a)
{
    const struct evidence *evidence = a->input->evidence;
    struct report report;
    report_init(&report);
    quote_verify(a->input->ak, evidence->attest, evidence->attest_size, evidence->signature, evidence->signature_size,
                 &report);
    return passes(a, &report);
}

bool appraise_structure(struct appraisal *a)
{
    struct report report;
    report_init(&report);
    quote_read(a->input->evidence->attest, a->input->evidence->attest_size, &a->result->quote, &report);
    return passes(a, &report);
}

/* The signature is the enrolled key's already; the qualified name also says where the key stands, which does not change.
 * It has the algorithm of the key's name; the parent's name is the TPM's own affair, so the first good quote tells it. */
bool appraise_signer(struct appraisal *a)
{
    const struct public_name *known = &a->state->signer, *signer = &a->result->quote.signer;
    bool form = signer->size == a->input->ak->name.size && memcmp(signer->bytes, a->input->ak->name.bytes, 2) == 0;
    if (form && (known->size == 0 || public_name_equal(known, signer)))
        return true;
    appraise_find(appraise_add(a, &rule_signer, APPRAISE_FATAL, NULL, NULL), "another qualified name, %u bytes",
                  signer->size);
    return false;
}

bool appraise_binding(struct appraisal *a)
{
    uint8_t extra[HASH_SHA256_SIZE];
    const struct quote *quote = &a->result->quote;
    quote_binding(a->input->nonce, a->input->host, a->input->evidence->boot, a->input->channel, extra);
    if (quote->extra_size == sizeof extra && memcmp(quote->extra, extra, sizeof extra) == 0)
        return true;
    appraise_find(appraise_add(a, &rule_binding, APPRAISE_FATAL, NULL, NULL), "%u other bytes of extraData",
                  quote->extra_size);
    return false;
}

static bool same_selection(const struct pcr_selection *a, const struct pcr_selection *b)
{
    return a->sha256 == b->sha256 && a->sha384 == b->sha384;
}

bool appraise_selection(struct appraisal *a)
{
    const struct pcr_selection *asked = &a->input->selection, *quoted = &a->result->quote.selection;
    const struct pcr_selection *sent = &a->input->evidence->pcrs;
    /* What the later steps rest on must be in the challenge, whoever made it. */
    if (asked->sha256 == asked->sha384 && (asked->sha256 & APPRAISE_PCRS) == APPRAISE_PCRS &&
        same_selection(asked, quoted) && same_selection(asked, sent))
        return true;
    struct appraise_reason *reason = appraise_add(a, &rule_selection, APPRAISE_FATAL, NULL, NULL);
    appraise_expect(reason, "registers 0x%06x in both banks", asked->sha256);
    appraise_find(reason, "quoted 0x%06x and 0x%06x, sent 0x%06x and 0x%06x", quoted->sha256, quoted->sha384, sent->sha256,
                  sent->sha384);
    return false;
}

bool appraise_digest(struct appraisal *a)
{
    uint8_t digest[HASH_MAX_SIZE];
    const struct quote *quote = &a->result->quote;
    uint16_t hash = a->input->ak->kind == PUBLIC_P384 ? TPM_ALG_SHA384 : TPM_ALG_SHA256;
    uint32_t size = pcr_composite(&a->input->evidence->values, &quote->selection, hash, digest);
    if (quote->digest_size == size && memcmp(quote->digest, digest, size) == 0)
        return true;
    appraise_find(appraise_add(a, &rule_digest, APPRAISE_FATAL, NULL, NULL), "values with another hash");
    return false;
}

/* Serial arithmetic: for keys of the owner hierarchy the TPM adds a constant to the counters (part 1, 36.7), so that they
 * may wrap. */
static int32_t advance(uint32_t now, uint32_t before)
{
    return (int32_t)(now - before);
}

/* Within a boot nothing resets the TPM; between boots something does (part 1, 36.2 to 36.4), and the reset count tells it. The
 * clock counts between resets alone: after a sudden loss of power it falls behind what was told before, and emulated TPMs
 * call it safe all the same. */
static const struct rule *broken_clock_rule(const struct appraise_state *last, const struct quote *quote, bool same_boot)
{
    int32_t resets = advance(quote->reset_count, last->reset_count);
    int32_t restarts = advance(quote->restart_count, last->restart_count);
    if (resets < 0 || (resets == 0 && restarts < 0))
        return &rule_clock;
    if (resets == 0 && quote->clock < last->clock)
        return &rule_clock;
    return same_boot == (resets == 0 && restarts == 0) ? NULL : &rule_boot;
}

bool appraise_clock(struct appraisal *a)
{
    const struct appraise_state *last = a->state;
    const struct quote *quote = &a->result->quote;
    if (!last->has_quote)
        return true;
    bool same_boot = strcmp(last->boot, a->input->evidence->boot) == 0;
    const struct rule *rule = broken_clock_rule(last, quote, same_boot);
    if (rule == NULL)
        return true;
    struct appraise_reason *reason = appraise_add(a, rule, APPRAISE_FATAL, NULL, NULL);
    appraise_expect(reason, "after boot %s, clock %lu ms, reset count %u, restart count %u", last->boot,
                    (unsigned long)last->clock, last->reset_count, last->restart_count);
    appraise_find(reason, "boot %s, clock %lu ms, reset count %u, restart count %u", a->input->evidence->boot,
                  (unsigned long)quote->clock, quote->reset_count, quote->restart_count);
    return false;
}
