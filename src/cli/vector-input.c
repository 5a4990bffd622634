/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/vector-input.h"

#include <string.h>

#include "segment/resolve.h"
#include "source/farewell.h"
#include "source/server.h"
#include "transfer/reader.h"

#define MOST_CONNECTIONS 64u
#define MOST_DEPTH 1024u

#define OPTION(member) offsetof(struct vector_options, member)

const struct option vector_option_table[] = {
    { "segments-from", 'T', OPTION_LIST, 0, "more segments, one a line of FILE (- is stdin)",
      "FILE", NULL },
    { "null", '0', OPTION_FLAG, OPTION(nul), "the segments in FILE end with NUL", NULL, NULL },
    { "skip", 's', OPTION_SIZE, OPTION(skip), "leave out the first N bytes of the whole vector",
      "N", NULL },
    { "length", 'n', OPTION_SIZE, OPTION(length), "use N bytes of the whole vector", "N", NULL },
    { "slice", 0, OPTION_SHARE, OPTION(share), "use the K-th of N nearly equal parts of that",
      "K/N", NULL },
    { "slice-align", 0, OPTION_SIZE, OPTION(share.align), "cut these parts at multiples of SIZE",
      "SIZE", NULL },
    { "allow-short", 0, OPTION_FLAG, OPTION(allow_short),
      "take what is there of a range past the end", NULL, NULL },
    { .name = NULL },
};

const struct option padding_option_table[] = {
    { "zero-pad", 0, OPTION_FLAG, OPTION(zero_pad), "supply zeros for a range past the end", NULL,
      NULL },
    { .name = NULL },
};

const struct option mapping_option_table[] = {
    { "no-map", 0, OPTION_FLAG, OPTION(no_map), "read files, never map them", NULL, NULL },
    { .name = NULL },
};

const struct option remote_option_table[] = {
    { "connections", 0, OPTION_SIZE, OPTION(remote.connections),
      "connect to an NBD server N times at most (4)", "N", NULL },
    { "depth", 0, OPTION_SIZE, OPTION(remote.depth),
      "send N requests at once on each connection (16)", "N", NULL },
    { .name = NULL },
};

const struct option extents_option_table[] = {
    { "no-extents", 0, OPTION_FLAG, OPTION(no_extents),
      "read zeros from an NBD server like other bytes", NULL, NULL },
    { .name = NULL },
};

const struct option server_option_table[] = {
    { "server", 0, OPTION_TEXTS, OPTION(servers), "what server:NAME starts: an NBD server",
      "NAME=COMMAND", NULL },
    { .name = NULL },
};

const struct option remote_time_option_table[] = {
    { "connect-timeout", 0, OPTION_TIME, OPTION(remote.connect_timeout),
      "how long an NBD server may take to connect (60)", "TIME", NULL },
    { "timeout", 0, OPTION_TIME, OPTION(remote.timeout),
      "how long an NBD server may say nothing (60)", "TIME", NULL },
    { .name = NULL },
};

void vector_options_prepare(struct vector_options *options)
{
    options->length = SEGMENT_TO_END;
    options->remote = nbd_default_options;
    options->share.align = UINT64_MAX;
}

struct share vector_options_share(const struct vector_options *options)
{
    struct share share = options->share;
    share.align = share.align == UINT64_MAX ? 1 : share.align;
    return share;
}

static bool resolve_words(struct resolver *resolver, const struct vector_options *options,
                          const struct words *words, GError **error)
{
    for (size_t i = 0; i < words->count; i++) {
        const struct word *word = &words->first[i];
        const bool ok = word->kind == WORD_LIST
                            ? resolver_add_list(resolver, word->text, options->nul, error)
                            : resolver_add(resolver, word->text, strlen(word->text), error);
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* What remote segments come from. */
struct remotes {
    struct nbd *nbd;
    struct servers *servers;
};

static struct remote *open_server(struct remotes *remotes, const char *word, GError **error)
{
    g_autofree char *uri = servers_uri(remotes->servers, word, error);
    struct remote *remote = uri ? nbd_open(remotes->nbd, uri, word, error) : NULL;
    if (uri && !remote) {
        servers_explain(remotes->servers, word, error);
    }
    return remote;
}

static struct remote *open_remote(void *context, const char *word, uint64_t *size, GError **error)
{
    struct remotes *remotes = context;
    struct remote *remote = is_server_word(word) ? open_server(remotes, word, error)
                                                 : nbd_open(remotes->nbd, word, word, error);
    *size = remote ? remote->facts.size : 0;
    return remote;
}

/* Good-bye comes before the servers are ended, and a signal that was noted after that. */
static void free_remotes(void *context)
{
    struct remotes *remotes = context;
    nbd_free(remotes->nbd);
    servers_free(remotes->servers);
    g_free(remotes);
    farewell_end();
}

static bool declare_servers(const struct vector_options *options, struct servers *servers,
                            GError **error)
{
    for (guint i = 0; options->servers && i < options->servers->len; i++) {
        if (!servers_declare(servers, options->servers->pdata[i], error)) {
            return false;
        }
    }
    return true;
}

static bool set_opener(struct files *files, const struct vector_options *options, GError **error)
{
    struct nbd_options remote = options->remote;
    struct servers *servers = servers_new();
    if (!declare_servers(options, servers, error)) {
        servers_free(servers);
        return false;
    }
    remote.no_extents = options->no_extents;
    struct remotes *remotes = g_new0(struct remotes, 1);
    *remotes = (struct remotes){ nbd_new(&remote), servers };
    const struct remote_opener opener = { open_remote, free_remotes, remotes };
    files_set_remote(files, &opener);
    return true;
}

static bool check_remote(const struct nbd_options *remote, GError **error)
{
    if (remote->connections < 1 || remote->connections > MOST_CONNECTIONS) {
        return usage_error(error, "--connections takes 1 to %u", MOST_CONNECTIONS);
    }
    return (remote->depth >= 1 && remote->depth <= MOST_DEPTH) ||
           usage_error(error, "--depth takes 1 to %u", MOST_DEPTH);
}

bool vector_input_prepare(struct files *files, const struct vector_options *options, GError **error)
{
    return check_remote(&options->remote, error) &&
           (files_have_remote(files) || set_opener(files, options, error));
}

static bool resolve_all(struct vector_input *input, const struct vector_options *options,
                        const struct words *words, GError **error)
{
    struct resolver *resolver = resolver_new(input->files, input->vector, input->shortage);
    if (options->are_places) {
        resolver_take_places(resolver, options->extend);
    }
    const bool ok = resolve_words(resolver, options, words, error);
    resolver_free(resolver);
    return ok;
}

bool vector_input_resolve(struct vector_input *input, struct files *files,
                          const struct vector_options *options, const struct words *words,
                          GError **error)
{
    if (words->count == 0) {
        return usage_error(error, "no segment given; - is standard input");
    }
    if (options->share.align == 0) {
        return usage_error(error, "--slice-align: at least 1");
    }
    if (options->share.align != UINT64_MAX && options->share.count == 0 && !options->has_slices) {
        return usage_error(error, "--slice-align is about the parts of --slice");
    }
    if (options->allow_short && options->zero_pad) {
        return usage_error(error, "--allow-short and --zero-pad exclude each other");
    }
    if (!vector_input_prepare(files, options, error)) {
        return false;
    }
    *input = (struct vector_input){
        .files = files,
        .vector = vector_new(),
        .shortage = options->allow_short ? SLICE_ALLOW_SHORT
                    : options->zero_pad  ? SLICE_ZERO_PAD
                                         : SLICE_EXACT,
        .reader_flags = options->no_map ? READER_NO_MAP : 0,
    };
    if (!resolve_all(input, options, words, error)) {
        vector_input_close(input);
        return false;
    }
    return true;
}

bool vector_input_cut(struct vector_input *input, const struct vector_options *options,
                      GError **error)
{
    if (options->skip == 0 && options->length == SEGMENT_TO_END) {
        return true;
    }
    input->start += options->skip;
    return vector_slice(input->vector, options->skip, options->length, input->shortage, error);
}

bool vector_input_check_sharing(const struct vector_input *input, const char *option,
                                GError **error)
{
    const struct vector *vector = input->vector;
    const bool may_shrink = vector->has_streams && input->shortage == SLICE_ALLOW_SHORT;
    return !(vector->open_ended || may_shrink) ||
           usage_error(error, "%s: the length of a stream is known only at its end", option);
}

bool vector_input_keep_share(struct vector_input *input, uint64_t total, uint64_t offset,
                             uint64_t length, GError **error)
{
    const uint64_t size = input->vector->length;
    const uint64_t start = MIN(offset, size);
    input->start += offset;
    input->is_share = true;
    input->share_offset = offset;
    input->share_total = total;
    return vector_slice(input->vector, start, MIN(length, size - start), input->shortage, error);
}

bool vector_input_share(struct vector_input *input, const struct vector_options *options,
                        GError **error)
{
    const uint64_t total = input->vector->length;
    uint64_t offset;
    uint64_t length;
    if (options->share.count == 0) {
        return true;
    }
    if (!vector_input_check_sharing(input, "--slice", error)) {
        return false;
    }
    const struct share share = vector_options_share(options);
    share_bounds(&share, total, &offset, &length);
    return vector_input_keep_share(input, total, offset, length, error);
}

bool vector_input_open(struct vector_input *input, struct files *files,
                       const struct vector_options *options, const struct words *words,
                       GError **error)
{
    if (!vector_input_resolve(input, files, options, words, error)) {
        return false;
    }
    if (!vector_input_cut(input, options, error) || !vector_input_share(input, options, error)) {
        vector_input_close(input);
        return false;
    }
    return true;
}

void vector_input_close(struct vector_input *input)
{
    vector_free(input->vector);
}
