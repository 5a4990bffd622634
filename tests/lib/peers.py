"""The other side of a connection: does what it is told, step by step, well or badly on purpose.

usage: peers.py listen ADDRESS [--full] [--late=SECONDS] STEP...   accepts one connection
       peers.py connect ADDRESS [--source=ADDRESS] STEP...         makes one
       peers.py greet ADDRESS COUNT      takes so many connections, one after the other; says something
                                         at a random moment, and prints how many bytes came from each
       peers.py refuse ADDRESS           holds the port, so that nobody can listen there
       peers.py inherit ADDRESS COMMAND...   runs it with a bound, listening socket as descriptor 7
       peers.py through ADDRESS COMMAND...   the same with a connection to it
       peers.py pair TYPE COMMAND...     runs it with a pair of sockets as descriptors 7 and 8
       peers.py rebind                   a free port of tcp and udp, whose number it prints

A listener writes its address as a line to descriptor 9 when it is ready. --full: it never accepts,
and its backlog is full. --late: it has its address at once, and listens so much later.

Steps, on a stream:                           On messages (of datagram sockets and seqpacket):
  read[:N]     to standard output, to the       messages[:N]  prints each as a line of hex digits
               end or N bytes                   message:HEX   sends one; HEX may be empty
  count        prints how many bytes come
  say:TEXT     sends it, with \\n and such      On both:
  send:FILE    sends it                         sleep:SECONDS
  drip:SECONDS:FILE   a byte at a time          wait          until it is killed
  sip:SECONDS  reads a byte at a time           hup           closes at once, with a reset
  lines        answers each line by <LINE>
  shut         sends no more
After the last step it closes. What it was told of the other side's address is on standard error.
"""
import os
import random
import signal
import socket
import sys
import time

TYPES = {"stream": socket.SOCK_STREAM, "dgram": socket.SOCK_DGRAM,
         "seqpacket": socket.SOCK_SEQPACKET}


def parse(text):
    """ADDRESS of iovtool -> (family, type, address of python)."""
    kind, _, rest = text.partition(":")
    if kind.startswith("unix"):
        path = "\0" + rest[1:] if rest.startswith("@") else rest
        return socket.AF_UNIX, TYPES[kind[5:] or "stream"], path
    host, _, port = rest.rpartition(":")
    if kind == "vsock":
        return socket.AF_VSOCK, socket.SOCK_STREAM, (int(host), int(port))
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    return family, TYPES[{"tcp": "stream", "udp": "dgram"}[kind]], (host.strip("[]"), int(port))


def text_of(kind, name):
    """The address of python -> ADDRESS."""
    if isinstance(name, tuple):
        host = "[%s]" % name[0] if ":" in str(name[0]) else name[0]
        return "%s:%s:%s" % (kind, host, name[1])
    name = os.fsdecode(name)
    return "%s:%s" % (kind, "@" + name[1:] if name.startswith("\0") else name)


def bound(text):
    family, kind, name = parse(text)
    sock = socket.socket(family, kind)
    if family != socket.AF_UNIX:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    elif os.path.exists(name.replace("\0", "@")):
        os.unlink(name)
    sock.bind(name)
    return sock


def announce(text, sock):
    os.write(9, (text_of(text.partition(":")[0], sock.getsockname()) + "\n").encode())
    os.close(9)


def fill_backlog(sock, family):
    """Connections that nobody accepts, until there is no room for one more."""
    kept = []
    while True:
        client = socket.socket(family, socket.SOCK_STREAM)
        client.settimeout(0.1)
        kept.append(client)
        try:
            client.connect(sock.getsockname())
        except (TimeoutError, BlockingIOError):
            return kept


class Peer:
    """One connection, or a datagram socket, whose partner is the one that was heard last."""

    def __init__(self, sock, kind):
        self.sock = sock
        self.kind = kind
        self.partner = None
        self.out = sys.stdout.buffer
        self.buffer = bytearray(1 << 20)

    def receive(self, size):
        data, sender = self.sock.recvfrom(size)
        if sender and sender != self.partner:
            self.partner = sender
            print("from", text_of(self.kind, sender), file=sys.stderr, flush=True)
        return data

    def do_read(self, count=None):
        left = int(count) if count else None
        while left != 0:
            data = self.sock.recv(min(left or 1 << 18, 1 << 18))
            if not data:
                break
            self.out.write(data)
            left = None if left is None else left - len(data)
        self.out.flush()

    def do_count(self, _):
        total = 0
        while count := self.sock.recv_into(self.buffer):
            total += count
        print(total, flush=True)

    def say(self, data, partner=None):
        """That the other side does not listen any more is no trouble of this one."""
        try:
            if partner:
                self.sock.sendto(data, partner)
            else:
                self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError, ConnectionRefusedError):
            pass

    def do_say(self, text):
        self.say((text or "").encode().decode("unicode_escape").encode("latin-1"))

    def do_send(self, name):
        with open(name, "rb") as file:
            self.say(file.read())

    def do_drip(self, argument):
        seconds, _, name = argument.partition(":")
        with open(name, "rb") as file:
            for byte in file.read():
                self.say(bytes([byte]))
                time.sleep(float(seconds))

    def do_sip(self, seconds):
        while data := self.sock.recv(1):
            self.out.write(data)
            self.out.flush()
            time.sleep(float(seconds))

    def do_lines(self, _):
        with self.sock.makefile("rb") as lines:
            for line in lines:
                self.sock.sendall(b"<" + line.rstrip(b"\n") + b">\n")

    def do_shut(self, _):
        self.sock.shutdown(socket.SHUT_WR)

    def do_messages(self, count=None):
        number = 0
        while not count or number < int(count):
            data = self.receive(1 << 22)
            if not data and not count:
                break
            number += 1
            self.out.write(data.hex().encode() + b"\n")
            self.out.flush()

    def do_message(self, digits):
        self.say(bytes.fromhex(digits or ""), self.partner)

    def do_sleep(self, seconds):
        time.sleep(float(seconds))

    def do_wait(self, _):
        signal.pause()

    def do_hup(self, _):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()

    def take(self, steps):
        for step in steps:
            name, _, argument = step.partition(":")
            getattr(self, "do_" + name)(argument or None)
        self.sock.close()


def listen(text, *words):
    full = "--full" in words
    late = sum(float(word[7:]) for word in words if word.startswith("--late="))
    steps = [word for word in words if not word.startswith("--")]
    family, kind, _ = parse(text)
    sock = bound(text)
    if kind == socket.SOCK_DGRAM:
        announce(text, sock)
        Peer(sock, text.partition(":")[0]).take(steps)
        return
    if late:
        announce(text, sock)
        time.sleep(late)
    sock.listen(0 if full else 8)
    if full:
        kept = fill_backlog(sock, family)
        announce(text, sock)
        signal.pause()
        return kept
    if not late:
        announce(text, sock)
    connection, sender = sock.accept()
    print("from", text_of(text.partition(":")[0], sender), file=sys.stderr, flush=True)
    sock.close()
    Peer(connection, text.partition(":")[0]).take(steps)


def greet(text, count):
    moments = random.Random(1)
    sock = bound(text)
    sock.listen(8)
    announce(text, sock)
    for _ in range(int(count)):
        connection, _ = sock.accept()
        time.sleep(moments.uniform(0, 0.004))
        peer = Peer(connection, text.partition(":")[0])
        peer.say(b"220 ready\n")
        try:
            peer.do_count(None)
        except OSError as error:
            print(error, flush=True)
        connection.close()


def connect(text, *words):
    source = [word[9:] for word in words if word.startswith("--source=")]
    family, kind, name = parse(text)
    sock = bound(source[0]) if source else socket.socket(family, kind)
    sock.connect(name)
    peer = Peer(sock, text.partition(":")[0])
    peer.take(word for word in words if not word.startswith("--"))


def refuse(text):
    family, kind, name = parse(text)
    sock = bound(text)
    if kind == socket.SOCK_DGRAM:
        sock.connect((name[0], 9))  # takes datagrams of port 9 only
    announce(text, sock)
    signal.pause()


def inherit(text, *command):
    sock = bound(text)
    if sock.type != socket.SOCK_DGRAM:
        sock.listen()
    announce(text, sock)
    os.dup2(sock.fileno(), 7)
    os.execvp(command[0], command)


def through(text, *command):
    family, kind, name = parse(text)
    sock = socket.socket(family, kind)
    sock.connect(name)
    os.dup2(sock.fileno(), 7)
    os.execvp(command[0], command)


def pair(kind, *command):
    for number, end in zip((7, 8), socket.socketpair(socket.AF_UNIX, TYPES[kind])):
        os.dup2(end.fileno(), number)
    os.execvp(command[0], command)


def rebind():
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        udp.bind(tcp.getsockname())
        print(tcp.getsockname()[1])


if __name__ == "__main__":
    roles = {"listen": listen, "connect": connect, "greet": greet, "refuse": refuse, "inherit": inherit,
             "through": through, "pair": pair, "rebind": rebind}
    roles[sys.argv[1]](*sys.argv[2:])
