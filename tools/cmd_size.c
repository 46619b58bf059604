/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead size: counts what runs on the machine: lines of source, and the bytes of the monitor that stay in memory. */
#include "tools/commands.h"
#include "tools/common/command.h"
#include "tools/common/file.h"
#include "tools/common/print.h"

#include <elf.h>
#include <string.h>

#define SOURCE_MAX ((size_t)4 << 20)
#define MONITOR_MAX ((size_t)64 << 20)

static const struct rule rule_not_elf = {
    "TOOL-750", "this is no monitor", "a 64-bit ELF file for x86-64", "name build/monitor.elf"};

struct sizes {
    uint64_t boot_lines, monitor_lines;
    uint64_t text_bytes, data_bytes;
};

/* Where in a C file the counter stands. */
struct line_counter {
    bool in_comment; /* between slash-star and star-slash */
    bool in_string;
    bool in_line_comment;
    bool has_code; /* the current line holds something else than white space and comment */
    uint64_t lines;
};

/* Takes the character at `at`; returns how many characters were used. */
static size_t count_character(struct line_counter *counter, const char *at)
{
    if (*at == '\n') {
        counter->lines += counter->has_code;
        counter->has_code = counter->in_line_comment = counter->in_string = false;
        return 1;
    }
    if (counter->in_line_comment)
        return 1;
    if (counter->in_comment) {
        bool ends = at[0] == '*' && at[1] == '/';
        counter->in_comment = !ends;
        return ends ? 2 : 1;
    }
    if (!counter->in_string && at[0] == '/' && (at[1] == '*' || at[1] == '/')) {
        counter->in_comment = at[1] == '*';
        counter->in_line_comment = at[1] == '/';
        return 2;
    }
    if (*at != ' ' && *at != '\t' && *at != '\r')
        counter->has_code = true;
    if (counter->in_string && at[0] == '\\' && at[1] != '\0' && at[1] != '\n')
        return 2;
    if (*at == '"')
        counter->in_string = !counter->in_string;
    return 1;
}

/* Lines that hold something besides white space and comments, in C, assembler and linker scripts. `text` ends with a
 * NUL. */
static uint64_t count_lines(const char *text)
{
    struct line_counter counter = {0};
    while (*text != '\0')
        text += count_character(&counter, text);
    return counter.lines + counter.has_code;
}

/* Adds up the lines of all files that the list names, one a line. */
static bool count_listed(const char *list_path, uint64_t *lines, struct report *report)
{
    struct file_bytes list;
    if (!file_read(list_path, SOURCE_MAX, &list, report))
        return false;
    char *save = NULL;
    for (char *path = strtok_r((char *)list.data, "\n", &save); path != NULL; path = strtok_r(NULL, "\n", &save)) {
        struct file_bytes source;
        if (!file_read(path, SOURCE_MAX, &source, report))
            continue;
        *lines += count_lines((const char *)source.data);
        file_bytes_free(&source);
    }
    file_bytes_free(&list);
    return report_ok(report);
}

/* Adds up the memory of the loadable segments: executable ones are text, all others data (constants included). */
static bool measure_segments(const struct file_bytes *file, struct sizes *sizes)
{
    Elf64_Ehdr header;
    if (file->size < sizeof header)
        return false;
    memcpy(&header, file->data, sizeof header);
    if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_machine != EM_X86_64 || header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phoff > file->size ||
        header.e_phnum > (file->size - header.e_phoff) / sizeof(Elf64_Phdr))
        return false;
    for (size_t i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr segment;
        memcpy(&segment, file->data + header.e_phoff + i * sizeof segment, sizeof segment);
        if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0)
            sizes->text_bytes += segment.p_memsz;
        else if (segment.p_type == PT_LOAD)
            sizes->data_bytes += segment.p_memsz;
    }
    return true;
}

static bool measure_monitor(const char *path, struct sizes *sizes, struct report *report)
{
    struct file_bytes file;
    if (!file_read(path, MONITOR_MAX, &file, report))
        return false;
    bool good = measure_segments(&file, sizes);
    if (!good)
        report_add(report, &rule_not_elf, path, "%zu bytes of something else", file.size);
    file_bytes_free(&file);
    return good;
}

static void print_sizes(const struct sizes *sizes, bool as_json)
{
    if (as_json)
        print_json(json_pack("{s:I, s:I, s:I, s:I}", "boot_lines", (json_int_t)sizes->boot_lines, "monitor_lines",
                             (json_int_t)sizes->monitor_lines, "monitor_text_bytes", (json_int_t)sizes->text_bytes,
                             "monitor_data_bytes", (json_int_t)sizes->data_bytes));
    else
        printf("boot_lines %llu\nmonitor_lines %llu\nmonitor_text_bytes %llu\nmonitor_data_bytes %llu\n",
               (unsigned long long)sizes->boot_lines, (unsigned long long)sizes->monitor_lines,
               (unsigned long long)sizes->text_bytes, (unsigned long long)sizes->data_bytes);
}

int cmd_size(int argc, char **argv)
{
    const char *boot_list = NULL;
    const char *monitor_list = NULL;
    const char *monitor = NULL;
    bool as_json = false;
    const struct option options[] = {
        {.name = "boot-sources", .argument = "LIST", .help = "file that names the boot stage's sources, one a line",
         .value = &boot_list},
        {.name = "monitor-sources", .argument = "LIST", .help = "the same for the monitor", .value = &monitor_list},
        {.name = "monitor", .argument = "ELF", .help = "the monitor, to measure its segments", .value = &monitor},
        {.name = "json", .help = "print JSON", .flag = &as_json},
    };
    const struct command_line line = {
        .name = "size",
        .usage = "--boot-sources LIST --monitor-sources LIST --monitor build/monitor.elf",
        .help = "Counts the lines of both programs that run on the machine (without blank lines and comments;\n"
                "sources they share count in both; Mbed TLS and libfdt do not count), and the bytes of the resident\n"
                "monitor.\n"
                "'make size' calls it with the build's own lists.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, NULL, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    if (boot_list == NULL || monitor_list == NULL || monitor == NULL)
        return command_misused(&line, "--boot-sources, --monitor-sources and --monitor are all needed");

    struct sizes sizes = {0};
    struct report report;
    report_init(&report);
    bool good = count_listed(boot_list, &sizes.boot_lines, &report) &&
                count_listed(monitor_list, &sizes.monitor_lines, &report) && measure_monitor(monitor, &sizes, &report);
    if (good)
        print_sizes(&sizes, as_json);
    return good ? EXIT_CODE_OK : print_verdict(&report, as_json);
}
