#!/usr/bin/env bats
# What the commands that move bytes say of it: -q nothing, -v a line.

load lib/common

# said COMMAND...: what it says on standard error, without the numbers that differ from run to run.
said() {
  "$@" 2>&1 >/dev/null | sed -E 's/[0-9.]+ s \([^)]*\)$/TIME/'
}

@test "-v says how many bytes were moved, and how long that took" {
  seq 1000 >file
  while IFS='|' read -r expected words; do
    read -ra command <<<"$words"
    said=$(said iovtool "${command[@]}")
    [[ $said == "$expected" ]] || fail "$words" "$said"
  done <<'EOF'
copied 100 bytes in TIME|copy -v file@0+100 -o out
copied 3 bytes in TIME|copy --verbose str:abc
copied 3883 bytes in TIME|discard -v --front=10 file -o out
copied 16 bytes in TIME|clone -v file@0+10 file@6+10 -o out
filled 16 bytes in TIME|fill -v --byte=00 out@0+16
EOF
}

@test "-q says nothing, whatever else is asked for" {
  seq 1000 >file
  [[ -z $(said iovtool copy -q -v --progress=always file -o out) ]]
  [[ -z $(said iovtool fill -q -v --progress=always --byte=00 file@0+10) ]]
  [[ -z $(said iovtool discard --quiet --progress=always --back=1 file) ]]
}

@test "-q does not keep errors back" {
  run --separate-stderr iovtool copy -q missing
  assert_error_line 2 'missing: No such file or directory'
}

@test "send and recv say what went and came" {
  iovtool recv -v --listen unix:socket -o got 2>received &
  receiver=$!
  iovtool send -v --trace -q --retry=100 --retry-delay=100ms unix:socket str:hello 2>sent
  wait "$receiver"
  [[ ! -s sent ]] || fail "$(<sent)"
  grep -E '^received 5 bytes in [0-9.]+ s ' received || fail "$(<received)"

  iovtool recv -q --trace -v --listen unix:socket -o got 2>received &
  receiver=$!
  iovtool send -v --retry=100 --retry-delay=100ms unix:socket str:hello 2>sent
  wait "$receiver"
  [[ ! -s received ]] || fail "$(<received)"
  grep -E '^sent 5 bytes in [0-9.]+ s ' sent || fail "$(<sent)"
}

@test "info -q only tells by its exit status whether the segments are there" {
  seq 10 >file
  [[ -z $(iovtool info -q file file@3+4) ]]
  run --separate-stderr iovtool info -q file@0+100
  assert_error_line 2 'file@0+100: asked for 100 bytes at 0, but the file has 21'
  run --separate-stderr iovtool info -q --json file
  assert_error_line 2 '--quiet excludes every other answer'
}
