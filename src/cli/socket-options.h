/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands that talk to a socket have in common: its address and its options. */
#ifndef IOVTOOL_CLI_SOCKET_OPTIONS_H
#define IOVTOOL_CLI_SOCKET_OPTIONS_H

#include "cli/command.h"
#include "net/socket.h"

struct socket_options {
    gboolean ipv4;
    gboolean ipv6;
    char *source;
    uint64_t connect_timeout; /* microseconds; 0: none */
    uint64_t timeout;         /* the same */
    uint64_t max_time;        /* the same */
    int64_t deadline;         /* of the whole run, once it has started */
    uint64_t retries;
    uint64_t retry_delay;
    int framing; /* enum framing */
    gboolean per_segment;
    gboolean trace;
    gboolean json;
};

extern const struct option socket_option_table[];

void socket_options_prepare(struct socket_options *options);
void socket_options_finish(struct socket_options *options);

/* The first operand, which is the address, and the words without it. */
struct socket_words {
    struct address *address;
    struct address *source; /* NULL: any */
    GArray *rest;           /* of struct word */
};

/* Parses the address among `words`, and what the options say of the near end. On failure nothing is
 * left to free. */
bool socket_words_parse(struct socket_words *parsed, const struct socket_options *options,
                        const struct words *words, GError **error);
void socket_words_free(struct socket_words *parsed);

/* Starts the time that the whole run of the command may take. */
void socket_options_start(struct socket_options *options, const char *command,
                          const struct socket_words *parsed);

/* AF_INET, AF_INET6, or AF_UNSPEC. */
int socket_options_family(const struct socket_options *options);

/* Connects as the options say. */
bool socket_options_connect(struct socket *socket, const struct socket_options *options,
                            const struct socket_words *parsed, GError **error);

/* What does not go together with a socket of `type`, as far as both commands have it. */
bool socket_options_check(const struct socket_options *options, int type, GError **error);

#endif
