/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of source/nbd.h share: nbd.c the exports, nbd-connection.c one connection. */
#ifndef IOVTOOL_SOURCE_NBD_INTERNAL_H
#define IOVTOOL_SOURCE_NBD_INTERNAL_H

#include "source/libnbd.h"
#include "source/nbd.h"

struct connection {
    struct export *export;
    struct nbd_handle *handle; /* NULL once it is closed */
    bool asked;                /* for the export, which is the last question of the handshake */
    int refusal;               /* the errno of the answer; 0: none, or a good one */
    bool ready;                /* the handshake is over */
    uint64_t under_way;
};

struct export
{
    struct remote remote;
    struct nbd *nbd;
    char *uri;
    char *shown;            /* the URI for messages */
    GPtrArray *connections; /* of struct connection, the first one ready at least once */
    uint64_t most_connections;
    int64_t heard; /* when something came, or the first request of several was sent */
    char *told;
    char *place; /* the address of the server and the name of the export, as they are known */
};

struct nbd {
    struct nbd_options options;
    struct libnbd libnbd;
    bool loaded;
    GPtrArray *exports;
};

/* What libnbd says of its latest trouble, without the name of its function, for a terminal. */
char *connection_told(const struct libnbd *libnbd);

/* Adds a connection to those of the export, and starts its handshake. */
struct connection *connection_add(struct export *export);

/* libnbd ends what is under way, and forgets it, when the handle is closed. */
void connection_close(struct connection *connection);

/* Goes on with the handshake, as far as that needs more than connection_notify(). */
void connection_shake_hands(struct connection *connection);

/* It will not become ready, or is over. */
bool connection_failed(const struct connection *connection);
bool connection_is_over(const struct libnbd *libnbd, struct nbd_handle *handle);

/* Lets libnbd do what poll() found possible. */
void connection_notify(struct connection *connection, short events);

/* Sends a request. False when libnbd would not; it is done then, and libnbd has the reason. */
bool connection_send(struct connection *connection, struct remote_request *request);

#endif
