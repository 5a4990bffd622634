#!/usr/bin/env bats
# Trouble and extremes: transfers that are short or interrupted, files that change under the dump,
# more files than descriptors, offsets of TiB, millions of segments, and flat memory.

load lib/common
load lib/hexdump

setup_file() {
  export SHIM=$BATS_FILE_TMPDIR/shim.so
  build_shim shim
}

# ---- unwilling transfers (lib/shim.c) ------------------------------------------------------------

# shimmed VARIABLE=VALUE... -- ARGUMENT...: `iovtool hexdump` under the shim. Fails when there was
# nothing that the shim could have spoilt.
shimmed() {
  local variables=()
  while [[ $1 != -- ]]; do
    variables+=("SHIM_$1")
    shift
  done
  rm -f shim.log
  env "${variables[@]}" SHIM_LOG="$PWD/shim.log" LD_PRELOAD="$SHIM" iovtool hexdump "${@:2}"
  local status=$? calls spoilt
  read -r calls spoilt <shim.log
  [[ $spoilt == *[1-9]* ]] || fail "${variables[*]}: none of $calls calls was spoilt"
  return "$status"
}

@test "short and interrupted transfers: the same dump, of files, pipes, literals and all looks" {
  needs_preload
  random_file data 100000 1
  printf '%s\n' data@..70000 zero:5 data@70000+3 hex:c0ffee data@-5 >list
  iovtool hexdump -f xxd data >dump
  while IFS='|' read -r input arguments; do
    # shellcheck disable=SC2086
    iovtool hexdump $arguments <"$input" >expected
    for variables in 'MOST=4093 EINTR=2' 'MOST=70000 EINTR=3' 'MOST=1021 EINTR=7'; do
      # shellcheck disable=SC2086
      shimmed $variables -- $arguments <"$input" >actual
      assert_same_text actual expected "file: $variables -- $arguments"
      # shellcheck disable=SC2086
      shimmed $variables -- $arguments < <(cat "$input") >actual
      assert_same_text actual expected "pipe: $variables -- $arguments"
    done
  done <<'EOF'
/dev/null|data
/dev/null|--no-map data
/dev/null|-f plain --no-map data@1..-3 data@0+10 data@50000
/dev/null|-T list
list|-T -
data|-
data|-f json -@3
data|-f c -@-70001
data|-f xxd -@..-333
data|-f qemu -s 10 -n 60000 -
/dev/null|dump:dump
dump|dump:-
EOF
}

@test "transfers of one byte at a time, every second call interrupted" {
  needs_preload
  random_file data 2000 2
  hexdump -C data >expected
  for arguments in '--no-map data' - -T\ list dump:dump; do
    echo data >list
    xxd data >dump
    # shellcheck disable=SC2086
    shimmed MOST=1 EINTR=2 -- $arguments < <(cat data) >actual
    assert_same_text actual expected "$arguments"
  done
}

# make_random_pieces: data, 3,000 small segments of it in list, and their dump in expected.
make_random_pieces() {
  python3 - <<'EOF'
import os, random, subprocess
rng = random.Random(11)
data = rng.randbytes(8 << 20)
with open("data", "wb") as f:
    f.write(data)
    f.flush()
    os.fsync(f.fileno())
    os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
pieces = [(rng.randrange(8300000), rng.choice((0, 1, 16, 500, 5000))) for _ in range(3000)]
with open("list", "w") as f:
    f.writelines(f"data@{at}+{length}\n" for at, length in pieces)
with open("expected", "w") as f:
    f.write(b"".join(data[at:at + length] for at, length in pieces).hex() + "\n")
EOF
}

@test "small pieces of a file that is not in the cache, or only in part" {
  needs_preload
  make_random_pieces
  iovtool hexdump -f plain -w 0 --no-map -T list >actual
  assert_same_text actual expected
  iovtool hexdump -f plain -w 0 -T list >actual
  assert_same_text actual expected
  for variables in 'EAGAIN=1' 'EAGAIN=2 MOST=400' 'EAGAIN=3 EINTR=2'; do
    # shellcheck disable=SC2086
    shimmed $variables -- -f plain -w 0 --no-map -T list >actual
    assert_same_text actual expected "$variables"
    # shellcheck disable=SC2086
    shimmed $variables -- -f plain -w 0 -T list >actual
    assert_same_text actual expected "$variables"
  done
}

@test "input and output that do not block, and say so now and then" {
  needs_preload
  random_file data 30000 3
  hexdump -C data >expected
  echo "data@0" >list
  export SHIM
  for words in - '-T -'; do
    timeout 30 python3 - "$words" >actual <<'EOF'
import os, subprocess, sys, threading
words = sys.argv[1].split()
text = open("list" if "-T" in words else "data", "rb").read()
ends = os.pipe(), os.pipe()
for end in ends[0] + ends[1]:
    os.set_blocking(end, False)
environment = dict(os.environ, LD_PRELOAD=os.environ["SHIM"], SHIM_EAGAIN="2", SHIM_MOST="999",
                   SHIM_LOG="shim.log")
process = subprocess.Popen(["iovtool", "hexdump", *words], stdin=ends[0][0], stdout=ends[1][1],
                           env=environment)
os.close(ends[0][0])
os.close(ends[1][1])
os.set_blocking(ends[0][1], True)
os.set_blocking(ends[1][0], True)
def feed():
    with open(ends[0][1], "wb") as file:
        file.write(text)
threading.Thread(target=feed).start()
with open(ends[1][0], "rb") as file:
    sys.stdout.buffer.write(file.read())
sys.exit(process.wait())
EOF
    assert_same_text actual expected "$words"
    read -r _ _ _ postponed _ <shim.log
    ((postponed > 0))
    rm shim.log
  done
}

@test "a read that fails: the segment and the cause, and no byte that was not read" {
  needs_preload
  random_file data 1000000 4
  hexdump -C data >full
  yes data@0+1 | head -n 40000 >list
  while IFS='|' read -r failure message arguments; do
    status=0
    # shellcheck disable=SC2086
    shimmed "FAIL=$failure" -- $arguments < <(cat data) >dump 2>err || status=$?
    ((status == 2)) || fail "$failure -- $arguments: exit status $status"
    # shellcheck disable=SC2053 # where a read of a stream ends is up to the kernel
    [[ $(<err) == "iovtool hexdump: "$message ]] || fail "$(<err)" "not: $message"
    cmp -n "$(stat -c %s dump)" dump full
  done <<'EOF'
pread:1:5|data@0+1000000: cannot read at 0: Input/output error|--no-map data
pread:3:5|data@0+1000000: cannot read at 524288: Input/output error|--no-map data
pread:2:116|data@20+5: cannot read at 20: Stale file handle|--no-map data@..20 zero:0 data@20+5
read:1:5|-@0: cannot read at 0: Input/output error|-
read:3:5|-@0: cannot read at *: Input/output error|-
read:2:5|-@-100+100: cannot read at *: Input/output error|-@-100
read:2:5|-@0..-100: cannot read at *: Input/output error|-@..-100
read:1:5|list: cannot read at 0: Input/output error|-T list
read:2:5|list: cannot read at 262144: Input/output error|-T list
read:2:5|data: cannot read at 262144: Input/output error|dump:data
EOF
}

@test "a write that fails: the cause, after what was written before" {
  needs_preload
  random_file data 1000000 5
  hexdump -C data >full
  for failure in 1:28:'No space left on device' 2:28:'No space left on device' 4:5:'Input/output error' \
    3:122:'Disk quota exceeded'; do
    status=0
    shimmed "FAIL=write:${failure%:*}" -- data >dump 2>err || status=$?
    ((status == 2)) || fail "$failure: exit status $status"
    [[ $(<err) == "iovtool hexdump: cannot write standard output: ${failure##*:}" ]] || fail "$(<err)"
    cmp -n "$(stat -c %s dump)" dump full
  done
}

# ---- files that change ---------------------------------------------------------------------------

# dump_while_shrinking KEPT ARGUMENT...: cuts data to KEPT bytes while iovtool waits for a reader of
# its output, reads the rest, and prints the complaint. Fails unless that is about shrinking, the
# status is 2, and what was dumped is the start of a dump of what data was.
dump_while_shrinking() {
  timeout 60 python3 - "$@" <<'EOF'
import os, subprocess, sys
kept, arguments = int(sys.argv[1]), sys.argv[2:]
full = subprocess.run(["iovtool", "hexdump", *arguments], stdin=open("data"), capture_output=True)
assert full.returncode == 0, full.stderr
process = subprocess.Popen(["iovtool", "hexdump", *arguments], stdin=open("data"),
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
text = os.read(process.stdout.fileno(), 1000)
os.truncate("data", kept)
rest, words = process.communicate()
text += rest
sys.stdout.write(words.decode())
assert process.returncode == 2 and b": the file shrank while it was read" in words, (process.returncode, len(text), len(full.stdout))
assert len(text) < len(full.stdout)
assert text == full.stdout[:len(text)], "bytes that the file never had"
EOF
}

# assert_shrank KEPT ARGUMENTS: of a copy of master.
assert_shrank() {
  cp master data
  # shellcheck disable=SC2086
  dump_while_shrinking "$1" $2 >complaint || fail "$1 bytes of $2" "$(<complaint)"
}

# The text of 3 MB is more than a pipe of 1 MiB holds, which is as much as iovtool asks for.
@test "a file that shrinks under the dump: exit 2, and no byte it never had" {
  needs_bus_address
  random_file master 3000000 6
  for arguments in data '--no-map data' -; do
    assert_shrank 0 "$arguments"
    assert_shrank 2000000 "$arguments"
  done
  for arguments in '-f json data' '--color=always data' '-f plain -w 0 data'; do
    assert_shrank 2000000 "$arguments"
  done
}

@test "a file that shrinks under a C array" {
  needs_bus_address
  random_file master 3000000 6
  assert_shrank 2000000 '-f c --no-map data'
  assert_shrank 2000000 '-f c data'
}

@test "a file that shrinks inside its last page" {
  needs_bus_address
  random_file master 3000000 7
  for arguments in '--no-map data' data -; do
    assert_shrank 2999999 "$arguments"
  done
}

@test "a file that shrinks under many small segments says which one is gone" {
  needs_bus_address
  random_file data 3000000 8
  words=()
  for at in {0..2975000..25000}; do
    words+=("data@$at+25000")
  done
  run -0 dump_while_shrinking 2000010 "${words[@]}"
  assert_output 'iovtool hexdump: data@2000000+25000: the file shrank while it was read: asked for 25000 bytes at 2000000, but it now ends at 2000010'
}

# So many small pieces of one file are not read one by one.
@test "a file that shrinks under a great many tiny segments" {
  needs_bus_address
  random_file master 3000000 6
  seq 0 50 2999950 | sed 's/.*/data@&+50/' >list
  for kept in 0 2000010 2999999; do
    assert_shrank "$kept" '-T list'
    assert_shrank "$kept" '--no-map -T list'
  done
}

@test "a file that grows is dumped as long as it was" {
  random_file data 3000000 9
  hexdump -C data >expected
  iovtool hexdump data | { head -c 10; printf more >>data; cat; } >actual
  assert_same_text actual expected
}

# ---- more files than descriptors -----------------------------------------------------------------

make_many_files() {
  mkdir many
  python3 -c 'for i in range(1000): open(f"many/{i}", "w").write(f"{i:08}{i:08}")'
}

@test "1,000 files with 32 descriptors, each twice and in turn" {
  make_many_files
  printf 'many/%s@..8\n' {0..999} >list
  printf 'many/%s@8\n' {999..0} >>list
  { printf '%08d' {0..999}; printf '%08d' {999..0}; } | hexdump -C >expected
  bash -c 'ulimit -n 32; iovtool hexdump -T list' >actual
  assert_same_text actual expected
  bash -c 'ulimit -n 32; xargs iovtool hexdump --no-map' <list >actual
  assert_same_text actual expected
}

@test "few descriptors do not harm those that cannot be opened again" {
  make_many_files
  { printf 'abcd'; printf '%08d' {0..999}; printf 'efgh'; } | hexdump -C >expected
  printf 'many/%s@..8\n' {0..999} >list
  bash -c 'ulimit -n 32; iovtool hexdump -@..4 -T list -@4+4' < <(printf abcdefgh) >actual
  assert_same_text actual expected
}

# With few descriptors: change the files when all of them were looked at and none was read.
change_files() {
  timeout 60 bash -c 'ulimit -n 32; exec python3 - "$@"' - "$@" <<'EOF'
import os, subprocess, sys
words = [f"many/{i}" for i in range(100)]
process = subprocess.Popen(["iovtool", "hexdump", "-f", "plain", "-w", "16", "-"] + words,
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
process.stdin.write(b"0123456789abcdef")
process.stdin.flush()
assert process.stdout.readline() == b"0123456789abcdef".hex().encode() + b"\n"
exec(sys.argv[1])
text, words = process.communicate()
sys.stdout.write(words.decode())
sys.exit(process.returncode)
EOF
}

@test "a file that was replaced before it is opened again is not taken for the old one" {
  make_many_files
  run -2 change_files 'os.rename("many/500", "many/3")'
  assert_output 'iovtool hexdump: many/3: was replaced by another file during the run'
}

@test "a file that is gone when it is opened again" {
  make_many_files
  run -2 change_files 'os.unlink("many/3")'
  assert_output 'iovtool hexdump: many/3: No such file or directory'
}

@test "a file that shrank before it is opened again" {
  make_many_files
  run -2 change_files 'os.truncate("many/3", 5)'
  assert_output 'iovtool hexdump: many/3@0+16: the file shrank while it was read: asked for 16 bytes at 0, but it now ends at 5'
}

@test "many files that cannot be closed are refused when descriptors run out" {
  mkdir fifos
  for i in {1..60}; do
    mkfifo "fifos/$i"
    # shellcheck disable=SC2034
    exec {holder}<>"fifos/$i"
  done
  run bash -c 'for fd in /proc/$$/fd/*; do fd=${fd##*/}; ((fd < 10)) || eval "exec $fd<&-"; done
    ulimit -n 32; timeout 20 iovtool hexdump fifos/*'
  ((status == 2)) || fail "exit status $status" "$output"
  [[ $output == 'iovtool hexdump: fifos/'*': Too many open files' ]] || fail "$output"
}

# scattered LIMIT COMMAND...: runs it with 1,100 more arguments, each -o with 2 bytes of the file
# `target`, from the last to the first, and so many descriptors.
scattered() {
  python3 -c 'import resource, subprocess, sys
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
outputs = [word for i in reversed(range(1100)) for word in ("-o", "target@%d+2" % (2 * i))]
sys.exit(subprocess.run([*sys.argv[2:], *outputs]).returncode)' "$@"
}

# bats test_tags=plain
@test "more ranges of one file as destinations than descriptors" {
  python3 -c 'for i in reversed(range(1100)): print("%02x%02x" % (i % 256, i // 256), end="")' |
    xxd -r -p >data
  python3 -c 'for i in range(1100): print("%02x%02x" % (i % 256, i // 256), end="")' |
    xxd -r -p >expected
  head -c 2200 /dev/zero >target
  scattered 32 iovtool copy data
  assert_same_file target expected
  head -c 2200 /dev/zero >target
  scattered 32 iovtool copy --fsync data
  assert_same_file target expected
  head -c 2200 /dev/zero >target
  iovtool send --retry=100 --retry-delay=0.1 unix:socket data 3>&- &
  local sender=$! # a bare wait would wait for bats as well
  scattered 32 iovtool recv --listen unix:socket
  wait "$sender"
  assert_same_file target expected
}

# bats test_tags=plain
@test "more files as destinations than the soft limit of descriptors" {
  mkdir files
  local outputs=()
  for i in {10..99}; do
    printf -- -- >"files/$i"
    outputs+=(-o "files/$i@0+2")
  done
  printf %s {10..99} >data
  (ulimit -Sn 32; timeout 20 iovtool copy data "${outputs[@]}")
  for i in {10..99}; do
    [[ $(<"files/$i") == "$i" ]] || fail "files/$i" "$(<"files/$i")"
  done
}

# ---- numbers of segments -------------------------------------------------------------------------

@test "as many segments as a system call takes, one more and one less" {
  for count in 1 1023 1024 1025 2049; do
    for word in hex:4142 str:ab@1 fill:4142+2; do
      seq "$count" | sed "s/.*/$word/" >list
      byte=$(iovtool hexdump -f plain "$word")
      [[ $(iovtool hexdump -f plain -w 0 -T list) == "$(printf "$byte%.0s" $(seq "$count"))" ]] ||
        fail "$count of $word"
    done
  done
}

# peak_memory FILE COMMAND...: prints how many KiB it took, writes to FILE what it printed. Not below
# what python takes itself.
peak_memory() {
  python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[2:], stdout=open(sys.argv[1], "w"), check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
}

# bats test_tags=plain
@test "a list of a million segments: their bytes in order, in less than 100 MB" {
  python3 - <<'EOF'
import random
data = random.Random(9).randbytes(65536)
open("data", "wb").write(data)
pieces = [(i * 7919 % 65521, i % 4) for i in range(1000000)]
with open("list", "w") as file:
    file.writelines([f"data@{at}+{length}\n" for at, length in pieces])
with open("expected", "w") as file:
    file.write(b"".join([data[at:at + length] for at, length in pieces]).hex() + "\n")
EOF
  peak=$(peak_memory actual iovtool hexdump -f plain -w 0 -T list)
  assert_same_text actual expected
  ((peak < 100000)) || fail "$peak KiB"
}

@test "so many pieces that they want every page: the same bytes, cached or not, mapped or read" {
  python3 - <<'EOF'
import random
random.seed(10)
data = random.randbytes(4 << 20)
open("data", "wb").write(data)
places = [random.randrange(len(data) - 64) for _ in range(20000)]
with open("list", "w") as file:
    file.writelines([f"data@{at}+64\n" for at in places])
with open("expected", "wb") as file:
    file.write(b"".join([data[at:at + 64] for at in places]))
EOF
  sync data
  for options in '' --no-map; do
    dd if=data iflag=nocache count=0 status=none # out of the cache, where that is possible
    for _ in cold warm; do
      # shellcheck disable=SC2086
      iovtool copy $options -T list >actual
      cmp actual expected
    done
  done
}

# ---- flat memory ---------------------------------------------------------------------------------

# bats test_tags=plain
@test "memory does not grow with the bytes: 512 MiB in less than 32 MB" {
  random_file data 16777216 10
  words=()
  for _ in {1..32}; do words+=(data); done
  for arguments in '' --no-map; do
    # shellcheck disable=SC2086
    peak=$(peak_memory /dev/null iovtool hexdump $arguments "${words[@]}")
    ((peak < 32000)) || fail "$arguments: $peak KiB"
  done
  peak=$(peak_memory /dev/null iovtool hexdump - < <(head -c 512M /dev/zero))
  ((peak < 32000)) || fail "a pipe: $peak KiB"
  peak=$(peak_memory /dev/null iovtool hexdump -@-1M < <(head -c 512M /dev/zero))
  ((peak < 32000)) || fail "the end of a pipe: $peak KiB"
  peak=$(peak_memory /dev/null iovtool hexdump zero:1E "fill:$(printf '%0100d' 7)+32M" zero:1E)
  ((peak < 32000)) || fail "fills: $peak KiB"
}

# bats test_tags=plain
@test "the end of a stream that is larger than memory: an error, when it has come that far" {
  needs_address_limit
  run -2 bash -c 'ulimit -v 100000; head -c 200M /dev/zero | iovtool hexdump -@-1T'
  assert_output 'iovtool hexdump: -@-1099511627776+1099511627776: not enough memory to keep so much of the stream'\''s end'
  run -0 bash -c 'ulimit -v 100000; printf abc | iovtool hexdump -f plain --allow-short -@-1T'
  assert_output 616263
}

# ---- offsets -------------------------------------------------------------------------------------

@test "a sparse file of 5 TiB takes no time, and its bytes have the right offsets" {
  needs_far_mappings
  python3 - <<'EOF'
import os
with open("data", "wb") as f:
    for at, text in ((0, b"first"), ((1 << 32) - 2, b"4 GiB"), ((3 << 40) + 7, b"3 TiB"), ((5 << 40) - 1, b"!")):
        f.seek(at)
        f.write(text)
EOF
  (($(stat -c %s data) == 5 << 40))
  timeout 20 iovtool hexdump data | sed 's/^0*//; s/^  /0  /' >actual
  for at in $((0)) $(((1 << 32) - 16)) $((1 << 32)) $((3 << 40)) $(((5 << 40) - 16)); do
    hexdump -C -s "$at" -n 16 data | sed '1!d; s/^0*//; s/^  /0  /' >>rows
    ((at == (1 << 32) - 16 || at == (5 << 40) - 16)) ||
      hexdump -C -s "$((at + 16))" -n 16 data | sed '1!d; s/^0*//' >>rows
  done
  grep -v '^\*$' actual | sed '$d' >shown
  assert_same_text shown rows
  [[ $(tail -n 1 actual) == 50000000000 ]]
  assert_bytes 0033205469 data@$(((3 << 40) + 6))+5
  assert_bytes 21 data@-1
  assert_bytes 0021 data@5497558138878..5T
}

@test "a file with many holes" {
  python3 - <<'EOF'
import os
with open("data", "wb") as f:
    for i in range(500):
        f.seek(i * 16384 + (i % 7) * 512)
        f.write(bytes([i % 256]) * (1 + i * 37 % 9000))
EOF
  hexdump -C data >expected
  iovtool hexdump data >actual
  assert_same_text actual expected
  iovtool hexdump --no-map data >actual
  assert_same_text actual expected
}

@test "offsets up to 2^63 - 1" {
  run -0 iovtool hexdump -s 9223372036854775800 zero:9223372036854775807
  assert_output '7ffffffffffffff8  00 00 00 00 00 00 00                              |.......|
7fffffffffffffff'
  run -0 iovtool hexdump -f xxd --offset-base=dec -n 1 zero:9223372036854775807@9223372036854775806
  [[ $output == '00000000: 00 '* ]]
  run -0 iovtool hexdump -f xxd --offset-base=oct -s 7E zero:7E hex:01
  [[ $output == '700000000000000000000: 01 '* ]] || fail "$output"
}

@test "--display-offset shows offsets up to 2^64 - 1" {
  run -0 iovtool hexdump -f xxd --display-offset=9223372036854775807 -s 9223372036854775800 zero:9223372036854775807
  [[ $output == 'fffffffffffffff7: 0000 '* ]] || fail "$output"
}
