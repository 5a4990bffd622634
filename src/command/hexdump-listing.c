/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/hexdump-listing.h"

#include <inttypes.h>
#include <string.h>

/* The most text one byte becomes: ", " or ",\n  ", then 0xhh; in JSON two digits and "\\". */
#define C_BYTE_MAX 8u

static const char *digits_of(const struct listing *listing)
{
    return listing->upper ? "0123456789ABCDEF" : "0123456789abcdef";
}

/* Keywords of C and C++ up to C23 and C++20, and macros of GNU C; of those that start with "__", as
 * "./linux" does, what follows that. */
static bool is_reserved(const char *name)
{
    static const char words[] =
        " alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t"
        " char32_t char8_t class co_await co_return co_yield compl concept const const_cast"
        " consteval constexpr constinit continue decltype default delete do double dynamic_cast"
        " else enum explicit export extern false float for friend goto if inline int long mutable"
        " namespace new noexcept not not_eq nullptr operator or or_eq private protected public"
        " register reinterpret_cast requires restrict return short signed sizeof static"
        " static_assert static_cast struct switch template this thread_local throw true try typedef"
        " typeid typename typeof typeof_unqual union unsigned using virtual void volatile wchar_t"
        " while xor xor_eq i386 linux unix"
        " __amd64 __attribute __auto_type __block __complex __cplusplus __extension __float128"
        " __imag __int128 __k8 __label __null __real __seg_fs __seg_gs __thread __x86_64 ";
    g_autofree char *whole = g_strdup_printf(" %s ", name);
    if (strstr(words, whole) || g_str_has_prefix(name, "__builtin_")) {
        return true;
    }
    return g_str_has_prefix(name, "__") && name[2] != '_' && is_reserved(name + 2);
}

char *c_identifier(const char *path)
{
    GString *name = g_string_new(g_ascii_isdigit(path[0]) ? "__" : "");
    for (; *path; path++) {
        g_string_append_c(name, g_ascii_isalnum(*path) ? *path : '_');
    }
    g_string_append(name, is_reserved(name->str) ? "_" : "");
    return g_string_free(name, FALSE);
}

bool listing_c_open(struct listing *listing, GError **error)
{
    return !listing->name ||
           output_printf(listing->output, error, "unsigned char %s[] = {\n", listing->name);
}

static char *c_byte(const struct listing *listing, char *to, uint8_t byte, uint64_t index)
{
    const char *digits = digits_of(listing);
    const char *before = index % listing->width ? ", " : index ? ",\n  " : "  ";
    const size_t length = strlen(before);
    memcpy(to, before, length);
    to += length;
    *to++ = '0';
    *to++ = listing->upper ? 'X' : 'x';
    *to++ = digits[byte >> 4];
    *to++ = digits[byte & 15];
    return to;
}

bool listing_c_bytes(struct listing *listing, const uint8_t *bytes, size_t length, GError **error)
{
    g_assert(length <= LISTING_C_PIECE);
    char *const start = output_reserve(listing->output, length * C_BYTE_MAX, error);
    if (!start) {
        return false;
    }
    char *to = start;
    for (size_t i = 0; i < length; i++) {
        to = c_byte(listing, to, bytes[i], listing->count + i);
    }
    output_commit(listing->output, (size_t)(to - start));
    listing->count += length;
    return true;
}

bool listing_c_close(struct listing *listing, GError **error)
{
    if (listing->count > 0 && !output_append(listing->output, "\n", 1, error)) {
        return false;
    }
    return !listing->name ||
           output_printf(listing->output, error, "};\nunsigned int %s_len = %" PRIu64 ";\n",
                         listing->name, listing->count);
}

static char *json_hex(const struct listing *listing, char *to, const uint8_t *bytes, size_t length)
{
    const char *digits = digits_of(listing);
    for (size_t i = 0; i < length; i++) {
        *to++ = digits[bytes[i] >> 4];
        *to++ = digits[bytes[i] & 15];
    }
    return to;
}

static char *json_text(char *to, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const char c = (char)bytes[i];
        if (c == '"' || c == '\\') {
            *to++ = '\\';
        }
        *to++ = g_ascii_isprint(c) ? c : '.';
    }
    return to;
}

bool listing_json_row(struct listing *listing, const uint8_t *bytes, size_t length, uint64_t offset,
                      size_t segment, GError **error)
{
    static const char hex[] = "\"hex\":\"";
    static const char text[] = "\",\"text\":\"";
    char *const start = output_reserve(listing->output, LISTING_JSON_ROW_MAX(length), error);
    if (!start) {
        return false;
    }
    char *to = start;
    *to++ = '{';
    if (listing->offsets) {
        to += g_snprintf(to, 40, "\"offset\":%" PRIu64 ",", offset);
    }
    if (listing->segments) {
        to += g_snprintf(to, 40, "\"segment\":%zu,", segment);
    }
    to = stpcpy(to, hex);
    to = json_hex(listing, to, bytes, length);
    to = stpcpy(to, text);
    to = json_text(to, bytes, length);
    to = stpcpy(to, "\"}\n");
    output_commit(listing->output, (size_t)(to - start));
    listing->count += length;
    return true;
}
