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
  local key value
  "$@" >/dev/null || (($? == 1)) || fail "${*@Q}: exit status $?"
  while read -r -u 9 key value; do
    [[ $key != pos: ]] || echo "$value"
  done 9<"/proc/$BASHPID/fdinfo/0"
}

# seek_to OFFSET: moves standard input, a file, there.
seek_to() {
  dd bs=1 skip="$1" count=0 status=none
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

# shrink_at CALL FILE SIZE COMMAND...: stops the command behind the first such call for FILE (or for
# whatever, when that is empty), truncates `file` to SIZE and lets it go on. See assert_shrank.
shrink_at() {
  local call=$1 size=$3 path=(-P "$PWD/$2") status=0 i tracer tracee
  [[ -n $2 ]] || path=()
  shift 3
  rm -f calls
  strace -f -q -o calls -e trace="$call" "${path[@]}" -e inject="$call:signal=STOP:when=1" "$@" \
    >answer 2>errors &
  tracer=$!
  for ((i = 0; i < 1000; i++)); do
    ! grep -q 'stopped by SIGSTOP' calls 2>/dev/null || break
    sleep 0.01
  done
  truncate -s "$size" file
  tracee=$(pgrep -P "$tracer")
  while kill -CONT "$tracee" 2>/dev/null; do # each of its threads stops once
    sleep 0.01
  done
  wait "$tracer" || status=$?
  assert_shrank "$status"
}

# assert_shrank STATUS: the command whose exit status this is, whose standard output is in `answer` and
# whose standard error in `errors`, said that `file` shrank, and nothing else.
assert_shrank() {
  local about
  about="exit status $1"$'\n'$(<errors)$'\n'$(head -c 300 answer)
  [[ $1 == 2 && ! -s answer && $(wc -l <errors) == 1 ]] || fail "$about"
  [[ $(<errors) == 'iovtool '*': file@'*': the file shrank while it was read'* ]] || fail "$about"
}

# one_processor COMMAND...: a command or function on the first of the processors it may use, so that
# there is one thread.
one_processor() {
  local processors
  processors=$(taskset -cp "$BASHPID")
  processors=${processors##*: }
  (
    taskset -cp "${processors%%[-,]*}" "$BASHPID" >/dev/null
    "$@"
  )
}

# note_json STATUS JSON ARGUMENT...: `iovtool ARGUMENT...` prints one line, and assert_noted_json will
# see whether that parses to the same as this does.
note_json() {
  local expected_status=$1 status=0
  printf '%s\0' "$2" "iovtool ${*:3}" >>noted
  shift 2
  iovtool "$@" >answer.json || status=$?
  ((status == expected_status)) || fail "iovtool ${*@Q}: exit status $status, not $expected_status"
  [[ $(wc -l <answer.json) == 1 ]] || fail "iovtool ${*@Q}" "$(<answer.json)"
  tr '\n' '\0' <answer.json >>noted
}

assert_noted_json() {
  python3 - <<'EOS'
import json
noted = open("noted", encoding="utf-8", errors="surrogateescape").read().split("\0")[:-1]
assert noted and len(noted) % 3 == 0
for expected, command, actual in zip(noted[::3], noted[1::3], noted[2::3]):
    expected, actual = json.loads(expected), json.loads(actual)
    assert actual == expected, f"{command}\n--- expected\n{expected}\n--- actual\n{actual}"
EOS
}
