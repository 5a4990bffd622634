/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a patch fit a file? Looks at all of it before anything is written. */
#ifndef IOVTOOL_COMMAND_PATCH_CHECK_H
#define IOVTOOL_COMMAND_PATCH_CHECK_H

#include "segment/changes.h"
#include "segment/files.h"

/* The file that is patched. */
struct patch_target {
    struct files *files;
    struct file *file; /* NULL: there is none yet, which is like one without bytes */
    const char *path;
    uint64_t size;
    bool is_regular; /* no device, and no export */
    bool may_grow;
    bool keeps_size; /* neither grows nor is cut */
};

/* What was found. The file is as it has to be when `problem` is NULL. */
struct patch_finding {
    GString *problem;  /* the first reason why the patch does not fit; for people */
    bool is_done;      /* the file has all the new bytes, and the new size, already */
    uint64_t new_size; /* after patching */
    size_t present;    /* so many bytes of changes->new_bytes lie in the file */
    uint8_t *current;  /* what the file has in their place, and zeros behind its end; NULL: that was
                          not looked at */
    GByteArray *tail;  /* what the file has of the tail */
};

/*
 * Reads what the file has where the patch is about to change it, up to the first difference when
 * that is enough to know. `checks_size`: the sizes that the patch names are those of this file.
 * `wants_current`: all is read and kept. False when the file cannot be read. Free with
 * patch_finding_clear() either way.
 */
bool patch_check(const struct patch_target *target, const struct changes *changes, bool checks_size,
                 bool wants_current, struct patch_finding *finding, GError **error);
void patch_finding_clear(struct patch_finding *finding);

#endif
