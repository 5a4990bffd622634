#!/usr/bin/env bats
# `iovtool copy --read-errors`: what a device cannot read is an error, or zeros that are told.

load lib/common
load lib/hexdump

setup() {
  skip_unless_injection
  enter_scratch
  random_file a 1000000 1
}

# broken WHEN ARGUMENT...: `iovtool copy ARGUMENT...`, in which these reads of `a` fail.
broken() {
  run --separate-stderr strace -f -q -o calls -P "$PWD/a" -e trace=pread64,preadv2 \
    -e inject=pread64,preadv2:error="${ERROR:-EIO}":when="$1" iovtool copy "${@:2}"
  stderr=$(grep -v '^strace: ' <<<"$stderr")
}

@test "zero: the blocks are zeros, their segments are told, and the status is 2" {
  broken 2..4 --read-errors=zero a -o out
  [[ $status == 2 ]]
  [[ $stderr == $'a@262144+4096\niovtool copy: 4096 bytes could not be read, and are zeros now' ]] || fail "$stderr"
  iovtool compare out --with a@0+262144 zero:4096 a@266240
}

@test "zero: neighbouring blocks are one segment, and the end of a file need not be a block" {
  broken 1..99 --read-errors=zero a@5+10000 str:end -o out
  [[ $stderr == $'a@5+10000\niovtool copy: 10000 bytes could not be read, and are zeros now' ]] || fail "$stderr"
  iovtool compare out --with zero:10000 str:end
}

@test "zero: a replaced file is put in place, and only troubles of a device count" {
  echo old >out
  broken 2 --read-errors=zero a -o out --atomic
  [[ $status == 0 && -z $stderr ]] || fail "$stderr" # the block itself could be read
  cmp a out
  ERROR=ENODATA broken 2..3 --read-errors=zero a -o out --atomic
  [[ $status == 2 ]]
  iovtool compare out --with a@0+262144 zero:4096 a@266240
  ERROR=EACCES broken 2..3 --read-errors=zero a -o other
  assert_error_line 2 'a@0+1000000: cannot read at 262144: Permission denied'
}

@test "stop, the default: the first error ends the run, with what was written" {
  for option in '' --read-errors=stop; do
    # shellcheck disable=SC2086 # no option is no word
    broken 2..4 --no-map --offload=none $option a -o out
    assert_error_line 2 'a@0+1000000: cannot read at 262144: Input/output error (262144 bytes were written before)'
  done
}

@test "zero without any trouble is a copy" {
  iovtool copy --read-errors=zero a a@3+5 zero:9 -o out
  iovtool compare out --with a a@3+5 zero:9
  assert_complaint "iovtool copy: --read-errors: 'ignore' is none of stop, zero" \
    iovtool copy --read-errors=ignore a
}
