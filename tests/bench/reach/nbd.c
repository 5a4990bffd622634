/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nbd read|write SOCKET CONNECTIONS SIZE [LENGTH STRIDE]: the first SIZE bytes of the export of a
 * unix socket, read and dropped, or written, in requests of 256 KiB, 16 under way on each
 * connection; with LENGTH and STRIDE in requests of LENGTH bytes that start STRIDE apart. */
#include "reach.h"

#include <endian.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define DEPTH 16
#define MOST 64

struct __attribute__((packed)) request {
    uint32_t magic;
    uint16_t flags;
    uint16_t kind;
    uint64_t cookie;
    uint64_t offset;
    uint32_t length;
};

struct __attribute__((packed)) reply {
    uint32_t magic;
    uint32_t error;
    uint64_t cookie;
};

static void read_all(int fd, void *bytes, size_t size)
{
    must(recv(fd, bytes, size, MSG_WAITALL) == (ssize_t)size, "recv");
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const uint32_t flags = htobe32(3); /* fixed newstyle, no zeros */
    const uint32_t option[4] = { htobe32(0x49484156), htobe32(0x454f5054), htobe32(1), 0 };
    char greeting[18];
    char facts[10];
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    must(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0, path);
    read_all(fd, greeting, sizeof(greeting));
    write_all(fd, &flags, sizeof(flags));
    write_all(fd, option, sizeof(option));
    read_all(fd, facts, sizeof(facts));
    return fd;
}

struct job {
    int writes;
    uint64_t next;
    uint64_t size;
    uint32_t length;
    uint64_t stride;
    char *bytes;
};

/* 0: there is nothing left to ask for. */
static int ask(struct job *job, int fd)
{
    const uint64_t left = job->size - job->next;
    const uint32_t length = left < job->length ? (uint32_t)left : job->length;
    const struct request request = {
        .magic = htobe32(0x25609513),
        .kind = htobe16(job->writes ? 1 : 0),
        .offset = htobe64(job->next),
        .length = htobe32(length),
        .cookie = length,
    };
    if (length == 0) {
        return 0;
    }
    write_all(fd, &request, sizeof(request));
    if (job->writes) {
        write_all(fd, job->bytes, length);
    }
    job->next += job->stride < left ? job->stride : left;
    return 1;
}

int main(int argc, char **argv)
{
    struct job job = { .writes = strcmp(argument(argc, argv, 1), "write") == 0 };
    struct pollfd polls[MOST];
    int under_way = 0;
    const int count = atoi(argument(argc, argv, 3));
    must(count >= 1 && count <= MOST, "CONNECTIONS");
    job.size = strtoull(argument(argc, argv, 4), NULL, 10);
    job.length = argc > 5 ? (uint32_t)atoi(argv[5]) : 256 * 1024;
    job.stride = argc > 5 ? (uint64_t)atoi(argument(argc, argv, 6)) : job.length;
    job.bytes = page_aligned(256 * 1024);
    for (int i = 0; i < count; i++) {
        polls[i] = (struct pollfd){ .fd = connect_to(argv[2]), .events = POLLIN };
    }
    for (int i = 0; i < count * DEPTH; i++) {
        under_way += ask(&job, polls[i % count].fd);
    }
    while (under_way > 0) {
        must(poll(polls, (nfds_t)count, -1) > 0, "poll");
        for (int i = 0; i < count; i++) {
            if (polls[i].revents) {
                struct reply reply;
                read_all(polls[i].fd, &reply, sizeof(reply));
                must(reply.magic == htobe32(0x67446698) && reply.error == 0, "reply");
                if (!job.writes) {
                    read_all(polls[i].fd, job.bytes, (size_t)reply.cookie);
                }
                under_way += ask(&job, polls[i].fd) - 1;
            }
        }
    }
    return 0;
}
