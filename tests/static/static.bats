#!/usr/bin/env bats
# What only build/static/iovtool is: one file that needs no other. For `make check-static`.

load ../lib/common
load ../lib/net

BATS_TEST_DIRNAME=$BATS_TEST_DIRNAME/.. # where the helpers look for what they run

@test "it names no loader and no library" {
  run -0 readelf --program-headers --dynamic "$IOVTOOL"
  [[ $output != *INTERP* && $output != *NEEDED* ]] || fail "$output"
  [[ $output == *BIND_NOW* && $output == *'DYN (Position-Independent'* ]] || fail "$output"
}

@test "in a root where nothing else is, it reads, writes, and talks to numeric addresses" {
  ((EUID == 0)) || skip 'the kernel lets only root change the root'
  cp "$IOVTOOL" iovtool
  printf 0123456789 >ten
  run -0 chroot . /iovtool hexdump -f plain ten@2+3
  assert_output 323334
  run -0 chroot . /iovtool copy ten@5 str:abc -o new
  assert_output ''
  [[ $(<new) == 56789abc ]]
  run -1 chroot . /iovtool compare ten new
  assert_output 'differ at 0x0 (0): 30 in ten@0+10 at 0, 35 in new@0+8 at 0'
  for server in tcp:127.0.0.1:0 tcp:[::1]:0; do
    serve peer "$server" read
    timeout 20 chroot . /iovtool send "$address" ten@1
    finished peer
    assert_text peer.out 123456789
  done
}

@test "NBD is refused in one line: it cannot load a library" {
  run --separate-stderr iovtool hexdump nbd://localhost/disk@0+1
  assert_error_line 2 'iovtool hexdump: NBD needs libnbd, which a static program cannot load'
}
