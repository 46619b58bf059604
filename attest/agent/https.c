/* SPDX-License-Identifier: Apache-2.0 */
/* Requests by libcurl. */
#include "attest/agent/https.h"

#include "attest/agent/answer.h"
#include "attest/agent/wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_SECONDS 15L
#define WHOLE_SECONDS 60L
#define RETRY_AFTER_MOST_S 3600
#define AUTHORIZATION_MAX (ANSWER_TEXT_MAX + 32)

static const struct rule rule_unreachable = {
    "AGENT-840", "the verifier cannot be reached", "an HTTPS server at the setting verifier, known to ca-file",
    "check network, address, clock and ca-file; the agent tries again by itself"};
static const struct rule rule_refused = {
    "AGENT-841", "the verifier refuses", "a request that it takes", "the code is the verifier's: see docs/errors.md"};
static const struct rule rule_body = {
    "AGENT-842", "an answer is not what the verifier sends", "a JSON object of at most 1 MiB",
    "check that the setting verifier names a Bulkhead verifier"};
static const struct rule rule_too_much = {
    "AGENT-843", "there is more to send than the verifier takes", "at most 1 MiB",
    "the event log is the large part: see docs/agent.md, The event log"};
static const struct rule rule_memory = {
    "AGENT-844", "there is no memory", "a few MiB", "give the partition more, or find out what takes it"};

static const struct rule rule_library = {
    "AGENT-845", "libcurl cannot do what keeps strangers out", "TLS 1.3 alone, and the authority of ca-file alone",
    "use the libcurl of the attestation image, or one that was built with these"};

struct body {
    size_t size;
    char *bytes; /* HTTPS_BODY_MAX + 1 */
};

/* Takes what fits; taking less than all ends the transfer (CURLOPT_WRITEFUNCTION). */
static size_t take(char *bytes, size_t one, size_t size, void *context)
{
    struct body *body = context;
    (void)one; /* always 1 */
    if (size > HTTPS_BODY_MAX - body->size)
        return 0;
    memcpy(body->bytes + body->size, bytes, size);
    body->size += size;
    return size;
}

static int progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)context, (void)a, (void)b, (void)c, (void)d;
    return wait_stopped() ? 1 : 0;
}

/* What every request has. CAPATH would add the system's authorities to the one that counts; proxies of the environment are
 * none of the administrator's settings. False: libcurl cannot do what keeps strangers out. */
static bool set_basics(CURL *curl, const struct https *https, struct report *report)
{
    const CURLcode walls[] = {
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https"),
        curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3),
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L),
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L),
        curl_easy_setopt(curl, CURLOPT_CAINFO, https->settings->ca_file),
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL),
        curl_easy_setopt(curl, CURLOPT_PROXY, ""),
        curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L),
        curl_easy_setopt(curl, CURLOPT_CONNECT_TO, https->connect_to),
        curl_easy_setopt(curl, CURLOPT_SSLCERT, https->certificate),
        curl_easy_setopt(curl, CURLOPT_SSLKEY, https->key),
    };
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, WHOLE_SECONDS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "bulkhead-agent");
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, progress);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    for (size_t i = 0; i < sizeof walls / sizeof walls[0]; i++)
        if (!report_unless(walls[i] == CURLE_OK, report, &rule_library, "libcurl", "%s", curl_easy_strerror(walls[i])))
            return false;
    return true;
}

/* Any name, any port: go to that address. */
static struct curl_slist *make_connect_to(const char *address)
{
    char rule[SETTING_MAX + 8];
    snprintf(rule, sizeof rule, strchr(address, ':') != NULL ? "::[%s]:" : "::%s:", address);
    return curl_slist_append(NULL, rule);
}

bool https_init(struct https *https, const struct settings *settings, struct report *report)
{
    *https = (struct https){.settings = settings};
    https->curl = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init() : NULL;
    bool good = https->curl != NULL;
    if (good && settings->verifier_address[0] != '\0') {
        https->connect_to = make_connect_to(settings->verifier_address);
        good = https->connect_to != NULL;
    }
    return report_unless(good, report, &rule_memory, "libcurl", "none left") && set_basics(https->curl, https, report);
}

void https_free(struct https *https)
{
    curl_easy_cleanup(https->curl);
    curl_slist_free_all(https->connect_to);
    *https = (struct https){0};
}

/* A connection was made with the old certificate or without one: a fresh handle forgets it. */
bool https_use_certificate(struct https *https, const char *certificate, const char *key, struct report *report)
{
    CURL *fresh = curl_easy_init();
    if (!report_unless(fresh != NULL, report, &rule_memory, "libcurl", "none left"))
        return false;
    curl_easy_cleanup(https->curl);
    https->curl = fresh;
    https->certificate = certificate;
    https->key = key;
    return set_basics(fresh, https, report);
}

static bool check_transfer(CURLcode code, const char *error_text, const char *where, struct report *report)
{
    if (code == CURLE_OK)
        return true;
    if (code == CURLE_WRITE_ERROR)
        report_add(report, &rule_body, where, "more than %zu bytes", HTTPS_BODY_MAX);
    else
        report_add(report, &rule_unreachable, where, "%s", error_text[0] != '\0' ? error_text : curl_easy_strerror(code));
    return false;
}

/* The error object of docs/attestation.md; anything else is shown by its status alone. */
static void report_refusal(struct https *https, long status, const json_t *answer, const char *where, struct report *report)
{
    char text[96], found[64];
    const json_t *error = json_object_get(answer, "error");
    answer_quote_text(error, "code", https->refusal, sizeof https->refusal);
    answer_quote_text(error, "text", text, sizeof text);
    answer_quote_text(error, "found", found, sizeof found);
    report_add(report, &rule_refused, where, "status %ld, %s %s (%s)", status, https->refusal, text, found);
}

static bool read_answer(struct https *https, const struct body *body, const char *where, long *status, json_t **answer,
                        struct report *report)
{
    curl_off_t retry_after = 0;
    curl_easy_getinfo(https->curl, CURLINFO_RESPONSE_CODE, status);
    curl_easy_getinfo(https->curl, CURLINFO_RETRY_AFTER, &retry_after);
    if (retry_after > 0)
        https->retry_after_ms = (uint64_t)(retry_after < RETRY_AFTER_MOST_S ? retry_after : RETRY_AFTER_MOST_S) * 1000;
    *answer = json_loadb(body->bytes, body->size, JSON_REJECT_DUPLICATES, NULL);
    bool good = *status >= 200 && *status <= 299;
    if (!good)
        report_refusal(https, *status, *answer, where, report);
    else
        good = report_unless(json_is_object(*answer), report, &rule_body, where, "%zu bytes that are no JSON object",
                             body->size);
    if (!good) {
        json_decref(*answer);
        *answer = NULL;
    }
    return good;
}

/* Sends, with the headers in place. */
static bool transfer(struct https *https, const char *where, struct curl_slist *headers, const char *text,
                     struct body *body, struct report *report)
{
    char url[SETTING_MAX + 128], error_text[CURL_ERROR_SIZE] = "";
    snprintf(url, sizeof url, "%s%s", https->settings->verifier, where);
    curl_easy_setopt(https->curl, CURLOPT_URL, url);
    curl_easy_setopt(https->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(https->curl, CURLOPT_ERRORBUFFER, error_text);
    curl_easy_setopt(https->curl, CURLOPT_WRITEDATA, body);
    if (text == NULL) {
        curl_easy_setopt(https->curl, CURLOPT_HTTPGET, 1L);
    } else {
        curl_easy_setopt(https->curl, CURLOPT_POST, 1L);
        curl_easy_setopt(https->curl, CURLOPT_POSTFIELDS, text);
        curl_easy_setopt(https->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(text));
    }
    bool good = check_transfer(curl_easy_perform(https->curl), error_text, where, report);
    curl_easy_setopt(https->curl, CURLOPT_ERRORBUFFER, NULL);
    curl_easy_setopt(https->curl, CURLOPT_HTTPHEADER, NULL);
    return good;
}

static struct curl_slist *make_headers(const char *ticket)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:"); /* no second round trip before the body */
    if (ticket != NULL) {
        char line[AUTHORIZATION_MAX];
        snprintf(line, sizeof line, "Authorization: Bearer %s", ticket);
        headers = curl_slist_append(headers, line);
    }
    return headers;
}

/* `text` NULL: GET. */
static bool call(struct https *https, const char *path, const char *text, const char *ticket, long *status,
                 json_t **answer, struct report *report)
{
    struct body reply = {0, malloc(HTTPS_BODY_MAX + 1)};
    struct curl_slist *headers = make_headers(ticket);
    bool good = report_unless(reply.bytes != NULL && headers != NULL, report, &rule_memory, path, "none left");
    good = good && transfer(https, path, headers, text, &reply, report) &&
           read_answer(https, &reply, path, status, answer, report);
    curl_slist_free_all(headers);
    free(reply.bytes);
    return good;
}

bool https_get(struct https *https, const char *path, const char *ticket, long *status, json_t **answer,
               struct report *report)
{
    *status = 0;
    *answer = NULL;
    https->retry_after_ms = 0;
    https->refusal[0] = '\0';
    return call(https, path, NULL, ticket, status, answer, report);
}

bool https_post(struct https *https, const char *path, json_t *body, long *status, json_t **answer, struct report *report)
{
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    *status = 0;
    *answer = NULL;
    https->retry_after_ms = 0;
    https->refusal[0] = '\0';
    bool good = report_unless(text != NULL, report, &rule_memory, path, "none left") &&
                report_unless(strlen(text) <= HTTPS_BODY_MAX, report, &rule_too_much, path, "%zu bytes", strlen(text)) &&
                call(https, path, text, NULL, status, answer, report);
    free(text);
    return good;
}
