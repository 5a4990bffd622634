#!/usr/bin/env bats
# iovtool recv on sockets that keep messages apart: udp, unix-dgram and unix-seqpacket.

load lib/common
load lib/net

message_kinds=(udp::0 unix-dgram:datagrams unix-seqpacket:packets)

# ---- how many ------------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "datagrams: one, or --count of them" {
  for kind in udp::0 'udp:[::1]:0' unix-dgram:datagrams "unix-dgram:@$PWD/a"; do
    receiving "$kind"
    visit peer "$address" message:616263 wait
    received abc
    ended peer
    receiving "$kind" --count=3
    visit peer "$address" message:616263 message: message:64
    received abcd
    finished peer
    receiving "$kind" --count=0
    received ''
  done
}

# bats test_tags=valgrind
@test "seqpacket: messages to the end, or --count of them" {
  receiving unix-seqpacket:packets
  visit peer "$address" message:616263 message:6465
  received abcde
  receiving unix-seqpacket:packets --count=2
  visit peer "$address" message:616263 message:6465 message:66 wait
  received abcde
  ended peer
  serve peer unix-seqpacket:packets message:616263 message:6465
  [[ $(recv "$address") == abcde ]]
  serve peer unix-seqpacket:packets message:616263 message:6465 wait
  [[ $(recv --count=1 "$address") == abc ]]
}

@test "seqpacket: the end before --count is an error, exit status 3" {
  receiving unix-seqpacket:packets --count=3 -o new
  visit peer "$address" message:616263 message:6465
  finished recv 3
  grep -Fq "iovtool recv: $address" recv.err
  (($(wc -l <recv.err) == 1)) || fail "$(<recv.err)"
}

@test "--length: datagrams until so many bytes" {
  for kind in udp::0 unix-dgram:datagrams; do
    receiving "$kind" --length=5
    visit peer "$address" message:616263 message:6465 wait
    received abcde
    ended peer
  done
}

@test "an empty datagram is a message" {
  receiving udp::0
  visit peer "$address" message: wait
  received ''
  : >a
  receiving udp::0 --per-segment --count=2 --json -o a -o b
  visit peer "$address" message: message:78
  finished recv
  assert_text a ''
  assert_text b x
  json_is recv.out 'it["messages"] == 2 and it["received"] == 1'
}

@test "fd: inherited sockets that keep messages apart" {
  for type in dgram seqpacket; do
    # shellcheck disable=SC2016 # it is for that bash
    with_pair "$type" bash -c 'for word in one two three; do printf %s "$word" >&8; done
      iovtool recv fd:7 --count=1; echo
      iovtool recv fd:7 --count=2; echo' >out
    assert_lines out one twothree
  done
  with_pair dgram bash -c 'printf one >&8; printf two >&8; iovtool recv fd:7' >out
  assert_text out one
}

@test "5,000 messages keep their order" {
  python3 - <<'EOF'
import random
rng = random.Random(5)
data = rng.randbytes(51200)
ranges = [(rng.randrange(50000), rng.randrange(1, 600)) for _ in range(5000)]
open("data", "wb").write(data)
open("list", "w").writelines("data@%d+%d\n" % r for r in ranges)
open("expected", "wb").write(b"".join(data[o:o + n] for o, n in ranges))
EOF
  for kind in unix-dgram:datagrams unix-seqpacket:packets; do
    receiving "$kind" --count=5000 -o new
    send --per-segment -T list "$address"
    finished recv
    assert_same_file new expected
  done
}

# ---- where they go -------------------------------------------------------------------------------

@test "without --per-segment, messages are one stream of bytes over the destinations" {
  for kind in "${message_kinds[@]}"; do
    printf 0123456789 >target
    receiving "$kind" --count=3 -o target@1+4 -o new
    visit peer "$address" message:6162 message:63646566 message:6768
    finished recv
    assert_text target 0abcd56789
    assert_text new efgh
  done
}

@test "--per-segment: a destination for each message, and a shorter one leaves the rest" {
  for kind in "${message_kinds[@]}"; do
    printf 0123456789 >target
    receiving "$kind" --per-segment --count=3 -o target@0+4 -o target@4+4 -o new
    visit peer "$address" message:6162 message:63646566 message:6768
    finished recv
    assert_text target ab23cdef89
    assert_text new gh
  done
}

@test "--per-segment with destinations that have an end: as many messages as there are" {
  for kind in udp::0 unix-dgram:datagrams; do
    printf 0123456789 >target
    receiving "$kind" --per-segment -o target@0+4 -o target@4+4 -o target@8+2
    visit peer "$address" message:6162 message:6364 message:6566 message:6768 wait
    finished recv
    assert_text target ab23cd67ef
    ended peer
  done
}

@test "a message longer than there is room: exit status 3, and nothing of it is written" {
  for kind in "${message_kinds[@]}"; do
    printf 0123456789 >target
    receiving "$kind" -o target@2+4
    visit peer "$address" message:6162636465 wait
    finished recv 3
    (($(wc -l <recv.err) == 1)) || fail "$(<recv.err)"
    grep -q "^iovtool recv: ${kind%%:*}:" recv.err || fail "$(<recv.err)"
    assert_text target 0123456789
    ended peer

    receiving "$kind" --count=2 -o target@2+4
    visit peer "$address" message:616263 message:6465 wait
    finished recv 3
    assert_text target 01abc56789
    ended peer

    receiving "$kind" --per-segment --count=2 -o target@0+1 -o target@8+1
    visit peer "$address" message:78 message:797a wait
    finished recv 3
    assert_text target x1abc56789
    ended peer
  done
}

@test "more messages than --per-segment has destinations for: an error" {
  receiving unix-seqpacket:packets --per-segment -o one -o two
  visit peer "$address" message:61 message:62 message:63
  local status=0
  wait "${background_jobs[recv]}" || status=$?
  [[ $status == [23] && $(wc -l <recv.err) == 1 ]] || fail "$status" "$(<recv.err)"
}

@test "many segments, of which each takes a part of one message" {
  random_file data 5000 6
  head -c 10000 /dev/zero >target
  local words=()
  for i in {0..2499}; do words+=(-o "target@$((4 * i + 1))+2"); done
  receiving udp::0 "${words[@]}"
  send "$address" data
  finished recv
  python3 - <<'EOF'
data, target = open("data", "rb").read(), open("target", "rb").read()
assert b"".join(target[4 * i + 1:4 * i + 3] for i in range(2500)) == data
assert not any(target[0::4]) and not any(target[3::4])
EOF
}

# ---- sizes ---------------------------------------------------------------------------------------

@test "the largest datagram, and large messages of unix sockets" {
  random_file data 200000 7
  receiving udp::0 -o new
  send "$address" data@0+65507
  finished recv
  cmp new <(head -c 65507 data)
  for kind in unix-dgram:datagrams unix-seqpacket:packets; do
    for size in 65535 65537 150000 200000; do
      receiving "$kind" --count=1 -o new
      send "$address" data@0+"$size"
      finished recv
      cmp new <(head -c "$size" data)
    done
  done
}

# ---- sockets of datagrams in the file system -----------------------------------------------------

@test "a unix-dgram socket is its owner's alone, and gone at the end" {
  receiving unix-dgram:datagrams --count=2
  [[ $(stat -c '%F %a' datagrams) == 'socket 600' ]] || fail "$(stat datagrams)"
  send "$address" str:a
  [[ -S datagrams ]]
  send "$address" str:b
  received ab
  [[ ! -e datagrams ]] || fail 'still there'
}

# ---- other tools ---------------------------------------------------------------------------------

@test "socat, nc, ncat, dd and logger as clients" {
  receiving udp::0
  printf hello | timeout 20 socat -u - "UDP:127.0.0.1:${address##*:}"
  received hello
  receiving udp::0
  printf hello | timeout 20 nc -u -w 1 127.0.0.1 "${address##*:}"
  received hello
  receiving udp::0
  printf hello | timeout 20 ncat -u --send-only 127.0.0.1 "${address##*:}"
  received hello
  receiving udp::0 --count=4
  printf 0123456789abcdef | dd bs=4 status=none >"/dev/udp/127.0.0.1/${address##*:}"
  received 0123456789abcdef
  receiving unix-dgram:log
  printf hello | timeout 20 socat -u - UNIX-SENDTO:log
  received hello
  receiving unix-dgram:log
  logger -u "$PWD/log" -t tag 'hello, log'
  finished recv
  grep -E '^<13>.*tag: hello, log' recv.out || fail "$(<recv.out)"
}
