#!/usr/bin/env bats
# discard, clone and fill where things go wrong: full disks, files that may not grow, failing and
# unwilling calls. What copy does then is in copy-trouble.bats; these go through the same plan and
# engine, but say, print and leave behind things of their own.

load lib/common
load lib/copy
load lib/disk

errors=('ENOSPC:No space left on device' 'EIO:Input/output error' 'EDQUOT:Disk quota exceeded')

# The commands that make files of segments, each with what they make of one named large.
makers=(discard clone)

make_inputs() {
  seq 60000 | head -c 300000 >large
  printf old >target
  tail -c +6 large | head -c -3 >expected-discard
  cp large expected-clone
}

# made_by MAKER ARGUMENT...: the line of arguments, in `line`.
made_by() {
  line=("$1" "${@:2}")
  [[ $1 != discard ]] || line+=(--front=5 --back=3)
  [[ $way == offload ]] || line+=(--no-offload)
}

# ---- full disks ----------------------------------------------------------------------------------

full_disk() {
  seq 400000 | head -c 2M >2M
  head -c 700K 2M >700K
  on_small_disk "$way" <<'EOF'
plain=()
[[ $1 == offload ]] || plain=(--no-offload)

# full TEXT ARGUMENT...: one line of an error, and no words.
full() {
  local status=0
  iovtool "${@:2}" "${plain[@]}" >../words 2>../err || status=$?
  cat ../err >&2
  [[ $status == 2 && $(wc -l <../err) == 1 && $(<../err) == "iovtool $2: $1"*'No space left on device'* ]]
  [[ ! -s ../words ]]
}

for command in 'discard --front=5' clone; do
  printf old >target
  full 'new: cannot write at ' $command ../2M -o new
  written=$(stat -c %s new)
  [[ $(<../err) == *" ($written bytes were written before)" && $written -gt 500000 ]]
  skipped=$([[ $command == clone ]] && echo 0 || echo 5)
  cmp <(tail -c +$((skipped + 1)) ../2M | head -c "$written") new
  rm new
  full 'target: cannot write at ' $command ../2M --atomic -o target
  [[ $(<target) == old && $(ls -A) == target ]]
  full 'target: cannot write at ' $command ../2M -o target
  rm target
done

printf old >target
full 'target: cannot write' discard --front=5 ../2M --append -o target
[[ $(head -c 3 target) == old ]]
rm target

# fill does not make files longer, but a hole takes room.
truncate -s 2M sparse
full 'sparse: cannot write at ' fill --byte=78 sparse@4K
at=$(sed 's/.*write at \([0-9]*\):.*/\1/' ../err)
[[ $(<../err) == *" ($((at - 4096)) bytes were written before)" ]]
iovtool compare sparse --with zero:4096 "fill:78+$((at - 4096))" "zero:$((2097152 - at))"
EOF
}

@test "a full file system" {
  both_ways full_disk
}

@test "a full file system has no room for zeros that are written, but for holes" {
  on_small_disk <<'EOF'
truncate -s 3M sparse
head -c 2M /dev/zero | tr '\0' x | dd of=sparse conv=notrunc bs=4k status=none 2>../err && exit 1
iovtool fill --byte=00 --no-offload sparse@1M 2>../err && exit 1
grep -F 'sparse: cannot write at ' ../err
iovtool fill --byte=00 sparse@4096
[[ $(stat -c '%s %b' sparse) == '3145728 8' ]]
iovtool compare sparse --with fill:78+4096 zero:3M@4096
EOF
}

@test "a full file system: discard in place does nothing" {
  seq 400000 | head -c 700K >data
  on_small_disk <<'EOF'
cp ../data data
# There is no room for the rest as a new file, and none for an undo file either.
for arguments in '--front=5' '--front=400K --undo-file=undo' '--back=600K --undo-file=undo'; do
  status=0
  iovtool discard --in-place $arguments data 2>../err || status=$?
  [[ $status == 2 && $(wc -l <../err) == 1 && $(<../err) == *'No space left on device'* ]]
  cmp data ../data
  [[ $(ls -A) == data ]]
done
iovtool discard --in-place --back=600K data
cmp data <(head -c 100K ../data)
EOF
}

# ---- files that may not grow ---------------------------------------------------------------------

# limited ARGUMENT...: no file may get longer than 100 KiB.
limited() {
  (ulimit -f 100 && iovtool "$@")
}

file_limit() {
  make_inputs
  local maker line
  for maker in "${makers[@]}"; do
    made_by "$maker" large
    run --separate-stderr limited "${line[@]}" -o new
    assert_error_line 2 'new: cannot write at'
    [[ $stderr == *'File too large'* ]] || fail "$stderr"
    rm new
    run --separate-stderr limited "${line[@]}" --atomic -o target
    assert_error_line 2 target
    [[ $stderr == *'File too large'* ]] || fail "$stderr"
    assert_file target old
    no_leftovers expected-clone expected-discard large target
  done
  made_by fill --byte=ff
  run --separate-stderr limited "${line[@]}" large@..5 large@150000
  assert_error_line 2 'large: cannot write at 150000: File too large (5 bytes were written before)'
  cmp large <(printf '\xff\xff\xff\xff\xff'; tail -c +6 expected-clone)
}

@test "ulimit -f: an error, not a signal" {
  both_ways file_limit
}

# ---- failing calls -------------------------------------------------------------------------------

# bats test_tags=plain
@test "a kernel that does not do it: the next way does" {
  skip_unless_injection
  make_inputs
  local maker line error when way=offload
  for maker in "${makers[@]}"; do
    made_by "$maker" large
    for error in EXDEV EINVAL ENOSYS EOPNOTSUPP EPERM EINTR; do
      for when in 1 1+; do
        [[ $error$when != EINTR1+ ]] || continue
        with_error copy_file_range "$error" "$when" "${line[@]}" -o new >words
        grep -q INJECTED calls || fail 'nothing was injected: copy_file_range'
        assert_same_file new "expected-$maker"
        [[ $maker == discard || $(<words) == new@0+300000 ]] || fail "$(<words)"
      done
    done
  done
  for error in EINVAL ENOSYS EINTR; do
    with_error splice "$error" 1 discard --offload=splice --front=5 --back=3 large | cmp - expected-discard
    grep -q INJECTED calls || fail 'nothing was injected: splice'
  done
}

# Each maker, with the errors of the disk in each of its calls that can meet them.
# bats test_tags=plain
@test "errors of the disk: exit status 2, and the file, the offset and the cause; no words" {
  skip_unless_injection
  mkdir folder
  cd folder
  make_inputs
  local maker line way row error text call
  for row in "${errors[@]}"; do
    error=${row%%:*} text=${row#*:}
    for maker in "${makers[@]}"; do
      way=no-offload made_by "$maker" large
      run --separate-stderr with_error pwritev "$error" 1 "${line[@]}" -o new
      assert_error_line 2 "$maker: new: cannot write at 0: $text"
      way=offload made_by "$maker" large
      run --separate-stderr with_error copy_file_range "$error" 1 "${line[@]}" -o new
      assert_error_line 2 "$maker: new: cannot write at 0: $text"
      run --separate-stderr with_error fsync "$error" 1 "${line[@]}" --fsync -o new
      assert_error_line 2 "$maker: new: $text"
      run --separate-stderr with_error ftruncate "$error" 1 "${line[@]}" -o new
      assert_error_line 2 "$maker: new: $text"
      rm new
      for call in copy_file_range fsync rename,renameat,renameat2; do
        run --separate-stderr with_error "$call" "$error" 1 "${line[@]}" --atomic -o target
        # The words come before the file is in place: without them it would be worth nothing.
        [[ $maker$call != clonerename* || $output == target@0+300000 ]] || fail "$output"
        [[ $maker$call != clonerename* ]] || output=
        assert_error_line 2 target
        [[ $stderr == "iovtool $maker: "*"$text"* ]] || fail "$stderr"
        assert_file target old
        no_leftovers calls expected-clone expected-discard large target
      done
    done
  done
}

# bats test_tags=plain
@test "errors of the disk under fill: what was written before is told, and the rest is untouched" {
  skip_unless_injection
  make_inputs
  cp large other
  local row error text option
  for row in "${errors[@]}"; do
    error=${row%%:*} text=${row#*:}
    for option in --byte=6162 '--byte=00 --no-offload'; do
      # shellcheck disable=SC2086
      run --separate-stderr with_error pwritev "$error" 1 fill $option large@7+5 other
      assert_error_line 2 "fill: large: cannot write at 7: $text"
      [[ $stderr != *written* ]] || fail "$stderr"
      # shellcheck disable=SC2086
      run --separate-stderr with_error pwritev "$error" 2 fill $option large@7+5 other@9
      assert_error_line 2 "fill: other: cannot write at 9: $text (5 bytes were written before)"
      cmp other expected-clone
      run ! cmp -s large expected-clone
      cmp -i 12 large expected-clone
      cp expected-clone large
    done
    run --separate-stderr with_error fsync "$error" 2 fill --byte=58 --fsync large@0+1 other@0+1
    assert_error_line 2 "$text"
    [[ $stderr =~ ^'iovtool fill: '(large|other)': ' ]] || fail "$stderr"
    cp expected-clone large
    cp expected-clone other
  done
}

# bats test_tags=plain
@test "a close that fails" {
  skip_unless_injection
  make_inputs
  local command when
  for command in 'discard --front=5 large -o target' 'clone large -o target' 'fill --byte=58 target@0+1'; do
    # shellcheck disable=SC2086
    strace -y -o calls -e trace=close iovtool $command >words
    when=$(grep -n '/target>' calls | head -n 1 | cut -d: -f1)
    # shellcheck disable=SC2086
    run --separate-stderr with_error close EIO "$when" $command
    assert_error_line 2 'target: Input/output error'
  done
}

# ---- calls that a signal interrupts --------------------------------------------------------------

# interrupted CALL ARGUMENT...: the first such call ends with EINTR, and the run as if it had not.
interrupted() {
  printf 0123456789 >file
  with_error "$1" EINTR 1 "${@:2}" 2>said || fail "${*@Q}" "$(<said)"
  [[ ! -s said ]] || fail "${*@Q}" "$(<said)"
  grep -q 'EINTR.*INJECTED' calls || fail "${*@Q}: there is no such call"
}

@test "ftruncate, fsync and fallocate are made again when a signal interrupts them" {
  skip_unless_injection
  printf abc >source
  for call in ftruncate fsync; do
    interrupted "$call" copy --fsync source -o file
    assert_file file abc
    interrupted "$call" discard --in-place --back=3 file
    assert_file file 0123456
  done
  interrupted fsync copy --atomic source -o file
  assert_file file abc
  interrupted fsync fill --fsync --byte=41 file@2+3
  assert_file file 01AAA56789
  interrupted fallocate discard --in-place --front=4 file
  assert_file file 456789
}

# bats test_tags=plain
@test "the file for what is kept aside is opened again when a signal interrupts that" {
  skip_unless_injection
  build_shim moment-shim
  mkdir aside
  random_file file $((34 << 20)) 5
  cat <(tail -c 17M file) <(head -c 17M file) >expected
  for way in '' MOMENT_NO_TMPFILE=1; do
    # shellcheck disable=SC2206 # no word or one
    line=(env $way TMPDIR="$PWD/aside" LD_PRELOAD="$BATS_FILE_TMPDIR/moment-shim.so"
      iovtool copy moved@17M+17M moved@0+17M -o moved@0)
    cp file moved
    strace -f -q -o calls -e trace=openat "${line[@]}"
    when=$(grep -n /aside calls | head -n 1 | cut -d: -f1)
    cp file moved
    strace -f -q -o calls -e trace=openat -e inject=openat:error=EINTR:when="$when" "${line[@]}"
    grep -q '/aside.*EINTR.*INJECTED' calls || fail "$way" "$(<calls)"
    assert_same_file moved expected
  done
}

@test "the head of an undo file is read again when a signal interrupts that" {
  skip_unless_injection
  printf 0123456789 >file
  iovtool discard --in-place --back=3 --undo-file=undo file
  for when in 1 2 3; do
    cp undo again
    run -0 --separate-stderr strace -f -q -o calls -P "$PWD/again" -e trace=pread64 \
      -e inject=pread64:error=EINTR:when="$when" iovtool discard --undo=again
    assert_file file 0123456789
    iovtool discard --in-place --back=3 file
  done
}
