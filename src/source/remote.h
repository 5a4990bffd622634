/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is behind a URI, as far as moving bytes has to know: facts, and requests that are answered
 * in any order. Nothing outside of source/ knows which protocol or library that is.
 *
 * A request is submitted, and is under way until `done`; its memory belongs to the engine until
 * then. What is under way together has no order: who writes a byte waits before it is asked for
 * again. When the connection is lost, or nothing was heard for too long, or a signal asks the
 * program to end, the remote has a `trouble` from then on: whatever was under way is done, with a
 * problem, and nothing more is taken.
 */
#ifndef IOVTOOL_SOURCE_REMOTE_H
#define IOVTOOL_SOURCE_REMOTE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct remote_facts {
    uint64_t size;
    uint32_t least_block; /* requests start and end at multiples of this, or at `size` */
    uint32_t good_block;  /* and should at multiples of this, which least_block divides */
    uint32_t most_bytes;  /* no request for bytes is longer; a multiple of least_block */
    bool tells_extents;   /* REMOTE_EXTENTS is answered */
    bool read_only;       /* nothing can be written; else REMOTE_WRITE is taken, and ... */
    bool can_zero;        /* ... REMOTE_ZERO, and ... */
    bool can_flush;       /* ... REMOTE_FLUSH */
};

enum remote_verb {
    REMOTE_READ,    /* `length` bytes at `offset` into `bytes` */
    REMOTE_EXTENTS, /* which of them are known to be zeros, into `extents` */
    REMOTE_WRITE,   /* `length` bytes of `bytes` to `offset` */
    REMOTE_ZERO,    /* zeros there, perhaps as a hole; less than 4 GiB */
    REMOTE_FLUSH,   /* what was written by requests that are done stays, come what may */
};

/* `length` bytes, which follow those of the extent before. */
struct remote_extent {
    uint64_t length;
    bool zeros; /* reads as zeros */
};

struct remote_request {
    enum remote_verb verb;
    uint64_t offset;
    uint64_t length;
    uint8_t *bytes;
    GArray *extents; /* of struct remote_extent, from `offset` on; at least one when all went well,
                        and perhaps fewer or more bytes than asked for */
    bool done;
    int problem; /* when done: 0, or the errno that the other side answered; EPROTO: nonsense */
};

enum remote_trouble {
    REMOTE_FINE,
    REMOTE_LOST,        /* the connection ended */
    REMOTE_SILENT,      /* nothing came for as long as the user would wait */
    REMOTE_INTERRUPTED, /* a signal wants the program to end */
};

struct remote;

struct remote_operations {
    /* Starts a request. False when as many are under way as the remote takes: pump first; or when
     * it has trouble. */
    bool (*submit)(struct remote *remote, struct remote_request *request);
    /* Waits until something happened: an answer, or trouble. */
    void (*pump)(struct remote *remote);
    /* Waits until nothing is under way any more, but not for long: what is not answered then ends
     * with trouble. */
    void (*drain)(struct remote *remote);
};

struct remote {
    const struct remote_operations *operations;
    struct remote_facts facts;
    /* Two that may have the same bytes, as far as is known, have the same number. */
    uint64_t identity;
    enum remote_trouble trouble;
    const char *told; /* what is known of the trouble, NULL: nothing more */
};

static inline bool remote_submit(struct remote *remote, struct remote_request *request)
{
    return remote->operations->submit(remote, request);
}

/* Waits until the request, which was submitted, is done. */
void remote_wait(struct remote *remote, const struct remote_request *request);

/*
 * Why `request` failed, or why none is taken any more (NULL): the code of the error
 * (IOVTOOL_ERROR), and in *message what is to be said behind the name.
 */
int remote_explain(const struct remote *remote, const struct remote_request *request,
                   char **message);

#endif
