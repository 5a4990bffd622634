#!/usr/bin/env bats
# `iovtool compare --list`: runs of differing bytes, merged whatever windows and segments they cross,
# and --stats, which counts them.

load lib/common
load lib/hexdump
load lib/compare

# bats test_tags=valgrind
@test "runs: offset and length, neighbours merged" {
  assert_answer 1 '1 2' compare -l hex:00414200 zero:4
  assert_answer 1 $'0 1\n2 1\n4 1' compare --list hex:0100010001 zero:5
  assert_answer 1 '0 5' compare -l hex:0102030405 zero:5
  assert_answer 1 '0 5' compare -l hex:01 hex:0203 hex:0405 --with zero:3 hex:0101
  assert_answer 1 $'0 2\n3 2' compare -l hex:01 hex:02 hex:00 hex:04 hex:05 --with zero:5
}

@test "--offset-base: hex and octal are marked as such" {
  assert_answer 1 $'8 16\n64 1' compare -l zero:8 fill:ff+16 zero:40 hex:01 --with zero:65
  assert_answer 1 $'8 16\n64 1' compare -l --offset-base=dec zero:8 fill:ff+16 zero:40 hex:01 --with zero:65
  assert_answer 1 $'0x8 0x10\n0x40 0x1' compare -l --offset-base=hex zero:8 fill:ff+16 zero:40 hex:01 --with zero:65
  assert_answer 1 $'010 020\n0100 01' compare -l --offset-base=oct zero:8 fill:ff+16 zero:40 hex:01 --with zero:65
}

@test "--list=N: the first N runs" {
  a=hex:0100010001
  assert_answer 1 '0 1' compare -l1 $a zero:5
  assert_answer 1 $'0 1\n2 1' compare --list=2 $a zero:5
  assert_answer 1 $'0 1\n2 1\n4 1' compare --list=3 $a zero:5
  assert_answer 1 $'0 1\n2 1\n4 1' compare --list=4 $a zero:5
  assert_answer 1 $'0 1\n2 1\n4 1' compare -l1K $a zero:5
  assert_answer 1 '0 1048576' compare -l1 fill:01+1M zero:1M
}

@test "--list=0 lists nothing, and equal they are not" {
  run iovtool compare --list=0 hex:41 hex:42
  [[ $status != 0 ]]
  run iovtool compare --list=0 hex:41 hex:4142
  [[ $status != 0 ]]
}

@test "--list=N stops: what follows is not looked at" {
  assert_answer 1 '0 1' compare -l1 hex:01 fill:0001+1T --with zero:1T
  mkfifo fifo
  exec 8<>fifo
  printf 'aXcXe' >&8
  run -1 timeout 10 iovtool compare -l1 fifo str:abcdefgh
  assert_output '1 1'
}

@test "--list=N stops where the last of them ends" {
  mkfifo fifo
  exec 8<>fifo
  printf 'aXcde' >&8
  run -1 timeout 3 iovtool compare -l1 fifo str:abcdefgh
  assert_output '1 1'
}

@test "--stats counts all of both sides, however many runs are listed" {
  assert_answer 1 '0 1
compared   5 bytes
differing  3 bytes (60 %)
runs       3' compare -l1 --stats hex:0100010001 zero:5
}

# bats test_tags=valgrind
@test "--stats: bytes compared, differing bytes and their share, runs" {
  assert_answer 0 $'compared   10 bytes\ndiffering  0 bytes (0 %)\nruns       0' compare --stats zero:10 zero:10
  assert_answer 0 $'compared   0 bytes\ndiffering  0 bytes (0 %)\nruns       0' compare --stats hex: hex:
  assert_answer 1 'differ at 0x2 (2): 42 in hex:414243 at 1, 00 in zero:8 at 0
compared   10 bytes
differing  2 bytes (20 %)
runs       1' compare --stats hex:41 hex:414243 zero:6 --with hex:4141 zero:8
  assert_answer 1 'differ at 0x1 (1): 42 in hex:4142 at 1, 43 in hex:414344 at 1
compared   2 bytes
differing  1 bytes (50 %)
runs       1' compare hex:4142 hex:414344 --stats
  assert_answer 1 'differ at 0x0 (0): 01 in hex:010000 at 0, 00 in zero:3 at 0
compared   3 bytes
differing  1 bytes (33.3333 %)
runs       1' compare --stats hex:010000 zero:3
}

@test "runs across windows of 2 MiB and 256 KiB, and across segments" {
  python_with_model <<'EOS'
import random
from compare_model import *

SIZE = 5 * 1024 * 1024 + 77
rng = random.Random(1)
first = rng.randbytes(SIZE)
second = bytearray(first)
spots = [0, SIZE - 1]
for window in (256 * 1024, 2 * 1024 * 1024, 4096, 64 * 1024):
    for multiple in (1, 2):
        at = window * multiple
        spots += [at - 1, at] if window > 5000 else [at + 100]
for at in spots:
    second[at] ^= 0x80
for at, length in ((3 * 1024 * 1024 - 5, 10), (256 * 1024 * 3 - 70, 140), (4 * 1024 * 1024 - 100_000, 200_000)):
    second[at:at + length] = bytes(byte ^ 1 for byte in second[at:at + length])

with open("a", "wb") as file:
    file.write(b"front" + first)
with open("b", "wb") as file:
    file.write(second)

def cut(name, data, front, ends):
    segments, start = [], 0
    for end in [*ends, SIZE]:
        segments.append(file_piece(name, front + start, bytes(data[start:end])))
        start = end
    return Side(segments)

some = (1, 255 * 1024, 3 * 1024 * 1024, 3 * 1024 * 1024 + 1, 4 * 1024 * 1024)
others = (100, 4 * 1024 * 1024 - 1, 4 * 1024 * 1024 + 7)
for ends_a, ends_b in (((), ()), (some, ()), ((), others), (some, others)):
    pair = Comparison(cut("a", first, 5, ends_a), cut("b", second, 0, ends_b))
    for options in ([], ["--no-map"]):
        pair.check(["-l", *options], pair.list_text())
        pair.check(["--stats", *options], pair.first_text() + pair.stats_text())
        pair.check(["--json", "--list", *options], pair.json(runs=True))
EOS
}

@test "as many runs as are found in one go, and a few more and less" {
  python_with_model <<'EOS'
from compare_model import *

for count in (1, 63, 64, 255, 256, 257, 511, 512, 513, 1000):
    for shape in (b"\1\0", b"\0\1", b"\1\1\0", b"\1\0\0"):
        for tail in (b"", b"\1", b"\1" * 100, b"\0" * 5000):
            data = shape * count + tail
            with open("data", "wb") as file:
                file.write(data)
            pair = Comparison(Side([whole_file("data", data)]), Side([fill(b"\0", len(data))]))
            pair.check(["-l", "--stats"], pair.list_text() + pair.stats_text(), f"{count} {shape} {tail[:1]}", "two")
            if count in (256, 513) and not tail:
                for most in (1, count // 2, 255, 256):
                    if most != len(pair.runs):
                        pair.check([f"-l{most}"], pair.list_text(most))
EOS
}

@test "a file against one that is all different: one run, whatever its length" {
  random_file a 3000001 1
  python3 -c 'open("b", "wb").write(bytes(byte ^ 0xff for byte in open("a", "rb").read()))'
  for options in '' --no-map; do
    # shellcheck disable=SC2086
    assert_answer 1 '0 3000001' compare -l $options a b
    # shellcheck disable=SC2086
    assert_answer 1 '0 2999999' compare -l $options a@1..-1 b@1..-1
    # shellcheck disable=SC2086
    assert_answer 1 '0 3000001' compare -l $options a - < <(cat b)
  done
}

@test "runs of fills and holes" {
  assert_answer 1 '1048576 1' compare -l zero:1M hex:01 zero:1M --with zero:2097153
  assert_answer 1 '0 1073741824' compare -l fill:01+1G fill:02+1G
  assert_answer 1 $'1 1\n4 1\n7 1' compare -l fill:000100+9 zero:9
  make_sparse a 10M 0 one 5M two $((10 * 1024 * 1024 - 5)) three
  make_sparse b 10M 0 one 5M tWo
  for options in '' --no-map; do
    # shellcheck disable=SC2086
    assert_answer 1 $'5242881 1\n10485755 5' compare -l $options a b
    # shellcheck disable=SC2086
    assert_answer 1 $'0 3\n5242880 3\n10485755 5' compare -l $options a zero:10M
  done
}
