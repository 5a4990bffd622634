#!/usr/bin/env bats
# `iovtool copy --read-errors`: what a device cannot read is an error, or zeros that are told.

load lib/common
load lib/hexdump
load lib/net
load lib/nbd

setup() {
  enter_scratch
  random_file a 1000000 1
}

# broken WHEN ARGUMENT...: `iovtool copy ARGUMENT...`, in which these reads of `a` fail.
broken() {
  skip_unless_injection
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

# bad_disk BLOCK...: a server that has `a`, but cannot read those blocks of 4096 bytes; sets $uri.
bad_disk() {
  local block tests=
  for block; do
    tests+="[ \$4 -ge $((block * 4096 + 4096)) ] || [ \$((\$3 + \$4)) -le $((block * 4096)) ] || bad=1; "
  done
  # shellcheck disable=SC2016 # it is for the shell of nbdkit
  nbd_server kit nbdkit eval get_size='stat -c %s a' \
    pread="bad=; $tests"'[ ! "$bad" ] || { echo EIO >&2; exit 1; }
           dd if=a skip=$4 count=$3 iflag=skip_bytes,count_bytes status=none'
}

@test "zero: blocks that an NBD server cannot read" {
  bad_disk 70 71 200
  run --separate-stderr timeout 30 iovtool copy --read-errors=zero "$uri" str:end -o out
  [[ $status == 2 && $stderr == "$uri@286720+8192"$'\n'"$uri@819200+4096"$'\niovtool copy: 12288 bytes could not be read, and are zeros now' ]] ||
    fail "$status" "$stderr"
  iovtool compare out --with a@0+286720 zero:8K a@294912..819200 zero:4K a@823296 str:end
  run --separate-stderr timeout 30 iovtool copy --read-errors=zero "$uri@286700+30" "$uri@290000+10" -o out
  [[ $status == 2 && $stderr == "$uri@286720+10"$'\n'"$uri@290000+10"$'\niovtool copy: 20 bytes could not be read, and are zeros now' ]] ||
    fail "$status" "$stderr"
  iovtool compare out --with a@286700+20 zero:20
  run --separate-stderr timeout 30 iovtool copy "$uri" -o out
  [[ $status == 2 && $stderr == *': the server says at '*': Input/output error'* ]] || fail "$status" "$stderr"
}

@test "zero: a server that is gone is not zeros" {
  hostile server short
  run --separate-stderr timeout 30 iovtool copy --read-errors=zero "$uri" -o out
  [[ $status == 3 && $stderr == *': the connection was lost'* ]] || fail "$status" "$stderr"
}

@test "zero without any trouble is a copy" {
  iovtool copy --read-errors=zero a a@3+5 zero:9 -o out
  iovtool compare out --with a a@3+5 zero:9
  assert_complaint "iovtool copy: --read-errors: 'ignore' is none of stop, zero" \
    iovtool copy --read-errors=ignore a
}
