#!/usr/bin/env bats
# `iovtool fill`: overwrite ranges of files in place.

load lib/common
load lib/hexdump
load lib/compare
load lib/disk

setup() {
  enter_scratch
  printf '0123456789abcdefghijklmnopqrstuvwxyzABCD' >forty
  cp forty original
}

teardown() {
  [[ -z ${device-} ]] || losetup -d "$device"
}

# assert_filled NAME TEXT ARGUMENT...: `iovtool fill ARGUMENT...` says nothing and leaves TEXT there.
assert_filled() {
  local name=$1 expected=$2
  shift 2
  assert_answer 0 '' fill "$@"
  [[ $(<"$name") == "$expected" ]] || fail "iovtool fill ${*@Q}" "$(<"$name")"
  cp original forty
}

# assert_unfilled TEXT ARGUMENT...: refused with this text, and no file is changed.
assert_unfilled() {
  local text=$1
  shift
  assert_complaint "iovtool fill: $text" iovtool fill "$@"
  cmp forty original
}

# bats test_tags=valgrind
@test "the bytes of the ranges are overwritten, and no others" {
  assert_filled forty '01XXX56789abcdefghijklmnopqrstuvwxyzABCD' --byte=58 forty@2+3
  assert_filled forty 'XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX' --byte=58 forty
  assert_filled forty '0123456789abcdefghijklmnopqrstuvwxyzAXXX' --byte=58 forty@-3
  assert_filled forty 'X12345678XabXdefghijklmnopqrstuvwxyzABCD' --byte 58 forty@0+1 forty@9..10 forty@12+1
  assert_filled forty "$(<original)" --byte=58 forty@7+0
}

# bats test_tags=valgrind
@test "a pattern goes on from one segment to the next" {
  assert_filled forty 'XYZXY56789ZXYZXfghijklmnopqrstuvwxyzABCY' --byte=58595a forty@..5 forty@10+5 forty@-1
  assert_filled forty 'XYXYXYXYXYXYXYXYXYXYXYXYXYXYXYXYXYXYXYXY' --byte=0x58:59 forty
  assert_filled forty '0XYXYZZ789abcdefghijklmnopqrstuvwxyzABCD' --byte='58 59 58 59 5a 5a' forty@1+6
}

@test "where ranges overlap, the last one counts" {
  assert_filled forty 'XZZZXY6789abcdefghijklmnopqrstuvwxyzABCD' --byte=58595a forty@..5 forty@3+3 forty@1+1
}

@test "several files, one file under several names, and names of all kinds" {
  for name in -dash 'hex:1' $'new\nline' a@0 $'\xff'; do
    cp original "./$name"
  done
  ln forty other
  assert_filled other 'XYXYX56789abcdefghijklmnopqrstuvwxyzABCD' --byte=5859 forty@..2 other@2+2 ./forty@4+1
  iovtool fill --byte=58 -- file:-dash@0+1 ./hex:1@0+1 $'new\nline@0+1' file:a@0@0+1 $'\xff@0+1'
  for name in -dash 'hex:1' $'new\nline' a@0 $'\xff'; do
    [[ $(<"./$name") == 'X123456789abcdefghijklmnopqrstuvwxyzABCD' ]] || fail "${name@Q}"
  done
}

# bats test_tags=valgrind
@test "--skip and --length, and lists" {
  assert_filled forty '0123XYX789abcdefghijklmnopqrstuvwxyzABCD' --byte=5859 -s 4 -n 3 forty
  assert_filled forty '0XY3456789XbcdefghijklmnopqrstuvwxyzABCD' --byte=5859 -s 1 -n 3 forty@0+3 forty@10+5
  printf '# ends\nforty@0+1\n\nforty@-1\n' >list
  assert_filled forty 'X123456789abcdefghijklmnopqrstuvwxyzABCX' --byte=58 -T list
  printf 'forty@0+1\0forty@-1\0' >list
  assert_filled forty 'X1X3456789abcdefghijklmnopqrstuvwxyzABCX' --byte=58 -0 -T list forty@2+1
}

@test "every offset and length of 40 bytes, patterns of 1 to 3 bytes, pairs and triples of ranges" {
  python3 - <<'EOF'
import itertools, random, subprocess

SLOT = 40
rng = random.Random(1)

def check(name, cases, pattern):
    """Each case is the ranges of one slot of 40 bytes of one file; one run fills all of them."""
    before = bytearray(rng.randbytes(SLOT * len(cases)))
    expected, phase, words = bytearray(before), 0, []
    for slot, ranges in enumerate(cases):
        for offset, length in ranges:
            for at in range(slot * SLOT + offset, slot * SLOT + offset + length):
                expected[at] = pattern[phase % len(pattern)]
                phase += 1
            words.append(f"file@{slot * SLOT + offset}+{length}\n")
    open("file", "wb").write(before)
    command = ["iovtool", "fill", "--byte=" + pattern.hex(), "-T", "-"]
    subprocess.run(command, input="".join(words).encode(), check=True)
    actual = open("file", "rb").read()
    assert len(actual) == len(expected), f"{name}: the size has changed"
    if actual != expected:
        at = next(i for i, (a, b) in enumerate(zip(actual, expected)) if a != b)
        raise SystemExit(f"{name}, {pattern.hex()}: {cases[at // SLOT]} at {at % SLOT}")

def ranges(size):
    return [(o, n) for o in range(size + 1) for n in range(size - o + 1)]

triples = [[rng.choice(ranges(SLOT)) for _ in range(3)] for _ in range(1000)]
for pattern in (b"\xff", b"\0", b"\0\0", b"\xde\xad", b"\0\x01\0", b"abc"):
    check("one range", [[r] for r in ranges(SLOT)], pattern)
    check("two ranges", [list(p) for p in itertools.product(ranges(7), repeat=2)], pattern)
    check("three ranges", triples, pattern)
for _ in range(30):
    check("one run", [[rng.choice(ranges(SLOT)) for _ in range(rng.randrange(1, 4))]],
          rng.randbytes(rng.randrange(1, 4)))
EOF
}

@test "long patterns over ranges of many blocks" {
  python3 - <<'EOF'
import random, subprocess
rng = random.Random(2)
for size, period in ((3_000_000, 1), (3_000_000, 7), (700_001, 4096), (5_000_000, 65536)):
    data, pattern = bytearray(rng.randbytes(size)), rng.randbytes(period)
    open("file", "wb").write(data)
    start, end = 12345, size - 777
    data[start:end] = (pattern * (size // period + 1))[:end - start]
    argument = "--byte=" + pattern.hex()
    if len(argument) < 100000:
        subprocess.run(["iovtool", "fill", argument, f"file@{start}..-777"], check=True)
        assert open("file", "rb").read() == data, (size, period)
EOF
}

# ---- zeros ---------------------------------------------------------------------------------------

@test "zeros in a large sparse file: all its data goes, at once, and its size stays" {
  make_sparse big 1T 0 head 300M middle 1048575M tail
  timeout 20 iovtool fill --byte=00 big@1M+512M
  [[ $(stat -c %s big) == 1099511627776 ]]
  assert_answer 0 '' is-zero -q big@1M+512M
  assert_answer 0 '' compare big@..1M --with str:head zero:1048572
  assert_answer 0 '' compare big@-1M+4 --with str:tail
}

# bats test_tags=plain
@test "zeros are asked of the file system, unless --no-offload" {
  skip_unless_injection
  random_file data 1000000 3
  strace -f -q -e trace=fallocate,pwritev,pwrite64 -o calls iovtool fill --byte=0000 data@1+900000
  grep -qE 'fallocate\(.*, FALLOC_FL_ZERO_RANGE, 1, 900000\)' calls || fail "$(head -n 5 calls)"
  assert_answer 0 '' is-zero data@1+900000
  random_file data 1000000 3
  strace -f -q -e trace=fallocate,pwritev,pwrite64 -o calls iovtool fill --byte=00 --no-offload data@1+900000
  run ! grep -q fallocate calls
  random_file expected 1000000 3
  dd if=/dev/zero of=expected bs=900000 count=1 seek=1 oflag=seek_bytes conv=notrunc status=none
  assert_same_file data expected
}

# zero_with ERROR WHEN WORDS: zeros 3..100003 and 200000..300000 of `data` while those calls of
# fallocate fail, and checks its bytes. WORDS is what of pwritev and fallocate was then seen to work.
zero_with() {
  cp expected data
  strace -f -q -o calls -e trace=fallocate,pwritev -e "inject=fallocate:error=$1:when=$2" \
    iovtool fill --byte=00 data@3+100000 data@200000
  grep -q INJECTED calls
  assert_answer 0 '' compare data --with expected@..3 zero:100000 expected@100003..200000 zero:100000
  [[ $(grep -v INJECTED calls | grep -oE 'ZERO_RANGE|PUNCH_HOLE|pwritev' | xargs) == "$3" ]] ||
    fail "$*" "$(<calls)"
}

# bats test_tags=plain
@test "a file system that cannot zero a range gets holes, and one that cannot do that gets zeros written" {
  skip_unless_injection
  random_file expected 300000 4
  zero_with EINTR 1 'ZERO_RANGE ZERO_RANGE'
  local error
  for error in EOPNOTSUPP ENOSYS EINVAL EPERM ENOSPC; do
    zero_with "$error" 1 'PUNCH_HOLE PUNCH_HOLE'
    zero_with "$error" 1+ 'pwritev pwritev'
    zero_with "$error" 1..2 'pwritev pwritev'
    zero_with "$error" 2 'ZERO_RANGE PUNCH_HOLE'
  done
  # No hole makes a file longer.
  strace -f -q -o calls -e trace=fallocate -e inject=fallocate:error=EOPNOTSUPP:when=1 \
    iovtool copy zero:100K -o data@250000
  run ! grep PUNCH_HOLE calls
  assert_answer 0 '' compare data --with expected@..3 zero:100000 expected@100003..200000 zero:152400
}

@test "on tmpfs zeros in place are holes" {
  on_small_disk <<'EOF'
{ cat ../original; head -c 983000 /dev/zero; } | tr '\0' x >data
iovtool fill --byte=00 data@4K+512K
[[ $(stat -c '%s %b' data) == "983040 896" ]]
iovtool is-zero data@4K+512K
[[ $(iovtool copy data@..4K data@516K | tr -d x | wc -c) == 39 ]]
EOF
}

@test "a block device" {
  truncate -s 1M image
  device=$(losetup -f --show image 2>/dev/null) || skip 'the kernel gives no loop device here'
  assert_answer 0 '' fill --byte=78797a "$device@1000+600000" "$device@-1"
  assert_answer 0 '' fill --byte=00 --fsync "$device@4096+300000"
  assert_complaint "iovtool fill: $device@1M+1: asked for 1 bytes at 1048576, but the file has 1048576" \
    iovtool fill --byte=00 "$device@1M+1"
  assert_answer 0 '' compare "$device" \
    --with zero:1000 fill:78797a+3096 zero:300000 fill:78797a+296904 zero:447575 str:x
  blockdev --flushbufs "$device"
  cmp "$device" image
}

# ---- many ----------------------------------------------------------------------------------------

@test "many ranges, more than one job" {
  python3 - <<'EOF'
import random, subprocess
rng = random.Random(5)
data = bytearray(rng.randbytes(1 << 20))
open("file", "wb").write(data)
words, phase = [], 0
for _ in range(50000):
    at, length = rng.randrange(len(data) - 40), rng.randrange(40)
    words.append(f"file@{at}+{length}\n")
    for i in range(at, at + length):
        data[i] = b"xyz"[phase % 3]
        phase += 1
subprocess.run(["iovtool", "fill", "--byte=78797a", "-T", "-"], input="".join(words).encode(), check=True)
assert open("file", "rb").read() == data
EOF
}

# bats test_tags=plain
@test "many files: the soft limit of descriptors is none, the hard one is told" {
  mkdir files
  for i in {1..100}; do
    cp original "files/$i"
  done
  bash -c 'ulimit -Sn 64; iovtool fill --byte=59 files/[1-4]?'
  [[ $(cat files/[1-4]? | tr -d Y) == '' ]]
  bash -c 'ulimit -Sn 64; iovtool fill --byte=58 files/*'
  [[ $(cat files/* | tr -d X) == '' ]]
  cp original files/1
  run -2 bash -c 'ulimit -n 64; iovtool fill --byte=59 files/* 2>&1'
  [[ $output == 'iovtool fill: files/'+([0-9])': too many open files: fill keeps all it writes to open' ]] ||
    fail "$output"
  [[ $(cat files/* | tr -d X) == "$(<original)" ]]
}

# ---- options -------------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "--explain prints the plan and touches nothing" {
  truncate -s 1M big
  touch -d @1000000000 forty big
  assert_answer 0 'write  3 bytes from segment 0+0 (fill:dead+5) to forty at 1
write  2 bytes from segment 0+3 (fill:dead+5) to forty at 38' fill --byte=dead --explain forty@1+3 forty@-2
  assert_answer 0 'zero   1048576 bytes from segment 0+0 (zero:1048576) to big at 0' fill --byte=00 --explain big
  assert_answer 0 'write  1048576 bytes from segment 0+0 (zero:1048576) to big at 0' \
    fill --byte=00 --explain --no-offload big
  cmp forty original
  [[ $(stat -c %Y forty big) == $'1000000000\n1000000000' ]]
}

# bats test_tags=plain
@test "--fsync: each file once, after all is written" {
  skip_unless_injection
  cp original second
  strace -f -q -y -e trace=pwritev,fsync,fdatasync -o calls \
    iovtool fill --byte=58 --fsync forty@0+1 second@0+1 forty@5+1
  [[ $(grep -oE 'pwritev|fsync' calls | xargs) == 'pwritev pwritev pwritev fsync fsync' ]] || fail "$(<calls)"
  [[ $(grep fsync calls | grep -oE 'forty|second' | sort | xargs) == 'forty second' ]] || fail "$(<calls)"
  strace -f -q -e trace=fsync,fdatasync -o calls iovtool fill --byte=58 forty
  run ! grep -q fsync calls
}

@test "--progress goes to standard error" {
  run -0 --separate-stderr iovtool fill --byte=58 --progress=always forty
  assert_output ''
  [[ $stderr == *'40 bytes of 40 (100 %)'* ]] || fail "$stderr"
}

@test "--allow-short fills what is there" {
  assert_filled forty '0123456789abcdefghijklmnopqrstuvwxyzABXX' --byte=58 --allow-short forty@38+10 forty@50
  assert_filled forty '0123456789abcdefghijklmnopqrstuvwxyzABXX' --byte=58 --allow-short -s 38 -n 10 forty
  [[ $(stat -c %s forty) == 40 ]]
}

# ---- refusals and trouble ------------------------------------------------------------------------

# bats test_tags=valgrind
@test "the byte is missing, empty, or no hex" {
  assert_unfilled '--byte=HEX is missing: what to fill with' forty
  assert_unfilled '--byte takes 1 to 65536 bytes, not 0' --byte= forty
  assert_unfilled "--byte: f: odd number of hex digits (column 1)
  f
  ^" --byte=f forty
  assert_unfilled "--byte: 0xzz: not a hex digit: 'z' (column 3)
  0xzz
    ^" --byte=0xzz forty
  assert_unfilled 'no segment given' --byte=58
}

# bats test_tags=valgrind
@test "what is no range of a file is refused before anything is touched" {
  local rest='only files and block devices named by a path, and exports of servers, are filled'
  mkfifo fifo
  assert_unfilled "hex:0102: $rest" --byte=58 forty hex:0102
  assert_unfilled "hex:6162: $rest" --byte=58 forty str:ab
  assert_unfilled "zero:5: $rest" --byte=58 forty zero:5
  assert_unfilled "fill:6162+5: $rest" --byte=58 forty fill:6162+5
  assert_unfilled "hex:: $rest" --byte=58 forty -n 40 hex:
  assert_unfilled "/dev/null@0: $rest" --byte=58 forty /dev/null
  assert_unfilled "/proc/version@0: $rest" --byte=58 forty /proc/version
  assert_unfilled "-@0: $rest" --byte=58 forty - < <(:)
  assert_unfilled "-@0+40: $rest" --byte=58 forty - <original
  assert_unfilled "fd:7@0+40: $rest" --byte=58 forty fd:7 7<>forty
  assert_unfilled '.: is a directory' --byte=58 forty .
  assert_unfilled 'nosuch: No such file or directory' --byte=58 forty nosuch
}

# bats test_tags=valgrind
@test "a range past the end is refused before anything is touched" {
  assert_unfilled 'forty@39+2: asked for 2 bytes at 39, but the file has 40; --extend lets it grow' --byte=58 forty forty@39+2
  assert_unfilled 'forty@41: starts at byte 41, but the file has 40' --byte=58 forty forty@41
  assert_unfilled 'asked for 10 bytes at 35, but the vector has 40' --byte=58 -s 35 -n 10 forty
}

@test "a file that cannot be written is refused before anything is touched" {
  cp "$(command -v sleep)" busy
  ./busy 20 &
  until [[ $(readlink "/proc/$!/exe") == "$PWD/busy" ]]; do sleep 0.01; done
  cp busy before
  assert_unfilled 'busy: Text file busy' --byte=58 forty busy@0+4
  kill $!
  cmp busy before
}

@test "a failing write: exit 2, what failed where, and how much was done" {
  random_file data 65536 6
  cp data before
  run -2 bash -c 'ulimit -f 8; trap "" XFSZ; iovtool fill --byte=ff data@4K+8K 2>&1'
  assert_output 'iovtool fill: data: cannot write at 8192: File too large (4096 bytes were written before)'
  [[ $(stat -c %s data) == 65536 ]]
  assert_answer 0 '' compare data --with before@..4K fill:ff+4K before@8K
}

# bats test_tags=plain
@test "a failing fsync is told" {
  skip_unless_injection
  run -2 strace -f -q -o /dev/null -e trace=fsync -e inject=fsync:error=EIO iovtool fill --byte=58 --fsync forty
  assert_output 'iovtool fill: forty: Input/output error'
}

@test "a full disk for --explain: exit 2" {
  run -2 bash -c 'iovtool fill --byte=58 --explain forty 2>&1 >/dev/full'
  assert_output 'iovtool fill: cannot write standard output: No space left on device'
}

# ---- the words about the command -----------------------------------------------------------------

@test "--help fits 80 columns, and its examples run" {
  iovtool fill --help >help
  run ! grep -E '.{81}' help
  random_file disk.img 2097152 7
  random_file rom.bin 65536 8
  printf 'rom.bin@5+9\nforty@3+2\n' >ranges.list
  sed -n '/^Examples:$/,$s/^  //p' help >examples
  (($(wc -l <examples) >= 3))
  while IFS= read -r example; do
    run -0 bash -c "$example"
  done <examples
}
