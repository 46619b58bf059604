/* SPDX-License-Identifier: Apache-2.0 */
/* Collects evidence that fits together. */
#include "attest/agent/evidence_make.h"

#include "attest/agent/encode.h"
#include "attest/agent/wait.h"

#define TRIES 8u
#define TRY_AGAIN_MS 50u /* the hypervisor needs a few ms from a record of the log to its last register */

static const struct rule rule_offset = {
    "AGENT-818", "the verifier knows more of this boot's log than the machine has", "a log that only grows",
    "look at what 'bulkhead-agent status' says about the log; a new attempt asks the verifier again"};
static const struct rule rule_no_boot = {
    "AGENT-819", "the event log does not say which boot this is", "the record 'boot' in PCR 12, as Bulkhead writes it",
    "start the machine with Bulkhead and its TPM; see docs/attestation.md, Events"};

/* The quote is about exactly these values. */
static bool quote_fits(const struct evidence_bytes *evidence)
{
    struct report ignored;
    struct quote quote;
    uint8_t sha256[HASH_MAX_SIZE], sha384[HASH_MAX_SIZE];
    report_init(&ignored);
    if (!quote_read(evidence->quote.attest, evidence->quote.attest_size, &quote, &ignored))
        return false;
    /* The digest's algorithm is the key's; its size tells which. */
    uint32_t size256 = pcr_composite(&evidence->values, &evidence->selection, TPM_ALG_SHA256, sha256);
    uint32_t size384 = pcr_composite(&evidence->values, &evidence->selection, TPM_ALG_SHA384, sha384);
    return (quote.digest_size == size256 && memcmp(quote.digest, sha256, size256) == 0) ||
           (quote.digest_size == size384 && memcmp(quote.digest, sha384, size384) == 0);
}

/* The registers that are written while partitions run, from the log. Register 22 is reset at locality 2 before its first
 * record; where that is closed it has none, and stays all-ones. False: a record is not whole yet; its data comes last. */
static bool replay(const struct log_bytes *log, struct pcr_banks *replayed)
{
    struct report ignored;
    struct eventlog_reader reader;
    struct eventlog_record record;
    bool sealed_begun = false;
    report_init(&ignored);
    pcr_init(replayed);
    eventlog_begin(&reader, log->bytes, log->size);
    while (eventlog_next(&reader, &record, &ignored) == EVENTLOG_RECORD) {
        struct pcr_digests digests;
        if (record.type == EV_NO_ACTION || (record.pcr != PCR_RUNTIME && record.pcr != PCR_RUNTIME_SEALED))
            continue;
        if (!eventlog_covers_data(&record))
            return false;
        if (record.pcr == PCR_RUNTIME_SEALED && !sealed_begun) {
            pcr_reset(replayed, PCR_RUNTIME_SEALED);
            sealed_begun = true;
        }
        memcpy(digests.sha256, record.sha256, sizeof digests.sha256);
        memcpy(digests.sha384, record.sha384, sizeof digests.sha384);
        pcr_extend(replayed, record.pcr, &digests);
    }
    return true;
}

/* What the log says of a register is what was quoted, if it was. */
static bool register_fits(const struct evidence_bytes *evidence, const struct pcr_banks *replayed, uint32_t pcr)
{
    const struct pcr_banks *quoted = &evidence->values;
    bool asked = (evidence->selection.sha256 >> pcr & evidence->selection.sha384 >> pcr & 1) != 0;
    return !asked || (memcmp(replayed->sha256[pcr], quoted->sha256[pcr], HASH_SHA256_SIZE) == 0 &&
                      memcmp(replayed->sha384[pcr], quoted->sha384[pcr], HASH_SHA384_SIZE) == 0);
}

/* The monitor extends register 12, records that, extends 22, records that: a log read in between lacks what a quote has. */
static bool log_fits(const struct evidence_bytes *evidence)
{
    struct pcr_banks replayed;
    return replay(&evidence->log, &replayed) && register_fits(evidence, &replayed, PCR_RUNTIME) &&
           register_fits(evidence, &replayed, PCR_RUNTIME_SEALED);
}

bool evidence_read_log(const struct log_source *source, struct log_bytes *log, struct report *report)
{
    return log_source_read(source, log, report) &&
           report_unless(log->boot[0] != '\0', report, &rule_no_boot, source->file, "%u bytes without it", log->size);
}

/* One attempt: log, quote, registers. */
static bool collect(struct tpm *tpm, ESYS_TR key, const struct log_source *source, const struct evidence_request *request,
                    struct evidence_bytes *evidence, struct report *report)
{
    uint8_t extra[HASH_SHA256_SIZE];
    if (!evidence_read_log(source, &evidence->log, report) ||
        !report_unless(request->log_offset <= evidence->log.size, report, &rule_offset, source->file,
                       "%u bytes, asked for from byte %llu on", evidence->log.size,
                       (unsigned long long)request->log_offset))
        return false;
    quote_binding(request->nonce, request->host, evidence->log.boot, request->channel, extra);
    if (!quote_make(tpm, key, &request->selection, extra, &evidence->quote, report) ||
        !pcr_read(tpm, &request->selection, &evidence->values, report))
        return false;
    evidence->consistent = quote_fits(evidence) && log_fits(evidence);
    return true;
}

bool evidence_make(struct tpm *tpm, ESYS_TR key, const struct log_source *source, const struct evidence_request *request,
                   struct evidence_bytes *evidence, struct report *report)
{
    evidence->selection = request->selection;
    evidence->log_offset = request->log_offset;
    for (unsigned i = 0; i < TRIES; i++) {
        if (!collect(tpm, key, source, request, evidence, report))
            return false;
        if (evidence->consistent || !wait_ms(TRY_AGAIN_MS))
            break;
    }
    return true;
}

/* {"0": hex, ...} of the registers that were selected. */
static json_t *bank_to_json(const struct pcr_banks *values, uint16_t algorithm, uint32_t registers)
{
    json_t *bank = json_object();
    for (uint32_t pcr = 0; pcr < PCR_COUNT; pcr++) {
        char name[4], hex[2 * HASH_MAX_SIZE + 1];
        if ((registers >> pcr & 1) == 0)
            continue;
        snprintf(name, sizeof name, "%u", pcr);
        hash_to_hex(algorithm == TPM_ALG_SHA256 ? values->sha256[pcr] : values->sha384[pcr], hash_size(algorithm), hex);
        json_object_set_new(bank, name, json_string(hex));
    }
    return bank;
}

json_t *evidence_to_json(const struct evidence_bytes *evidence)
{
    const struct log_bytes *log = &evidence->log;
    return json_pack("{s:s, s:o, s:o, s:{s:o, s:o}, s:I, s:o}", "boot", log->boot, "attest",
                     encode_base64(evidence->quote.attest, evidence->quote.attest_size), "signature",
                     encode_base64(evidence->quote.signature, evidence->quote.signature_size), "pcrs", "sha256",
                     bank_to_json(&evidence->values, TPM_ALG_SHA256, evidence->selection.sha256), "sha384",
                     bank_to_json(&evidence->values, TPM_ALG_SHA384, evidence->selection.sha384), "log_offset",
                     (json_int_t)evidence->log_offset, "log",
                     encode_base64(log->bytes + evidence->log_offset, log->size - evidence->log_offset));
}
