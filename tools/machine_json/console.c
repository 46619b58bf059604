/* SPDX-License-Identifier: Apache-2.0 */
/* A machine's description on the console of a boot. */
#include "core/plan/machine_form.h"
#include "tools/common/memory.h"
#include "tools/machine_json/machine_json.h"

#include <stdlib.h>
#include <string.h>

#define SPEAKER "[bulkhead] "

static const struct rule rule_no_description = {
    "TOOL-787", "the console shows no whole description of the machine",
    "the lines that a configuration signed with --debug makes the boot stage print",
    "boot once with a configuration signed with --debug, and keep the whole console"};

struct search {
    char *text; /* of the description that is being read */
    size_t used;
    char *whole; /* the last one that ended as it should */
    bool broken; /* the last one did not */
};

/* What stands behind `prefix` on the line, or NULL. */
static const char *behind(const char *line, size_t length, const char *prefix, size_t *left)
{
    size_t size = strlen(prefix);
    if (length < size || memcmp(line, prefix, size) != 0)
        return NULL;
    *left = length - size;
    return line + size;
}

static void take_end(struct search *search, const char *digits, size_t length)
{
    char number[12] = "";
    memcpy(number, digits, length < sizeof number ? length : 0);
    bool good = search->used > 0 && strtoul(number, NULL, 10) == search->used;
    search->broken = !good;
    if (good) {
        free(search->whole);
        search->whole = search->text;
        search->whole[search->used] = '\0';
        search->text = NULL;
    }
    search->used = 0;
}

static void take_line(struct search *search, const char *line, size_t length)
{
    size_t left, size;
    const char *said = behind(line, length, SPEAKER, &left), *part;
    if (said == NULL)
        return;
    if (behind(said, left, MACHINE_LINE_BEGIN, &size) != NULL) {
        search->used = 0; /* an earlier boot may have ended in the middle */
    } else if ((part = behind(said, left, MACHINE_LINE_END, &size)) != NULL) {
        take_end(search, part, size);
    } else if ((part = behind(said, left, MACHINE_LINE, &size)) != NULL) {
        search->text = memory_grow(search->text, search->used + size + 1);
        memcpy(search->text + search->used, part, size);
        search->used += size;
    }
}

bool machine_from_console(const char *console, size_t size, const char *name, char **text, struct report *report)
{
    struct search search = {0};
    for (size_t at = 0; at < size;) {
        const char *end = memchr(console + at, '\n', size - at);
        size_t length = end == NULL ? size - at : (size_t)(end - (console + at));
        size_t shown = length > 0 && console[at + length - 1] == '\r' ? length - 1 : length;
        take_line(&search, console + at, shown);
        at += length + 1;
    }
    free(search.text);
    *text = search.whole;
    if (search.whole == NULL)
        report_add(report, &rule_no_description, name, "%s", search.broken ? "one with a line missing" : "none");
    return search.whole != NULL;
}
