/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-verifier appraise: the appraisal without server and network, from files. */
#include "attest/verifier/commands.h"
#include "attest/verifier/data.h"
#include "attest/verifier/judge.h"
#include "attest/verifier/offline.h"
#include "tools/common/command.h"
#include "tools/common/print.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct rule rule_key = {
    "ATT-892", "nothing says whose evidence this is", "--host, the host's record; or evidence that names its key",
    "export the host with `hosts show HOST --memory`"};
static const struct rule rule_nonce = {
    "ATT-893", "the nonce is not 64 hex digits, or not the evidence's", "the nonce that was asked for", "collect it again"};

struct offline {
    const char *evidence_path, *host_path, *nonce, *keys, *folder;
    struct option_list release_paths;
    bool as_json;
    struct offline_evidence evidence;
    struct offline_host host;
    struct release releases[OFFLINE_RELEASES];
    uint32_t release_count;
};

static bool read_releases(struct offline *offline, struct report *report)
{
    char keys[DATA_PATH_MAX];
    data_path(offline->folder, "release-keys", keys);
    for (size_t i = 0; i < offline->release_paths.count && i < OFFLINE_RELEASES; i++) {
        if (!offline_read_release(offline->release_paths.values[i], offline->keys != NULL ? offline->keys : keys,
                                  &offline->releases[i], report))
            return false;
        offline->release_count++;
    }
    return true;
}

static bool read_files(struct offline *offline, struct report *report)
{
    uint8_t nonce[32];
    bool read = offline_read_evidence(offline->evidence_path, &offline->evidence, report) && read_releases(offline, report) &&
                (offline->host_path == NULL || offline_read_host(offline->host_path, &offline->host, report));
    if (!read || !report_unless(offline->host_path != NULL || offline->evidence.has_ak, report, &rule_key,
                                offline->evidence_path, "neither"))
        return false;
    bool same = offline->nonce == NULL || (evidence_hex(offline->nonce, strlen(offline->nonce), nonce, sizeof nonce) &&
                                           memcmp(nonce, offline->evidence.nonce, sizeof nonce) == 0);
    return report_unless(same, report, &rule_nonce, "--nonce", "%s", offline->nonce != NULL ? offline->nonce : "");
}

/* With the host's record its key, certificate and memory count; without it what the evidence says of itself. */
static struct judgement *judge_files(struct offline *offline)
{
    const struct release *choices[OFFLINE_RELEASES];
    enum release_state states[OFFLINE_RELEASES];
    bool known = offline->host_path != NULL;
    struct appraise_input input = {.evidence = &offline->evidence.evidence,
                                   .host = known ? offline->host.host : offline->evidence.host,
                                   .ak = known ? &offline->host.ak : &offline->evidence.ak,
                                   .nonce = offline->evidence.nonce,
                                   .channel = known ? offline->host.channel : offline->evidence.channel,
                                   .now = (uint64_t)time(NULL),
                                   .selection = {APPRAISE_PCRS, APPRAISE_PCRS}};
    for (uint32_t i = 0; i < offline->release_count; i++) {
        choices[i] = &offline->releases[i];
        states[i] = RELEASE_ACTIVE;
    }
    return judge_against(choices, states, offline->release_count, &input, &offline->host.state);
}

static void print_judgement(const struct offline *offline, const struct judgement *judgement)
{
    const struct appraise_result *result = &judgement->result;
    const char *verdict = appraise_verdict_name(result->verdict);
    if (offline->as_json) {
        print_json(json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:o*}", "verdict", verdict, "release", judgement->release, "boot",
                             result->boot, "summary", judgement->summary, "key_checked", offline->host_path != NULL,
                             "nonce_checked", offline->nonce != NULL, "reasons",
                             json_loads(judgement->reasons, 0, NULL)));
        return;
    }
    printf("verdict  %s\nrelease  %s\nboot     %s\n", verdict, judgement->release[0] != '\0' ? judgement->release : "-",
           result->boot);
    for (uint32_t i = 0; i < result->reason_count; i++) {
        char line[2048];
        appraise_reason_print(&result->reasons[i], line, sizeof line);
        printf("  %s %s\n", result->reasons[i].rule->code, line);
    }
    if (offline->host_path == NULL)
        printf("not checked: whether the key is that host's TPM's (--host)\n");
    if (offline->nonce == NULL)
        printf("not checked: whether the evidence is fresh (--nonce)\n");
}

static int run(struct offline *offline)
{
    struct report report;
    report_init(&report);
    state_init(&offline->host.state);
    struct judgement *judgement = read_files(offline, &report) ? judge_files(offline) : NULL;
    int exit_code = EXIT_CODE_FINDINGS;
    if (judgement != NULL) {
        print_judgement(offline, judgement);
        exit_code = judgement->state == HOST_TRUSTED ? EXIT_CODE_OK : EXIT_CODE_FINDINGS;
    } else {
        exit_code = print_verdict(&report, offline->as_json);
    }
    for (uint32_t i = 0; i < offline->release_count; i++)
        release_free(&offline->releases[i]);
    judge_free(judgement);
    evidence_free(&offline->evidence.evidence);
    state_free(&offline->host.state);
    return exit_code;
}

int cmd_appraise(int argc, char **argv)
{
    static struct offline offline; /* large */
    const struct option options[] = {
        {.name = "release", .argument = "FILE", .help = "release.json, its signature in FILE.sig; the newest first",
         .list = &offline.release_paths},
        {.name = "host", .argument = "FILE", .help = "the host's record: hosts show HOST --memory",
         .value = &offline.host_path},
        {.name = "nonce", .argument = "HEX", .help = "what the evidence must answer", .value = &offline.nonce},
        {.name = "release-keys", .argument = "DIR", .help = "trusted keys (release-keys of the data folder)",
         .value = &offline.keys},
        {.name = "data", .argument = "DIR", .help = "the data folder", .value = &offline.folder},
        {.name = "json", .help = "print the result as JSON", .flag = &offline.as_json},
    };
    const struct command_line line = {
        .program = "bulkhead-verifier", .name = "appraise", .usage = "EVIDENCE.json --release FILE [--host FILE]",
        .help = "Appraises an evidence file as the server would, in the same order. Exit code 0: affirming or warning.",
        .options = options, .option_count = sizeof options / sizeof options[0], .least = 1, .most = 1};
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, &offline.evidence_path, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    offline.folder = data_folder(offline.folder);
    return run(&offline);
}
