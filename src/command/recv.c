/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/destination.h"
#include "cli/exchange.h"
#include "cli/moving.h"
#include "cli/report.h"
#include "cli/socket-options.h"
#include "cli/vector-input.h"
#include "core/restart.h"
#include "net/deadline.h"
#include "segment/error.h"
#include "segment/framing.h"

struct recv_options {
    struct socket_options socket;
    struct destination_options destination;
    struct report_options report;
    struct vector_options vector; /* only what they say of NBD servers */
    GPtrArray *outputs;
    gboolean listen;
    gboolean keep;
    gboolean print_address;
    uint64_t ready_fd; /* or SIZE_NOT_GIVEN */
    uint64_t length;   /* SEGMENT_TO_END: not given */
    uint64_t count;    /* or SIZE_NOT_GIVEN */
};

#define OPTION(member) offsetof(struct recv_options, member)

static const struct option recv_table[] = {
    { "output", 'o', OPTION_TEXTS, OPTION(outputs),
      "to FILE[@RANGE], URI[@RANGE], fd:N, -; repeatable", "DEST", NULL },
    { "listen", 'l', OPTION_FLAG, OPTION(listen), "wait at ADDRESS for the other end", NULL, NULL },
    { "keep", 0, OPTION_FLAG, OPTION(keep), "take connections in turn; {} in DEST: which one", NULL,
      NULL },
    { "print-address", 0, OPTION_FLAG, OPTION(print_address), "print on stderr where it listens",
      NULL, NULL },
    { "ready-fd", 0, OPTION_SIZE, OPTION(ready_fd), "the same to descriptor N, then close it", "N",
      NULL },
    { "length", 'n', OPTION_SIZE, OPTION(length), "receive exactly N bytes", "N", NULL },
    { "count", 'c', OPTION_SIZE, OPTION(count), "receive exactly N messages or frames", "N", NULL },
    { .name = NULL },
};

static const struct option_table recv_tables[] = {
    { recv_table, 0 },
    { append_option_table, OPTION(destination) },
    { destination_option_table, OPTION(destination) },
    { remote_option_table, OPTION(vector) },
    { server_option_table, OPTION(vector) },
    { socket_option_table, OPTION(socket) },
    { report_option_table, offsetof(struct recv_options, report) },
    { NULL, 0 },
};

static void recv_prepare(void *data)
{
    struct recv_options *options = data;
    socket_options_prepare(&options->socket);
    vector_options_prepare(&options->vector);
    options->ready_fd = SIZE_NOT_GIVEN;
    options->length = SEGMENT_TO_END;
    options->count = SIZE_NOT_GIVEN;
}

static void recv_finish(void *data)
{
    struct recv_options *options = data;
    socket_options_finish(&options->socket);
    g_clear_pointer(&options->outputs, g_ptr_array_unref);
}

/* ---- Before anything is touched ---- */

static bool check_type(const struct recv_options *options, int type, GError **error)
{
    const bool frames = options->socket.framing != FRAMING_NONE;
    const bool plain = type == SOCK_STREAM && !frames && !options->keep;
    if (options->keep && type == SOCK_DGRAM) {
        return usage_error(error, "--keep is for connections, and here are none; --count=N takes "
                                  "more messages");
    }
    if (options->keep && options->socket.per_segment) {
        return usage_error(error, "--keep and --per-segment exclude each other");
    }
    if (plain && (options->count != SIZE_NOT_GIVEN || options->socket.per_segment)) {
        return usage_error(error, "--count and --per-segment are for messages and frames; a stream "
                                  "has none without --framing");
    }
    if (frames && options->length != SEGMENT_TO_END) {
        return usage_error(error, "--length and --framing exclude each other; --count is for "
                                  "frames");
    }
    if (type == SOCK_DGRAM && options->length != SEGMENT_TO_END &&
        options->count != SIZE_NOT_GIVEN) {
        return usage_error(error, "--length and --count exclude each other");
    }
    return socket_options_check(&options->socket, type, error);
}

static bool check_ready_fd(const struct recv_options *options, GError **error)
{
    if (options->ready_fd == SIZE_NOT_GIVEN) {
        return true;
    }
    const int flags = options->ready_fd <= INT_MAX ? fcntl((int)options->ready_fd, F_GETFL) : -1;
    return (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY) ||
           usage_error(error, "--ready-fd: descriptor %" PRIu64 " is not open for writing",
                       options->ready_fd);
}

/* What is announced on N is the last that N is for. */
static bool check_ready_fd_is_free(const struct recv_options *options,
                                   const struct destinations *destinations, GError **error)
{
    uint32_t count;
    const struct sink *sinks = destinations_sinks(destinations, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (sinks[i].fd >= 0 && (uint64_t)sinks[i].fd == options->ready_fd) {
            return usage_error(error, "--ready-fd: descriptor %d is a destination as well",
                               sinks[i].fd);
        }
    }
    return true;
}

static bool check(const struct recv_options *options, const struct socket_words *parsed,
                  GError **error)
{
    const int type = address_socket_type(parsed->address);
    if (parsed->rest->len > 0) {
        return usage_error(error, "'%s': one address is all there is; -o says where to write",
                           g_array_index(parsed->rest, struct word, 0).text);
    }
    if (type == SOCK_DGRAM && !options->listen) {
        return usage_error(error, "%s: nothing comes to a datagram socket that does not --listen",
                           parsed->address->shown);
    }
    if (options->listen && parsed->source) {
        return usage_error(error, "--source and --listen exclude each other");
    }
    if (options->keep && (!options->listen || options->socket.json)) {
        return usage_error(error, options->listen ? "--keep excludes --json"
                                                  : "--keep goes with --listen");
    }
    if (!options->listen && (options->print_address || options->ready_fd != SIZE_NOT_GIVEN)) {
        return usage_error(error, "--print-address and --ready-fd go with --listen");
    }
    return check_ready_fd(options, error) && (!type || check_type(options, type, error));
}

/* ---- The socket ---- */

/* Tells where it listens, in one write() if the kernel takes it: who waits gets a whole line. */
static bool announce_to(int fd, const char *line, GError **error)
{
    while (*line) {
        const ssize_t n = restart_write(fd, line, strlen(line));
        if (n < 0) {
            g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE,
                        "cannot write the address to descriptor %d: %s", fd, g_strerror(errno));
            return false;
        }
        line += n;
    }
    return true;
}

/* A number that is merely closed would be that of the next file or connection, to which standard
 * output or error of this program would then go. */
static bool replace_by_null(int fd, GError **error)
{
    const int null = restart_open("/dev/null", O_RDWR | O_CLOEXEC, 0);
    const bool ok = null >= 0 && dup2(null, fd) == fd;
    if (!ok) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE, "cannot open /dev/null: %s",
                    g_strerror(errno));
    }
    if (null >= 0) {
        (void)close(null); /* nothing was written to it */
    }
    return ok;
}

static bool announce(const struct recv_options *options, const struct socket *socket,
                     enum address_kind kind, GError **error)
{
    g_autoptr(GString) line = g_string_new(NULL);
    if (kind == ADDRESS_FD) {
        g_string_append(line, socket->name);
    } else {
        socket_describe(socket, kind, line);
    }
    g_string_append_c(line, '\n');
    if (options->print_address && !announce_to(STDERR_FILENO, line->str, error)) {
        return false;
    }
    if (options->ready_fd == SIZE_NOT_GIVEN) {
        return true;
    }
    const int fd = (int)options->ready_fd;
    return announce_to(fd, line->str, error) && replace_by_null(fd, error);
}

static bool open_socket(struct socket *socket, const struct recv_options *options,
                        const struct socket_words *parsed, GError **error)
{
    const int family = socket_options_family(&options->socket);
    const int64_t deadline = MIN(deadline_in(options->socket.timeout), options->socket.deadline);
    if (!options->listen) {
        return socket_options_connect(socket, &options->socket, parsed, error);
    }
    return socket_listen(socket, parsed->address, family, error) &&
           announce(options, socket, parsed->address->kind, error) &&
           (socket->type == SOCK_DGRAM || options->keep || socket_accept(socket, deadline, error));
}

/* ---- The bytes ---- */

/* How many messages or frames are wanted when nobody said so: a datagram socket has no end. */
static uint64_t default_count(const struct recv_options *options, int type,
                              const struct destinations *destinations, uint32_t sinks)
{
    const bool each = options->socket.per_segment;
    if (each && (type == SOCK_DGRAM || destinations_are_bounded(destinations))) {
        return sinks;
    }
    return type == SOCK_DGRAM && options->length == SEGMENT_TO_END ? 1 : UINT64_MAX;
}

/* Into where the scatter stands. */
static bool receive_more(const struct recv_options *options, struct exchange *exchange,
                         struct destinations *destinations, struct scatter *scatter, GError **error)
{
    uint32_t count;
    const int type = exchange->socket->type;
    destinations_sinks(destinations, &count);
    const struct receiver_wants wants = {
        .peer = exchange->socket->name,
        .type = type,
        .is_udp = socket_is_udp(exchange->socket),
        .length = options->length,
        .count = options->count != SIZE_NOT_GIVEN && !options->keep
                     ? options->count
                     : default_count(options, type, destinations, count),
        .framing = (enum framing)options->socket.framing,
        .per_segment = options->socket.per_segment,
        .seen = exchange->trace ? exchange_received : NULL,
        .context = exchange,
    };
    exchange->receiver = receiver_new(exchange->socket->fd, &wants, scatter);
    const bool ok = exchange_receive(exchange, error) && scatter_settle(scatter, error);
    if (!ok && scatter_done(scatter) > 0 && !options->destination.atomic) {
        tell_bytes_written(scatter_done(scatter), error);
    }
    if (ok && report_wanted(&options->report)) {
        report_done("received", receiver_bytes(exchange->receiver), exchange->start);
    }
    return ok;
}

static bool receive(const struct recv_options *options, struct exchange *exchange,
                    struct destinations *destinations, GError **error)
{
    uint32_t count;
    if (!destinations_start(destinations, error)) {
        return false;
    }
    const struct sink *sinks = destinations_sinks(destinations, &count);
    struct scatter *scatter = scatter_new(sinks, count);
    const bool ok = receive_more(options, exchange, destinations, scatter, error);
    scatter_free(scatter);
    return ok;
}

static bool print_statistics(const struct recv_options *options, const struct exchange *exchange,
                             GError **error)
{
    const bool plain =
        exchange->socket->type == SOCK_STREAM && options->socket.framing == FRAMING_NONE;
    const uint64_t messages = plain ? UINT64_MAX : receiver_messages(exchange->receiver);
    return !options->socket.json || exchange_print_json(exchange, messages, false, error);
}

static bool recv_into(const struct recv_options *options, const struct socket_words *parsed,
                      struct destinations *destinations, GError **error)
{
    struct exchange exchange = { .receiver = NULL };
    struct socket socket = { .fd = -1 };
    bool ok = check_ready_fd_is_free(options, destinations, error) &&
              open_socket(&socket, options, parsed, error);
    if (ok) {
        exchange_start(&exchange, &socket, &options->socket,
                       options->socket.trace && !options->report.quiet);
        ok = check_type(options, socket.type, error) &&
             receive(options, &exchange, destinations, error);
    }
    ok = ok && destinations_settle(destinations, error) &&
         print_statistics(options, &exchange, error);
    ok = destinations_finish(destinations, ok, ok ? error : NULL);
    receiver_free(exchange.receiver);
    socket_close(&socket);
    return ok;
}

/* ---- One connection after the other ---- */

/* The words of -o, where "{}" is the number of the connection. */
static GPtrArray *numbered_words(const GPtrArray *outputs, uint64_t number)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *digits = g_strdup_printf("%" PRIu64, number);
    for (guint i = 0; outputs && i < outputs->len; i++) {
        GString *word = g_string_new(g_ptr_array_index(outputs, i));
        g_string_replace(word, "{}", digits, 0);
        g_ptr_array_add(words, g_string_free(word, FALSE));
    }
    return words;
}

static bool has_numbers(const GPtrArray *outputs)
{
    for (guint i = 0; outputs && i < outputs->len; i++) {
        if (strstr(g_ptr_array_index(outputs, i), "{}")) {
            return true;
        }
    }
    return false;
}

struct keeping {
    const struct recv_options *options;
    const struct destination_options *destination;
    struct socket *listening;
    struct destinations *destinations; /* of all connections; NULL: each has its own */
    struct scatter *scatter;           /* of these */
    bool lost;                         /* no further connection can be written anywhere */
};

/* A connection with destinations of its own. */
static bool receive_numbered(struct keeping *keeping, struct exchange *exchange, uint64_t number,
                             GError **error)
{
    g_autoptr(GPtrArray) words = numbered_words(keeping->options->outputs, number);
    struct destinations *destinations = destinations_open((const char *const *)words->pdata,
                                                          words->len, keeping->destination, error);
    if (!destinations) {
        return false;
    }
    const bool ok = receive(keeping->options, exchange, destinations, error);
    keeping->lost = destinations_are_lost(destinations);
    return destinations_finish(destinations, ok, ok ? error : NULL);
}

static bool take_connection(struct keeping *keeping, uint64_t number, GError **error)
{
    const struct recv_options *options = keeping->options;
    const int64_t deadline = MIN(deadline_in(options->socket.timeout), options->socket.deadline);
    struct exchange exchange = { .receiver = NULL };
    struct socket socket;
    if (!socket_accept_next(keeping->listening, &socket, deadline, error)) {
        return false;
    }
    exchange_start(&exchange, &socket, &options->socket,
                   options->socket.trace && !options->report.quiet);
    const bool ok = keeping->destinations ? receive_more(options, &exchange, keeping->destinations,
                                                         keeping->scatter, error)
                                          : receive_numbered(keeping, &exchange, number, error);
    keeping->lost |= keeping->destinations && destinations_are_lost(keeping->destinations);
    receiver_free(exchange.receiver);
    socket_close(&socket);
    return ok;
}

/* What a peer does wrong is its own trouble, and the others' turn comes. */
static bool take_connections(struct keeping *keeping, GError **error)
{
    const uint64_t count = keeping->options->count;
    uint64_t failed = 0;
    for (uint64_t i = 1; i <= count; i++) {
        g_autoptr(GError) problem = NULL;
        if (take_connection(keeping, i, &problem)) {
            continue;
        }
        if (keeping->lost || !g_error_matches(problem, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER)) {
            g_propagate_error(error, g_steal_pointer(&problem));
            return false;
        }
        fprintf(stderr, "iovtool recv: connection %" PRIu64 ": %s\n", i, problem->message);
        failed++;
    }
    if (failed > 0) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER,
                    "%" PRIu64 " of %" PRIu64 " connections failed", failed, count);
    }
    return failed == 0;
}

/* Output goes on in the same place. */
static bool keep_into(struct keeping *keeping, struct destinations *destinations, GError **error)
{
    uint32_t count;
    bool ok = destinations_start(destinations, error);
    if (ok) {
        const struct sink *sinks = destinations_sinks(destinations, &count);
        keeping->destinations = destinations;
        keeping->scatter = scatter_new(sinks, count);
        ok = take_connections(keeping, error);
        scatter_free(keeping->scatter);
    }
    return ok;
}

static bool keep_receiving(const struct recv_options *options, const struct socket_words *parsed,
                           const struct destination_options *destination, GError **error)
{
    const bool numbered = has_numbers(options->outputs);
    g_autoptr(GPtrArray) words = numbered_words(options->outputs, 1);
    struct socket listening = { .fd = -1 };
    struct keeping keeping = { options, destination, &listening, NULL, NULL, false };
    struct destinations *destinations = NULL;
    if (!numbered) {
        destinations =
            destinations_open((const char *const *)words->pdata, words->len, destination, error);
        if (!destinations || !check_ready_fd_is_free(options, destinations, error)) {
            if (destinations) {
                destinations_finish(destinations, false, NULL);
            }
            return false;
        }
    }
    bool ok =
        open_socket(&listening, options, parsed, error) &&
        check_type(options, listening.type, error) &&
        (numbered ? take_connections(&keeping, error) : keep_into(&keeping, destinations, error));
    if (destinations) {
        ok = destinations_finish(destinations, ok, ok ? error : NULL);
    }
    socket_close(&listening);
    return ok;
}

static bool uses_standard_output(const GPtrArray *outputs)
{
    for (guint i = 0; outputs && i < outputs->len; i++) {
        if (strcmp(g_ptr_array_index(outputs, i), "-") == 0) {
            return true;
        }
    }
    return !outputs;
}

static bool recv_once(const struct recv_options *options, const struct socket_words *parsed,
                      const struct destination_options *destination, GError **error)
{
    const GPtrArray *outputs = options->outputs;
    struct destinations *destinations =
        destinations_open(outputs ? (const char *const *)outputs->pdata : NULL,
                          outputs ? outputs->len : 0, destination, error);
    return destinations && recv_into(options, parsed, destinations, error);
}

/* The limits for the socket hold for NBD servers as well; a server is never waited for for ever
 * just because nobody gave one. */
static bool recv_with_files(const struct recv_options *options, const struct socket_words *parsed,
                            GError **error)
{
    struct files *files = files_new();
    struct vector_options vector = options->vector;
    struct destination_options destination = options->destination;
    destination.separate = options->socket.per_segment;
    destination.files = files;
    vector.remote.connect_timeout = options->socket.connect_timeout;
    if (options->socket.timeout > 0) {
        vector.remote.timeout = options->socket.timeout;
    }
    const bool ok = vector_input_prepare(files, &vector, error) &&
                    (options->keep ? keep_receiving(options, parsed, &destination, error)
                                   : recv_once(options, parsed, &destination, error));
    files_free(files);
    return ok;
}

static bool recv_run(void *data, const struct words *words, enum verdict *verdict, GError **error)
{
    struct recv_options *options = data;
    const GPtrArray *outputs = options->outputs;
    struct socket_words parsed;
    (void)verdict;
    if (!socket_words_parse(&parsed, &options->socket, words, error)) {
        return false;
    }
    bool ok = check(options, &parsed, error);
    if (ok && options->destination.append && options->destination.atomic) {
        ok = usage_error(error, "--append and --atomic exclude each other");
    }
    if (ok && options->socket.json && uses_standard_output(outputs)) {
        ok = usage_error(error, "--json and the data would both go to standard output; -o puts the "
                                "data elsewhere");
    }
    if (ok) {
        socket_options_start(&options->socket, "recv", &parsed);
        ok = recv_with_files(options, &parsed, error);
    }
    socket_words_free(&parsed);
    return ok;
}

const struct command recv_command = {
    .name = "recv",
    .summary = "Receive from a socket, and scatter it over files and ranges.",
    .operands = "ADDRESS",
    .description = "ADDRESS is as for send. Connects there, or with --listen waits for one other\n"
                   "end. A stream is received up to its end; --framing tells frames apart in it.\n"
                   "Of a datagram socket one message is received, or --count. A message that\n"
                   "does not fit is an error, and so is an end that comes too early.",
    .examples = "  iovtool recv --listen tcp::5000 -o image.bin\n"
                "  iovtool recv --listen tcp::0 --print-address --timeout=60 | tar x\n"
                "  truncate -s 512 head; iovtool recv --listen unix:in -o head@0+512 -o rest\n"
                "  iovtool recv --listen udp::5514 --count=10 --append -o log\n"
                "  iovtool recv tcp:localhost:13 --length=26\n",
    .options_size = sizeof(struct recv_options),
    .tables = recv_tables,
    .prepare = recv_prepare,
    .run = recv_run,
    .finish = recv_finish,
};
