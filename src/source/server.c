/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/restart.h"
#include "segment/error.h"
#include "source/farewell.h"

#define WORD "server:"

/* sd_listen_fds(3) counts inherited sockets from here. */
#define FIRST_SOCKET 3

#define PATIENCE (5 * G_USEC_PER_SEC)
#define LOOK_AGAIN (5 * 1000)

struct server {
    char *name;
    char **argv;
    int socket; /* where it listens, by O_PATH; -1 until it was started */
    pid_t pid;  /* 0: it does not run */
    int status; /* as waitpid() has it, once it has ended */
};

struct servers {
    GPtrArray *list; /* of struct server */
};

bool is_server_word(const char *word)
{
    return g_str_has_prefix(word, WORD);
}

/* True when it has ended, for which it is given `patience`. */
static bool has_ended(struct server *server, int64_t patience)
{
    const int64_t end = g_get_monotonic_time() + patience;
    while (server->pid > 0) {
        const pid_t pid = waitpid(server->pid, &server->status, WNOHANG);
        if (pid == server->pid || (pid < 0 && errno != EINTR)) {
            server->pid = 0;
        } else if (g_get_monotonic_time() >= end) {
            return false;
        } else {
            g_usleep(LOOK_AGAIN);
        }
    }
    return true;
}

static void end_server(struct server *server)
{
    if (server->pid > 0) {
        kill(server->pid, SIGTERM);
        if (!has_ended(server, PATIENCE)) {
            kill(server->pid, SIGKILL);
            (void)has_ended(server, PATIENCE);
        }
    }
}

static void free_server(void *data)
{
    struct server *server = data;
    end_server(server);
    if (server->socket >= 0) {
        (void)close(server->socket);
    }
    g_free(server->name);
    g_strfreev(server->argv);
    g_free(server);
}

struct servers *servers_new(void)
{
    struct servers *servers = g_new0(struct servers, 1);
    servers->list = g_ptr_array_new_with_free_func(free_server);
    return servers;
}

void servers_free(struct servers *servers)
{
    if (servers) {
        g_ptr_array_unref(servers->list);
        g_free(servers);
    }
}

static struct server *find(const struct servers *servers, const char *name, size_t length)
{
    for (guint i = 0; i < servers->list->len; i++) {
        struct server *server = servers->list->pdata[i];
        if (strlen(server->name) == length && memcmp(server->name, name, length) == 0) {
            return server;
        }
    }
    return NULL;
}

static bool is_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!g_ascii_isalnum(text[i]) && !strchr("._-", text[i])) {
            return false;
        }
    }
    return length > 0;
}

static bool declare_error(const char *what, GError **error)
{
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX, "--server: %s", what);
    return false;
}

bool servers_declare(struct servers *servers, const char *text, GError **error)
{
    const char *equals = strchr(text, '=');
    const size_t length = equals ? (size_t)(equals - text) : 0;
    g_autoptr(GError) problem = NULL;
    if (!equals || !is_name(text, length)) {
        return declare_error("NAME=COMMAND expected, with a name of letters, digits, . _ and -",
                             error);
    }
    if (find(servers, text, length)) {
        return declare_error("two servers have the same name", error);
    }
    char **argv;
    if (!g_shell_parse_argv(equals + 1, NULL, &argv, &problem)) {
        /* The message of GLib may repeat the command, which may hold a password. */
        const bool is_empty = g_error_matches(problem, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING);
        return declare_error(is_empty ? "the command is empty" : "a quote of the command is open",
                             error);
    }
    struct server *server = g_new0(struct server, 1);
    server->name = g_strndup(text, length);
    server->argv = argv;
    server->socket = -1;
    g_ptr_array_add(servers->list, server);
    return true;
}

static bool start_error(const struct server *server, const char *what, int problem, GError **error)
{
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER, "server '%s': cannot %s: %s",
                server->name, what, g_strerror(problem));
    return false;
}

/* Listens at `path`, and opens the place by O_PATH, to reach it without a name; -1 with errno. */
static int listen_at(const char *path, int *reached)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
        listen(fd, SOMAXCONN) == 0) {
        *reached = restart_open(path, O_PATH | O_CLOEXEC, 0);
    }
    if (fd >= 0 && *reached < 0) {
        const int problem = errno;
        (void)close(fd);
        errno = problem;
        return -1;
    }
    return fd;
}

/*
 * A socket that only this process and its server can reach: it has a name in a folder that nobody
 * else can enter, and loses it at once, so that nothing stays when this process is killed.
 */
static int listen_unnamed(struct server *server)
{
    g_autofree char *folder = g_build_filename(g_get_tmp_dir(), "iovtool-XXXXXX", NULL);
    if (!mkdtemp(folder)) {
        return -1;
    }
    g_autofree char *path = g_build_filename(folder, "nbd", NULL);
    const int fd = listen_at(path, &server->socket);
    const int problem = errno;
    (void)unlink(path);
    (void)rmdir(folder);
    errno = problem;
    return fd;
}

/*
 * In the child: becomes the server, or says in `report` why not. It is in a process group of its
 * own, so that the terminal's signals are not for it before it was told good-bye, and writes
 * nothing into our standard output.
 */
G_GNUC_NORETURN static void become(const struct server *server, int socket, int report,
                                   pid_t parent)
{
    char pid[32];
    const int null = open("/dev/null", O_RDONLY);
    const int kept = fcntl(report, F_DUPFD_CLOEXEC, FIRST_SOCKET + 1);
    signal(SIGXFSZ, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    g_snprintf(pid, sizeof(pid), "%d", (int)getpid());
    const bool ready =
        getppid() == parent && null >= 0 && kept >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
        dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 && setenv("LISTEN_PID", pid, 1) == 0 &&
        setenv("LISTEN_FDS", "1", 1) == 0 && unsetenv("LISTEN_FDNAMES") == 0 &&
        (socket == FIRST_SOCKET ? fcntl(socket, F_SETFD, 0) == 0 : dup2(socket, FIRST_SOCKET) >= 0);
    if (ready) {
        execvp(server->argv[0], server->argv);
    }
    const int problem = errno;
    (void)!write(kept, &problem, sizeof(problem));
    _exit(127);
}

static bool run(struct server *server, int socket, GError **error)
{
    int report[2];
    int problem = 0;
    if (pipe2(report, O_CLOEXEC) != 0) {
        return start_error(server, "start", errno, error);
    }
    const pid_t parent = getpid();
    server->pid = fork();
    if (server->pid == 0) {
        become(server, socket, report[1], parent);
    }
    const int fork_problem = errno;
    close(report[1]);
    if (server->pid < 0) {
        server->pid = 0;
        close(report[0]);
        return start_error(server, "start", fork_problem, error);
    }
    ssize_t got;
    do {
        got = read(report[0], &problem, sizeof(problem)); /* nothing, once it runs */
    } while (got < 0 && errno == EINTR);
    close(report[0]);
    if (got == (ssize_t)sizeof(problem)) {
        g_autofree char *what = g_strdup_printf("run %s", server->argv[0]);
        return start_error(server, what, problem, error);
    }
    return true;
}

static bool start(struct server *server, GError **error)
{
    farewell_begin(); /* a signal from now on ends the server as well */
    const int socket = listen_unnamed(server);
    if (socket < 0) {
        return start_error(server, "make its socket", errno, error);
    }
    const bool ok = run(server, socket, error);
    close(socket); /* so that connecting fails once the server is gone */
    return ok;
}

/* The name in "server:NAME[/EXPORT]". */
static struct server *server_of(const struct servers *servers, const char *word,
                                const char **export)
{
    const char *name = word + strlen(WORD);
    const char *slash = strchr(name, '/');
    *export = slash ? slash + 1 : "";
    return find(servers, name, slash ? (size_t)(slash - name) : strlen(name));
}

char *servers_uri(struct servers *servers, const char *word, GError **error)
{
    const char *export;
    struct server *server = server_of(servers, word, &export);
    if (!server) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX,
                    "%s: no --server=NAME=COMMAND has this name", word);
        return NULL;
    }
    if (server->socket < 0 && !start(server, error)) {
        return NULL;
    }
    g_autofree char *export_part = g_uri_escape_string(export, "/", FALSE);
    return g_strdup_printf("nbd+unix:///%s?socket=/proc/self/fd/%d", export_part, server->socket);
}

void servers_explain(struct servers *servers, const char *word, GError **error)
{
    const char *export;
    struct server *server = server_of(servers, word, &export);
    if (!server || !g_error_matches(*error, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER) ||
        !has_ended(server, G_USEC_PER_SEC)) {
        return;
    }
    g_clear_error(error);
    if (WIFSIGNALED(server->status)) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER, "server '%s' was ended by signal %d",
                    server->name, WTERMSIG(server->status));
    } else {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER, "server '%s' exited with status %d",
                    server->name, WEXITSTATUS(server->status));
    }
}
