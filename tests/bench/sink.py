"""Takes whatever comes to a socket as fast as it can, and counts it.

usage: sink.py tcp|unix|udp NAME

It listens, on loopback or on the unix socket NAME.socket, and writes its address to NAME. Streams
are read one after the other, each to its end. Of datagrams NAME.count holds the number so far, in
ten digits; the buffer is made so large, where root allows, that none is lost while it is slow.
It ends with the process that started it.
"""
import ctypes
import mmap
import os
import select
import socket
import sys

SO_RCVBUFFORCE = 33


def wait(sock):
    """Until something comes; ends the program when the parent has."""
    while not select.select([sock], [], [], 0.5)[0]:
        if os.getppid() != PARENT:
            sys.exit()


def streams(listener):
    buffer = bytearray(1 << 20)
    # Of tcp the kernel can drop bytes without copying them.
    flags = socket.MSG_TRUNC if listener.family == socket.AF_INET else 0
    while True:
        wait(listener)
        with listener.accept()[0] as connection:
            while connection.recv_into(buffer, 1 << 20, flags):
                pass


def datagrams(sock, name):
    """recvmmsg(), which python lacks: 1,024 messages a call, of which nothing is kept."""
    pointer, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int

    class Message(ctypes.Structure):  # struct mmsghdr
        _fields_ = [("name", pointer), ("name_length", ctypes.c_uint), ("parts", pointer),
                    ("part_count", size), ("control", pointer), ("control_length", size),
                    ("flags", number), ("length", ctypes.c_uint)]

    messages = (Message * 1024)()
    receive = ctypes.CDLL(None).recvmmsg
    with open(name + ".count", "wb+") as file:
        file.write(b"%010d" % 0)
        file.flush()
        counter = mmap.mmap(file.fileno(), 10)
    total = 0
    while True:
        count = receive(sock.fileno(), messages, 1024, socket.MSG_DONTWAIT | socket.MSG_TRUNC, None)
        if count < 0:
            wait(sock)
            continue
        total += count
        counter[:] = b"%010d" % total


def main(kind, name):
    if kind == "unix":
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(name + ".socket")
        address = name + ".socket"
    else:
        sock = socket.socket(type=socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
        sock.bind(("127.0.0.1", 0))
        address = str(sock.getsockname()[1])
    if kind == "udp":
        try:
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 29)
        except PermissionError:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 29)
    else:
        sock.listen()
    with open(name + ".new", "w") as file:
        file.write(address + "\n")
    os.rename(name + ".new", name)
    if kind == "udp":
        datagrams(sock, name)
    else:
        streams(sock)


PARENT = os.getppid()
main(*sys.argv[1:])
