/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a program's subcommand; reads a subcommand's command line and prints its help. */
#include "tools/common/command.h"

#include <stdio.h>
#include <string.h>

static const char *program_of(const struct command_line *line)
{
    return line->program != NULL ? line->program : "bulkhead";
}

static void print_help(const struct command_line *line)
{
    printf("usage: %s %s %s\n\n%s\n", program_of(line), line->name, line->usage, line->help);
    if (line->option_count > 0)
        printf("\noptions:\n");
    for (size_t i = 0; i < line->option_count; i++) {
        const struct option *option = &line->options[i];
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", option->name, option->argument ? " " : "",
                 option->argument ? option->argument : "");
        printf("  %-26s %s\n", left, option->help);
    }
    printf("\nexit codes: 0 done, 1 refused or failed, 2 wrong command line\n");
}

static enum command_parsed bad_usage(const struct command_line *line, const char *what, const char *word)
{
    const char *program = program_of(line);
    fprintf(stderr, "%s %s: %s%s%s\nusage: %s %s %s\n('%s %s --help' tells more)\n", program, line->name, what,
            *word ? ": " : "", word, program, line->name, line->usage, program, line->name);
    return COMMAND_BAD_USAGE;
}

/* The option that `word` (without dashes, up to a '=') names, or NULL. */
static const struct option *find_option(const struct command_line *line, const char *word)
{
    size_t length = strcspn(word, "=");
    for (size_t i = 0; i < line->option_count; i++) {
        const char *name = line->options[i].name;
        if (strlen(name) == length && strncmp(name, word, length) == 0)
            return &line->options[i];
    }
    return NULL;
}

/* Stores one value; says in words why it cannot, else NULL. */
static const char *store_value(const struct option *option, const char *value)
{
    if (option->list != NULL) {
        if (option->list->count == OPTION_LIST_MAX)
            return "option given too often";
        option->list->values[option->list->count++] = value;
        return NULL;
    }
    if (*option->value != NULL)
        return "option given twice";
    *option->value = value;
    return NULL;
}

/* Takes the option at argv[*at], and its value, which may be the next word. */
static enum command_parsed take_option(const struct command_line *line, int argc, char **argv, int *at)
{
    const char *word = argv[*at];
    const struct option *option = strncmp(word, "--", 2) == 0 ? find_option(line, word + 2) : NULL;
    if (option == NULL)
        return bad_usage(line, "unknown option", word);
    const char *value = strchr(word, '=');
    if (option->flag != NULL) {
        if (value != NULL)
            return bad_usage(line, "option takes no value", word);
        *option->flag = true;
        return COMMAND_GO;
    }
    if (value != NULL)
        value++;
    else if (*at + 1 < argc)
        value = argv[++*at];
    else
        return bad_usage(line, "option needs a value", word);
    const char *problem = store_value(option, value);
    return problem == NULL ? COMMAND_GO : bad_usage(line, problem, word);
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

enum command_parsed command_parse(const struct command_line *line, int argc, char **argv, const char **arguments,
                                  size_t *argument_count)
{
    if (asks_for_help(argc, argv)) {
        print_help(line);
        return COMMAND_HELP_SHOWN;
    }
    bool only_arguments = false;
    *argument_count = 0;
    for (int i = 1; i < argc; i++) {
        if (!only_arguments && strcmp(argv[i], "--") == 0) {
            only_arguments = true;
        } else if (!only_arguments && argv[i][0] == '-' && argv[i][1] != '\0') {
            enum command_parsed parsed = take_option(line, argc, argv, &i);
            if (parsed != COMMAND_GO)
                return parsed;
        } else if (*argument_count == line->most) {
            return bad_usage(line, "one argument too many", argv[i]);
        } else {
            arguments[(*argument_count)++] = argv[i];
        }
    }
    if (*argument_count < line->least)
        return bad_usage(line, "an argument is missing", "");
    return COMMAND_GO;
}

int command_exit_code(enum command_parsed parsed)
{
    return parsed == COMMAND_BAD_USAGE ? EXIT_CODE_USAGE : EXIT_CODE_OK;
}

int command_misused(const struct command_line *line, const char *what)
{
    return command_exit_code(bad_usage(line, what, ""));
}

static void print_commands(const struct command_program *program, FILE *stream)
{
    int width = 0;
    for (size_t i = 0; i < program->command_count; i++)
        if (width < (int)strlen(program->commands[i].name))
            width = (int)strlen(program->commands[i].name);
    fprintf(stream, "usage: %s COMMAND [ARGUMENTS]\n\n%s\n\ncommands:\n", program->name, program->purpose);
    for (size_t i = 0; i < program->command_count; i++)
        fprintf(stream, "  %-*s  %s\n", width, program->commands[i].name, program->commands[i].summary);
    fprintf(stream, "\n'%s COMMAND --help' tells more about each%s.\n", program->name, program->more);
}

/* How many words of the command line `name` is; 0: it is another command. */
static int matching_words(const char *name, int argc, char **argv)
{
    size_t first = strcspn(name, " ");
    if (argc < 2 || strlen(argv[1]) != first || strncmp(name, argv[1], first) != 0)
        return 0;
    if (name[first] == '\0')
        return 1;
    return argc > 2 && strcmp(name + first + 1, argv[2]) == 0 ? 2 : 0;
}

/* A word that commands of two words begin with. */
static bool begins_two(const struct command_program *program, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i < program->command_count; i++)
        if (strncmp(program->commands[i].name, word, length) == 0 && program->commands[i].name[length] == ' ')
            return true;
    return false;
}

int command_run(const struct command_program *program, int argc, char **argv)
{
    for (size_t i = 0; i < program->command_count; i++) {
        int words = matching_words(program->commands[i].name, argc, argv);
        if (words > 0)
            return program->commands[i].run(argc - words, argv + words);
    }
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)) {
        print_commands(program, stdout);
        return EXIT_CODE_OK;
    }
    if (argc > 1) {
        const char *second = argc > 2 && begins_two(program, argv[1]) ? argv[2] : "";
        fprintf(stderr, "%s: there is no command '%s%s%s'\n\n", program->name, argv[1], *second ? " " : "", second);
    }
    print_commands(program, stderr);
    return EXIT_CODE_USAGE;
}
