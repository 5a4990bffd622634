#!/usr/bin/env bats
# Random gathers and scatters, and overlapping ranges of one file: `iovtool copy` does what a model
# does that reads everything before it writes the first byte.

load lib/common
load lib/copy

@test "random gathers and scatters" {
  mkdir world
  cd world
  python_with_model <<'EOF'
import os, random
from copy_model import *

SOURCES = ("a", "b", "c")
LITERALS = 5

# ---- Segments --------------------------------------------------------------------------------

def content(rng, longest):
    """Random bytes, with some long runs of zeros when there are many."""
    size = rng.choice((0, 1, 100, longest, longest, rng.randrange(longest + 1)))
    data = bytearray(rng.randbytes(size))
    for _ in range(rng.randrange(3) if size > 20_000 else 0):
        start = rng.randrange(size)
        data[start:start + 70_000] = bytes(len(data[start:start + 70_000]))
    return bytes(data)

def range_words(start, end, size):
    words = [f"@{start}+{end - start}", f"@{start}..{end}"]
    words += [f"@{start}"] if end == size else []
    words += [f"@..{end}"] if start == 0 else []
    words += [f"@{start - size}+{end - start}"] if start < size else []
    words += [f"@{start}..{end - size}"] if end < size else []
    return words

def two_of(rng, size):
    return sorted((rng.randrange(size + 1), rng.randrange(size + 1)))

def file_piece(rng, name, data):
    if rng.randrange(5) == 0:
        return Piece(name, data)
    start, end = two_of(rng, len(data))
    return Piece(name + rng.choice(range_words(start, end, len(data))), data[start:end])

def literal(rng, longest):
    kind = rng.randrange(LITERALS)
    if kind == 0:
        data = rng.randbytes(rng.randrange(20))
        return Piece("hex:" + data.hex(), data)
    if kind == 1:
        value = rng.randrange(1 << 32)
        return Piece(f"be32:{value}", value.to_bytes(4, "big"))
    if kind == 2:
        size = rng.choice((1, 100, longest))
        return Piece(f"zero:{size}", bytes(size))
    if kind == 3:
        pattern = rng.randbytes(rng.choice((1, 2, 3, 7)))
        size = rng.choice((0, 1, 5, longest))
        return Piece(f"fill:{pattern.hex()}+{size}", (pattern * (size // len(pattern) + 1))[:size])
    return Piece("str:text", b"text")

def from_stdin(rng, case, longest):
    """Some ranges of standard input, which go forward."""
    case.stdin = content(rng, longest)
    case.stdin_is_pipe = bool(rng.randrange(2))
    ends = sorted(rng.randrange(len(case.stdin) + 1) for _ in range(2 * rng.randrange(3)))
    pieces = [Piece(f"-@{start}..{end}", case.stdin[start:end])
              for start, end in zip(ends[::2], ends[1::2])]
    if rng.randrange(2) == 0:
        start = rng.choice((ends[-1] if ends else 0, len(case.stdin)))
        pieces.append(Piece(f"-@{start}", case.stdin[start:]))
        case.open_ended = case.stdin_is_pipe
    return pieces

def gather(rng, case, world, longest):
    for _ in range(rng.choice((1, 1, 2, 3, 5, 12))):
        name = rng.choice(SOURCES)
        case.pieces.append(literal(rng, longest) if rng.randrange(3) == 0
                           else file_piece(rng, name, world.before[name]))
    for piece in from_stdin(rng, case, longest) if rng.randrange(3) == 0 else ():
        first = max((i + 1 for i, p in enumerate(case.pieces) if p.word[0] == "-"), default=0)
        case.pieces.insert(rng.randrange(first, len(case.pieces) + 1), piece)
    total = sum(len(piece.data) for piece in case.pieces)
    if rng.randrange(5) == 0:
        case.skip = rng.randrange(total + 1)
        case.length = rng.choice((None, rng.randrange(total - case.skip + 1)))

# ---- Destinations ----------------------------------------------------------------------------

def inside(rng, world, names):
    """A range of a file, which may be a source as well."""
    name = rng.choice(names)
    size = len(world.before[name])
    start, end = two_of(rng, size)
    return Place(name + rng.choice(range_words(start, end, size)[:2]), name, start, end - start)

def last_place(rng, case, world, longest):
    kind = rng.randrange(7)
    if kind == 0:
        return Place("" if not case.places else "-", None, 0)
    if kind == 1:
        case.stdout = content(rng, longest)
        case.stdout_at = rng.randrange(len(case.stdout) + 1)
        return Place("-", None, case.stdout_at)
    if kind == 2:
        case.stdout = content(rng, longest)
        case.stdout_at = rng.randrange(len(case.stdout) + 1)
        start, end = two_of(rng, len(case.stdout) - case.stdout_at)
        return Place(f"fd:1@{start}..{end}", None, case.stdout_at + start, end - start)
    if kind == 3:
        name = rng.choice(("target", *SOURCES))
        start = rng.randrange(len(world.before[name]) + 1)
        return Place(f"{name}@{start}", name, start)
    if kind == 4 and not case.places:
        case.options.append("--append")
        name = rng.choice(("target", "new"))
        return Place(name, name, len(world.before.get(name, b"")))
    name = rng.choice(("target", "new"))
    if kind == 5 and not case.places:
        case.options.append("--atomic")
    return Place(name, name, 0, replaces=True)

def scatter_over(rng, case, world, longest):
    names = ("other", *SOURCES)
    for _ in range(rng.choice((0, 0, 1, 2, 4))):
        case.places.append(inside(rng, world, names))
    if not case.places or rng.randrange(3):
        case.places.append(last_place(rng, case, world, longest))

world = World()
for seed in range(0, 1000, int(os.environ["ONE_OF"])):
    rng = random.Random(seed)
    longest = 200_000 if seed % 6 == 0 else rng.choice((40, 5000))
    for name in (*SOURCES, "target", "other"):
        world.set(name, content(rng, longest))
    case = Case([], [])
    gather(rng, case, world, longest)
    scatter_over(rng, case, world, longest)
    case.options += rng.choice(([], ["--sparse=always"], ["--sparse=never"]))
    ways = list(WAYS)
    rng.shuffle(ways)  # for small files the ways hardly differ
    world.check(case, f"seed {seed}", ways if longest > 5000 else ways[:1])
EOF
}

@test "overlapping ranges of a file of 64 bytes, in both directions" {
  mkdir world
  cd world
  python_with_model <<'EOF'
import itertools, os, random
from copy_model import *

SIZE = 64
STARTS = (0, 1, 2, 7, 8, 31, 32, 33, 62, 63)
CONTENT = bytes(range(SIZE))
rng = random.Random(64)
world = World()
world.set("file", CONTENT)
world.set("other", bytes(range(100, 110)))

def piece(start, length):
    return Piece(f"file@{start}+{length}", CONTENT[start:start + length])

def place(start, length):
    return Place(f"file@{start}+{length}", "file", start, length)

def check(pieces, places):
    world.check(Case(pieces, places), "overlap", (rng.choice(WAYS),))

one_of = int(os.environ["ONE_OF"])
shapes = itertools.product((1, 2, 8, 31, 33, 62), STARTS, STARTS)
for length, start, to in itertools.islice(shapes, 0, None, one_of):
    if max(start, to) + length <= SIZE:
        check([piece(start, length)], [place(to, length)])

def cut(total, count):
    ends = sorted(rng.randrange(total + 1) for _ in range(count - 1))
    return [b - a for a, b in zip([0] + ends, ends + [total])]

for _ in range(500 // one_of):
    total = rng.choice((2, 10, 30, 45, 64))
    places = [place(rng.randrange(SIZE - length + 1), length)
              for length in cut(total, rng.choice((1, 1, 2, 3)))]
    pieces = [piece(rng.randrange(SIZE - length + 1), length)
              for length in cut(total, rng.choice((2, 3)))]
    if rng.randrange(4) == 0:
        pieces.insert(rng.randrange(3), Piece("other", world.before["other"]))
        places.append(Place("other@0+10", "other", 0, 10))
    check(pieces, places)
EOF
}

@test "large ranges that overlap" {
  mkdir world
  cd world
  python_with_model <<'EOF'
import random
from copy_model import *

MIB = 1 << 20
content = random.Random(3).randbytes(3 * MIB + 5)
world = World()
world.set("file", content)
for distance in (1, 4096, MIB, MIB + 1, 2 * MIB):
    length = len(content) - distance
    for start, to in ((0, distance), (distance, 0)):
        for middle in (0, length // 2 + 1):
            spans = [(start, start + middle), (start + middle, start + length)]
            pieces = [Piece(f"file@{a}..{b}", content[a:b]) for a, b in spans if b > a]
            world.check(Case(pieces, [Place(f"file@{to}", "file", to)]), "large", WAYS[:2])

content = random.Random(4).randbytes(17 * MIB)  # more than is kept aside in memory
world.set("file", content)
pieces = [Piece("str:ab", b"ab"), Piece("file", content)]
world.check(Case(pieces, [Place("file@0", "file", 0)]), "larger", WAYS[:2])

world.set("file", content)
pieces = [Piece(f"file@{a}+{7 * MIB}", content[a:a + 7 * MIB]) for a in (10 * MIB, 5, 3 * MIB, 1)]
world.check(Case(pieces, [Place("file@0", "file", 0)]), "large together", WAYS[:2])
EOF
}

# bats test_tags=plain
@test "more than 16 MiB in all is kept aside in one file, whatever the lengths" {
  skip_unless_injection
  random_file file 20971520 5
  local words=() i
  for i in {0..19}; do
    words+=("file@$((19 - i))M+1M")
  done
  iovtool copy "${words[@]}" -o reversed
  strace -f -q -y -o calls -e trace=openat,write iovtool copy "${words[@]}" -o file@0
  cmp file reversed
  # A file without a name where the file system has that, else one that is unlinked.
  (($(grep -cE 'O_TMPFILE.* = [0-9]|O_CREAT.*iovtool-' calls) == 1)) || fail "$(grep openat calls)"
  awk '/write\([0-9]+<[^>]*(iovtool-|#[0-9])/ { n += $NF } END { exit n != 4 * 1024 * 1024 }' calls ||
    fail "$(grep 'write(' calls)"
}
