# shellcheck shell=bash disable=SC2154
# What the tests of `iovtool discard` share: `load lib/discard` after `load lib/common` and
# `load lib/copy`.

# enter_folder: an empty one, in which only what a test makes is found.
enter_folder() {
  enter_scratch
  mkdir folder
  cd folder || exit
}

# remains TEXT ARGUMENT...: `iovtool discard ARGUMENT...` writes these bytes to standard output (\n and
# such are those of printf '%b'), and nothing on standard error.
remains() {
  local expected status=0
  expected=$(printf '%b' "$1" | xxd -p)
  shift
  iovtool discard "$@" >"$BATS_TEST_TMPDIR/.out" 2>"$BATS_TEST_TMPDIR/.err" || status=$?
  ((status == 0)) || fail "discard ${*@Q}: exit status $status" "$(<"$BATS_TEST_TMPDIR/.err")"
  [[ ! -s $BATS_TEST_TMPDIR/.err ]] || fail "discard ${*@Q}" "$(<"$BATS_TEST_TMPDIR/.err")"
  [[ $(xxd -p "$BATS_TEST_TMPDIR/.out") == "$expected" ]] ||
    fail "discard ${*@Q}" '--- actual' "$(xxd "$BATS_TEST_TMPDIR/.out" | head -n 8)"
}

# complains TEXT ARGUMENT...: `iovtool discard ARGUMENT...` ends with 2 and writes nothing but this
# line, after its own name.
complains() {
  local text="iovtool discard: $1" status=0 actual
  shift
  iovtool discard "$@" >"$BATS_TEST_TMPDIR/.out" 2>"$BATS_TEST_TMPDIR/.err" || status=$?
  ((status == 2)) || fail "discard ${*@Q}: exit status $status, not 2"
  actual=$(<"$BATS_TEST_TMPDIR/.err")
  [[ $actual == "$text" ]] || fail "discard ${*@Q}" '--- expected' "$text" '--- actual' "$actual"
  [[ ! -s $BATS_TEST_TMPDIR/.out ]] || fail "discard ${*@Q}: standard output is not empty"
}

# untouched COMMAND...: it leaves the folder as it was.
untouched() {
  local before
  before=$(folder_state)
  "$@"
  [[ $(folder_state) == "$before" ]] || fail "${*@Q} touched something" "$before" "$(folder_state)"
}
