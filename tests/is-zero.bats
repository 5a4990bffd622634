#!/usr/bin/env bats
# `iovtool is-zero`: whether all bytes are zero, and where the first is that is not.

load lib/common
load lib/hexdump
load lib/compare

setup() {
  enter_scratch
  printf '\0\0\0\0\0\0\0A\0\0' >ten
  head -c 300000 /dev/zero >zeros
}

# assert_usage TEXT ARGUMENT...: is-zero refuses to start.
assert_usage() {
  local text=$1
  shift
  assert_complaint "iovtool is-zero: $text" iovtool is-zero "$@"
}

# expect_json STATUS JSON ARGUMENT...: what `iovtool is-zero --json ARGUMENT...` says, once
# assert_noted_json looks.
expect_json() {
  note_json "$1" "$2" is-zero --json "${@:3}"
}

# bats test_tags=valgrind
@test "all zero: exit status 0, and nothing is said" {
  for options in '' -q -v --no-map; do
    # shellcheck disable=SC2086
    assert_answer 0 '' is-zero $options zeros zero:5 hex:00 fill:0000+7 ten@..7 ten@-2 hex:
  done
  assert_answer 0 '' is-zero hex:
  assert_answer 0 '' is-zero /dev/null
}

# bats test_tags=valgrind
@test "not: exit status 1, and the offset of the first byte that is not, in the vector" {
  assert_answer 1 7 is-zero ten
  assert_answer 1 300012 is-zero zeros zero:5 ten
  assert_answer 1 0 is-zero hex:01
  assert_answer 1 3 is-zero hex: hex:00 zero:1 hex:0040
  assert_answer 1 1099511627777 is-zero zero:1T fill:00ff+1T
  assert_answer 1 5 is-zero fill:000000000001+1T
  assert_answer 1 '' is-zero -q ten
  assert_answer 1 '' is-zero --quiet zeros ten
}

@test "-v: the byte, its segment and the offset in that" {
  assert_answer 1 '0x7 (7): 41 in ten@0+10 at 7' is-zero -v ten
  assert_answer 1 '0x493ec (300012): 41 in ten@2+8 at 7' is-zero --verbose zeros zero:7 ten@2
  assert_answer 1 '0x2 (2): ff in hex:00ff at 1' is-zero -v zero:1 hex:00ff
  assert_answer 1 '0x10000000001 (1099511627777): ff in fill:00ff+1099511627776 at 1' is-zero -v zero:1T fill:00ff+1T
  cp ten $'new\nline'
  assert_answer 1 '0x7 (7): 41 in new\nline@0+10 at 7' is-zero -v $'new\nline'
}

# bats test_tags=valgrind
@test "--json" {
  expect_json 0 '{"zero": true}' zeros
  expect_json 1 '{"zero": false, "offset": 300007, "byte": 65,
    "place": {"segment": "ten@1+9", "index": 2, "offset": 7}}' zeros zero:1 ten@1
  cp ten $'\xff'
  expect_json 1 '{"zero": false, "offset": 7, "byte": 65,
    "place": {"segment": "\\xff@0+10", "segment_escaped": true, "index": 0, "offset": 7}}' $'\xff'
  assert_noted_json
}

@test "--skip and --length: the offset counts from the start of the vector" {
  assert_answer 0 '' is-zero -n 7 ten
  assert_answer 0 '' is-zero -s 8 ten
  assert_answer 0 '' is-zero --skip=300008 --length=2 zeros ten
  assert_answer 1 7 is-zero -s 7 ten
  assert_answer 1 7 is-zero -s 3 -n 5 ten
  assert_answer 1 300007 is-zero -s 5 zeros ten
  assert_answer 1 300007 is-zero -s 300003 -n 6 zeros ten
  assert_answer 1 17 is-zero -s 12 - < <(cat ten ten)
}

@test "--skip: the index of --json counts from the start of the vector, as that of info does" {
  expect_json 1 '{"zero": false, "offset": 300007, "byte": 65,
    "place": {"segment": "ten@3+7", "index": 1, "offset": 7}}' -s 300003 zeros ten
  assert_noted_json
}

@test "ranges past the end" {
  assert_usage 'ten@8+3: asked for 3 bytes at 8, but the file has 10' zeros ten@8+3
  assert_answer 0 '' is-zero --allow-short ten@8+3
  assert_answer 0 '' is-zero --zero-pad ten@8+1T
  assert_answer 0 '' is-zero --zero-pad -n 100 - < <(head -c 7 ten)
  assert_answer 1 7 is-zero --zero-pad -n 100 - < <(cat ten)
  assert_usage '-@0+11: asked for 11 bytes at 0, but the stream ended after 10' -@0+11 < <(tr A '\0' <ten)
}

@test "lists" {
  printf '%s\n' zeros '# and' ten@..7 >list
  assert_answer 0 '' is-zero -T list
  assert_answer 1 300007 is-zero -T list hex:01
  printf '%s\0' zeros ten | assert_answer 1 300007 is-zero -0 -T -
}

@test "streams, and where they are left" {
  assert_answer 1 300007 is-zero - < <(cat zeros ten)
  assert_answer 0 '' is-zero - < <(cat zeros)
  assert_answer 1 '0x2 (2): 41 in -@5+3 at 7' is-zero -v -@5+3 < <(cat ten)
  assert_answer 0 '' is-zero /dev/zero@0+1M
  mkfifo fifo
  exec 8<>fifo
  cat ten >&8
  assert_answer 1 7 is-zero fifo # that does not end
  [[ $(position_after iovtool is-zero - <zeros) == 300000 ]]
  [[ $(position_after iovtool is-zero -@5+70000 <zeros) == 70005 ]]
  [[ $(position_after iovtool is-zero --no-map -@5+3 ten <zeros) == 8 ]]
  { iovtool is-zero -@0+7 && ! iovtool is-zero -q -@0+1 && iovtool is-zero -; } <ten
}

@test "150 random vectors" {
  python_with_model <<'EOS'
import os, random, subprocess
from compare_model import *

MIB = 1024 * 1024

def textures(rng):
    """Mostly zeros."""
    data = b""
    for _ in range(rng.randrange(1, 5)):
        data += bytes(rng.choice((0, 1, 63, 64, 65, 4095, 4097, 70_000, 300_000, rng.randrange(5000))))
        if rng.randrange(4) == 0:
            data += rng.choice((b"\1", b"\x80", b"\0\0\1", rng.randbytes(20)))
    if rng.randrange(30) == 0:
        data = bytes(2 * MIB + rng.randrange(10)) + data
    return data

def segment(rng, number, data):
    kind = rng.randrange(3)
    if kind == 0 and len(data) <= 2000:
        return literal(data)
    if kind == 1 and not any(data):
        return fill(rng.choice((b"\0", b"\0\0\0")), len(data))
    front = rng.choice((0, 1, 4096))
    with open(f"file{number}", "wb") as file:
        file.truncate(front + len(data))
        file.write(b"x" * front)
        for at in range(0, len(data), 4096):
            if any(data[at:at + 4096]) or number % 2:
                file.seek(front + at)
                file.write(data[at:at + 4096])
    return file_piece(f"file{number}", front, data)

for seed in range(150):
    rng = random.Random(seed)
    data = textures(rng)
    ends = sorted(rng.randrange(len(data) + 1) for _ in range(rng.choice((0, 0, 1, 4)))) + [len(data)]
    side = Side([segment(rng, i, data[start:end]) for i, (start, end) in enumerate(zip([0] + ends, ends))])
    stripped = data.lstrip(b"\0")
    expected = [(0, ""), (0, "")]
    if stripped:
        at = len(data) - len(stripped)
        _, where, offset = side.place(at)
        expected = [(1, f"{at}\n"),
                    (1, f"{at:#x} ({at}): {data[at]:02x} in {where.short_name()} at {offset}\n")]
    for options, answer in zip(([], ["-v"]), expected):
        command = ["iovtool", "is-zero", *options, *rng.choice(([], ["--no-map"])), *side.words()]
        done = subprocess.run(command, capture_output=True)
        assert (done.returncode, done.stdout.decode()) == answer and not done.stderr, (seed, command, done, answer)
EOS
}

@test "every length and place up to 300, by a file and by a stream" {
  python3 - <<'EOS'
import subprocess

for length in (0, 1, 2, 7, 8, 9, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 300):
    for at in {None, 0, length - 1, length // 2, length - 9}:
        data = bytearray(length)
        if at is not None and 0 <= at < length:
            data[at] = 0x80
        expected = data.find(b"\x80")
        command = ["iovtool", "is-zero", "-"]
        done = subprocess.run(command, input=bytes(data), capture_output=True, text=False)
        assert done.stdout.decode() == ("" if expected < 0 else f"{expected}\n"), (length, at, done)
        assert done.returncode == (expected >= 0)
EOS
}

# bats test_tags=plain
@test "holes are not read" {
  skip_unless_strace
  make_sparse hole 100M
  make_sparse holes 100M 50M "$(printf '\\0')"
  assert_unread iovtool is-zero hole
  assert_unread iovtool is-zero --no-map hole@4097..-1
  assert_unread iovtool is-zero holes@..49M holes@51M+1M
  if [[ $(stat -c %b holes) != 0 ]]; then
    ! assert_unread iovtool is-zero holes 2>errors || fail 'what has to be read is not seen'
  fi
}

@test "a file of 1 TiB, and of 2 GiB + 3" {
  make_sparse hole 1T
  make_sparse end 1T $((1024 * 1024 * 1024 * 1024 - 1)) X
  make_sparse large $((2 * 1024 * 1024 * 1024 + 3)) $((2 * 1024 * 1024 * 1024 + 2)) X
  for options in '' --no-map; do
    # shellcheck disable=SC2086
    run -0 timeout 10 iovtool is-zero $options hole
    # shellcheck disable=SC2086
    run -1 timeout 10 iovtool is-zero $options end
    assert_output 1099511627775
    # shellcheck disable=SC2086
    run -1 timeout 10 iovtool is-zero $options -v large
    assert_output '0x80000002 (2147483650): 58 in large@0+2147483651 at 2147483650'
  done
  run -0 timeout 10 iovtool is-zero fill:000000+4E
}

# bats test_tags=plain
@test "a file that shrinks is trouble, in data and in a hole" {
  skip_unless_injection
  make_sparse original 4M
  head -c 3M /dev/zero | dd of=original bs=64K conv=notrunc status=none
  for size in 0 1000000 2097152 2099201 3145701 3145728; do
    cp --sparse=never original file
    truncate -s 3M file
    truncate -s 4M file
    shrink_at madvise '' "$size" iovtool is-zero file
  done
}

# bats test_tags=valgrind
@test "usage errors and files that are none" {
  assert_usage 'no segment given; - is standard input'
  assert_usage '--quiet excludes every other answer' -q -v ten
  assert_usage '--quiet excludes every other answer' -q --json ten
  assert_usage '--allow-short and --zero-pad exclude each other' --allow-short --zero-pad ten
  assert_usage "--skip: 'x' is not a size: number expected (column 1)" -s x ten
  assert_usage 'unknown option --jsno; did you mean --json? (see iovtool is-zero --help)' --jsno ten
  assert_usage 'gone: No such file or directory' zeros gone
  assert_usage '.: is a directory' .
}

# bats test_tags=valgrind
@test "a full disk or a closed standard output is trouble when there is something to say" {
  for options in '' -v --json; do
    # shellcheck disable=SC2086
    run -2 --separate-stderr bash -c 'iovtool is-zero "$@" >/dev/full' - $options ten
    assert_error_line 2 'is-zero: cannot write standard output: No space left on device'
    # shellcheck disable=SC2086
    run -2 --separate-stderr bash -c 'iovtool is-zero "$@" >&-' - $options ten
    assert_error_line 2 'is-zero: cannot write standard output: Bad file descriptor'
  done
  run -2 bash -c 'iovtool is-zero --json zeros >/dev/full'
  run -0 bash -c 'iovtool is-zero zeros >/dev/full && iovtool is-zero zeros >&-'
  run -1 bash -c 'iovtool is-zero -q ten >&-'
}
