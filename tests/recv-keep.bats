#!/usr/bin/env bats
# `iovtool recv --keep`: one connection after the other.

load lib/common
load lib/hexdump
load lib/net

# keeper ARGUMENT...: `recv --listen --keep` on unix:sock, once it listens.
keeper() {
  background keeper iovtool recv --listen --keep --print-address unix:sock "$@"
  until [[ -s keeper.err ]]; do sleep 0.01; done
}

@test "output goes on in the same place, or each connection has its own" {
  keeper --count=3 -o all
  for word in one two three; do iovtool send unix:sock "str:$word"; done
  finished keeper
  [[ $(<all) == onetwothree ]]
  [[ ! -e sock ]]
  keeper --count=3 -o 'part.{}@0+2' -o 'rest.{}' --extend
  for word in one two three; do iovtool send unix:sock "str:$word"; done
  finished keeper
  [[ "$(<part.1) $(<rest.1) $(<part.2) $(<rest.2) $(<part.3) $(<rest.3)" == 'on e tw o th ree' ]]
}

@test "no client is refused while another one is served" {
  keeper --count=40 -o 'got.{}'
  seq 40 | xargs -P 20 -I {} iovtool send unix:sock 'str:{}\n' zero:100K
  finished keeper
  [[ $(head -qn 1 got.* | sort -n | xargs) == "$(seq -s ' ' 40)" ]]
  [[ $(cat got.* | wc -c) == $((40 * 102400 + 9 * 2 + 31 * 3)) ]]
}

@test "tcp, standard output, frames and seqpacket" {
  background keeper iovtool recv --listen --keep --count=2 --framing=be16 --print-address tcp::0
  until [[ -s keeper.err ]]; do sleep 0.01; done
  iovtool send "$(<keeper.err)" --framing=be16 str:a str:b
  iovtool send "$(<keeper.err)" --framing=be16 str:c
  finished keeper
  [[ $(<keeper.out) == abc ]]
  background keeper iovtool recv --listen --keep --count=2 --print-address unix-seqpacket:seq
  until [[ -s keeper.err ]]; do sleep 0.01; done
  iovtool send unix-seqpacket:seq str:d
  iovtool send unix-seqpacket:seq str:e
  finished keeper
  [[ $(<keeper.out) == de ]]
}

@test "it ends by --max-time, and by a signal, which leaves no socket" {
  keeper --max-time=2s -o all
  iovtool send unix:sock str:word
  finished keeper 4
  [[ $(<all) == word && ! -e sock ]]
  keeper -o 'got.{}'
  iovtool send unix:sock str:word
  until [[ -s got.1 ]]; do sleep 0.01; done
  kill -TERM -- "-${background_jobs[keeper]}" 2>/dev/null || kill -TERM "${background_jobs[keeper]}"
  wait "${background_jobs[keeper]}" || true
  unset 'background_jobs[keeper]'
  [[ ! -e sock ]]
}

@test "a connection that breaks is told, and the next one is taken" {
  keeper --count=2 --length=4 -o 'got.{}'
  iovtool send unix:sock str:ab
  iovtool send unix:sock str:full
  finished keeper 3
  [[ $(<got.2) == full ]]
  grep -q '^iovtool recv: connection 1: unix:sock: ' keeper.err
  grep -q '^iovtool recv: 1 of 2 connections failed$' keeper.err
}

@test "what does not go with --keep" {
  while IFS='|' read -r text arguments; do
    # shellcheck disable=SC2086 # words
    assert_complaint "iovtool recv: $text" iovtool recv $arguments
  done <<'EOS'
--keep goes with --listen|--keep unix:nowhere
--keep excludes --json|--keep --listen --json unix:nowhere -o got
--keep is for connections, and here are none; --count=N takes more messages|--keep --listen udp::0
--keep and --per-segment exclude each other|--keep --listen --per-segment unix-seqpacket:x -o got
EOS
}
