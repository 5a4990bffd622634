#!/usr/bin/env bats
# iovtool recv from peers that misbehave: it ends in time, and says why in one line.

load lib/common
load lib/net

setup_file() {
  export SHIM=$BATS_FILE_TMPDIR/shim.so
  build_shim shim
}

@test "refused: exit status 3" {
  refuse tcp:127.0.0.1:0
  timed recv "$address"
  assert_trouble 3 "$address: cannot connect: Connection refused"
  timed recv unix:missing
  assert_trouble 3 'unix:missing: cannot connect: No such file or directory'
  timed recv unix-seqpacket:missing
  assert_trouble 3 'unix-seqpacket:missing: cannot connect: No such file or directory'
  timed recv --retry=2 --retry-delay=100ms "$address"
  assert_trouble 3 "$address"
  assert_elapsed 200
}

@test "--retry: a server that comes later" {
  serve peer tcp:127.0.0.1:0 --late=0.5 say:x
  [[ $(recv --retry=100 --retry-delay=50ms "$address") == x ]]
}

@test "--connect-timeout: a full backlog" {
  for kind in tcp:127.0.0.1:0 unix:socket; do
    serve peer "$kind" --full
    timed recv --connect-timeout=0.4 "$address"
    assert_trouble 4 "$address"
    assert_elapsed 400
    ended peer
  done
}

@test "--timeout: a server that says nothing, or stops" {
  for kind in tcp:127.0.0.1:0 unix:socket; do
    for steps in wait say:abc\ wait; do
      read -ra steps <<<"$steps"
      for option in '' --length=4; do
        serve peer "$kind" "${steps[@]}"
        timed recv --timeout=0.2 ${option:+"$option"} "$address" -o new
        assert_trouble 4 "$address"
        assert_elapsed 200
        ended peer
      done
    done
  done
}

@test "--timeout: nobody comes, or says nothing" {
  for kind in tcp::0 unix:socket udp::0 unix-dgram:datagrams unix-seqpacket:packets; do
    timed recv --listen --timeout=0.2 "$kind"
    assert_trouble 4 "${kind%0}"
    assert_elapsed 200
  done
  for kind in tcp::0 unix:socket unix-seqpacket:packets; do
    receiving --timeout=1 "$kind"
    visit peer "$address" wait
    finished recv 4
    (($(wc -l <recv.err) == 1)) || fail "$(<recv.err)"
    ended peer
  done
}

@test "--timeout: what comes slowly is not idle" {
  printf abcdefgh >slow
  serve peer tcp:127.0.0.1:0 drip:0.2:slow
  timed recv --timeout=1 "$address"
  [[ $status == 0 && $output == abcdefgh ]] || fail "$status" "$output" "$stderr"
  ((elapsed > 1200)) || fail "took $elapsed ms"
}

@test "what came before the trouble was written" {
  serve peer tcp:127.0.0.1:0 say:abc wait
  run -4 recv --timeout=0.3 "$address" -o new
  assert_text new abc
  serve peer tcp:127.0.0.1:0 say:abc
  run -3 recv --length=4 "$address" -o new
  assert_text new abc
}

@test "a connection that is reset: exit status 3" {
  random_file data 100000 1
  for steps in hup 'send:data sleep:0.1 hup'; do
    read -ra steps <<<"$steps"
    serve peer tcp:127.0.0.1:0 "${steps[@]}"
    timed recv "$address" -o new
    assert_trouble 3 "$address"
    [[ $stderr == *'Connection reset by peer'* ]] || fail "$stderr"
    receiving tcp::0
    visit peer "$address" "${steps[@]}"
    finished recv 3
    (($(wc -l <recv.err) == 1)) || fail "$(<recv.err)"
  done
}

@test "without --listen, udp and unix-dgram have nobody to hear: exit status 2" {
  for kind in udp:127.0.0.1:9 unix-dgram:socket; do
    timed recv "$kind"
    assert_trouble 2 --listen
  done
}

@test "streams cut short, interrupted and not ready" {
  needs_preload
  random_file data 300000 2
  head -c 300000 /dev/zero >target
  for kind in tcp:127.0.0.1:0 unix:socket; do
    for limits in '997 3 4' '4097 2 3' '65536 5 2'; do
      read -r most eintr eagain <<<"$limits"
      serve peer "$kind" send:data
      env SHIM_MOST="$most" SHIM_EINTR="$eintr" SHIM_EAGAIN="$eagain" SHIM_LOG="$PWD/shim.log" \
        LD_PRELOAD="$SHIM" timeout 30 iovtool recv "$address" -o target@100000+150000 -o new
      finished peer
      cat <(tail -c +100001 target | head -c 150000) new | cmp - data
    done
  done
  awk '{ n += $2; m += $3 } END { exit !(n && m) }' shim.log || fail "$(<shim.log)"
}

@test "messages interrupted and not ready" {
  needs_preload
  random_file data 20000 3
  for i in {0..199}; do printf 'data@%d+100\0' $((i * 100)); done >list
  for kind in unix-dgram:datagrams unix-seqpacket:packets; do
    announced recv env SHIM_MOST=5000 SHIM_EINTR=3 SHIM_EAGAIN=2 LD_PRELOAD="$SHIM" \
      iovtool recv --listen --ready-fd=9 --count=200 "$kind" -o new
    send --per-segment -0 -T list "$address"
    finished recv
    assert_same_file new data
  done
}

@test "an accept() that fails again and again: an end in time" {
  skip_unless_injection
  local problem
  for problem in EPROTO EAGAIN; do
    background recv strace -f -q -o calls -e trace=accept4 -e inject=accept4:error="$problem:when=1+" \
      iovtool recv --listen --timeout=1 "unix:$PWD/socket"
    eventually is_listening "$PWD/socket"
    send --timeout=2 unix:socket str:x 2>/dev/null || true # its connection is never taken
    finished recv 4
    grep -q "iovtool recv: unix:$PWD/socket: nobody connected in time" recv.err || fail "$(<recv.err)"
  done
}

@test "options and operands that do not go together: exit status 2" {
  refuse tcp:127.0.0.1:0
  while IFS= read -r arguments; do
    eval "timed recv $arguments"
    [[ $status == 2 && -z $output && $stderr == 'iovtool recv: '* ]] ||
      fail "recv $arguments" "$status" "$stderr"
    ((${#stderr_lines[@]} == 1)) || [[ $stderr == *column* ]] || fail "$arguments" "$stderr"
  done <<'EOF'

"$address" str:x
"$address" new
--count=3 "$address"
--count=0x --listen udp::0
--count=-1 --listen udp::0
--per-segment "$address" -o new
--framing=be64 "$address"
--framing=be32 --listen udp::0
--length=x "$address"
--json "$address"
--json "$address" -o -
--ready-fd=x --listen tcp::0
--ready-fd=77 --listen tcp::0
--timeout=soon "$address"
--retry=x "$address"
-4 -6 "$address"
--skip=3 "$address"
-T list "$address"
--reply "$address"
--no-such-option "$address"
tcp:localhost
http:localhost:80
EOF
}
