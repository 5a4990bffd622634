/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/duration.h"

#include <glib.h>
#include <string.h>

#define LONGEST (10000.0 * 3600e6)

static const struct {
    const char *name;
    double microseconds;
} units[] = {
    { "", 1e6 }, { "s", 1e6 }, { "ms", 1e3 }, { "m", 60e6 }, { "h", 3600e6 },
};

bool duration_parse(const char *text, uint64_t *microseconds)
{
    const size_t digits = strspn(text, "0123456789");
    const bool has_point = text[digits] == '.';
    const size_t decimals = has_point ? strspn(text + digits + 1, "0123456789") : 0;
    const char *unit = text + digits + (has_point ? 1 + decimals : 0);
    if (digits == 0 || (has_point && decimals == 0)) {
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        const double value = g_ascii_strtod(text, NULL) * units[i].microseconds;
        if (strcmp(unit, units[i].name) == 0 && value <= LONGEST) {
            *microseconds = (uint64_t)value;
            *microseconds += (double)*microseconds < value ? 1 : 0;
            return true;
        }
    }
    return false;
}
