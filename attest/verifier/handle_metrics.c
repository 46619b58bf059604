/* SPDX-License-Identifier: Apache-2.0 */
/* GET /metrics: Prometheus' text format, version 0.0.4. */
#include "attest/verifier/handlers.h"
#include "attest/verifier/notifier.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

struct census {
    int64_t now, grace;
    unsigned states[HOST_STATES];
};

static void count_host(void *context, const struct host *host)
{
    struct census *census = context;
    census->states[host_state_now(host, census->now, census->grace)]++;
}

static void print_number(FILE *out, const char *name, const char *type, const char *help, unsigned long long value)
{
    fprintf(out, "# HELP bulkhead_%s %s\n# TYPE bulkhead_%s %s\nbulkhead_%s %llu\n", name, help, name, type, name, value);
}

static void print_hosts(FILE *out, const struct census *census)
{
    fprintf(out, "# HELP bulkhead_hosts Hosts by state.\n# TYPE bulkhead_hosts gauge\n");
    for (unsigned i = 0; i < HOST_STATES; i++)
        fprintf(out, "bulkhead_hosts{state=\"%s\"} %u\n", host_state_name((enum host_state)i), census->states[i]);
}

static void print_counters(FILE *out, struct metrics *metrics)
{
    fprintf(out, "# HELP bulkhead_requests_total Requests by status.\n# TYPE bulkhead_requests_total counter\n");
    for (unsigned i = 2; i < 6; i++)
        fprintf(out, "bulkhead_requests_total{status=\"%uxx\"} %llu\n", i, atomic_load(&metrics->requests[i]));
    fprintf(out, "# HELP bulkhead_appraisals_total Appraisals by verdict.\n# TYPE bulkhead_appraisals_total counter\n");
    for (unsigned i = 0; i < 4; i++)
        fprintf(out, "bulkhead_appraisals_total{verdict=\"%s\"} %llu\n", appraise_verdict_name((enum appraise_verdict)i),
                atomic_load(&metrics->verdicts[i]));
    print_number(out, "appraise_microseconds_total", "counter", "Time spent appraising.", atomic_load(&metrics->appraise_us));
    print_number(out, "challenges_total", "counter", "Challenges issued.", atomic_load(&metrics->challenges));
    print_number(out, "overdue_alarms_total", "counter", "Alarms about silent hosts.", atomic_load(&metrics->overdue));
    print_number(out, "connections_cut_off_total", "counter", "Connections that took too long.",
                 atomic_load(&metrics->cut_off));
    print_number(out, "started_seconds", "gauge", "Start of the verifier, since 1970.", (unsigned long long)metrics->started);
    print_number(out, "heartbeat_seconds", "gauge", "When it last looked for overdue hosts, since 1970.",
                 (unsigned long long)atomic_load(&metrics->watched));
}

static void print_insides(FILE *out, struct verifier *verifier)
{
    struct writer_counts writer = store_counts(verifier->store);
    struct notifier_counts notes = notifier_counts(verifier->notifier);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    print_number(out, "database_jobs_total", "counter", "Jobs of the database's writer.", writer.jobs);
    print_number(out, "database_commits_total", "counter", "Transactions they took.", writer.commits);
    print_number(out, "database_failures_total", "counter", "Jobs that failed.", writer.failures);
    print_number(out, "database_refused_total", "counter", "Jobs refused because too many waited.", writer.refused);
    print_number(out, "database_waiting", "gauge", "Jobs that wait.", writer.waiting);
    print_number(out, "webhook_sent_total", "counter", "Events delivered.", notes.sent);
    print_number(out, "webhook_failed_total", "counter", "Events given up.", notes.failed);
    print_number(out, "webhook_dropped_total", "counter", "Events dropped because the queue was full.", notes.dropped);
    print_number(out, "syslog_dropped_total", "counter", "Lines dropped because the queue was full.",
                 notifier_line_counts(verifier->notifier).dropped);
    print_number(out, "webhook_waiting", "gauge", "Events that wait.", notes.waiting);
    print_number(out, "memory_peak_bytes", "gauge", "Largest resident size.", (unsigned long long)usage.ru_maxrss * 1024);
}

void handle_metrics(struct request *request, struct answer *answer)
{
    struct census census = {.now = request->now, .grace = request->settings.grace_s};
    struct db *db = store_borrow(request->verifier->store);
    bool good = host_visit(db, count_host, &census);
    store_return(request->verifier->store, db);
    char *text = NULL;
    size_t size = 0;
    if (!good) {
        answer_no_database(answer);
        return;
    }
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        answer_internal(answer, "no memory");
        return;
    }
    print_hosts(out, &census);
    print_counters(out, &request->verifier->metrics);
    print_insides(out, request->verifier);
    fclose(out);
    answer_text(answer, 200, "text/plain; version=0.0.4", text);
    free(text);
}
