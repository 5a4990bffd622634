/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dump FILE: rows as xxd has them, each byte and offset by a table, written 256 KiB at a time. */
#include "reach.h"

#define COLUMNS 16u
#define ROW 68u
#define STAGE ((size_t)4096 * ROW)

static char pairs[256][2];

static void put_row(char *row, uint64_t offset, const unsigned char *bytes)
{
    for (int i = 0; i < 4; i++) {
        memcpy(row + 2 * i, pairs[offset >> (24 - 8 * i) & 255], 2);
    }
    memcpy(row + 8, ": ", 2);
    for (unsigned i = 0; i < COLUMNS; i++) {
        memcpy(row + 10 + 2 * i + i / 2, pairs[bytes[i]], 2);
        row[12 + 2 * i + i / 2] = ' ';
        row[51 + i] = bytes[i] >= ' ' && bytes[i] <= '~' ? (char)bytes[i] : '.';
    }
    row[50] = ' ';
    row[ROW - 1] = '\n';
}

int main(int argc, char **argv)
{
    const int fd = open_file(argument(argc, argv, 1));
    unsigned char *bytes = page_aligned(4096 * COLUMNS);
    char *stage = page_aligned(STAGE);
    for (unsigned i = 0; i < 256; i++) {
        memcpy(pairs[i], (const char[]){ "0123456789abcdef"[i >> 4], "0123456789abcdef"[i & 15] },
               2);
    }
    uint64_t offset = 0;
    for (ssize_t n; (n = read(fd, bytes, 4096 * COLUMNS)) > 0;) {
        const size_t rows = (size_t)n / COLUMNS;
        for (size_t i = 0; i < rows; i++, offset += COLUMNS) {
            put_row(stage + i * ROW, offset, bytes + i * COLUMNS);
        }
        write_all(STDOUT_FILENO, stage, rows * ROW);
    }
    return 0;
}
