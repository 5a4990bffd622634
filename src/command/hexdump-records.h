/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows -> the records of Intel HEX and Motorola S-records, which have an address and a checksum
 * each. The digits are in upper case, as every loader takes them.
 */
#ifndef IOVTOOL_COMMAND_HEXDUMP_RECORDS_H
#define IOVTOOL_COMMAND_HEXDUMP_RECORDS_H

#include "cli/output.h"

#include <stdint.h>

#define RECORD_WIDTH_MAX 250u         /* bytes of data in a record of any kind */
#define RECORD_ADDRESS_MAX UINT32_MAX /* of the last byte */

struct records {
    struct output *output;
    unsigned address_bytes; /* S-records: 2, 3 or 4; 0: Intel HEX */
    uint32_t high;          /* Intel HEX: bits 16 to 31 of the addresses; start with 0 */
};

/* S-records of the smallest kind that holds all addresses before `end`; 0: not known, which takes
 * the largest. */
unsigned records_address_bytes(uint64_t end);

/* The most text that a row of `width` bytes becomes. */
#define RECORDS_ROW_MAX(width) (128u + 2u * (width))

/* What comes before the rows: an empty header of S-records. */
bool records_open(struct records *records, GError **error);

/*
 * 1 to RECORD_WIDTH_MAX bytes. Intel HEX gets an extended linear address (type 04) before a row
 * that starts in other 64 KiB than the last, and two rows where one would leave its 64 KiB. False,
 * with IOVTOOL_ERROR_RANGE, for a byte after RECORD_ADDRESS_MAX.
 */
bool records_row(struct records *records, const uint8_t *bytes, size_t length, uint64_t offset,
                 GError **error);

/* The last record, with the entry point 0. */
bool records_close(struct records *records, GError **error);

#endif
