/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands of `bulkhead`, one file each (tools/cmd_NAME.c). Each returns an enum exit_code. */
#ifndef TOOLS_COMMANDS_H
#define TOOLS_COMMANDS_H

int cmd_bundle(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_keygen(int argc, char **argv);
int cmd_machine(int argc, char **argv);
int cmd_manifest(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_predict(int argc, char **argv);
int cmd_release(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_sb_keys(int argc, char **argv);
int cmd_sign(int argc, char **argv);
int cmd_size(int argc, char **argv);
int cmd_verify(int argc, char **argv);

#endif
