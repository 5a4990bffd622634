#!/usr/bin/env bats
# `iovtool discard --in-place` and `--undo` among others who move, change and link the file.

load lib/common
load lib/copy
load lib/discard

setup_file() {
  build_shim moment-shim
}

setup() {
  enter_folder
}

# meanwhile CALL WHEN COMMAND ARGUMENT...: `iovtool discard ARGUMENT...` ends with 2 and one line;
# before its WHEN-th call of that function the COMMAND is run.
meanwhile() {
  run --separate-stderr env MOMENT_CALL="$1" MOMENT_WHEN="$2" MOMENT_DO="$3" MOMENT_LOG="$BATS_TEST_TMPDIR/moment" \
    LD_PRELOAD="$BATS_FILE_TMPDIR/moment-shim.so" iovtool discard "${@:4}"
  [[ -e $BATS_TEST_TMPDIR/moment ]] || fail "${*@Q}: there was no such moment"
  rm "$BATS_TEST_TMPDIR/moment"
}

# collapses: the file system takes whole blocks out of the front of a file.
collapses() {
  head -c 8192 /dev/zero >probe
  local result=0
  fallocate --collapse-range --offset 0 --length 4096 probe 2>/dev/null || result=1
  rm probe
  return "$result"
}

# The calls of fsync: the undo file, its folder, and then the new file or the one that was cut.
# bats test_tags=plain
@test "a file that is moved away, or changed, before the first cut: refused, nothing cut" {
  needs_preload
  random_file original 20000 1
  random_file another 20000 2
  for amounts in '--back=100' '--front=100' '--front=4096 --back=1'; do
    for undo in '' --undo-file=undo; do
      for row in 'replaced by another file|mv other file' 'changed by somebody else|echo more >>file' \
        'changed by somebody else|printf x | dd of=file bs=1 seek=5000 conv=notrunc status=none'; do
        cp original file
        cp another other
        # Without an undo file, only a new file takes time before it is too late to ask.
        [[ -n $undo || $amounts == --front=100 ]] || continue
        # shellcheck disable=SC2086 # several words
        meanwhile fsync 1 "${row#*|}" --in-place $amounts $undo file
        assert_error_line 2 "$PWD/file: was ${row%%|*} during the run" || fail "$amounts $undo $row"
        case $row in
          *mv*) assert_same_file file another ;;
          *more*) assert_same_file file <(cat original; echo more) ;;
          *) (($(stat -c %s file) == 20000)) && [[ $(cmp file original | wc -l) == 1 ]] ;;
        esac
        rm -f other
        no_leftovers another file original
      done
    done
  done
}

# bats test_tags=plain
@test "bytes that are appended between the two cuts are not cut" {
  needs_preload
  collapses || skip 'the kernel collapses no ranges on this file system'
  random_file original 20000 1
  cp original file
  meanwhile fsync 3 'echo more >>file' --in-place --front=4096 --back=100 --undo-file=undo file
  assert_error_line 2 "$PWD/file: was changed by somebody else during the run; its front is cut, its back is not"
  assert_same_file file <(tail -c +4097 original; echo more)
}

@test "undo: a file of the right size with other bytes is refused, and untouched" {
  text="$PWD/file: cannot be restored: it is not what the discard left, or was changed since"
  random_file original 300000 1
  for amounts in '1000 0' '0 1000' '1000 3000'; do
    read -r front back <<<"$amounts"
    rm -f undo
    cp original file
    remains '' --in-place --front="$front" --back="$back" --undo-file=undo file
    cp file rest
    head -c $((front + back)) /dev/zero >>file # grown by what was removed
    untouched complains "$text" --undo=undo
    head -c $((front + back)) /dev/zero | cat - rest >file
    untouched complains "$text" --undo=undo
    for place in 0 65535 -1 -65536; do # in the rest
      cp rest file
      printf '\xa5' | dd of=file bs=1 conv=notrunc status=none \
        seek=$(((place + 300000 - front - back) % (300000 - front - back)))
      cmp -s rest file || untouched complains "$text" --undo=undo
    done
    random_file file $((300000 - front - back)) 2
    untouched complains "$text" --undo=undo
    ((back == 0)) || {
      { cat rest; head -c "$back" /dev/zero; } >file
      untouched complains "$text" --undo=undo
    }
    cp rest file
    remains '' --undo=undo
    assert_same_file file original
    remains '' --undo=undo
  done
}

@test "undo: the back of a file with other names is put back in place" {
  random_file original 100000 1
  cp original file
  ln file other
  inode=$(stat -c %i file)
  remains '' --in-place --back=30000 --undo-file=undo file
  remains '' --undo=undo
  assert_same_file other original
  [[ $(stat -c %i file) == "$inode" ]]
  for there in 70000 70001 85000 99999; do # killed while it was at it
    truncate -s "$there" file
    remains '' --undo=undo && fail 'zeros are not what was there' || true
    head -c "$there" original >file
    remains '' --undo=undo
    assert_same_file other original
  done
}

@test "undo: the front of a file with other names is put back in place, from every state" {
  collapses || skip 'the kernel collapses no ranges on this file system'
  random_file original 100000 1
  cp original file
  ln file other
  inode=$(stat -c %i file)
  remains '' --in-place --front=8192 --back=100 --undo-file=undo file
  assert_same_file other <(tail -c +8193 original | head -c -100)
  remains '' --undo=undo
  assert_same_file other original
  for written in 0 1 4096 8191; do # killed after the room was made
    { head -c "$written" original; head -c $((8192 - written)) /dev/zero; tail -c +8193 original; } >file
    remains '' --undo=undo
    assert_same_file other original
  done
  { printf x; head -c 8191 /dev/zero; tail -c +8193 original; } >file
  untouched complains "$PWD/file: cannot be restored: it is not what the discard left, or was changed since" --undo=undo
  [[ $(stat -c %i file) == "$inode" ]]
}

@test "undo: a front that cannot be put back in place is refused, and all is as it was" {
  random_file original 100000 1
  cp original file
  remains '' --in-place --front=1000 --back=100 --undo-file=undo file
  ln file other
  cp file rest
  run --separate-stderr iovtool discard --undo=undo
  assert_error_line 2 "$PWD/file: has other names, and its front cannot be put back in place: "
  assert_same_file other rest
  rm other
  remains '' --undo=undo
  assert_same_file file original
}
