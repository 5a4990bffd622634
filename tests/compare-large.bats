#!/usr/bin/env bats
# `iovtool compare` of what is large: several threads, sparse files, fills, what need not be read, and
# files that shrink meanwhile.

load lib/common
load lib/hexdump
load lib/compare

# each_way STATUS TEXT ARGUMENT...: assert_answer for `iovtool compare ARGUMENT...`, mapped and read, by
# as many threads as it likes and by one.
each_way() {
  local status=$1 text=$2
  shift 2
  assert_answer "$status" "$text" compare "$@"
  assert_answer "$status" "$text" compare --no-map "$@"
  one_processor assert_answer "$status" "$text" compare "$@"
  one_processor assert_answer "$status" "$text" compare --no-map "$@"
}

# ---- Threads ---------------------------------------------------------------------------------------

@test "threads: a difference in the first half, the second, or both" {
  make_sparse a 80M 0 start 17M one 41M two 79M three
  cp --sparse=always a b
  each_way 0 '' a b
  place='differ at 0x%x (%d): %s in a@0+83886080 at %d, 2a in b@0+83886080 at %d'
  for at in 0 17825792 41943039 41943040 43000000 83886079; do
    cp --sparse=always b c
    printf '*' | dd of=b bs=1 seek="$at" conv=notrunc status=none
    byte=$(xxd -p -s "$at" -l 1 a)
    # shellcheck disable=SC2059
    each_way 1 "$(printf "$place" "$at" "$at" "$byte" "$at" "$at")" a b
    mv c b
  done
  printf '*' | dd of=b bs=1 seek=17825792 conv=notrunc status=none
  printf '*' | dd of=b bs=1 seek=60000000 conv=notrunc status=none
  # shellcheck disable=SC2059
  each_way 1 "$(printf "$place" 17825792 17825792 6f 17825792 17825792)" a b
  each_way 1 '' -q a b
  each_way 1 'differ at 0x3938700 (60000000): 00 in a@20000000+60000000 at 60000000, 2a in b@20000000+60000000 at 60000000' \
    -s 20000000 -n 60000000 a b
}

@test "threads: a hundred random pairs" {
  python_with_model <<'EOS'
import bisect, os, random, subprocess
from compare_model import Segment, file_piece

MIB = 1024 * 1024

def write(name, size, islands):
    with open(name, "wb") as file:
        file.truncate(size)
        for at, data in islands.items():
            file.seek(at)
            file.write(data)

def pieces(rng, name, size):
    """[(word, start, length)]: the whole file, in segments."""
    ends = sorted(rng.randrange(size + 1) for _ in range(rng.choice((0, 0, 1, 5)))) + [size]
    found, start = [], 0
    for end in ends:
        found.append((f"{name}@{start}+{end - start}", start, end - start))
        start = end
    return found

def place(pieces, at):
    return next(word for word, start, length in pieces if start <= at < start + length)

every = os.sched_getaffinity(0)
for seed in range(100):
    rng = random.Random(seed)
    size = rng.randrange(33, 140) * MIB + rng.choice((0, 0, 1, -1, 12345))
    interesting = [0, size - 1, size // 2 - 1, size // 2, size // 4, size // 4 * 3 - 1, 16 * MIB, 32 * MIB - 1]
    islands = {}
    for _ in range(rng.randrange(5)):
        at = rng.randrange(size // MIB) * MIB + rng.randrange(MIB // 2)
        islands[at] = rng.randbytes(rng.choice((1, 100, 5000)))
    write("a", size, islands)
    write("b", size, islands)
    differing = []
    with open("b", "r+b") as b:
        for _ in range(rng.choice((0, 1, 1, 2, 5))):
            at = rng.choice((rng.randrange(size), rng.choice(interesting)))
            if at not in differing:
                b.seek(at)
                old = b.read(1)[0]
                b.seek(at)
                b.write(bytes([old ^ 0x10]))
                differing.append(at)
    shorter = rng.choice((0, 0, 0, 1, 5 * MIB))
    if shorter:
        os.truncate("b", size - shorter)
    sides = pieces(rng, "a", size), pieces(rng, "b", size - shorter)
    compared = size - shorter
    found = [at for at in differing if at < compared]
    text = ""
    if found:
        at = min(found)
        with open("a", "rb") as a:
            a.seek(at)
            byte = a.read(1)[0]
        text = (f"differ at {at:#x} ({at}): {byte:02x} in {place(sides[0], at)} at {at}, "
                f"{byte ^ 0x10:02x} in {place(sides[1], at)} at {at}\n")
    elif shorter:
        text = f"B ends at {compared:#x} ({compared}), A goes on; everything before is equal\n"
    os.sched_setaffinity(0, every if seed % 3 else {min(every)})
    command = ["iovtool", "compare", *(["--no-map"] if rng.randrange(2) else []),
               *(word for word, _, _ in sides[0]), "--with", *(word for word, _, _ in sides[1])]
    done = subprocess.run(command, capture_output=True)
    actual = done.returncode, done.stdout.decode(), done.stderr.decode()
    assert actual == (1 if text else 0, text, ""), (seed, command, actual, text)
EOS
}

@test "threads: data in full, one byte or one bit of it unlike" {
  random_file a $((40 * 1024 * 1024 + 3)) 1
  cp a b
  size=$(stat -c %s a)
  each_way 0 '' a b
  for at in 0 20971521 20971520 $((size - 1)); do
    python3 - "$at" <<'EOS'
import sys
at = int(sys.argv[1])
with open("a", "rb") as a, open("b", "r+b") as b:
    a.seek(at)
    byte = a.read(1)[0]
    b.seek(at)
    b.write(bytes([byte ^ 4]))
EOS
    byte=$(xxd -p -s "$at" -l 1 a) other=$(xxd -p -s "$at" -l 1 b)
    each_way 1 "$(printf 'differ at 0x%x (%d): %s in a@0+%d at %d, %s in b@0+%d at %d' \
      "$at" "$at" "$byte" "$size" "$at" "$other" "$size" "$at")" a b
    printf '%b' "\\x$byte" | dd of=b bs=64K seek="$at" oflag=seek_bytes conv=notrunc status=none
  done
  each_way 1 "B ends at 0x$(printf %x $((size - 1))) ($((size - 1))), A goes on; everything before is equal" a b@..-1
  each_way 0 '' --common a b@..-1
  each_way 0 '' --zero-pad a --with b zero:100M
  each_way 1 "$(printf 'differ at 0x%x (%d): 00 behind the end of A, 01 in hex:01 at 0' "$size" "$size")" \
    --zero-pad a --with b hex:01
  each_way 0 '' a@3..-5 --with b@3+1 b@4..20M b@20M+0 b@20M..-5
}

@test "threads: unlike files in one of many segments" {
  make_sparse a 64M 30M X 50M Y
  cp --sparse=always a b
  printf Z | dd of=b bs=64K seek=50M oflag=seek_bytes conv=notrunc status=none
  for ((at = 0; at < 64; at++)); do
    echo "b@${at}M+1M"
  done >list
  each_way 1 'differ at 0x3200000 (52428800): 59 in a@0+67108864 at 52428800, 5a in b@52428800+1048576 at 52428800' \
    a -T list
  each_way 0 '' a@..50M --with b@..25M b@25M+25M
}

# bats test_tags=plain
@test "threads: two are started where there are processors and files enough, and none for little" {
  skip_unless_strace
  make_sparse a 64M
  make_sparse b 64M
  threads() {
    strace -f -q -e signal=none -e trace=clone,clone3 -o calls "$@" >answer || fail "${*@Q}"
    grep -c 'clone.*THREAD' calls || true
  }
  if (($(nproc) > 1)); then
    (($(threads iovtool compare a b) > 1))
  fi
  [[ $(one_processor threads iovtool compare a b) == 0 ]]
  [[ $(threads iovtool compare a@..1M b@..1M) == 0 ]]
  [[ $(threads iovtool compare - b <a) == 0 ]] # a shared position
  [[ $(threads iovtool compare --stats a b) == 0 ]]
}

# ---- Holes, fills and files as long as they are ------------------------------------------------------

@test "a difference in the last byte of 2 GiB + 3" {
  size=$((2 * 1024 * 1024 * 1024 + 3))
  make_sparse a $size $((size - 1)) X
  make_sparse b $size $((size - 1)) X
  make_sparse c $size $((size - 1)) Y
  each_way 0 '' a b
  each_way 1 "differ at 0x80000002 (2147483650): 58 in a@0+$size at 2147483650, 59 in c@0+$size at 2147483650" a c
  each_way 1 '2147483650 1' -l a c
  each_way 1 '@@ 0x80000000 (2147483648) @@
80000000  00 00 58                 |..X|       80000000  00 00 59                 |..Y|' -x0 a c
  each_way 1 "differ at 0x80000002 (2147483650): 58 in a@0+$size at 2147483650, 00 in zero:$size at 2147483650" \
    a zero:$size
  each_way 0 '' a --with zero:$((size - 1)) str:X
}

@test "two files of 1 TiB without data" {
  make_sparse a 1T
  make_sparse b 1T
  make_sparse c 1T $((1024 * 1024 * 1024 * 1024 - 1)) X
  for options in '' --no-map -q -l --stats -x --json; do
    # shellcheck disable=SC2086
    timeout 10 iovtool compare $options a b >answer || fail "$options: $?"
  done
  one_processor timeout 10 iovtool compare a b
  run -1 timeout 10 iovtool compare a c
  assert_output 'differ at 0xffffffffff (1099511627775): 00 in a@0+1099511627776 at 1099511627775, 58 in c@0+1099511627776 at 1099511627775'
  run -1 timeout 10 iovtool compare -l a c
  assert_output '1099511627775 1'
  run -0 timeout 10 iovtool compare a zero:1T
  run -0 timeout 10 iovtool compare --zero-pad a hex:
  run -1 timeout 10 iovtool compare --list a zero:1023G
  assert_output '1098437885952 1073741824 only A'
}

# bats test_tags=plain
@test "a fill is never expanded: neither time nor memory grows with it" {
  needs_address_limit
  (
    ulimit -v 200000
    for options in '' -q -l --stats -x --json; do
      # shellcheck disable=SC2086
      timeout 10 iovtool compare $options fill:abcd+1T fill:abcdabcd+1T >answer || fail "$options: $?"
      # shellcheck disable=SC2086
      timeout 10 iovtool compare $options fill:abcd+4E --with fill:abcd+1E fill:cdab+3E@1..-1 hex:abcd >answer ||
        fail "$options: $?"
      # shellcheck disable=SC2086
      timeout 10 iovtool compare $options fill:616161+1T fill:61616161616161+1T >answer || fail "$options: $?"
      # shellcheck disable=SC2086
      timeout 10 iovtool compare $options fill:abcd+1T@1 --with hex:cd fill:abcd+1T@2 >answer || fail "$options: $?"
    done
    run -1 timeout 10 iovtool compare fill:ab+1T --with fill:abab+1023G fill:abac+1G
    assert_output 'differ at 0xffc0000001 (1098437885953): ab in fill:ab+1099511627776 at 1098437885953, ac in fill:abac+1073741824 at 1'
  )
}

# bats test_tags=plain
@test "identical ranges of one file are not read" {
  skip_unless_strace
  random_file a 5000000 1
  ln a hard-link
  ln -s a symbolic-link
  assert_unread iovtool compare a a
  assert_unread iovtool compare --no-map a a
  assert_unread iovtool compare -l a ./a
  assert_unread iovtool compare a hard-link
  assert_unread iovtool compare symbolic-link a
  assert_unread iovtool compare a --with a@..3 a@3+1M a@1048579
  assert_unread iovtool compare zero:1M a@5 --with zero:1M a@5
  assert_unread iovtool compare --stats a@1M..-1M a@1M..-1M
  assert_unread iovtool compare - a@0 <a
  for words in 'a@0+1M a@1+1M' 'a --with a@..1 a@2+1M' '-x a a'; do
    # shellcheck disable=SC2086
    ! assert_unread iovtool compare $words 2>errors || fail "$words: that has to be read"
  done
}

# bats test_tags=plain
@test "-q: vectors of unequal length are not read" {
  skip_unless_strace
  random_file a 100000 1
  cp a b
  for words in 'a b@..-1' 'a --with b zero:1' 'a@1 b'; do
    # shellcheck disable=SC2086
    assert_unread iovtool compare -q $words
  done
}

# bats test_tags=plain
@test "holes against holes, and against fills of zeros, are not read" {
  skip_unless_strace
  make_sparse a 100M
  make_sparse b 100M
  assert_unread iovtool compare a b
  assert_unread iovtool compare --no-map a b
  assert_unread iovtool compare -x a b
  assert_unread iovtool compare a zero:100M
  assert_unread iovtool compare --zero-pad a hex:
  assert_unread iovtool compare a@5..-7 --with fill:0000+50M zero:52428788
}

# ---- Files that shrink -------------------------------------------------------------------------------

# shrink_under SIZE ARGUMENT...: runs `iovtool compare ARGUMENT...` with a FIFO `stream` among them,
# gives it the first bytes of `original`, more than a pipe holds, truncates `file` to SIZE and gives it
# the rest.
shrink_under() {
  local size=$1 status=0
  shift
  rm -f stream
  mkfifo stream
  timeout 20 iovtool compare "$@" >answer 2>errors &
  exec 8>stream
  head -c 300000 original >&8
  truncate -s "$size" file
  tail -c +300001 original >&8 || true # nobody may read that any more
  exec 8>&-
  wait $! || status=$?
  assert_shrank "$status"
}

@test "a file that shrinks while it is read" {
  random_file original 5000000 1
  for options in '' --no-map --stats; do
    for size in 0 400000 4096000; do
      cp original file
      # shellcheck disable=SC2086
      shrink_under "$size" $options stream file
    done
  done
  cp original file
  shrink_under 1 -l file stream
}

# bats test_tags=plain
@test "a file that shrinks while several threads compare it" {
  skip_unless_injection
  make_sparse original 80M
  random_file noise 4000000 1
  for at in 10M 60M; do
    dd if=noise of=original bs=64K seek=$at oflag=seek_bytes conv=notrunc status=none
  done
  cp --sparse=always original file
  shrink_at mmap original 12M iovtool compare file original
  cp --sparse=always original file
  shrink_at pread64 original 12M iovtool compare --no-map file original
}

# bats test_tags=plain
@test "a file that shrinks: inside of a page, and in a hole" {
  skip_unless_injection
  random_file original 70000 1
  cp original file
  shrink_at mmap original 69999 iovtool compare file original
  cp original file
  shrink_at mmap original 65000 iovtool compare original file
  make_sparse original 1M 0 "$(printf 'x%.0s' {1..4096})"
  rm file
  cp --sparse=always original file
  shrink_at mmap original 4096 iovtool compare file original
}

# Every other byte differs from the zeros that the page then has.
# bats test_tags=plain
@test "a file that shrinks: no row or run is printed that it did not have" {
  skip_unless_injection
  python3 -c 'open("original", "wb").write(b"x\0" * 1500000)'
  for options in -l -x '--json -l'; do
    cp original file
    # shellcheck disable=SC2086
    shrink_at mmap original 4096 iovtool compare $options file original
  done
}
