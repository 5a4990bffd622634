"""An NBD server of 1 MiB of zeros that does one thing wrong.

usage: nbd-server.py SOCKET FAULT

FAULT: hang-up      closes as soon as somebody connects
       garbage      greets with nonsense
       vanish       closes after the handshake
       silent       answers the handshake, and no request
       wrong-id     answers a request that nobody made
       bad-magic    answers a request with nonsense
       short        closes in the middle of an answer
       no-data      a structured answer without any data
       past-end     a structured answer whose data lie outside of what was asked for
       enormous     says that it has 2^63 bytes more than it can
       zero-extent  an answer to block status with an extent of no bytes
       no-extents   block status fails
       eio          every read, and every write, fails
       half         takes the first half of what is written, and closes
       twice        answers each write twice
"""
import os
import socket
import struct
import sys

SIZE = 1 << 20
FAULT = sys.argv[2]


def take(peer, length):
    data = b""
    while len(data) < length:
        more = peer.recv(length - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def option_reply(peer, option, kind, data=b""):
    peer.sendall(struct.pack(">QIII", 0x3E889045565A9, option, kind, len(data)) + data)


def handshake(peer):
    """True when the transmission starts; whether structured replies were agreed on."""
    if FAULT == "garbage":
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        return False, False
    peer.sendall(b"NBDMAGIC" + b"IHAVEOPT" + struct.pack(">H", 3))
    take(peer, 4)
    structured = False
    while True:
        _, option, length = struct.unpack(">QII", take(peer, 16))
        data = take(peer, length)
        if option in (6, 7):  # INFO, GO
            size = (1 << 64) - 1 if FAULT == "enormous" else SIZE
            option_reply(peer, option, 3, struct.pack(">HQH", 0, size, 1 | 4))
            option_reply(peer, option, 1)
            if option == 7:
                return True, structured
        elif option == 8 and FAULT in ("no-data", "past-end", "zero-extent", "no-extents"):
            structured = True
            option_reply(peer, option, 1)
        elif option == 10 and FAULT in ("zero-extent", "no-extents"):  # SET_META_CONTEXT
            option_reply(peer, option, 4, struct.pack(">I", 1) + b"base:allocation")
            option_reply(peer, option, 1)
        elif option == 2:
            return False, False
        else:
            option_reply(peer, option, 0x80000001)
        del data


def simple(peer, cookie, data, error=0, magic=0x67446698):
    peer.sendall(struct.pack(">IIQ", magic, error, cookie) + data)


def chunk(peer, cookie, kind, data=b"", last=True):
    peer.sendall(struct.pack(">IHHQI", 0x668E33EF, 1 if last else 0, kind, cookie, len(data)) + data)


def answer(peer, kind, cookie, offset, length):
    """False ends the connection."""
    if FAULT == "vanish":
        return False
    if kind == 1:
        take(peer, length // 2 if FAULT == "half" else length)
        length = 0
        if FAULT == "half":
            return False
    if FAULT == "silent":
        return True
    if FAULT == "twice":
        simple(peer, cookie, b"")
        simple(peer, cookie, b"")
    elif FAULT == "wrong-id":
        simple(peer, cookie + 77, bytes(length))
    elif FAULT == "bad-magic":
        simple(peer, cookie, bytes(length), magic=0x12345678)
    elif FAULT == "short":
        simple(peer, cookie, bytes(length // 2))
        return False
    elif FAULT == "no-data":
        chunk(peer, cookie, 0)
    elif FAULT == "past-end":
        chunk(peer, cookie, 1, struct.pack(">Q", offset + length) + bytes(length))
    elif kind == 7:
        if FAULT == "no-extents":
            chunk(peer, cookie, 0x8001, struct.pack(">IH", 5, 0))
        else:
            chunk(peer, cookie, 5, struct.pack(">III", 1, 0, 3))
    elif FAULT == "eio":
        simple(peer, cookie, b"", error=5)
    elif FAULT in ("zero-extent", "no-extents"):
        chunk(peer, cookie, 1, struct.pack(">Q", offset) + bytes(length))
    else:
        simple(peer, cookie, bytes(length))
    return True


def serve(peer):
    if FAULT == "hang-up":
        return
    ready, _ = handshake(peer)
    while ready:
        _, _, kind, cookie, offset, length = struct.unpack(">IHHQQI", take(peer, 28))
        if kind == 2 or not answer(peer, kind, cookie, offset, length):
            return


listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
while True:
    connection, _ = listener.accept()
    if os.fork() == 0:
        try:
            serve(connection)
        except (EOFError, OSError):
            pass
        os._exit(0)
    connection.close()
