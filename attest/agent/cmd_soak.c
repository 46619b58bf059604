/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-agent soak: as many quotes as wished, as fast as the TPM makes them; counts what must not grow. */
#include "attest/agent/commands.h"
#include "attest/agent/wait.h"
#include "attest/lib/appraise.h"
#include "tools/common/memory.h"
#include "tools/common/print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define QUOTES_MOST 1000000ul
#define SECONDS_MOST 86400ul

static const struct rule rule_grows = {
    "AGENT-806", "something grew from quote to quote", "as many TPM objects and sessions, and as much memory, as before",
    "report it: the agent leaks"};

/* What must be the same before and after. */
struct soak_counts {
    uint32_t objects, sessions;
    long memory_kib;
};

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Resident memory in KiB (proc(5), statm, second field, in pages); -1: unknown. */
static long resident_kib(void)
{
    long size, resident = -1;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return -1;
    if (fscanf(file, "%ld %ld", &size, &resident) != 2)
        resident = -1;
    fclose(file);
    return resident < 0 ? -1 : resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Sessions are counted whether they are loaded or saved. */
static bool count(struct agent *agent, struct soak_counts *counts)
{
    static const uint32_t kinds[] = {TPM_TRANSIENT, TPM_LOADED_SESSION, TPM_SAVED_SESSION};
    uint32_t found[3];
    for (unsigned i = 0; i < 3; i++) {
        TPML_HANDLE handles;
        if (!tpm_handles(&agent->tpm, kinds[i], kinds[i] + TPM_HANDLES_OF_A_KIND, &handles, &agent->report))
            return false;
        found[i] = handles.count;
    }
    counts->objects = found[0];
    counts->sessions = found[1] + found[2];
    counts->memory_kib = resident_kib();
    return true;
}

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

/* How long things took, in microseconds. */
struct soak_times {
    unsigned long count;
    uint32_t *us;
};

static void print_times(const char *what, struct soak_times *times)
{
    qsort(times->us, times->count, sizeof *times->us, compare);
    printf("%-9s p50 %.2f ms, p99 %.2f ms, longest %.2f ms\n", what, times->us[times->count / 2] / 1e3,
           times->us[times->count * 99 / 100] / 1e3, times->us[times->count - 1] / 1e3);
}

static bool collect_once(struct agent *agent, struct evidence_request *request, struct soak_times *times)
{
    if (getrandom(request->nonce, sizeof request->nonce, 0) != sizeof request->nonce)
        return false;
    uint64_t start = now_us();
    bool good = agent_collect(agent, request);
    times->us[times->count++] = (uint32_t)(now_us() - start);
    return good;
}

/* TPM2_Quote alone, without log and registers. */
static bool time_quotes(struct agent *agent, const struct evidence_request *request)
{
    uint32_t us[200];
    struct soak_times times = {0, us};
    struct quote_bytes quote;
    while (times.count < sizeof us / sizeof us[0]) {
        uint64_t start = now_us();
        if (!quote_make(&agent->tpm, agent->ak, &request->selection, request->nonce, &quote, &agent->report))
            return false;
        us[times.count++] = (uint32_t)(now_us() - start);
    }
    print_times("quote", &times);
    return true;
}

/* By then everything has been allocated that ever will be. */
#define WARM_UP 50ul

static bool soak(struct agent *agent, unsigned long quotes, unsigned long seconds)
{
    struct evidence_request request = {.host = EVIDENCE_NO_HOST, .selection = {APPRAISE_PCRS, APPRAISE_PCRS}};
    struct soak_counts before = {0}, after;
    struct soak_times times = {0, memory_grow(NULL, quotes * sizeof(uint32_t))};
    uint64_t start = now_us(), end = seconds == 0 ? UINT64_MAX : start + seconds * UINT64_C(1000000);
    unsigned long torn = 0;
    bool good = true;
    while (good && times.count < quotes && (now_us() < end || times.count <= WARM_UP) && !wait_stopped()) {
        good = collect_once(agent, &request, &times) && (times.count != WARM_UP || count(agent, &before));
        torn += good && !agent->evidence.consistent;
    }
    uint64_t took = now_us() - start;
    good = good && times.count > WARM_UP && count(agent, &after);
    if (good) {
        printf("%lu times evidence in %.1f s; %lu did not fit together\n", times.count, (double)took / 1e6, torn);
        print_times("evidence", &times);
        printf("TPM objects %u -> %u, sessions %u -> %u, memory %ld -> %ld KiB\n", before.objects, after.objects,
               before.sessions, after.sessions, before.memory_kib, after.memory_kib);
        good = time_quotes(agent, &request) &&
               report_unless(before.objects == after.objects && before.sessions == after.sessions, &agent->report,
                             &rule_grows, "TPM", "%u -> %u objects, %u -> %u sessions", before.objects, after.objects,
                             before.sessions, after.sessions);
    }
    free(times.us);
    return good;
}

/* A number up to `most`, or 0. */
static unsigned long read_number(const char *text, unsigned long otherwise, unsigned long most)
{
    char *end = NULL;
    unsigned long number = text != NULL ? strtoul(text, &end, 10) : otherwise;
    return (end != NULL && *end != '\0') || number > most ? 0 : number;
}

int agent_cmd_soak(int argc, char **argv)
{
    struct settings_options given = {0};
    const char *quotes_text = NULL, *seconds_text = NULL;
    const struct option options[] = {
        {.name = "quotes", .argument = "N", .help = "how many (100 to 1000000; default 1000)", .value = &quotes_text},
        {.name = "seconds", .argument = "S", .help = "stop after that long, if there are not enough by then",
         .value = &seconds_text},
        SETTINGS_OPTIONS(given),
    };
    const struct command_line line = {
        .program = "bulkhead-agent",
        .name = "soak",
        .usage = "[--quotes N] [--seconds S] [OPTIONS]",
        .help = "Makes quotes without a pause, as evidence has them, and prints the time of each and what the TPM holds\n"
                "before and after. Stop the service first: the TPM has room for few objects.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    size_t count_of_arguments;
    enum command_parsed parsed = command_parse(&line, argc, argv, NULL, &count_of_arguments);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    unsigned long quotes = read_number(quotes_text, 1000, QUOTES_MOST);
    unsigned long seconds = read_number(seconds_text, 0, SECONDS_MOST);
    if (quotes < 2 * WARM_UP || (seconds_text != NULL && seconds == 0))
        return command_misused(&line, "--quotes is a number from 100 to 1000000, --seconds one from 1 to 86400");
    struct agent *agent = agent_start(&given);
    if (agent == NULL)
        return EXIT_CODE_FINDINGS;
    bool done = soak(agent, quotes, seconds);
    return agent_end(agent, done);
}
