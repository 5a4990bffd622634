/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/command.h"

#include <string.h>

#include "cli/argv.h"
#include "cli/duration.h"
#include "cli/hint.h"
#include "cli/output.h"
#include "cli/suggest.h"
#include "segment/escape.h"
#include "segment/share.h"
#include "segment/size.h"

/* What GOption hands to the callback of an option. */
struct parse {
    const struct command *command;
    char *options;
    gboolean help;
    gboolean list_options;
    GArray *words;       /* of struct word */
    GStringChunk *texts; /* owns theirs */
};

GQuark usage_error_quark(void)
{
    return g_quark_from_static_string("usage-error");
}

bool usage_error(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autoptr(GString) shown = g_string_new(NULL);
    escape(shown, message, strlen(message)); /* it quotes words of the command line */
    g_set_error_literal(error, USAGE_ERROR, 0, shown->str);
    return false;
}

/* `value` from `start` on is a size. */
static bool parse_size_from(const char *given, const char *value, size_t start, uint64_t *size,
                            GError **error)
{
    size_t column;
    const char *problem;
    const char *text = value + start;
    if (size_parse(text, strlen(text), size, &column, &problem)) {
        return true;
    }
    return usage_error(error, "%s: '%s' is not a size: %s (column %zu)", given, value, problem,
                       start + column);
}

static bool parse_size(const char *given, const char *value, uint64_t *size, GError **error)
{
    return parse_size_from(given, value, 0, size, error);
}

static bool parse_distance(const char *given, const char *value, int64_t *distance, GError **error)
{
    const bool has_sign = value[0] == '-' || value[0] == '+';
    uint64_t size;
    if (!parse_size_from(given, value, has_sign ? 1 : 0, &size, error)) {
        return false;
    }
    *distance = value[0] == '-' ? -(int64_t)size : (int64_t)size;
    return true;
}

static bool parse_time(const char *given, const char *value, uint64_t *time, GError **error)
{
    return duration_parse(value, time) ||
           usage_error(error, "%s: '%s' is not a time such as 5, 0.5, 500ms, 2m or 1h", given,
                       value);
}

static bool parse_share(const char *given, const char *value, struct share *share, GError **error)
{
    const char *problem;
    return share_parse(value, share, &problem) ||
           usage_error(error, "%s: '%s': %s", given, value, problem);
}

static bool parse_choice(const char *given, const char *value, const char *const *choices,
                         int *index, GError **error)
{
    for (int i = 0; choices[i]; i++) {
        if (strcmp(value, choices[i]) == 0) {
            *index = i;
            return true;
        }
    }
    g_autofree char *all = g_strjoinv(", ", (char **)(uintptr_t)choices);
    return usage_error(error, "%s: '%s' is none of %s", given, value, all);
}

static void add_word(struct parse *parse, enum word_kind kind, const char *text)
{
    const struct word word = { kind, g_string_chunk_insert(parse->texts, text) };
    g_array_append_val(parse->words, word);
}

static gboolean operand_given(const gchar *given, const gchar *word, gpointer data, GError **error)
{
    (void)given;
    (void)error;
    add_word(data, WORD_OPERAND, argv_operand(word));
    return TRUE;
}

static gboolean option_given(const gchar *given, const gchar *value, gpointer data, GError **error)
{
    struct parse *parse = data;
    size_t offset;
    const struct option *option = argv_find_option(parse->command, given, &offset);
    void *slot = parse->options + offset;
    switch (option->kind) {
    case OPTION_FLAG:
        break; /* GOption sets flags itself */
    case OPTION_LIST:
        add_word(parse, WORD_LIST, value);
        return TRUE;
    case OPTION_SPLIT:
        add_word(parse, WORD_SPLIT, "");
        return TRUE;
    case OPTION_OPTIONAL_TEXT:
        value = strcmp(value, argv_bare) == 0 ? "" : value;
        /* fall through */
    case OPTION_TEXT:
        g_free(*(char **)slot);
        *(char **)slot = g_strdup(value);
        return TRUE;
    case OPTION_TEXTS:
        if (!*(GPtrArray **)slot) {
            *(GPtrArray **)slot = g_ptr_array_new_with_free_func(g_free);
        }
        g_ptr_array_add(*(GPtrArray **)slot, g_strdup(value));
        return TRUE;
    case OPTION_OPTIONAL_CHOICE:
        if (strcmp(value, argv_bare) == 0) {
            *(int *)slot = 1;
            return TRUE;
        }
        return parse_choice(given, value, option->choices, slot, error);
    case OPTION_OPTIONAL_SIZE:
        if (strcmp(value, argv_bare) == 0) {
            *(uint64_t *)slot = OPTION_BARE;
            return TRUE;
        }
        return parse_size(given, value, slot, error);
    case OPTION_SIZE:
        return parse_size(given, value, slot, error);
    case OPTION_DISTANCE:
        return parse_distance(given, value, slot, error);
    case OPTION_TIME:
        return parse_time(given, value, slot, error);
    case OPTION_SHARE:
        return parse_share(given, value, slot, error);
    case OPTION_CHOICE:
        return parse_choice(given, value, option->choices, slot, error);
    }
    g_assert_not_reached();
}

static gint flag_of(const struct option *option)
{
    if (option->kind == OPTION_FLAG) {
        return G_OPTION_FLAG_NONE;
    }
    if (!option->argument) {
        return G_OPTION_FLAG_NO_ARG;
    }
    return G_OPTION_FLAG_FILENAME;
}

static void add_entry(GArray *entries, const struct option *option, size_t base,
                      struct parse *parse)
{
    const bool flag = option->kind == OPTION_FLAG;
    const GOptionEntry entry = {
        .long_name = option->name,
        .short_name = option->letter,
        .flags = flag_of(option),
        .arg = flag ? G_OPTION_ARG_NONE : G_OPTION_ARG_CALLBACK,
        .arg_data =
            flag ? (gpointer)(parse->options + base + option->offset) : (gpointer)option_given,
        .description = option->help,
        .arg_description = option->argument,
    };
    g_array_append_val(entries, entry);
}

static GOptionContext *make_context(struct parse *parse)
{
    const struct command *command = parse->command;
    g_autoptr(GArray) entries = g_array_new(TRUE, TRUE, sizeof(GOptionEntry));
    for (const struct option_table *table = command->tables; table->rows; table++) {
        for (const struct option *option = table->rows; option->name; option++) {
            add_entry(entries, option, table->offset, parse);
        }
    }
    const GOptionEntry own[] = {
        { "help", 'h', 0, G_OPTION_ARG_NONE, &parse->help, "show this help", NULL },
        { "list-options", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &parse->list_options, NULL,
          NULL },
        { G_OPTION_REMAINING, 0, G_OPTION_FLAG_FILENAME, G_OPTION_ARG_CALLBACK,
          (gpointer)operand_given, NULL, NULL },
    };
    g_array_append_vals(entries, own, G_N_ELEMENTS(own));

    GOptionContext *context = g_option_context_new(command->operands);
    GOptionGroup *group = g_option_group_new("command", "", "", parse, NULL);
    g_option_group_add_entries(group, (const GOptionEntry *)(const void *)entries->data);
    g_option_context_set_main_group(context, group);
    g_option_context_set_help_enabled(context, FALSE);
    return context;
}

/* GOption knows no arguments that may be left out: "--list=N  " becomes "--list[=N]". True when
 * there is one. */
static bool mark_optional_arguments(const struct command *command, GString *help)
{
    bool any = false;
    for (const struct option_table *table = command->tables; table->rows; table++) {
        for (const struct option *option = table->rows; option->name; option++) {
            if (option_is_optional(option)) {
                g_autofree char *made =
                    g_strdup_printf("--%s=%s  ", option->name, option->argument);
                g_autofree char *meant =
                    g_strdup_printf("--%s[=%s]", option->name, option->argument);
                g_string_replace(help, made, meant, 1);
                any = true;
            }
        }
    }
    return any;
}

static bool print_help(const struct command *command, GOptionContext *context, GError **error)
{
    g_autofree char *program = g_strdup_printf("iovtool %s", command->name);
    g_autofree char *summary = g_strdup_printf("%s\n\n%s", command->summary, command->description);
    g_autofree char *examples = g_strdup_printf("Examples:\n%s", command->examples);
    g_set_prgname(program);
    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, examples);
    g_autofree char *made = g_option_context_get_help(context, TRUE, NULL);
    g_autoptr(GString) help = g_string_new(made);
    g_string_replace(help, "[OPTION…]", "[OPTION...]", 1); /* plain ASCII in every locale */
    g_string_replace(help, "Application Options:", "Options:", 1);
    g_string_replace(help, "Help Options:", "Options:", 1);
    if (mark_optional_arguments(command, help)) {
        g_string_replace(help, "\nExamples:\n",
                         "\nA value in [=...] is given with =, and may be left out.\n\nExamples:\n",
                         1);
    }
    return output_text(help->str, error);
}

static bool print_options(const struct command *command, GError **error)
{
    g_autoptr(GString) list = g_string_new("--help\n");
    for (const struct option_table *table = command->tables; table->rows; table++) {
        for (const struct option *option = table->rows; option->name; option++) {
            g_string_append_printf(list, "--%s%s\n", option->name, option->argument ? "=" : "");
        }
    }
    return output_text(list->str, error);
}

void usage_explain(GError **error, const char *const *names, const char *see)
{
    static const char unknown[] = "Unknown option --";
    g_autoptr(GString) message = g_string_new((*error)->message);
    if (g_str_has_prefix(message->str, unknown)) {
        const char *near = suggest(message->str + strlen(unknown), names);
        if (near) {
            g_string_append_printf(message, "; did you mean --%s?", near);
        }
    }
    if (strcmp(message->str, "Unknown option -o") == 0 ||
        g_str_has_prefix(message->str, "Unknown option --output")) {
        g_string_append(message, "; what is printed goes to standard output, > FILE");
    }
    message->str[0] = g_ascii_tolower(message->str[0]);
    g_string_append_printf(message, " (see %s --help)", see);
    g_clear_error(error);
    usage_error(error, "%s", message->str);
}

static void explain_for_command(const struct command *command, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *see = g_strconcat("iovtool ", command->name, NULL);
    for (const struct option_table *table = command->tables; table->rows; table++) {
        for (const struct option *option = table->rows; option->name; option++) {
            g_ptr_array_add(names, (gpointer)(uintptr_t)option->name);
        }
    }
    g_ptr_array_add(names, NULL);
    usage_explain(error, (const char *const *)names->pdata, see);
}

/* A destination -o was given, or the command has none; or of its operands none is a segment, which
 * could have been meant as one. */
static bool has_output(const struct parse *parse)
{
    size_t offset;
    if (!strstr(parse->command->operands, "SEGMENT")) {
        return true;
    }
    const struct option *option = argv_find_option(parse->command, "--output", &offset);
    return !option || option->kind != OPTION_TEXTS ||
           *(void *const *)(const void *)(parse->options + offset);
}

static bool parse_and_run(struct parse *parse, int argc, char **argv, enum verdict *verdict,
                          GError **error)
{
    g_auto(GStrv) prepared = argv_prepare(parse->command, argc, argv);
    g_autoptr(GOptionContext) context = make_context(parse);
    g_autoptr(GError) problem = NULL;
    if (!g_option_context_parse_strv(context, &prepared, &problem)) {
        if (problem->domain == G_OPTION_ERROR) {
            explain_for_command(parse->command, &problem);
        }
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    if (parse->help) {
        return print_help(parse->command, context, error);
    }
    if (parse->list_options) {
        return print_options(parse->command, error);
    }
    const struct words words = { (const struct word *)(const void *)parse->words->data,
                                 parse->words->len };
    if (!parse->command->run(parse->options, &words, verdict, error)) {
        if (!hint_stray_value(parse->command, argc, argv, error)) {
            hint_missing_file(&words, has_output(parse), error);
        }
        return false;
    }
    return true;
}

/* Lists that the command did not take or free. */
static void free_texts(const struct command *command, char *options)
{
    for (const struct option_table *table = command->tables; table->rows; table++) {
        for (const struct option *option = table->rows; option->name; option++) {
            GPtrArray **slot = (GPtrArray **)(void *)(options + table->offset + option->offset);
            if (option->kind == OPTION_TEXTS) {
                g_clear_pointer(slot, g_ptr_array_unref);
            }
        }
    }
}

bool command_run(const struct command *command, int argc, char **argv, enum verdict *verdict,
                 GError **error)
{
    g_autofree char *options = g_malloc0(command->options_size);
    struct parse parse = {
        .command = command,
        .options = options,
        .words = g_array_new(FALSE, FALSE, sizeof(struct word)),
        .texts = g_string_chunk_new(1024),
    };
    *verdict = VERDICT_YES;
    if (command->prepare) {
        command->prepare(options);
    }
    const bool ok = parse_and_run(&parse, argc, argv, verdict, error);
    g_array_unref(parse.words);
    g_string_chunk_free(parse.texts);
    if (command->finish) {
        command->finish(options);
    }
    free_texts(command, options);
    return ok;
}
