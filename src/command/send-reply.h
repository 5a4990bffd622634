/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answer that `send` waits for: what of it is wanted, and where it goes. */
#ifndef IOVTOOL_COMMAND_SEND_REPLY_H
#define IOVTOOL_COMMAND_SEND_REPLY_H

#include "cli/command.h"
#include "cli/destination.h"
#include "cli/exchange.h"

struct reply_options {
    char *destination; /* NULL: not asked for; empty: standard output */
    uint64_t length;   /* SEGMENT_TO_END: not given */
    char *until;
};

extern const struct option reply_option_table[];
void reply_options_prepare(struct reply_options *options);
void reply_options_finish(struct reply_options *options);

struct reply {
    bool wanted;
    bool on_standard_output;
    uint64_t length;
    GByteArray *until; /* NULL: not given */
    struct destination_options destination;
    struct destinations *destinations; /* NULL: not wanted */
    struct scatter *scatter;
};

/* Checks the options and opens the destination, which stays untouched. On failure nothing is left
 * to free. `files` opens URIs. */
bool reply_open(struct reply *reply, const struct reply_options *options, struct files *files,
                GError **error);

/* From here on the destination changes. Makes the receiver of the exchange. */
bool reply_start(struct reply *reply, struct exchange *exchange, GError **error);

/* Ends with all that was opened: see destinations_finish(). */
bool reply_finish(struct reply *reply, struct exchange *exchange, bool ok, GError **error);

#endif
