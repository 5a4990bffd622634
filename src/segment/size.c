/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/size.h"

#include <glib.h>
#include <string.h>

const char size_too_large[] = "too large";

static uint64_t power_of(uint64_t base, unsigned exponent)
{
    uint64_t power = 1;

    while (exponent-- > 0) {
        power *= base;
    }
    return power;
}

/* How many bytes one of the unit is; 0 when there is no such unit. */
static uint64_t unit_factor(const char *unit, size_t length)
{
    static const char prefixes[] = "KMGTPE";
    const char *prefix;
    unsigned exponent;

    if (length == 0 || (length == 1 && unit[0] == 'B')) {
        return 1;
    }
    if (length == 1 && unit[0] == 's') {
        return 512;
    }
    prefix = strchr(prefixes, g_ascii_toupper(unit[0]));
    if (prefix == NULL) {
        return 0;
    }
    exponent = (unsigned)(prefix - prefixes) + 1;
    if (length == 1 || (length == 3 && memcmp(unit + 1, "iB", 2) == 0)) {
        return power_of(1024, exponent);
    }
    if (length == 2 && unit[1] == 'B') {
        return power_of(1000, exponent);
    }
    return 0;
}

/* The value of a decimal or hex digit, UINT_MAX of anything else. */
static unsigned digit_of(char c)
{
    unsigned digit = (unsigned)(unsigned char)c - '0';

    return digit < 10 ? digit : (unsigned)g_ascii_xdigit_value(c);
}

/* Returns the number of digits; *value wraps and *fits is false when they do not fit. */
static size_t scan_digits(const char *text, size_t length, unsigned base, uint64_t *value,
                          bool *fits)
{
    uint64_t sum = 0;
    size_t at;

    *fits = true;
    for (at = 0; at < length; at++) {
        unsigned digit = digit_of(text[at]);

        if (digit >= base) {
            break;
        }
        if (__builtin_mul_overflow(sum, base, &sum) || __builtin_add_overflow(sum, digit, &sum)) {
            *fits = false;
        }
    }
    *value = sum;
    return at;
}

static bool fail_at(size_t offset, const char *what, size_t *used, const char **problem)
{
    *used = offset;
    *problem = what;
    return false;
}

static bool scan_up_to(const char *text, size_t length, uint64_t limit, uint64_t *value,
                       size_t *used, const char **problem)
{
    bool hex = length >= 2 && text[0] == '0' && text[1] == 'x';
    size_t first = hex ? 2 : 0;
    size_t digits, unit, end;
    uint64_t count, factor, product;
    bool fits;

    digits = scan_digits(text + first, length - first, hex ? 16 : 10, &count, &fits);
    if (digits == 0) {
        return fail_at(first, hex ? "hex digit expected" : "number expected", used, problem);
    }
    unit = end = first + digits;
    while (end < length && g_ascii_isalnum(text[end])) {
        end++;
    }
    factor = unit_factor(text + unit, end - unit);
    if (factor == 0) {
        return fail_at(unit, "unknown unit", used, problem);
    }
    if (!fits || __builtin_mul_overflow(count, factor, &product) || product > limit) {
        return fail_at(0, size_too_large, used, problem);
    }
    *value = product;
    *used = end;
    return true;
}

bool size_scan(const char *text, size_t length, uint64_t *value, size_t *used, const char **problem)
{
    return scan_up_to(text, length, INT64_MAX, value, used, problem);
}

bool size_parse_up_to(const char *text, size_t length, uint64_t limit, uint64_t *value,
                      size_t *bad_column, const char **problem)
{
    uint64_t parsed;
    size_t used;
    bool ok = scan_up_to(text, length, limit, &parsed, &used, problem);

    if (ok && used < length) {
        ok = fail_at(used, "unexpected character", &used, problem);
    }
    if (!ok) {
        *bad_column = used + 1;
        return false;
    }
    *value = parsed;
    return true;
}

bool size_parse(const char *text, size_t length, uint64_t *value, size_t *bad_column,
                const char **problem)
{
    return size_parse_up_to(text, length, INT64_MAX, value, bad_column, problem);
}
