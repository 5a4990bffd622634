#!/usr/bin/env bats
# `iovtool patch`: what it writes, what it refuses, and the way back.

load lib/common

setup() {
  enter_scratch
  printf '0123456789abcdefghijklmnopqrstuvwxyz' >a
  cp a f
}

# patched STATUS TEXT ARGUMENT...: `iovtool patch ARGUMENT...` says this on standard error.
patched() {
  run --separate-stderr iovtool patch "${@:3}"
  [[ $status == "$1" ]] || fail "exit status $status, not $1" "$stderr"
  [[ -z $output ]] || fail "$output"
  [[ $stderr == "${2:+iovtool patch: }$2" ]] || fail "--- expected: $2" "$stderr"
}

# assert_text FILE TEXT
assert_text() {
  [[ $(<"$1") == "$2" ]] || fail "--- expected: $2" "$(<"$1")"
}

# bats test_tags=valgrind
@test "a patch of compare: there, done already, and back" {
  printf '01X3456789abcdefghijklmnopqrstuvwxYZ..' >b
  iovtool compare --patch a b >p || (($? == 1))
  patched 0 'f: patched 5 bytes in 3 places' -v f p
  assert_same_file f b
  patched 0 'f: has all bytes of the patch already' f p
  patched 0 '' -q f p
  patched 0 '' --reverse f p
  assert_same_file f a
  patched 0 'f: has all bytes of the patch already' -R f p
  patched 0 '' f - <p
  patched 0 '' -R f <p
  assert_same_file f a
}

# bats test_tags=valgrind
@test "every look of a dump with offsets, in any order, with gaps and short rows" {
  while IFS='|' read -r rows; do
    cp a f
    printf '%b' "$rows" >p
    patched 0 '' f p
    assert_text f '0123XY6789abcdefghijklmnopqrstuvwxZz'
  done <<'TABLE'
0000: 3031 3233 5859\n0022: 5a\n
0022: 5a\n0004: 58 59\n
00000004: 5859                                     XY\n00000022: 5a                                       Z\n
00000004  58 59                                             |XY|\n00000022  5a  |Z|\n
000004 58 59\n000022 5a\n
00000004: 01011000 01011001                    XY\n00000022: 01011010\n
        0x0004:  5859\n        0x0022:  5a\n
000004 58 59  >XY<\n000022 5a     >Z<\n
# two places\n0004: 58\n\n0005: 59\r\n0022: 5a
@@ 0x4 2\n-34 35\n+58 59\n@@ 34 1\n-79\n+5a\n
@@ 0x22 1\n-79\n+5A\n# then\n@@ 4 2\n-3435\n+58\n+59
TABLE
}

@test "several patches are one; what they have in common must agree" {
  printf '0000: 41 42 43\n' >p
  printf '@@ 0x2 2\n-32 33\n+43 44\n' >q
  patched 0 '' f p q
  assert_text f 'ABCD456789abcdefghijklmnopqrstuvwxyz'
  cp a f
  patched 1 'f: at 0x2 (2) the patch has two bytes: 43 and 58' f p - < <(printf '0001: 42 58\n')
  printf '@@ 0x2 2\n-32 39\n+43 44\n' >r
  patched 1 'f: at 0x3 (3) the patch has two old bytes: 33 and 39' f q p r
  printf '0000: 41\n0002: 43 45\n0003: 46\n0001: 42 42\n' >s
  patched 1 'f: at 0x2 (2) the patch has two bytes: 42 and 43' f s
  assert_same_file f a
}

@test "what does not fit: exit status 1, the first offset and both bytes, and nothing is touched" {
  while IFS='|' read -r message options rows; do
    printf '%b' "$rows" >p
    # shellcheck disable=SC2086
    patched 1 "f: $message" $options f p
    assert_same_file f a
    # shellcheck disable=SC2086
    patched 1 "f: $message" --atomic $options f p
    assert_same_file f a
  done <<'TABLE'
at 0x4 (4) the patch expects 35, but the file has 34||@@ 0x0 1\n-30\n+41\n@@ 0x4 1\n-35\n+42\n@@ 0x9 1\n-00\n+42\n
at 0x0 (0) the patch expects 41, but the file has 30|-R|@@ 0x0 1\n-31\n+41\n
at 0x1 (1) the patch expects 41, but the file has 31, which is what the patch makes of it||@@ 0x0 2\n-3041\n+4131\n
at 0x24 (36) the patch has 41, but the file has only 36 bytes; --extend lets it grow||0022: 41 41 41\n
at 0x24 (36) the patch expects 01, but the file ends before|--extend|@@ 0x23 2\n-7a01\n+4141\n
the patch is for a file of 35 bytes, but it has 36||--- a 35\n+++ b 35\n@@ 0x0 1\n-30\n+41\n
the patch is for a file of 35 bytes, but it has 36||@@ 0x23 0 1\n+41\n
the patch is for a file of 37 bytes, but it has 36||@@ 0x23 2 0\n-7a41\n
at 0x22 (34) the patch expects 41, but the file has 79||@@ 0x22 2 0\n-417a\n
at 0x10 (16) the patch expects 30, but the file has 67|--at=16|@@ 0x0 1\n-30\n+41\n
TABLE
}

@test "--check only looks" {
  printf '0001: 41\n' >p
  patched 0 'f: the patch fits: 1 byte in 1 place' -v --check f p
  patched 1 '' -q --check f < <(printf '@@ 0x0 1\n-31\n+41\n')
  assert_same_file f a
  for option in -ox --undo-file=x --atomic --fsync; do
    patched 2 '--check writes nothing: it excludes --output, --undo-file, --atomic and --fsync' --check $option f p
  done
}

@test "--at moves all offsets, but not out of the file" {
  patched 0 '' --at=0x10 f < <(printf '0001: 41\n')
  patched 0 '' --at=-0x10 f < <(printf '0010: 42\n')
  assert_text f 'B123456789abcdefgAijklmnopqrstuvwxyz'
  patched 2 '--at=-2: the patch has bytes at 0x1, which would move before the start of any file' \
    --at=-2 f < <(printf '0001: 41\n')
  patched 2 '--at=1: the patch has bytes at 0x7ffffffffffffffe, which would move behind the end of any file' \
    --at=1 f < <(printf '7ffffffffffffffe: 41\n')
  patched 2 'the patch has bytes at 0xffffffffffffffff, where no file has any' f < <(printf 'ffffffffffffffff: 41\n')
}

@test "--extend: the file grows, or is made" {
  patched 0 '' --extend --undo-file=back f < <(printf '0023: 41 42\n')
  assert_text f '0123456789abcdefghijklmnopqrstuvwxyAB'
  patched 0 '' f back
  assert_same_file f a
  patched 0 '' --extend f < <(printf '0026: 41\n')
  printf '%s\0\0A' "$(<a)" | cmp - f
  patched 0 '' --extend new < <(printf '0002: 41\n')
  printf '\0\0A' | cmp - new
  patched 2 '--undo-file: the file grows by 5 bytes, of which the patch gives only 1' \
    --extend --undo-file=other new < <(printf '0007: 41\n')
  patched 2 'missing: No such file or directory' missing < <(printf '0007: 41\n')
}

@test "-o leaves the file alone" {
  printf '0001: 41\n' >p
  patched 0 '' -o new f p
  assert_text new '0A23456789abcdefghijklmnopqrstuvwxyz'
  run -0 bash -c 'iovtool patch -o - new p 2>said'
  assert_output '0A23456789abcdefghijklmnopqrstuvwxyz'
  assert_text said 'iovtool patch: new: has all bytes of the patch already'
  patched 0 '' -o new@30 f p
  assert_text new '0A23456789abcdefghijklmnopqrst0A23456789abcdefghijklmnopqrstuvwxyz'
  assert_same_file f a
}

@test "--atomic replaces the file, in place keeps it" {
  chmod 640 f
  ln f other
  printf '0001: 41\n' | iovtool patch f
  cmp f other
  printf '0001: 42\n' | iovtool patch --atomic --fsync f
  assert_text other '0A23456789abcdefghijklmnopqrstuvwxyz'
  assert_text f '0B23456789abcdefghijklmnopqrstuvwxyz'
  [[ $(stat -c %a f) == 640 ]]
}

@test "--undo-file is for its owner, and never replaces a file" {
  umask 022
  patched 0 '' --undo-file=back f < <(printf '0001: 41\n')
  [[ $(stat -c %a back) == 600 ]]
  assert_text back $'--- f 36\n+++ f 36\n@@ undo\n@@ 0x1 1\n-41\n+31'
  cp f now
  patched 2 'back: File exists' --undo-file=back f < <(printf '0001: 42\n')
  assert_same_file f now
  patched 0 '' f back
  assert_same_file f a
}

@test "a run that is killed halfway can be taken back" {
  skip_unless_injection
  head -c 4096 /dev/zero >f
  cp f zeros
  for ((i = 0; i < 4096; i += 64)); do
    printf '%x: %02x\n' "$i" $((i / 64 + 1))
  done >p
  echo '1000: ff ff' >>p
  for when in 2 3 30 65; do # the first one is of the undo file
    rm -f back
    ! strace -q -o calls -e trace=pwrite64,pwritev,write -e inject=pwrite64,pwritev:signal=KILL:when=$when \
      iovtool patch --extend --undo-file=back f p || fail 'it was not killed'
    iovtool patch -q f back
    assert_same_file f zeros
  done
}

@test "an error while writing: how many bytes are new, and the way back" {
  skip_unless_injection
  printf '0001: 41\n0005: 42\n' >p
  run --separate-stderr with_error pwrite64,pwritev ENOSPC 3 patch --undo-file=back f p
  assert_error_line 2 'f: cannot write at 5: No space left on device (1 bytes were written before)'
  patched 0 '' f back
  assert_same_file f a
}

@test "what is no FILE, and what is no PATCH" {
  printf '0001: 41\n' >p
  mkfifo pipe
  patched 2 'no FILE given'
  patched 2 '-: FILE has to be named by its path' - p
  patched 2 'f@4: a whole file is patched, no range; --at=N moves the offsets of the patch' f@4 p
  patched 2 '.: is a directory' . p
  patched 2 'pipe: is neither a regular file nor a block device' pipe p
  patched 2 '/dev/null: is neither a regular file nor a block device' /dev/null p
  patched 2 '--reverse: the patch does not say what was there before; only one of compare --patch or --undo-file does' -R f p
  patched 2 'none: No such file or directory' f none
  patched 0 'f: the patch is empty' f /dev/null
  patched 0 'f: the patch is empty' f < <(printf '# nothing\n\n')
}

@test "a misspelt patch: the line, the column, and what was expected" {
  while IFS='|' read -r message text; do
    printf '%b' "$text" >p
    patched 2 "patch 'p', line $message" f p
  done <<'TABLE'
1, column 7: expected a blank, found the end of the line|@@ 0x1
1, column 8: a hunk has at least one byte|@@ 0x1 0\n
2, column 2: expected a hex digit, found 'z'|@@ 0x1 1\n-z1
2, column 5: this is more than the hunk's line "@@" announces|@@ 0x1 1\n-31 32\n+33\n
2, column 1: expected a row that starts with '-': 1 bytes of this hunk are missing|@@ 0x1 1\n+33
3, column 1: the text ends, but 1 bytes are missing that start with '+'|@@ 0x1 1\n-31\n
4, column 1: this row is more than the hunk's line "@@" announces|@@ 0x1 1\n-31\n+32\n+33
2, column 1: expected a line that starts with "@@ ", found 'h'|--- a 36\nhello
3, column 1: only hunks at the end have two lengths, and these go on from each other|@@ 0x1 0 1\n+31\n@@ 0x5 0 1\n+31\n
3, column 7: another patch is for a file of another size|--- a 36\n+++ b 36\n--- a 37\n
TABLE
}

# bats test_tags=plain
@test "memory is in proportion to the rows, not to the file" {
  truncate -s 3G large
  python3 -c 'for i in range(100000): print("%08x: %02x %02x" % (i * 30000, i & 255, 1))' >p
  run -0 python3 -c 'import resource, subprocess
subprocess.run(["iovtool", "patch", "large", "p"], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 64 * 1024)'
  assert_output True
}

@test "rows of xxd: what xxd -r makes of them" {
  random_file noise 5000 3
  random_file target 6000 4
  cp target peer
  xxd noise | shuf --random-source=noise >rows
  xxd -r rows peer
  iovtool patch target rows
  assert_same_file target peer
}

@test "a dump whose offsets go on in decimal, and not in hex, is refused" {
  random_file whole 200 9
  cp whole f
  while IFS='|' read -r command looks; do
    # shellcheck disable=SC2086 # a command
    $command whole >p
    patched 2 "patch 'p', line 1, column 1: this could be $looks; --look=LOOK names the look" f p
    assert_same_file f whole
  done <<'TABLE'
xxd -d|xxd, or have decimal offsets (xxd -d)
xxd -d -s 32|xxd, or have decimal offsets (xxd -d)
xxd -d -c 4 -l 16|xxd, or have decimal offsets (xxd -d)
xxd -b -d|xxd-b, or have decimal offsets (xxd -d)
iovtool hexdump --offset-base=dec|canonical, or have decimal offsets (xxd -d)
od -A d -t x1z|od-x or od-d
TABLE
  for command in 'xxd' 'xxd -s 16 -l 16' 'xxd -c 4 -l 12' 'xxd -b' 'hexdump -C' 'od -A x -t x1'; do
    # shellcheck disable=SC2086 # a command
    $command whole >p
    patched 0 'f: has all bytes of the patch already' f p
  done
  xxd -d -l 32 whole >p
  patched 0 '' -q --look=xxd f p # as it is named
  cmp <(iovtool copy f@0x16+16) <(iovtool copy whole@16+16)
}

@test "Intel HEX and S-records: what srec_cat and objcopy make of them" {
  random_file noise 300 5
  random_file target 70000 6
  srec_cat noise -binary -exclude 20 40 -offset 0x10000 -o gap.hex -intel
  srec_cat noise -binary -exclude 20 40 -offset 0x10000 -o gap.srec -motorola
  srec_cat target -binary -exclude 0x10000 0x10014 -exclude 0x10028 0x1012c noise -binary \
    -exclude 20 40 -offset 0x10000 -o expected -binary
  objcopy -I binary -O ihex noise whole.hex
  objcopy -I binary -O srec noise whole.srec
  { cat noise && tail -c +301 target; } >whole
  for text in gap.hex gap.srec; do
    iovtool patch -o got target "$text"
    assert_same_file got expected
    iovtool patch --at=-0x10000 -o got target "$text"
    cmp -n 20 got noise
  done
  iovtool patch --look=ihex -o got target whole.hex
  assert_same_file got whole
  iovtool patch --look=srec -o got target whole.srec
  assert_same_file got whole
}

@test "--look names the look, and only those with offsets" {
  patched 2 "patch '-', line 1, column 5: expected a colon and a blank after the offset, found ' '" \
    --look=xxd f < <(printf '0004 58\n')
  patched 2 "patch '-', line 1, column 1: expected a row that starts with an offset, found 'h'" \
    f < <(printf 'hello\n')
  for look in canonical xxd xxd-b od-x od-d od-o ihex srec; do
    run -2 iovtool patch --look=$look f < <(printf 'hello\n')
  done
  run -2 --separate-stderr iovtool patch --look=plain f <<<3031
  assert_error_line 2 plain
}

@test "random pairs: compare --patch makes B of A, in reverse A of B, and undo as well" {
  run -0 python3 - <<'PYTHON'
import os, random, subprocess

def run(*words, ok=(0,)):
    done = subprocess.run(["iovtool", *words], stdout=-1, stderr=-1)
    assert done.returncode in ok, (words, done)
    return done.stdout

def write(name, data):
    with open(name, "wb") as file:
        file.write(data)

def read(name):
    with open(name, "rb") as file:
        return file.read()

rng = random.Random(7)
for turn in range(40):
    a = rng.randbytes(rng.choice([0, 1, 15, 16, 17, 1000, 70000]))
    b = bytearray(a)
    for _ in range(rng.randrange(20) if b else 0):
        at = rng.randrange(len(b))
        end = min(len(b), at + rng.choice([1, 3, 9, 2000]))
        b[at:end] = rng.randbytes(end - at)
    change = rng.randrange(3)
    if change == 1:
        b += rng.randbytes(rng.choice([1, 20, 70000]))
    elif change == 2 and b:
        del b[rng.randrange(len(b)):]
    write("a", a)
    write("b", b)
    write("f", a)
    write("p", run("compare", "--patch", "a", "b", ok=(0, 1)))
    way = rng.choice([[], ["--atomic"], ["--undo-file=u"]])
    if os.path.exists("u"):
        os.remove("u")
    run("patch", *way, "f", "p")
    assert read("f") == b, (turn, way)
    if os.path.exists("u"):
        run("patch", "f", "u")
    else:
        run("patch", "-R", *way, "f", "p")
    assert read("f") == a, (turn, way)
    run("patch", "-o", "out", "a", "p")
    assert read("out") == b and read("a") == a, turn
PYTHON
}

@test "a patch that is standard input twice is refused, whatever its names" {
  echo '00000000: 41' >p
  patched 2 '-: cannot be read twice' f - - <p
  patched 2 '/dev/stdin: cannot be read twice' f - p /dev/stdin <p
  patched 2 '/dev/fd/7: cannot be read twice' f /proc/self/fd/7 /dev/fd/7 7<p
  assert_same_file f a
}
