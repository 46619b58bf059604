/* SPDX-License-Identifier: Apache-2.0 */
/* struct machine → a JSON value, through the text that the boot stage writes. */
#include "core/plan/machine_form.h"
#include "tools/machine_json/machine_json.h"

#include <stdio.h>
#include <stdlib.h>

static void put(void *context, const char *text)
{
    fputs(text, context);
}

json_t *machine_to_json(const struct machine *machine)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        abort();
    machine_write(machine, put, stream);
    if (fclose(stream) != 0)
        abort();
    json_t *value = json_loadb(text, size, 0, NULL);
    free(text);
    return value;
}
