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

@test "every command has -q and -v, and each that takes segments -s and -n" {
  for command in $(iovtool --list-commands); do
    [[ $command != help ]] || continue
    iovtool "$command" --help >help
    options='q v'
    ! grep -q -e '--segments-from=' help || options+=' s n'
    for option in $options; do
      grep -q "^  -$option, --" help || fail "$command -$option"
    done
  done
}

@test "-v of what looks: how much was compared or searched, and how long that took" {
  seq 1000 >file
  [[ $(said iovtool compare -v file file) == 'compared 3893 bytes in TIME' ]]
  [[ $(said iovtool compare -v --json file@0+9 file@1+9) == 'compared 9 bytes in TIME' ]]
  [[ $(said iovtool find -v --count str:1 file@0+100) == 'searched 100 bytes in TIME' ]]
  [[ -z $(said iovtool compare -qv file file)$(said iovtool find -vq str:1 file) ]]
  run -0 iovtool compare file file
  assert_output ''
  run -1 --separate-stderr iovtool compare -v file@0+9 file@1+9
  [[ $output == 'differ at 0x0 (0):'* ]] || fail "$output"
}

@test "hexdump -q reads all, and prints nothing" {
  seq 1000 >file
  run -0 iovtool hexdump -q file zero:1T
  assert_output ''
  run -0 bash -c '{ iovtool hexdump -q -n 10 -; wc -c; } <file'
  assert_output 3883
  run --separate-stderr iovtool hexdump -q file <(:) file@4000
  assert_error_line 2 'file@4000: starts at byte 4000, but the file has 3893'
  run --separate-stderr bash -c 'printf abc | iovtool hexdump -q -@0+4'
  assert_error_line 2 '-@0+4: asked for 4 bytes at 0, but the stream ended after 3'
}

@test "info -v shows kinds, and the sizes of files" {
  seq 10 >file
  run -0 iovtool info -v file@3+4 str:abc zero:12 - < <(:)
  assert_output 'INDEX  OFFSET  LENGTH  AT  SIZE  KIND    SEGMENT
    0       0       4   3    21  file    file@3+4
    1       4       3   0     -  bytes   hex:616263
    2       7      12   -     -  fill    zero:12
    3      19       ?   0     ?  stream  -@0
4 segments, ? bytes'
  run -0 iovtool info -v --json file@3+4
  [[ $output == *'"offset":3,"size":21}'* ]] || fail "$output"
  run --separate-stderr iovtool info -v --list file
  assert_error_line 2 '--verbose excludes --list and --total'
  run --separate-stderr iovtool info -qv file
  assert_error_line 2 '--quiet excludes every other answer'
}

@test "info -q only tells by its exit status whether the segments are there" {
  seq 10 >file
  [[ -z $(iovtool info -q file file@3+4) ]]
  run --separate-stderr iovtool info -q file@0+100
  assert_error_line 2 'file@0+100: asked for 100 bytes at 0, but the file has 21'
  run --separate-stderr iovtool info -q --json file
  assert_error_line 2 '--quiet excludes every other answer'
}
