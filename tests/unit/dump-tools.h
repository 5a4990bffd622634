/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What other tools print of given bytes. */
#ifndef IOVTOOL_TESTS_DUMP_TOOLS_H
#define IOVTOOL_TESTS_DUMP_TOOLS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static inline bool installed(const char *tool)
{
    g_autofree char *path = g_find_program_in_path(tool);

    if (path == NULL) {
        g_test_skip(tool);
    }
    return path != NULL;
}

static inline char *make_file(const uint8_t *bytes, size_t length)
{
    char *name;
    int fd = g_file_open_tmp("iovtool-test-XXXXXX", &name, NULL);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, bytes, length), ==, (ssize_t)length);
    close(fd);
    return name;
}

/*
 * What the command, a blank between words, prints of the file; free with g_free(). With descriptors
 * left open GLib need not fork, which is slow under the sanitizers.
 */
static inline char *run(const char *command, const char *file)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_auto(GStrv) words = g_strsplit(command, " ", -1);
    g_autoptr(GError) error = NULL;
    char *output;
    const GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_LEAVE_DESCRIPTORS_OPEN;
    int status;

    g_strv_builder_addv(builder, (const char **)words);
    g_strv_builder_add(builder, file);
    g_auto(GStrv) argv = g_strv_builder_end(builder);
    g_spawn_sync(NULL, argv, NULL, flags, NULL, NULL, &output, NULL, &status, &error);
    g_assert_no_error(error);
    g_assert_true(g_spawn_check_wait_status(status, &error));
    return output;
}

/* The length of the dump without the line of an offset alone that hexdump ends it with. */
static inline size_t rows_length(const char *dump)
{
    const char *last = g_strrstr_len(dump, (gssize)strlen(dump) - 1, "\n");

    return last ? (size_t)(last + 1 - dump) : 0;
}

#endif
