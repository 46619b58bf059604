/* SPDX-License-Identifier: Apache-2.0 */
/* The webhook's HTTP client: libcurl, http and https, no redirects. */
#include "attest/verifier/webhook.h"

#include "attest/lib/hash.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct webhook {
    CURL *curl;
    char *url, *ca;
    uint8_t *key;
    size_t key_size;
};

static size_t ignore_answer(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    (void)context;
    return size * count;
}

struct webhook *webhook_open(const char *url, const char *ca, const char *key, size_t key_size)
{
    struct webhook *webhook = calloc(1, sizeof *webhook);
    if (webhook == NULL)
        return NULL;
    webhook->curl = curl_easy_init();
    webhook->url = strdup(url);
    webhook->ca = ca != NULL ? strdup(ca) : NULL;
    webhook->key = malloc(key_size + 1);
    webhook->key_size = key_size;
    if (webhook->curl == NULL || webhook->url == NULL || webhook->key == NULL || (ca != NULL && webhook->ca == NULL)) {
        webhook_close(webhook);
        return NULL;
    }
    if (key_size > 0)
        memcpy(webhook->key, key, key_size);
    return webhook;
}

void webhook_close(struct webhook *webhook)
{
    if (webhook == NULL)
        return;
    curl_easy_cleanup(webhook->curl);
    free(webhook->url);
    free(webhook->ca);
    free(webhook->key);
    free(webhook);
}

static void set_options(struct webhook *webhook, const char *body, long most_ms, struct curl_slist *headers)
{
    CURL *curl = webhook->curl;
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, webhook->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, most_ms);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore_answer);
    if (webhook->ca != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, webhook->ca);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
}

bool webhook_post(struct webhook *webhook, const char *body, long most_ms)
{
    uint8_t mac[HASH_SHA256_SIZE];
    char hex[2 * HASH_SHA256_SIZE + 1], line[128];
    long status = 0;
    hash_hmac_sha256(webhook->key, webhook->key_size, body, strlen(body), mac);
    hash_to_hex(mac, sizeof mac, hex);
    snprintf(line, sizeof line, "X-Bulkhead-Signature: sha256=%s", hex);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, line);
    set_options(webhook, body, most_ms, headers);
    bool sent = curl_easy_perform(webhook->curl) == CURLE_OK &&
                curl_easy_getinfo(webhook->curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status / 100 == 2;
    curl_slist_free_all(headers);
    return sent;
}
