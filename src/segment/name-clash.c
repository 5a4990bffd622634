/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/name-clash.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

/* From this many words of one file on, reading its directory is cheaper than asking for each name.
 */
#define CHECKS_BEFORE_SCAN 64u

static bool exists(const char *text, size_t length)
{
    struct stat status;
    g_autofree char *path = g_strndup(text, length);
    return lstat(path, &status) == 0;
}

/*
 * True when no entry of the file's directory starts with the file's own name and an "@". Upper and
 * lower case count as the same, since on some file systems they are. False also when the directory
 * cannot be read.
 */
static bool directory_has_no_tails(const struct file *file)
{
    g_autofree char *folder = g_path_get_dirname(file->name);
    g_autofree char *base = g_path_get_basename(file->name);
    g_autofree char *start = g_strconcat(base, "@", NULL);
    const size_t start_length = strlen(start);

    DIR *directory = opendir(folder);
    if (!directory) {
        return false;
    }
    bool clear = true;
    const struct dirent *entry;
    while (clear && (entry = readdir(directory))) {
        clear = g_ascii_strncasecmp(entry->d_name, start, start_length) != 0;
    }
    closedir(directory);
    return clear;
}

bool name_clashes(const struct spec *spec, struct file *file)
{
    if (file) {
        if (file->tails_clear) {
            return false;
        }
        if (file->tail_checks++ == CHECKS_BEFORE_SCAN) {
            file->tails_clear = directory_has_no_tails(file);
        }
    }
    return exists(spec->text, spec->text_length);
}
