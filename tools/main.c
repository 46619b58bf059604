/* SPDX-License-Identifier: Apache-2.0 */
/* The bulkhead command: finds the subcommand and runs it. */
#include "core/lib/crypto.h"
#include "tools/commands.h"
#include "tools/common/command.h"

#include <stdio.h>
#include <string.h>

/* In the order in which an administrator meets them. */
static const struct command commands[] = {
    {"keygen", "make a signing key", cmd_keygen},
    {"check", "list what is wrong with a configuration", cmd_check},
    {"plan", "show who gets what on a machine", cmd_plan},
    {"machine", "read a machine's description from its console", cmd_machine},
    {"sign", "complete and sign a configuration", cmd_sign},
    {"manifest", "make and check the list of keys that may sign configurations", cmd_manifest},
    {"verify", "check a signed configuration against a key", cmd_verify},
    {"bundle", "make a boot medium", cmd_bundle},
    {"sb-keys", "make Secure Boot keys of one's own", cmd_sb_keys},
    {"predict", "compute what a machine will measure", cmd_predict},
    {"release", "write what a verifier needs to know of a release", cmd_release},
    {"run", "start the described machine in QEMU", cmd_run},
    {"size", "count lines and bytes of boot stage and monitor", cmd_size},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void print_commands(FILE *stream)
{
    fprintf(stream, "usage: bulkhead COMMAND [ARGUMENTS]\n\n"
                    "Cuts one server into fixed compartments, as a signed configuration says.\n\ncommands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(stream, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fprintf(stream, "\n'bulkhead COMMAND --help' tells more about each.\n");
}

int main(int argc, char **argv)
{
    static _Alignas(16) unsigned char heap[1 << 20];
    crypto_init(heap, sizeof heap);
    if (argc < 2) {
        print_commands(stderr);
        return EXIT_CODE_USAGE;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_commands(stdout);
        return EXIT_CODE_OK;
    }
    fprintf(stderr, "bulkhead: there is no command '%s'\n\n", argv[1]);
    print_commands(stderr);
    return EXIT_CODE_USAGE;
}
