/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/send-reply.h"

#include <string.h>

#include "segment/literal.h"
#include "segment/spec.h"

#define OPTION(member) offsetof(struct reply_options, member)

const struct option reply_option_table[] = {
    { "reply", 0, OPTION_OPTIONAL_TEXT, OPTION(destination),
      "read the answer, to standard output or DEST", "DEST", NULL },
    { "reply-length", 0, OPTION_SIZE, OPTION(length), "the answer has N bytes", "N", NULL },
    { "reply-until", 0, OPTION_TEXT, OPTION(until), "the answer ends with these bytes",
      "HEX|str:TEXT", NULL },
    { .name = NULL },
};

void reply_options_prepare(struct reply_options *options)
{
    options->length = SEGMENT_TO_END;
}

void reply_options_finish(struct reply_options *options)
{
    g_free(options->destination);
    g_free(options->until);
}

static bool parse_hex(const char *word, GByteArray *bytes, GError **error)
{
    struct problem problem;
    if (literal_hex(word, strlen(word), bytes, &problem)) {
        return true;
    }
    problem_report(&problem, word, strlen(word), error);
    return false;
}

/* A literal of the segment language, or just hex digits. */
static bool parse_until(struct reply *reply, const char *word, GError **error)
{
    GByteArray *bytes = reply->until = g_byte_array_new();
    struct spec spec;
    const bool is_literal = strchr(word, ':') != NULL;
    if (is_literal ? !spec_parse(word, strlen(word), bytes, &spec, error)
                   : !parse_hex(word, bytes, error)) {
        g_prefix_error(error, "--reply-until: ");
        return false;
    }
    if (is_literal && (spec.source != SPEC_LITERAL || spec.range.form != RANGE_ALL)) {
        return usage_error(error, "--reply-until: '%s' is no literal such as 0d0a or str:\\r\\n",
                           word);
    }
    return bytes->len > 0 || usage_error(error, "--reply-until: no bytes given");
}

static bool open_destination(struct reply *reply, const struct reply_options *options,
                             GError **error)
{
    const char *word = options->destination;
    const bool given = word && *word;
    reply->on_standard_output = !given || strcmp(word, "-") == 0;
    reply->destinations = destinations_open(&word, given ? 1 : 0, &reply->destination, error);
    return reply->destinations != NULL;
}

bool reply_open(struct reply *reply, const struct reply_options *options, struct files *files,
                GError **error)
{
    *reply = (struct reply){
        .wanted = options->destination || options->until || options->length != SEGMENT_TO_END,
        .length = options->length,
        .destination = { .for_terminals = "--reply=-", .never_extends = true, .files = files },
    };
    bool ok = true;
    if (options->until && options->length != SEGMENT_TO_END) {
        ok = usage_error(error, "--reply-length and --reply-until exclude each other");
    } else if (options->until) {
        ok = parse_until(reply, options->until, error);
    }
    ok = ok && (!reply->wanted || open_destination(reply, options, error));
    if (!ok) {
        g_clear_pointer(&reply->until, g_byte_array_unref);
    }
    return ok;
}

bool reply_start(struct reply *reply, struct exchange *exchange, GError **error)
{
    const struct socket *socket = exchange->socket;
    const bool datagram = socket->type == SOCK_DGRAM;
    const struct receiver_wants wants = {
        .peer = socket->name,
        .type = socket->type,
        .is_udp = socket_is_udp(socket),
        .length = reply->length,
        .count = datagram && reply->length == SEGMENT_TO_END ? 1 : UINT64_MAX,
        .until = reply->until ? reply->until->data : NULL,
        .until_length = reply->until ? reply->until->len : 0,
        .seen = exchange->trace ? exchange_received : NULL,
        .context = exchange,
    };
    if (!reply->wanted && (datagram || socket->inherited)) {
        return true; /* nothing of ours is lost by not looking; who has it next may want it */
    }
    if (reply->wanted) {
        uint32_t count;
        if (!destinations_start(reply->destinations, error)) {
            return false;
        }
        const struct sink *sinks = destinations_sinks(reply->destinations, &count);
        reply->scatter = scatter_new(sinks, count);
    }
    exchange->answer_wanted = reply->wanted;
    exchange->receiver = receiver_new(socket->fd, &wants, reply->scatter);
    return true;
}

bool reply_finish(struct reply *reply, struct exchange *exchange, bool ok, GError **error)
{
    g_clear_pointer(&exchange->receiver, receiver_free);
    ok = ok && (!reply->scatter || scatter_settle(reply->scatter, error));
    g_clear_pointer(&reply->scatter, scatter_free);
    g_clear_pointer(&reply->until, g_byte_array_unref);
    if (reply->destinations) {
        ok = destinations_finish(reply->destinations, ok, ok ? error : NULL);
    }
    return ok;
}
