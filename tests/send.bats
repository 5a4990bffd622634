#!/usr/bin/env bats
# iovtool send on streams: what arrives is the vector, and then the end.

load lib/common
load lib/net

make_inputs() {
  printf 0123456789 >ten
  random_file data 3000000 1
}

# arrives ADDRESS SEGMENT...: these make up the file `expected` at a peer that listens there.
arrives() {
  serve peer "$1" read
  send "$address" "${@:2}"
  finished peer
  assert_same_file peer.out expected
}

# ---- addresses -----------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "every kind of stream: all the bytes, then the end" {
  make_inputs
  { printf 'head\0'; tail -c +11 data | head -c 200000; printf '\0\0\0'; cat ten; } >expected
  for kind in tcp:127.0.0.1:0 'tcp:[::1]:0' unix:socket "unix:$PWD/socket2" "unix:@$PWD/name"; do
    arrives "$kind" str:head hex:00 data@10+200000 zero:3 - <ten
  done
}

@test "vsock" {
  skip_unless_vsock
  printf 'vsock' >expected
  arrives vsock:1:-1 str:vs str:ock
}

@test "fd: an inherited stream, of the network and of a pair" {
  printf 'hello' >expected
  serve peer tcp:127.0.0.1:0 read
  exec {connection}<>"/dev/tcp/127.0.0.1/${address##*:}"
  send "fd:$connection" str:hel str:lo
  finished peer # though this shell has the descriptor still
  exec {connection}>&-
  assert_same_file peer.out expected
  with_pair stream bash -c 'iovtool send fd:7 str:hel str:lo && cat <&8' | cmp - expected
}

@test "the path of a unix socket may hold colons and ats" {
  printf 'x' >expected
  for path in 'a:b' 'c@d' 'e@0+4' 'tcp:127.0.0.1:1' './@f'; do
    arrives "unix:$path" str:x
  done
}

@test "no host is the loopback, of IPv6 with -6" {
  serve peer tcp:127.0.0.1:0 read
  send "tcp::${address##*:}" str:four
  finished peer
  assert_text peer.out four
  serve peer 'tcp:[::1]:0' read
  send -6 "tcp::${address##*:}" str:six
  finished peer
  assert_text peer.out six
  serve peer tcp:127.0.0.1:0 read
  send --ipv4 "tcp::${address##*:}" str:four
  finished peer
  assert_text peer.out four
}

# with_hosts LINES COMMAND...: where these, and no others, are the hosts' names. A bare machine has no
# /etc/hosts to mount over.
with_hosts() {
  rm -rf etc
  cp -a /etc etc
  printf '%b\n' "$1" >etc/hosts
  unshare -m sh -c 'mount --bind etc /etc && exec "$@"' sh "${@:2}"
}

@test "a name of several addresses: the first that takes the connection" {
  unshare -m true 2>/dev/null || skip 'the kernel lets only root mount here'
  local hosts='127.0.0.1 both\n::1 both\n127.0.0.8 all\n127.0.0.1 all\n127.0.0.9 all'
  for server in 127.0.0.1 '[::1]'; do
    serve peer "tcp:$server:0" read
    with_hosts "$hosts" timeout 20 iovtool send "tcp:both:${address##*:}" str:x
    finished peer
    assert_text peer.out x
  done
  for server in 127.0.0.1 127.0.0.8 127.0.0.9; do
    serve peer "tcp:$server:0" read
    with_hosts "$hosts" timeout 20 iovtool send "tcp:all:${address##*:}" str:x
    finished peer
    assert_text peer.out x
  done
}

@test "-4 and -6 choose among the addresses of a name" {
  unshare -m true 2>/dev/null || skip 'the kernel lets only root mount here'
  for row in '-4 127.0.0.1 fd00::1' '-6 [::1] 192.0.2.1'; do
    read -r option server other <<<"$row"
    serve peer "tcp:$server:0" read
    local at=${address##*:}
    run -3 with_hosts "$other both" timeout 20 iovtool send "$option" "tcp:both:$at" str:no
    with_hosts '127.0.0.1 both\n::1 both' timeout 20 iovtool send "$option" "tcp:both:$at" str:yes
    finished peer
    assert_text peer.out yes
  done
}

@test "a value of --source or --reply-until that is wrong is told with its option" {
  while IFS='|' read -r option message; do
    run -2 --separate-stderr send "$option" 'tcp:[::1]:1' str:x
    [[ -z $output && ${stderr_lines[0]} == "iovtool send: ${option%%=*}: ${option#*=}: $message" ]] || fail "$option" "$stderr"
  done <<'TABLE'
--source=::1|an IPv6 address goes in brackets (column 1)
--source=fe80::1:80|an IPv6 address goes in brackets (column 1)
--source=[fe80::1]|a link-local address needs a zone, as in [fe80::1%eth0] (column 9)
--source=1.2.3.4:x!|not a port: '!' (column 10)
--reply-until=0d0|odd number of hex digits (column 3)
--reply-until=le32:x|number expected: 'x' (column 6)
TABLE
}

@test "--source: where the connection comes from" {
  local free
  free=$(free_port)
  for row in "127.0.0.2 127.0.0.2:[0-9]+" \
    "127.0.0.3:$free 127.0.0.3:$free" ":$free 127.0.0.1:$free"; do
    read -r source seen <<<"$row"
    serve peer tcp:127.0.0.1:0 read
    send --source="$source" "$address" str:x
    finished peer
    grep -Ex "from tcp:$seen" peer.err || fail "$source" "$(<peer.err)"
  done
  serve peer 'tcp:[::1]:0' read
  send --source="[::1]:$free" "$address" str:x
  finished peer
  grep -Fx "from tcp:[::1]:$free" peer.err || fail "$(<peer.err)"
}

# ---- vectors -------------------------------------------------------------------------------------

@test "the options of vectors" {
  make_inputs
  printf 'ten@0+2\n# no\nten@4+2\n' >list
  printf 'ten@0+2\0ten@4+2\0' >list0
  while IFS='|' read -r text words; do
    printf '%b' "$text" >expected
    read -ra words <<<"$words"
    arrives unix:socket "${words[@]}"
  done <<'EOF'
0145|-T list
0145|-0 -T list0
234|-s 2 -n 3 ten
456789ab|--skip=4 ten str:ab
89|--allow-short ten@8+10
89\0\0|--zero-pad ten@8+4
0123456789|--no-map ten
EOF
}

@test "an empty vector: a connection, and its end" {
  : >expected
  arrives tcp:127.0.0.1:0 hex:
  arrives unix:socket zero:0 hex: /dev/null
  arrives unix:socket -n 0 str:abc
}

@test "standard input and other pipes" {
  make_inputs
  mkfifo fifo
  for kind in tcp:127.0.0.1:0 unix:socket; do
    cat data >fifo &
    cat ten data ten <(tail -c +100001 data | head -c 50000) >expected
    arrives "$kind" ten - ten fifo@100000+50000 < <(cat data)
    wait "$!" || true # cat is not read to its end
  done
}

@test "as many segments as one call takes, one less and one more, and 100,000" {
  make_inputs
  python3 - <<'EOF'
import random
rng = random.Random(3)
data = open("data", "rb").read()
for count in 1023, 1024, 1025, 100000:
    ranges = [(rng.randrange(2900000), rng.choice((0, 1, 3, 64, 700))) for _ in range(count)]
    open("list-%d" % count, "w").writelines("data@%d+%d\n" % r for r in ranges)
    open("bytes-%d" % count, "wb").write(b"".join(data[s:s + n] for s, n in ranges))
EOF
  for count in 1023 1024 1025 100000; do
    cp "bytes-$count" expected
    arrives tcp:127.0.0.1:0 -T "list-$count"
    arrives unix:socket --no-map -T "list-$count"
  done
}

@test "sizes around pages, windows and buffers" {
  make_inputs
  for kind in tcp:127.0.0.1:0 unix:socket; do
    for size in 1 4095 65537 212992 212993 262144 1048577 2999999; do
      head -c "$size" data >expected
      arrives "$kind" "data@0+$size"
    done
  done
}

@test "every way to offload sends the same" {
  make_inputs
  truncate -s 500000 hole
  cat ten data ten hole >expected
  for choice in auto sendfile zerocopy none; do
    for kind in tcp:127.0.0.1:0 unix:socket; do
      arrives "$kind" --offload="$choice" ten data str:0123456789 hole
    done
  done
}

# bats test_tags=plain
@test "more than 2 GiB in one piece" {
  truncate -s 2200000000 hole
  for kind in tcp:127.0.0.1:0 unix:socket; do
    serve peer "$kind" count
    send "$address" hole str:x
    finished peer
    assert_text peer.out '2200000001\n'
  done
}

@test "a source that shrinks while it is sent: exit status 2" {
  local size=$((48 << 20))
  head -c "$size" /dev/zero >source
  mkfifo fifo
  background peer socat -u TCP-LISTEN:0,bind=127.0.0.1 GOPEN:fifo
  eventually has_port peer
  background sender iovtool send "tcp:127.0.0.1:$port" source
  { head -c 100000; truncate -s 2M source; cat; } <fifo >/dev/null
  finished sender 2
  grep -E '^iovtool send: source.*shrank' sender.err || fail "$(<sender.err)"
}

# ---- the end -------------------------------------------------------------------------------------

@test "--no-shutdown: an inherited connection goes on" {
  serve peer tcp:127.0.0.1:0 read
  exec {connection}<>"/dev/tcp/127.0.0.1/${address##*:}"
  send --no-shutdown "fd:$connection" str:one,
  send --no-shutdown "fd:$connection" str:two,
  is_running peer || fail 'the peer has seen an end'
  send "fd:$connection" str:three
  finished peer
  exec {connection}>&-
  assert_text peer.out one,two,three
}

@test "--no-shutdown: who answers at the end has not seen it" {
  for kind in tcp:127.0.0.1:0 unix:socket; do
    serve peer "$kind" read say:answer
    [[ $(send --reply "$address" str:x) == answer ]]
    finished peer
    serve peer "$kind" read say:answer
    timed send --no-shutdown --reply --timeout=0.3 "$address" str:x
    assert_trouble 4 "$address"
  done
}

@test "what the peer says without being asked does not destroy what is sent" {
  make_inputs
  for kind in tcp:127.0.0.1:0 unix:socket; do
    serve peer "$kind" 'say:220 ready\n' read
    send "$address" data
    finished peer
    assert_same_file peer.out data
    serve peer "$kind" send:data read # more than buffers hold, before it reads anything
    send "$address" data
    finished peer
    assert_same_file peer.out data
  done
}

@test "a peer that greets at any moment gets all and then an end, not a reset" {
  for kind in unix:stream unix-seqpacket:packets tcp:127.0.0.1:0; do
    announced greeter python3 -B "$BATS_TEST_DIRNAME/lib/peers.py" greet "$kind" 200
    for _ in {1..200}; do
      iovtool send "$address" str:EHLO
    done
    finished greeter
    [[ $(sort greeter.out | uniq -c | xargs) == '200 4' ]] || fail "$kind" "$(sort greeter.out | uniq -c)"
  done
}

@test "all has arrived when it exits, though the peer reads late" {
  make_inputs
  for kind in tcp:127.0.0.1:0 unix:socket; do
    serve peer "$kind" sleep:0.3 read
    send "$address" data
    finished peer
    assert_same_file peer.out data
  done
}

@test "a unix peer that never reads: a time-out, exit status 4" {
  serve peer unix:socket wait
  timed send --timeout=0.3 "$address" str:x
  assert_trouble 4 'unix:socket: nothing moved for 0.3 s'
  ended peer
}

@test "an inherited connection without --reply: what the peer says is left in it" {
  for _ in {1..20}; do
    serve peer tcp:127.0.0.1:0 read:1 sleep:0.01 say:answer read
    exec {connection}<>"/dev/tcp/127.0.0.1/${address##*:}"
    send --no-shutdown "fd:$connection" str:x
    [[ $(recv --length=6 "fd:$connection") == answer ]]
    exec {connection}>&-
    finished peer
  done
}

@test "--shutdown: when the peer is told that this was all" {
  for kind in tcp:127.0.0.1:0 unix:socket; do
    # A peer that answers only then; with silence it is told when it has said nothing for a while.
    for when in now silence; do
      serve peer "$kind" read say:answer
      [[ $(send --reply --shutdown="$when" "$address" str:x) == answer ]] || fail "$kind $when"
      finished peer
    done
    serve peer "$kind" read say:answer
    timed send --shutdown=never --reply --timeout=0.3 "$address" str:x
    assert_trouble 4 "$address"
  done
  run --separate-stderr iovtool send --no-shutdown --shutdown=now tcp:127.0.0.1:1 str:x
  assert_error_line 2 '--no-shutdown is --shutdown=never, and --shutdown=now is given'
}

@test "--shutdown=silence without --reply waits as well, and leaves what an inherited peer says" {
  serve peer tcp:127.0.0.1:0 read:1 say:early read
  exec {connection}<>"/dev/tcp/127.0.0.1/${address##*:}"
  timed send --shutdown=silence "fd:$connection" str:x
  assert_elapsed 250
  [[ $status == 0 && $(cat <&"$connection") == early ]]
  exec {connection}>&-
  finished peer
}

# ---- other tools ---------------------------------------------------------------------------------

@test "socat, nc and ncat listen" {
  make_inputs
  for row in 'socat -u TCP-LISTEN:0,bind=127.0.0.1 -' 'socat -u TCP6-LISTEN:0,bind=[::1] -' \
    'nc -l 127.0.0.1 0' 'nc -l ::1 0' 'ncat --recv-only -l 127.0.0.1 0'; do
    read -ra words <<<"$row"
    tool peer "${words[@]}"
    [[ $row == *::1* ]] && local host='[::1]' || local host=127.0.0.1
    send "tcp:$host:$port" data </dev/null
    finished peer
    assert_same_file peer.out data
  done
  local path=$PWD/socket # whole, because sockets of other tests are listed too
  for row in "socat -u UNIX-LISTEN:$path -" "nc -lU $path" "ncat --recv-only -lU $path"; do
    rm -f "$path"
    read -ra words <<<"$row"
    background peer "${words[@]}"
    eventually is_listening "$path"
    send "unix:$path" data
    finished peer
    assert_same_file peer.out data
  done
}

# ---- what it tells -------------------------------------------------------------------------------

@test "--json: what was sent" {
  make_inputs
  for kind in tcp:127.0.0.1:0 unix:socket; do
    serve peer "$kind" read say:abc
    send --json --reply=answer "$address" ten data >out
    finished peer
    json_is out 'list(it) == ["address", "messages", "sent", "received", "seconds"]'
    json_is out 'it["messages"] is None and it["sent"] == 3000010 and it["received"] == 3'
    json_is out '0 <= it["seconds"] < 20'
    json_is out "it['address'] == '$address'"
  done
}

@test "--trace: what went and what came, as dumps on standard error" {
  serve peer tcp:127.0.0.1:0 read say:answer
  send --trace --reply "$address" str:question hex:00ff >out 2>err
  finished peer
  assert_text out answer
  assert_text peer.out 'question\0\xff'
  grep -E '^send \+0\b.*71 75 65 73  ?74 69 6f 6e.*question' err || fail "$(<err)"
  grep -E '^recv \+0\b.*61 6e 73 77  ?65 72.*answer' err || fail "$(<err)"
}

@test "nothing is said when all is well" {
  serve peer tcp:127.0.0.1:0 read
  run --separate-stderr send "$address" str:x
  [[ $status == 0 && -z $output && -z $stderr ]] || fail "$status" "$output" "$stderr"
  finished peer
}
