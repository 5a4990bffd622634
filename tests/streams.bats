#!/usr/bin/env bats
# Segments of what cannot be read at any offset: pipes, FIFOs, devices, /proc; and the rules for
# standard input and other inherited descriptors, whatever they are.

load lib/common
load lib/hexdump

setup() {
  enter_scratch
  printf '0123456789abcdef' >sixteen
}

# assert_stream HEX ARGUMENT...: of a pipe that holds sixteen.
assert_stream() {
  assert_bytes "$@" < <(cat sixteen)
}

# ---- ranges of a pipe ----------------------------------------------------------------------------

# bats test_tags=valgrind
@test "a pipe: all of it, from a start, with a length, up to an end" {
  assert_stream 30313233343536373839616263646566 -
  assert_stream 34353637 -@4+4
  assert_stream 34353637 -@4..8
  assert_stream 303132 -@..3
  assert_stream 656667 -@14 hex:67
  assert_stream '' -@16
  assert_stream '' -@3+0
  assert_stream 3435 fd:0@4+2
}

@test "a pipe: ranges from its end" {
  assert_stream 64656667 -@-3 hex:67
  assert_stream 6364 -@-4+2
  assert_stream 6364 -@-4..-2
  assert_stream 30313233343536373839616263646566 -@-16
  assert_stream '' -@-0
  assert_stream '' -@-4+0
  assert_stream 3031323334353637383961626364 -@..-2
  assert_stream 343536373839 -@4..-6
  assert_stream '' -@4..-12
}

@test "a pipe: ranges from its end of any size, in a long stream" {
  random_file data 400000 3
  for size in 1 65535 65536 65537 131072 262143 262144 262145 399999 400000; do
    tail -c "$size" data | xxd >expected
    iovtool hexdump -f xxd -@-"$size" < <(cat data) >actual
    assert_same_text actual expected "-@-$size"
    head -c -"$size" data | xxd >expected
    iovtool hexdump -f xxd -@..-"$size" < <(cat data) >actual
    assert_same_text actual expected "-@..-$size"
    tail -c "$size" data | head -c "$((size / 2))" | xxd >expected
    iovtool hexdump -f xxd -@-"$size+$((size / 2))" < <(cat data) >actual
    assert_same_text actual expected "-@-$size+$((size / 2))"
  done
}

@test "a pipe: several segments of one stream go forward" {
  assert_stream 3031613233ff6364 -@0+2 str:a -@2+2 hex:ff -@12+2
  assert_stream 303132333435 -@..3 -@3..6
  assert_stream 3030393961 -@0+1 str:0 -@9+1 str:9 -@10+1
  assert_stream 30656638 -@..1 -@-2 str:8
  assert_stream 303132 -@..1 -@1..-13
}

@test "a pipe: segments that do not go forward are refused before anything is read" {
  while IFS='|' read -r message words; do
    read -ra words <<<"$words"
    status=0
    left=$({ iovtool hexdump "${words[@]}" >out 2>err || status=$?; cat; exit "$status"; } < <(cat sixteen)) ||
      status=$?
    ((status == 2)) || fail "${words[*]}: exit status $status"
    [[ ! -s out && $left == 0123456789abcdef ]] || fail "${words[*]}" "$(<out)" "left: $left"
    [[ $(<err) == "iovtool hexdump: $message" ]] || fail "$(<err)" "not: $message"
  done <<'EOF'
-@2+2: the stream has passed byte 2 (at 4 after the segments before): segments of a stream must go forward|-@0+4 -@2+2
-@3: the stream has passed byte 3 (at 4 after the segments before): segments of a stream must go forward|-@0+4 -@3
-: the stream was read to its end by a segment before this one|- -
-@0+1: the stream was read to its end by a segment before this one|-@4 -@0+1
-@5: the stream was read to its end by a segment before this one|-@-4 -@5
-@0: the stream was read to its end by a segment before this one|-@..-4 -@0
-@-4..9: a stream has no size to count this range's start from before it ends|-@-4..9
-@-4+5: the range ends past the end of the stream|-@-4+5
EOF
}

# ---- streams that end early ----------------------------------------------------------------------

@test "a stream that ends before its range: an error that tells how far it went" {
  while IFS='|' read -r word message; do
    assert_refused "$message" "$word" < <(cat sixteen)
  done <<'EOF'
-@20+4|-@20+4: asked for 4 bytes at 20, but the stream ended after 16
-@20..24|-@20+4: asked for 4 bytes at 20, but the stream ended after 16
-@10..17|-@10+7: asked for 7 bytes at 10, but the stream ended after 16
-@20|-@20: the range starts at 20, but the stream ended after 16 bytes
-@-20|-@-20+20: asked for 20 bytes at -20, but the stream ended after 16
-@-20+2|-@-20+2: asked for 2 bytes at -20, but the stream ended after 16
-@17..-1|-@17..-1: the range starts at 17, but the stream ended after 16 bytes
-@10..-7|-@10..-7: the range starts at 10, but the stream ended after 16 bytes
EOF
}

@test "a stream too short for the end of its range: an error, though what came was dumped" {
  status=0
  iovtool hexdump -f plain -w 8 -@0+20 >out 2>err < <(cat sixteen) || status=$?
  ((status == 2))
  [[ $(<out) == $'3031323334353637\n3839616263646566' ]] || fail "$(<out)"
  [[ $(<err) == 'iovtool hexdump: -@0+20: asked for 20 bytes at 0, but the stream ended after 16' ]]
}

@test "--allow-short and --zero-pad: of streams the same bytes as of files" {
  for range in 14+4 16+2 18+2 18 14..20 20..22 -3+5 -18+4 -18+2 -18 -20+1 -18..-15 -18..-17 ..20 5..-12 \
    17..-1 0+16 -16; do
    for option in --allow-short --zero-pad; do
      expected=$(iovtool hexdump -f plain "$option" sixteen@"$range")
      actual=$(iovtool hexdump -f plain "$option" -@"$range" < <(cat sixteen)) ||
        fail "$option -@$range: exit status $?"
      [[ $actual == "$expected" ]] || fail "$option -@$range" "stream: $actual" "file:   $expected"
    done
  done
}

@test "--zero-pad: more zeros than any buffer holds, before the end of a stream and after it" {
  { head -c 299997 /dev/zero; printf abc; } >before
  { printf abc; head -c 299997 /dev/zero; } >after
  for place in before:-@-300000 after:-@0+300000; do
    hexdump -C "${place%:*}" >expected
    iovtool hexdump --zero-pad "${place#*:}" < <(printf abc) >actual
    assert_same_text actual expected "$place"
    xxd "${place%:*}" >expected
    iovtool hexdump -f xxd --zero-pad "${place#*:}" < <(printf abc) >actual
    assert_same_text actual expected "xxd $place"
  done
}

# ---- what is taken from standard input -----------------------------------------------------------

@test "exactly the bytes asked for are taken, of a file and of a pipe" {
  twice() {
    iovtool hexdump -f plain -@0+4
    iovtool hexdump -f plain -@0+4
    cat
  }
  expected=$'30313233\n34353637\n89abcdef'
  [[ $(twice <sixteen) == "$expected" ]] || fail "file: $(twice <sixteen)"
  [[ $(twice < <(cat sixteen)) == "$expected" ]] || fail "pipe: $(twice < <(cat sixteen))"
}

@test "what was passed over is taken as well, and the rest left: a file and a pipe" {
  skipping() {
    iovtool hexdump -f plain -@2+3
    iovtool hexdump -f plain -@1+1
    cat
  }
  expected=$'323334\n36\n789abcdef'
  [[ $(skipping <sixteen) == "$expected" ]] || fail "file: $(skipping <sixteen)"
  [[ $(skipping < <(cat sixteen)) == "$expected" ]] || fail "pipe: $(skipping < <(cat sixteen))"
}

@test "a file that is standard input: its position afterwards is behind the last byte used" {
  left_by() {
    { iovtool hexdump -f plain "$@" >dump; cat; } <sixteen
  }
  [[ $(left_by -) == '' ]]
  [[ $(left_by -@10+2 -@0+2) == cdef ]] || fail "$(left_by -@10+2 -@0+2)"
  [[ $(left_by -@-4+2) == ef ]]
  [[ $(left_by -@..-6) == abcdef ]]
  [[ $(left_by -n 4 -) == 456789abcdef ]] || fail "$(left_by -n 4 -)"
  [[ $(left_by hex:00) == 0123456789abcdef ]]
}

@test "a file that is standard input stands where it did when its segment was refused" {
  left_by() {
    { iovtool hexdump "$@" >dump 2>&1 || true; cat; } <sixteen
  }
  [[ $(left_by -@9+9) == 0123456789abcdef ]]
  [[ $(left_by -@4 nosuch) == 0123456789abcdef ]]
  [[ $(left_by -n 20 -@4) == 0123456789abcdef ]]
}

@test "a file that is standard input: offsets count from where it stands, and it may be read twice" {
  {
    python3 -c 'import os; os.lseek(0, 4, os.SEEK_SET)'
    assert_bytes "$(printf '4567456789abcdef67f' | xxd -p -c 0)" -@0+4 - -@2+2 -@-1
  } <sixteen
  random_file data 5000000 1
  last=$(tail -c 1000 data | xxd -p -c 0)
  {
    python3 -c 'import os; os.lseek(0, 4999000, os.SEEK_SET)'
    assert_bytes "${last:0:20}" -@..10
    assert_bytes "${last:20}" -
  } <data
}

@test "a file that is standard input: ranges are checked against what is left" {
  {
    python3 -c 'import os; os.lseek(0, 10, os.SEEK_SET)'
    assert_refused '-@4+3: asked for 3 bytes at 4, but the file has 6' -@4+3
    assert_refused '-@7: starts at byte 7, but the file has 6' -@7
    assert_refused '-@-7: starts at -7, but the file has 6' -@-7
  } <sixteen
  {
    python3 -c 'import os; os.lseek(0, 99, os.SEEK_SET)'
    assert_bytes '' -
    assert_refused '-@0+1: asked for 1 bytes at 0, but the file has 0' -@0+1
  } <sixteen
}

@test "a stream is named in one way: its positions are counted by name" {
  assert_refused '-@4+4: is the same stream as fd:7; name it in one way' fd:7@0+4 -@4+4 < <(cat sixteen) 7<&0
  mkfifo pipe
  exec 8<>pipe
  cat sixteen >&8
  assert_refused './pipe: is the same stream as pipe; name it in one way' pipe@0+4 ./pipe
  exec 8>&-
}

@test "two names of one position leave it behind the last byte that was used of both" {
  for words in '-@0+4 fd:7@0+2' 'fd:7@0+2 -@0+4' '-@0+2 fd:7@2+2'; do
    # shellcheck disable=SC2086 # two words
    run -0 bash -c "exec <sixteen 7<&0; iovtool copy $words >/dev/null; cat"
    assert_output 456789abcdef
  done
}

@test "a FIFO is not opened, and nobody waits, where only the facts are wanted" {
  mkfifo pipe
  run -0 timeout 10 iovtool info --total -n 5 --zero-pad pipe@0+4 str:x
  assert_output 5
  run -0 timeout 10 iovtool info --list pipe
  assert_output pipe@0
  run -0 timeout 10 iovtool copy --explain pipe -o new
  assert_output 'write  all the rest from segment 0+0 (pipe@0) to new at 0'
  run -0 timeout 10 iovtool clone --explain pipe@0+3 -o new
  run -0 timeout 10 iovtool discard --list --front=1 pipe@0+3
  assert_output pipe@1+2
  run -2 timeout 10 iovtool fill --byte=00 pipe
  assert_output 'iovtool fill: pipe@0: only files and block devices named by a path, and exports of servers, are filled'
  run -2 timeout 10 iovtool copy str:x -o pipe@0+4
  assert_output 'iovtool copy: pipe@0+4: a range needs a file to write in'
  if ((EUID != 0)); then
    chmod 0 pipe
    run -2 timeout 10 iovtool info pipe
    assert_output 'iovtool info: pipe: Permission denied'
  fi
}

@test "a FIFO that will be refused is not waited for" {
  mkfifo fifo
  echo data >data
  while IFS='|' read -r message arguments; do
    # shellcheck disable=SC2086
    run -2 --separate-stderr timeout 5 iovtool $arguments
    assert_error_line 2 "iovtool ${arguments%% *}: $message"
    [[ ! -e new ]] || fail "$arguments: new is there"
  done <<'TABLE'
fifo@0: a stream can be cloned only when its length is given|clone fifo -o new
fifo: the stream is on the other side already, and can be read only once|compare fifo fifo
fifo: the stream is on the other side already, and can be read only once|compare ./fifo fifo
./fifo@0+3: the stream is on the other side already, and can be read only once|compare fifo@0+3 ./fifo@0+3
fifo: the stream was read to its end by a segment before this one|hexdump fifo fifo
./fifo: is the same stream as fifo; name it in one way|copy fifo ./fifo -o new
data@9: starts at byte 9, but the file has 5|copy fifo data@9 -o new
missing: No such file or directory|send unix:nobody fifo missing
TABLE
}

@test "fd:N is any inherited descriptor, file or pipe" {
  assert_bytes 3031 fd:7@..2 7<sixteen
  assert_bytes 3031303166 fd:7@..2 fd:7@..2 fd:7@-1 7<sixteen
  assert_bytes 3132 fd:9@1..3 9< <(cat sixteen)
  assert_bytes 303165663233 fd:5@..2 fd:6@-2 fd:5@2+2 5< <(cat sixteen) 6< <(cat sixteen)
  assert_bytes 30313031 -@..2 fd:0@..2 <sixteen
  { assert_bytes 30 fd:5@..1; read -rn 2 rest <&5; } 5<sixteen
  [[ $rest == 12 ]]
}

# ---- as the bytes come ---------------------------------------------------------------------------

# dump_of_slow_writer NAME PIECES OPTION...: writes to iovtool, by the pipe "-" or a FIFO of that
# name, piece by piece; waits each time for the lines that this must print, and for no others.
dump_of_slow_writer() {
  timeout 30 python3 - "$@" <<'EOF'
import os, select, subprocess, sys

name = sys.argv[1]
pieces = eval(sys.argv[2])
if name == "-":
    reader, writer = os.pipe()
    process = subprocess.Popen(["iovtool", "hexdump", *sys.argv[3:], "-"], stdin=reader,
                               stdout=subprocess.PIPE)
    os.close(reader)
else:
    os.mkfifo(name)
    process = subprocess.Popen(["iovtool", "hexdump", *sys.argv[3:], name], stdout=subprocess.PIPE)
    writer = os.open(name, os.O_WRONLY)

for data, lines in pieces:
    os.write(writer, data)
    seen = b""
    while seen.count(b"\n") < lines:
        ready, _, _ = select.select([process.stdout], [], [], 10)
        assert ready, f"after {data}: still only {seen}"
        seen += os.read(process.stdout.fileno(), 65536)
    print(seen.decode(), end="")
    assert seen.count(b"\n") == lines, f"after {data}: {seen}"
os.close(writer)
print(process.communicate()[0].decode(), end="")
sys.exit(process.wait())
EOF
}

@test "rows appear as soon as their bytes arrive, from a pipe and from a FIFO" {
  for name in - fifo; do
    run -0 dump_of_slow_writer "$name" '((b"A" * 16, 1), (b"B" * 20, 1), (b"C" * 12, 1), (b"D", 0))'
    assert_output '00000000  41 41 41 41 41 41 41 41  41 41 41 41 41 41 41 41  |AAAAAAAAAAAAAAAA|
00000010  42 42 42 42 42 42 42 42  42 42 42 42 42 42 42 42  |BBBBBBBBBBBBBBBB|
00000020  42 42 42 42 43 43 43 43  43 43 43 43 43 43 43 43  |BBBBCCCCCCCCCCCC|
00000030  44                                                |D|
00000031'
  done
}

@test "rows appear as they come in every look that has rows" {
  run -0 dump_of_slow_writer - '((b"abcd", 1), (b"ef", 0), (b"gh", 1))' -f xxd -w 4
  assert_output $'00000000: 6162 6364  abcd\n00000004: 6566 6768  efgh'
  run -0 dump_of_slow_writer - '((b"abcd", 1), (b"ef", 0), (b"gh", 1))' -f plain -w 4
  assert_output $'61626364\n65666768'
  run -0 dump_of_slow_writer - '((b"abcd", 1), (b"efgh", 1))' -f qemu -w 4
  assert_output $'0000:  61 62 63 64 abcd\n0004:  65 66 67 68 efgh'
  run -0 dump_of_slow_writer - '((b"abcd", 1), (b"efgh", 1))' -f json -w 4
  assert_output '{"offset":0,"hex":"61626364","text":"abcd"}
{"offset":4,"hex":"65666768","text":"efgh"}'
  # a row of c ends with a comma only when another one follows
  run -0 dump_of_slow_writer - '((b"abcd", 0), (b"efgh", 1), (b"i", 1))' -f c -w 4
  assert_output '  0x61, 0x62, 0x63, 0x64,
  0x65, 0x66, 0x67, 0x68,
  0x69'
}

@test "the star appears at the first repeated row, and the rest is silence" {
  run -0 dump_of_slow_writer - '((b"A" * 16, 1), (b"A" * 16, 1), (b"A" * 320, 0), (b"B" * 16, 1))'
  assert_output '00000000  41 41 41 41 41 41 41 41  41 41 41 41 41 41 41 41  |AAAAAAAAAAAAAAAA|
*
00000160  42 42 42 42 42 42 42 42  42 42 42 42 42 42 42 42  |BBBBBBBBBBBBBBBB|
00000170'
}

@test "rows appear from the middle of a stream, after other segments, and before the tail that is cut" {
  run -0 dump_of_slow_writer - '((b"..abcd", 1), (b"efgh", 1))' -f xxd -w 4 -s 2
  assert_output $'00000002: 6162 6364  abcd\n00000006: 6566 6768  efgh'
  mkfifo fifo
  run -0 timeout 20 python3 - <<'EOF'
import os, subprocess
process = subprocess.Popen(["iovtool", "hexdump", "-f", "plain", "-w", "2", "hex:0000", "fifo@..-3"],
                           stdout=subprocess.PIPE)
writer = os.open("fifo", os.O_WRONLY)
os.write(writer, b"abcde")
assert process.stdout.readline() == b"0000\n"
assert process.stdout.readline() == b"6162\n"
os.close(writer)
assert process.stdout.read() == b"" and process.wait() == 0
EOF
}

@test "rows of what comes before a stream do not wait for the stream" {
  mkfifo silent
  run -0 timeout 20 python3 - <<'EOF'
import os, select, subprocess
process = subprocess.Popen(["iovtool", "hexdump", "str:0123456789abcdef", "silent"], stdout=subprocess.PIPE)
writer = os.open("silent", os.O_WRONLY)
try:
    assert select.select([process.stdout], [], [], 3)[0], "no row after 3 seconds"
    assert process.stdout.readline().startswith(b"00000000  30 31")
finally:
    os.close(writer)
    process.wait()
EOF
}

@test "the rest of a stream is not waited for, once all that was asked for is there" {
  run -0 timeout 10 bash -c 'mkfifo f; exec 9<>f; printf 012345678 >&9; iovtool hexdump -f plain f@2+3
    iovtool hexdump -f plain fd:9@1+1; iovtool hexdump -f plain -s 1 -n 1 - <&9'
  assert_output $'323334\n36\n38'
}

@test "a pipe that does not block is waited for" {
  run -0 timeout 20 python3 - <<'EOF'
import os, subprocess, time
reader, writer = os.pipe2(os.O_NONBLOCK)
process = subprocess.Popen(["iovtool", "hexdump", "-f", "plain", "-"], stdin=reader, stdout=subprocess.PIPE)
os.close(reader)
for _ in range(3):
    time.sleep(0.02)
    os.write(writer, b"ab")
os.close(writer)
assert process.communicate()[0] == b"616261626162\n" and process.returncode == 0
EOF
}

# ---- other things that are no files of known size ------------------------------------------------

@test "/proc and /sys: what cat reads" {
  for file in /proc/version /proc/filesystems /proc/self/limits /sys/devices/system/cpu/online; do
    assert_bytes "$(xxd -p <"$file" | tr -d '\n')" "$file"
    assert_bytes "$(tail -c +2 "$file" | head -c 2 | xxd -p)" "$file@1+2"
    assert_bytes "$(tail -c 3 "$file" | xxd -p)" "$file@-3"
    assert_bytes "$(xxd -p <"$file" | tr -d '\n')" - <"$file"
  done
}

@test "character devices: /dev/zero has no end, /dev/null no bytes" {
  assert_bytes 000000 /dev/zero@..3
  assert_bytes 0000 /dev/zero@10M+2
  assert_bytes 000041000000 /dev/zero@0+2 str:A /dev/zero@100+3
  assert_bytes '' /dev/null
  assert_bytes 0000 --zero-pad /dev/null@0+2
  assert_refused '/dev/null@0+2: asked for 2 bytes at 0, but the stream ended after 0' /dev/null@0+2
  run -0 iovtool hexdump -f plain -w 0 /dev/urandom@..32
  ((${#output} == 64))
  assert_refused '/dev/zero@1+2: the stream has passed byte 1 (at 2 after the segments before): segments of a stream must go forward' \
    /dev/zero@..2 /dev/zero@1+2
}

@test "a terminal is read until its end" {
  python3 - <<'EOF'
import os, pty, subprocess, tty
outside, inside = pty.openpty()
tty.setraw(inside)
process = subprocess.Popen(["iovtool", "hexdump", "-f", "plain", "-@1+4"], stdin=inside, stdout=subprocess.PIPE)
os.write(outside, b"abcdefgh")
assert process.communicate(timeout=20)[0] == b"62636465\n" and process.returncode == 0
EOF
}

@test "a FIFO: forward ranges, the end, and beside others" {
  mkfifo a b
  cat sixteen >a &
  cat sixteen >b &
  assert_bytes 30316566ff32 a@..2 b@-2 hex:ff a@2+1
}

@test "/dev/stdin is standard input under another name" {
  assert_bytes 3233 /dev/stdin@2+2 < <(cat sixteen)
  assert_bytes 3233 /dev/stdin@2+2 <sixteen
}

# shellcheck disable=SC2016 # that shell expands it
@test "/dev/stdin, /dev/fd/N and /proc/self/fd/N are the descriptor, and leave it after what was used" {
  for name in /dev/stdin /dev/fd/0 /proc/self/fd/0 file:/dev/stdin; do
    run -0 bash -c 'head -c 2 >/dev/null; iovtool hexdump -f plain "$1"@1+2; iovtool hexdump -f plain -n 1 -' - "$name" <sixteen
    assert_output $'3334\n35'
  done
  assert_bytes 3132 "$(printf '/dev/fd/%d' 7)@1+2" 7<sixteen
  printf 'sixteen@1+2\n' | run -0 iovtool hexdump -f plain -T /dev/stdin
  run -0 --separate-stderr iovtool hexdump -f plain dump:/dev/fd/5 5< <(xxd -p sixteen)
  assert_output "$(xxd -p sixteen)"
}

# shellcheck disable=SC2016 # that shell expands it
@test "a standard descriptor that is closed is an error by each of its names" {
  for name in - fd:0 /dev/stdin /dev/fd/0 /proc/self/fd/0; do
    run -2 --separate-stderr bash -c 'iovtool copy "$1" <&-' - "$name"
    [[ $stderr == *'the descriptor is not open for reading'* ]] || fail "$name: $stderr"
  done
  run -2 --separate-stderr bash -c 'iovtool copy -T /dev/stdin <&-'
  [[ $stderr == *'/dev/stdin: Bad file descriptor' ]] || fail "$stderr"
  for name in - fd:1 /dev/stdout /dev/fd/1 /proc/self/fd/1; do
    run -2 --separate-stderr bash -c 'iovtool copy str:x -o "$1" >&-' - "$name"
    [[ $stderr == *'the descriptor is not open for writing'* ]] || fail "$name: $stderr"
  done
}

# Names that only the kernel knows for such: nothing is read, and nothing gets lost.
# shellcheck disable=SC2016 # that shell expands it
@test "a standard descriptor that is closed is an error by a link to it as well" {
  ln -s /dev/stdin in
  ln -s /dev/stdout out
  for words in 'copy' 'is-zero' 'info' 'compare sixteen --zero-pad' 'copy -T'; do
    for name in in /proc/thread-self/fd/0 /dev/../dev/stdin; do
      run -2 --separate-stderr bash -c "iovtool $words "'"$1" <&-' - "$name"
      assert_error_line 2 "$name: "
    done
  done
  for words in 'str:x -o' 'str:x --atomic -o' 'str:x --append -o'; do
    for name in out /proc/thread-self/fd/1 /dev/../dev/stdout; do
      run -2 --separate-stderr bash -c "iovtool copy $words "'"$1" >&-' - "$name"
      assert_error_line 2 "$name: "
    done
  done
}

@test "-o /dev/stdout writes where standard output stands, and empties nothing" {
  printf 'log\n' >log
  for name in /dev/stdout /dev/fd/1 /proc/self/fd/1; do
    iovtool copy 'str:x\n' -o "$name" >>log
  done
  [[ $(<log) == $'log\nx\nx\nx' ]] || fail "$(<log)"
  { printf ab; iovtool copy str:cd -o /dev/stdout; printf ef; } >log
  [[ $(<log) == abcdef ]] || fail "$(<log)"
}

@test "a socket that is standard input is a stream" {
  python3 - <<'EOF'
import socket, subprocess
ours, theirs = socket.socketpair()
process = subprocess.Popen(["iovtool", "hexdump", "-f", "plain", "-@2+4"], stdin=theirs, stdout=subprocess.PIPE)
ours.send(b"abcdefgh")
assert process.communicate(timeout=20)[0] == b"63646566\n"
assert theirs.recv(9) == b"gh"
EOF
}

# Runs the command in $1 with a reader on its standard output that comes when the file was written to.
read_late() {
  printf '%100000s' '' | tr ' ' o >file
  { bash -c "$1" || true; printf '%100000s' '' | tr ' ' n | iovtool copy - -o file@0; echo >written; } |
    { until [[ -e written ]]; do sleep 0.02; done; cat; } >late
  rm written
}

@test "a reader that comes late gets the bytes of the run, not what the file was given later" {
  local command
  export PEERS=$BATS_TEST_DIRNAME/lib/peers.py
  while read -r command; do
    read_late "$command"
    [[ $(tr -d o <late | wc -c) == 0 && -s late ]] || fail "$command" "$(xxd late | head -n 3)"
  done <<'EOF'
iovtool copy file
iovtool copy file@1+99999
iovtool copy --no-map file
iovtool copy --no-offload file
iovtool discard --front=1000 file
python3 -B "$PEERS" pair stream bash -c 'iovtool send fd:7 file; iovtool fill --byte=6e file; exec 7>&-; iovtool recv fd:8'
EOF
}

# bats test_tags=willing
@test "--offload=splice hands over the pages of the file, as its manual says" {
  read_late 'iovtool copy --offload=splice file'
  [[ $(tr -d n <late | wc -c) == 0 && $(wc -c <late) == 100000 ]] || fail "$(xxd late | head -n 3)"
}
