#!/usr/bin/env bats
# Standard output and standard error: what goes where, what happens when output fails, and the words
# about the program itself.

load lib/common
load lib/hexdump

# ---- output that fails ---------------------------------------------------------------------------

@test "a full disk: exit 2 and one line, however little was written" {
  for look in canonical xxd plain qemu c json; do
    run -2 bash -c 'iovtool hexdump "$@" 2>&1 >/dev/full' - -f "$look" str:a
    assert_output 'iovtool hexdump: cannot write standard output: No space left on device'
    run -2 bash -c 'iovtool hexdump "$@" 2>&1 >/dev/full' - -f "$look" /dev/urandom@..1M
    assert_output 'iovtool hexdump: cannot write standard output: No space left on device'
  done
}

@test "a full disk ends the run at once" {
  run -2 timeout 20 bash -c 'iovtool hexdump -v zero:1E 2>&1 >/dev/full'
  assert_output 'iovtool hexdump: cannot write standard output: No space left on device'
  mkfifo silent
  exec 9<>silent
  printf 0123456789abcdef >&9
  run -2 timeout 20 bash -c 'iovtool hexdump silent 2>&1 >/dev/full'
  assert_output 'iovtool hexdump: cannot write standard output: No space left on device'
}

# bats test_tags=valgrind
@test "a closed standard output, and one that is not for writing" {
  run -2 bash -c 'iovtool hexdump str:a 2>&1 >&-'
  assert_output 'iovtool hexdump: cannot write standard output: Bad file descriptor'
  run -2 bash -c 'iovtool hexdump str:a 2>&1 1</dev/null'
  assert_output 'iovtool hexdump: cannot write standard output: Bad file descriptor'
}

# bats test_tags=plain
@test "a file whose size is limited: exit 2, and what fits is there" {
  run -2 bash -c 'ulimit -f 8; trap "" XFSZ; iovtool hexdump -v zero:1M 2>&1 >out'
  assert_output 'iovtool hexdump: cannot write standard output: File too large'
  (($(stat -c %s out) <= 8192))
}

@test "--help, --version and the lists fail as well, where they cannot be written" {
  for arguments in --help --version --list-commands 'hexdump --help' 'hexdump --list-options'; do
    command=iovtool
    [[ $arguments != hexdump* ]] || command='iovtool hexdump'
    run -2 bash -c "iovtool $arguments 2>&1 >/dev/full"
    assert_output "$command: cannot write standard output: No space left on device"
    run -2 bash -c "iovtool $arguments 2>&1 >&-"
    assert_output "$command: cannot write standard output: Bad file descriptor"
  done
}

@test "with a standard descriptor closed no file is mistaken for it" {
  echo precious >file
  run -2 bash -c 'iovtool hexdump file >&-'
  [[ $(<file) == precious ]]
  run -2 bash -c 'iovtool hexdump file - <&- 2>&1'
  assert_output 'iovtool hexdump: -: the descriptor is not open for reading'
  iovtool hexdump file <&- >dump
  hexdump -C file >expected
  assert_same_text dump expected
  iovtool hexdump file 2>&- >dump
  assert_same_text dump expected
  run -2 bash -c 'iovtool hexdump nosuch 2>&-'
  assert_output ''
}

@test "a closed pipe ends the run quietly by SIGPIPE" {
  run bash -c 'set -o pipefail; iovtool hexdump /dev/zero -v 2>err | head -c 1'
  ((status == 141)) || fail "exit status $status"
  assert_output 0
  [[ ! -s err ]]
  head -c 5000000 /dev/urandom >data
  for look in canonical xxd plain qemu c json; do
    run bash -c 'set -o pipefail; iovtool hexdump -f "$1" data 2>err | :' - "$look"
    ((status == 141)) || fail "$look: exit status $status"
    [[ ! -s err ]] || fail "$(<err)"
  done
}

@test "with SIGPIPE ignored a closed pipe is an error as any other" {
  run -2 bash -c "trap '' PIPE; { iovtool hexdump -v zero:8M 2>&3; echo \$? >&4; } 3>err 4>status | :
    cat err; exit \$(<status)"
  assert_output 'iovtool hexdump: cannot write standard output: Broken pipe'
}

@test "output that does not block is waited for" {
  python3 - <<'EOF'
import os, subprocess, time
reader, writer = os.pipe()
os.set_blocking(writer, False)
process = subprocess.Popen(["iovtool", "hexdump", "-v", "zero:2M"], stdout=writer)
os.close(writer)
time.sleep(0.2)
size = 0
while data := os.read(reader, 1 << 20):
    size += len(data)
assert process.wait() == 0
assert size == 79 * (2 << 20) // 16 + 9, size
EOF
}

@test "output is appended to a file that was opened for that" {
  echo before >out
  iovtool hexdump -f plain str:a >>out
  { iovtool hexdump -f plain str:b; iovtool hexdump -f plain str:c; } >>out
  [[ $(<out) == $'before\n61\n62\n63' ]]
}

# ---- the words about the program -----------------------------------------------------------------

@test "--help goes to standard output, fits 80 columns, and ends with examples" {
  for arguments in --help -h 'hexdump --help' 'hexdump -h' 'hexdump --help nosuchfile'; do
    # shellcheck disable=SC2086
    iovtool $arguments >help 2>err || fail "$arguments"
    [[ ! -s err ]]
    grep -q '^Usage:' help
    run ! grep -nE '^.{81,}$' help
    run ! grep -nP '[^\x20-\x7e]' help
    sed -n '/^Examples:$/,$p' help | sed '1d; /^$/d' >examples
    (($(wc -l <examples) >= 2)) || fail "$arguments: no examples at the end"
    run ! grep -v '^  .*iovtool ' examples
  done
}

@test "--help is the same in every locale" {
  LC_ALL=C iovtool hexdump --help >expected
  for locale in C.UTF-8 POSIX en_US.UTF-8; do
    LC_ALL=$locale LANGUAGE=de iovtool hexdump --help >actual
    assert_same_text actual expected "$locale"
  done
}

@test "the examples of --help run" {
  printf '%s' {1..1000} >log
  head -c 1024 log >disk.img
  printf 'a line\n' >trace
  iovtool hexdump --help | sed -n '/^Examples:$/,$s/^  //p' | sed 's/tail -f/cat/' >examples
  iovtool --help | sed -n '/^Examples:$/,$s/^  //p' | grep -v 'COMMAND\|iovtool help' >>examples
  (($(wc -l <examples) >= 5))
  while IFS= read -r example; do
    run -0 bash -c "$example" </dev/null
    [[ $output == *0000* ]] || fail "$example" "$output"
  done <examples
}

@test "--help names every option, and --list-options lists the same ones" {
  iovtool hexdump --list-options | sort >listed
  iovtool hexdump --help | grep -oE '^ +(-., )?--[a-z-]+=?' | sed -E 's/.*(--)/\1/' | sort >helped
  assert_same_text listed helped
  (($(wc -l <listed) > 15))
  for option in --format= --width= --no-squeeze --segments-from= --skip= --length= --allow-short --help; do
    grep -qx -e "$option" listed || fail "$option"
  done
}

@test "every short option has a long one that does the same" {
  printf 'hex:0102\0' >list
  pairs=('-f xxd|--format=xxd' '-w 8|--width=8' '-g 2|--group=2' '-e|--little-endian' '-u|--upper'
    '-v|--no-squeeze' '-0 -T list|--null --segments-from=list' '-s 3|--skip=3' '-n 3|--length=3')
  for pair in "${pairs[@]}"; do
    # shellcheck disable=SC2086
    iovtool hexdump ${pair%|*} str:0123456789abcdef012345 zero:99 >expected
    # shellcheck disable=SC2086
    iovtool hexdump ${pair#*|} str:0123456789abcdef012345 zero:99 >actual
    assert_same_text actual expected "$pair"
  done
}

@test "options anywhere, short ones together, values attached or not" {
  iovtool hexdump -f xxd -u -w 8 -n 20 -s 1 zero:4 str:zzzzzzzzzzzzzzzzzzzzzz >expected
  while IFS= read -r arguments; do
    # shellcheck disable=SC2086
    iovtool hexdump $arguments >actual || fail "$arguments"
    assert_same_text actual expected "$arguments"
  done <<'EOF'
-fxxd -uw8 -n20 -s1 zero:4 str:zzzzzzzzzzzzzzzzzzzzzz
zero:4 str:zzzzzzzzzzzzzzzzzzzzzz -f xxd -u -w 8 -n 20 -s 1
zero:4 -ufxxd -w 8 --length 20 --skip=1 str:zzzzzzzzzzzzzzzzzzzzzz
-n 99 -n 20 -f plain --format xxd -w 3 -w 8 -u -u -s 1 zero:4 str:zzzzzzzzzzzzzzzzzzzzzz
-f xxd -u -w 8 -n 20 -s 1 -- zero:4 str:zzzzzzzzzzzzzzzzzzzzzz
--format=xxd --upper --width=8 --length=20 --skip=1 zero:4 -- str:zzzzzzzzzzzzzzzzzzzzzz
EOF
}

@test "-- ends the options, of the program as of a command" {
  printf abc >-v
  printf def >--help
  assert_bytes 616263646566 -- -v --help
  assert_bytes 3132 -- -@1+2 <<<0123
  assert_bytes 3132 -@1+2 <<<0123
  assert_bytes 30313233 -@..4 -- <<<0123
  run -0 iovtool -- hexdump -f plain hex:00
  assert_output 00
}

@test "a lone - is standard input, before and behind --" {
  assert_bytes 61 - < <(printf a)
  assert_bytes 61 -- - < <(printf a)
}

@test "--version: name and number, then the licence, and libnbd" {
  run -0 iovtool --version
  [[ ${lines[0]} =~ ^iovtool\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "$output"
  [[ ${lines[1]} == *GPL-2.0-or-later* ]]
  [[ ${lines[2]} == "libnbd "* || ${lines[2]} == "no libnbd: "* ]] || fail "$output"
  ((${#lines[@]} == 3))
  [[ $(iovtool -V) == "$output" ]]
}

@test "--list-commands: each has a help of its own, and stands in --help" {
  iovtool --list-commands >commands
  grep -qx hexdump commands
  iovtool --help >help
  while read -r command; do
    iovtool "$command" --help | grep -q "^  iovtool $command " || fail "$command"
    grep -q "^  $command  *[A-Z].*\.$" help || fail "$command is not in --help"
  done <commands
}

@test "errors are one line that starts with the name of the program and of the command" {
  for arguments in '' nosuch hexdump 'hexdump --nosuch' 'hexdump nosuch' 'hexdump -w'; do
    # shellcheck disable=SC2086
    run -2 iovtool $arguments
    ((${#lines[@]} == 1)) || fail "$output"
    [[ $output == iovtool*:\ [a-z]* && $output != *. ]] || fail "$output"
  done
}
