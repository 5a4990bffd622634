/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/attributes.h"

#include <endian.h>
#include <errno.h>
#include <linux/limits.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "segment/error.h"

#define ACL_NAME "system.posix_acl_access"

/* A path of a descriptor: there are no calls for the attributes of one that is open with O_PATH. */
#define PROC_PATH_MAX sizeof("/proc/self/fd/-2147483648")

/* Permissions are three bits: read, write, execute. */
enum { USER_SHIFT = 6, GROUP_SHIFT = 3, ALL = 7 };

/* An access control list as the kernel gives and takes it; size 0: none. */
struct acl {
    union {
        struct posix_acl_xattr_header header;
        uint8_t bytes[XATTR_SIZE_MAX];
    } * value;
    size_t size;
};

/* What is not permitted, or not possible on this file system or in this user namespace (EINVAL). */
static bool is_refusal(int problem)
{
    return problem == EPERM || problem == EACCES || problem == EOPNOTSUPP || problem == ENOSYS ||
           problem == EINVAL;
}

static bool attribute_error(const char *path, const char *name, GError **error)
{
    g_autofree char *problem =
        g_strdup_printf("its attribute %s cannot be kept: %s", name, g_strerror(errno));
    return file_error(path, problem, error);
}

/* ---- Extended attributes ---- */

/* Those that have a meaning of their own for the file and its bytes. */
static bool stays_behind(const char *name)
{
    static const char *const names[] = { ACL_NAME, "security.capability", "security.evm",
                                         "security.ima", NULL };
    return g_strv_contains(names, name);
}

static bool copy_extended(const char *from, int to, const char *path, GError **error)
{
    g_autofree char *names = g_malloc(XATTR_LIST_MAX);
    g_autofree char *value = g_malloc(XATTR_SIZE_MAX);
    const ssize_t length = listxattr(from, names, XATTR_LIST_MAX);
    if (length < 0) {
        return is_refusal(errno) || file_errno(path, errno, error);
    }
    for (const char *name = names; name < names + length; name += strlen(name) + 1) {
        if (stays_behind(name)) {
            continue;
        }
        const ssize_t size = getxattr(from, name, value, XATTR_SIZE_MAX);
        const bool ok = size >= 0 && fsetxattr(to, name, value, (size_t)size, 0) == 0;
        if (!ok && !is_refusal(errno) && errno != ENODATA) {
            return attribute_error(path, name, error);
        }
    }
    return true;
}

/* ---- Who may do what ---- */

static size_t acl_count(const struct acl *acl)
{
    const size_t head = sizeof(struct posix_acl_xattr_header);
    return acl->size < head ? 0 : (acl->size - head) / sizeof(struct posix_acl_xattr_entry);
}

static struct posix_acl_xattr_entry *acl_entry(const struct acl *acl, size_t index)
{
    return (struct posix_acl_xattr_entry *)(void *)(acl->value->bytes +
                                                    sizeof(acl->value->header)) +
           index;
}

static mode_t acl_permission(const struct acl *acl, unsigned tag, mode_t otherwise)
{
    for (size_t i = 0; i < acl_count(acl); i++) {
        if (le16toh(acl_entry(acl, i)->e_tag) == tag) {
            return le16toh(acl_entry(acl, i)->e_perm) & ALL;
        }
    }
    return otherwise;
}

static void acl_set(const struct acl *acl, unsigned tag, mode_t permission)
{
    for (size_t i = 0; i < acl_count(acl); i++) {
        if (le16toh(acl_entry(acl, i)->e_tag) == tag) {
            acl_entry(acl, i)->e_perm = htole16((uint16_t)permission);
        }
    }
}

/* What everybody may do whom the list names, a user or a group. */
static mode_t least_of_named(const struct acl *acl)
{
    mode_t least = ALL;
    for (size_t i = 0; i < acl_count(acl); i++) {
        const unsigned tag = le16toh(acl_entry(acl, i)->e_tag);
        if (tag == ACL_USER || tag == ACL_GROUP) {
            least &= le16toh(acl_entry(acl, i)->e_perm);
        }
    }
    return least & acl_permission(acl, ACL_MASK, ALL);
}

/* What the group itself may do: with a list, the mode holds the mask in that place. */
static mode_t group_permission(mode_t mode, const struct acl *acl)
{
    return acl_permission(acl, ACL_GROUP_OBJ, mode >> GROUP_SHIFT & ALL) &
           acl_permission(acl, ACL_MASK, ALL);
}

static mode_t with_permissions(mode_t mode, mode_t group, mode_t other)
{
    return (mode & ~(mode_t)(ALL << GROUP_SHIFT | ALL)) | group << GROUP_SHIFT | other;
}

/* Members of the new group were others, or were named; those of the old one become others. */
static mode_t narrow_for_group(mode_t mode, const struct acl *acl)
{
    const mode_t group = group_permission(mode, acl);
    const mode_t other = mode & group & ALL;
    const mode_t least = other & least_of_named(acl);
    acl_set(acl, ACL_GROUP_OBJ, least);
    acl_set(acl, ACL_OTHER, other);
    return with_permissions(mode, acl->size > 0 ? mode >> GROUP_SHIFT & ALL : least, other);
}

/* Whoever was named belongs to the group or is one of the others. */
static mode_t narrow_for_named(mode_t mode, const struct acl *acl)
{
    const mode_t least = least_of_named(acl);
    return with_permissions(mode, group_permission(mode, acl) & least, mode & least & ALL);
}

static bool chown_if_permitted(int to, uid_t owner, gid_t group)
{
    return fchown(to, owner, group) == 0 || is_refusal(errno);
}

/* Each by itself, since a group may be permitted where an owner is not. */
static bool give_owner(int to, const struct stat *old, struct stat *now)
{
    return fstat(to, now) == 0 &&
           (now->st_gid == old->st_gid || chown_if_permitted(to, (uid_t)-1, old->st_gid)) &&
           (now->st_uid == old->st_uid || chown_if_permitted(to, old->st_uid, (gid_t)-1)) &&
           fstat(to, now) == 0;
}

static bool read_acl(const char *from, struct acl *acl)
{
    const ssize_t size = getxattr(from, ACL_NAME, acl->value, XATTR_SIZE_MAX);
    acl->size = size < 0 ? 0 : (size_t)size;
    return size >= 0 || errno == ENODATA || is_refusal(errno);
}

/* A folder may have a list for its new files. */
static bool remove_acl(int to)
{
    return fremovexattr(to, ACL_NAME) == 0 || errno == ENODATA || errno == EOPNOTSUPP;
}

static bool give_acl(int to, const struct acl *acl, mode_t *mode)
{
    if (acl->size == 0) {
        return remove_acl(to);
    }
    if (fsetxattr(to, ACL_NAME, acl->value, acl->size, 0) == 0) {
        return true;
    }
    if (!is_refusal(errno)) {
        return false;
    }
    *mode = narrow_for_named(*mode, acl);
    return remove_acl(to);
}

static bool give_access(const char *from, int to, const struct stat *old)
{
    g_autofree void *value = g_malloc(XATTR_SIZE_MAX);
    struct acl acl = { .value = value };
    struct stat now;
    mode_t mode = old->st_mode & 07777;
    if (!read_acl(from, &acl) || !give_owner(to, old, &now)) {
        return false;
    }
    if (now.st_uid != old->st_uid) {
        mode &= ~(mode_t)S_ISUID;
    }
    if (now.st_gid != old->st_gid) {
        mode = narrow_for_group(mode & ~(mode_t)S_ISGID, &acl);
    }
    return give_acl(to, &acl, &mode) && fchmod(to, mode) == 0;
}

/* The extended ones first: they take a file that may be written to. */
bool attributes_copy(int from, int to, const char *path, GError **error)
{
    char proc[PROC_PATH_MAX];
    struct stat old;
    (void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", from);
    if (fstat(from, &old) != 0) {
        return file_errno(path, errno, error);
    }
    return copy_extended(proc, to, path, error) &&
           (give_access(proc, to, &old) || file_errno(path, errno, error));
}
