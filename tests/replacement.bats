#!/usr/bin/env bats
# What --atomic and --fsync promise, and what is told when a promise cannot be kept.

# Options that may be none or several words stand without quotes.
# shellcheck disable=SC2086

load lib/common
load lib/copy
load lib/disk

setup() {
  enter_scratch
  mkdir folder
  cd folder || exit
  printf old >target
  printf new >source
}

# told TEXT COMMAND...: it ends with 2 and this line, and nothing else.
told() {
  run --separate-stderr "${@:2}"
  [[ $status == 2 && $stderr == "$1" && -z $output ]] || fail "${*:2}" "$status: $stderr" "--- not: $1" "$output"
}

@test "a symbolic link that leads to no file stays, and the file is made" {
  mkdir other
  for option in --atomic --fsync --append ''; do
    for link in one other/file "$PWD/other/file"; do
      rm -f link second one other/file
      ln -s "$link" second
      ln -s second link
      iovtool copy source $option -o link
      [[ $(readlink link) == second && $(readlink second) == "$link" && -f $link && ! -L $link ]] || fail "$option $link"
      assert_file "$link" new
    done
  done
  rm -f link second
  ln -s gone/file link
  ln -s second second
  for option in --atomic --fsync ''; do
    told 'iovtool copy: link: No such file or directory' iovtool copy source $option -o link
    told 'iovtool copy: second: Too many levels of symbolic links' iovtool copy source $option -o second
  done
  [[ -L link && -L second ]]
  told 'iovtool copy: link: File exists' iovtool copy source --atomic --no-clobber -o link
}

@test "what --atomic cannot replace is named" {
  mkfifo fifo
  mkdir empty
  for maker in copy clone 'discard --front=1'; do
    [[ $maker == clone ]] || told "iovtool ${maker%% *}: /dev/null: is a device, which no file can replace: not with --atomic" \
      iovtool $maker source --atomic -o /dev/null
    [[ $maker == clone ]] || told "iovtool ${maker%% *}: fifo: is no regular file, and cannot be replaced: not with --atomic" \
      iovtool $maker source --atomic -o fifo
  done
  told 'iovtool copy: empty: Is a directory' iovtool copy source --atomic -o empty
  told 'iovtool recv: /dev/null: is a device, which no file can replace: not with --atomic' \
    iovtool recv --listen tcp::0 --timeout=1 --atomic -o /dev/null
  [[ -p fifo && -c /dev/null ]]
}

# bats test_tags=plain
@test "--fsync of a new file syncs its folder as well" {
  skip_unless_strace
  for row in 'copy new' 'clone new' 'copy target'; do
    strace -f -y -o calls -e trace=fsync iovtool ${row% *} source --fsync -o "${row#* }" >/dev/null
    synced=$(grep -o "${PWD}[^>]*" calls | sed "s,^$PWD,.," | xargs)
    [[ $synced == "./${row#* }$([[ $row == *target ]] || echo ' .')" ]] || fail "$row: $synced"
    rm -f new
  done
}

# bats test_tags=plain
@test "when the folder cannot be synced, it is told that the file is in place" {
  skip_unless_injection
  for call in copy clone; do
    printf old >target
    run --separate-stderr with_error fsync EIO 2 $call source --atomic -o target
    [[ $status == 2 && $stderr == "iovtool $call: target: has been replaced, but its folder cannot be synced: Input/output error" ]] ||
      fail "$stderr"
    assert_file target new
  done
  told 'iovtool copy: made: has been made, but its folder cannot be synced: Input/output error' \
    with_error fsync EIO 2 copy source --atomic -o made
  assert_file made new
  told 'iovtool copy: new: is written, but its folder cannot be synced: Input/output error' \
    with_error fsync EIO 2 copy source --fsync -o new
  assert_file new new
  # A folder of a file system that syncs none.
  printf old >target
  with_error fsync EINVAL 2 copy source --atomic -o target
  assert_file target new
}

# bats test_tags=plain
@test "a folder that cannot be opened, and a file that cannot be closed: the old file stays" {
  skip_unless_injection
  strace -f -y -o calls -e trace=openat iovtool copy source --atomic -o target
  local when
  when=$(grep -n O_DIRECTORY calls | grep -v TMPFILE | tail -n 1 | cut -d: -f1)
  printf old >target
  told 'iovtool copy: target: Input/output error' with_error openat EIO "$when" copy source --atomic -o target
  assert_file target old
  strace -f -y -o calls -e trace=close iovtool copy source --atomic -o target
  when=$(grep -n '[./]target\.\|deleted\|/#' calls | tail -n 1 | cut -d: -f1)
  [[ -n $when ]] || fail "$(<calls)"
  printf old >target
  told 'iovtool copy: target: Input/output error' with_error close EIO "$when" copy source --atomic -o target
  assert_file target old
  no_leftovers calls source target
}

@test "a folder that may be written to, but not read" {
  ((EUID == 0)) || { chmod 300 .; iovtool copy source --atomic -o target; chmod 700 .; assert_file target new; return; }
  cp "$(command -v iovtool)" program
  chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
  chmod 333 .
  setpriv --reuid=54321 --clear-groups ./program copy str:new --atomic -o target
  assert_file target new
}

@test "without its list a clone does not take the place of the old file" {
  local status=0
  for option in '' --json; do
    iovtool clone source $option --atomic -o target >/dev/full 2>said || status=$?
    [[ $status == 2 && $(<said) == 'iovtool clone: cannot write standard output: No space left on device' ]] || fail "$(<said)"
    assert_file target old
  done
  no_leftovers said source target
}

@test "--explain with --atomic makes nothing, and refuses what --atomic would" {
  skip_unless_injection
  run -0 strace -f -qq -o calls iovtool copy --explain source --atomic -o target
  assert_output 'write  3 bytes from segment 0+0 (source@0+3) to target at 0'
  ! grep -E 'O_CREAT|O_TMPFILE|rename|[( ]link|linkat|mkdir' calls || fail 'it made something'
  told 'iovtool copy: /dev/null: is a device, which no file can replace: not with --atomic' \
    iovtool copy --explain source --atomic -o /dev/null
  told 'iovtool copy: target: File exists' iovtool copy --explain source --atomic --no-clobber -o target
  told 'iovtool copy: no/target: No such file or directory' iovtool copy --explain source --atomic -o no/target
}

@test "two destinations of one name are refused before anything is made" {
  mkdir sub
  ln -s ../new sub/link
  while read -r second words; do
    told "iovtool recv: $second: is a destination already" \
      timeout 10 iovtool recv --listen udp:127.0.0.1:0 --timeout=1 --per-segment $words -o $second
    [[ ! -e new ]] || fail "$words: new was made"
  done <<'TABLE'
new -o new
./new -o new
sub/../new -o new
sub/link -o new
./target -o target
new --atomic -o new
./new --atomic -o new
sub/link --atomic -o new
./target --atomic -o target
TABLE
  assert_file target old
  iovtool copy --extend str:ab str:cd -o both@0+2 -o ./both@2+2
  assert_file both abcd
}

@test "where a file system cannot rename without replacing, link() gives the name, and replaces nothing" {
  skip_unless_injection
  local error
  for error in EINVAL ENOSYS; do
    with_error renameat2 "$error" 1 copy source --atomic --no-clobber -o fresh
    grep -q INJECTED calls
    assert_file fresh new
    no_leftovers calls fresh source target
    rm fresh
  done
  run -2 --separate-stderr strace -f -q -o calls -e trace=renameat2,link -e inject=renameat2:error=EINVAL \
    -e inject=link:error=EEXIST iovtool copy source --atomic --no-clobber -o fresh
  [[ $stderr == 'iovtool copy: fresh: File exists' ]] || fail "$stderr"
  no_leftovers calls source target
}

@test "when the file is untouched, no bytes were written before" {
  for maker in copy clone 'discard --front=1'; do
    run -2 --separate-stderr bash -c "ulimit -f 10; exec iovtool $maker fill:61+20000 --atomic -o target"
    [[ $stderr == "iovtool ${maker%% *}: target: cannot write at 10240: File too large" ]] || fail "$stderr"
    assert_file target old
  done
}

@test "bytes that were to become a hole count when the file is that long" {
  for row in 'zero:3M|0|' 'str:abc zero:3M|3| (3 bytes were written before)' \
    'zero:3M str:abc|3145728|' 'zero:5000 str:abc zero:3M|5003| (5003 bytes were written before)'; do
    IFS='|' read -r words offset more <<<"$row"
    rm -f new
    run -2 --separate-stderr bash -c "ulimit -f 10; exec iovtool copy $words -o new"
    [[ $stderr == "iovtool copy: new: cannot write at $offset: File too large$more" ]] || fail "$words" "$stderr"
    told_size=${more//[^0-9]/}
    [[ $(stat -c %s new) == "${told_size:-0}" ]] || fail "$words: $(stat -c %s new)"
  done
}

@test "a folder for what is kept aside that is missing, or full, is named" {
  truncate -s 40M file
  told "iovtool copy: $PWD/gone: cannot keep bytes aside there (TMPDIR says where): No such file or directory" \
    env TMPDIR="$PWD/gone" iovtool copy file@20M+20M file@0+20M -o file@0
  on_small_disk <<'EOF'
cd ..
! TMPDIR=$PWD/disk iovtool copy file@20M+20M file@0+20M -o file@0 2>said
[[ $(<said) == "iovtool copy: $PWD/disk: cannot keep bytes aside there (TMPDIR says where): No space left on device" ]]
EOF
}
