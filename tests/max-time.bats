#!/usr/bin/env bats
# --max-time of send and recv: a limit for the whole run, whatever it waits for.

load lib/common
load lib/net

# assert_over WHO ARGUMENT...: the run ends by the limit, with status 4 and one line.
assert_over() {
  run --separate-stderr timeout 30 iovtool "$@" --max-time=300ms
  assert_error_line 4 "iovtool $1: "
  [[ $stderr == *': not done after 0.3 s (--max-time)'* || $stderr == *': nobody connected in time' ||
    $stderr == *': cannot connect in time' ]] || fail "$stderr"
}

@test "nobody connects, and nobody listens" {
  assert_over recv --listen unix:sock
  [[ ! -e sock ]]
  assert_over recv --listen udp::0
  assert_over send --retry=1000 --retry-delay=10ms unix:nobody str:x
}

@test "a peer that never ends, though it speaks all the time" {
  background talker socat -u SYSTEM:'while echo word; do sleep 0.02; done' UNIX-LISTEN:"$PWD/sock"
  eventually is_listening "$PWD/sock"
  assert_over recv unix:sock -o got
  [[ -s got ]]
  [[ $stderr == *' bytes were written before)' ]]
}

@test "a source that says nothing, and a peer that takes nothing" {
  mkfifo silent
  exec 7<>silent
  background taker iovtool recv --listen --print-address unix:sock
  until [[ -s taker.err ]]; do sleep 0.01; done
  assert_over send unix:sock fd:7
  exec 7>&-
  background sleeper socat -u UNIX-LISTEN:"$PWD/full" SYSTEM:'exec sleep 30'
  eventually is_listening "$PWD/full"
  assert_over send unix:full zero:64M
}

@test "standard output that nobody reads" {
  mkfifo stuck
  exec 7<>stuck
  background sender iovtool send --retry=200 --retry-delay=20ms unix:sock zero:8M
  status=0
  timeout 30 iovtool recv --listen --max-time=500ms unix:sock >stuck 2>complaint || status=$?
  exec 7>&-
  [[ $status == 4 ]] || fail "$status" "$(<complaint)"
  [[ $(<complaint) == 'iovtool recv: unix:sock: not done after 0.5 s (--max-time)' ]]
  [[ ! -e sock ]]
}

@test "who is done in time does not notice" {
  background taker iovtool recv --listen --print-address --max-time=30 unix:sock -o got
  until [[ -s taker.err ]]; do sleep 0.01; done
  iovtool send --max-time=30 unix:sock str:hello
  finished taker
  [[ $(<got) == hello ]]
}
