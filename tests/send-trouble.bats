#!/usr/bin/env bats
# iovtool send to peers that misbehave: it ends in time, says why in one line, and never hangs.

load lib/common
load lib/net

setup_file() {
  export SHIM=$BATS_FILE_TMPDIR/shim.so
  build_shim shim
}

# ---- nobody there --------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "refused: exit status 3, the address and the cause" {
  refuse tcp:127.0.0.1:0
  timed send "$address" str:x
  assert_trouble 3 "$address"
  [[ $stderr == "iovtool send: $address: cannot connect: Connection refused" ]] || fail "$stderr"
  assert_elapsed 0 2000
  timed send unix:missing str:x
  assert_trouble 3 'unix:missing: cannot connect: No such file or directory'
  timed send unix-dgram:missing str:x
  assert_trouble 3 'unix-dgram:missing: cannot connect: No such file or directory'
}

@test "refused: a socket on which nobody listens any more" {
  serve peer unix:stale read
  ended peer
  timed send unix:stale str:x
  assert_trouble 3 'unix:stale: cannot connect: Connection refused'
  printf x >file
  timed send unix:file str:x
  assert_trouble 3 'unix:file: cannot connect: Connection refused'
}

@test "the wrong type of unix socket" {
  serve peer unix:socket read
  timed send unix-dgram:socket str:x
  assert_trouble 3 unix-dgram:socket
  timed send unix-seqpacket:socket str:x
  assert_trouble 3 unix-seqpacket:socket
}

@test "udp: that nobody listens is known at the end" {
  refuse udp:127.0.0.1:0
  timed send "$address" str:x
  assert_trouble 3 "$address"
  [[ $stderr == *'Connection refused' ]] || fail "$stderr"
  timed send --per-segment "$address" str:a str:b str:c
  assert_trouble 3 "$address"
  timed send --reply --timeout=2 "$address" str:x
  assert_trouble 3 "$address"
}

@test "a name that there is not" {
  local alone=()
  ! unshare -n true 2>/dev/null || alone=(unshare -n) # no name server to wait for
  for name in no-such-host.invalid 'no..such' 1.2.3.4.5; do
    timed timeout 25 "${alone[@]}" iovtool send "tcp:$name:80" str:x
    assert_trouble 3 "tcp:$name:80"
  done
}

@test "--retry: a server that comes later" {
  serve peer tcp:127.0.0.1:0 --late=0.5 read
  timed send --retry=100 --retry-delay=50ms "$address" str:x
  [[ $status == 0 && -z $stderr ]] || fail "$status" "$stderr"
  finished peer
  assert_text peer.out x
  refuse udp:127.0.0.1:0 # for a port that is not there
  timed send --retry=1 --retry-delay=0.1 "$address" str:x
  [[ $status == 3 ]] || fail "status $status"
}

@test "--retry: after so many attempts it is over" {
  refuse tcp:127.0.0.1:0
  timed send --retry=3 --retry-delay=200ms "$address" str:x
  assert_trouble 3 "$address: cannot connect: Connection refused"
  assert_elapsed 600
  timed send --retry=2 --retry-delay=0 unix:missing str:x
  assert_trouble 3 unix:missing
  assert_elapsed 0
}

# 4,295 s are 2^32 microseconds and 33 ms.
@test "--retry-delay: longer than 32 bits of microseconds" {
  refuse tcp:127.0.0.1:0
  timed send --max-time=0.5 --retry=1 --retry-delay=4295s "$address" str:x
  assert_trouble 4 'max-time'
  assert_elapsed 500
}

# ---- time-outs -----------------------------------------------------------------------------------

@test "--connect-timeout: a full backlog" {
  for kind in tcp:127.0.0.1:0 unix:socket; do
    serve peer "$kind" --full
    timed send --connect-timeout=0.4 "$address" str:x
    assert_trouble 4 "$address"
    assert_elapsed 400
    timed send --connect-timeout=200ms --retry=1 --retry-delay=100ms "$address" str:x
    assert_trouble 4 "$address"
    assert_elapsed 500
    ended peer
  done
}

# silent_name_server COMMAND...: with one that takes every question and answers none.
silent_name_server() {
  rm -rf etc
  cp -a /etc etc
  echo 'nameserver 127.0.0.1' >etc/resolv.conf
  echo 'hosts: dns' >etc/nsswitch.conf
  unshare -mn sh -c 'mount --bind etc /etc && ip link set lo up && exec python3 -c "
import socket, subprocess, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((\"127.0.0.1\", 53))
sys.exit(subprocess.call(sys.argv[1:]))" "$@"' sh "$@"
}

@test "--connect-timeout: a name server that says nothing" {
  unshare -mn true 2>/dev/null || skip 'the kernel lets only root mount here'
  for kind in tcp udp; do
    timed silent_name_server timeout 20 iovtool send --connect-timeout=0.4 "$kind:host.example:80" str:x
    assert_trouble 4 "$kind:host.example:80: 'host.example' could not be looked up in time"
    assert_elapsed 400 5000
  done
}

@test "--timeout: peers that do nothing, each in its own way" {
  random_file data 12000000 1
  while IFS='|' read -r steps arguments; do
    read -ra steps <<<"$steps"
    read -ra arguments <<<"$arguments"
    for kind in tcp:127.0.0.1:0 unix:socket; do
      serve peer "$kind" "${steps[@]}"
      timed send --timeout=0.2 "${arguments[@]}" "$address" data
      assert_trouble 4 "$address" || fail "peer: ${steps[*]}"
      assert_elapsed 200
      ended peer
    done
  done <<'EOF'
wait|
read:1000000 wait|
read:1000000 wait|--offload=none
wait|--reply=answer
read:12000000 wait|--reply=answer
read wait|--reply=answer
read say:ab wait|--reply-length=3 --reply=answer
read say:ab wait|--reply-until=str:c --reply=answer
EOF
}

@test "--timeout: a peer that takes a byte a second" {
  random_file data 12000000 1
  for kind in tcp:127.0.0.1:0 unix:socket; do
    serve peer "$kind" sip:1
    timed send --timeout=1.5 "$address" data
    assert_trouble 4 "$address"
    assert_elapsed 1500 5500
    ended peer
  done
}

@test "--timeout: what moves slowly is not idle" {
  random_file data 8000000 1
  serve peer unix:socket read:2000000 sleep:0.3 read:2000000 sleep:0.3 read:2000000 sleep:0.3 read
  timed send --timeout=0.8 "$address" data
  [[ $status == 0 ]] || fail "$status" "$stderr"
  finished peer
  assert_same_file peer.out data
}

@test "--timeout: datagrams that nobody takes, an answer that does not come" {
  serve peer unix-dgram:datagrams wait
  printf 'zero:100\n%.0s' {1..3000} >list
  timed send --timeout=0.4 --per-segment -T list "$address"
  assert_trouble 4 "$address"
  assert_elapsed 400
  for kind in udp:127.0.0.1:0 unix-seqpacket:packets; do
    serve peer "$kind" messages:1 wait
    timed send --timeout=0.4 --reply "$address" str:x
    assert_trouble 4 "$address"
    assert_elapsed 400
    ended peer
  done
}

@test "times are seconds, or have a unit" {
  for row in '0.3 300' '300ms 300' '1s 1000' '0.3s 300'; do
    read -r time least <<<"$row"
    serve peer unix:socket wait
    timed send --reply --timeout="$time" "$address" str:x
    assert_trouble 4 "$address"
    assert_elapsed "$least"
    ended peer
  done
}

@test "--timeout=0 waits as long as it takes" {
  serve peer unix:socket read sleep:1 say:late
  [[ $(send --timeout=0 --reply "$address" str:x) == late ]]
  finished peer
}

# ---- connections that break ----------------------------------------------------------------------

@test "a peer that goes away in the middle: exit status 3, one line, and no signal" {
  random_file data 12000000 1
  for kind in tcp:127.0.0.1:0 unix:socket; do
    for steps in hup sleep:0 read:1 'read:100000 hup' read:3000000; do
      read -ra steps <<<"$steps"
      for option in --offload={auto,none} --reply=answer; do
        serve peer "$kind" "${steps[@]}"
        timed send "$option" "$address" data
        assert_trouble 3 "$address" || fail "$option, peer: ${steps[*]}"
        [[ $stderr == *'Connection reset by peer' || $stderr == *'Broken pipe' ]] || fail "$stderr"
        finished peer
      done
    done
  done
}

@test "a connection that is reset during the answer: exit status 3" {
  random_file answer 1000000 2
  serve peer tcp:127.0.0.1:0 read send:answer sleep:0.2 hup
  timed send --reply=actual "$address" str:x
  assert_trouble 3 "$address"
  serve peer tcp:127.0.0.1:0 read:1 hup
  timed send --reply --no-shutdown "$address" str:x
  assert_trouble 3 "$address"
}

@test "a peer of seqpacket that goes away" {
  printf 'zero:1000\n%.0s' {1..20000} >list
  serve peer unix-seqpacket:packets messages:3
  timed send --per-segment -T list "$address"
  assert_trouble 3 "$address"
  serve peer unix-seqpacket:packets messages:1 message:616263
  timed send --reply-length=4 --reply=answer "$address" str:x
  assert_trouble 3 "$address"
}

@test "fd: descriptors that are no connection" {
  printf x >file
  for row in '3 file' '77 closed' '5 pipe'; do
    read -r number _ <<<"$row"
    timed send "fd:$number" str:x 3<file 5> >(cat)
    [[ $status == [23] && -z $output && $stderr == "iovtool send: fd:$number"* ]] ||
      fail "$row" "$status" "$stderr"
  done
}

# ---- unwilling calls -----------------------------------------------------------------------------

# shimmed MOST EINTR EAGAIN ARGUMENT...
shimmed() {
  env SHIM_MOST="$1" SHIM_EINTR="$2" SHIM_EAGAIN="$3" SHIM_LOG="$BATS_TEST_TMPDIR/shim.log" \
    LD_PRELOAD="$SHIM" timeout 30 iovtool send "${@:4}"
}

# assert_shimmed: every kind of trouble has come up.
assert_shimmed() {
  awk '{ for (i = 1; i <= 4; i++) n[i] += $i }
       END { print; exit !(n[1] && n[2] && n[3] && n[4]) }' shim.log || fail "$(<shim.log)"
}

@test "streams cut short, interrupted and not ready" {
  needs_preload
  random_file data 300000 3
  { cat data; printf ten; head -c 150000 data; } >expected
  for kind in tcp:127.0.0.1:0 unix:socket; do
    for limits in '997 3 4' '4097 2 3' '65536 5 2'; do
      for option in --offload={auto,none,sendfile}; do
        read -ra limits <<<"$limits"
        serve peer "$kind" send:data read
        shimmed "${limits[@]}" "$option" --reply=answer "$address" data str:ten data@0+150000
        finished peer
        assert_same_file peer.out expected
        assert_same_file answer data
      done
    done
  done
  assert_shimmed
}

@test "messages interrupted and not ready" {
  needs_preload
  random_file data 20000 4
  for i in {0..199}; do echo "data@$((i * 100))+100"; done >list
  for kind in udp:127.0.0.1:0 unix-dgram:datagrams unix-seqpacket:packets; do
    serve peer "$kind" messages:200 message:616263
    source=()
    [[ $kind != unix-dgram* ]] || source=(--source=here)
    [[ $(shimmed 1000000 3 2 "${source[@]}" --reply --per-segment -T list "$address") == abc ]]
    finished peer
    xxd -p -c 100 data | cmp - peer.out
  done
}

# ---- usage ---------------------------------------------------------------------------------------

@test "connect() that a signal interrupts, at once or while it waits" {
  skip_unless_injection
  for kind in tcp:127.0.0.1:0 unix:stream unix-seqpacket:packets udp:127.0.0.1:0 unix-dgram:datagrams; do
    serve peer "$kind" messages:1
    with_error connect EINTR 1 send "$address" str:abc 2>said || fail "$kind" "$(<said)"
    finished peer
    assert_lines peer.out 616263
  done
}

@test "notices of MSG_ZEROCOPY that cannot be read, or never come: an end in time" {
  skip_unless_injection
  random_file data 300000 4
  for row in 'EIO 3 cannot send: Input/output error' 'EAGAIN 4 nothing moved for 0.2 s'; do
    read -r problem expected words <<<"$row"
    serve peer tcp:127.0.0.1:0 count
    timed with_error recvmsg "$problem" 1+ send --offload=zerocopy --timeout=0.2 "$address" data
    assert_trouble "$expected" "$words"
    ((elapsed < 10000)) || fail "$problem: $elapsed ms"
    finished peer
  done
}

@test "an address that is none: the column, the word and a caret" {
  while IFS='|' read -r word column; do
    timed send "$word" str:x
    [[ $status == 2 && -z $output && ${#stderr_lines[@]} == 3 ]] || fail "$word" "$status" "$stderr"
    [[ ${stderr_lines[0]} == "iovtool send: $word: "*"(column $column)" ]] || fail "$stderr"
    [[ ${stderr_lines[1]} == "  $word" ]] || fail "$stderr"
    [[ ${stderr_lines[2]} == "  $(printf '%*s^' $((column - 1)) '')" ]] || fail "$stderr"
  done <<'EOF'
tcp:localhost|14
tcp:localhost:|15
tcp:|5
udp:host|9
tcp:localhost:65536|15
tcp:127.0.0.1:99999999999999999999|15
tcp:[::1]|10
tcp:[::1]80|10
tcp:[fe80::1]:9|13
unix:|6
unix-dgram:|12
unix-seqpacket:|16
vsock:1|8
vsock:x:5|7
fd:|4
fd:x|4
fd:-1|4
fd:99999999999|4
http:localhost:80|1
localhost:80|1
EOF
}

@test "options and operands that do not go together: exit status 2, before anything is sent" {
  refuse tcp:127.0.0.1:0
  while IFS= read -r arguments; do
    eval "timed send $arguments"
    [[ $status == 2 && -z $output && $stderr == 'iovtool send: '* ]] ||
      fail "send $arguments" "$status" "$stderr"
    ((${#stderr_lines[@]} == 1)) || [[ $stderr == *column* ]] || fail "$arguments" "$stderr"
  done <<'EOF'

"$address"
--per-segment "$address" str:x
--mtu=100 "$address" str:x
--mtu=0 udp:127.0.0.1:9 str:x
--mtu=-1 udp:127.0.0.1:9 str:x
--mtu=x udp:127.0.0.1:9 str:x
--framing=be32 udp:127.0.0.1:9 str:x
--framing=be64 "$address" str:x
--framing "$address"
--offload=maybe "$address" str:x
-4 -6 "$address" str:x
--json --reply "$address" str:x
--json --reply=- "$address" str:x
--reply-length=3 --reply-until=0a "$address" str:x
--reply-length=x "$address" str:x
--reply-until=0 "$address" str:x
--reply-until=str: "$address" str:x
--reply-until= "$address" str:x
--reply-until=0a udp:127.0.0.1:9 str:x
--timeout=soon "$address" str:x
--timeout=-1 "$address" str:x
--timeout= "$address" str:x
--connect-timeout=5x "$address" str:x
--retry=-1 "$address" str:x
--retry=x "$address" str:x
--retry-delay=x "$address" str:x
--listen "$address" str:x
--no-such-option "$address" str:x
EOF
}

@test "segments that cannot be sent: exit status 2, before anything is sent" {
  refuse tcp:127.0.0.1:0
  printf 0123456789 >ten
  for words in missing ten@5+6 ten@20 -T\ missing ten\ missing; do
    read -ra words <<<"$words"
    timed send "$address" "${words[@]}"
    assert_trouble 2 'iovtool send: '
  done
  for word in hex:0 zero:x ten@9..3; do
    timed send "$address" "$word"
    [[ $status == 2 && $stderr == "iovtool send: $word: "*column* ]] || fail "$stderr"
  done
}
