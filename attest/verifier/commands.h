/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands of bulkhead-verifier. Each returns an enum exit_code (tools/common/command.h). */
#ifndef ATTEST_VERIFIER_COMMANDS_H
#define ATTEST_VERIFIER_COMMANDS_H

/* on the data folder: cmd_init.c, cmd_renew_server.c, cmd_serve.c, cmd_user.c, cmd_audit.c, cmd_appraise.c */
int cmd_init(int argc, char **argv);
int cmd_renew_server(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_user_add(int argc, char **argv);
int cmd_user_revoke(int argc, char **argv);
int cmd_audit_verify(int argc, char **argv);
int cmd_appraise(int argc, char **argv);
int cmd_routes(int argc, char **argv);

/* through the server, with the operator's certificate: cmd_hosts.c, cmd_releases.c, cmd_admin.c, cmd_status.c */
int cmd_status(int argc, char **argv);
int cmd_token_create(int argc, char **argv);
int cmd_token_list(int argc, char **argv);
int cmd_hosts_list(int argc, char **argv);
int cmd_hosts_show(int argc, char **argv);
int cmd_hosts_history(int argc, char **argv);
int cmd_hosts_approve(int argc, char **argv);
int cmd_hosts_quarantine(int argc, char **argv);
int cmd_hosts_release(int argc, char **argv);
int cmd_hosts_retire(int argc, char **argv);
int cmd_hosts_group(int argc, char **argv);
int cmd_hosts_pin(int argc, char **argv);
int cmd_release_import(int argc, char **argv);
int cmd_release_list(int argc, char **argv);
int cmd_release_show(int argc, char **argv);
int cmd_release_activate(int argc, char **argv);
int cmd_release_deprecate(int argc, char **argv);
int cmd_release_revoke(int argc, char **argv);
int cmd_policy(int argc, char **argv);
int cmd_audit_show(int argc, char **argv);
int cmd_audit_checkpoint(int argc, char **argv);

#endif
