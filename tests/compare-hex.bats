#!/usr/bin/env bats
# `iovtool compare --hex`: the rows that differ, side by side, with the rows around them.

load lib/common
load lib/hexdump
load lib/compare

# bats test_tags=valgrind
@test "its rows, character for character" {
  assert_answer 1 '@@ 0x8 (8) @@
00000008  69 6a 6b 6c 6d 6e 6f 70  |ijklmnop|  00000000  69 6a 4b 6c 6d 6e 6f 70  |ijKlmnop|
@@ 0x28 (40) @@
00000008  71 72                    |qr|        00000020  71 00                    |q.|' \
    compare -x0 str:abcdefghijklmnop zero:16 str:12345678qr --with fill:6162636465666768+8 \
    'str:ijKlmnop\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0012345678q\0'
  assert_answer 1 '@@ 0x0 (0) @@
00000000  00 00 00 00 00 00 00 00  |........|  00000000  00 00 00 00 00 00 00 00  |........|
00000008  00 00 00 00 00 00 00 00  |........|  00000008  00 00 00 00 00 00 00 00  |........|
00000010  00 00 00 00 01 00 00 00  |........|  00000010  00 00 00 00 00 00 00 00  |........|
00000004  00 00 00 00 00 00 00 00  |........|  00000018  00 00 00 00 00 00 00 00  |........|
00000004  00                       |.|         00000020  00                       |.|' \
    compare -x zero:20 hex:0100000000000000 zero:5 --with zero:33
}

@test "the offset of a row is that of its first byte on each side, and none behind the end" {
  printf 'abcdefgh0123456789' >file
  assert_answer 1 '@@ 0x8 (8) @@
00000008  30 31 32 33 34 35 36 37  |01234567|  00000000  30 31 32 33 34 35 58 37  |012345X7|
00000010  38 39 00 00 00           |89...|     00000008  38 39 61 62 63           |89abc|' \
    compare -x0 --zero-pad zero:8 file@8 --with zero:3 zero:5 str:012345X789abc
  assert_answer 1 '@@ 0x10 (16) @@
       -  00 00                    |..|        00000008  38 39                    |89|' \
    compare --hex=0 --zero-pad zero:8 file@8+8 --with zero:8 str:0123456789
}

# ---- Judged by python ------------------------------------------------------------------------------

@test "context 0, 1, 3 and 100: differences at the ends, near each other, and far" {
  random_file a 20003 3
  python_with_model <<'EOS'
import random
from compare_model import *

data = open("a", "rb").read()
SIZE = len(data)
places = [
    (0,), (SIZE - 1,), (0, SIZE - 1), (7, 8), (8,), (15,), (16,), (SIZE - 3,), (SIZE - 4,), (1000, 1008),
    (1000, 1016), (1000, 1024), (1000, 1055), (1000, 1056), (1000, 1064), (1000, 2608), (1000, 2616), (1000, 2624),
    (1000, 1000 + 8 * 201), range(3000, 3100), (), range(SIZE), (4095, 4096), range(799, 20000, 800),
]
for where in places:
    other = bytearray(data)
    for at in where:
        other[at] ^= 0x21
    with open("b", "wb") as file:
        file.write(other)
    pair = Comparison(Side([whole_file("a", data)]), Side([whole_file("b", bytes(other))]))
    for context, options in ((0, ["-x0"]), (1, ["--hex=1"]), (3, ["-x"]), (100, ["-x100", "--no-map"])):
        pair.check(options, pair.hex_text(context), f"{list(where)[:9]}", "two")
EOS
}

@test "across windows, segments, holes and fills" {
  python_with_model <<'EOS'
import random
from compare_model import *

MIB = 1024 * 1024
rng = random.Random(4)
first = bytearray(rng.randbytes(4 * MIB + 5))
first[MIB:MIB + 700_000] = bytes(700_000)
second = bytearray(first)
for at in (256 * 1024 - 1, 256 * 1024, MIB + 300_001, MIB + 699_999, 2 * MIB - 1, 2 * MIB, 2 * MIB + 70_000, 4 * MIB + 4):
    second[at] ^= 0xff

def write(name, data):
    with open(name, "wb") as file:
        file.truncate(len(data))
        for at in range(0, len(data), 4096):
            if any(data[at:at + 4096]):
                file.seek(at)
                file.write(data[at:at + 4096])

write("a", first)
write("b", second)
write("tail", b"xyz" + second[2 * MIB + 3:])
whole = Side([whole_file("a", bytes(first))])
others = [
    Side([whole_file("b", bytes(second))]),
    Side([file_piece("b", 0, bytes(second[:MIB])), fill(b"\0", 300_001), literal(b"\xff"), fill(b"\0", 399_997),
          literal(bytes(second[MIB + 699_999:MIB + 700_100])),
          file_piece("b", MIB + 700_100, bytes(second[MIB + 700_100:2 * MIB + 3])),
          file_piece("tail", 3, bytes(second[2 * MIB + 3:]))]),
]
for other in others:
    for a, b in ((whole, other), (other, whole)):
        pair = Comparison(a, b)
        for context in (0, 1, 3, 100):
            pair.check([f"-x{context}"], pair.hex_text(context))
            pair.check([f"-x{context}", "--no-map", "--stats"], pair.hex_text(context) + pair.stats_text())

# The same file on both sides, in different places.
pair = Comparison(Side([file_piece("a", 0, bytes(first[:3 * MIB])), literal(b"?")]),
                  Side([file_piece("a", 0, bytes(first[:3 * MIB])), literal(b"!")]))
for context in (0, 3, 100):
    pair.check([f"-x{context}"], pair.hex_text(context))

# A difference in the middle of nothing but repetition.
for pattern in (b"\0", b"abc", b"0123456789abcdef"):
    a = Side([fill(pattern, 3 * MIB)])
    middle = MIB + 12345
    b = Side([fill(pattern, middle), literal(b"\x7f"),
              fill(pattern[(middle + 1) % len(pattern):] + pattern[:(middle + 1) % len(pattern)], 2 * MIB - 12346)])
    pair = Comparison(a, b)
    for context in (0, 1, 3, 100):
        pair.check([f"-x{context}"], pair.hex_text(context), f"{pattern}")
EOS
}

@test "sides that end, with and without --zero-pad, at any place of a row" {
  python_with_model <<'EOS'
from compare_model import *

data = bytes(range(1, 60))
with open("data", "wb") as file:
    file.write(data)
for length in range(40):
    for flipped in (None, 0, length - 1, length // 2):
        short = bytearray(data[:length])
        if flipped is not None and 0 <= flipped < length:
            short[flipped] ^= 0x40
        short, whole = Side([literal(bytes(short))]), Side([file_piece("data", 0, data[:37])])
        for a, b in ((short, whole), (whole, short)):
            ends = ("differ", "zero-pad", "common")[length % 3]
            pair = Comparison(a, b, ends)
            pair.check(["-x1", *([] if ends == "differ" else [f"--{ends}"])], pair.hex_text(1), f"{length} {flipped}")
EOS
}

@test "a stream on either side" {
  random_file noise 300000 5
  { head -c 150000 noise; printf X; tail -c +150002 noise; } >other
  iovtool compare -x1 noise other >expected || (($? == 1))
  iovtool compare -x1 noise - >actual < <(cat other) || (($? == 1))
  assert_same_text actual expected
  iovtool compare -x1 - noise < <(cat other) >actual || (($? == 1))
  iovtool compare -x1 other noise >expected || (($? == 1))
  assert_same_text actual expected
}

@test "far offsets have as many digits as they need" {
  needs_far_mappings
  make_sparse a 8G 5G X
  make_sparse b 8G 5G Y
  assert_answer 1 '@@ 0x140000000 (5368709120) @@
140000000  58 00 00 00 00 00 00 00  |X.......|  140000000  59 00 00 00 00 00 00 00  |Y.......|' \
    compare -x0 a b
  iovtool compare -x100 a b >rows || (($? == 1))
  [[ $(wc -l <rows) == 202 ]]
}

@test "the largest context, and files shorter than it" {
  assert_answer 1 '@@ 0x0 (0) @@
00000000  41                       |A|         00000000  42                       |B|' compare -x4096 hex:41 hex:42
  random_file a 100000 6
  { printf X; tail -c +2 a; } >b
  iovtool compare --hex=4096 a b >rows || (($? == 1))
  [[ $(wc -l <rows) == 4098 ]]
}

# ---- Colour ----------------------------------------------------------------------------------------

stripped() {
  sed -E 's/\x1b\[[0-9;]*m//g'
}

# on_terminal COMMAND: what the shell command prints on a terminal, without the terminal's CRs.
on_terminal() {
  script -qec "$1" /dev/null </dev/null | tr -d '\r'
}

@test "colour: the same text, and only bytes that differ have one" {
  random_file a 4000 7
  random_file b 4000 8
  { head -c 1000 a; head -c 500 b; tail -c +1501 a; } >mixed
  for pair in 'a b' 'a mixed' 'mixed a@..3997' '--zero-pad a@..1003 mixed'; do
    # shellcheck disable=SC2086
    iovtool compare -x $pair >expected || (($? == 1))
    # shellcheck disable=SC2086
    iovtool compare -x --color=always $pair >colored || (($? == 1))
    stripped <colored >actual
    assert_same_text actual expected "$pair"
    python3 - <<'EOS'
import re

def cells(line):
    """(character, colour) of a line, and its escapes."""
    color, found, escapes = None, [], []
    for escape, char in re.findall(r"(\x1b\[[0-9;]*m)|(.)", line):
        if escape:
            escapes.append(escape)
            color = None if escape == "\x1b[0m" else escape
        else:
            found.append((char, color))
    assert color is None, line
    return found, escapes

LAYOUT = re.compile(r"(\s*-|[0-9a-f]{8})  ([0-9a-f ]{23})  \|(.{1,8})\|\s{2,}(\s*-|[0-9a-f]{8})  ([0-9a-f ]{23})  \|(.{1,8})\|")
rows = 0
for line in open("colored"):
    found, escapes = cells(line.rstrip("\n"))
    text = "".join(char for char, _ in found)
    match = LAYOUT.fullmatch(text)
    if not match:
        assert text.startswith("@@") or "ends at" in text, text
        assert not escapes, line
        continue
    rows += 1
    left, right = match[2].split(), match[5].split()
    differing = [i for i in range(len(left)) if left[i] != right[i]]
    expected = set()
    for digits, chars, color in ((2, 3, "\x1b[31m"), (5, 6, "\x1b[32m")):
        for i in differing:
            expected |= {(match.start(digits) + 3 * i + k, color) for k in (0, 1)}
            expected.add((match.start(chars) + i, color))
    actual = {(i, color) for i, (char, color) in enumerate(found) if color and char != " " or color and i in
              [match.start(g) + k for g in (3, 6) for k in differing]}
    assert actual == expected, (line, actual ^ expected)
    runs = sum(1 for i in differing if i - 1 not in differing)
    assert len(escapes) == 2 * 4 * runs, line  # on and off, for digits and characters of both sides
    assert all(a != b for a, b in zip(escapes, escapes[1:])), line
assert rows > 0
EOS
  done
}

@test "colour: not in files and pipes, on a terminal unless NO_COLOR is set or it is dumb" {
  export TERM=xterm
  unset NO_COLOR
  esc=$'\e'
  [[ $(iovtool compare -x hex:41 hex:42) != *"$esc"* ]]
  [[ $(iovtool compare -x --color=auto hex:41 hex:42) != *"$esc"* ]]
  [[ $(on_terminal 'iovtool compare -x hex:41 hex:42') == *"$esc"* ]]
  [[ $(on_terminal 'NO_COLOR= iovtool compare -x hex:41 hex:42') == *"$esc"* ]]
  [[ $(on_terminal 'NO_COLOR=1 iovtool compare -x hex:41 hex:42') != *"$esc"* ]]
  [[ $(on_terminal 'TERM=dumb iovtool compare -x hex:41 hex:42') != *"$esc"* ]]
  [[ $(on_terminal 'iovtool compare -x --color=never hex:41 hex:42') != *"$esc"* ]]
  [[ $(on_terminal 'iovtool compare -l hex:41 hex:42') != *"$esc"* ]]
  [[ $(on_terminal 'iovtool compare hex:41 hex:42') != *"$esc"* ]]
}
