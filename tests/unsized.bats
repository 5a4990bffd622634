#!/usr/bin/env bats
# Files that say they have 0 bytes and may hold more: procfs, tracefs. Judges: cat, dd, python's pread().

load lib/common

setup() {
  enter_scratch
  printf 'kept\n' >old
}

# unreadable FILE: an error of every command that reads it, and the destination stays.
unreadable() {
  [[ -r $1 ]] || return 0
  ! cat "$1" >/dev/null 2>&1 || fail "$1 can be read"
  for command in 'is-zero' 'copy' 'hexdump' 'compare empty' 'copy -o old' 'copy str:x -o old' 'discard -f0 -o old'; do
    : >empty
    # shellcheck disable=SC2086 # the words of a command
    run -2 --separate-stderr iovtool $command "$1"
    [[ $stderr == *"$1@0: "* ]] || fail "$command: $stderr"
    [[ $(<old) == kept ]] || fail "$command: the destination changed"
  done
}

@test "a first read that fails is an error, before a destination is touched" {
  unreadable /proc/self/mem
  unreadable /proc/sys/net/ipv6/conf/all/stable_secret
}

@test "a file that is read in eights only is not empty" {
  [[ $(iovtool copy /proc/self/pagemap@8+16 | wc -c) == 16 ]]
  run -2 --separate-stderr iovtool copy /proc/self/pagemap@0+3 -o old
  assert_error_line 2 '/proc/self/pagemap@0+3: '
  [[ $(<old) == kept ]]
}

# The kernel gives a bit mask of processors as a whole or not at all, and nothing looks like an end.
@test "a file that gives nothing to a read of one byte is not empty" {
  mask=/proc/sys/net/core/flow_limit_cpu_bitmap
  [[ -r $mask ]] || skip 'the kernel has no such file here'
  [[ $(dd if=$mask bs=1 count=1 status=none | wc -c) == 0 ]]
  cat $mask >content
  for words in 'copy' 'discard' 'copy -o new'; do
    : >new
    # shellcheck disable=SC2086 # the words of a command
    iovtool $words $mask >>new
    cmp new content || fail "$words"
  done
  cmp <(iovtool copy -s 1 $mask) <(tail -c +2 content)
  iovtool compare $mask content
  run -1 iovtool is-zero $mask
}

@test "an empty file is empty" {
  : >empty
  iovtool copy empty -o old
  [[ ! -s old ]]
  run --separate-stderr iovtool copy empty@3+2
  assert_error_line 2 'empty@3+2: asked for 2 bytes at 3, but the file has 0'
}

@test "/proc/PID/mem and pagemap: read and written at offsets, in any order, on both sides" {
  python3 - <<'END'
import ctypes, os, subprocess

text = ctypes.create_string_buffer(b"hello world, hello there", 64)
at = ctypes.addressof(text)
mem = f"/proc/{os.getpid()}/mem"
pagemap = f"/proc/{os.getpid()}/pagemap"

def iovtool(*words):
    return subprocess.run(["iovtool", *words], capture_output=True)

run = iovtool("copy", f"{mem}@{at + 6}+5", f"{mem}@{at}..{at + 5}", f"{mem}@{at + 1}+2")
assert (run.returncode, run.stdout) == (0, b"worldhelloel"), run
assert iovtool("compare", f"{mem}@{at}+5", f"{mem}@{at + 13}+5").returncode == 0
assert iovtool("compare", f"{mem}@{at}+5", f"{mem}@{at + 14}+5").returncode == 1
assert iovtool("copy", "str:HELLO", "-o", f"{mem}@{at}+5").returncode == 0
assert text.value == b"HELLO world, hello there", text.value
run = iovtool("copy", f"{mem}@0+5", "-o", "old")
assert run.returncode == 2 and open("old").read() == "kept\n", run
entry = at // os.sysconf("SC_PAGESIZE") * 8
descriptor = os.open(pagemap, os.O_RDONLY)
run = iovtool("copy", f"{pagemap}@{entry}+8")
assert (run.returncode, run.stdout) == (0, os.pread(descriptor, 8, entry)), run
END
}

@test "looking at a file takes no byte of it away" {
  skip_unless_strace
  [[ -r /proc/kmsg ]] && timeout 5 dd if=/proc/kmsg of=first bs=1 count=1 status=none && [[ -s first ]] ||
    skip 'the kernel does not give its log to this process'
  strace -qf -e trace=read,pread64 -P /proc/kmsg -o calls timeout 5 iovtool copy -n 3 /proc/kmsg >got || true
  run ! grep pread64 calls
  [[ $(stat -c %s got) == 3 ]]
  [[ $(<got) == "$(sed -n 's/.*read([0-9]*<*[^"]*"\(...\)".*/\1/p' calls | head -n 1)" ]] || fail "$(<got)" "$(<calls)"
}
