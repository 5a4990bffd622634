/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The receiver on a socket pair: what it keeps, what it leaves, and what it refuses. */
#include "transfer/receiver.h"

#include <poll.h>
#include <sys/socket.h>

#include "support.h"

#define FOREVER UINT64_MAX

/* Two ends of a connection, and files that receive. */
struct scene {
    int far;
    int near;
    struct receiver_wants wants;
    struct sink sinks[3];
    uint32_t sink_count;
};

static void add_sink(struct scene *scene, uint64_t length)
{
    struct sink *sink = &scene->sinks[scene->sink_count];

    g_autofree char *name = g_strdup_printf("out%u", scene->sink_count++);
    *sink = (struct sink){ .kind = SINK_FILE, .name = "out", .length = length };
    sink->fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    g_assert_cmpint(sink->fd, >=, 0);
}

static struct scene scene_new(int type)
{
    int ends[2];
    struct scene scene = {
        .wants = { .peer = "peer", .type = type, .length = SEGMENT_TO_END, .count = FOREVER },
    };

    g_assert_cmpint(socketpair(AF_UNIX, type, 0, ends), ==, 0);
    scene.far = ends[0];
    scene.near = ends[1];
    return scene;
}

static void say(const struct scene *scene, const char *bytes, size_t length)
{
    g_assert_cmpint(send(scene->far, bytes, length, 0), ==, (ssize_t)length);
}

static bool has_input(int fd)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };

    return poll(&wait, 1, 0) > 0;
}

/* Takes what there is. */
static bool take_all(struct receiver *receiver, int fd, GError **error)
{
    while (!receiver_is_done(receiver) && has_input(fd)) {
        if (!receiver_take(receiver, error)) {
            return false;
        }
    }
    return true;
}

/* What a sink has got. */
static void assert_got(const struct scene *scene, uint32_t sink, const char *expected)
{
    char got[256];
    const ssize_t n = pread(scene->sinks[sink].fd, got, sizeof(got), 0);

    g_assert_cmpint(n, ==, (ssize_t)strlen(expected));
    assert_same_bytes(got, expected, strlen(expected));
}

/* What the next one who reads from the socket finds. */
static void assert_left(const struct scene *scene, const char *expected)
{
    char got[256];
    const ssize_t n = recv(scene->near, got, sizeof(got), MSG_DONTWAIT);

    g_assert_cmpint(MAX(n, 0), ==, (ssize_t)strlen(expected));
    assert_same_bytes(got, expected, strlen(expected));
}

static void scene_free(struct scene *scene)
{
    for (uint32_t i = 0; i < scene->sink_count; i++) {
        close(scene->sinks[i].fd);
    }
    if (scene->far >= 0) {
        close(scene->far);
    }
    close(scene->near);
}

static void hang_up(struct scene *scene)
{
    close(scene->far);
    scene->far = -1;
}

/*
 * Says the bytes in two pieces, cut at `cut`, and takes each when it comes. Returns NULL or the
 * message of the error.
 */
static char *converse(struct scene *scene, const char *bytes, size_t length, size_t cut, bool end)
{
    struct scatter *scatter = scatter_new(scene->sinks, scene->sink_count);
    struct receiver *receiver = receiver_new(scene->near, &scene->wants, scatter);
    g_autoptr(GError) error = NULL;
    bool ok = true;

    if (cut > 0) {
        say(scene, bytes, cut);
        ok = take_all(receiver, scene->near, &error);
    }
    if (ok && cut < length) {
        say(scene, bytes + cut, length - cut);
        ok = take_all(receiver, scene->near, &error);
    }
    if (ok && end) {
        hang_up(scene);
        ok = take_all(receiver, scene->near, &error);
    }
    g_assert_true(ok == !error);
    g_assert_true(!ok || receiver_is_done(receiver));
    receiver_free(receiver);
    scatter_free(scatter);
    return error ? g_strdup(error->message) : NULL;
}

/* ---- Streams: exactly what is wanted is taken ---- */

static void test_stream_length(void)
{
    for (size_t length = 0; length <= 6; length++) {
        for (size_t cut = 0; cut <= 6; cut++) {
            struct scene scene = scene_new(SOCK_STREAM);
            g_autofree char *kept = g_strndup("abcdef", length);

            scene.wants.length = length;
            add_sink(&scene, SEGMENT_TO_END);
            g_assert_null(converse(&scene, "abcdef", 6, cut, false));
            assert_got(&scene, 0, kept);
            assert_left(&scene, &"abcdef"[length]);
            scene_free(&scene);
        }
    }
}

static void test_stream_until(void)
{
    for (size_t cut = 0; cut <= 10; cut++) {
        struct scene scene = scene_new(SOCK_STREAM);

        scene.wants.until = (const uint8_t *)"\r\n.\r\n";
        scene.wants.until_length = 5;
        add_sink(&scene, SEGMENT_TO_END);
        g_assert_null(converse(&scene, "a\r\r\n.\r\nabc", 10, cut, false));
        assert_got(&scene, 0, "a\r\r\n.\r\n");
        assert_left(&scene, "abc");
        scene_free(&scene);
    }
}

static void test_stream_scattered(void)
{
    for (uint64_t first = 0; first <= 6; first++) {
        for (size_t cut = 0; cut <= 6; cut++) {
            struct scene scene = scene_new(SOCK_STREAM);
            g_autofree char *begin = g_strndup("abcdef", (gsize)first);

            add_sink(&scene, first);
            add_sink(&scene, SEGMENT_TO_END);
            g_assert_null(converse(&scene, "abcdef", 6, cut, true));
            assert_got(&scene, 0, begin);
            assert_got(&scene, 1, &"abcdef"[first]);
            scene_free(&scene);
        }
    }
}

static void test_stream_errors(void)
{
    static const struct {
        uint64_t length;
        const char *until;
        uint64_t room;
        const char *message;
    } cases[] = {
        { 7, NULL, SEGMENT_TO_END, "peer: ended after 6 of 7 bytes" },
        { SEGMENT_TO_END, "x", SEGMENT_TO_END,
          "peer: ended after 6 bytes, before those that were waited for" },
        { SEGMENT_TO_END, NULL, 5, "the destinations take 5 bytes, but there are more" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct scene scene = scene_new(SOCK_STREAM);

        scene.wants.length = cases[i].length;
        scene.wants.until = (const uint8_t *)cases[i].until;
        scene.wants.until_length = 1;
        add_sink(&scene, cases[i].room);
        g_autofree char *message = converse(&scene, "abcdef", 6, 6, true);
        g_assert_cmpstr(message, ==, cases[i].message);
        scene_free(&scene);
    }
}

/* ---- Frames ---- */

static const struct {
    enum framing framing;
    const char *bytes; /* "ab", "", "cde" */
    size_t length;
} framed[] = {
    { FRAMING_BE16, "\0\2ab\0\0\0\3cde", 11 },
    { FRAMING_LE16, "\2\0ab\0\0\3\0cde", 11 },
    { FRAMING_BE32, "\0\0\0\2ab\0\0\0\0\0\0\0\3cde", 17 },
    { FRAMING_LE32, "\2\0\0\0ab\0\0\0\0\3\0\0\0cde", 17 },
    { FRAMING_LF, "ab\n\ncde\n", 8 },
};

static void test_frames_to_the_end(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(framed); i++) {
        for (size_t cut = 0; cut <= framed[i].length; cut++) {
            struct scene scene = scene_new(SOCK_STREAM);

            scene.wants.framing = framed[i].framing;
            add_sink(&scene, SEGMENT_TO_END);
            g_assert_null(converse(&scene, framed[i].bytes, framed[i].length, cut, true));
            assert_got(&scene, 0, "abcde");
            scene_free(&scene);
        }
    }
}

/* Two frames of three: the third stays in the socket, whatever was there at once. */
static void test_frames_counted(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(framed); i++) {
        for (size_t cut = 0; cut <= framed[i].length; cut++) {
            struct scene scene = scene_new(SOCK_STREAM);
            char left[64];

            scene.wants.framing = framed[i].framing;
            scene.wants.count = 2;
            add_sink(&scene, SEGMENT_TO_END);
            g_assert_null(converse(&scene, framed[i].bytes, framed[i].length, cut, false));
            assert_got(&scene, 0, "ab");
            g_assert_cmpint(recv(scene.near, left, sizeof(left), MSG_DONTWAIT), ==,
                            3 + (framing_prefix_size(framed[i].framing)
                                     ? (int)framing_prefix_size(framed[i].framing)
                                     : 1));
            scene_free(&scene);
        }
    }
}

static void test_frames_cut_short(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(framed); i++) {
        for (size_t end = 1; end < framed[i].length; end++) {
            struct scene scene = scene_new(SOCK_STREAM);
            const unsigned prefix = framing_prefix_size(framed[i].framing);
            const bool whole =
                prefix ? end == prefix + 2 || end == 2 * prefix + 2 : end == 3 || end == 4;

            scene.wants.framing = framed[i].framing;
            add_sink(&scene, SEGMENT_TO_END);
            g_autofree char *message = converse(&scene, framed[i].bytes, end, end, true);
            g_assert_true(whole ? !message
                                : g_str_has_prefix(message, "peer: ended inside of a frame"));
            scene_free(&scene);
        }
    }
}

static void test_frames_per_segment(void)
{
    struct scene scene = scene_new(SOCK_STREAM);

    scene.wants.framing = FRAMING_BE16;
    scene.wants.per_segment = true;
    add_sink(&scene, 3);
    add_sink(&scene, SEGMENT_TO_END);
    g_assert_null(converse(&scene, "\0\2ab\0\4cdef", 10, 10, true));
    assert_got(&scene, 0, "ab");
    assert_got(&scene, 1, "cdef");
    scene_free(&scene);

    scene = scene_new(SOCK_STREAM);
    scene.wants.framing = FRAMING_BE16;
    scene.wants.per_segment = true;
    add_sink(&scene, 3);
    g_autofree char *message = converse(&scene, "\0\4abcd", 6, 6, true);
    g_assert_true(g_str_has_prefix(message, "peer: a frame of 4 bytes"));
    assert_got(&scene, 0, "");
    scene_free(&scene);
}

/* ---- Messages ---- */

static void test_messages(void)
{
    static const int types[] = { SOCK_DGRAM, SOCK_SEQPACKET };

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        struct scene scene = scene_new(types[i]);

        scene.wants.count = 3;
        scene.wants.per_segment = true;
        add_sink(&scene, 4);
        add_sink(&scene, SEGMENT_TO_END);
        add_sink(&scene, SEGMENT_TO_END);
        say(&scene, "abc", 3);
        say(&scene, "", 0);
        g_assert_null(converse(&scene, "def", 3, 0, false));
        assert_got(&scene, 0, "abc");
        assert_got(&scene, 1, "");
        assert_got(&scene, 2, "def");
        scene_free(&scene);
    }
}

/* An empty message is not the end, and the end is not an empty message. */
static void test_seqpacket_end(void)
{
    struct scene scene = scene_new(SOCK_SEQPACKET);
    struct receiver *receiver = receiver_new(scene.near, &scene.wants, NULL);

    say(&scene, "", 0);
    say(&scene, "ab", 2);
    say(&scene, "", 0);
    hang_up(&scene);
    g_assert_true(take_all(receiver, scene.near, NULL));
    g_assert_true(receiver_is_done(receiver));
    g_assert_cmpuint(receiver_messages(receiver), ==, 3);
    g_assert_cmpuint(receiver_bytes(receiver), ==, 2);
    receiver_free(receiver);
    scene_free(&scene);
}

/* A message for which there is no room is left where it is, and nothing of it is written. */
static void test_message_too_long(void)
{
    struct scene scene = scene_new(SOCK_DGRAM);

    scene.wants.count = 1;
    add_sink(&scene, 5);
    g_autofree char *message = converse(&scene, "abcdef", 6, 0, false);
    g_assert_cmpstr(message, ==,
                    "peer: a message of 6 bytes would be truncated: there is room for 5");
    assert_got(&scene, 0, "");
    assert_left(&scene, "abcdef");
    scene_free(&scene);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/receiver/stream/length", test_stream_length);
    g_test_add_func("/receiver/stream/until", test_stream_until);
    g_test_add_func("/receiver/stream/scattered", test_stream_scattered);
    g_test_add_func("/receiver/stream/errors", test_stream_errors);
    g_test_add_func("/receiver/frames/to-the-end", test_frames_to_the_end);
    g_test_add_func("/receiver/frames/counted", test_frames_counted);
    g_test_add_func("/receiver/frames/cut-short", test_frames_cut_short);
    g_test_add_func("/receiver/frames/per-segment", test_frames_per_segment);
    g_test_add_func("/receiver/messages/per-segment", test_messages);
    g_test_add_func("/receiver/messages/seqpacket-end", test_seqpacket_end);
    g_test_add_func("/receiver/messages/too-long", test_message_too_long);
    return scratch_run();
}
