/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gather FILE LIST: writes the pieces of FILE that LIST names, from a mapping that is asked ahead
 * of time. */
#include "reach.h"

#define AHEAD 16u
#define BATCH 1024u
#define STAGE ((size_t)256 * 1024)

/* Reads up to BATCH pieces; how many there were. */
static size_t read_batch(struct piece *pieces, const char **at, const char *end)
{
    size_t count = 0;
    while (count < BATCH && *at < end) {
        pieces[count++] = next_piece(at);
    }
    return count;
}

int main(int argc, char **argv)
{
    const struct text file = map_file(argument(argc, argv, 1));
    const struct text list = map_file(argument(argc, argv, 2));
    const char *at = list.bytes;
    static struct piece pieces[BATCH + AHEAD];
    char *stage = page_aligned(STAGE);
    size_t filled = 0;
    for (size_t count; (count = read_batch(pieces, &at, list.bytes + list.size)) > 0;) {
        for (size_t i = 0; i < count; i++) {
            const struct piece *next = &pieces[i + AHEAD];
            __builtin_prefetch(file.bytes + next->offset);
            __builtin_prefetch(file.bytes + next->offset + next->length);
            if (filled + pieces[i].length > STAGE) {
                write_all(STDOUT_FILENO, stage, filled);
                filled = 0;
            }
            memcpy(stage + filled, file.bytes + pieces[i].offset, pieces[i].length);
            filled += pieces[i].length;
        }
    }
    write_all(STDOUT_FILENO, stage, filled);
    return 0;
}
