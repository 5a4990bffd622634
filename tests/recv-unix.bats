#!/usr/bin/env bats
# iovtool recv --listen on unix sockets: whose they are, and when they go.

load lib/common
load lib/net

@test "a unix socket is its owner's alone, and gone when the connection is there" {
  for kind in unix unix-seqpacket; do
    receiving "$kind:socket"
    [[ $(stat -c '%F %a' socket) == 'socket 600' ]] || fail "$(stat socket)"
    visit peer "$address" message:78 wait
    eventually test -s recv.out
    [[ ! -e socket ]] || fail "$kind: still there"
    is_running recv || fail 'it has ended'
    ended peer
    finished recv
  done
  (umask 0; receiving unix:socket; stat -c %a socket; ended recv) | grep -x 600
}

@test "a unix socket is removed when a signal ends it" {
  for kind in unix unix-dgram unix-seqpacket; do
    for row in 'INT 130' 'TERM 143' 'HUP 129'; do
      read -r name expected <<<"$row"
      receiving "$kind:socket"
      kill "-$name" -- "-${background_jobs[recv]}" # timeout(1) itself may not know its child yet
      finished recv "$expected"
      eventually test ! -e socket
    done
  done
}

@test "a unix socket is removed when nobody comes" {
  timed recv --listen --timeout=0.2 unix:socket
  assert_trouble 4 unix:socket
  [[ ! -e socket ]]
}

# holding ADDRESS: a server that does not get round to its connections; sets $inode.
holding() {
  announced peer python3 -B "$BATS_TEST_DIRNAME/lib/peers.py" inherit "$1" sleep 30
  inode=$(stat -c %i socket)
}

@test "a stale unix socket is replaced, a live one is not" {
  for kind in unix unix-dgram unix-seqpacket; do
    holding "$kind:socket"
    timed recv --listen "$kind:socket"
    assert_trouble 3 "$kind:socket"
    [[ $stderr == *'Address already in use' ]] || fail "$stderr"
    [[ $(stat -c %i socket) == "$inode" ]] || fail 'it was removed'
    visit another "$kind:socket" message:78
    finished another
    ended peer
    receiving "$kind:socket"
    visit peer "$kind:socket" message:79
    received y
    [[ ! -e socket ]] || fail 'still there'
  done
}

@test "a second listener on one path takes nothing from the first" {
  for kind in unix unix-seqpacket unix-dgram; do
    receiving "$kind:socket"
    timed iovtool recv --listen "$kind:socket"
    assert_trouble 3 "$kind:socket: cannot listen: Address already in use"
    send "$kind:socket" str:x
    received x
  done
}

@test "what is no socket is left alone" {
  printf text >file
  mkdir folder
  mkfifo fifo
  ln -s file link
  ln -s nowhere dangling
  for kind in unix unix-dgram unix-seqpacket; do
    for name in file folder fifo link dangling; do
      timed recv --listen "$kind:$name"
      assert_trouble 3 "$kind:$name"
      [[ $stderr == *'Address already in use' ]] || fail "$stderr"
    done
  done
  assert_text file text
  [[ -d folder && -p fifo && -L link && -L dangling && ! -e nowhere ]]
  timed recv --listen unix:missing/socket
  assert_trouble 3 unix:missing/socket
  timed recv --listen "unix:$(printf 'n%.0s' {1..120})"
  [[ $status == [23] && -n $stderr ]] || fail "$status" "$stderr"
}
