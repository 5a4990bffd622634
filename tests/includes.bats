#!/usr/bin/env bats
# The house: what CONTRIBUTING.md and the headers say of the sources. A file of src includes only its own
# folder and the folders below it:
#
#     main > command > cli > transfer > net, source > segment > core

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_DIRNAME/.." || exit
}

# misplaced_includes SRC: each include of a folder above the includer, each that does not start from
# SRC, and each of a header that is not there. The files of SRC itself are the folder "main".
misplaced_includes() (
  cd "$1" || exit
  find . -name '*.[ch]' -printf '%P\n' | sort >"$BATS_TEST_TMPDIR/sources"
  # shellcheck disable=SC2016 # the program is for awk
  xargs awk -v sources="$BATS_TEST_TMPDIR/sources" '
    function folder(path) { return path ~ /\// ? substr(path, 1, index(path, "/") - 1) : "main" }
    BEGIN {
      split("core segment source net transfer cli command main", names, " ")
      for (i in names) floor[names[i]] = i
      while ((getline line < sources) > 0) exists[line] = 1
    }
    match($0, /^[ \t]*#[ \t]*include[ \t]*"[^"]*"/) {
      header = substr($0, RSTART, RLENGTH - 1)
      sub(/[^"]*"/, "", header)
      if (!(header in exists))
        print FILENAME ": \"" header "\" is not a path from src"
      else if (floor[folder(header)] + 0 > floor[folder(FILENAME)] + 0)
        print FILENAME ": \"" header "\""
    }' <"$BATS_TEST_TMPDIR/sources"
)

gio_includes() {
  grep -rnE '#[[:blank:]]*include[[:blank:]]*<(gio|gio-unix-2\.0)/' "$1"
}

@test "every file includes only downward" {
  run misplaced_includes src
  echo "$output"
  [ "$status" -eq 0 ]
  [ -z "$output" ]
}

# Reads and writes are not looked for: where they end early, more has to be done than to repeat them.
@test "what a signal may interrupt, but for reads and writes, is called through core/restart.h" {
  run -0 grep -rnE --include=*.c '(^|[^_[:alnum:].>])(open|f?truncate|fsync|fdatasync|syncfs|fallocate)\(' src
  printf '%s\n' "${lines[@]}" |
    { grep -vE '^src/core/restart\.c:|^[^:]*:[0-9]+: *(/\*| \* )|open\("/dev/null", ' || true; } >"$BATS_TEST_TMPDIR/calls"
  [ ! -s "$BATS_TEST_TMPDIR/calls" ] || { cat "$BATS_TEST_TMPDIR/calls"; false; }
}

# callers CALL...: the files of src that make one of these calls.
callers() {
  local IFS='|'
  grep -rE --include=*.c "(${*})\(" src | sed 's@/\*.*@@; s@: \* .*@:@' |
    grep -E "[^_[:alnum:].>](${*})\(" | cut -d: -f1 | sort -u
}

@test "segment data is read, mapped, written and copied where reader.h and engine.h say" {
  callers pread preadv2 read mmap restart_pread restart_pread_full >"$BATS_TEST_TMPDIR/readers"
  diff - "$BATS_TEST_TMPDIR/readers" <<'LIST'
src/command/discard-undo.c
src/core/restart.c
src/segment/address-space.c
src/segment/files.c
src/segment/text-input.c
src/source/server.c
src/transfer/engine-inside.c
src/transfer/guard.c
src/transfer/reader-file.c
src/transfer/reader-small.c
src/transfer/reader-stream.c
src/transfer/source-trouble.c
LIST
  callers pwritev writev write restart_write restart_pwrite sendmsg sendmmsg splice sendfile copy_file_range \
    >"$BATS_TEST_TMPDIR/writers"
  diff - "$BATS_TEST_TMPDIR/writers" <<'LIST'
src/cli/output.c
src/command/discard-undo.c
src/command/recv.c
src/core/iov-socket.c
src/core/restart.c
src/net/time-limit.c
src/source/server.c
src/transfer/engine-inside.c
src/transfer/engine-kernel.c
src/transfer/engine-zerocopy.c
src/transfer/message-batch.c
src/transfer/sink.c
LIST
}

@test "variables of the whole process are in the files that CONTRIBUTING.md names, and nowhere else" {
  find src -name '*.c' -exec awk '/^ *static [^(]*;$|^ *static [^(]* = .*[^{]$/ && !/const/ {
      sub("src/", "", FILENAME); print FILENAME }' {} + | sort -u >"$BATS_TEST_TMPDIR/found"
  # shellcheck disable=SC2016 # the marks are those of the text
  grep -oE '`(core|segment|source|net|transfer|cli|command)/[a-z-]+\.c`' CONTRIBUTING.md | tr -d '`' |
    sort -u | diff - "$BATS_TEST_TMPDIR/found"
}

@test "'make help' fits a terminal" {
  [[ $(MAKEFLAGS='' make -s help | awk 'length > 80' | tee /dev/stderr | wc -l) == 0 ]]
}

@test "nothing includes GIO" {
  run ! gio_includes src
}

@test "an include that leads upward, sideways or astray is found" {
  cd "$BATS_TEST_TMPDIR"
  mkdir core segment transfer net cli command
  touch core/iov.h transfer/plan.h net/address.h cli/output.h command/commands.h help.h
  echo '#include "core/iov.h"' >segment/fine.c
  echo '#include "net/address.h"' >transfer/fine.c
  echo '#include "command/commands.h"' >main.c
  echo '#include "command/commands.h"' >core/upward.c
  echo '#include "help.h"' >command/upward.c
  echo '  # include "cli/output.h" /* why */' >transfer/upward.c
  echo '#include "transfer/plan.h"' >net/upward.h
  echo '#include "iov.h"' >core/astray.c
  echo '#include <gio/gio.h>' >net/gio.c

  run misplaced_includes .
  printf '%s\n' "${lines[@]}"
  [ "${#lines[@]}" -eq 5 ]
  [ "${lines[0]}" = 'command/upward.c: "help.h"' ]
  [ "${lines[1]}" = 'core/astray.c: "iov.h" is not a path from src' ]
  [ "${lines[2]}" = 'core/upward.c: "command/commands.h"' ]
  [ "${lines[3]}" = 'net/upward.h: "transfer/plan.h"' ]
  [ "${lines[4]}" = 'transfer/upward.c: "cli/output.h"' ]

  run -0 gio_includes .
}
