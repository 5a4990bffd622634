#!/usr/bin/env bats
# Random pairs of vectors, of every kind of segment and cut in different ways: `iovtool compare` says
# what cmp says of the same bytes in two files, and what a model of the vectors says of their places.

load lib/common
load lib/hexdump
load lib/compare

# pairs FIRST LAST: the pairs of these seeds.
pairs() {
  python_with_model "$@" <<'EOS'
import os, random, subprocess, sys
from compare_model import *

FIRST, LAST = map(int, sys.argv[1:])
MANY = 20_000  # differing bytes, too many to list each

# ---- Two byte strings ------------------------------------------------------------------------

def block(rng, longest):
    """Bytes of one texture, and the pattern when they repeat one."""
    length = rng.choice((1, 7, 16, 100, longest // 3 + 1, longest))
    kind = rng.randrange(4)
    if kind == 0:
        return bytes(length), b"\0"
    if kind == 1:
        pattern = rng.randbytes(rng.choice((1, 2, 3, 8, 13)))
        return (pattern * (length // len(pattern) + 1))[:length], pattern
    return rng.randbytes(length), None

def make_first(rng):
    longest = rng.choice((10, 10, 300, 300, 5000, 5000, 70_000, 300_000))
    if rng.randrange(40) == 0:
        longest = 3_000_000
    return b"".join(block(rng, longest)[0] for _ in range(rng.randrange(5)))

def flip(rng, data, at, bit=False):
    data[at] ^= 1 << rng.randrange(8) if bit else rng.randrange(1, 256)

def damage_runs(rng, data):
    for _ in range(rng.choice((2, 3, 20, 300))):
        at = rng.randrange(len(data))
        length = min(rng.choice((1, 1, 2, 10, 64, 5000)), len(data) - at)
        data[at:at + length] = bytes(byte ^ 0x55 for byte in data[at:at + length])

def make_second(rng, first):
    data = bytearray(first)
    kind = rng.choice(("equal", "equal", "byte", "bit", "ends", "runs", "runs", "all", "other"))
    if kind == "other":
        return make_first(rng)
    if data and kind in ("byte", "bit"):
        flip(rng, data, rng.randrange(len(data)), kind == "bit")
    if data and kind == "ends":
        for at in rng.choice(((0,), (-1,), (0, -1))):
            flip(rng, data, at)
    if data and kind == "runs":
        damage_runs(rng, data)
    if kind == "all":
        data = bytearray(byte ^ 0xff for byte in data)
    longer = rng.randrange(6)
    if longer == 0:
        data += rng.choice((b"\0" * rng.randrange(1, 100), rng.randbytes(rng.choice((1, 500)))))
    elif longer == 1 and data:
        del data[-rng.choice((1, 1, len(data), len(data) // 2 + 1)):]
    return bytes(data)

# ---- Cut into segments -----------------------------------------------------------------------

class Store:
    """Files that hold the pieces which segments name, each with something around it."""

    def __init__(self, rng, folder):
        self.rng, self.names, self.contents = rng, [], []
        for i in range(3):
            self.names.append(f"{folder}/{i}")
            self.contents.append(bytearray(rng.randbytes(rng.choice((0, 5, 4096)))))

    def add(self, data):
        i = self.rng.randrange(len(self.names))
        content = self.contents[i]
        start = len(content)
        content += data
        content += self.rng.randbytes(self.rng.choice((0, 0, 3)))
        return file_piece(self.names[i], start, data)

    def write(self):
        """With holes where there are long zeros, in half of the files."""
        for name, content in zip(self.names, self.contents):
            sparse = self.rng.randrange(2)
            with open(name, "wb") as file:
                file.truncate(len(content))
                for at in range(0, len(content), 4096):
                    piece = content[at:at + 4096]
                    if not sparse or any(piece):
                        file.seek(at)
                        file.write(piece)

def period_of(data):
    for period in (1, 2, 3, 8, 13):
        if len(data) >= 2 * period and data[period:] == data[:-period]:
            return data[:period]
    return None

def segment_of(rng, data, store):
    pattern = period_of(data)
    kind = rng.randrange(4)
    if pattern and kind == 0:
        if len(data) > 10 and rng.randrange(2):
            return fill(pattern * rng.randrange(1, 4), len(data))
        return fill(pattern, len(data))
    if kind == 1 and len(data) <= 2000:
        return literal(data)
    if kind == 2 and len(data) <= 200 and rng.randrange(3) == 0:
        word = "str:" + "".join(f"\\x{byte:02x}" for byte in data)
        return Segment(word, "hex:" + data.hex(), 0, data)
    return store.add(data)

def shared(rng, other, start, end):
    """The same range of the same file that the other side has there, if it has one."""
    for at, segment in zip(other.starts, other.segments):
        inside = at <= start and end <= at + len(segment.data)
        if inside and segment.word.startswith("store") and rng.randrange(2):
            name = segment.word.partition("@")[0]
            return file_piece(name, segment.offset + start - at, segment.data[start - at:end - at])
    return None

def cut(rng, data, store, other=None):
    most = rng.choice((0, 0, 1, 3, 12, 60))
    ends = sorted(rng.randrange(len(data) + 1) for _ in range(most)) + [len(data)]
    segments, start = [], 0
    for end in ends:
        same = other and data[start:end] == other.data[start:end] and shared(rng, other, start, end)
        segments.append(same or segment_of(rng, data[start:end], store))
        start = end
    return Side(segments)

@dataclass
class Stdin:
    content: bytes
    is_pipe: bool

def through_stdin(rng, side):
    """Now and then: makes some of the segments ranges of standard input, and says what that is."""
    if rng.randrange(4):
        return None
    content = bytearray()
    count = rng.randrange(1, len(side.segments) + 1)
    for i in sorted(rng.sample(range(len(side.segments)), count)):
        content += rng.randbytes(rng.choice((0, 0, 9)))
        side.segments[i] = file_piece("-", len(content), side.segments[i].data)
        content += side.segments[i].data
    with open("stdin", "wb") as file:
        file.write(content)
    return Stdin(bytes(content), bool(rng.randrange(2)))

# ---- What is asked -----------------------------------------------------------------------------

def questions(rng, pair):
    """Options, and what makes the answer to them; the first is asked of every pair."""
    most = rng.choice((1, 2, len(pair.runs) + 1, len(pair.runs) + 2))
    other = [
        (["-q"], lambda: ""),
        (["--quiet"], lambda: ""),
        (["-l"], lambda: pair.list_text()),
        ([f"-l{most}"], lambda: pair.list_text(most)),
        (["--list", "--offset-base=hex"], lambda: pair.list_text(base="hex")),
        (["--list", "--offset-base", "oct"], lambda: pair.list_text(base="oct")),
        (["--stats"], lambda: pair.first_text() + pair.stats_text()),
        (["--stats", "--list"], lambda: pair.list_text() + pair.stats_text()),
        (["--json"], lambda: pair.json()),
        (["--json", "--stats", "-l"], lambda: pair.json(stats=True, runs=True)),
    ]
    if pair.differing < MANY:
        other += [
            (["-x"], lambda: pair.hex_text()),
            (["-x0", "--color=never"], lambda: pair.hex_text(0)),
            (["--hex=5", "--stats"], lambda: pair.hex_text(5) + pair.stats_text()),
        ]
    if most == len(pair.runs):
        del other[3]  # whether the rest of the longer side follows the last run is left open
    return [([], lambda: pair.first_text()), *rng.sample(other, 2)]

def judge(pair, a, b):
    """cmp knows nothing of the vectors: it gets their bytes in two files."""
    for name, data in zip(("a", "b"), (a, b)):
        with open(name, "wb") as file:
            file.write(data)
    all_of_them = pair.differing < MANY
    done = subprocess.run(["cmp", *(["-l"] if all_of_them else []), "a", "b"], capture_output=True)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == pair.status
    if all_of_them:
        offsets = [int(line.split()[0]) - 1 for line in lines]
        assert offsets == [at + i for at, length in pair.runs for i in range(length)]
        assert (b"EOF on" in done.stderr) == (pair.longer is not None)
    else:
        assert int(lines[0].split("byte ")[1].split(",")[0]) - 1 == pair.first

def ask(pair, options, expected, about, stdin):
    short = len(pair.sides[0].segments) == len(pair.sides[1].segments) == 1
    form = "two" if short else "with"
    if stdin is None:
        pair.check(options, expected, about, form, stdin=subprocess.DEVNULL)
    elif stdin.is_pipe:
        pair.check(options, expected, about, form, input=stdin.content)
    else:
        with open("stdin", "rb") as file:
            pair.check(options, expected, about, form, stdin=file)

def check(seed):
    rng = random.Random(seed)
    folder = f"store{seed % 7}"
    os.makedirs(folder, exist_ok=True)
    first = make_first(rng)
    second = make_second(rng, first)
    store = Store(rng, folder)
    a = cut(rng, first, store)
    b = cut(rng, second, store, a)
    store.write()
    stdin = through_stdin(rng, rng.choice((a, b)))
    ends = rng.choice(("differ", "differ", "differ", "zero-pad", "common"))
    pair = Comparison(a, b, ends)
    judge(pair, *((first, second) if ends == "differ" else pair.bytes))
    for options, expected in questions(rng, pair):
        options = options + ([] if ends == "differ" else [f"--{ends}"])
        options += rng.choice(([], ["--no-map"]))
        ask(pair, options, expected(), f"seed {seed}", stdin)

for seed in range(FIRST, LAST, int(os.environ["ONE_OF"])):
    check(seed)
EOS
}

@test "random pairs" {
  pairs 0 250
}

@test "more on one processor" {
  one_processor pairs 250 500
}
