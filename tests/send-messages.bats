#!/usr/bin/env bats
# iovtool send on sockets that keep messages apart: udp, unix-dgram and unix-seqpacket.

load lib/common
load lib/net

message_kinds=(udp:127.0.0.1:0 unix-dgram:datagrams unix-seqpacket:packets)

# hex_lines TEXT...: each as a line of hex digits; \n and such are those of printf '%b'.
hex_lines() {
  local text
  for text in "$@"; do
    printf '%b' "$text" | xxd -p -c 0
    [[ -n $text ]] || echo
  done
}

# ---- one message ---------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "the vector is one message" {
  printf 0123456789 >ten
  for kind in "${message_kinds[@]}" 'udp:[::1]:0' "unix-dgram:@$PWD/a" "unix-seqpacket:@$PWD/b"; do
    serve peer "$kind" messages:1
    send "$address" str:head ten@2+3 hex:00ff - <ten
    finished peer
    assert_lines peer.out "$(hex_lines 'head234\0\xff0123456789')"
  done
}

@test "an empty vector is an empty message" {
  for kind in udp:127.0.0.1:0 unix-dgram:datagrams; do
    serve peer "$kind" messages:2
    send "$address" hex:
    send "$address" str:x
    finished peer
    assert_lines peer.out '' 78
  done
}

@test "more segments than one call takes are one message" {
  python3 - <<'EOF'
open("data", "wb").write(bytes(range(256)) * 200)
for count in 1023, 1024, 1025, 5000:
    offsets = [(i * 37) % 51200 for i in range(count)]
    open("list-%d" % count, "w").writelines("data@%d+1\n" % offset for offset in offsets)
    data = open("data", "rb").read()
    open("hex-%d" % count, "w").write(bytes(data[o] for o in offsets).hex() + "\n")
EOF
  for kind in "${message_kinds[@]}"; do
    for count in 1023 1024 1025 5000; do
      serve peer "$kind" messages:1
      send "$address" -T "list-$count"
      finished peer
      assert_same_file peer.out "hex-$count"
    done
  done
}

@test "seqpacket: after the messages comes the end" {
  serve peer unix-seqpacket:packets messages
  send --per-segment "$address" str:a str:bc
  finished peer
  assert_lines peer.out 61 6263
}

@test "fd: inherited sockets that keep messages apart" {
  for type in dgram seqpacket; do
    with_pair "$type" bash -c 'iovtool send --per-segment fd:7 str:one str:two str:three &&
      for _ in 1 2 3; do dd bs=1000 count=1 status=none <&8; echo; done' >out
    assert_lines out one two three
  done
}

# ---- several messages ----------------------------------------------------------------------------

@test "--per-segment: each segment is a message, an empty one too" {
  printf 0123456789 >ten
  for kind in udp:127.0.0.1:0 unix-dgram:datagrams; do
    serve peer "$kind" messages:5
    send --per-segment "$address" str:a hex: str:bcd ten@5+0 ten@1+5
    finished peer
    assert_lines peer.out 61 '' 626364 '' 3132333435
  done
}

@test "--per-segment with --skip and --length: what is selected of each segment" {
  serve peer udp:127.0.0.1:0 messages:3
  send --per-segment -s 1 -n 5 "$address" str:abc str:def str:ghi
  send "$address" str:last
  finished peer
  assert_lines peer.out 6263 646566 6c617374
}

@test "--mtu splits each message, and the last piece is what is left" {
  needs_udp_segment
  while IFS='|' read -r texts words; do
    for kind in "${message_kinds[@]}"; do
      serve peer "$kind" "messages:$(wc -w <<<"$texts")"
      eval "send $words"
      finished peer
      # shellcheck disable=SC2086
      diff <(hex_lines $texts) peer.out >&2 || fail "$kind $words"
    done
  done <<'EOF'
0123 4567 89|--mtu=4 "$address" str:01 str:23456 str:789
0123456789|--mtu=10 "$address" str:0123456789
0123456789|--mtu=1K "$address" str:0123456789
0 1 2|--mtu=1 "$address" str:012
01234 56789|--mtu=5 "$address" str:0123456789
abcd ef ghij k|--mtu=4 --per-segment "$address" str:abcdef str:ghijk
EOF
}

@test "--mtu of a large vector" {
  random_file data 3000000 7
  for kind in unix-dgram:datagrams unix-seqpacket:packets; do
    serve peer "$kind" messages:2055
    send --mtu=1460 "$address" data
    finished peer
    xxd -p -c 1460 data | cmp - peer.out
  done
}

@test "5,000 messages keep their order and their lengths" {
  python3 - <<'EOF'
import random
rng = random.Random(5)
ranges = [(rng.randrange(50000), rng.randrange(1, 600)) for _ in range(5000)]
data = rng.randbytes(51200)
open("data", "wb").write(data)
open("list", "w").writelines("data@%d+%d\n" % r for r in ranges)
open("expected", "w").writelines(data[o:o + n].hex() + "\n" for o, n in ranges)
EOF
  for kind in unix-dgram:datagrams unix-seqpacket:packets; do
    serve peer "$kind" messages:5000
    send --per-segment -T list "$address"
    finished peer
    assert_same_file peer.out expected
  done
}

@test "100 datagrams of udp: none is lost, and none is glued to another" {
  for size in 512 600; do
    python3 -c 'import random, sys
size = int(sys.argv[1])
rng = random.Random(6)
data = rng.randbytes(100 * 512)
ends = [min(i * 512 + (size if i % 2 else 512), len(data)) for i in range(100)]
open("data", "wb").write(data)
open("list", "w").writelines("data@%d..%d\n" % (i * 512, e) for i, e in enumerate(ends))
open("expected", "w").writelines(data[i * 512:e].hex() + "\n" for i, e in enumerate(ends))' "$size"
    serve peer udp:127.0.0.1:0 messages:100
    send --per-segment -T list "$address"
    finished peer
    assert_same_file peer.out expected
  done
}

# ---- sizes ---------------------------------------------------------------------------------------

@test "the largest datagram of udp, and one byte more: exit status 3, and nothing is sent" {
  random_file data 70000 8
  serve peer udp:127.0.0.1:0 messages:2
  timed send "$address" data@0+65508
  assert_trouble 3 "$address"
  timed send --per-segment "$address" str:early data@0+65508
  assert_trouble 3 "$address"
  send "$address" data@0+65507
  send "$address" str:end
  finished peer
  { head -c 65507 data | xxd -p -c 0; printf end | xxd -p; } | cmp - peer.out
}

@test "--mtu takes a vector that is too long for one datagram" {
  random_file data 70000 8
  serve peer udp:127.0.0.1:0 messages:2
  send --mtu=65507 "$address" data
  finished peer
  { head -c 65507 data | xxd -p -c 0; tail -c +65508 data | xxd -p -c 0; } | cmp - peer.out
}

@test "messages larger than the buffer of a unix socket usually is: whole, or not at all" {
  random_file data 400000 9
  for kind in unix-dgram:datagrams unix-seqpacket:packets; do
    for size in 212959 212960 212961 300000 400000; do
      serve peer "$kind" messages:1
      timed send "$address" data@0+"$size"
      if ((status == 0)); then
        finished peer
        head -c "$size" data | xxd -p -c 0 | cmp - peer.out
      else
        assert_trouble 3 "$address"
        [[ ! -s peer.out ]] || fail 'a part of it came'
        is_running peer && ended peer
      fi
    done
  done
}

@test "a message that no unix socket takes: exit status 3, and nothing is sent" {
  serve peer unix-dgram:datagrams messages:1
  timed send "$address" zero:100M
  assert_trouble 3 "$address"
  timed send "$address" zero:1T
  assert_trouble 3 "$address"
  send "$address" str:end
  finished peer
  assert_lines peer.out 656e64
}

# ---- answers -------------------------------------------------------------------------------------

@test "--reply: one datagram; of seqpacket all to the end; messages up to --reply-length" {
  for kind in udp:127.0.0.1:0 'udp:[::1]:0' unix-seqpacket:packets; do
    serve peer "$kind" messages:1 message:616263 message:646566 message:67 wait
    if [[ $kind == udp* ]]; then
      [[ $(send --reply "$address" str:x) == abc ]]
      ended peer
    else
      background seqpacket iovtool send --reply "$address" str:x
      eventually grep -q abcdefg seqpacket.out
      ended peer
      finished seqpacket
    fi
    serve peer "$kind" messages:1 message:616263 message:646566 message:67 wait
    [[ $(send --reply-length=6 "$address" str:x) == abcdef ]]
    ended peer
  done
}

@test "--reply: an empty message is an answer" {
  serve peer udp:127.0.0.1:0 messages:1 message:
  timed send --reply "$address" str:x
  [[ $status == 0 && -z $output && -z $stderr ]] || fail "$status" "$output" "$stderr"
  finished peer
}

@test "unix-dgram: --source is where answers go, and is removed at the end" {
  for source in here "@$PWD/here"; do
    serve peer unix-dgram:datagrams messages:1 message:6f6b
    [[ $(send --source="$source" --reply "$address" str:x) == ok ]]
    finished peer
    grep -Fx "from unix-dgram:$source" peer.err || fail "$(<peer.err)"
    [[ ! -e here ]] || fail 'the socket was left behind'
  done
}

@test "udp: --source is where it comes from" {
  serve peer udp:127.0.0.1:0 messages:1
  send --source=127.0.0.2 "$address" str:x
  finished peer
  grep -E '^from udp:127\.0\.0\.2:' peer.err || fail "$(<peer.err)"
}

# ---- protocols and tools -------------------------------------------------------------------------

@test "a line for syslog, a field with its length for a journal" {
  printf 'binary\0\nvalue' >field
  serve peer unix-dgram:log messages:2
  send "$address" 'str:<13>Jan  1 00:00:00 tag: hello'
  send "$address" 'str:MESSAGE=hello\nPRIORITY=6\nDATA\n' le64:13 field 'str:\n'
  finished peer
  python3 - <<'EOF'
import struct
syslog, journal = (bytes.fromhex(line) for line in open("peer.out"))
assert syslog == b"<13>Jan  1 00:00:00 tag: hello", syslog
fields = {}
while journal:
    line, _, journal = journal.partition(b"\n")
    name, equals, value = line.partition(b"=")
    if not equals:
        (length,) = struct.unpack("<Q", journal[:8])
        value, journal = journal[8:8 + length], journal[8 + length + 1:]
    fields[name] = value
assert fields == {b"MESSAGE": b"hello", b"PRIORITY": b"6", b"DATA": b"binary\0\nvalue"}, fields
EOF
}

@test "socat and nc listen" {
  tool peer socat -u UDP-RECVFROM:0,bind=127.0.0.1 -
  send "udp:127.0.0.1:$port" str:one str:two
  finished peer
  assert_text peer.out onetwo
  background peer socat -u UNIX-RECVFROM:log -
  eventually test -S log
  send unix-dgram:log str:one str:two
  finished peer
  assert_text peer.out onetwo
  tool peer nc -lu 127.0.0.1 0
  send "udp:127.0.0.1:$port" str:one
  eventually grep -q one peer.out
  ended peer
}

@test "--json and --trace count messages" {
  serve peer udp:127.0.0.1:0 messages:3 message:6f6b
  send --json --trace --reply=answer --per-segment "$address" str:a hex: str:bcd >out 2>err
  finished peer
  json_is out 'it["messages"] == 3 and it["sent"] == 4 and it["received"] == 2'
  json_is out "it['address'] == '$address'"
  grep -E '^send \+0\b.*61' err && grep -E '^send .*62 63 64' err && grep -E '^recv .*6f 6b' err ||
    fail "$(<err)"
}
