#!/usr/bin/env bats
# A file of src includes only its own folder and the folders below it:
#
#     main > command > transfer, net > segment > core

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_DIRNAME/.." || exit
}

# The folders that a file in a folder may include.
allowed() {
  case $1 in
    main) echo 'command transfer net segment core' ;;
    command) echo 'command transfer net segment core' ;;
    transfer) echo 'transfer segment core' ;;
    net) echo 'net segment core' ;;
    segment) echo 'segment core' ;;
    core) echo 'core' ;;
  esac
}

# misplaced_includes SRC: each include of another folder that the includer may not know, each that
# does not start from SRC, and each of a header that is not there.
misplaced_includes() (
  cd "$1" || exit
  find . -name '*.[ch]' | sort | sed 's|^\./||' | while read -r file; do
    folder=${file%%/*}
    [[ $file == */* ]] || folder=main
    sed -nE 's/^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*"([^"]*)".*/\1/p' "$file" |
      while read -r header; do
        if [[ ! -f $header ]]; then
          echo "$file: \"$header\" is not a path from src"
        elif [[ " $(allowed "$folder") " != *" ${header%%/*} "* ]]; then
          echo "$file: \"$header\""
        fi
      done
  done
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

@test "nothing includes GIO" {
  run ! gio_includes src
}

@test "an include that leads upward, sideways or astray is found" {
  cd "$BATS_TEST_TMPDIR"
  mkdir core segment transfer net command
  touch core/iov.h transfer/plan.h net/address.h command/command.h
  echo '#include "core/iov.h"' >segment/fine.c
  echo '#include "command/command.h"' >main.c
  echo '#include "command/command.h"' >core/upward.c
  echo '  # include "net/address.h" /* why */' >transfer/sideways.c
  echo '#include "transfer/plan.h"' >net/sideways.h
  echo '#include "iov.h"' >core/astray.c
  echo '#include <gio/gio.h>' >net/gio.c

  run misplaced_includes .
  printf '%s\n' "${lines[@]}"
  [ "${#lines[@]}" -eq 4 ]
  [ "${lines[0]}" = 'core/astray.c: "iov.h" is not a path from src' ]
  [ "${lines[1]}" = 'core/upward.c: "command/command.h"' ]
  [ "${lines[2]}" = 'net/sideways.h: "transfer/plan.h"' ]
  [ "${lines[3]}" = 'transfer/sideways.c: "net/address.h"' ]

  run -0 gio_includes .
}
