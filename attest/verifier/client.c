/* SPDX-License-Identifier: Apache-2.0 */
/* Calls the server, and prints errors as the other commands do. */
#include "attest/verifier/client.h"

#include "attest/verifier/data.h"
#include "tools/common/print.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX (64u << 20)

static const struct rule rule_call = {
    "ATT-877", "the verifier cannot be reached", "a running verifier, and certificates of its CA",
    "see whether it runs, and --server and --data"};

struct received {
    char *bytes;
    size_t size;
};

bool client_parse(struct client *client, struct command_line *line, const struct option *more, size_t more_count, int argc,
                  char **argv, int *exit_code)
{
    struct option options[CLIENT_OPTIONS + CLIENT_MORE] = {
        {.name = "data", .argument = "DIR", .help = "the folder with the CA and your certificate", .value = &client->folder},
        {.name = "server", .argument = "URL", .help = "instead of verifier.json's", .value = &client->server},
        {.name = "user", .argument = "NAME", .help = "use NAME.pem and NAME.key (operator)", .value = &client->user},
        {.name = "json", .help = "print the answer as JSON", .flag = &client->as_json},
    };
    for (size_t i = 0; i < more_count && i < CLIENT_MORE; i++)
        options[CLIENT_OPTIONS + i] = more[i];
    line->program = "bulkhead-verifier";
    line->options = options;
    line->option_count = CLIENT_OPTIONS + more_count;
    enum command_parsed parsed = command_parse(line, argc, argv, client->words, &client->count);
    *exit_code = command_exit_code(parsed);
    client->folder = data_folder(client->folder);
    return parsed == COMMAND_GO;
}

static size_t receive(char *bytes, size_t size, size_t count, void *context)
{
    struct received *received = context;
    size_t more = size * count;
    if (received->size + more > ANSWER_MAX)
        return 0;
    char *grown = realloc(received->bytes, received->size + more + 1);
    if (grown == NULL)
        return 0;
    received->bytes = grown;
    memcpy(grown + received->size, bytes, more);
    received->size += more;
    grown[received->size] = '\0';
    return more;
}

static bool set_files(CURL *curl, const struct client *client)
{
    struct report report;
    char path[DATA_PATH_MAX], file[80];
    const char *user = client->user != NULL ? client->user : "operator";
    data_path(client->folder, "ca.pem", path);
    /* This CA alone: by default the system's folder of public CAs would count, too. */
    curl_easy_setopt(curl, CURLOPT_CAINFO, path);
    curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    snprintf(file, sizeof file, "%.64s.pem", user);
    data_path(client->folder, file, path);
    curl_easy_setopt(curl, CURLOPT_SSLCERT, path);
    snprintf(file, sizeof file, "%.64s.key", user);
    data_path(client->folder, file, path);
    curl_easy_setopt(curl, CURLOPT_SSLKEY, path);
    report_init(&report);
    bool good = data_is_private(path, &report);
    print_report(stderr, &report);
    return good;
}

/* Says what an answer that is an error says. */
static void print_error(long status, json_t *answer)
{
    const char *code = "", *text = "", *found = "", *expected = "";
    if (json_unpack(answer, "{s:{s:s, s:s, s:s, s:s}}", "error", "code", &code, "text", &text, "found", &found, "expected",
                    &expected) == 0)
        fprintf(stderr, "%s %s\n  found     %s\n  expected  %s\n", code, text, found, expected);
    else
        fprintf(stderr, "bulkhead-verifier: the server answered with status %ld\n", status);
}

static json_t *read_answer(const struct received *received, long status)
{
    json_t *answer = json_loadb(received->bytes != NULL ? received->bytes : "", received->size, JSON_DECODE_ANY, NULL);
    if (status / 100 == 2)
        return answer != NULL ? answer : json_stringn(received->bytes != NULL ? received->bytes : "", received->size);
    print_error(status, answer);
    json_decref(answer);
    return NULL;
}

static bool find_server(const struct client *client, char *server, size_t size)
{
    struct data_config config;
    struct report report;
    report_init(&report);
    if (client->server != NULL) {
        snprintf(server, size, "%s", client->server);
        return true;
    }
    if (!data_read_config(client->folder, &config, &report)) {
        print_report(stderr, &report);
        return false;
    }
    snprintf(server, size, "%s", config.url);
    return true;
}

static json_t *perform(CURL *curl, const char *url)
{
    struct received received = {0};
    struct report report;
    long status = 0;
    report_init(&report);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &received);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    json_t *answer = NULL;
    if (code == CURLE_OK)
        answer = read_answer(&received, status);
    else
        report_add(&report, &rule_call, url, "%s", curl_easy_strerror(code));
    print_report(stderr, &report);
    free(received.bytes);
    return answer;
}

json_t *client_call(const struct client *client, const char *method, const char *path, json_t *body)
{
    char server[512], url[1024];
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    CURL *curl = find_server(client, server, sizeof server) ? curl_easy_init() : NULL;
    if (curl == NULL) {
        free(text);
        return NULL;
    }
    snprintf(url, sizeof url, "%s%s", server, path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 120L);
    if (!set_files(curl, client)) {
        curl_easy_cleanup(curl);
        free(text);
        return NULL;
    }
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (strcmp(method, "GET") != 0)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text != NULL ? text : "");
    json_t *answer = perform(curl, url);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    free(text);
    return answer;
}

int client_run(const struct client *client, const char *method, const char *path, json_t *body)
{
    json_t *answer = client_call(client, method, path, body);
    if (answer == NULL)
        return EXIT_CODE_FINDINGS;
    char *text = json_dumps(answer, JSON_INDENT(2) | JSON_ENCODE_ANY);
    if (text != NULL)
        puts(text);
    free(text);
    json_decref(answer);
    return EXIT_CODE_OK;
}
