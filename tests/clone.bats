#!/usr/bin/env bats
# `iovtool clone`: copy every distinct byte once, and print segments of the copy that read the same.

load lib/common
load lib/hexdump
load lib/compare

setup() {
  enter_scratch
  printf '0123456789abcdefghijklmnopqrstuvwxyzABCD' >forty
  printf 'The quick brown fox jumps over the dog.' >fox
}

# assert_clone CONTENT WORDS ARGUMENT...: `iovtool clone ARGUMENT... -o out` leaves CONTENT in out and
# prints these words, one a line, which read what the segments read.
assert_clone() {
  local content=$1 words=$2
  shift 2
  rm -f out
  assert_answer 0 "$words" clone "$@" -o out
  [[ $(<out) == "$content" ]] || fail "iovtool clone ${*@Q}" "$(<out)"
  # shellcheck disable=SC2086
  assert_answer 0 '' compare "$@" --with $words
}

# assert_not_cloned TEXT ARGUMENT...: refused with this text; out stays as it was.
assert_not_cloned() {
  local text=$1
  shift
  printf before >out
  assert_complaint "iovtool clone: $text" iovtool clone "$@"
  [[ $(<out) == before ]] || fail "iovtool clone ${*@Q}: out was touched"
}

# ---- what is shared ------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "ranges that share nothing follow each other" {
  assert_clone 0123 'out@0+4' forty@0+4
  assert_clone 012389ab $'out@0+4\nout@4+4' forty@0+4 forty@8+4
  assert_clone 012389ab $'out@4+4\nout@0+4' forty@8+4 forty@0+4
}

# bats test_tags=valgrind
@test "every way in which two ranges share bytes" {
  assert_clone 0123456789 $'out@0+10\nout@3+4' forty@0+10 forty@3+4     # nested
  assert_clone 0123456789 $'out@3+4\nout@0+10' forty@3+4 forty@0+10
  assert_clone 23456789 $'out@0+8\nout@0+8' forty@2+8 forty@2+8         # equal
  assert_clone 01234567 $'out@0+5\nout@3+5' forty@0+5 forty@3+5         # chained
  assert_clone 0123456789 $'out@3+4\nout@0+5\nout@6+4' forty@3+4 forty@0+5 forty@6+4
  assert_clone 0123456789 $'out@0+5\nout@5+5' forty@0+5 forty@5+5       # touching
  assert_clone 01234 $'out@0+5\nout@0+3' forty@0+5 forty@0+3            # one start
  assert_clone 01234 $'out@0+5\nout@2+3' forty@0+5 forty@2+3            # one end
}

# bats test_tags=valgrind
@test "segments of no bytes take no room, and have a place" {
  assert_clone '' 'out@0+0' forty@7+0
  assert_clone 0123456789 $'out@0+10\nout@4+0\nout@10+0\nout@0+0' forty@0+10 forty@4+0 forty@20+0 forty@0+0
  assert_clone 'ab' $'out@0+0\nout@0+2\nout@2+0' forty@7+0 str:ab fox@3+0
  assert_clone '' $'out@0+0\nout@0+0' hex: zero:0
}

# bats test_tags=valgrind
@test "files keep the order of their first mention" {
  assert_clone 'quick01' $'out@0+5\nout@5+2\nout@2+3' fox@4+5 forty@0+2 fox@6+3
  assert_clone '01quick' $'out@0+2\nout@2+5\nout@4+3' forty@0+2 fox@4+5 fox@6+3
}

@test "one file under several names is one file" {
  ln forty hard
  ln -s forty soft
  assert_clone 012345678 $'out@0+4\nout@2+4\nout@5+3\nout@8+1' forty@0+4 hard@2+4 soft@5+3 ./forty@8+1
}

# bats test_tags=valgrind
@test "literals and fills are written out" {
  assert_clone 'abc0123xyxyxzzz' $'out@0+3\nout@3+2\nout@7+5\nout@5+2\nout@12+3' \
    str:abc forty@0+2 fill:7879+5 forty@2+2 fill:7a+3
  assert_answer 0 'out@0+1000000' clone zero:1000000 -o out
  cmp out <(head -c 1000000 /dev/zero)
}

@test "every pair of ranges of a small file, and many mixed vectors, by a model" {
  python3 - <<'EOF'
import itertools, os, random, subprocess

rng = random.Random(1)
contents = {"a": rng.randbytes(9), "b": rng.randbytes(30)}
for name, data in contents.items():
    open(name, "wb").write(data)
os.link("b", "c")
sources = {"a": "a", "b": "b", "c": "b"}

def model(vector):
    """The bytes of the clone and the words, byte by byte."""
    order, reads = [], []
    for index, (word, source, data, start) in enumerate(vector):
        if source not in order:
            order.append(source)
    place, out = {}, bytearray()
    for source in order:
        bytes_of = {}
        for word, other, data, start in vector:
            if other == source:
                bytes_of.update({start + i: byte for i, byte in enumerate(data)})
        for offset in sorted(bytes_of):
            place[source, offset] = len(out)
            out.append(bytes_of[offset])
    return bytes(out), [(place.get((s, start)), len(data)) for _, s, data, start in vector]

def in_file(name, start, length):
    return f"{name}@{start}+{length}", sources[name], contents[sources[name]][start:start + length], start

def literal(index):
    data = rng.randbytes(rng.randrange(5))
    return "hex:" + data.hex(), ("literal", index), data, 0

def fill(index):
    pattern, size = rng.randbytes(rng.randrange(1, 4)), rng.randrange(9)
    return f"fill:{pattern.hex()}+{size}", ("fill", index), (pattern * 9)[:size], 0

def check(vector):
    words = [v[0] for v in vector]
    printed = subprocess.run(["iovtool", "clone", *words, "-o", "out"], check=True,
                             stdout=subprocess.PIPE, text=True).stdout.splitlines()
    expected, places = model(vector)
    actual = open("out", "rb").read()
    assert actual == expected, (words, actual, expected)
    assert len(printed) == len(vector), (words, printed)
    for (word, _, data, _), line, (at, length) in zip(vector, printed, places):
        name, offset_and_length = line.split("@")
        offset, size = map(int, offset_and_length.split("+"))
        assert name == "out" and size == len(data) and offset + size <= len(actual), (words, printed)
        assert actual[offset:offset + size] == data, (words, word, line)
        assert length == 0 or offset == at, (words, word, line, at)

def random_range(name):
    start = rng.randrange(len(contents[sources[name]]) + 1)
    return in_file(name, start, rng.randrange(min(12, len(contents[sources[name]]) - start) + 1))

ranges = [(o, n) for o in range(5) for n in range(5 - o)]
for first, second in itertools.product(ranges, repeat=2):
    check([in_file("a", *first), in_file("a", *second)])
for _ in range(300):
    check([rng.choice((lambda: random_range("a"), lambda: random_range("b"), lambda: random_range("c"),
                       lambda: literal(i), lambda: fill(i)))()
           for i in range(rng.randrange(1, 9))])
EOF
}

@test "many segments of one file: the round trip by compare, each byte once" {
  random_file data 200000 2
  python3 - <<'EOF' >list
import random
rng = random.Random(3)
for _ in range(20000):
    at = rng.randrange(200000)
    print(f"data@{at}+{rng.randrange(min(60, 200000 - at) + 1)}")
EOF
  iovtool clone -T list -o out >words
  assert_answer 0 '' compare -T list --with -T words
  python3 - <<'EOF'
import os
seen = set()
for line in open("list"):
    at, length = map(int, line.split("@")[1].split("+"))
    seen.update(range(at, at + length))
assert os.path.getsize("out") == len(seen), (os.path.getsize("out"), len(seen))
EOF
}

@test "large ranges that overlap are copied once, by the kernel where it can" {
  random_file data 5000000 4
  iovtool clone data@1M+2M data@2M+2M data@..100 -o out >words
  [[ $(stat -c %s out) == 3145828 ]]
  cmp out <(head -c 100 data; tail -c +1048577 data | head -c 3145728)
  assert_answer 0 '' compare data@1M+2M data@2M+2M data@..100 --with -T words
  iovtool clone --no-offload --no-map data@1M+2M data@2M+2M data@..100 -o plain | cmp - <(sed 's/^out/plain/' words)
  assert_same_file plain out
}

# ---- streams -------------------------------------------------------------------------------------

@test "a stream whose length is given is a source of its own" {
  printf 'abcdefghij' | iovtool clone forty@0+2 -@1+3 forty@1+2 -@6+2 -o out >words
  [[ $(<out) == 012bcdgh ]] || fail "$(<out)"
  [[ $(<words) == $'out@0+2\nout@3+3\nout@1+2\nout@6+2' ]] || fail "$(<words)"
  printf 'abcdefghij' | iovtool clone -@-4 -o out >words
  [[ $(<out) == ghij && $(<words) == 'out@0+4' ]]
  printf 'abc' | iovtool clone --zero-pad -@..5 str:x -o out >words
  cmp out <(printf 'abc\0\0x')
  [[ $(<words) == $'out@0+5\nout@5+1' ]]
}

@test "a stream of unknown length, or one that may be short, is refused" {
  assert_not_cloned '-@0: a stream can be cloned only when its length is given' \
    forty - -o out < <(echo)
  assert_not_cloned '-@0: a stream can be cloned only when its length is given' \
    forty - -n 2 -o out < <(echo)
  assert_not_cloned '-@0+4: a stream can be cloned only when its length is given, without --allow-short' \
    --allow-short -@0+4 -o out < <(echo)
}

@test "a file on standard input: it shares bytes with its name, and stands behind what was used" {
  iovtool clone -@2+4 forty@4+4 -@0+1 -o out <forty >words
  [[ $(<out) == 0234567 && $(<words) == $'out@1+4\nout@3+4\nout@0+1' ]]
  { iovtool clone forty@0+10 -@2+4 -o out; cat; } <forty >words
  [[ $(<words) == $'out@0+10\nout@2+4\n6789abcdefghijklmnopqrstuvwxyzABCD' ]] || fail "$(<words)"
}

# ---- options -------------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "--skip, --length, --allow-short and --zero-pad apply to the vector" {
  assert_answer 0 $'out@0+7\nout@2+4' clone -s 3 forty@0+10 forty@5+5 -n 11 -o out
  [[ $(<out) == 3456789 ]]
  iovtool clone --allow-short forty@38+10 forty@39+1 -o out >words
  [[ $(<out) == CD && $(<words) == $'out@0+2\nout@1+1' ]]
  iovtool clone --zero-pad forty@38+4 -o out >words
  cmp out <(printf 'CD\0\0')
}

# bats test_tags=valgrind
@test "--null, and names that need it or need care" {
  iovtool clone forty@0+2 forty@1+2 -0 -o $'new\nline' >words
  cmp words <(printf 'new\nline@0+2\0new\nline@1+2\0')
  assert_answer 0 '' compare forty@0+2 forty@1+2 --with -0 -T words
  for name in -dash ./hex:1 'file:hex:2' a@b '#x' $'\xff'; do
    words=$(iovtool clone forty@0+2 forty@1+2 --output="$name") || fail "${name@Q}"
    mapfile -t list <<<"$words"
    assert_answer 0 '' compare forty@0+2 forty@1+2 --with -- "${list[@]}"
  done
  touch out@0+2
  assert_answer 0 'file:out@0+2' clone forty@0+2 -o out
}

# bats test_tags=valgrind
@test "--json" {
  iovtool clone forty@0+4 forty@2+4 str:x --json -o out >answer.json
  [[ $(wc -l <answer.json) == 1 ]]
  python3 - <<'EOF'
import json
assert json.load(open("answer.json")) == {
    "segments": [{"segment": "out@0+4", "offset": 0, "length": 4},
                 {"segment": "out@2+4", "offset": 2, "length": 4},
                 {"segment": "out@6+1", "offset": 6, "length": 1}],
    "count": 3, "total": 9, "distinct": 7}
EOF
  iovtool clone hex: --json -o out | python3 -c 'import json, sys
assert json.load(sys.stdin)["distinct"] == 0'
}

# bats test_tags=valgrind
@test "--explain prints the plan and touches nothing" {
  assert_answer 0 'write  8 bytes from segment 0+0 (forty@0+7) to out at 0' \
    clone forty@0+4 forty@2+5 str:x --explain -o out
  [[ ! -e out ]]
  printf before >out
  iovtool clone forty --explain -o out
  [[ $(<out) == before ]]
}

@test "--no-clobber, --atomic, --sparse and --progress are those of copy" {
  printf before >out
  assert_not_cloned 'out: File exists' --no-clobber forty -o out
  ln out old
  iovtool clone --atomic forty@0+2 -o out >words
  [[ $(<out) == 01 && $(<old) == before && $(<words) == out@0+2 ]]
  iovtool clone --sparse=always zero:1M -o out >words
  (($(stat -c %b out) == 0))
  run -0 --separate-stderr iovtool clone --progress=always forty -o out
  assert_output 'out@0+40'
  [[ -n $stderr ]]
}

# bats test_tags=plain
@test "--fsync: the words follow when the bytes are on disk" {
  skip_unless_strace
  strace -f -q -y -e trace=fsync,close,write -o calls iovtool clone --fsync forty -o out >words
  order=$(grep -E '/(out|words)>' calls | grep -oE '(fsync|close|write)\(.*/(out|words)>' | sed -E 's/\(.*\//-/' | xargs)
  [[ $order == 'fsync-out> close-out> write-words> close-words>' ]] || fail "$order" "$(<calls)"
}

# ---- refusals and trouble ------------------------------------------------------------------------

# bats test_tags=valgrind
@test "one -o with one whole regular file is needed" {
  mkfifo fifo
  mkdir folder
  assert_not_cloned 'one -o FILE has to take the bytes' forty
  assert_not_cloned 'one -o FILE has to take the bytes' forty -o out -o out2
  assert_not_cloned '-: a clone goes to a whole file named by a path' forty -o -
  assert_not_cloned 'fd:1: a clone goes to a whole file named by a path' forty -o fd:1
  assert_not_cloned 'out@1: a clone goes to a whole file named by a path' forty -o out@1
  assert_not_cloned 'zero:9: a clone goes to a whole file named by a path' forty -o zero:9
  for name in fifo folder /dev/null; do
    assert_not_cloned "$name: is not a regular file" forty -o "$name"
  done
  assert_not_cloned 'no/where: No such file or directory' forty -o no/where
  # shellcheck disable=SC1003
  assert_not_cloned 'new\nline: the name holds a line end: use --null' forty -o $'new\nline'
  [[ ! -e $'new\nline' ]]
}

# bats test_tags=valgrind
@test "a source must not be the file that takes the bytes" {
  printf 'source' >out
  ln out alias
  printf 'source' >out
  for options in '' --atomic --explain; do
    # shellcheck disable=SC2086
    assert_complaint 'iovtool clone: out: is a source as well' iovtool clone forty alias@2+1 $options -o out
    [[ $(<out) == source ]]
  done
  assert_complaint 'iovtool clone: out: is a source as well' iovtool clone - -o out <out
}

@test "standard output must not be the file that takes the bytes" {
  run -2 bash -c 'iovtool clone forty -o out 2>&1 >out'
  assert_output 'iovtool clone: out: is standard output, where the segments go'
  [[ ! -s out ]]
}

# bats test_tags=valgrind
@test "bad segments are refused before anything is touched" {
  assert_not_cloned 'no segment given; - is standard input' -o out
  assert_not_cloned 'nosuch: No such file or directory' forty nosuch -o out
  assert_not_cloned 'forty@39+2: asked for 2 bytes at 39, but the file has 40' forty forty@39+2 -o out
}

@test "the words cannot be written: exit 2" {
  for options in '' --json --explain -0; do
    run -2 bash -c "iovtool clone $options forty -o out 2>&1 >/dev/full"
    assert_output 'iovtool clone: cannot write standard output: No space left on device'
    run -2 bash -c "iovtool clone $options forty -o out 2>&1 >&-"
    assert_output 'iovtool clone: cannot write standard output: Bad file descriptor'
  done
}

@test "the bytes cannot be written: exit 2, and no words" {
  random_file data 65536 6
  run -2 bash -c 'ulimit -f 8; trap "" XFSZ; iovtool clone --no-offload data -o out 2>&1'
  assert_output 'iovtool clone: out: cannot write at 8192: File too large (8192 bytes were written before)'
  printf before >out
  run -2 bash -c 'ulimit -f 8; trap "" XFSZ; iovtool clone --atomic data -o out 2>&1'
  [[ $output == 'iovtool clone: '*'File too large'* && $(<out) == before ]] || fail "$output"
}

# ---- the words about the command -----------------------------------------------------------------

@test "--help fits 80 columns, and its examples run" {
  iovtool clone --help >help
  run ! grep -E '.{81}' help
  random_file rom.bin 65536 8
  printf 'rom.bin@5+9\nforty@3+2\nrom.bin@8+20\n' >ranges.list
  sed -n '/^Examples:$/,$s/^  //p' help >examples
  (($(wc -l <examples) >= 3))
  while IFS= read -r example; do
    run -0 bash -c "$example"
  done <examples
}
