/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/hexdump-records.h"

#include <inttypes.h>

#include "segment/error.h"

#define PAGE 0x10000u

unsigned records_address_bytes(uint64_t end)
{
    return end == 0 || end > 0x1000000 ? 4 : end > PAGE ? 3 : 2;
}

static char *put(char *to, uint8_t byte, uint8_t *sum)
{
    static const char digits[] = "0123456789ABCDEF";

    *to++ = digits[byte >> 4];
    *to++ = digits[byte & 15];
    *sum = (uint8_t)(*sum + byte);
    return to;
}

static char *put_number(char *to, uint64_t number, unsigned bytes, uint8_t *sum)
{
    for (unsigned i = bytes; i > 0; i--) {
        to = put(to, (uint8_t)(number >> 8 * (i - 1)), sum);
    }
    return to;
}

static char *put_bytes(char *to, const uint8_t *bytes, size_t length, uint8_t *sum)
{
    for (size_t i = 0; i < length; i++) {
        to = put(to, bytes[i], sum);
    }
    return to;
}

static char *put_ihex(char *to, uint8_t type, uint64_t address, const uint8_t *bytes, size_t length)
{
    uint8_t sum = 0;
    uint8_t rest = 0;

    *to++ = ':';
    to = put(to, (uint8_t)length, &sum);
    to = put_number(to, address, 2, &sum);
    to = put(to, type, &sum);
    to = put_bytes(to, bytes, length, &sum);
    to = put(to, (uint8_t)-sum, &rest);
    *to++ = '\n';
    return to;
}

static char *put_srec(char *to, char type, unsigned address_bytes, uint64_t address,
                      const uint8_t *bytes, size_t length)
{
    uint8_t sum = 0;
    uint8_t rest = 0;

    *to++ = 'S';
    *to++ = type;
    to = put(to, (uint8_t)(length + address_bytes + 1), &sum);
    to = put_number(to, address, address_bytes, &sum);
    to = put_bytes(to, bytes, length, &sum);
    to = put(to, (uint8_t)~sum, &rest);
    *to++ = '\n';
    return to;
}

/* A row that may go on in the next 64 KiB. */
static char *put_ihex_row(struct records *records, char *to, const uint8_t *bytes, size_t length,
                          uint64_t offset)
{
    while (length > 0) {
        const uint32_t high = (uint32_t)(offset >> 16);
        const size_t some = MIN(length, (size_t)(PAGE - offset % PAGE));

        if (high != records->high) {
            const uint8_t number[] = { (uint8_t)(high >> 8), (uint8_t)high };

            to = put_ihex(to, 4, 0, number, sizeof(number));
            records->high = high;
        }
        to = put_ihex(to, 0, offset % PAGE, bytes, some);
        bytes += some;
        length -= some;
        offset += some;
    }
    return to;
}

bool records_open(struct records *records, GError **error)
{
    char text[RECORDS_ROW_MAX(0)];

    return records->address_bytes == 0 ||
           output_append(records->output, text, (size_t)(put_srec(text, '0', 2, 0, NULL, 0) - text),
                         error);
}

bool records_row(struct records *records, const uint8_t *bytes, size_t length, uint64_t offset,
                 GError **error)
{
    char *const start = output_reserve(records->output, RECORDS_ROW_MAX(length), error);

    if (!start) {
        return false;
    }
    if (offset > RECORD_ADDRESS_MAX || length - 1 > RECORD_ADDRESS_MAX - offset) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE,
                    "%zu bytes at %" PRIu64 ": addresses of records have 32 bits", length, offset);
        return false;
    }
    const char *end = records->address_bytes == 0
                          ? put_ihex_row(records, start, bytes, length, offset)
                          : put_srec(start, (char)('0' + records->address_bytes - 1),
                                     records->address_bytes, offset, bytes, length);

    output_commit(records->output, (size_t)(end - start));
    return true;
}

bool records_close(struct records *records, GError **error)
{
    char text[RECORDS_ROW_MAX(0)];
    const unsigned width = records->address_bytes;
    const char *end = width == 0 ? put_ihex(text, 1, 0, NULL, 0)
                                 : put_srec(text, (char)('0' + 11 - width), width, 0, NULL, 0);

    return output_append(records->output, text, (size_t)(end - text), error);
}
