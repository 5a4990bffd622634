#!/usr/bin/env bats
# The examples of every --help run as they are printed, in a folder that has what they read or change
# in place, and nothing else: what more they need, they make.

load lib/common
load lib/net

# examples_of COMMAND: one a line.
examples_of() {
  iovtool "$1" --help | sed -n '/^Examples:/,$ s/^  //p'
}

make_sources() {
  mkdir folder
  PYTHONPATH=$BATS_TEST_DIRNAME/lib python3 -B - <<'EOF'
import random
import struct

from put import put

rng = random.Random(1)

rom = rng.randbytes(65536)
put("disk.img", (446, rng.randbytes(66)), ((1 << 20) + 5000, b"\x53\xef\x55\xaaPNG"), size=70 << 20)
put("part2.img", (0, rng.randbytes(700)))
put("log", (0, rng.randbytes(2 << 20)))
put("trace", (0, rng.randbytes(40)))
put("image", size=4096)
put("patch.txt", (0, b"00000100: dead beef                                ....\n"))
put("header", (0, rng.randbytes(512)))
put("body", (0, rng.randbytes(4096)))
put("both", (0, rng.randbytes(1000)))
put("rom.bin", (0, rom))
put("ranges.list", (0, b"rom.bin@0+16\nrom.bin@8+16\n"))
put("a.img", (0, rom))
put("b.img", (0, rom))
put("backup.img", (4096, rng.randbytes(1 << 20)))
put("old.rom", (0, rom))
put("new.rom", (0, rom), (4100, b"\xff\xff\xff"), size=len(rom))
put("part.xxd", (0, b"00000010: 4142 43\n"))
put("firmware.bin", (100, struct.pack("<4sBBB", b"\x7fELF", 2, 1, 1)), size=4096)
put("whole", (0, rng.randbytes(2 << 20)))
whole = open("whole", "rb").read()
for i in range(3):
    put(f"part{i + 1}", (0, whole[i * 700000 : i * 700000 + 700000]))
for name in "one.part", "two.part":
    put(name, size=600 << 20)
put("request.bin", (0, b"request"))
put("all.list", (0, b"rom.bin@0+16\nrom.bin@8+16\nbody\n"))
put("list", (0, b"str:one\nstr:two\n"))
put("a.bin", (0, rng.randbytes(10)))
put("b.bin", (0, rng.randbytes(2000)))
put("folder/file", (0, rng.randbytes(20000)))
EOF
}

# A folder that is only the example's.
enter_folder() {
  rm -rf "$BATS_TEST_TMPDIR/work"
  cp -a --sparse=always "$BATS_TEST_TMPDIR/sources" "$BATS_TEST_TMPDIR/work"
  cd "$BATS_TEST_TMPDIR/work" || exit
}

setup() {
  enter_scratch
  mkdir sources
  (cd sources && make_sources)
}

# assert_runs EXAMPLE: with nothing on standard error, and "no" only where it may be the answer.
assert_runs() {
  local status=0
  timeout 40 bash -c "$1" >../output 2>../complaint || status=$?
  [[ ! -s ../complaint ]] || fail "$1" "$(<../complaint)"
  [[ $status == 0 || ($status == 1 && $1 =~ compare|is-zero|find) ]] || fail "$1: exit status $status"
}

@test "the examples of every command but send and recv run, those of one in one folder" {
  for command in $(iovtool --list-commands); do
    [[ $command != send && $command != recv ]] || continue
    enter_folder
    mapfile -t examples < <(examples_of "$command")
    ((${#examples[@]} > 0)) || fail "$command has no examples"
    for example in "${examples[@]}"; do
      assert_runs "${example/tail -f/tail}" # it would wait for more
    done
  done
}

# address_in EXAMPLE: the first word of it that is one.
address_in() {
  grep -oE '\b(tcp|udp|unix|unix-dgram):[^ ]+' <<<"$1" | head -n 1
}

@test "the examples of send run: somebody listens, and answers" {
  enter_folder
  count=0
  while read -r example; do
    word=$(address_in "$example")
    case $word in
      tcp:*) serve peer tcp:127.0.0.1:0 'say:+PONG\r\n' read ;;
      udp:*) serve peer udp:127.0.0.1:0 messages:1 ;;
      unix:*) serve peer "unix:$PWD/socket$count" 'say:answer' read ;;
      unix-dgram:*) serve peer "unix-dgram:$PWD/socket$count" messages:2 ;;
    esac
    assert_runs "${example/"$word"/$address}"
    finished peer
    [[ -s peer.out ]] || fail "$example: nothing came"
    [[ $example != *--reply* || -s ../output ]] || fail "$example: no answer"
    count=$((count + 1))
  done < <(examples_of send)
  ((count >= 6))
}

@test "the examples of recv run: somebody sends" {
  count=0
  while read -r example; do
    enter_folder
    tar -c folder >tarball
    cp tarball sent # not one of theirs
    word=$(address_in "$example")
    port=$(python3 -B "$BATS_TEST_DIRNAME/lib/peers.py" rebind)
    case "$example" in
      *--listen*tcp:*) address=tcp:127.0.0.1:$port ;;
      *--listen*udp:*) address=udp:127.0.0.1:$port ;;
      *--listen*unix:*) address=$word ;;
      *) serve peer tcp:127.0.0.1:0 'say:01 JAN 1970 00:00:00 UTC\r\n' ;;
    esac
    rm -rf folder
    # shellcheck disable=SC2016 # that bash expands it
    background recv bash -o pipefail -c "${example/"$word"/$address}"
    case "$example" in
      *udp:*) while is_running recv; do iovtool send "$address" str:line || sleep 0.05; done 2>/dev/null ;;
      *--listen*) iovtool send --retry=400 --retry-delay=50ms "$address" sent ;;
    esac
    finished recv
    case "$example" in
      *'-o rest') cat head rest | cmp - sent ;;
      *'-o image.bin') cmp image.bin sent ;;
      *'| tar x') cmp folder/file ../sources/folder/file ;;
      *'-o log') [[ $(tail -c 40 log) == $(printf 'line%.0s' {1..10}) ]] ;;
      *) [[ -s recv.out ]] ;;
    esac || fail "$example" "$(<recv.err)"
    count=$((count + 1))
  done < <(examples_of recv)
  ((count >= 5))
}
