/* SPDX-License-Identifier: Apache-2.0 */
/* The command line's way to the server: REST with the operator's certificate, by libcurl. */
#ifndef ATTEST_VERIFIER_CLIENT_H
#define ATTEST_VERIFIER_CLIENT_H

#include "tools/common/command.h"

#include <jansson.h>
#include <stdbool.h>

#define CLIENT_OPTIONS 4u /* of a command that has none of its own */
#define CLIENT_MORE 4u    /* how many of its own a command may have */

/* What every such command takes, and the words on its command line. */
struct client {
    const char *folder, *server, *user;
    bool as_json;
    const char *words[2];
    size_t count;
};

/* Parses the command line. `line` has names, usage, help and how many words; `more` are its own options. True: go on. */
bool client_parse(struct client *client, struct command_line *line, const struct option *more, size_t more_count, int argc,
                  char **argv, int *exit_code);

/* Calls the server; takes the body (NULL: none). The answer's JSON (text, when it is none, as a JSON string), or NULL after an
 * error was printed. */
json_t *client_call(const struct client *client, const char *method, const char *path, json_t *body);

/* The same; prints the answer as JSON. Returns an exit code. */
int client_run(const struct client *client, const char *method, const char *path, json_t *body);

#endif
