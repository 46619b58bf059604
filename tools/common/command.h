/* SPDX-License-Identifier: Apache-2.0 */
/* What a subcommand of `bulkhead` is, and how it reads its command line. */
#ifndef TOOLS_COMMON_COMMAND_H
#define TOOLS_COMMON_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* Exit codes, the same for every subcommand. */
enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_FINDINGS = 1, /* something is wrong with the input, or the work failed */
    EXIT_CODE_USAGE = 2,    /* the command line is wrong */
};

/* A value given any number of times: --disk A=x --disk B=y. */
#define OPTION_LIST_MAX 32
struct option_list {
    size_t count;
    const char *values[OPTION_LIST_MAX];
};

/* One option. Exactly one of flag, value and list is set and says which kind it is. */
struct option {
    const char *name;     /* without the dashes */
    const char *argument; /* shown in the help; NULL for a flag */
    const char *help;
    bool *flag;
    const char **value;
    struct option_list *list;
};

/* A subcommand: one table entry of a program. run() gets argv[0] = the last word of its own name and returns an exit code. */
struct command {
    const char *name; /* one word, or two with a blank between */
    const char *summary;
    int (*run)(int argc, char **argv);
};

/* A program of subcommands, in the order in which an administrator meets them. */
struct command_program {
    const char *name;
    const char *purpose; /* one sentence */
    const char *more;    /* where else to read, behind the hint at --help; "" */
    const struct command *commands;
    size_t command_count;
};

/* Runs the subcommand that the command line names, or lists them all: on standard output for --help, -h and help, else on
 * standard error. Returns an exit code. */
int command_run(const struct command_program *program, int argc, char **argv);

/* What a subcommand accepts, for command_parse. `usage` is what stands behind its name; `help` says in a few lines what it
 * does. */
struct command_line {
    const char *program; /* NULL: bulkhead */
    const char *name;
    const char *usage;
    const char *help;
    const struct option *options;
    size_t option_count;
    size_t least, most; /* how many plain arguments */
};

enum command_parsed { COMMAND_GO, COMMAND_HELP_SHOWN, COMMAND_BAD_USAGE };

/* Sorts argv into options (anywhere on the line, --name VALUE or --name=VALUE; "--" ends them) and plain arguments,
 * which it moves to `arguments` (room for `most`). On --help prints the help; on a mistake says on stderr what is
 * wrong. */
enum command_parsed command_parse(const struct command_line *line, int argc, char **argv, const char **arguments,
                                  size_t *argument_count);

/* Says on stderr what is wrong with the options taken together, and how to call the command. Returns
 * EXIT_CODE_USAGE. */
int command_misused(const struct command_line *line, const char *what);

/* The exit code that goes with a command_parsed other than COMMAND_GO. */
int command_exit_code(enum command_parsed parsed);

#endif
