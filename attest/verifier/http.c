/* SPDX-License-Identifier: Apache-2.0 */
/* Receives requests with limits on everything, and hands them to their routes. */
#include "attest/verifier/http.h"

#include "attest/verifier/body.h"
#include "attest/verifier/deadline.h"
#include "attest/verifier/identity.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>

/* Bytes of a connection's buffers: request line and headers must fit. */
#define HEADERS_MAX (16u << 10)
#define DISCARD_MAX (1u << 20)
#define STACK_SIZE (1u << 20)
/* Current curves and ciphers; no session tickets, no renegotiation. */
#define PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:%SERVER_PRECEDENCE"

static const struct rule rule_listen = {
    "ATT-870", "the server cannot listen", "a numeric address and a free port; loopback when TLS is off",
    "choose another --listen address"};
static const struct rule rule_body = {
    "ATT-806", "the body is too large", "at most the size that openapi.yaml gives", "send less"};
static const struct rule rule_json = {
    "ATT-807", "the body is not JSON, or no object", "one JSON object in UTF-8, no member twice", "correct the body"};
static const struct rule rule_values = {
    "ATT-840", "the body has too many values", "at most as many of [ { , : outside texts as openapi.yaml gives",
    "compare the body with docs/attestation.md"};
static const struct rule rule_busy = {
    "ATT-808", "the verifier has too much to do", "fewer requests at once", "try again later"};
static const struct rule rule_certificate = {
    "ATT-809", "the client certificate is not one of this verifier", "a certificate of its CA with a role, in its time",
    "use another certificate"};

struct http {
    struct verifier *verifier;
    struct MHD_Daemon *daemon;
    struct deadlines *deadlines;
    unsigned idle_s;
    atomic_size_t bodies; /* bytes that bodies being received may take */
};

/* What is known of a connection from its start to its end. */
struct connection {
    struct deadline deadline;
    bool identified, identity_good;
    bool may_idle; /* for as long as http->idle_s */
    struct caller caller;
};

/* One request while it arrives. */
struct arrival {
    const struct route *route; /* NULL: already refused */
    char parameter[PARAMETER_MAX + 1];
    struct answer answer;      /* filled when refused */
    size_t promised;           /* bytes counted in http->bodies */
    size_t size, discarded;
    char *body;
};

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http *http = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
        struct connection *connection = calloc(1, sizeof *connection);
        if (connection != NULL)
            deadline_begin(http->deadlines, &connection->deadline, info->connect_fd);
        *socket_context = connection;
    } else if (*socket_context != NULL) {
        struct connection *connection = *socket_context;
        deadline_end(http->deadlines, &connection->deadline);
        free(connection);
        *socket_context = NULL;
    }
}

/* Without TLS, which only loopback allows, callers are believed: for benchmarks. */
static void believe(struct MHD_Connection *mhd, struct caller *caller)
{
    const char *role = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "X-Bulkhead-Role");
    const char *name = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "X-Bulkhead-Name");
    *caller = (struct caller){.role = ROLE_NONE};
    if (role != NULL && name != NULL && name_is_good(name) && role_read(role, &caller->role))
        memcpy(caller->name, name, strlen(name) + 1);
}

/* Once a connection; without TLS once a request. Who has a certificate may keep the connection longer. */
static void identify(const struct http *http, struct MHD_Connection *mhd, struct connection *connection)
{
    if (http->verifier->no_tls) {
        believe(mhd, &connection->caller);
        connection->identity_good = true;
    } else if (!connection->identified) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
        connection->identity_good = info != NULL && identity_read(info->tls_session, &connection->caller);
        connection->identified = true;
    }
    if (!connection->may_idle && connection->caller.role != ROLE_NONE)
        connection->may_idle = MHD_set_connection_option(mhd, MHD_CONNECTION_OPTION_TIMEOUT, http->idle_s) == MHD_YES;
}

/* The declared length; SIZE_MAX when there is none or it is no number. */
static size_t declared_length(struct MHD_Connection *mhd)
{
    const char *text = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return SIZE_MAX;
    char *end;
    unsigned long long length = strtoull(text, &end, 10);
    return *end == '\0' ? (size_t)length : SIZE_MAX;
}

/* Makes room for a body of the declared length, or of the most the route takes. */
static void make_room(struct http *http, struct MHD_Connection *mhd, struct arrival *arrival)
{
    size_t length = declared_length(mhd), most = arrival->route->most.bytes;
    if (most == 0)
        return;
    if (length != SIZE_MAX && length > most) {
        answer_refuse(&arrival->answer, 413, &rule_body, "%zu bytes where %zu are allowed", length, most);
        arrival->route = NULL;
        return;
    }
    arrival->promised = length != SIZE_MAX ? length : most;
    bool fits = atomic_fetch_add(&http->bodies, arrival->promised) + arrival->promised <= HTTP_BODIES_MAX;
    arrival->body = fits ? malloc(arrival->promised + 1) : NULL;
    if (arrival->body == NULL) {
        answer_refuse(&arrival->answer, 503, &rule_busy, "too many bodies at once");
        arrival->route = NULL;
    }
}

/* After the headers: decides everything that can be decided without the body. */
static struct arrival *begin(struct http *http, struct MHD_Connection *mhd, struct connection *connection,
                             const char *method, const char *path)
{
    bool other = false;
    struct arrival *arrival = calloc(1, sizeof *arrival);
    if (arrival == NULL)
        return NULL;
    deadline_shorten(http->deadlines, &connection->deadline, DEADLINE_RECEIVE_S);
    identify(http, mhd, connection);
    arrival->route = route_find(method, path, arrival->parameter, &other);
    if (!connection->identity_good) {
        answer_refuse(&arrival->answer, 403, &rule_certificate, "another certificate");
        arrival->route = NULL;
    } else if (arrival->route == NULL) {
        route_refuse_unknown(&arrival->answer, other);
    } else if (!route_allows(arrival->route, &connection->caller, arrival->parameter)) {
        route_refuse_role(&arrival->answer, arrival->route, &connection->caller);
        arrival->route = NULL;
    } else {
        make_room(http, mhd, arrival);
    }
    return arrival;
}

/* Takes a piece of the body. What belongs to a refused request is thrown away, so that its sender reads the answer. */
static enum MHD_Result receive(struct arrival *arrival, const char *bytes, size_t *size)
{
    if (arrival->body != NULL && *size <= arrival->promised - arrival->size) {
        memcpy(arrival->body + arrival->size, bytes, *size);
        arrival->size += *size;
    } else {
        if (arrival->route != NULL)
            answer_refuse(&arrival->answer, 413, &rule_body, "more than %zu bytes", arrival->route->most.bytes);
        arrival->route = NULL;
        arrival->discarded += *size;
    }
    *size = 0;
    return arrival->discarded <= DISCARD_MAX ? MHD_YES : MHD_NO;
}

static const char *query_value(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

static const char *bearer_of(struct MHD_Connection *mhd)
{
    const char *text = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
    return text != NULL && strncmp(text, "Bearer ", 7) == 0 ? text + 7 : NULL;
}

/* The body's object. No body says as much as an empty one. NULL: the answer is filled. */
static json_t *parse(struct arrival *arrival)
{
    if (arrival->size == 0)
        return json_object();
    /* Before the parser: what it makes of a body may be seventy times as large. */
    if (!body_has_at_most(arrival->body, arrival->size, arrival->route->most.values)) {
        answer_refuse(&arrival->answer, 413, &rule_values, "more than %zu", arrival->route->most.values);
        return NULL;
    }
    json_t *body = json_loadb(arrival->body, arrival->size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(body))
        return body;
    answer_refuse(&arrival->answer, 400, &rule_json, "%zu bytes", arrival->size);
    json_decref(body);
    return NULL;
}

/* The whole request is here. */
static void handle(struct http *http, struct MHD_Connection *mhd, const struct connection *connection,
                   struct arrival *arrival)
{
    bool takes_body = arrival->route->most.bytes > 0;
    json_t *body = takes_body ? parse(arrival) : NULL;
    if (takes_body && body == NULL)
        return;
    struct request request = {.verifier = http->verifier, .caller = &connection->caller, .now = verifier_now(),
                              .settings = verifier_settings(http->verifier), .body = body, .bearer = bearer_of(mhd),
                              .query = query_value, .connection = mhd};
    memcpy(request.parameter, arrival->parameter, sizeof request.parameter);
    bool anyone = (arrival->route->roles & MAY(ROLE_NONE)) != 0;
    if (anyone || route_admit(&request, &arrival->answer))
        arrival->route->handle(&request, &arrival->answer);
    json_decref(body);
}

static enum MHD_Result send_answer(struct http *http, struct MHD_Connection *mhd, struct answer *answer)
{
    bool made = answer->text != NULL;
    unsigned status = made ? answer->status : 500;
    const char *text = made ? answer->text : ANSWER_WITHOUT_MEMORY;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(text), (void *)(uintptr_t)text, made ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return MHD_NO;
    answer->text = NULL; /* the response frees it */
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, made ? answer->content_type : "application/json");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (made && answer->retry_after_s > 0) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%u", answer->retry_after_s);
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    enum MHD_Result queued = MHD_queue_response(mhd, status, response);
    MHD_destroy_response(response);
    atomic_fetch_add(&http->verifier->metrics.requests[status / 100 % 6], 1);
    return queued;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *mhd, const char *path, const char *method,
                                  const char *version, const char *bytes, size_t *size, void **request_context)
{
    struct http *http = context;
    struct connection *connection = connection_of(mhd);
    struct arrival *arrival = *request_context;
    (void)version;
    if (connection == NULL)
        return MHD_NO;
    if (arrival == NULL) {
        *request_context = begin(http, mhd, connection, method, path);
        return *request_context != NULL ? MHD_YES : MHD_NO;
    }
    if (*size > 0)
        return receive(arrival, bytes, size);
    deadline_extend(http->deadlines, &connection->deadline, DEADLINE_ANSWER_S);
    if (arrival->route != NULL)
        handle(http, mhd, connection, arrival);
    return send_answer(http, mhd, &arrival->answer);
}

static void on_completed(void *context, struct MHD_Connection *mhd, void **request_context,
                         enum MHD_RequestTerminationCode code)
{
    struct http *http = context;
    struct connection *connection = connection_of(mhd);
    struct arrival *arrival = *request_context;
    (void)code;
    if (connection != NULL)
        deadline_extend(http->deadlines, &connection->deadline,
                        connection->may_idle ? http->idle_s : DEADLINE_RECEIVE_S);
    if (arrival == NULL)
        return;
    atomic_fetch_sub(&http->bodies, arrival->promised);
    answer_free(&arrival->answer);
    free(arrival->body);
    free(arrival);
    *request_context = NULL;
}

static void on_log(void *context, const char *format, va_list args)
{
    (void)context;
    (void)format;
    (void)args; /* clients that hang up or speak no TLS are no news */
}

static bool is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET)
        return ((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr == htonl(INADDR_LOOPBACK);
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

static bool read_address(const struct http_listen *listen, struct sockaddr_storage *address)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)address;
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, listen->address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(listen->port);
        return true;
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(listen->port);
    return inet_pton(AF_INET6, listen->address, &v6->sin6_addr) == 1;
}

static struct MHD_Daemon *start_daemon(struct http *http, const struct http_listen *listen,
                                       const struct sockaddr_storage *address)
{
    bool tls = listen->certificate_pem != NULL;
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ERROR_LOG |
                     (address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0u) | (tls ? MHD_USE_TLS : 0u);
    struct MHD_OptionItem secure[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)listen->certificate_pem},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)listen->key_pem},
        {MHD_OPTION_HTTPS_MEM_TRUST, 0, (void *)(uintptr_t)listen->ca_pem},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)PRIORITIES},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
    return MHD_start_daemon(flags, listen->port, NULL, NULL, on_request, http, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
                            MHD_OPTION_SOCK_ADDR, address, MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_CONNECTION_LIMIT,
                            listen->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT, listen->per_address,
                            MHD_OPTION_CONNECTION_TIMEOUT, HTTP_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)HEADERS_MAX, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_SIZE, MHD_OPTION_ARRAY,
                            tls ? secure : plain, MHD_OPTION_END);
}

struct http *http_start(struct verifier *verifier, const struct http_listen *listen, struct report *report)
{
    struct sockaddr_storage address;
    struct http *http = calloc(1, sizeof *http);
    if (http == NULL)
        return NULL;
    http->verifier = verifier;
    http->idle_s = listen->idle_s;
    bool good = report_unless(read_address(listen, &address), report, &rule_listen, listen->address, "no numeric address") &&
                report_unless(listen->certificate_pem != NULL || is_loopback(&address), report, &rule_listen,
                              listen->address, "no TLS on an address that others reach");
    http->deadlines = good ? deadlines_start(&verifier->metrics.cut_off) : NULL;
    http->daemon = http->deadlines != NULL ? start_daemon(http, listen, &address) : NULL;
    if (http->daemon != NULL)
        return http;
    report_unless(!good, report, &rule_listen, listen->address, "port %u", listen->port);
    if (http->deadlines != NULL)
        deadlines_stop(http->deadlines);
    free(http);
    return NULL;
}

uint16_t http_port(const struct http *http)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info != NULL ? info->port : 0;
}

void http_stop(struct http *http)
{
    MHD_stop_daemon(http->daemon);
    deadlines_stop(http->deadlines);
    free(http);
}
