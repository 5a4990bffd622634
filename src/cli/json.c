/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/json.h"

#include <stdlib.h>
#include <string.h>

#include "segment/describe.h"
#include "segment/escape.h"

void json_set_text(json_t *object, const char *key, const char *text)
{
    if (g_utf8_validate(text, -1, NULL)) {
        json_object_set_new(object, key, json_string(text));
        return;
    }
    g_autofree char *flag = g_strconcat(key, "_escaped", NULL);
    g_autoptr(GString) escaped = g_string_new(NULL);
    escape_exact(escaped, text, strlen(text));
    json_object_set_new(object, key, json_string(escaped->str));
    json_object_set_new(object, flag, json_true());
}

json_t *json_segment(const struct segment *segment)
{
    json_t *object = json_object();
    g_autoptr(GString) word = g_string_new(NULL);
    segment_describe(word, segment);
    json_set_text(object, "segment", word->str);
    return object;
}

bool json_append(struct output *output, json_t *value, GError **error)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(value);
    g_assert(text);
    const bool ok = output_append(output, text, strlen(text), error);
    free(text);
    return ok;
}

bool json_print(struct output *output, json_t *value, GError **error)
{
    return json_append(output, value, error) && output_append(output, "\n", 1, error);
}
