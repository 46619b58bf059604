/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-verifier serve: opens everything, serves until it is told to stop, closes everything. */
#include "attest/verifier/audit.h"
#include "attest/verifier/challenge.h"
#include "attest/verifier/commands.h"
#include "attest/verifier/data.h"
#include "attest/verifier/http.h"
#include "attest/verifier/notifier.h"
#include "attest/verifier/watch.h"
#include "tools/common/command.h"
#include "tools/common/file.h"
#include "tools/common/print.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>

struct serve {
    const char *folder, *listen, *connections, *per_address, *idle;
    const char *webhook, *webhook_key, *webhook_ca;
    bool no_tls, echo;
};

static const struct rule rule_option = {
    "ATT-876", "an option's value cannot be used", "ADDRESS:PORT, a number, or a file that can be read", "see --help"};

static const struct rule rule_folder = {
    "ATT-843", "another server runs on the data folder, or the folder cannot be opened", "one `serve` a folder",
    "end the other one first; give a second verifier a folder and a database of its own"};

/* Everything a running verifier holds; closed in the reverse order. */
struct running {
    struct data_config config;
    struct verifier verifier;
    char server_pem[AUTHORITY_PEM_MAX], server_key[AUTHORITY_PEM_MAX];
    char address[80];
    struct watch *watch;
    struct http *http;
};

/* Two servers on one folder would not see each other's releases, settings and challenges. The lock is the process's: it ends
 * with it, however it ends. */
static bool lock_folder(const char *folder, struct report *report)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
    return report_unless(good, report, &rule_folder, folder, "%s", fd < 0 ? "no folder that can be opened" : "a locked folder");
}

static bool open_keys(struct running *running, const char *folder, struct report *report)
{
    struct verifier *verifier = &running->verifier;
    struct data_signer signer;
    unsigned certificates;
    char path[DATA_PATH_MAX];
    struct report unused;
    report_init(&unused);
    if (!data_read_config(folder, &running->config, report) || !data_read_signer(folder, &signer, report) ||
        !data_read_text(folder, "server.pem", running->server_pem, sizeof running->server_pem, report) ||
        !data_read_key(folder, "server.key", running->server_key, sizeof running->server_key, report))
        return false;
    verifier->signing = signer.secret;
    verifier->signing_public = signer.public;
    memcpy(verifier->key_id, signer.id, sizeof signer.id);
    verifier->developer = running->config.name;
    verifier->authority = data_open_authority(folder, verifier->ca_pem, report);
    data_path(folder, "ek-ca", path);
    verifier->ek_bundle = ek_bundle_load(path, &certificates, &unused);
    print_report(stderr, &unused);
    fprintf(stderr, "bulkhead-verifier: %u CA certificates of TPM makers\n", certificates);
    return verifier->authority != NULL && verifier->ek_bundle != NULL;
}

static bool open_store(struct running *running, const struct serve *serve, struct report *report)
{
    struct verifier *verifier = &running->verifier;
    char where[DATA_PATH_MAX], error[256] = "out of memory";
    if (!data_database(serve->folder, NULL, where, report))
        return false;
    verifier->store = store_open(where, audit_seal, &verifier->signing, error, sizeof error);
    verifier->book = verifier->store != NULL ? release_book_create() : NULL;
    verifier->challenges = challenges_make();
    if (verifier->book == NULL || verifier->challenges == NULL) {
        data_report_database(report, error);
        return false;
    }
    struct db *db = store_borrow(verifier->store);
    bool good = settings_read(db, &verifier->settings) && release_book_load(verifier->book, db);
    if (!good)
        data_report_database(report, db->error);
    store_return(verifier->store, db);
    return good;
}

static bool start_notifier(struct running *running, const struct serve *serve, struct report *report)
{
    struct file_bytes key = {0};
    struct notifier_options options = {.url = serve->webhook, .ca = serve->webhook_ca, .echo = serve->echo};
    if (serve->webhook_key != NULL &&
        (!data_is_private(serve->webhook_key, report) || !file_read(serve->webhook_key, NOTIFIER_KEY_MAX, &key, report)))
        return false;
    while (key.size > 0 && key.data[key.size - 1] == '\n')
        key.size--;
    /* An unsigned event is one that anybody could have sent. */
    if (serve->webhook != NULL &&
        !report_unless(key.size > 0, report, &rule_option, "--webhook-key", "no key for --webhook")) {
        file_bytes_free(&key);
        return false;
    }
    options.key = (const char *)key.data;
    options.key_size = key.size;
    running->verifier.notifier = notifier_start(&options);
    file_bytes_free(&key);
    return report_unless(running->verifier.notifier != NULL, report, &rule_option, "--webhook", "%s",
                         serve->webhook != NULL ? serve->webhook : "");
}

/* ADDRESS:PORT or [ADDRESS]:PORT. */
static bool read_listen(struct running *running, const char *text, uint16_t *port, struct report *report)
{
    const char *colon = strrchr(text, ':');
    char *end = NULL;
    unsigned long number = colon != NULL ? strtoul(colon + 1, &end, 10) : 65536;
    bool good = colon != NULL && end != colon + 1 && *end == '\0' && number < 65536 &&
                (size_t)(colon - text) < sizeof running->address;
    if (!report_unless(good, report, &rule_option, "--listen", "%s", text))
        return false;
    bool brackets = text[0] == '[' && colon > text + 1 && colon[-1] == ']';
    snprintf(running->address, sizeof running->address, "%.*s", (int)(colon - text) - 2 * brackets, text + brackets);
    *port = (uint16_t)number;
    return true;
}

/* Each connection takes a descriptor. */
static void raise_limits(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* An option's number; without the option *number stays. */
static bool read_number(const char *option, const char *text, unsigned least, unsigned most, unsigned *number,
                        struct report *report)
{
    char *end = NULL;
    if (text == NULL)
        return true;
    unsigned long value = strtoul(text, &end, 10);
    bool good = text[0] >= '0' && text[0] <= '9' && *end == '\0' && value >= least && value <= most;
    *number = good ? (unsigned)value : *number;
    return report_unless(good, report, &rule_option, option, "%s, not %u to %u", text, least, most);
}

static bool start_http(struct running *running, const struct serve *serve, struct report *report)
{
    struct http_listen listen = {.address = running->address, .connections = HTTP_CONNECTIONS, .idle_s = HTTP_IDLE_S};
    if (!read_listen(running, serve->listen != NULL ? serve->listen : running->config.listen, &listen.port, report) ||
        !read_number("--connections", serve->connections, 1, 100000, &listen.connections, report) ||
        !read_number("--connections-per-address", serve->per_address, 1, listen.connections, &listen.per_address, report) ||
        !read_number("--idle", serve->idle, HTTP_IDLE_S, 86400, &listen.idle_s, report))
        return false;
    if (!serve->no_tls) {
        listen.certificate_pem = running->server_pem;
        listen.key_pem = running->server_key;
        listen.ca_pem = running->verifier.ca_pem;
    }
    running->verifier.no_tls = serve->no_tls;
    raise_limits();
    running->http = http_start(&running->verifier, &listen, report);
    return running->http != NULL;
}

/* Returns when SIGTERM or SIGINT arrives. */
static void wait_for_end(const struct running *running, const sigset_t *signals)
{
    int received;
    printf("bulkhead-verifier: listens on %s://%s:%u\n", running->verifier.no_tls ? "http" : "https", running->address,
           http_port(running->http));
    fflush(stdout);
    sigwait(signals, &received);
}

static void close_all(struct running *running)
{
    struct verifier *verifier = &running->verifier;
    if (running->http != NULL)
        http_stop(running->http);
    if (running->watch != NULL)
        watch_stop(running->watch);
    if (verifier->notifier != NULL)
        notifier_stop(verifier->notifier);
    challenges_free(verifier->challenges);
    release_book_free(verifier->book);
    store_close(verifier->store);
    ek_bundle_free(verifier->ek_bundle);
    authority_close(verifier->authority);
    explicit_bzero(&verifier->signing, sizeof verifier->signing);
    explicit_bzero(running->server_key, sizeof running->server_key);
}

/* A request's JSON is hundreds of small blocks. Without fastbins they are merged when they are freed; with them, whenever a
 * large block is freed, all of the heap's at once (glibc's mallopt(3), M_MXFAST). */
static void tune_heap(void)
{
    (void)mallopt(M_MXFAST, 0); /* refused: slower, not wrong */
}

static int serve(const struct serve *serve)
{
    static struct running running;
    struct report report;
    sigset_t signals;
    report_init(&report);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    tune_heap();
    running.verifier.data = serve->folder;
    running.verifier.metrics.started = verifier_now();
    pthread_mutex_init(&running.verifier.settings_change, NULL);
    pthread_rwlock_init(&running.verifier.settings_lock, NULL);
    bool good = lock_folder(serve->folder, &report) && open_keys(&running, serve->folder, &report) &&
                open_store(&running, serve, &report) && start_notifier(&running, serve, &report);
    running.watch = good ? watch_start(&running.verifier) : NULL;
    good = running.watch != NULL && start_http(&running, serve, &report);
    if (good)
        wait_for_end(&running, &signals);
    close_all(&running);
    return good ? EXIT_CODE_OK : print_verdict(&report, false);
}

int cmd_serve(int argc, char **argv)
{
    struct serve arguments = {0};
    const char *unused[1];
    const struct option options[] = {
        {.name = "data", .argument = "DIR", .help = "the data folder", .value = &arguments.folder},
        {.name = "listen", .argument = "ADDRESS:PORT", .help = "instead of verifier.json's; port 0: any",
         .value = &arguments.listen},
        {.name = "connections", .argument = "N", .help = "at once (4096)", .value = &arguments.connections},
        {.name = "connections-per-address", .argument = "N", .help = "of them from one address (any number)",
         .value = &arguments.per_address},
        {.name = "idle", .argument = "SECONDS", .help = "a connection with a certificate may wait between requests (30)",
         .value = &arguments.idle},
        {.name = "webhook", .argument = "URL", .help = "post changes of state there", .value = &arguments.webhook},
        {.name = "webhook-key", .argument = "FILE", .help = "the key that signs them", .value = &arguments.webhook_key},
        {.name = "webhook-ca", .argument = "FILE", .help = "the CA of that server", .value = &arguments.webhook_ca},
        {.name = "echo", .help = "show syslog's lines on stderr, too", .flag = &arguments.echo},
        {.name = "no-tls", .help = "believe whoever calls; loopback only, for benchmarks", .flag = &arguments.no_tls},
    };
    const struct command_line line = {.program = "bulkhead-verifier", .name = "serve", .usage = "--data DIR",
                                      .help = "Runs the verifier until SIGTERM or SIGINT.", .options = options,
                                      .option_count = sizeof options / sizeof options[0]};
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, unused, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    arguments.folder = data_folder(arguments.folder);
    return serve(&arguments);
}
