#!/usr/bin/env bats
# iovtool recv on streams: from a server, and as one.

load lib/common
load lib/net

# ---- from a server -------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "connects, and receives to the end" {
  random_file data 3000000 1
  for kind in tcp:127.0.0.1:0 'tcp:[::1]:0' unix:socket "unix:@$PWD/abstract"; do
    serve peer "$kind" send:data
    recv "$address" | cmp - data
    finished peer
    serve peer "$kind" send:data
    recv "$address" -o new
    finished peer
    assert_same_file new data
  done
}

@test "an end without any bytes" {
  serve peer tcp:127.0.0.1:0 shut wait
  timed recv "$address"
  [[ $status == 0 && -z $output && -z $stderr ]] || fail "$status" "$stderr"
}

@test "fd: an inherited stream" {
  serve peer tcp:127.0.0.1:0 say:hello
  exec {connection}<>"/dev/tcp/127.0.0.1/${address##*:}"
  [[ $(recv "fd:$connection") == hello ]]
  finished peer
}

@test "--length: so many bytes, and the rest stays in the connection" {
  serve peer tcp:127.0.0.1:0 say:abcdefghi wait
  exec {connection}<>"/dev/tcp/127.0.0.1/${address##*:}"
  [[ $(recv --length=3 "fd:$connection") == abc ]]
  [[ -z $(recv -n 0 "fd:$connection") ]]
  [[ $(recv -n 4 "fd:$connection") == defg ]]
  [[ $(head -c 2 <&"$connection") == hi ]]
  ended peer
}

@test "--length of a megabyte" {
  random_file data 3000000 1
  serve peer unix:socket send:data wait
  recv --length=1M "$address" -o new
  (($(stat -c %s new) == 1048576))
  cmp -n 1048576 new data
}

@test "--length: the end before is an error, exit status 3" {
  serve peer tcp:127.0.0.1:0 say:abc
  timed recv --length=4 "$address" -o new
  assert_trouble 3 "$address"
}

@test "--source, -4 and -6" {
  serve peer tcp:127.0.0.1:0 say:x
  [[ $(recv --source=127.0.0.2 -4 "tcp::${address##*:}") == x ]]
  finished peer
  grep -F 'from tcp:127.0.0.2:' peer.err || fail "$(<peer.err)"
  serve peer 'tcp:[::1]:0' say:x
  [[ $(recv -6 "tcp::${address##*:}") == x ]]
}

# ---- as a server ---------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "--listen: one connection, to its end" {
  random_file data 3000000 2
  for kind in tcp:127.0.0.1:0 tcp::0 'tcp:[::1]:0' unix:socket "unix:@$PWD/abstract"; do
    receiving "$kind" -o new
    visit peer "$address" send:data
    finished recv
    finished peer
    assert_same_file new data
    receiving "$kind"
    visit peer "$address" say:hello
    received hello
    finished peer
  done
}

@test "vsock, both ways" {
  skip_unless_vsock
  receiving vsock:1:-1
  send "$address" str:hello
  received hello
}

@test "--listen on no host is the loopback only" {
  receiving tcp::0
  [[ $address == tcp:127.0.0.1:* ]] || fail "$address"
  ss -Hltn "sport = :${address##*:}" | grep -F "127.0.0.1:${address##*:}"
  ended recv
  receiving -6 tcp::0
  [[ $address == 'tcp:[::1]:'* ]] || fail "$address"
  ended recv
}

@test "--listen on all addresses, when asked for" {
  receiving tcp:0.0.0.0:0
  visit peer "tcp:127.0.0.9:${address##*:}" say:x
  received x
}

@test "--print-address: one line on standard error, which send takes" {
  for row in 'tcp::0 tcp:127\.0\.0\.1:[1-9][0-9]*' 'tcp:[::1]:0 tcp:\[::1\]:[1-9][0-9]*' \
    'udp::0 udp:127\.0\.0\.1:[1-9][0-9]*' 'unix:sock unix:sock' "unix:@$PWD/a unix:@$PWD/a" \
    'unix-dgram:dgram unix-dgram:dgram' 'unix-seqpacket:seq unix-seqpacket:seq'; do
    read -r kind pattern <<<"$row"
    background recv iovtool recv --listen --print-address "$kind"
    eventually grep -q . recv.err
    grep -Ex "$pattern" recv.err || fail "$kind" "$(<recv.err)"
    send "$(<recv.err)" str:x
    finished recv
    assert_text recv.out x
    (($(wc -l <recv.err) == 1)) || fail "$(<recv.err)"
  done
}

@test "--ready-fd: the address, and then the descriptor is closed" {
  python3 - <<'EOF'
import os, socket, subprocess
r, w = os.pipe()
child = subprocess.Popen(["iovtool", "recv", "--listen", "--ready-fd=%d" % w, "tcp::0"],
                         pass_fds=[w], stdout=subprocess.PIPE)
os.close(w)
with os.fdopen(r) as ready:
    line = ready.read()  # returns when nobody has it any more
assert line.startswith("tcp:127.0.0.1:") and line.endswith("\n") and line.count("\n") == 1, line
with socket.create_connection(("127.0.0.1", int(line.split(":")[2]))) as peer:
    peer.sendall(b"hello")
assert child.communicate(timeout=20)[0] == b"hello" and child.returncode == 0
EOF
}

@test "--ready-fd=2: what is said on standard error goes neither to the file nor to the peer" {
  : >address
  background recv bash -c 'exec iovtool recv --listen --ready-fd=2 --trace tcp::0 -o new 2>address'
  eventually grep -q . address
  exec {peer}<>"/dev/tcp/127.0.0.1/$(sed 's/.*://' address)"
  printf hello >&"$peer"
  python3 -c 'import socket; socket.socket(fileno=int(__import__("sys").argv[1])).shutdown(1)' "$peer"
  cat <&"$peer" >back
  exec {peer}>&-
  finished recv
  assert_text new hello
  assert_text back ''
}

@test "--ready-fd: a descriptor that is a destination as well is refused" {
  for row in '1|--ready-fd=1' '1|--ready-fd=1 -o -' '8|--ready-fd=8 -o fd:8'; do
    run --separate-stderr bash -c "iovtool recv --listen tcp::0 ${row#*|} 8>file"
    assert_error_line 2 "--ready-fd: descriptor ${row%%|*} is a destination as well"
  done
}

@test "fd: an inherited socket that listens" {
  for kind in tcp:127.0.0.1:0 unix:socket; do
    announced recv python3 -B "$BATS_TEST_DIRNAME/lib/peers.py" inherit "$kind" \
      iovtool recv --listen fd:7
    visit peer "$address" say:hello
    received hello
    finished peer
  done
}

@test "a second connection is not taken" {
  receiving tcp::0
  visit first "$address" say:a sleep:0.2 say:b
  eventually grep -q a recv.out
  visit second "$address" say:c
  received ab
}

@test "a port that is taken: exit status 3" {
  serve peer tcp:127.0.0.1:0 wait
  timed recv --listen "$address"
  assert_trouble 3 "$address"
  [[ $stderr == *'Address already in use' ]] || fail "$stderr"
}

@test "a port is free again at once" {
  receiving tcp::0
  local taken=$address
  visit peer "$taken" say:a
  received a
  receiving "$taken"
  visit peer "$taken" say:b
  received b
}

# ---- scatter -------------------------------------------------------------------------------------

@test "over several destinations, in place and whole" {
  while IFS='|' read -r said target new words; do
    printf 0123456789 >target
    rm -f new
    : >new
    read -ra words <<<"$words"
    serve peer unix:socket "say:$said"
    recv "$address" "${words[@]}"
    finished peer
    assert_text target "$target" || fail "${words[*]}"
    assert_text new "$new" || fail "${words[*]}"
  done <<'EOF'
abcdef|012abcdef9||-o target@3+6
abcdef|abc3456def||-o target@0+3 -o target@-3
abcdef|0abcd56789|ef|-o target@1+4 -o new
abcdef|01234567abcdef||-o target@8
abc|abc||-o target
abc|0123456789abc||--append -o target
abcdef|01234ab7cd|ef|-o target@5+2 -o target@8+2 -o new
|0123456789||-o target@3+6
abc|abc||--atomic --fsync -o target
EOF
}

@test "a file for each megabyte, at any cut of the stream" {
  random_file data 3000000 3
  for kind in tcp:127.0.0.1:0 unix:socket; do
    head -c 1M /dev/zero | tee a >b
    receiving "$kind" -o a@0+1M -o b@5+1000000 -o c
    visit peer "$address" send:data
    finished recv
    cat a <(tail -c +6 b | head -c 1000000) c | cmp - data
    (($(stat -c %s b) == 1048576))
  done
}

@test "more bytes than the destinations have room for: exit status 2" {
  printf 0123456789 >target
  serve peer unix:socket say:abcdef
  timed recv "$address" -o target@2+3
  assert_trouble 2 'take 3 bytes, but there are more'
  [[ $(head -c 2 target; tail -c 5 target) == 0156789 && $(wc -c <target) == 10 ]] ||
    fail "$(<target)"
  serve peer unix:socket say:abc
  recv "$address" -o target@0+3
  [[ $(head -c 3 target) == abc ]]
}

@test "destinations that cannot be: exit status 2, before it listens" {
  printf 0123456789 >ten
  for words in '-o missing/new' '-o ten@5+10' '-o ten@20' '-o .' '-o hex:00' '--no-clobber -o ten' \
    '--append --atomic -o ten' '--append -o ten@2' '--atomic'; do
    read -ra words <<<"$words"
    timed recv --listen unix:socket "${words[@]}"
    assert_trouble 2 'iovtool recv: '
    [[ ! -e socket ]]
  done
  assert_text ten 0123456789
}

@test "--atomic: the old file when the stream breaks, the new one when it ends" {
  random_file data 100000 4
  printf old >target
  receiving tcp::0 --atomic -o target
  visit peer "$address" send:data sleep:0.1 hup
  finished recv 3
  assert_text target old
  receiving tcp::0 --atomic --length=100001 -o target
  visit peer "$address" send:data
  finished recv 3
  assert_text target old
  receiving tcp::0 --atomic -o target
  visit peer "$address" send:data
  finished recv
  assert_same_file target data
  find . -name '*target*' | grep -vx ./target && fail 'left behind'
  true
}

@test "--atomic --json: the old file when the answer cannot be written" {
  printf old >target
  announced recv bash -c 'exec iovtool recv --listen --ready-fd=9 tcp:127.0.0.1:0 --json --atomic -o target >/dev/full'
  send "$address" str:new
  finished recv 2
  [[ $(<recv.err) == 'iovtool recv: cannot write standard output: No space left on device' ]] || fail "$(<recv.err)"
  assert_text target old
  [[ $(find . -name '*target*') == ./target ]] || fail 'left behind'
}

@test "--atomic of several: what was put in place before the one that failed is told" {
  skip_unless_injection
  printf old | tee one two >three
  announced recv strace -f -q -o calls -e trace=rename,renameat,renameat2 \
    -e inject=rename,renameat,renameat2:error=EIO:when=2 \
    iovtool recv --listen --ready-fd=9 unix-seqpacket:socket --count=3 --per-segment --atomic -o one -o two -o three
  send --per-segment "$address" str:1 str:2 str:3
  finished recv 2
  [[ $(<recv.err) == 'iovtool recv: two: Input/output error (files put in place before it: 1)' ]] || fail "$(<recv.err)"
  assert_text one 1
  assert_text two old
  assert_text three old
  [[ $(find . -name '*.*.*') == '' ]] || fail 'left behind'
}

@test "a disk that is full, a reader that goes away" {
  random_file data 3000000 5
  serve peer unix:socket send:data
  timed recv "$address" -o /dev/full
  assert_trouble 2 /dev/full
  serve peer unix:socket send:data wait
  { recv "$address" 2>err || echo "$?" >status; } | head -c 1 >/dev/null
  [[ $(<status) == 141 && ! -s err ]] || fail "$(<status)" "$(<err)"
}

# ---- what it tells -------------------------------------------------------------------------------

@test "--json, --trace" {
  receiving tcp::0 --json -o new
  visit peer "$address" say:hello
  finished recv
  json_is recv.out 'list(it) == ["address", "messages", "received", "seconds"]'
  json_is recv.out 'it["address"].startswith("tcp:")'
  json_is recv.out 'it["messages"] is None and it["received"] == 5 and 0 <= it["seconds"] < 20'
  receiving tcp::0 --trace
  visit peer "$address" say:hello
  finished recv
  grep -E '^recv \+0\b.*68 65 6c 6c  ?6f.*hello' recv.err || fail "$(<recv.err)"
  assert_text recv.out hello
}

@test "raw bytes are not written to a terminal, unless by -o -" {
  script -qec 'true' /dev/null </dev/null >/dev/null || skip 'the kernel gives no pseudo-terminal'
  serve peer unix:socket say:secret
  run -2 script -qec "$IOVTOOL recv $address" /dev/null </dev/null
  [[ $output == *'standard output is a terminal'* && $output != *secret* ]] || fail "$output"
  run -0 script -qec "$IOVTOOL recv $address -o -" /dev/null </dev/null
  [[ $output == secret* ]] || fail "$output"
}

# ---- other tools ---------------------------------------------------------------------------------

@test "socat, nc and ncat as servers" {
  random_file data 300000 6
  for row in 'socat -U TCP-LISTEN:0,bind=127.0.0.1 OPEN:data' 'nc -N -l 127.0.0.1 0' \
    'ncat --send-only -l 127.0.0.1 0'; do
    read -ra words <<<"$row"
    tool peer "${words[@]}" <data
    recv "tcp:127.0.0.1:$port" | cmp - data
    finished peer
  done
}

@test "socat, nc and ncat as clients" {
  random_file data 300000 7
  local port
  for row in 'socat -u - TCP:127.0.0.1:' 'nc -N 127.0.0.1 ' 'ncat --send-only 127.0.0.1 '; do
    receiving tcp::0
    read -ra words <<<"$row${address##*:}"
    timeout 20 "${words[@]}" <data
    finished recv
    assert_same_file recv.out data
  done
  for row in 'socat -u - UNIX:socket' 'nc -NU socket' 'ncat --send-only -U socket'; do
    receiving unix:socket
    read -ra words <<<"$row"
    timeout 20 "${words[@]}" <data
    finished recv
    assert_same_file recv.out data
  done
}
