#!/usr/bin/env bats
# iovtool copy where things go wrong: full disks, failing and unwilling calls, files that shrink, and
# runs that are killed.
#
# Standard input is a pipe in many tests: `cat FILE |` is meant.
# shellcheck disable=SC2002

load lib/common
load lib/copy
load lib/disk

setup_file() {
  export SHIMS=$BATS_FILE_TMPDIR/shim.so:$BATS_FILE_TMPDIR/copy-shim.so
  build_shim shim
  build_shim copy-shim
  build_shim shrink-shim
}

make_inputs() {
  seq 60000 | head -c 300000 >large
  printf old >target
}

# ---- full disks ----------------------------------------------------------------------------------

dev_full() {
  make_inputs
  for source in str:abc large zero:100000; do
    run --separate-stderr copy "$source" -o /dev/full
    assert_error_line 2 '/dev/full: cannot write at 0: No space left on device'
    copy "$source" >/dev/full 2>err && fail 'no error'
    grep -F -- '-: cannot write at 0: No space left on device' err || fail "$(<err)"
  done
}

@test "/dev/full" {
  both_ways dev_full
}

# limited ARGUMENT...: no file may get longer than 100 KiB.
limited() {
  (ulimit -f 100 && copy "$@")
}

file_limit() {
  make_inputs
  for source in large zero:300000 fill:61+300000; do
    run --separate-stderr limited "$source" -o new
    assert_error_line 2 'new: cannot write at'
    [[ $stderr == *'File too large'* ]] || fail "$stderr"
    run --separate-stderr limited "$source" --atomic -o target
    assert_file target old
    assert_error_line 2 target
    [[ $stderr == *'File too large'* ]] || fail "$stderr"
    rm -f new
    no_leftovers large target
  done
}

@test "ulimit -f: an error, not a signal" {
  both_ways file_limit
}

full_disk() {
  on_small_disk "$@" <<'EOF'
printf old >target

# full TEXT ARGUMENT...
full() {
  local status=0
  iovtool copy "${plain[@]}" "${@:2}" 2>../err || status=$?
  cat ../err >&2
  [[ $status == 2 && $(wc -l <../err) == 1 && $(<../err) == "iovtool copy: $1"* ]]
  [[ $(<../err) == *'No space left on device'* ]]
}

plain=("$@")
for source in ../2M fill:61+2M; do
  full 'new: cannot write at ' "$source" -o new
  [[ $(<../err) == *" ($(stat -c %s new) bytes were written before)" ]]
  cmp -n "$(stat -c %s new)" new <(iovtool copy "$source")
  rm new
  full target str:x "$source" --atomic -o target
  [[ $(<target) == old && $(ls -A) == target ]]
  full 'target: cannot write' "$source" --append -o target
  [[ $(head -c 3 target) == old ]]
  printf old >target
done
EOF
}

@test "a full file system" {
  seq 400000 | head -c 2M >2M
  full_disk
  full_disk --no-offload
}

# ---- failing calls -------------------------------------------------------------------------------

# bats test_tags=plain
@test "a kernel that does not do it: the next way does" {
  skip_unless_injection
  make_inputs
  for error in EXDEV EINVAL ENOSYS EOPNOTSUPP EPERM EINTR; do
    for when in 1 1+; do
      [[ $error$when != EINTR1+ ]] || continue
      with_error copy_file_range "$error" "$when" copy str:x large -o new
      grep -q INJECTED calls || fail 'nothing was injected: copy_file_range'
      cat <(printf x) large | cmp - new
      with_error splice "$error" "$when" copy --offload=splice large | cmp - large
      grep -q INJECTED calls || fail 'nothing was injected: splice'
    done
    truncate -s 300000 holes
    cp large in-place
    with_error fallocate "$error" 1 copy zero:100K -o in-place@4096+100K
    { head -c 4096 large; head -c 100K /dev/zero; tail -c +106497 large; } | cmp - in-place
  done
}

# bats test_tags=plain
@test "errors of the disk: exit status 2, and the file, the offset and the cause" {
  skip_unless_injection
  mkdir folder
  cd folder
  make_inputs
  local errors=('ENOSPC:No space left on device' 'EIO:Input/output error' 'EDQUOT:Disk quota exceeded')
  for row in "${errors[@]}"; do
    local error=${row%%:*} text=${row#*:}
    run --separate-stderr with_error pwritev "$error" 1 copy --no-offload large -o new
    assert_error_line 2 "new: cannot write at 0: $text"
    run --separate-stderr with_error pwritev "$error" 1 copy str:abc -o large@1000
    assert_error_line 2 "large@1000: cannot write at 1000: $text"
    run --separate-stderr with_error copy_file_range "$error" 1 copy str:abc large@0+100000 -o new
    assert_error_line 2 "new: cannot write at 3: $text (3 bytes were written before)"
    run --separate-stderr with_error splice "$error" 1 copy --offload=splice large -o fd:3 3> >(cat)
    assert_error_line 2 "fd:3: cannot write"
    run --separate-stderr with_error fsync "$error" 1 copy large --fsync -o new
    assert_error_line 2 "new: $text"
    run --separate-stderr with_error ftruncate "$error" 1 copy large -o new
    assert_error_line 2 "new: $text"
    rm new
    for call in pwritev fsync rename,renameat,renameat2; do
      run --separate-stderr with_error "$call" "$error" 1 copy str:new --atomic -o target
      assert_error_line 2 target
      [[ $stderr == *"$text"* ]] || fail "$stderr"
      assert_file target old
      no_leftovers calls large target
    done
  done
}

# bats test_tags=plain
@test "a read that fails: the segment and the offset in the file, whoever meets it first" {
  skip_unless_injection
  make_inputs
  local inject=(strace -f -q -o calls -P "$PWD/large" -e inject=pread64:error=EIO)
  run --separate-stderr "${inject[@]}" -e inject=copy_file_range:error=EIO iovtool copy str:abc large@7+100000 -o new
  assert_error_line 2 'large@7+100000: cannot read at 7: Input/output error (3 bytes were written before)'
  run --separate-stderr "${inject[@]}" iovtool copy --no-map --no-offload large@7 -o new
  assert_error_line 2 'large@7+299993: cannot read at 7: Input/output error'
  run --separate-stderr "${inject[@]}" iovtool copy large@4096+100000 -o large@5000+100000
  assert_error_line 2 'large@4096+100000: cannot read at '
  run --separate-stderr "${inject[@]}" iovtool copy --no-map --no-offload fd:3@5+100000 -o new 3<large
  assert_error_line 2 'fd:3@5+100000: cannot read at 5: Input/output error'
}

# bats test_tags=plain
@test "a close that fails" {
  skip_unless_injection
  make_inputs
  strace -y -o calls -e trace=close iovtool copy str:abc -o target
  local when
  when=$(grep -n '/target>' calls | cut -d: -f1)
  run --separate-stderr with_error close EIO "$when" copy str:abc -o target
  assert_error_line 2 'target: Input/output error'
  when=$(strace -y -o calls -e trace=close iovtool copy str:abc | cat >/dev/null; grep -n '(1<' calls | cut -d: -f1)
  with_error close EIO "${when%%$'\n'*}" copy str:abc 2>err >out && fail 'no error'
  grep -F -- '-: Input/output error' err || fail "$(<err)"
}

# ---- unwilling calls -----------------------------------------------------------------------------

# shimmed MOST EINTR ARGUMENT...
shimmed() {
  env SHIM_MOST="$1" SHIM_EINTR="$2" SHIM_LOG="$BATS_TEST_TMPDIR/shim.log" \
    COPY_SHIM_LOG="$BATS_TEST_TMPDIR/copy-shim.log" LD_PRELOAD="$SHIMS" \
    iovtool copy "${plain[@]}" "${@:3}"
}

unwilling() {
  local plain=()
  [[ $way == offload ]] || plain=(--no-offload)
  make_inputs
  truncate -s 400000 large # a hole at its end
  for limits in '1000 3' '4097 2' '65536 5'; do
    # shellcheck disable=SC2206
    local l=($limits)
    shimmed "${l[@]}" large str:abc large@1+70000 zero:100000 fill:616263+5000 -o new
    { cat large; printf abc; tail -c +2 large | head -c 70000; head -c 100000 /dev/zero
      iovtool copy fill:616263+5000; } >expected
    assert_same_file new expected
    shimmed "${l[@]}" large str:abc large@1+70000 zero:100000 fill:616263+5000 | cmp - expected
    shimmed "${l[@]}" large --append -o new
    cat expected large | cmp - new
    shimmed "${l[@]}" new@..200000 -o new@70001
    { head -c 70001 expected; head -c 200000 expected; tail -c +270002 <(cat expected large); } | cmp - new
    shimmed "${l[@]}" expected@100..150000 expected@5+100 --atomic -o expected
    (($(stat -c %s expected) == 150000))
    cat new | shimmed "${l[@]}" - -o new2
    assert_same_file new2 new
  done
  shimmed 1 2 str:abcdef target large@..50 fill:0102+30 -o new -o target@1+2 && fail 'order of -o'
  shimmed 1 2 str:abcdef target large@..50 fill:0102+30 -o target@1+2 -o new
  assert_file target oab
}

@test "transfers cut short and interrupted" {
  needs_preload
  both_ways unwilling
  local calls
  calls=$(awk '{ n += $1 } END { print n }' copy-shim.log)
  ((calls > 100)) || fail "the shim saw $calls calls of copy_file_range and splice"
}

not_blocking() {
  make_inputs
  python3 - "$way" <<'EOF'
import os, subprocess, sys
for source in ("large", "fill:61+300000", "-"):
    r, w = os.pipe()
    os.set_blocking(w, False)
    plain = ["--no-offload"] if sys.argv[1] == "no-offload" else []
    child = subprocess.Popen(["iovtool", "copy", *plain, source], stdout=w, stdin=open("large"))
    os.close(w)
    with os.fdopen(r, "rb") as file:
        data = file.read()
    expected = b"a" * 300000 if source.startswith("fill") else open("large", "rb").read()
    assert child.wait() == 0 and data == expected, source
EOF
}

@test "a pipe that does not block" {
  both_ways not_blocking
}

# ---- sources that shrink, runs that are killed, devices ------------------------------------------

shrinking() {
  seq 3000000 | head -c 16M >source
  mkfifo pipe
  copy source -o pipe 2>err &
  local job=$!
  { head -c 100000; truncate -s 4M source; cat; } <pipe >/dev/null
  local result=0
  wait "$job" || result=$?
  ((result == 2)) || fail "status $result"
  grep -F 'source' err | grep -F shrank || fail "$(<err)"
}

@test "a source that shrinks" {
  both_ways shrinking
}

@test "killed at any moment, --atomic leaves the old file or the new one" {
  python_with_model <<'EOF'
import os, random, signal, subprocess, time
rng = random.Random(7)
new = rng.randbytes(6_000_000)
open("source", "wb").write(new)
seen = set()
start = time.monotonic()
subprocess.run(["iovtool", "copy", "source", "--atomic", "-o", "target"], check=True)
whole = time.monotonic() - start
for i in range(20):
    open("target", "wb").write(b"old")
    command = ["iovtool", "copy", *(["--no-offload"] if i % 2 else []), "source"]
    child = subprocess.Popen(command + ["--atomic", "-o", "target"])
    time.sleep(rng.uniform(0, 1.1 * whole))
    child.kill()
    child.wait()
    content = open("target", "rb").read()
    assert content in (b"old", new), len(content)
    seen.add(len(content))
    for name in set(os.listdir()) - {"source", "target"}: # it had a name, and not yet the right one
        assert name.startswith(".target.") and open(name, "rb").read() == new, name
        os.remove(name)
EOF
}

@test "a block device" {
  ((EUID == 0)) || skip 'the kernel lets only root set up loop devices'
  truncate -s 1M image
  local device
  device=$(losetup --show -f "$PWD/image" 2>/dev/null) || skip 'the kernel has no loop devices here'
  (
    trap 'losetup -d "$device"' EXIT
    seq 60000 | head -c 300000 >large
    iovtool copy large -o "$device@4096+300000"
    iovtool copy "$device@4096+300000" | cmp - large
    iovtool copy --no-offload "$device@4096+300000" -o "$device@5000+300000"
    iovtool copy "$device@5000+300000" | cmp - large
    iovtool copy zero:100000 -o "$device@5000"
    cmp <(iovtool copy "$device@5000+100000") <(head -c 100000 /dev/zero)
    iovtool copy fill:61+1M --fsync -o "$device"
    iovtool copy fill:61+1M | cmp - "$device"
    run -2 iovtool copy zero:2M -o "$device"
    run -2 iovtool copy zero:1 -o "$device@1M+1"
    iovtool copy --allow-short fill:62+2M -o "$device"
    iovtool copy fill:62+1M | cmp - "$device"
  )
}

# ---- a sparse file that shrinks ------------------------------------------------------------------

# shrinks SIZE ARGUMENT...: the file `sparse` is cut to SIZE while it is copied.
shrinks() {
  rm -f sparse
  truncate -s 1M sparse
  printf start | dd of=sparse conv=notrunc status=none
  printf middle | dd of=sparse bs=1 seek=500000 conv=notrunc status=none
  printf old >target
  run --separate-stderr env SHRINK_FILE=sparse SHRINK_SIZE="$1" LD_PRELOAD="$BATS_FILE_TMPDIR/shrink-shim.so" iovtool copy "${@:2}"
  assert_error_line 2 'the file shrank while it was read'
}

@test "a sparse source that shrinks is an error, and no hole" {
  needs_preload
  for size in 0 3 4096 300000 500001 600000 1048575; do
    for after in '' 1; do
      [[ -z $after ]] || export SHRINK_AFTER=1
      for way in '' --no-offload --no-map; do
        # shellcheck disable=SC2086 # no word or one
        shrinks "$size" $way --atomic sparse -o target
        assert_file target old
      done
      shrinks "$size" sparse@200000 -o target
      unset SHRINK_AFTER
    done
  done
}
