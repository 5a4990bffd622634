# shellcheck shell=bash disable=SC2154
# What the tests of `iovtool send` and `iovtool recv` share: `load lib/net` after `load lib/common`.
#
# The other side runs in the background under a NAME; what it prints is in NAME.out and NAME.err. It
# is ended after 40 seconds, or with the test. A port is always one that the kernel found free.

declare -gA background_jobs=()

setup() {
  enter_scratch
}

teardown() {
  local job
  for job in "${background_jobs[@]}"; do
    kill -KILL -- "-$job" 2>/dev/null || kill -KILL "$job" 2>/dev/null || true
    wait "$job" 2>/dev/null || true # bash need not tell of it
  done
}

# ---- The other side ------------------------------------------------------------------------------

# background NAME COMMAND...: a program, not a function.
background() {
  : >"$1.out" 2>"$1.err" # now, for who looks at them at once
  timeout -k 1 40 "${@:2}" <&0 >"$1.out" 2>"$1.err" 3>&- &
  background_jobs[$1]=$!
}

# is_running NAME
is_running() {
  kill -0 "${background_jobs[$1]}" 2>/dev/null
}

# finished NAME [STATUS]: waits for its end, which is to be in this way.
finished() {
  local status=0
  wait "${background_jobs[$1]}" || status=$?
  unset "background_jobs[$1]"
  ((status == ${2:-0})) || fail "$1: exit status $status, not ${2:-0}" "$(head -n 20 "$1.err")"
}

# ended NAME: it was to run until now, and is ended.
ended() {
  is_running "$1" || fail "$1: has ended by itself" "$(head -n 20 "$1.err")"
  kill -- "-${background_jobs[$1]}" # the group: timeout(1) may not know its child yet
  wait "${background_jobs[$1]}" || true
  unset "background_jobs[$1]"
}

# eventually COMMAND...: waits until it succeeds.
eventually() {
  for _ in {1..400}; do
    ! "$@" || return 0
    sleep 0.05
  done
  fail "this did not come true: ${*@Q}"
}

# announced NAME COMMAND...: in the background; waits for the line that it writes to descriptor 9
# when it is ready, and sets $address to that.
# shellcheck disable=SC2034 # the address is for tests
announced() {
  : >"$1.ready"
  background "$@" 9>"$1.ready"
  until read -r address <"$1.ready"; do
    is_running "$1" || [[ -s $1.ready ]] || fail "$1: has ended" "$(head -n 20 "$1.err")"
    sleep 0.02
  done
}

# serve NAME ADDRESS STEP...: tests/lib/peers.py listens, and sets $address; visit: it connects.
serve() {
  announced "$1" python3 -B "$BATS_TEST_DIRNAME/lib/peers.py" listen "${@:2}"
}

visit() {
  background "$1" python3 -B "$BATS_TEST_DIRNAME/lib/peers.py" connect "${@:2}"
}

# refuse ADDRESS: nobody listens there as long as the test runs; sets $address.
refuse() {
  announced refusing python3 -B "$BATS_TEST_DIRNAME/lib/peers.py" refuse "$1"
}

# free_port: the number of a port that was free a moment ago.
free_port() {
  python3 -B "$BATS_TEST_DIRNAME/lib/peers.py" rebind
}

# with_pair TYPE COMMAND...: with a pair of unix sockets as descriptors 7 and 8.
with_pair() {
  python3 -B "$BATS_TEST_DIRNAME/lib/peers.py" pair "$@"
}

# tool NAME COMMAND...: a program that knows nothing of descriptor 9, and listens on a port that it
# chose itself; sets $port to that.
tool() {
  background "$@"
  eventually has_port "$1"
}

# has_port NAME: sets $port; timeout has one child.
has_port() {
  local child
  read -r child _ <"/proc/${background_jobs[$1]}/task/${background_jobs[$1]}/children" || true
  port=$(ss -Hltunp | awk -v pid="pid=$child," 'index($0, pid) { sub(/.*:/, "", $5); print $5 }')
  port=${port%%$'\n'*}
  [[ -n $child && -n $port ]]
}

# is_listening PATH: a unix socket, on which somebody listens. The path is whole: the sockets of tests
# that run at the same time are listed as well.
is_listening() {
  [[ -n $(ss -Hx state listening src "unix:$1") ]] # "ss -l" lists what is only bound as well
}

# ---- iovtool -------------------------------------------------------------------------------------

# Nothing that iovtool does here takes long: one that hangs is ended, with status 124.
send() {
  timeout -k 1 30 iovtool send "$@"
}

recv() {
  timeout -k 1 30 iovtool recv "$@"
}

# receiving ADDRESS ARGUMENT...: `iovtool recv --listen` in the background, by the name of `recv`;
# sets $address to the one that it has told by --ready-fd.
receiving() {
  announced recv iovtool recv --listen --ready-fd=9 "$@"
}

# connecting ADDRESS ARGUMENT...: without --listen.
connecting() {
  background recv iovtool recv "$@"
}

# received TEXT: what `recv` wrote to standard output; it ended well and said nothing.
received() {
  finished recv
  assert_text recv.out "$1"
  [[ ! -s recv.err ]] || fail 'recv said' "$(<recv.err)"
}

# ---- Judging -------------------------------------------------------------------------------------

# assert_text FILE TEXT: it has these bytes; \n and such are those of printf '%b'.
assert_text() {
  local expected
  expected=$(printf '%b' "$2" | xxd -p)
  [[ $(xxd -p "$1") == "$expected" ]] ||
    fail "$1" '--- expected' "$2" '--- actual' "$(xxd "$1" | head -n 8)"
}

# assert_lines FILE LINE...: it has these and no others.
assert_lines() {
  diff <(printf '%s\n' "${@:2}") "$1" >&2 || fail "$1: not what was expected"
}

# timed COMMAND...: like `run --separate-stderr`, and sets $elapsed to milliseconds.
timed() {
  local start=${EPOCHREALTIME/[.,]/}
  run --separate-stderr "$@"
  elapsed=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
}

# assert_trouble STATUS TEXT: after `timed`, as assert_error_line.
assert_trouble() {
  assert_error_line "$@" || fail "after $elapsed ms"
}

# assert_elapsed LEAST [MOST]: in milliseconds; by default two seconds more.
assert_elapsed() {
  local most=${2:-$(($1 + 2000))}
  ((elapsed >= $1 && elapsed <= most)) || fail "took $elapsed ms, not $1 to $most"
}

# json_is FILE PYTHON: an expression that is true of the object `it`.
json_is() {
  python3 -c 'import json, sys
it = json.load(open(sys.argv[1]))
assert eval(sys.argv[2]), it' "$@"
}

skip_unless_vsock() {
  python3 -c 'import socket
with socket.socket(socket.AF_VSOCK) as s: s.bind((1, 0xffffffff))' 2>/dev/null ||
    skip 'the kernel has no vsock loopback'
}
