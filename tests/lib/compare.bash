# shellcheck shell=bash
# What the tests of `iovtool compare`, `is-zero` and `info` share: `load lib/compare` after
# `load lib/common` and `load lib/hexdump`.

# python_with_model [ARGUMENT...]: runs the script on standard input, which may import compare_model.
python_with_model() {
  PYTHONPATH=$BATS_TEST_DIRNAME/lib python3 -B - "$@"
}

# assert_answer STATUS TEXT ARGUMENT...: `iovtool ARGUMENT...` prints this text (but for the newline
# at its end) and nothing on standard error.
assert_answer() {
  local expected_status=$1 expected=$2 status=0 answer
  shift 2
  answer=$(iovtool "$@" 2>"$BATS_TEST_TMPDIR/.err") || status=$?
  [[ ! -s $BATS_TEST_TMPDIR/.err ]] || fail "iovtool ${*@Q}" "$(<"$BATS_TEST_TMPDIR/.err")"
  [[ $answer == "$expected" ]] || fail "iovtool ${*@Q}" '--- expected' "$expected" '--- actual' "$answer"
  ((status == expected_status)) || fail "iovtool ${*@Q}: exit status $status, not $expected_status"
}

# position_after COMMAND...: where standard input, a file, stands after the command.
position_after() {
  "$@" >/dev/null || (($? == 1)) || fail "${*@Q}: exit status $?"
  python3 -c 'import os; print(os.lseek(0, 0, os.SEEK_CUR))'
}

# make_sparse NAME SIZE [OFFSET TEXT]...: a file of holes, but for the texts.
make_sparse() {
  local name=$1
  truncate -s "$2" "$name"
  shift 2
  while (($# > 0)); do
    printf '%b' "$2" | dd of="$name" bs=64K seek="$1" oflag=seek_bytes conv=notrunc status=none
    shift 2
  done
}

# assert_unread COMMAND...: it reads and maps no byte of any file in the scratch folder.
assert_unread() {
  local status=0
  strace -f -q -y -e signal=none -e trace=read,pread64,readv,preadv,preadv2,mmap -o calls "$@" >/dev/null ||
    status=$?
  ((status < 2)) || fail "${*@Q}: exit status $status" || return
  ! grep -F "<$PWD/" calls >&2 || fail "${*@Q}"
}

# one_processor COMMAND...: a command or function on the first of the processors it may use, so that
# there is one thread.
one_processor() {
  (
    taskset -cp "$(taskset -cp "$BASHPID" | sed 's/.*: //; s/[-,].*//')" "$BASHPID" >/dev/null
    "$@"
  )
}
