"""What `iovtool copy` has to do, worked out from the bytes of all files the slow way.

A test that makes gathers and scatters imports this: `from copy_model import *` in a script that
python_with_model of lib/copy.bash runs.
"""

import os
import subprocess
from dataclasses import dataclass, field

WAYS = ([], ["--offload=splice"], ["--no-offload"], ["--no-map"], ["--no-offload", "--no-map"])


@dataclass
class Piece:
    """A segment: the word for it, and its bytes."""

    word: str
    data: bytes


@dataclass
class Place:
    """A destination: the word for it, and where its bytes go in a file of the world or, with no
    name, in what standard output is."""

    word: str
    name: str | None
    start: int
    room: int | None = None  # None: all there is
    replaces: bool = False


@dataclass
class Case:
    pieces: list
    places: list
    options: list = field(default_factory=list)
    skip: int | None = None
    length: int | None = None
    stdin: bytes = b""
    stdin_is_pipe: bool = True
    open_ended: bool = False  # the length of the vector is known only at the end of a pipe
    stdout: bytes | None = None  # a file with these bytes; None: a pipe
    stdout_at: int = 0  # where that file's descriptor stands

    def data(self):
        whole = b"".join(piece.data for piece in self.pieces)
        whole = whole[self.skip or 0:]
        return whole if self.length is None else whole[:self.length]

    def words(self):
        words = [piece.word for piece in self.pieces]
        words += [word for place in self.places if place.word for word in ("-o", place.word)]
        for letter, value in (("-s", self.skip), ("-n", self.length)):
            words += [] if value is None else [letter, str(value)]
        return self.options + words

    def room(self):
        rooms = [place.room for place in self.places]
        return None if None in rooms else sum(rooms)


def put(content, start, data, replaces):
    """The content with the data at `start`."""
    if replaces:
        content = b""
    content = content.ljust(start, b"\0") if data else content
    return content[:start] + data + content[start + len(data):]


def fits(case):
    return case.room() is None or len(case.data()) <= case.room()


def scatter(case, world):
    """(files, what standard output holds) after the bytes there is room for are written"""
    world, stdout = dict(world), case.stdout or b""
    left = case.data()
    for place in case.places:
        part = left if place.room is None else left[:place.room]
        left = left[len(part):]
        if place.name is None:
            stdout = put(stdout, place.start, part, False)
        else:
            world[place.name] = put(world.get(place.name, b""), place.start, part, place.replaces)
    return world, stdout


def write_file(name, content):
    """With holes where there are long zeros."""
    with open(name, "wb") as file:
        file.truncate(len(content))
        for at in range(0, len(content), 4096):
            piece = content[at:at + 4096]
            if any(piece):
                file.seek(at)
                file.write(piece)


def read_file(name):
    with open(name, "rb") as file:
        return file.read()


def run(case, options):
    """(status, standard error, what standard output holds), run with these options as well."""
    command = ["iovtool", "copy", *options, *case.words()]
    files = {}
    if case.stdin_is_pipe:
        files["input"] = case.stdin
    else:
        write_file(".stdin", case.stdin)
        files["stdin"] = open(".stdin", "rb")
    if case.stdout is None:
        files["stdout"] = subprocess.PIPE
    else:
        write_file(".stdout", case.stdout)
        files["stdout"] = open(".stdout", "r+b", buffering=0)
        files["stdout"].seek(case.stdout_at)
    done = subprocess.run(command, stderr=subprocess.PIPE, **files, check=False)
    for name in ("stdin", "stdout"):
        if hasattr(files.get(name), "close"):
            files[name].close()
    written = done.stdout if case.stdout is None else read_file(".stdout")
    return done.returncode, done.stderr.decode(), written


def same(actual, expected, what):
    if actual != expected:
        pairs = zip(actual, expected)
        first = next((i for i, (a, b) in enumerate(pairs) if a != b), "the end")
        raise AssertionError(f"{what}: {len(actual)} bytes, not {len(expected)}, or other from {first}"
                             f"\n  actual   {actual[:80].hex()}\n  expected {expected[:80].hex()}")


class World:
    """The files of a folder, and their contents before a case. They are written only when some run
    changed them."""

    def __init__(self):
        self.before = {}
        self.now = {}

    def set(self, name, content):
        self.before[name] = content

    def restore(self):
        """Makes the files what they were."""
        for name in set(self.now) - set(self.before):
            os.unlink(name)
        for name, content in self.before.items():
            if self.now.get(name) != content:
                write_file(name, content)
        self.now = dict(self.before)

    def check(self, case, about, ways=WAYS):
        """Runs the case in these ways. Every file has to have what the model says, and no other is
        there. What does not fit leaves all as it was; only of a pipe is that found out too late."""
        after = scatter(case, self.before)
        before = (self.before, case.stdout or b"")
        for way in ways:
            self.restore()
            about_run = f"{about}: iovtool copy {' '.join(way + case.words())}"
            status, stderr, stdout = run(case, way)
            self.now = {name: read_file(name) for name in os.listdir() if name[0] != "."}
            assert status == (0 if fits(case) else 2), f"{about_run}: status {status}: {stderr}"
            assert (stderr == "") == (status == 0), f"{about_run}: {stderr}"
            untouched = (self.now, stdout) == before
            written = fits(case) or (case.open_ended and not untouched)
            self.compare(stdout, *(after if written else before), about_run)

    def compare(self, stdout, world_expected, stdout_expected, about):
        same(stdout, stdout_expected, f"{about}: standard output")
        assert self.now.keys() == world_expected.keys(), f"{about}: {sorted(self.now)}"
        for name, content in world_expected.items():
            same(self.now[name], content, f"{about}: {name}")
