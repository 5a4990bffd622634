#!/usr/bin/env bats
# Who may do what with a file that takes the place of another (--atomic, discard --in-place), with its
# temporary file, and with an undo file.

load lib/common
load lib/copy
load lib/discard

setup_file() {
  build_shim moment-shim
}

setup() {
  needs_preload
  enter_folder
  umask 022
  printf 0123456789 >source
}

# described FILE: owner, group, mode, access control list and user attributes.
described() {
  stat -c '%u:%g %a' "$1"
  getfacl -cn "$1"
  getfattr -d "$1"
}

# replaced ARGUMENT...: `iovtool ARGUMENT...` makes a new inode of `target`, with O_TMPFILE and
# without, and what is described stays.
replaced() {
  local before after inode way
  for way in '' MOMENT_NO_TMPFILE=1; do
    printf 0123456789 >target
    before=$(described target) inode=$(stat -c %i target)
    # shellcheck disable=SC2086 # no word or one
    env $way LD_PRELOAD="$BATS_FILE_TMPDIR/moment-shim.so" iovtool "$@" >/dev/null
    after=$(described target)
    [[ $after == "$before" ]] || fail "$way ${*@Q}" '--- before' "$before" '--- after' "$after"
    [[ $(stat -c %i target) != "$inode" ]] || fail "${*@Q}: the same inode"
  done
}

replaced_all_ways() {
  replaced copy source --atomic -o target
  replaced clone source --atomic -o target
  replaced discard --front=1 source --atomic -o target
  replaced discard --in-place --front=1 target
}

need_acl() {
  : >target
  setfacl -m "u:$((EUID + 1)):r" target 2>/dev/null || skip 'the file system has no access control lists'
}

# bats test_tags=plain
@test "access control list and user attributes stay" {
  need_acl
  setfattr -n user.origin -v 'https://example.org/' target
  setfattr -n user.empty target
  replaced_all_ways
  setfacl -m u:1234:rw,g:4321:r,m::r target
  replaced_all_ways
  chmod 604 target
  replaced_all_ways
}

# bats test_tags=plain
@test "an access control list for new files of the folder gives nobody access to a replaced one" {
  need_acl
  setfacl -b target
  setfacl -d -m u:1234:rwx,g:4321:rwx .
  for mode in 600 660 664; do
    chmod "$mode" target
    replaced_all_ways
  done
}

# bats test_tags=plain
@test "owner and mode of a file of another owner stay when root replaces it" {
  ((EUID == 0)) || skip 'the kernel lets only root give a file away'
  : >target
  for row in 1234:4321:640 1234:0:4755 0:4321:2750 1234:4321:1666; do
    chown "${row%:*}" target
    chmod "${row##*:}" target
    replaced copy source --atomic -o target
  done
}

# Other users may write in this folder, and run the program as ./program.
let_others_work_here() {
  chmod 777 .
  cp "$(command -v iovtool)" program
  chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
}

# as_user GROUPS COMMAND...: as user and group 54321, with these groups as well.
as_user() {
  setpriv --reuid=54321 --regid=54321 --groups="$1" "${@:2}"
}

# The first group may be kept by the user, the second not: then nobody gets more than those who
# belonged to the old group, and those who did not, had both. The kernel takes the set-uid bit from a file
# that is written to, so that only an empty one shows who else takes it.
# bats test_tags=plain
@test "a group is kept where it may be, without the owner; else nobody gains access" {
  ((EUID == 0)) || skip 'the kernel lets only root be other users'
  let_others_work_here
  while read -r old mode expected; do
    for data in str:new str:; do
      for way in '' MOMENT_NO_TMPFILE=1; do
        printf old >target
        chown "$old" target
        chmod "$mode" target
        # shellcheck disable=SC2086 # no word or one
        as_user 12345 env $way LD_PRELOAD="$BATS_FILE_TMPDIR/moment-shim.so" ./program copy $data --atomic -o target
        [[ $(stat -c '%u:%g %a' target) == "$expected" ]] ||
          fail "$old $mode $data $way: $(stat -c '%u:%g %a' target), not $expected"
        rm target
      done
    done
  done <<'ROWS'
0:12345     660  54321:12345 660
0:12345     604  54321:12345 604
0:23456     660  54321:54321 600
0:23456     664  54321:54321 644
0:23456     604  54321:54321 600
0:23456     666  54321:54321 666
0:23456     620  54321:54321 600
54321:23456 640  54321:54321 600
0:12345     4711 54321:12345 711
ROWS
}

# may_read USER GROUPS
may_read() {
  setpriv --reuid="$1" --regid="$1" --groups="$2" cat target >/dev/null 2>&1
}

# bats test_tags=plain
@test "with a list and a group that is lost, nobody reads who could not before" {
  ((EUID == 0)) || skip 'the kernel lets only root be other users'
  need_acl
  let_others_work_here
  people=('1001 1001' '1002 1002' '1003 23456' '1004 54321' '1005 777' '1006 54321,777' '1007 23456,54321' '1001 23456')
  for list in u::rw,g::r,o::-,u:1001:-,g:777:r,m::r u::rw,g::-,o::r,u:1001:r,m::r u::rw,g::r,o::r,g:777:-,m::r \
    u::rw,g::rw,o::-,u:1001:rw,m::- u::rw,g::r,o::r,u:1001:-,m::r; do
    rm -f target
    printf old >target
    chown 0:23456 target
    setfacl --set "$list" target
    before=
    for who in "${people[@]}"; do
      # shellcheck disable=SC2086 # two words
      before+=$(may_read $who && echo 1 || echo 0)
    done
    as_user 54321 ./program copy str:new --atomic -o target
    [[ $(stat -c %u:%g target) == 54321:54321 ]]
    for i in "${!people[@]}"; do
      # shellcheck disable=SC2086 # two words
      [[ ${before:i:1} == 1 ]] || ! may_read ${people[i]} || fail "$list: ${people[i]} gained access" "$(getfacl -cn target)"
    done
  done
}

# The group was denied, so that its members may not even open the new file before it has its mode.
# bats test_tags=plain
@test "a list that is too wide for the new group is narrowed before the file gets it" {
  ((EUID == 0)) || skip 'the kernel lets only root be other users'
  need_acl
  let_others_work_here
  chown 0:23456 target
  setfacl --set u::rw,g::-,u:1001:r,m::r,o::r target
  as_user 54321 env MOMENT_NO_TMPFILE=1 LD_PRELOAD="$BATS_FILE_TMPDIR/moment-shim.so" \
    MOMENT_CALL=fchmod MOMENT_DO='getfacl -cn .target.* >list' ./program copy str:new --atomic -o target
  assert_file list $'user::rw-\nuser:1001:r--\ngroup::---\nmask::r--\nother::---\n\n'
}

# bats test_tags=plain
@test "a temporary file is its owner's alone until it has what the old one had" {
  skip_unless_strace
  umask 0
  for way in '' MOMENT_NO_TMPFILE=1; do
    printf old >target
    chmod 600 target
    # shellcheck disable=SC2086 # no word or one
    strace -f -o calls -e trace=open,openat env $way LD_PRELOAD="$BATS_FILE_TMPDIR/moment-shim.so" \
      MOMENT_CALL=pwritev MOMENT_DO='find . -name ".target.*" -printf "%m\n" >modes' iovtool copy str:new --atomic -o target
    assert_file target new
    grep -E 'O_CREAT|O_TMPFILE' calls | grep -v modes | grep -Ev ', 0600\)' && fail "$(<calls)"
    [[ $(<modes) == "${way:+600}" ]] || fail "$(<modes)"
  done
}

# bats test_tags=plain
@test "an undo file is for who made it only" {
  umask 0
  for way in '' MOMENT_NO_TMPFILE=1; do
    for mode in 600 640 666; do
      rm -f undo
      cp source target
      chmod "$mode" target
      # shellcheck disable=SC2086 # no word or one
      env $way LD_PRELOAD="$BATS_FILE_TMPDIR/moment-shim.so" MOMENT_CALL=renameat2 MOMENT_DO='find . -name ".undo*" -printf "%m\n" >modes' \
        iovtool discard --in-place --back=3 --undo-file=undo target
      [[ $(stat -c %a undo) == 600 && $(<modes) == 600 ]] || fail "$mode: $(stat -c %a undo), $(<modes)"
    done
  done
}
