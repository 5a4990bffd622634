/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/socket-options.h"

#include "net/deadline.h"
#include "net/time-limit.h"
#include "segment/framing.h"

#define EXIT_TIME 4 /* as main.c has it */

#define SECOND UINT64_C(1000000)

#define OPTION(member) offsetof(struct socket_options, member)

const struct option socket_option_table[] = {
    { "per-segment", 0, OPTION_FLAG, OPTION(per_segment), "one message a segment", NULL, NULL },
    { "framing", 0, OPTION_CHOICE, OPTION(framing), "frames: none, be16, be32, le16, le32 or lf",
      "KIND", framing_words },
    { "ipv4", '4', OPTION_FLAG, OPTION(ipv4), "IPv4 only", NULL, NULL },
    { "ipv6", '6', OPTION_FLAG, OPTION(ipv6), "IPv6 only", NULL, NULL },
    { "source", 0, OPTION_TEXT, OPTION(source), "the near end: HOST, HOST:PORT, :PORT or PATH",
      "ADDR", NULL },
    { "connect-timeout", 0, OPTION_TIME, OPTION(connect_timeout),
      "how long to try to connect (30s; 0: for ever)", "TIME", NULL },
    { "timeout", 0, OPTION_TIME, OPTION(timeout), "how long nothing may move (0: for ever)", "TIME",
      NULL },
    { "max-time", 0, OPTION_TIME, OPTION(max_time), "how long the run may take (0: for ever)",
      "TIME", NULL },
    { "retry", 0, OPTION_SIZE, OPTION(retries), "try to connect N times more", "N", NULL },
    { "retry-delay", 0, OPTION_TIME, OPTION(retry_delay), "the time between (1s)", "TIME", NULL },
    { "trace", 0, OPTION_FLAG, OPTION(trace), "dump on stderr what goes and comes", NULL, NULL },
    { "json", 0, OPTION_FLAG, OPTION(json), "print statistics as JSON", NULL, NULL },
    { .name = NULL },
};

void socket_options_prepare(struct socket_options *options)
{
    options->connect_timeout = 30 * SECOND;
    options->retry_delay = SECOND;
}

void socket_options_finish(struct socket_options *options)
{
    g_free(options->source);
}

int socket_options_family(const struct socket_options *options)
{
    return options->ipv4 ? AF_INET : options->ipv6 ? AF_INET6 : AF_UNSPEC;
}

/* Moves the first operand out of the words. NULL: there is none. */
static const char *take_first_operand(GArray *words)
{
    for (guint i = 0; i < words->len; i++) {
        const struct word word = g_array_index(words, struct word, i);
        if (word.kind == WORD_OPERAND) {
            g_array_remove_index(words, i);
            return word.text;
        }
    }
    return NULL;
}

static bool parse_addresses(struct socket_words *parsed, const struct socket_options *options,
                            GError **error)
{
    const char *word = take_first_operand(parsed->rest);
    if (!word) {
        return usage_error(error, "no address given");
    }
    parsed->address = address_parse(word, error);
    if (parsed->address && options->source) {
        parsed->source = address_parse_source(parsed->address, options->source, error);
        if (!parsed->source) {
            g_prefix_error(error, "--source: ");
        }
    }
    return parsed->address && (!options->source || parsed->source);
}

bool socket_words_parse(struct socket_words *parsed, const struct socket_options *options,
                        const struct words *words, GError **error)
{
    *parsed = (struct socket_words){ .rest = g_array_new(FALSE, FALSE, sizeof(struct word)) };
    if (words->count > 0) {
        g_array_append_vals(parsed->rest, words->first, (guint)words->count);
    }
    bool ok = parse_addresses(parsed, options, error);
    if (ok && options->ipv4 && options->ipv6) {
        ok = usage_error(error, "-4 and -6 exclude each other");
    }
    if (!ok) {
        socket_words_free(parsed);
    }
    return ok;
}

void socket_words_free(struct socket_words *parsed)
{
    address_free(parsed->address);
    address_free(parsed->source);
    g_array_unref(parsed->rest);
}

void socket_options_start(struct socket_options *options, const char *command,
                          const struct socket_words *parsed)
{
    g_autofree char *text =
        g_strdup_printf("iovtool %s: %s: not done after %g s (--max-time)\n", command,
                        parsed->address->shown, (double)options->max_time / 1e6);
    options->deadline = deadline_in(options->max_time);
    time_limit_start(options->deadline, text, EXIT_TIME);
}

bool socket_options_connect(struct socket *socket, const struct socket_options *options,
                            const struct socket_words *parsed, GError **error)
{
    const struct connect_options connect = {
        .family = socket_options_family(options),
        .source = parsed->source,
        .time_limit = options->connect_timeout,
        .deadline = options->deadline,
        .retries = options->retries,
        .retry_delay = options->retry_delay,
    };
    return socket_connect(socket, parsed->address, &connect, error);
}

bool socket_options_check(const struct socket_options *options, int type, GError **error)
{
    if (type != SOCK_STREAM && options->framing != FRAMING_NONE) {
        return usage_error(error, "--framing is for streams: here each message is one already");
    }
    return true;
}
