#!/usr/bin/env bats
# A sample of `make check-faults`: system calls that fail, one at a time, in many command lines.

load lib/common

# bats test_tags=plain
@test "a system call that fails: the right bytes, or one line and nothing lost" {
  skip_unless_injection
  "$BATS_TEST_DIRNAME/lib/faults" --share=1/30 "$IOVTOOL" >walk || fail "$(<walk)"
  awk '/^all/ { tried = $2 } END { exit !(tried > 80) }' walk || fail "$(<walk)"
}
