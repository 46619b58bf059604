/* SPDX-License-Identifier: Apache-2.0 */
/* The bulkhead command: finds the subcommand and runs it. */
#include "core/lib/crypto.h"
#include "tools/commands.h"
#include "tools/common/command.h"

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

int main(int argc, char **argv)
{
    const struct command_program program = {
        .name = "bulkhead",
        .purpose = "Cuts one server into fixed compartments, as a signed configuration says.",
        .more = "",
        .commands = commands,
        .command_count = sizeof commands / sizeof commands[0],
    };
    static _Alignas(16) unsigned char heap[1 << 20];
    crypto_init(heap, sizeof heap);
    return command_run(&program, argc, argv);
}
