#!/usr/bin/env bats
# Memory that the kernel copies to or from starts at a page: see src/core/page-buffer.h.

load lib/common
load lib/net

setup() {
  enter_scratch
  skip_unless_injection # it is strace that shows the addresses
  random_file data 1048576 1
  cp data same
  head -c 1M /dev/zero >zeros
  xxd data >dumped
  seq -f 'data@%.0f+1' 0 99999 >list
}

# traced CALLS ARGUMENT...: the program's calls, with addresses, go to the file `calls`.
traced() {
  strace -f -q -o calls -e trace="$1" -e raw="$1" iovtool "${@:2}"
}

# Every transfer of a page and more that the file `calls` tells of was to or from the start of a page,
# and there was one.
large_transfers_are_aligned() {
  python3 - <<'PY'
import re
large = 0
for line in open("calls"):
    call = re.search(r"\((?:0x)?[0-9a-f]+, 0x([0-9a-f]+), .* = 0x([0-9a-f]+)$", line)
    if call and int(call[2], 16) >= 4096:
        large += 1
        assert int(call[1], 16) % 4096 == 0, line
assert large > 0, "no large transfer was seen"
PY
}

# The calls to look at, and the arguments; standard input is a pipe with the file `data`.
@test "buffers start at a page" {
  while IFS='|' read -r calls arguments; do
    # shellcheck disable=SC2086 # the arguments are words
    traced "$calls" $arguments < <(cat data) >out || fail "iovtool $arguments"
    large_transfers_are_aligned || fail "iovtool $arguments" "$(head -n 20 calls)"
  done <<'TABLE'
pread64|compare --no-map data same
pread64|is-zero --no-map zeros
pread64|hexdump --no-map data
write|hexdump data
read|compare data -
read|hexdump -
read|copy - -o copied
read|info -T list
read|info dump:dumped
TABLE
}

@test "the buffer of recv starts at a page" {
  announced recv strace -f -q -o calls -e trace=recvfrom -e raw=recvfrom \
    iovtool recv --listen --ready-fd=9 --length=1M unix:here -o got
  iovtool send "$address" data
  finished recv
  cmp got data
  large_transfers_are_aligned
}
