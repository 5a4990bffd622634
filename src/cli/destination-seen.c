/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>

#include "cli/command.h"
#include "cli/destination-internal.h"
#include "cli/file-name.h"

/* A name that a file will be given, rather than a file that is there. */
static bool makes_name(const struct destination *destination)
{
    return destination->is_new || destination->replacement;
}

static char *key_of_file(const struct stat *status)
{
    return g_strdup_printf("%" PRIu64 ":%" PRIu64, (uint64_t)status->st_dev,
                           (uint64_t)status->st_ino);
}

/* The folder and the name in it, so that ./x is x. */
static char *key_of_name(const char *path)
{
    g_autofree char *place = name_follow(path);
    g_autofree char *folder = g_path_get_dirname(place);
    g_autofree char *name = g_path_get_basename(place);
    struct stat status;
    if (stat(folder, &status) != 0) {
        return g_strdup(place);
    }
    g_autofree char *key = key_of_file(&status);
    return g_strdup_printf("%s/%s", key, name);
}

/* What is emptied, or exchanged, or made as a whole, takes no other bytes. */
static bool may_share(const struct destination *destination)
{
    return destination->is_new ? destination->placed
                               : !destination->whole && !destination->replacement;
}

bool destinations_note(struct destinations *destinations, struct destination *destination,
                       GError **error)
{
    g_autofree char *key = makes_name(destination) ? key_of_name(destination->path)
                                                   : key_of_file(&destination->status);
    const struct destination *other = g_hash_table_lookup(destinations->seen, key);
    if (other && !(may_share(other) && may_share(destination))) {
        return usage_error(error, "%s: is a destination already", destination->shown);
    }
    if (!other || !other->path) {
        g_hash_table_replace(destinations->seen, g_steal_pointer(&key), destination);
    }
    return true;
}

int destinations_descriptor(const struct destinations *destinations, const struct stat *status)
{
    g_autofree char *key = key_of_file(status);
    const struct destination *other = g_hash_table_lookup(destinations->seen, key);
    return other && other->path ? destinations->sinks[other - destinations->list].fd : -1;
}

static void count_users(struct destinations *destinations)
{
    destinations->users = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (unsigned i = 0; i < destinations->count; i++) {
        gpointer fd = GINT_TO_POINTER(destinations->sinks[i].fd);
        const unsigned count = GPOINTER_TO_UINT(g_hash_table_lookup(destinations->users, fd));
        g_hash_table_insert(destinations->users, fd, GUINT_TO_POINTER(count + 1));
    }
}

bool destinations_drop_user(struct destinations *destinations, int fd)
{
    if (!destinations->users) {
        count_users(destinations);
    }
    gpointer key = GINT_TO_POINTER(fd);
    const unsigned count = GPOINTER_TO_UINT(g_hash_table_lookup(destinations->users, key));
    g_hash_table_insert(destinations->users, key, GUINT_TO_POINTER(count - 1));
    return count == 1;
}
