# shellcheck shell=bash disable=SC2154
# What the tests of `iovtool copy` share: `load lib/copy` after `load lib/common`.

# python_with_model [ARGUMENT...]: runs the script on standard input, which may import copy_model.
python_with_model() {
  PYTHONPATH=$BATS_TEST_DIRNAME/lib python3 -B - "$@"
}

# both_ways COMMAND...: a function, run in an empty folder each time: once as the program does it by
# itself, and once on the plain path. In it, `copy` is `iovtool copy` in that way.
both_ways() {
  for way in offload no-offload; do
    mkdir "$way"
    (cd "$way" && "$@")
  done
}

copy() {
  if [[ ${way-} == no-offload ]]; then
    iovtool copy --no-offload "$@"
  else
    iovtool copy "$@"
  fi
}

# assert_file NAME TEXT: the file has these bytes; \n and such are those of printf '%b'.
assert_file() {
  local expected
  expected=$(printf '%b' "$2" | xxd -p)
  [[ $(xxd -p "$1") == "$expected" ]] || fail "$1" '--- expected' "$2" '--- actual' "$(xxd "$1" | head -n 8)"
}

# refused STATUS TEXT ARGUMENT...: `copy ARGUMENT...` ends with this status and one line on standard
# error, which contains TEXT, and leaves the folder as it was.
refused() {
  local expected_status=$1 text=$2 before
  shift 2
  before=$(folder_state)
  run --separate-stderr copy "$@"
  assert_error_line "$expected_status" "$text" || fail "copy ${*@Q}"
  [[ $(folder_state) == "$before" ]] || fail "copy ${*@Q} touched something:" "$before" "$(folder_state)"
}

# Names, inodes, sizes, times of change, and bytes of all files of the folder.
folder_state() {
  find . -mindepth 1 -printf '%p %i %s %b %T@ %C@\n' | sort
  find . -type f -exec cat {} + | sha256sum
}

# no_leftovers NAME...: the folder has these files and no other.
no_leftovers() {
  local expected
  expected=$(printf '%s\n' "$@" | sort)
  [[ $(ls -A) == "$expected" ]] || fail "left behind:" "$(ls -lA)"
}

# has_holes NAME: succeeds when the file has less on disk than its size by a block or more.
has_holes() {
  (($(stat -c '%b * %B' "$1") + 4096 <= $(stat -c %s "$1")))
}
