#!/usr/bin/env bats
# tests/lib/check: what runs the tests, on programs that only say that they are tests.

load lib/common

setup() {
  enter_scratch
  unset CI
}

check() {
  "$BATS_TEST_DIRNAME/lib/check" "$@"
}

# program NAME LINE...: a script.
program() {
  printf '%s\n' '#!/bin/bash' "${@:2}" >"$1"
  chmod +x "$1"
}

# lines_of NAME: the report about one program, without its time.
lines_of() {
  sed -n "/ $1 /,/^\(ok\|FAILED\|[0-9]\)/p" <<<"$output" | sed '2,${/^[^ ]/d}; s/ *([0-9.]* s)$//'
}

@test "passed, failed, skipped and not run are added up" {
  program good 'echo 1..2; echo ok 1; echo "ok 2 # SKIP no luck"'
  program bad 'echo 1..3; echo ok 1; echo "not ok 2"; echo "# why"'
  program ends-ill 'echo 1..1; echo ok 1; exit 3'
  program silent ':'
  run -1 check ./good ./bad ./ends-ill ./silent
  [[ ${lines[-1]} == '3 passed, 4 failed, 1 skipped' ]] || fail "$output"
  [[ $(lines_of good) == $'ok     good                             1 passed, 0 failed, 1 skipped\n'*'SKIP no luck' ]] ||
    fail "$output"
  [[ $(lines_of bad) == $'FAILED bad                              1 passed, 2 failed\n'*'# why' ]] || fail "$output"
  [[ $(lines_of ends-ill) == *'1 passed, 1 failed'*'exit status 3' ]] || fail "$output"
  [[ $(lines_of silent) == *'0 passed, 1 failed' ]] || fail "$output"
  run -0 check ./good
  run -1 check
}

@test "in CI a skipped test has failed, unless the kernel lacks something" {
  program skips 'echo 1..2; echo "ok 1 # SKIP no luck"; echo "ok 2 # skip the kernel lacks it"; echo "# $*"'
  run -1 env CI=true "$BATS_TEST_DIRNAME/lib/check" ./skips
  [[ ${lines[-1]} == '0 passed, 1 failed, 1 skipped' && $output == *'--tap -m slow'* ]] || fail "$output"
}

# Each of the two waits for the other.
@test "programs run at the same time, as many as told" {
  local name
  for name in a b; do
    program $name "touch $name.runs" 'for _ in {1..50}; do [[ -e a.runs && -e b.runs ]] && break; sleep 0.1; done' \
      'echo 1..1; [[ -e a.runs && -e b.runs ]] && echo ok 1 || echo not ok 1'
  done
  run -0 check --jobs 2 ./a ./b
  rm ./*.runs
  sed -i 's/{1..50}/{1..5}/' a
  run -1 check --jobs 1 ./a ./b
  [[ $(lines_of a) == FAILED* && $(lines_of b) == ok* ]] || fail "$output"
}

@test "a report is not torn by others, and the fast do not wait for the slow" {
  # shellcheck disable=SC2016
  program slow 'for i in {1..20}; do echo "not ok $i"; sleep 0.05; done; echo 1..20'
  program fast 'echo 1..1; echo ok 1'
  run -1 check --jobs 2 ./slow ./fast ./fast
  [[ ${lines[0]} == ok*fast* && ${lines[1]} == ok*fast* && ${lines[2]} == FAILED*slow*'20 failed'* ]] ||
    fail "$output"
  ((${#lines[@]} == 24)) || fail "$output"
}

@test "a bats file that wants to be alone runs when the others have ended" {
  mkdir running
  for name in one two; do
    program $name "touch running/$name; sleep 1.5; rm running/$name; echo 1..1; echo ok 1"
  done
  printf '%s\n' '# check: alone' "@test 'alone' {" "  [[ -z \$(ls -A '$PWD/running') ]]" '}' >alone.bats
  run -0 check --jobs 3 alone.bats ./one ./two
  [[ ${lines[2]} == ok*alone.bats*'1 passed'* ]] || fail "$output"
  sed -i 1d alone.bats
  run -1 check --jobs 3 alone.bats ./one ./two
}

# has_ended PID: within two seconds; a process that nobody has waited for yet counts.
has_ended() {
  for _ in {1..40}; do
    grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null || return 0
    sleep 0.05
  done
  return 1
}

@test "what hangs is ended with all its children" {
  program hangs 'echo 1..2; echo ok 1; sleep 100 & echo $! >child; wait'
  run -1 check --limit 1 --jobs 2 ./hangs
  [[ ${lines[0]} == FAILED*'1 passed, 1 failed'* && ${lines[1]} == *'still running after 1 seconds' ]] || fail "$output"
  has_ended "$(<child)" || fail 'a child goes on'
}

@test "a check that is ended ends what it runs" {
  program hangs 'touch started; sleep 100 & echo $! >child; wait'
  "$BATS_TEST_DIRNAME/lib/check" ./hangs 3>&- &
  local job=$!
  until [[ -s child ]]; do sleep 0.05; done
  kill "$job"
  wait "$job" || true
  has_ended "$(<child)" || fail 'a child goes on'
}
