/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net/address.h: words -> addresses, and what is said of words that are none. */
#include "../lib/address-property.h"

/* ---- Addresses ------------------------------------------------------------------------------- */

struct inet_row {
    const char *word;
    enum address_kind kind;
    const char *host;
    const char *port;
};

static const struct inet_row inet_rows[] = {
    { "tcp:localhost:80", ADDRESS_TCP, "localhost", "80" },
    { "tcp:127.0.0.1:0", ADDRESS_TCP, "127.0.0.1", "0" },
    { "tcp:host-1.example.:65535", ADDRESS_TCP, "host-1.example.", "65535" },
    { "tcp::80", ADDRESS_TCP, NULL, "80" },
    { "tcp:[::1]:80", ADDRESS_TCP, "::1", "80" },
    { "tcp:[::]:http", ADDRESS_TCP, "::", "http" },
    { "tcp:[fe80::1%eth0]:22", ADDRESS_TCP, "fe80::1%eth0", "22" },
    { "tcp:[::ffff:127.0.0.1]:22", ADDRESS_TCP, "::ffff:127.0.0.1", "22" },
    { "udp:[ff02::1%2]:22", ADDRESS_UDP, "ff02::1%2", "22" },
    { "udp:[ff05::1]:22", ADDRESS_UDP, "ff05::1", "22" },
    { "udp:localhost:ntp", ADDRESS_UDP, "localhost", "ntp" },
    { "udp::x11-1", ADDRESS_UDP, NULL, "x11-1" },
    { "udp:[2001:db8::7]:53", ADDRESS_UDP, "2001:db8::7", "53" },
    { "tcp:tcp:80", ADDRESS_TCP, "tcp", "80" },
    { "tcp:a_b:80", ADDRESS_TCP, "a_b", "80" },
    { "tcp:localhost:080", ADDRESS_TCP, "localhost", "080" },
};

static struct address *parse_good(const char *word)
{
    g_autoptr(GError) error = NULL;
    struct address *address = address_parse(word, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(address->shown, ==, word);
    return address;
}

static void test_inet(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(inet_rows); i++) {
        struct address *address = parse_good(inet_rows[i].word);

        g_assert_cmpint(address->kind, ==, inet_rows[i].kind);
        g_assert_cmpstr(address->host, ==, inet_rows[i].host);
        g_assert_cmpstr(address->port, ==, inet_rows[i].port);
        address_free(address);
    }
}

static const struct {
    const char *word;
    enum address_kind kind;
    const char *path;
    bool abstract;
} unix_rows[] = {
    { "unix:socket", ADDRESS_UNIX, "socket", false },
    { "unix:/run/a socket", ADDRESS_UNIX, "/run/a socket", false },
    { "unix:a:b@c:1", ADDRESS_UNIX, "a:b@c:1", false },
    { "unix:x@0+4", ADDRESS_UNIX, "x@0+4", false },
    { "unix:./@x", ADDRESS_UNIX, "./@x", false },
    { "unix:@name", ADDRESS_UNIX, "@name", true },
    { "unix:@@", ADDRESS_UNIX, "@@", true },
    { "unix:unix:x", ADDRESS_UNIX, "unix:x", false },
    { "unix-dgram:/dev/log", ADDRESS_UNIX_DGRAM, "/dev/log", false },
    { "unix-dgram:@log", ADDRESS_UNIX_DGRAM, "@log", true },
    { "unix-seqpacket:s", ADDRESS_UNIX_SEQPACKET, "s", false },
    { "unix-seqpacket:@s", ADDRESS_UNIX_SEQPACKET, "@s", true },
};

static void test_unix(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(unix_rows); i++) {
        struct address *address = parse_good(unix_rows[i].word);

        g_assert_cmpint(address->kind, ==, unix_rows[i].kind);
        g_assert_cmpstr(address->path, ==, unix_rows[i].path);
        g_assert_cmpuint(address->path_length, ==, strlen(unix_rows[i].path));
        g_assert_cmpint(address->abstract, ==, unix_rows[i].abstract);
        address_free(address);
    }
}

static void test_numbers(void)
{
    struct address *address = parse_good("vsock:1:1024");

    g_assert_cmpint(address->kind, ==, ADDRESS_VSOCK);
    g_assert_true(address->has_cid);
    g_assert_cmpuint(address->cid, ==, 1);
    g_assert_cmpuint(address->vsock_port, ==, 1024);
    address_free(address);

    address = parse_good("vsock:4294967295:4294967295");
    g_assert_cmpuint(address->cid, ==, UINT32_MAX);
    g_assert_cmpuint(address->vsock_port, ==, UINT32_MAX);
    address_free(address);

    address = parse_good("vsock::0");
    g_assert_false(address->has_cid);
    address_free(address);

    address = parse_good("fd:0");
    g_assert_cmpint(address->kind, ==, ADDRESS_FD);
    g_assert_cmpint(address->fd, ==, 0);
    address_free(address);

    address = parse_good("fd:2147483647");
    g_assert_cmpint(address->fd, ==, 2147483647);
    address_free(address);
}

/* As long as a path can be, and one byte more. */
static void test_longest_path(void)
{
    static const char *const prefixes[] = { "unix:", "unix-dgram:", "unix-seqpacket:", "unix:@" };

    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        const size_t at_sign = g_str_has_suffix(prefixes[i], "@") ? 1 : 0;
        g_autofree char *path = g_strnfill(ADDRESS_PATH_MAX - at_sign, 'x');
        g_autofree char *good = g_strconcat(prefixes[i], path, NULL);
        g_autofree char *bad = g_strconcat(good, "x", NULL);
        g_autoptr(GError) error = NULL;
        struct address *address = parse_good(good);

        g_assert_cmpuint(address->path_length, ==, ADDRESS_PATH_MAX);
        address_free(address);
        g_assert_null(address_parse(bad, &error));
        check_refused_address(strlen(bad), error);
    }
}

/* What is shown is what a terminal may be shown; what is used is what was written. */
static void test_shown(void)
{
    struct address *address = address_parse("unix:a\nb\x1b[0m\xff", NULL);

    g_assert_cmpstr(address->path, ==, "a\nb\x1b[0m\xff");
    g_assert_cmpstr(address->shown, ==, "unix:a\\nb\\x1b[0m\\xff");
    address_free(address);
}

/* ---- What is none ---------------------------------------------------------------------------- */

static const struct {
    const char *word;
    unsigned column;
} bad_rows[] = {
    { "", 1 },
    { "localhost:80", 1 },
    { "http:localhost:80", 1 },
    { "TCP:localhost:80", 1 },
    { "tcp", 1 },
    { "unix", 1 },
    { "/dev/log", 1 },
    { "tcp:", 5 },
    { "tcp:localhost", 14 },
    { "tcp:localhost:", 15 },
    { "tcp:localhost:65536", 15 },
    { "tcp:localhost:99999999999999999999", 15 },
    { "tcp:localhost:80x", 17 },
    { "tcp:localhost:-1", 15 },
    { "tcp:localhost:0x50", 16 },
    { "tcp:localhost: 80", 15 },
    { "tcp:localhost:80 ", 17 },
    { "tcp:local host:80", 10 },
    { "tcp:local/host:80", 10 },
    { "tcp:user@host:80", 9 },
    { "tcp:::1:80", 5 },
    { "tcp:fe80::1:80", 5 },
    { "tcp:[::1]", 10 },
    { "tcp:[::1]80", 10 },
    { "tcp:[::1]:", 11 },
    { "tcp:[::1:80", 12 },
    { "tcp:[]:80", 6 },
    { "tcp:[localhost]:80", 6 },
    { "tcp:[1.2.3.4]:80", 6 },
    { "tcp:[fe80::1]:80", 13 },
    { "tcp:[fe80::1%]:80", 14 },
    { "udp:[febf::1]:80", 13 },
    { "udp:[ff02::1]:80", 13 },
    { "udp:[ff01::1]:80", 13 },
    { "udp:", 5 },
    { "udp:localhost:x y", 16 },
    { "unix:", 6 },
    { "unix:@", 7 },
    { "unix-dgram:", 12 },
    { "unix-seqpacket:@", 17 },
    { "vsock:", 7 },
    { "vsock:1", 8 },
    { "vsock:1:", 9 },
    { "vsock:x:1", 7 },
    { "vsock:1:x", 9 },
    { "vsock:-1:1", 7 },
    { "vsock:4294967296:1", 7 },
    { "vsock:1:4294967296", 9 },
    { "fd:", 4 },
    { "fd:x", 4 },
    { "fd:-1", 4 },
    { "fd:3x", 5 },
    { "fd:0x3", 5 },
    { "fd:2147483648", 4 },
};

static void test_bad(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad_rows); i++) {
        g_autofree char *column = g_strdup_printf("(column %u)\n", bad_rows[i].column);
        g_autoptr(GError) error = NULL;

        g_test_message("%s", bad_rows[i].word);
        g_assert_null(address_parse(bad_rows[i].word, &error));
        check_refused_address(strlen(bad_rows[i].word), error);
        if (!strstr(error->message, column)) {
            g_error("%s: not at column %u:\n%s", bad_rows[i].word, bad_rows[i].column,
                    error->message);
        }
    }
}

static void test_message(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(address_parse("tcp:localhost:", &error));
    g_assert_cmpstr(error->message, ==,
                    "tcp:localhost:: port expected (column 15)\n"
                    "  tcp:localhost:\n"
                    "                ^");
}

/* ---- The near end ---------------------------------------------------------------------------- */

static const struct {
    const char *target;
    const char *word;
    const char *host;
    const char *port;
    const char *path;
} source_rows[] = {
    { "tcp:x:1", "127.0.0.2", "127.0.0.2", "0", NULL },
    { "tcp:x:1", "127.0.0.2:4000", "127.0.0.2", "4000", NULL },
    { "tcp:x:1", ":4000", NULL, "4000", NULL },
    { "tcp:x:1", "[::1]", "::1", "0", NULL },
    { "tcp:x:1", "[::1]:4000", "::1", "4000", NULL },
    { "udp:x:1", "name:ntp", "name", "ntp", NULL },
    { "unix-dgram:x", "reply.socket", NULL, NULL, "reply.socket" },
    { "unix-dgram:x", "a:b", NULL, NULL, "a:b" },
    { "unix-dgram:x", "@reply", NULL, NULL, "@reply" },
};

static void test_source(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(source_rows); i++) {
        g_autoptr(GError) error = NULL;
        struct address *target = address_parse(source_rows[i].target, NULL);
        struct address *source = address_parse_source(target, source_rows[i].word, &error);

        g_assert_no_error(error);
        g_assert_cmpint(source->kind, ==, target->kind);
        g_assert_cmpstr(source->host, ==, source_rows[i].host);
        g_assert_cmpstr(source->port, ==, source_rows[i].port);
        g_assert_cmpstr(source->path, ==, source_rows[i].path);
        address_free(source);
        address_free(target);
    }
}

static const struct {
    const char *target;
    const char *word;
} bad_sources[] = {
    { "tcp:x:1", "127.0.0.2:" }, { "tcp:x:1", "127.0.0.2:65536" }, { "tcp:x:1", "::1" },
    { "tcp:x:1", "[::1" },       { "tcp:x:1", "[fe80::1]" },       { "tcp:x:1", "[::1]x" },
    { "unix-dgram:x", "" },      { "unix-dgram:x", "@" },          { "unix:x", "y" },
    { "unix-seqpacket:x", "y" }, { "vsock:1:1", "1:2" },           { "fd:3", "4" },
};

static void test_bad_source(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad_sources); i++) {
        g_autoptr(GError) error = NULL;
        struct address *target = address_parse(bad_sources[i].target, NULL);

        g_test_message("%s", bad_sources[i].word);
        g_assert_null(address_parse_source(target, bad_sources[i].word, &error));
        check_refused_address(strlen(bad_sources[i].word), error);
        address_free(target);
    }
}

/* ---- Any word -------------------------------------------------------------------------------- */

static void test_schemes(void)
{
    unsigned count = 0;

    for (const char *help, *prefix; (prefix = address_scheme(count, &help)); count++) {
        g_assert_true(g_str_has_suffix(prefix, ":"));
        g_assert_cmpstr(help, !=, "");
        g_assert_cmpstr(address_scheme(count, NULL), ==, prefix);
    }
    g_assert_cmpuint(count, ==, 7);
    g_assert_null(address_scheme(1000, NULL));
}

static void test_random(void)
{
    static const char *const pieces[] = {
        "tcp:", "udp:", "unix:", "unix-dgram:", "unix-seqpacket:", "vsock:", "fd:", ":", "[", "]",
        "::1",  "%",    "@",     "0",           "65535",           "65536",  "a",   "-", ".", " ",
        "\n",   "\xff", "/",     "4294967296",
    };

    for (unsigned i = 0; i < 20000; i++) {
        g_autoptr(GString) word = g_string_new(NULL);

        for (int left = g_test_rand_int_range(0, 7); left > 0; left--) {
            g_string_append(word, pieces[g_test_rand_int_range(0, (gint32)G_N_ELEMENTS(pieces))]);
        }
        check_address(word->str);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/address/inet", test_inet);
    g_test_add_func("/address/unix", test_unix);
    g_test_add_func("/address/numbers", test_numbers);
    g_test_add_func("/address/longest-path", test_longest_path);
    g_test_add_func("/address/shown", test_shown);
    g_test_add_func("/address/bad", test_bad);
    g_test_add_func("/address/message", test_message);
    g_test_add_func("/address/source", test_source);
    g_test_add_func("/address/bad-source", test_bad_source);
    g_test_add_func("/address/schemes", test_schemes);
    g_test_add_func("/address/random", test_random);
    return g_test_run();
}
