/* SPDX-License-Identifier: GPL-2.0-or-later */
/* files LENGTH <NAMES: writes the first bytes of each file; open, read, close. */
#include "reach.h"

#define STAGE ((size_t)256 * 1024)

int main(int argc, char **argv)
{
    const size_t length = (size_t)atoi(argument(argc, argv, 1));
    char *stage = page_aligned(STAGE + length);
    char name[4096];
    size_t filled = 0;
    while (fgets(name, sizeof(name), stdin)) {
        name[strcspn(name, "\n")] = '\0';
        const int fd = open_file(name);
        const ssize_t n = read(fd, stage + filled, length);
        must(n >= 0 && close(fd) == 0, name);
        filled += (size_t)n;
        if (filled >= STAGE) {
            write_all(STDOUT_FILENO, stage, filled);
            filled = 0;
        }
    }
    write_all(STDOUT_FILENO, stage, filled);
    return 0;
}
