#!/usr/bin/env bats
# iovtool send --reply: the answer of a stream, of which exactly so much is taken as was asked for.

load lib/common
load lib/net

# converse STEP...: with a peer that does these; sets $connection, which is inherited.
converse() {
  serve peer tcp:127.0.0.1:0 "$@"
  exec {connection}<>"/dev/tcp/127.0.0.1/${address##*:}"
}

# answers TEXT ARGUMENT...: to `iovtool send --no-shutdown ARGUMENT...` on the connection.
answers() {
  send --no-shutdown "fd:$connection" "${@:2}" >answer
  assert_text answer "$1"
}

# ---- where it goes -------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "--reply: all that the peer says, on standard output" {
  random_file data 3000000 2
  for kind in tcp:127.0.0.1:0 'tcp:[::1]:0' unix:socket; do
    for option in --reply --reply=-; do
      serve peer "$kind" read send:data
      send "$option" "$address" str:question | cmp - data
      finished peer
      assert_text peer.out question
    done
  done
}

@test "--reply=FILE replaces it, --reply=FILE@RANGE writes inside of it" {
  for row in 'new|abc|' 'old|abc|' 'old@2|01abc56789|' 'old@2+3|01abc56789|' 'old@-3|0123456abc|' \
    'old@4..9|0123abc789|' 'fd:4|abc|'; do
    IFS='|' read -r destination text _ <<<"$row"
    printf 0123456789 >old
    : >fd
    serve peer unix:socket read say:abc
    send --reply="$destination" "$address" str:x 4>fd
    finished peer
    case $destination in
      fd:4) assert_text fd "$text" ;;
      *) assert_text "${destination%%@*}" "$text" ;;
    esac
  done
}

@test "--reply=FILE@RANGE: more than it has room for is an error, and goes nowhere else" {
  printf 0123456789 >old
  serve peer tcp:127.0.0.1:0 read say:abcdef
  timed send --reply=old@2+3 "$address" str:x
  assert_trouble 2 'take 3 bytes, but there are more'
  [[ $(head -c 2 old; tail -c 5 old) == 0156789 && $(wc -c <old) == 10 ]] || fail "$(<old)"
}

@test "a destination that cannot be is found out before anything is sent" {
  printf 0123456789 >old
  serve peer tcp:127.0.0.1:0 read
  for destination in missing/new old@5+10 old@20 . hex:00; do
    timed send --reply="$destination" "$address" str:x
    [[ $status == 2 ]] || fail "$destination: status $status" "$stderr"
  done
  send "$address" str:only
  finished peer
  assert_text peer.out only
  assert_text old 0123456789
}

@test "an answer is not written to a terminal, unless by --reply=-" {
  script -qec 'true' /dev/null </dev/null >/dev/null || skip 'the kernel gives no pseudo-terminal'
  serve peer unix:socket read say:secret
  run -2 script -qec "$IOVTOOL send --reply $address str:x" /dev/null </dev/null
  [[ $output == *'standard output is a terminal'* && $output != *secret* ]] || fail "$output"
  run -0 script -qec "$IOVTOOL send --reply=- $address str:x" /dev/null </dev/null
  [[ $output == secret* ]] || fail "$output"
  finished peer
}

@test "a reader that goes away ends it quietly" {
  random_file data 3000000 2
  serve peer unix:socket read send:data wait
  { send --reply "$address" str:x 2>err || echo "$?" >status; } | head -c 1 >/dev/null
  [[ $(<status) == 141 && ! -s err ]] || fail "$(<status)" "$(<err)"
}

# ---- who says first ------------------------------------------------------------------------------

@test "a peer that says much before it listens blocks nobody" {
  random_file data 6000000 3
  random_file answer 5000000 4
  for kind in tcp:127.0.0.1:0 unix:socket; do
    serve peer "$kind" send:answer read
    send --reply=actual "$address" data
    finished peer
    assert_same_file peer.out data
    assert_same_file actual answer
  done
}

@test "a peer that echoes each piece" {
  random_file data 6000000 5
  for row in tcp:127.0.0.1 "unix:$PWD/socket"; do
    case $row in
      tcp:*) tool peer socat TCP-LISTEN:0,bind=127.0.0.1 EXEC:cat && row=$row:$port ;;
      *) background peer socat "UNIX-LISTEN:$PWD/socket" EXEC:cat && eventually is_listening "$PWD/socket" ;;
    esac
    send --reply "$row" data | cmp - data
    finished peer
  done
}

# ---- how much ------------------------------------------------------------------------------------

@test "--reply-length: so many bytes, without waiting for the end" {
  for kind in tcp:127.0.0.1:0 unix:socket; do
    serve peer "$kind" say:abcdef wait
    [[ $(send --reply-length=4 "$address" str:x) == abcd ]]
    ended peer
    serve peer "$kind" say:abcdef wait
    send --reply-length=0 --reply=none "$address" str:x
    assert_text none ''
    ended peer
  done
}

@test "--reply-length: fewer is an error, exit status 3" {
  serve peer tcp:127.0.0.1:0 read say:abc
  timed send --reply-length=4 --reply=answer "$address" str:x
  assert_trouble 3 "$address"
}

@test "--reply-length of a megabyte, split anywhere" {
  random_file data 3000000 2
  serve peer tcp:127.0.0.1:0 send:data wait
  send --reply-length=1M --reply=answer "$address" str:x
  cmp -n 1048576 answer data
  [[ $(stat -c %s answer) == 1048576 ]]
}

@test "--reply-until: through the end of the first such bytes" {
  while IFS='|' read -r until said taken; do
    serve peer unix:socket "say:$said" wait
    send --reply-until="$until" "$address" str:x >answer
    assert_text answer "$taken"
    ended peer
  done <<'EOF'
str:\n|one\ntwo\n|one\n
0a|one\ntwo\n|one\n
hex:0d0a0d0a|a\r\n\r\r\n\r\n\r\nb|a\r\n\r\r\n\r\n
str:aab|aaaabaab|aaaab
str:abab|abaabab|abaabab
str:x|x|x
EOF
}

@test "--reply-until: the bytes come one at a time, or lie where two pieces meet" {
  printf 'ab--a--abc--abc-' >answer
  serve peer unix:socket drip:0.01:answer wait
  [[ $(send --reply-until=str:-abc "$address" str:x) == ab--a--abc ]]
  ended peer
  { head -c 1048570 /dev/zero; printf 'the END of it'; } >answer
  for kind in tcp:127.0.0.1:0 unix:socket; do
    serve peer "$kind" send:answer wait
    send --reply-until=str:END "$address" str:x >actual
    head -c 1048577 answer | cmp - actual
    ended peer
  done
}

@test "--reply-until: the end before is an error, exit status 3" {
  serve peer tcp:127.0.0.1:0 read say:abc
  timed send --reply-until=str:abd --reply=answer "$address" str:x
  assert_trouble 3 "$address"
  serve peer tcp:127.0.0.1:0 read
  timed send --reply-until=str:abd --reply=answer "$address" str:x
  assert_trouble 3 "$address"
}

@test "several runs talk over one connection, and none takes the other's answer" {
  converse lines
  answers '<one>\n' --reply-until='str:\n' 'str:one\n'
  answers '<two>\n' --reply-until=0a str:two 'str:\n'
  answers '<a>\n<b>\n' --reply-length=8 'str:a\nb\n'
  answers '<c>\n' --reply-until='str:\n' 'str:c\nd\ne\n'
  answers '<d' --reply-length=2 hex:
  answers '>\n' --reply-until='str:\n' hex:
  answers '<e>\n' --reply-length=4 hex:
  send --reply "fd:$connection" 'str:last\n' >answer
  assert_text answer '<last>\n'
  finished peer
  exec {connection}>&-
}

@test "the rest of an answer stays in the connection for any other reader" {
  converse 'say:head\nbody' read
  answers 'head\n' --reply-until='str:\n' hex:
  [[ $(head -c 4 <&"$connection") == body ]]
  exec {connection}>&-
  finished peer
}

@test "an answer that comes slowly is no time-out as long as it comes" {
  printf abcdefgh >answer
  serve peer tcp:127.0.0.1:0 read drip:0.2:answer
  timed send --timeout=1 --reply "$address" str:x
  [[ $status == 0 && $output == abcdefgh ]] || fail "$status" "$output" "$stderr"
  ((elapsed > 1200)) || fail "took $elapsed ms"
}
