# shellcheck shell=bash disable=SC2154
# What every test of the program starts with: `load lib/common` as the first line.
#
# Tests run `iovtool` by that name, in an empty directory of their own. They may carry these tags:
#   valgrind   also run under valgrind, and with a look for leaks under the sanitizers: short, and
#              typical of much code
#   plain      not run under the sanitizers: limits memory, or measures it
#   willing    not run by `make check-short`: looks at how much a call transfers

bats_require_minimum_version 1.5.0

IOVTOOL=${IOVTOOL:-$BATS_TEST_DIRNAME/../build/release/iovtool}
[[ -x $IOVTOOL ]] || { echo "$IOVTOOL: not found; 'make' builds it" >&2; exit 1; }
PATH=$(cd "$(dirname "$IOVTOOL")" && pwd):$PATH
export LC_ALL=C.UTF-8
unset NO_COLOR POSIXLY_CORRECT

# Tests of a great many cases take one of so many: under the sanitizers, where a run takes eight times
# as long, they look for what only those see.
export ONE_OF=${ONE_OF:-1}
[[ -z ${ASAN_OPTIONS-} ]] || ONE_OF=5

# A test file with a setup of its own begins it with `enter_scratch`.
setup() {
  enter_scratch
}

enter_scratch() {
  cd "$BATS_TEST_TMPDIR" || exit
  find_leaks_if_tagged
}

# Looking for leaks takes longer than the rest of a short run: 57 of 104 ms measured.
find_leaks_if_tagged() {
  [[ -n ${ASAN_OPTIONS-} ]] || return 0
  awk -v test="@test \"$BATS_TEST_DESCRIPTION\"" '
    index($0, test) == 1 { found = tags ~ /valgrind/ }
    { tags = /^# bats test_tags=/ ? $0 : "" }
    END { exit !found }' "$BATS_TEST_FILENAME" || ASAN_OPTIONS+=:detect_leaks=0
}

# build_shim NAME: compiles tests/lib/NAME.c into $BATS_FILE_TMPDIR/NAME.so, to be preloaded.
build_shim() {
  "${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -shared -fPIC \
    -o "$BATS_FILE_TMPDIR/$1.so" "$BATS_TEST_DIRNAME/lib/$1.c" -ldl
}

# fail MESSAGE...
fail() {
  printf '%s\n' "$@" >&2
  return 1
}

# random_file NAME SIZE SEED: the same arguments, the same bytes.
random_file() {
  python3 -c 'import random, sys
name, size, seed = sys.argv[1:]
open(name, "wb").write(random.Random(int(seed)).randbytes(int(size)))' "$@"
}

# assert_same_file ACTUAL EXPECTED
assert_same_file() {
  cmp "$1" "$2" || fail "--- $2" "$(xxd "$2" | head -n 8)" "--- $1" "$(xxd "$1" | head -n 8)"
}

# assert_output EXPECTED: all that `run` caught, but for the newline at its end.
assert_output() {
  [[ $output == "$1" ]] || fail '--- expected' "$1" '--- actual' "$output"
}

# assert_error_line STATUS TEXT: after `run --separate-stderr`. The program said nothing on standard
# output, and on standard error one line, which starts with its name and contains TEXT.
assert_error_line() {
  [[ $status == "$1" ]] || fail "exit status $status, not $1" "$stderr"
  [[ -z $output ]] || fail 'standard output is not empty:' "$output"
  ((${#stderr_lines[@]} == 1)) || fail 'standard error is not one line:' "$stderr"
  [[ $stderr == iovtool* && $stderr == *"$2"* ]] || fail "--- expected: iovtool ... $2" "$stderr"
}

# Under `make check-cross`, EMULATOR is what runs iovtool, such as qemu-arm.
#
# needs_native WHY: skips the test there.
needs_native() {
  [[ -z ${EMULATOR-} ]] || skip "$EMULATOR is between iovtool and the kernel: $1"
}

# needs_preload: LD_PRELOAD is for the dynamic loader, which a static program (STATIC, set by
# `make check-static`) does without.
needs_preload() {
  needs_native 'a library would be preloaded into that'
  [[ -z ${STATIC-} ]] || skip 'nothing can be preloaded into a static program'
}

# needs_libnbd: which the folder with the libraries of another processor has not, and a static program
# cannot load.
needs_libnbd() {
  needs_native 'there is no libnbd for it'
  [[ -z ${STATIC-} ]] || skip 'a static program cannot load libnbd'
}

# needs_far_mappings: qemu-user 7.2 maps another place of a file when an offset of 4 GiB or more comes
# from a program of 32 bits.
needs_far_mappings() {
  [[ ${EMULATOR-} != qemu-arm ]] || needs_native 'it cuts the offset of mmap() to 32 bits'
}

# needs_udp_segment: qemu-user hands the size in that message on in the byte order of its program.
needs_udp_segment() {
  [[ ${EMULATOR-} != qemu-s390x ]] || needs_native 'the size of UDP_SEGMENT arrives in the other byte order'
}

# needs_bus_address: qemu-user 7.2 tells a wrong address with SIGBUS on these processors.
needs_bus_address() {
  case ${EMULATOR-} in
    qemu-arm | qemu-s390x) needs_native 'it tells a wrong address with SIGBUS' ;;
  esac
}

# needs_address_limit: one on address space, `ulimit -v`; qemu-user takes more than iovtool would.
needs_address_limit() {
  [[ ${EMULATOR-} != qemu-* ]] || needs_native 'a limit on address space is for both'
}

# skip_unless_strace: it needs ptrace, and iovtool to make its calls itself.
skip_unless_strace() {
  needs_native 'strace sees its calls, not those of iovtool'
  strace -o /dev/null true || skip 'the kernel does not let strace trace here'
}

# skip_unless_injection: strace's fault injection, which needs ptrace and a kernel that lets it.
skip_unless_injection() {
  skip_unless_strace
  ! strace -qf -o /dev/null -e trace=write -e inject=write:error=EIO:when=1 \
    bash -c 'printf x' >/dev/null 2>&1 || skip 'the kernel does not let strace inject errors here'
}

# with_error CALL ERROR WHEN ARGUMENT...: `iovtool ARGUMENT...` with that error injected by strace, which
# writes those calls to the file `calls`.
with_error() {
  strace -f -q -o calls -e trace="$1" -e inject="$1:error=$2:when=$3" iovtool "${@:4}"
}
