#!/usr/bin/env bats
# `iovtool compare --patch`: the text that turns one side into the other.

load lib/common
load lib/compare

setup() {
  enter_scratch
  printf '0123456789abcdefghijklmnopqrstuvwxyz' >a
}

# expect_patch EXPECTED ARGUMENT...: the hunks, without the two lines of the header.
expect_patch() {
  local expected=$1
  shift
  run --separate-stderr -1 iovtool compare --patch "$@"
  [[ -z $stderr ]] || fail "$stderr"
  output=${output#*$'\n'}
  output=${output#*$'\n'}
  assert_output "$expected"
}

# bats test_tags=valgrind
@test "a patch: names and sizes, then hunks with old and new bytes" {
  printf '0123X56789abcdefghijklmnopqrstuvwxyz!' >b
  assert_answer 1 '--- a 36
+++ b 37
@@ 0x4 1
-34
+58
@@ 0x24 0 1
+21' compare --patch a b
}

@test "equal sides give no text and exit status 0" {
  cp a b
  assert_answer 0 '' compare --patch a b
  assert_answer 0 '' compare --patch a a
  assert_answer 0 '' compare --patch zero:1T zero:1T
}

@test "differences less than 8 bytes apart are one hunk" {
  expect_patch $'@@ 0x0 9\n-00 00 00 00 00 00 00 00 00\n+01 00 00 00 00 00 00 00 01' \
    zero:32 --with hex:01 zero:7 hex:01 zero:23
  expect_patch $'@@ 0x0 1\n-00\n+01\n@@ 0x9 1\n-00\n+01' \
    zero:32 --with hex:01 zero:8 hex:01 zero:22
  expect_patch $'@@ 0x0 8 9\n-00 00 00 00 00 00 00 00\n+01 00 00 00 00 00 00 00 02' \
    zero:8 --with hex:01 zero:7 hex:02
  expect_patch $'@@ 0x0 1\n-00\n+01\n@@ 0x9 0 1\n+02' zero:9 --with hex:01 zero:8 hex:02
}

@test "rows have 16 bytes, and a long hunk is cut" {
  expect_patch $'@@ 0x1 17\n-00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n-00
+ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab\n+ab' zero:19 --with zero:1 fill:ab+17 zero:1
  run bash -c 'iovtool compare --patch zero:200000 fill:ff+200001 | grep @'
  assert_output '@@ 0x0 65536
@@ 0x10000 65536
@@ 0x20000 65536
@@ 0x30000 3392 3393'
}

@test "a side that is longer is a hunk of two numbers" {
  expect_patch $'@@ 0x2 3 1\n-31 32 33\n+78' str:00123 str:00x
  expect_patch $'@@ 0x0 0 2\n+61 62' zero:0 str:ab
  expect_patch $'@@ 0x0 2 0\n-61 62' - zero:0 < <(printf ab)
}

@test "titles: names are escaped, long lists cut, and unknown sizes are -" {
  cp a $'new\nline'
  run iovtool compare --patch $'new\nline' zero:36
  [[ ${lines[0]} == '--- new\nline 36' ]] || fail "$output"
  run iovtool compare --patch - a@1 < <(cat a)
  [[ ${lines[0]} == '--- - -' && ${lines[1]} == '+++ a@1 35' ]] || fail "$output"
  printf '%s\n' a a >list
  run iovtool compare --patch hex:00 -T list a a a --with zero:3
  [[ ${lines[0]} == '--- hex:00 -T list a and 2 more 181' ]] || fail "$output"
}

@test "-s and -n: offsets and sizes are of the whole sides" {
  printf 'x123456789abcdefghijklmnopqrstuvwxyZ' >b
  assert_answer 1 $'--- a 36\n+++ b 36\n@@ 0x23 1\n-7a\n+5a' compare --patch -s 16 a b
  assert_answer 1 $'--- a -\n+++ b -\n@@ 0x0 1\n-30\n+78' compare --patch -n 16 a b
}

@test "the patches of all slices, one after another, are a patch of the whole" {
  random_file long 20000 1
  random_file b 30000 2
  dd if=long of=b bs=5000 seek=1 count=2 conv=notrunc status=none
  for k in 1 2 3 4 5; do
    iovtool compare --patch --slice=$k/5 long b >>p || (($? == 1))
  done
  iovtool patch long p
  cmp long b
}

@test "--common leaves the longer end out, --zero-pad has zeros for it" {
  assert_answer 1 $'--- str:ab -\n+++ str:xbc -\n@@ 0x0 1\n-61\n+78' compare --patch --common str:ab str:xbc
  assert_answer 1 $'--- str:ab -\n+++ str:abc -\n@@ 0x2 1\n-00\n+63' compare --patch --zero-pad str:ab str:abc
}

@test "other answers and --patch exclude each other" {
  for option in -q -l -x --stats --json; do
    run --separate-stderr iovtool compare --patch $option a a
    assert_error_line 2 '--patch excludes every other answer'
  done
  run --separate-stderr iovtool compare --patch --offset-base=hex a a
  assert_error_line 2 '--offset-base is for --list'
}

@test "--color: old lines are red, new ones green" {
  assert_answer 1 $'--- str:a 1\n+++ str:b 1\n@@ 0x0 1\n\e[31m-61\e[0m\n\e[32m+62\e[0m' \
    compare --patch --color=always str:a str:b
}

@test "a full disk is an error" {
  run --separate-stderr bash -c 'iovtool compare --patch zero:1M fill:ff+1M >/dev/full'
  assert_error_line 2 'cannot write standard output'
}

# bats test_tags=plain
@test "memory does not grow with the files" {
  bound='import resource, subprocess, sys
with open("/dev/null", "wb") as sink:
    subprocess.run(["bash", "-c", "iovtool compare --patch zero:256M fill:ff+260M | cat >/dev/null"])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 32 * 1024)'
  run -0 python3 -c "$bound"
  assert_output True
}

@test "random sides in any pieces: what the hunks say is the other side" {
  run -0 python3 - <<'PYTHON'
import random, subprocess

def pieces(rng, name, data):
    words, at = [], 0
    while at < len(data) or not words:
        step = rng.choice([1, 2, 7, 8, 9, 100, 5000])
        end = min(at + step, len(data))
        piece = data[at:end]
        words.append(f"hex:{piece.hex()}" if rng.random() < .3 else f"{name}@{at}..{end}")
        at = end
    return words

def hunks(text):
    found = []
    for line in text.splitlines()[2:]:
        if line.startswith("@@"):
            numbers = line.split()[1:]
            old = int(numbers[1])
            found.append((int(numbers[0], 16), old, int(numbers[-1]), bytearray(), bytearray()))
        else:
            found[-1][3 + (line[0] == "+")].extend(bytes.fromhex(line[1:]))
    return found

def apply(data, found, old, new):
    out, end = bytearray(data), None
    for hunk in found:
        offset = hunk[0]
        assert len(hunk[3]) == hunk[1] and len(hunk[4]) == hunk[2]
        assert data[offset:offset + len(hunk[old])] == hunk[old]
        out[offset:offset + len(hunk[new])] = hunk[new]
        if len(hunk[old]) > len(hunk[new]):
            end = offset + len(hunk[new]) if end is None else end
    return bytes(out if end is None else out[:end])

rng = random.Random(15)
for turn in range(60):
    a = rng.randbytes(rng.choice([0, 1, 8, 1000, 70000, 140000]))
    b = bytearray(a)
    for _ in range(rng.randrange(40) if b else 0):
        at = rng.randrange(len(b))
        b[at:at + rng.choice([1, 3, 9, 70000])] = rng.randbytes(rng.choice([1, 3, 9]))
    if rng.random() < .5:
        b += rng.randbytes(rng.choice([1, 20, 70000]))
    b = bytes(b)
    open("x", "wb").write(a)
    open("y", "wb").write(b)
    words = ["x", "y"] if turn % 2 else pieces(rng, "x", a)[:900] + ["--with"] + pieces(rng, "y", b)[:900]
    if not turn % 2:
        a = subprocess.run(["iovtool", "copy", *words[:words.index("--with")]], stdout=-1, check=True).stdout
        b = subprocess.run(["iovtool", "copy", *words[words.index("--with") + 1:]], stdout=-1, check=True).stdout
    done = subprocess.run(["iovtool", "compare", "--patch", *words], stdout=-1, text=True)
    assert done.returncode == (a != b), done
    found = hunks(done.stdout)
    for before, after in zip(found, found[1:]):
        gap = after[0] - before[0] - max(before[1:3])
        assert gap >= 8 or max(before[1:3]) > 65500, (before, after)
    assert apply(a, found, 3, 4) == b
    assert apply(b, found, 4, 3) == a
PYTHON
}
