/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/commands.h"

#include <errno.h>
#include <sys/socket.h>

#include "cli/report.h"
#include "cli/socket-options.h"
#include "cli/vector-input.h"
#include "command/send-reply.h"
#include "segment/framing.h"
#include "transfer/engine.h"
#include "transfer/messages.h"
#include "transfer/plan.h"

enum offload { OFFLOAD_AUTO, OFFLOAD_SENDFILE, OFFLOAD_ZEROCOPY, OFFLOAD_NONE };
static const char *const offload_words[] = { "auto", "sendfile", "zerocopy", "none", NULL };

enum shutdown { SHUTDOWN_DEFAULT = -1, SHUTDOWN_NOW, SHUTDOWN_SILENCE, SHUTDOWN_NEVER };
static const char *const shutdown_words[] = { "now", "silence", "never", NULL };

struct send_options {
    struct vector_options vector;
    struct socket_options socket;
    struct reply_options reply;
    struct report_options report;
    int shutdown;
    gboolean no_shutdown;
    uint64_t mtu; /* or SIZE_NOT_GIVEN */
    int offload;
};

#define OPTION(member) offsetof(struct send_options, member)

static const struct option send_table[] = {
    { "shutdown", 0, OPTION_CHOICE, OPTION(shutdown),
      "half-close: now, silence (with a reply), never", "WHEN", shutdown_words },
    { "no-shutdown", 0, OPTION_FLAG, OPTION(no_shutdown), "the same as --shutdown=never", NULL,
      NULL },
    { "mtu", 0, OPTION_SIZE, OPTION(mtu), "split messages into ones of at most N bytes", "N",
      NULL },
    { "offload", 0, OPTION_CHOICE, OPTION(offload), "auto (default), sendfile, zerocopy or none",
      "WAY", offload_words },
    { .name = NULL },
};

static const struct option_table send_tables[] = {
    { reply_option_table, OPTION(reply) },
    { send_table, 0 },
    { socket_option_table, OPTION(socket) },
    { vector_option_table, OPTION(vector) },
    { padding_option_table, OPTION(vector) },
    { mapping_option_table, OPTION(vector) },
    { remote_option_table, OPTION(vector) },
    { extents_option_table, OPTION(vector) },
    { server_option_table, OPTION(vector) },
    { report_option_table, offsetof(struct send_options, report) },
    { NULL, 0 },
};

static void send_prepare(void *data)
{
    struct send_options *options = data;
    vector_options_prepare(&options->vector);
    socket_options_prepare(&options->socket);
    reply_options_prepare(&options->reply);
    options->socket.timeout = options->socket.connect_timeout;
    options->shutdown = SHUTDOWN_DEFAULT;
    options->mtu = SIZE_NOT_GIVEN;
}

static void send_finish(void *data)
{
    struct send_options *options = data;
    socket_options_finish(&options->socket);
    reply_options_finish(&options->reply);
}

/* What is to be sent, and over what. */
struct sending {
    const struct send_options *options;
    const struct vector_input *input;
    struct vector *framed; /* NULL: the vector goes as it is */
    struct exchange exchange;
    uint64_t messages; /* UINT64_MAX: a stream without frames */
};

static const struct vector *vector_of(const struct sending *sending)
{
    return sending->framed ? sending->framed : sending->input->vector;
}

/* ---- Streams ---- */

static struct plan_limits stream_limits(const struct sending *sending)
{
    struct plan_limits limits = plan_default_limits;
    /* sendfile() hands over the pages of the file, not the bytes: only where it is asked for. */
    limits.share_pages = sending->options->offload == OFFLOAD_SENDFILE && !sending->exchange.trace;
    limits.may_end_early = sending->input->shortage == SLICE_ALLOW_SHORT;
    return limits;
}

static bool send_bytes(struct sending *sending, GError **error)
{
    struct exchange *exchange = &sending->exchange;
    const struct sink sink = {
        .kind = SINK_SOCKET,
        .fd = exchange->socket->fd,
        .name = exchange->socket->name,
        .length = SEGMENT_TO_END,
    };
    const struct plan_limits limits = stream_limits(sending);
    g_autoptr(GArray) steps = plan_make(vector_of(sending), &sink, 1, &limits);
    const struct engine_job job = {
        .vector = vector_of(sending),
        .files = sending->input->files,
        .sinks = &sink,
        .sink_count = 1,
        .steps = steps,
        .shortage = sending->input->shortage,
        .reader_flags = sending->input->reader_flags,
        .zerocopy = sending->options->offload == OFFLOAD_ZEROCOPY,
        .wait = exchange_wait,
        .time_limit = exchange->time_limit,
        .await = exchange_await_source,
        .written = exchange->trace ? exchange_sent : NULL,
        .context = exchange,
    };
    return engine_run(&job, &exchange->sent, error);
}

static bool send_stream(struct sending *sending, GError **error)
{
    const struct socket *socket = sending->exchange.socket;
    sending->messages = sending->framed ? vector_count(sending->input->vector) : UINT64_MAX;
    socket_widen(socket);
    return send_bytes(sending, error);
}

/* ---- Messages ---- */

/* The longest message of known length. */
static uint64_t longest_known(const struct sending *sending)
{
    const struct vector *vector = sending->input->vector;
    uint64_t longest = vector->length;
    if (sending->options->socket.per_segment) {
        longest = 0;
        for (size_t i = 0; i < vector_count(vector); i++) {
            const struct segment *segment = vector_segment(vector, i);
            longest = MAX(longest, segment_open_ended(segment) ? 0 : segment->length);
        }
    }
    return vector->open_ended ? UINT64_MAX : longest;
}

static bool send_messages(struct sending *sending, GError **error)
{
    const struct send_options *options = sending->options;
    struct exchange *exchange = &sending->exchange;
    const struct socket *socket = exchange->socket;
    struct messages_sent sent;
    const uint64_t longest = MIN(longest_known(sending), options->mtu);
    const struct messages_job job = {
        .vector = sending->input->vector,
        .files = sending->input->files,
        .shortage = sending->input->shortage,
        .reader_flags = sending->input->reader_flags,
        .fd = socket->fd,
        .name = socket->name,
        .longest = socket_longest_message(socket, longest),
        .split = options->mtu,
        .per_segment = options->socket.per_segment,
        .is_udp = socket_is_udp(socket),
        .offload = options->offload != OFFLOAD_NONE,
        .wait = exchange_wait,
        .sent = exchange->trace ? exchange_sent : NULL,
        .context = exchange,
    };
    const bool ok = messages_send(&job, &sent, error);
    exchange->sent = sent.bytes;
    sending->messages = sent.messages;
    return ok;
}

/* ---- All of it ---- */

static bool check_type(const struct send_options *options, int type, const struct vector *vector,
                       GError **error)
{
    const bool stream = type == SOCK_STREAM;
    if (stream && (options->socket.per_segment || options->mtu != SIZE_NOT_GIVEN)) {
        return usage_error(error, "--per-segment and --mtu are for messages, and this is a stream; "
                                  "--framing tells segments apart in one");
    }
    if (!stream && options->reply.until) {
        return usage_error(error, "--reply-until is for streams: an answer here is a message");
    }
    if (options->mtu == 0) {
        return usage_error(error, "--mtu: a message has at least 1 byte");
    }
    if (options->socket.per_segment &&
        (vector->pending_skip > 0 || vector->pending_limit != SEGMENT_TO_END)) {
        return usage_error(error, "--per-segment: which segments a slice of a stream of unknown "
                                  "length has is not known before it ends");
    }
    return socket_options_check(&options->socket, type, error);
}

/* The vector as frames, if they are wanted. */
static bool frame(struct sending *sending, GError **error)
{
    const enum framing framing = (enum framing)sending->options->socket.framing;
    if (framing == FRAMING_NONE) {
        return true;
    }
    sending->framed =
        vector_framed(sending->input->vector, framing, sending->input->shortage, error);
    return sending->framed != NULL;
}

static enum shutdown when_to_shut_down(const struct send_options *options, bool reply_wanted)
{
    if (options->no_shutdown) {
        return SHUTDOWN_NEVER;
    }
    if (options->shutdown == SHUTDOWN_DEFAULT) {
        return reply_wanted ? SHUTDOWN_SILENCE : SHUTDOWN_NOW;
    }
    return (enum shutdown)options->shutdown;
}

/* Tells the other end of a connection that this was all. */
static bool half_close(struct sending *sending, bool reply_wanted, GError **error)
{
    const struct socket *socket = sending->exchange.socket;
    const enum shutdown when = when_to_shut_down(sending->options, reply_wanted);
    if (when == SHUTDOWN_NEVER || socket->type == SOCK_DGRAM) {
        return true;
    }
    return (when == SHUTDOWN_NOW || exchange_await_silence(&sending->exchange, error)) &&
           (shutdown(socket->fd, SHUT_WR) == 0 ||
            errno == ENOTCONN || /* the other end has gone: what it took is asked for later */
            socket_error(socket, "cannot shut down", errno, error));
}

static bool converse(struct sending *sending, struct reply *reply, GError **error)
{
    struct exchange *exchange = &sending->exchange;
    if (!reply_start(reply, exchange, error)) {
        return false;
    }
    const bool sent = exchange->socket->type == SOCK_STREAM ? send_stream(sending, error)
                                                            : send_messages(sending, error);
    if (!sent || !half_close(sending, reply->wanted, error)) {
        exchange_last_words(exchange);
        return false;
    }
    return (!reply->wanted || exchange_receive(exchange, error)) &&
           exchange_settle(exchange, error) && socket_check(exchange->socket, error) &&
           (!sending->options->socket.json ||
            exchange_print_json(exchange, sending->messages, true, error));
}

static bool send_over(struct sending *sending, struct socket *socket, struct reply *reply,
                      GError **error)
{
    const struct send_options *options = sending->options;
    exchange_start(&sending->exchange, socket, &options->socket,
                   options->socket.trace && !options->report.quiet);
    const bool ok = check_type(options, socket->type, sending->input->vector, error) &&
                    converse(sending, reply, error);
    if (ok && report_wanted(&options->report)) {
        report_done("sent", sending->exchange.sent, sending->exchange.start);
    }
    return reply_finish(reply, &sending->exchange, ok, error);
}

static bool send_input(const struct send_options *options, const struct vector_input *input,
                       const struct socket_words *parsed, GError **error)
{
    struct sending sending = { .options = options, .input = input };
    const int type = address_socket_type(parsed->address);
    struct socket socket;
    struct reply reply;
    if (options->no_shutdown && options->shutdown != SHUTDOWN_DEFAULT &&
        options->shutdown != SHUTDOWN_NEVER) {
        return usage_error(error, "--no-shutdown is --shutdown=never, and --shutdown=%s is given",
                           shutdown_words[options->shutdown]);
    }
    if ((type && !check_type(options, type, input->vector, error)) || !frame(&sending, error)) {
        return false;
    }
    bool ok = reply_open(&reply, &options->reply, input->files, error);
    if (ok && options->socket.json && reply.on_standard_output) {
        ok = reply_finish(&reply, &sending.exchange,
                          usage_error(error, "--json and the answer would both go to standard "
                                             "output; --reply=FILE puts one of them elsewhere"),
                          error);
    } else if (ok) {
        ok = socket_options_connect(&socket, &options->socket, parsed, error);
        ok = ok ? send_over(&sending, &socket, &reply, error)
                : reply_finish(&reply, &sending.exchange, false, error);
        socket_close(&socket);
    }
    vector_free(sending.framed);
    return ok;
}

static bool send_run(void *data, const struct words *words, enum verdict *verdict, GError **error)
{
    struct send_options *options = data;
    struct socket_words parsed;
    struct vector_input input;
    (void)verdict;
    if (!socket_words_parse(&parsed, &options->socket, words, error)) {
        return false;
    }
    socket_options_start(&options->socket, "send", &parsed);
    const struct words rest = { (const struct word *)(const void *)parsed.rest->data,
                                parsed.rest->len };
    struct vector_options vector = options->vector;
    vector.remote.connect_timeout = options->socket.connect_timeout;
    vector.remote.timeout = options->socket.timeout;
    struct files *files = files_new();
    bool ok = vector_input_open(&input, files, &vector, &rest, error);
    if (ok) {
        ok = send_input(options, &input, &parsed, error) && files_settle(files, error);
        vector_input_close(&input);
    }
    files_free(files);
    socket_words_free(&parsed);
    return ok;
}

const struct command send_command = {
    .name = "send",
    .summary = "Send segments over a socket, and read the answer.",
    .operands = "ADDRESS SEGMENT...",
    .description = "ADDRESS is tcp:HOST:PORT, udp:HOST:PORT, unix:PATH, unix-dgram:PATH,\n"
                   "unix-seqpacket:PATH (@NAME: abstract), vsock:CID:PORT or fd:N.\n"
                   "A stream gets all the bytes, and then its end. Elsewhere the vector is one\n"
                   "message, which is never cut: what the socket does not take is an error.\n"
                   "TIME is in seconds, or 500ms, 2m, 1h. After 30s in which nothing moved the\n"
                   "run ends with status 4.",
    .examples = "  iovtool send tcp:localhost:7 be32:16 body@512+16\n"
                "  iovtool send unix:/run/app.sock --reply request.bin\n"
                "  iovtool send tcp:localhost:6379 'str:PING\\r\\n' --reply-until='str:\\r\\n'\n"
                "  iovtool send udp:[::1]:514 'str:<13>hello'\n"
                "  iovtool send --per-segment unix-dgram:/run/log -T list\n"
                "  iovtool send tcp:[::1]:5000 --framing=be32 a.bin b.bin@64+1K\n",
    .options_size = sizeof(struct send_options),
    .tables = send_tables,
    .prepare = send_prepare,
    .run = send_run,
    .finish = send_finish,
};
