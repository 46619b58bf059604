/* SPDX-License-Identifier: Apache-2.0 */
/* attest-load: enrols a fleet of simulated hosts and, once a line comes in, lets them attest as fast as the verifier answers.
 * Prints "enrolled", then JSON; the times go to a file, as floats in ms. Several processes may share a fleet: a connection that
 * is kept costs libcurl three descriptors, and a process has only so many. */
#include "tests/attest/sim/agent.h"

#include "tools/common/command.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#define LATENCIES_MAX 200000u

struct load {
    struct sim_server server;
    const char *data, *folder; /* the verifier's data folder; where the hosts' folders go */
    const char *latencies;     /* the file with the times */
    unsigned first, hosts, threads;
    double seconds;
    struct sim_agent *agents;
    atomic_uint failures;
    atomic_int stop;
};

struct worker {
    struct load *load;
    unsigned index;
    struct sim_agent operator;
    uint64_t appraisals;
    float *latencies; /* ms */
    size_t latency_count;
    pthread_t thread;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool expect(struct load *load, long status, long expected, json_t *answer, const char *step)
{
    if (status != expected && atomic_fetch_add(&load->failures, 1) < 5) {
        char *text = answer != NULL ? json_dumps(answer, JSON_COMPACT) : NULL;
        fprintf(stderr, "%s: status %ld: %s\n", step, status, text != NULL ? text : "");
        free(text);
    }
    return status == expected;
}

static bool operator_call(struct worker *worker, const char *path, json_t *body, long expected, json_t **answer)
{
    long status = sim_call(&worker->operator, &worker->load->server, path, body, answer);
    return expect(worker->load, status, expected, *answer, path);
}

static bool make_token(struct worker *worker, const struct sim_agent *agent, char token[129])
{
    uint8_t ek[SIM_PUBLIC_MAX], digest[32];
    char hash[65];
    json_t *answer = NULL;
    uint16_t size = sim_ek_public(&agent->tpm, ek);
    hash_bytes(TPM_ALG_SHA256, ek, size, digest);
    hash_to_hex(digest, sizeof digest, hash);
    bool good = operator_call(worker, "/v1/pins", json_pack("{s:s, s:s}", "asset", agent->asset, "ek_sha256", hash), 201,
                              &answer);
    json_decref(answer);
    answer = NULL;
    good = good && operator_call(worker, "/v1/tokens", json_pack("{s:s}", "asset", agent->asset), 201, &answer);
    if (good)
        snprintf(token, 129, "%s", json_string_value(json_object_get(answer, "token")));
    json_decref(answer);
    return good;
}

static bool approve(struct worker *worker, struct sim_agent *agent)
{
    char path[96];
    json_t *answer = NULL;
    snprintf(path, sizeof path, "/v1/hosts/%s/approve", agent->host);
    bool good = operator_call(worker, path, json_object(), 200, &answer);
    json_decref(answer);
    answer = NULL;
    good = good && expect(worker->load, sim_agent_poll(agent, &worker->load->server, &answer), 200, answer, "poll");
    json_decref(answer);
    return good;
}

static bool enroll(struct worker *worker, struct sim_agent *agent, unsigned index)
{
    struct sim_config config = {.serial = 1, .security_version = 1};
    struct load *load = worker->load;
    char folder[SIM_PATH_MAX], token[129];
    json_t *answer = NULL;
    strcpy(config.release, "load-1");
    strcpy(config.command_line, "console=ttyS0 root=/dev/vda");
    snprintf(folder, sizeof folder, "%s/%u", load->folder, load->first + index);
    if (!sim_agent_create(agent, folder, &config))
        return false;
    snprintf(agent->asset, sizeof agent->asset, "load-%u", load->first + index);
    if (!make_token(worker, agent, token) ||
        !expect(load, sim_agent_enroll(agent, &load->server, token, NULL, &answer), 200, answer, "enroll"))
        return false;
    json_decref(answer);
    answer = NULL;
    bool good = expect(load, sim_agent_activate(agent, &load->server, SIM_HONEST, &answer), 202, answer, "activate");
    json_decref(answer);
    return good && approve(worker, agent);
}

static bool attest(struct load *load, struct sim_agent *agent)
{
    json_t *answer = NULL;
    long status = sim_agent_attest(agent, &load->server, SIM_HONEST, &answer);
    const char *verdict = json_string_value(json_object_get(answer, "verdict"));
    bool affirmed = verdict != NULL && strcmp(verdict, "affirming") == 0;
    bool good = expect(load, affirmed ? status : 0, 200, answer, "attest");
    json_decref(answer);
    return good;
}

static void *run_enrolment(void *argument)
{
    struct worker *worker = argument;
    struct load *load = worker->load;
    for (unsigned i = worker->index; i < load->hosts; i += load->threads)
        if (!enroll(worker, &load->agents[i], i) || !attest(load, &load->agents[i]))
            break;
    return NULL;
}

static void *run_attestation(void *argument)
{
    struct worker *worker = argument;
    struct load *load = worker->load;
    while (!load->stop)
        for (unsigned i = worker->index; i < load->hosts && !load->stop; i += load->threads) {
            double started = now();
            if (!attest(load, &load->agents[i]))
                continue;
            worker->appraisals++;
            if (worker->latency_count < LATENCIES_MAX)
                worker->latencies[worker->latency_count++] = (float)((now() - started) * 1000);
        }
    return NULL;
}

static void start(struct worker *workers, unsigned count, void *(*run)(void *))
{
    for (unsigned i = 0; i < count; i++)
        pthread_create(&workers[i].thread, NULL, run, &workers[i]);
}

static void join(struct worker *workers, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        pthread_join(workers[i].thread, NULL);
}

static bool write_latencies(const struct load *load, const struct worker *workers)
{
    FILE *file = fopen(load->latencies, "wb");
    bool good = file != NULL;
    for (unsigned i = 0; good && i < load->threads; i++)
        good = fwrite(workers[i].latencies, sizeof(float), workers[i].latency_count, file) == workers[i].latency_count;
    return file != NULL && fclose(file) == 0 && good;
}

static void print_result(const struct load *load, const struct worker *workers, double enrol_seconds, double seconds)
{
    uint64_t appraisals = 0;
    struct rusage usage;
    for (unsigned i = 0; i < load->threads; i++)
        appraisals += workers[i].appraisals;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec;
    json_t *line = json_pack("{s:f, s:f, s:I, s:i, s:f}", "enrol_seconds", enrol_seconds, "seconds", seconds, "appraisals",
                             (json_int_t)appraisals, "failures", (int)load->failures, "client_cpu_s", cpu);
    json_dumpf(line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(5));
    putchar('\n');
    json_decref(line);
}

static void raise_file_limit(rlim_t wanted)
{
    struct rlimit limit, more;
    getrlimit(RLIMIT_NOFILE, &limit);
    more = (struct rlimit){wanted, wanted > limit.rlim_max ? wanted : limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &more) == 0) /* beyond the hard limit: the administrator alone */
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int run(struct load *load)
{
    struct worker *workers = calloc(load->threads, sizeof *workers);
    load->agents = calloc(load->hosts, sizeof *load->agents);
    if (workers == NULL || load->agents == NULL)
        return 1;
    raise_file_limit(load->hosts * 4 + 1000); /* a connection that is kept costs libcurl three descriptors */
    mkdir(load->folder, 0700);
    for (unsigned i = 0; i < load->threads; i++) {
        workers[i] = (struct worker){.load = load, .index = i, .latencies = calloc(LATENCIES_MAX, sizeof(float))};
        workers[i].operator.user = "operator";
        snprintf(workers[i].operator.folder, sizeof workers[i].operator.folder, "%s", load->data);
    }
    double started = now();
    start(workers, load->threads, run_enrolment);
    join(workers, load->threads);
    double enrolling = now() - started;
    printf("enrolled\n");
    fflush(stdout);
    bool go = getchar() != EOF;
    started = now();
    if (go && load->failures == 0) {
        start(workers, load->threads, run_attestation);
        nanosleep(&(struct timespec){.tv_sec = (time_t)load->seconds}, NULL);
        load->stop = 1;
        join(workers, load->threads);
    }
    print_result(load, workers, enrolling, now() - started);
    return write_latencies(load, workers) && load->failures == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct load load = {0};
    const char *first = NULL, *hosts = NULL, *threads = NULL, *seconds = NULL, *unused[1];
    bool close_each = false;
    const struct option options[] = {
        {.name = "server", .argument = "URL", .help = "the verifier", .value = &load.server.url},
        {.name = "ca", .argument = "FILE", .help = "its CA; without: no TLS", .value = &load.server.ca},
        {.name = "data", .argument = "DIR", .help = "with operator.pem and operator.key", .value = &load.data},
        {.name = "folder", .argument = "DIR", .help = "where the hosts' folders go", .value = &load.folder},
        {.name = "latencies", .argument = "FILE", .help = "where the times go", .value = &load.latencies},
        {.name = "first", .argument = "N", .help = "the first host's number", .value = &first},
        {.name = "hosts", .argument = "N", .help = "how many", .value = &hosts},
        {.name = "threads", .argument = "N", .help = "how many at once", .value = &threads},
        {.name = "seconds", .argument = "N", .help = "how long", .value = &seconds},
        {.name = "close", .help = "a new connection for each request", .flag = &close_each},
    };
    const struct command_line line = {.program = "attest-load", .name = "", .usage = "OPTIONS",
                                      .help = "Enrols hosts, then lets them attest.", .options = options,
                                      .option_count = sizeof options / sizeof options[0]};
    size_t count;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    enum command_parsed parsed = command_parse(&line, argc, argv, unused, &count);
    if (parsed != COMMAND_GO || load.server.url == NULL || load.folder == NULL || load.data == NULL ||
        load.latencies == NULL)
        return EXIT_CODE_USAGE;
    load.server.keep_alive = !close_each;
    load.first = first != NULL ? (unsigned)atoi(first) : 0;
    load.hosts = hosts != NULL ? (unsigned)atoi(hosts) : 100;
    load.threads = threads != NULL ? (unsigned)atoi(threads) : 32;
    load.seconds = seconds != NULL ? atof(seconds) : 10;
    return run(&load);
}
