#!/usr/bin/env bats
# `iovtool find`: where a vector holds some bytes.

load lib/common
load lib/hexdump
load lib/compare

setup() {
  enter_scratch
  printf 'one two one two one' >words
  printf '\x7fELF\x02\x01\x01\0\x7fELF\x01\x01\x02' >elf
}

# assert_usage TEXT ARGUMENT...: find refuses to start.
assert_usage() {
  local text=$1
  shift
  assert_complaint "iovtool find: $text" iovtool find "$@"
}

lines() {
  printf '%s\n' "$@"
}

# bats test_tags=valgrind
@test "each hit is printed as a segment, and -T reads it back" {
  assert_answer 0 "$(lines words@0+3 words@8+3 words@16+3)" find str:one words
  assert_answer 0 "$(lines words@8+3 words@16+3)" find str:one words@1
  assert_answer 0 "$(lines hex:6f6e65)" find str:one 'str:a one'
  [[ $(iovtool find str:two words | iovtool copy -T -) == twotwo ]]
}

# bats test_tags=valgrind
@test "nothing found: exit status 1, and nothing is said" {
  assert_answer 1 '' find str:three words
  assert_answer 1 '' find str:one words@1..10
  assert_answer 1 '' find str:one hex:
  assert_answer 1 '' find str:longer str:long
  assert_answer 1 '' find -q str:three words
  assert_answer 1 0 find --count str:three words
  assert_answer 0 '' find -q str:two words
}

# bats test_tags=valgrind
@test "a hit across segments prints each piece" {
  assert_answer 0 "$(lines words@2+1 hex:58 words@3+2)" find 'str:eX t' words@..3 hex: str:X words@3
  assert_answer 0 "$(lines words@17+2 fill:ff00+3 zero:2)" find hex:6e65ff00ff0000 words fill:ff00+3 zero:4
}

# bats test_tags=valgrind
@test "a digit may be open" {
  assert_answer 0 "$(lines elf@0+6 elf@8+6)" find 'hex:7f454c46??01' elf
  assert_answer 0 "$(lines elf@8+7)" find 'hex:7f:45:4c:46:01:0?:?2' elf
  assert_answer 0 "$(lines elf@0+1 elf@8+1)" find 'hex:0x7?' elf
  assert_answer 0 "$(seq -f 'words@%g+1' 0 18)" find 'hex:??' words
}

@test "patterns: integers, fills, files, ranges of them, dumps and standard input" {
  assert_answer 0 elf@4+2 find le16:0x0102 elf
  assert_answer 0 elf@8+4 find be32:0x7f454c46 elf@1
  assert_answer 0 hex:0000 find zero:2 hex:010000
  assert_answer 0 hex:abab find fill:ab+2 hex:01abab
  printf 'e t' >part
  assert_answer 0 "$(lines words@2+3 words@10+3)" find part words
  assert_answer 0 "$(lines words@3+2 words@11+2)" find part@1 words
  printf '6f6e65\n' >dump
  assert_answer 0 "$(lines words@0+3 words@8+3 words@16+3)" find dump:dump words
  printf two | assert_answer 0 "$(lines words@4+3 words@12+3)" find - words
  assert_usage '-: the stream is on the other side already, and can be read only once' - - < <(cat words)
}

# bats test_tags=valgrind
@test "several patterns: what each alone finds, in order" {
  assert_answer 0 "$(lines words@0+3 words@2+3 words@4+3 words@8+3 words@10+3 words@12+3 words@16+3)" \
    find -e str:one -e 'str:e t' --pattern=str:two words
  assert_answer 0 "$(lines hex:6162 hex:616263)" find -e str:ab -e str:abc str:abc
  assert_answer 0 "$(lines hex:616263 hex:6162)" find -e str:abc -e str:ab str:abc
}

# bats test_tags=valgrind
@test "--offsets count in the vector, also behind --skip" {
  assert_answer 0 "$(lines 0 8 16)" find --offsets str:one words
  assert_answer 0 "$(lines 5 13 21)" find --offsets str:one zero:5 words
  assert_answer 0 "$(lines 13)" find --offsets -s 6 -n 12 str:one zero:5 words
  assert_answer 0 words@8+3 find -s 6 -n 12 str:one zero:5 words
  printf '0\0008\00016\0' | cmp - <(iovtool find -0 --offsets str:one words)
}

# bats test_tags=valgrind
@test "--json has offsets and segments" {
  note_json 0 '{"hits": [
    {"offset": 4, "length": 3, "pattern": 0, "segments": [{"segment": "words@4+1"}, {"segment": "words@5+2"}]},
    {"offset": 7, "length": 2, "pattern": 1, "segments": [{"segment": "words@7+2"}]}], "count": 2}' \
    find --json -e str:two -e 'str: o' words@..5 words@5+4
  note_json 1 '{"hits": [], "count": 0}' find --json str:three words
  note_json 0 '{"count": 3}' find --json --count str:one words
  note_json 0 '{"hits": [{"offset": 4, "length": 3, "pattern": 0}], "count": 1}' find --json --max=1 str:two - < <(cat words)
  assert_noted_json
}

# bats test_tags=valgrind
@test "--before and --after widen the segments as far as the vector goes" {
  assert_answer 0 "$(lines words@2+7 words@10+7)" find -B2 -A2 str:two words
  assert_answer 0 "$(lines words@0+4 words@6+6 words@14+5)" find --before=2 --after=1 str:one words
  assert_answer 0 "$(lines words@1+3 words@4+15 words@1+3 words@4+15)" find -B1T -A1E str:two words@1..4 words@4
  assert_answer 0 "$(lines words@3+1 words@4+4)" find -s 3 -n 5 -B9 -A9 str:two words@..4 words@4
}

# bats test_tags=valgrind
@test "--count, --max, --align and --overlapping" {
  assert_answer 0 3 find --count str:one words
  assert_answer 0 2 find --count --max=2 str:one words
  assert_answer 0 words@0+3 find --max=1 str:one words
  assert_answer 0 "$(lines words@0+3 words@16+3)" find --align=16 str:one words
  assert_answer 0 "$(lines 16)" find --offsets --align=16 str:one zero:8 words
  assert_answer 0 "$(lines 0 2)" find --offsets str:aa str:aaaaa
  assert_answer 0 "$(lines 0 1 2 3)" find --offsets --overlapping str:aa str:aaaaa
  assert_answer 0 "$(lines 0 3)" find --offsets --align=3 str:aa str:aaaaa
}

# bats test_tags=valgrind
@test "a stream gives offsets" {
  assert_answer 0 "$(lines 0 8 16)" find str:one - < <(cat words)
  assert_answer 0 "$(lines 11)" find str:one str:1234 - < <(tail -c +2 words | head -c 12)
  assert_answer 0 "$(lines 8)" find -s 3 -n 9 str:one - < <(cat words)
}

# bats test_tags=plain
@test "a stream of 600 MiB in 400 MB of address space" {
  needs_address_limit
  run -0 bash -c 'ulimit -v 400000; head -c 600M /dev/zero | cat - words | iovtool find str:two -'
  assert_output "$(lines $((600 * 1024 * 1024 + 4)) $((600 * 1024 * 1024 + 12)))"
}

@test "a hit in a stream is printed before the next bytes come" {
  mkfifo in out
  iovtool find str:one - <in >out &
  exec 8>in 9<out
  printf 'a one' >&8
  read -r -t 20 offset <&9
  [[ $offset == 2 ]]
  printf ' on' >&8
  printf 'e' >&8
  read -r -t 20 offset <&9
  [[ $offset == 6 ]]
  exec 8>&-
  wait "$!"
}

@test "the search ends with the first hit of -q and the last of --max" {
  mkfifo fifo
  exec 8<>fifo
  cat words >&8
  assert_answer 0 4 find --max=1 str:two fifo # that does not end
  assert_answer 0 '' find -q str:two fifo < <(cat words >&8)
}

# bats test_tags=plain
@test "holes are not read" {
  skip_unless_strace
  make_sparse hole 100M
  assert_unread iovtool find str:x hole
  assert_unread iovtool find --no-map hex:0001 hole@4097..-1
  assert_unread iovtool find --max=1 hex:0000 hole
}

@test "1 TiB of hole or fill takes no time" {
  make_sparse end 1T $((1024 * 1024 * 1024 * 1024 - 3)) abc
  for options in '' --no-map; do
    # shellcheck disable=SC2086
    run -0 timeout 20 iovtool find $options 'hex:000061?263' end
    assert_output end@1099511627771+5
  done
  run -0 timeout 20 iovtool find --offsets hex:ff000000 fill:ff00+4E zero:2 -s 1K
  assert_output $(((4 << 60) - 2))
}

@test "120 random vectors, patterns and options" {
  python_with_model <<'EOS'
import os, random, subprocess
from compare_model import *

def make_pattern(rng, data, alphabet):
    """A pattern and the word for it, as (value, mask) for each byte; mostly of bytes that are there."""
    length = rng.choice((1, 1, 2, 3, 4, 8, 17, 70))
    at = rng.randrange(len(data) + 1)
    taken = bytearray(data[at:at + length]) or bytearray(rng.choices(alphabet, k=length))
    if rng.randrange(4) == 0:
        taken[rng.randrange(len(taken))] = rng.choice(alphabet)
    masks = [rng.choice((255, 255, 255, 0xf0, 0x0f, 0)) if rng.randrange(3) == 0 else 255 for _ in taken]
    if all(mask == 255 for mask in masks) and rng.randrange(3) == 0:
        name = f"pattern{rng.randrange(1000)}"
        with open(name, "wb") as file:
            file.write(taken)
        return [*zip(taken, masks)], name
    digits = "".join((f"{byte:02x}"[0] if mask & 0xf0 else "?") + (f"{byte:02x}"[1] if mask & 15 else "?")
                     for byte, mask in zip(taken, masks))
    return [*zip(taken, masks)], "hex:" + digits

def hits(data, pattern, start, align, overlapping):
    found, at = [], 0
    while at + len(pattern) <= len(data):
        if (start + at) % align == 0 and all(data[at + i] & mask == byte & mask
                                             for i, (byte, mask) in enumerate(pattern)):
            found.append(at)
            at += 1 if overlapping else len(pattern)
        else:
            at += 1
    return found

def segment(rng, number, data):
    if rng.randrange(3) == 0 and len(data) <= 2000:
        return literal(data)
    front = rng.choice((0, 1, 4096))
    with open(f"file{number}", "wb") as file:
        file.write(b"x" * front + data)
    return file_piece(f"file{number}", front, data)

for seed in range(120):
    rng = random.Random(seed)
    alphabet = rng.choice(((0, 1), (0, 0, 0, 16), range(256), b"abc"))
    data = bytes(rng.choices(alphabet, k=rng.choice((0, 1, 50, 700, 5000))))
    if rng.randrange(3) == 0:
        data = data + bytes(rng.choice((70_000, 300_000))) + data
    patterns = [make_pattern(rng, data, alphabet) for _ in range(rng.choice((1, 1, 2, 3)))]
    ends = sorted(rng.randrange(len(data) + 1) for _ in range(rng.choice((0, 0, 1, 4)))) + [len(data)]
    side = Side([segment(rng, i, data[a:b]) for i, (a, b) in enumerate(zip([0] + ends, ends))])
    skip = rng.choice((0, 0, rng.randrange(len(data) + 1)))
    align, overlapping = rng.choice((1, 1, 2, 3, 512)), rng.randrange(2)
    expected = sorted((skip + at, i) for i, (pattern, _) in enumerate(patterns)
                      for at in hits(data[skip:], pattern, skip, align, overlapping))
    words = [word for _, pattern in patterns for word in ("-e", pattern)]
    options = ["-s", str(skip), f"--align={align}", *words, *(["--overlapping"] if overlapping else [])]
    command = ["iovtool", "find", *options, *rng.choice(([], ["--no-map"])), *side.words()]
    done = subprocess.run([*command, "--offsets"], capture_output=True, text=True)
    assert not done.stderr and done.returncode == (not expected), (seed, command, done.stderr)
    assert done.stdout == "".join(f"{at}\n" for at, _ in expected), (seed, command, expected[:9], done.stdout[:99])
    stream = ["iovtool", "find", *options, "-"]
    done = subprocess.run(stream, input=data, capture_output=True)
    assert done.stdout.decode() == "".join(f"{at}\n" for at, _ in expected), (seed, stream)
    listed = subprocess.run(command, capture_output=True, text=True).stdout
    copied = subprocess.run(["iovtool", "copy", "-T", "-"], input=listed.encode(), capture_output=True).stdout
    assert copied == b"".join(data[at:at + len(patterns[i][0])] for at, i in expected), (seed, command)
EOS
}

# bats test_tags=valgrind
@test "usage errors" {
  assert_usage 'no pattern given'
  assert_usage 'no segment given; - is standard input' str:one
  assert_usage 'no segment given; - is standard input' -e str:one
  assert_usage '--quiet excludes every other answer' -q --json str:one words
  assert_usage '--offsets excludes --count and --json' --offsets --count str:one words
  assert_usage '--before and --after are about the segments that are printed' -B1 --count str:one words
  assert_usage '--before and --after: of a stream, only offsets are printed' -A1 str:one - < <(cat words)
  assert_usage '--align: at least 1' --align=0 str:one words
  assert_usage '--max: at least 1' --max=0 str:one words
  assert_usage "words@18+2: asked for 2 bytes at 18, but the file has 19" str:one words@18+2
}

# bats test_tags=valgrind
@test "patterns that are none" {
  assert_usage 'hex:: a pattern has at least one byte' hex: words
  assert_answer 0 0 find --offsets zero:64K zero:64K
  assert_usage 'fill:01+65537: a pattern has at most 64 KiB' fill:01+65537 words
  assert_usage 'hex:1?@0: a pattern with open digits takes no range' 'hex:1?@0' words
  assert_usage 'one: No such file or directory; a pattern is a file, or text: str:TEXT, or bytes: hex:DIGITS' one words
  run -2 iovtool find hex:1x words
  [[ ${lines[0]} == "iovtool find: hex:1x: not a hex digit: 'x' (column 6)" ]] || fail "$output"
  run -2 iovtool find 'hex:1?2' words
  [[ ${lines[0]} == 'iovtool find: hex:1?2: odd number of hex digits (column 7)' ]] || fail "$output"
  run -2 iovtool find 'le32:?' words
  run -2 iovtool hexdump 'hex:??'
  [[ ${lines[0]} == "iovtool hexdump: hex:??: not a hex digit: '?' (column 5)" ]] || fail "$output"
}

@test "a name that holds a line end needs --null" {
  cp words $'new\nline'
  assert_usage 'segment 0: its name holds a line end: use --null' str:two $'new\nline'
  iovtool find -0 str:two $'new\nline' | iovtool copy -0 -T - | cmp - <(printf twotwo)
  assert_answer 0 "$(lines 4 12)" find --offsets str:two $'new\nline'
}

# bats test_tags=plain
@test "a file that shrinks is trouble" {
  skip_unless_injection
  make_sparse original 4M
  head -c 3M /dev/zero | dd of=original bs=64K conv=notrunc status=none
  for size in 0 1000000 2097152 3145701; do
    cp --sparse=never original file
    shrink_at madvise '' "$size" iovtool find str:x file
  done
}

# bats test_tags=valgrind
@test "a full disk is trouble" {
  for options in '' --json --offsets --count; do
    # shellcheck disable=SC2086
    run -2 --separate-stderr bash -c 'iovtool find "$@" >/dev/full' - $options str:one words
    assert_error_line 2 'find: cannot write standard output: No space left on device'
  done
  run -1 bash -c 'iovtool find str:three words >/dev/full'
}
