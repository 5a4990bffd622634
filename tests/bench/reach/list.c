/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list FILE LIST: reads "FILE@OFFSET+LENGTH" a line into an array of 32 bytes each, as long as FILE
 * has such bytes. Prints how many, and how long they are. */
#include "reach.h"

struct segment {
    const char *name;
    uint64_t offset;
    uint64_t length;
    uint64_t kind;
};

int main(int argc, char **argv)
{
    const char *name = argument(argc, argv, 1);
    const size_t name_length = strlen(name);
    const struct text list = map_file(argument(argc, argv, 2));
    struct stat status;
    must(stat(name, &status) == 0, name);
    struct segment *segments = NULL;
    size_t count = 0;
    uint64_t total = 0;
    for (const char *at = list.bytes; at < list.bytes + list.size; count++) {
        if ((count & (count - 1)) == 0) {
            segments = realloc(segments, (count ? 2 * count : 1) * sizeof(*segments));
            must(segments != NULL, "realloc");
        }
        must(strncmp(at, name, name_length) == 0, "a line");
        const struct piece piece = next_piece(&at);
        must(piece.offset + piece.length <= (uint64_t)status.st_size, "a range");
        segments[count] = (struct segment){ name, piece.offset, piece.length, 1 };
        total += piece.length;
    }
    printf("%zu %" PRIu64 "\n", count, total);
    return 0;
}
