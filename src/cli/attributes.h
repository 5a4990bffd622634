/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a file has besides its bytes, given to the file that takes its place: owner, group, mode,
 * access control list and extended attributes, each as far as the process is permitted.
 *
 * Nobody gains access by that. Where the group or the list cannot be kept, the members of the new
 * group, those of the old one, and everybody the list names get the least that any of them had. A
 * set-uid or set-gid bit stays only with the owner or the group that it was for.
 */
#ifndef IOVTOOL_CLI_ATTRIBUTES_H
#define IOVTOOL_CLI_ATTRIBUTES_H

#include <glib.h>
#include <stdbool.h>

/*
 * Gives the attributes of `from`, which may be open with O_PATH, to `to`: an empty file of mode
 * 0600 that this process has made. File capabilities and what is computed from the bytes (IMA, EVM)
 * stay behind. Fails with IOVTOOL_ERROR_SOURCE, naming `path`, when something that is permitted
 * does not work, such as a disk that has no room for an attribute.
 */
bool attributes_copy(int from, int to, const char *path, GError **error);

#endif
