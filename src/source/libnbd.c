/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/libnbd.h"

#include <dlfcn.h>
#include <string.h>

#include "segment/error.h"

/* The version of the interface is part of the name; where it is, the dynamic linker knows. */
#define LIBRARY "libnbd.so.0"

/* One has all that is used, and is in every Debian since 12. */
#define OLDEST "1.14"

/* A library brings a C library of its own along; with two of them the program comes to grief. */
#ifdef IOVTOOL_STATIC
#define IS_STATIC true
#else
#define IS_STATIC false
#endif

static bool not_there(GError **error)
{
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE,
                "NBD needs libnbd, which is not installed (Debian: libnbd0): %s", dlerror());
    return false;
}

static bool too_old(const char *function, GError **error)
{
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE,
                "NBD needs libnbd " OLDEST " or later: this one has no %s()", function);
    return false;
}

#define FUNCTION(name)                                                                             \
    {                                                                                              \
        "nbd_" #name, offsetof(struct libnbd, name)                                                \
    }

static const struct {
    const char *name;
    size_t offset;
} functions[] = {
    FUNCTION(create),
    FUNCTION(close),
    FUNCTION(get_error),
    FUNCTION(get_errno),
    FUNCTION(get_version),
    FUNCTION(add_meta_context),
    FUNCTION(set_uri_allow_local_file),
    FUNCTION(is_read_only),
    FUNCTION(can_multi_conn),
    FUNCTION(can_zero),
    FUNCTION(can_flush),
    FUNCTION(can_meta_context),
    FUNCTION(get_export_name),
    FUNCTION(get_size),
    FUNCTION(get_block_size),
    FUNCTION(aio_connect_uri),
    FUNCTION(aio_pread_structured),
    FUNCTION(aio_pwrite),
    FUNCTION(aio_zero),
    FUNCTION(aio_flush),
    FUNCTION(aio_block_status),
    FUNCTION(aio_disconnect),
    FUNCTION(aio_get_fd),
    FUNCTION(aio_get_direction),
    FUNCTION(aio_notify_read),
    FUNCTION(aio_notify_write),
    FUNCTION(aio_is_connecting),
    FUNCTION(set_opt_mode),
    FUNCTION(aio_opt_go),
    FUNCTION(aio_is_negotiating),
    FUNCTION(aio_is_ready),
    FUNCTION(aio_is_dead),
    FUNCTION(aio_is_closed),
};

_Static_assert(G_N_ELEMENTS(functions) * sizeof(void (*)(void)) == sizeof(struct libnbd),
               "every function is looked for");

bool libnbd_load(struct libnbd *libnbd, GError **error)
{
    if (IS_STATIC) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE,
                    "NBD needs libnbd, which a static program cannot load");
        return false;
    }
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        return not_there(error);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++) {
        /* Copied, since ISO C does not convert the address of an object to that of a function;
         * POSIX says that they are alike. */
        void *found = dlsym(library, functions[i].name);
        if (!found) {
            return too_old(functions[i].name, error);
        }
        memcpy((char *)libnbd + functions[i].offset, &found, sizeof(found));
    }
    return true;
}

char *libnbd_version(GError **error)
{
    struct libnbd libnbd;
    if (!libnbd_load(&libnbd, error)) {
        return NULL;
    }
    struct nbd_handle *handle = libnbd.create();
    const char *version = handle ? libnbd.get_version(handle) : NULL;
    char *copy = g_strdup(version ? version : "of unknown version");
    if (handle) {
        libnbd.close(handle);
    }
    return copy;
}
