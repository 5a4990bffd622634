#!/usr/bin/env bats
# `iovtool discard --in-place` and `--undo`: files that lose their ends, and get them back.

load lib/common
load lib/copy
load lib/discard

setup() {
  enter_folder
  printf '0123456789' >ten
}

# in_place ARGUMENT...: `iovtool discard --in-place ARGUMENT...` succeeds and says nothing.
in_place() {
  remains '' --in-place "$@"
}

inode() {
  stat -c %i "$1"
}

# assert_every_state_is_restored SIZE FRONT BACK: a file of the first SIZE bytes of `noises` is put back
# by --undo after each of the steps between which a discard can be killed.
assert_every_state_is_restored() {
  local size=$1 front=$2 back=$3
  rm -f noise undo
  head -c "$size" noises >original
  cp original noise
  in_place --front="$front" --back="$back" --undo-file=undo noise
  cmp noise <(tail -c +$((front + 1)) original | head -c $((size - front - back)))
  remains '' --undo=undo
  assert_same_file noise original
  remains '' --undo=undo
  assert_same_file noise original
  tail -c +$((front + 1)) original >noise
  remains '' --undo=undo
  assert_same_file noise original
  tail -c +$((front + 1)) original | head -c $((size - front - back)) >noise
  remains '' --undo=undo
  assert_same_file noise original
}

# ---- Discarding ----------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "back only: the same file, shorter" {
  before=$(inode ten)
  in_place --back=4 ten
  assert_file ten 012345
  [[ $(inode ten) == "$before" ]]
  in_place -b6 ten
  assert_file ten ''
  [[ $(inode ten) == "$before" ]]
}

# bats test_tags=valgrind
@test "front only, and front and back" {
  in_place --front=3 ten
  assert_file ten 3456789
  in_place -f1 -b2 ten
  assert_file ten 4567
  in_place -f4 ten
  assert_file ten ''
  no_leftovers ten
}

@test "many a front and back of ten bytes, and undone" {
  python3 - <<'EOS'
import os, subprocess

data = b"0123456789"
for front in range(0, 11, 2):
    for back in (0, 1, (10 - front) // 2, 10 - front):
        if front + back > 10:
            continue
        about = f"front {front} back {back}"
        subprocess.run(["iovtool", "discard", "--in-place", f"-f{front}", f"-b{back}",
                        "--undo-file=undo", "ten"], check=True)
        assert open("ten", "rb").read() == data[front:10 - back], about
        subprocess.run(["iovtool", "discard", "--undo=undo"], check=True)
        assert open("ten", "rb").read() == data, about
        os.remove("undo")
assert os.listdir() == ["ten"]
EOS
}

@test "front of whole blocks: taken out where the file system can" {
  before=
  for size in 4097 8192 20000; do
    for front in 4096 8192 16384; do
      ((front < size)) || continue
      random_file original "$size" 32
      cp original noise
      before=$(inode noise)
      in_place --front="$front" noise
      cmp noise <(tail -c +$((front + 1)) original) || fail "size $size front $front"
      [[ $(stat -f -c %T .) != ext2/ext3 || $(inode noise) == "$before" ]] || fail "$size $front: a new file"
    done
  done
}

@test "sizes around blocks: front, back and both; undo after every step" {
  random_file noises 3000000 31
  assert_every_state_is_restored 8192 4096 0
  assert_every_state_is_restored 8193 4096 4096
  assert_every_state_is_restored 12288 8192 4096
  assert_every_state_is_restored 12288 4096 1
  assert_every_state_is_restored 10000 4095 4097
  assert_every_state_is_restored 10000 10000 0
  assert_every_state_is_restored 10000 0 10000
  assert_every_state_is_restored 3000000 1000001 1048576
}

@test "an empty file, and nothing to discard" {
  : >empty
  in_place empty
  in_place --undo-file=undo empty
  remains '' --undo=undo
  [[ ! -s empty ]]
  untouched complains "$PWD/empty: asked to discard 1 + 0 bytes, but the file has 0" --in-place -f1 empty
  before=$(inode ten)
  in_place -f0 -b0 ten
  assert_file ten 0123456789
  [[ $(inode ten) == "$before" ]]
}

@test "fewer bytes than asked: refused, and no undo file; --allow-short takes what there is" {
  text="$PWD/ten: asked to discard"
  untouched complains "$text 11 + 0 bytes, but the file has 10" --in-place -f11 --undo-file=undo ten
  untouched complains "$text 0 + 11 bytes, but the file has 10" --in-place -b11 --undo-file=undo ten
  untouched complains "$text 6 + 5 bytes, but the file has 10" --in-place -f6 -b5 --undo-file=undo ten
  in_place --allow-short -f6 -b50 --undo-file=undo ten
  assert_file ten ''
  remains '' --undo=undo
  assert_file ten 0123456789
  in_place --allow-short -f2 -b2 ten
  assert_file ten 234567
  in_place --allow-short -f7 ten
  assert_file ten ''
}

@test "permissions stay, of the discard and of the undo" {
  local modes=(600 640 755 444)
  ((EUID != 0)) || modes+=(4711) # from anybody else's write the kernel takes the set-uid bit
  for mode in "${modes[@]}"; do
    rm -f file undo
    cp ten file
    chmod "$mode" file
    [[ -w file ]] || continue
    in_place -f3 -b2 --undo-file=undo file
    [[ $(stat -c %a file) == "$mode" ]] || fail "$mode: $(stat -c %a file)"
    assert_file file 34567
    remains '' --undo=undo
    [[ $(stat -c %a file) == "$mode" ]] || fail "undo, $mode: $(stat -c %a file)"
  done
}

@test "a file that may not be written to: refused, and no undo file" {
  ((EUID == 0)) || { chmod 444 ten; complains "$(pwd -P)/ten: Permission denied" --in-place -f1 --undo-file=undo ten; return; }
  chmod 777 . && chmod 644 ten
  run -2 --separate-stderr setpriv --reuid=65534 --clear-groups "$(command -v iovtool)" discard --in-place -f1 --undo-file=undo ten
  [[ -n $stderr && ! -e undo ]]
  assert_file ten 0123456789
}

@test "a symbolic link is followed, and stays" {
  mkdir other
  cp ten other/file
  ln -s other/file link
  ln -s link again
  in_place -f3 --undo-file=undo again
  assert_file other/file 3456789
  in_place -b3 link
  assert_file other/file 3456
  [[ -L link && -L again ]]
  cp ten other/file
  rm undo
  in_place -f1 -b1 --undo-file=undo again
  rm again link
  (cd / && iovtool discard --undo="$OLDPWD/undo")
  assert_file other/file 0123456789
}

@test "a file with two names: the other one is never cut at one end only" {
  ln ten other
  iovtool discard --in-place -f1 -b1 ten || assert_file ten 0123456789
  cmp ten other || assert_file other 0123456789
}

@test "names: a line end, bytes that are not UTF-8, spaces, a dash" {
  for name in $'new\nline' $'\xff\xfe' ' a b ' './-dash' é "it's" '"' $'name 3\nx' $'end\n'; do
    rm -f undo
    cp ten "$name"
    in_place -f3 -b1 --undo-file=undo "$name"
    assert_file "$name" 345678
    remains '' --undo=undo
    assert_file "$name" 0123456789
    rm "$name"
  done
  cp ten $'new\nline'
  in_place -f3 --undo-file=$'un\ndo\xff' $'new\nline'
  remains '' --undo=$'un\ndo\xff'
  assert_file $'new\nline' 0123456789
}

@test "names: file: and a path that looks like a scheme" {
  for word in file:ten ./ten file:./ten; do
    in_place -f1 "$word"
    cp ./ten ./hex:00
    in_place -f1 ./hex:00
    cmp hex:00 <(tail -c +2 ten)
  done
  assert_file ten 3456789
}

@test "names: what looks like a range is no range in an undo file's name or a link's target" {
  cp ten log@4
  ln -s log@4 link
  in_place -f1 -b1 --undo-file=undo@4 link
  assert_file log@4 12345678
  remains '' --undo=undo@4
  assert_file log@4 0123456789
}

@test "names: NAME@0 names the whole of a file whose name ends like a range" {
  cp ten log@4
  in_place -f1 -b1 file:log@4@0
  assert_file log@4 12345678
}

@test "names in complaints are escaped: one line" {
  cp ten $'new\nline\e'
  untouched complains "$PWD/new\\nline\\x1b: asked to discard 11 + 0 bytes, but the file has 10" \
    --in-place -f11 $'new\nline\e'
  in_place -f1 --undo-file=undo $'new\nline\e'
  truncate -s 5 $'new\nline\e'
  untouched complains "$PWD/new\\nline\\x1b: cannot be restored: it has 5 bytes, where the discard left 9" --undo=undo
}

@test "only one whole file: anything else is refused" {
  text='--in-place takes one whole file, and no part of it'
  cp ten other
  echo ten >list
  untouched complains "$text" --in-place -f1
  untouched complains "$text" --in-place -f1 ten other
  untouched complains "$text" --in-place -f1 -T list
  untouched complains "$text" --in-place -f1 -s1 ten
  untouched complains "$text" --in-place -f1 -n5 ten
  untouched complains "$text" --in-place -f1 --zero-pad ten
  for word in - fd:0 hex:00 str:x zero:5 fill:01+5; do
    untouched complains "$word: $text" --in-place -f1 "$word" </dev/null
  done
  for word in ten@0+5 ten@2 ten@..5 ten@-3; do
    untouched complains "$word: $text; --atomic -o ten instead of it keeps what remains of the part" \
      --in-place -f1 "$word"
  done
}

@test "options that would do nothing are refused" {
  for option in --append --atomic --no-clobber --sparse=always --no-offload; do
    timeout 5 iovtool discard --in-place -f1 "$option" ten 2>errors && fail "$option is ignored" || (($? == 2))
    assert_file ten 0123456789
  done
}

@test "not a regular file: refused, at once" {
  mkdir empty
  mkfifo fifo
  ln -s gone dangling
  untouched complains 'gone: No such file or directory' --in-place -f1 gone
  untouched complains 'dangling: No such file or directory' --in-place -f1 dangling
  untouched complains '/dev/null: is not a regular file' --in-place -f1 /dev/null
  untouched complains '/dev/zero: is not a regular file' --in-place -b1 /dev/zero
  run -2 --separate-stderr iovtool discard --in-place -f1 empty
  assert_error_line 2 'empty: is a directory'
  run -2 --separate-stderr timeout 3 iovtool discard --in-place -f1 fifo
  assert_error_line 2 'fifo: is not a regular file'
}

@test "a hole of a terabyte is no trouble" {
  truncate -s 1T big
  printf begin | dd of=big conv=notrunc status=none
  in_place -f 4097 -b 1M --undo-file=undo big
  [[ $(stat -c %s big) == $((1099511627776 - 4097 - 1048576)) ]]
  remains '' --undo=undo
  [[ $(stat -c %s big) == 1099511627776 && $(head -c 5 big) == begin ]]
  (($(stat -c %b big) < 2048)) || fail "$(stat -c %b big) blocks"
}

# bats test_tags=plain
@test "trouble on the way is told, and the undo file restores" {
  skip_unless_injection
  export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 # which needs ptrace for itself
  random_file original 20000 33
  for fault in ftruncate:error=EIO fsync:error=EIO:when=1 fsync:error=EIO:when=2 fsync:error=EIO:when=3 \
    fsync:error=EIO:when=4 fsync:error=ENOSPC:when=5 renameat2:error=EIO:when=1 renameat:error=ENOSPC:when=1 \
    linkat:error=ENOSPC:when=2 fallocate:error=EIO; do
    for front in 4096 4000; do
      rm -f undo
      cp original noise
      status=0
      strace -f -qq -o /dev/null -e trace="${fault%%:*}" -e inject="$fault" \
        iovtool discard --in-place --front="$front" --back=100 --undo-file=undo noise 2>errors || status=$?
      if ((status == 0)); then
        cmp noise <(tail -c +$((front + 1)) original | head -c -100) || fail "$fault, $front"
      else
        ((status == 2)) && [[ $(wc -l <errors) == 1 ]] || fail "$fault, $front: $status" "$(<errors)"
        ! grep -i shrank errors || fail "$fault, $front: not the cause" "$(<errors)"
      fi
      [[ ! -e undo ]] || remains '' --undo=undo
      [[ ! -e undo && $status == 0 ]] || assert_same_file noise original
    done
  done
  rm -f undo
  no_leftovers errors noise original ten
}

# ---- The undo file -------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "the undo file: its format" {
  in_place -f3 -b4 --undo-file=undo ten
  check=$(printf 345345 | sha256sum | cut -d' ' -f1) # the first and the last 64 KiB of what is left
  printf 'iovtool undo 2\nsize 10\nfront 3\nback 4\ncheck %s\nname %d\n%s\n0126789' \
    "$check" $((${#PWD} + 4)) "$PWD/ten" >expected
  assert_same_file undo expected
  rm undo
  in_place -b1 --undo-file=undo ten
  check=$(printf 3434 | sha256sum | cut -d' ' -f1)
  printf 'iovtool undo 2\nsize 3\nfront 0\nback 1\ncheck %s\nname %d\n%s\n5' \
    "$check" $((${#PWD} + 4)) "$PWD/ten" >expected
  assert_same_file undo expected
}

@test "the undo file must be new, and be possible" {
  : >old
  ln -s gone dangling
  untouched complains 'old: File exists' --in-place -f1 --undo-file=old ten
  untouched complains 'ten: File exists' --in-place -f1 --undo-file=ten ten
  untouched complains '/dev/null: File exists' --in-place -f1 --undo-file=/dev/null ten
  untouched complains '.: File exists' --in-place -f1 --undo-file=. ten
  untouched complains 'dangling: File exists' --in-place -f1 --undo-file=dangling ten
  untouched complains 'gone/undo: No such file or directory' --in-place -f1 --undo-file=gone/undo ten
  run -2 --separate-stderr iovtool discard --in-place -f1 --undo-file= ten
  assert_file ten 0123456789
}

# bats test_tags=valgrind
@test "undo: after nothing was done, after the front was cut, after all, and twice" {
  cp ten original
  in_place -f3 -b4 --undo-file=undo ten
  remains '' --undo=undo
  assert_file ten 0123456789
  before=$(inode ten)
  remains '' --undo=undo
  [[ $(inode ten) == "$before" ]]
  assert_file ten 0123456789
  printf 3456789 >ten
  remains '' --undo=undo
  assert_file ten 0123456789
  printf 345 >ten
  remains '' --undo=undo
  assert_file ten 0123456789
  no_leftovers original ten undo
}

@test "undo: only the front or only the back" {
  in_place -f3 --undo-file=undo ten
  remains '' --undo=undo
  remains '' --undo=undo
  assert_file ten 0123456789
  in_place -b3 --undo-file=undo2 ten
  remains '' --undo=undo2
  remains '' --undo=undo2
  assert_file ten 0123456789
  in_place -f10 --undo-file=undo3 ten
  assert_file ten ''
  remains '' --undo=undo3
  assert_file ten 0123456789
}

@test "undo: a file of another size is refused, before anything is touched" {
  in_place -f3 -b4 --undo-file=undo ten
  for size in 0 1 2 4 5 6 8 9 11 1000; do
    head -c "$size" /dev/zero >ten
    untouched complains "$PWD/ten: cannot be restored: it has $size bytes, where the discard left 3" --undo=undo
  done
  rm ten
  untouched complains "$PWD/ten: No such file or directory" --undo=undo
  mkdir ten
  run -2 --separate-stderr iovtool discard --undo=undo
  assert_error_line 2 ten
}

@test "undo: the file became a FIFO, a device or a link to another file" {
  in_place -f3 -b4 --undo-file=undo ten
  rm ten
  ln -s /dev/null ten
  run -2 --separate-stderr timeout 3 iovtool discard --undo=undo
  assert_error_line 2 ten
  rm ten
  mkfifo ten
  run -2 --separate-stderr timeout 3 iovtool discard --undo=undo
  assert_error_line 2 ten
}

# bats test_tags=valgrind
@test "damaged undo files: refused, before anything is touched" {
  in_place -f3 -b4 --undo-file=undo ten
  python3 - <<'EOS'
good = open("undo", "rb").read()
bad = {f"cut{n}": good[:n] for n in range(len(good))}
bad["appended"] = good + b"x"
bad["magic"] = good.replace(b"undo 2", b"undo 1")
bad["check-short"] = good.replace(b"check ", b"check", 1)
bad["check-case"] = good.replace(b"check ", b"check A", 1)
bad["magic-case"] = b"I" + good[1:]
bad["before"] = b"\n" + good
for word in (b"size", b"front", b"back", b"name"):
    for name, number in (("empty", b""), ("sign", b"-1"), ("plus", b"+3"), ("space", b" 3"), ("hex", b"0x3"), ("junk", b"3x"),
                         ("huge", b"18446744073709551615"), ("over", b"18446744073709551616"),
                         ("most", b"9223372036854775807"), ("nul", b"3\0")):
        lines = good.split(b"\n")
        lines = [word + b" " + number if line.startswith(word + b" ") else line for line in lines]
        bad[f"{word.decode()}-{name}"] = b"\n".join(lines)
del bad["size-most"]  # well-formed, and the file has another size: see below
bad["name-short"] = good.replace(b"name ", b"name 1")
bad["crlf"] = good.replace(b"\n", b"\r\n")
bad["zeros"] = bytes(len(good))
bad["order"] = good.replace(b"front 3\nback 4", b"back 4\nfront 3")
bad["sum"] = good.replace(b"size 10", b"size 6")
for name, data in bad.items():
    open("bad-" + name, "wb").write(data)
EOS
  before=$(folder_state)
  python3 - <<'EOS'
import glob, subprocess
for name in sorted(glob.glob("bad-*")):
    run = subprocess.run(["iovtool", "discard", "--undo", name], capture_output=True, text=True)
    expected = f"iovtool discard: {name}: is not an undo file, or not whole\n"
    assert (run.returncode, run.stdout, run.stderr) == (2, "", expected), f"{name}: {run}"
EOS
  [[ $(folder_state) == "$before" ]] || fail 'something was touched'
}

@test "what is no undo file at all: refused" {
  mkdir empty
  mkfifo fifo
  : >nothing
  random_file noise 5000 34
  for file in ten nothing noise; do
    untouched complains "$file: is not an undo file, or not whole" --undo="$file"
  done
  for file in /dev/null /dev/zero; do
    untouched complains "$file: is not a regular file" --undo="$file"
  done
  untouched complains 'gone: No such file or directory' --undo=gone
  untouched complains 'empty: is a directory' --undo=empty
  run -2 --separate-stderr iovtool discard --undo=
  assert_error_line 2 ''
  run -2 --separate-stderr timeout 3 iovtool discard --undo=fifo
  assert_error_line 2 fifo
}

# ---- Killed --------------------------------------------------------------------------------------

# bats test_tags=plain
@test "SIGKILL at any moment: the undo file restores, and without one nothing was touched" {
  python3 - <<'EOS' >report 2>&1 || fail "$(<report)"
import os, random, signal, subprocess, sys, time

seed = random.SystemRandom().getrandbits(32)
print("seed", seed)
rng = random.Random(seed)
SIZE = 4 << 20
original = rng.randbytes(SIZE)

def write(name, data):
    with open(name, "wb") as file:
        file.write(data)

def read(name):
    with open(name, "rb") as file:
        return file.read()

def run(*arguments):
    return subprocess.Popen(["iovtool", "discard", *arguments])

def timed(*arguments):
    start = time.monotonic()
    assert run(*arguments).wait() == 0, arguments
    return time.monotonic() - start

def killed(limit, *arguments):
    child = run(*arguments)
    time.sleep(rng.uniform(0, limit))
    child.send_signal(signal.SIGKILL)
    return child.wait()

def fresh():
    for name in os.listdir():
        if name != "report":
            os.remove(name)
    write("file", original)

counts = {}
for front, back in ((1 << 20, 1 << 20), ((1 << 20) + 1, 1 << 20)):
    remove = ["--in-place", f"--front={front}", f"--back={back}", "--undo-file=undo", "file"]
    left = original[front:SIZE - back]
    fresh()
    whole_discard = timed(*remove)
    whole_undo = timed("--undo=undo")
    for i in range(15):
        fresh()
        killed(whole_discard * 1.1, *remove)
        now = read("file")
        if not os.path.exists("undo"):
            assert now == original, f"{front}: no undo file, but the file changed: {len(now)}"
            state = "discard: no undo file"
        else:
            state = {SIZE: "discard: saved", SIZE - front: "discard: front cut"}.get(len(now), "discard: all")
            assert now in (original, original[front:], left), f"{front}: {len(now)} bytes"
            assert run("--undo=undo").wait() == 0, f"{front}: {state}"
            assert read("file") == original, f"{front}: {state}: not restored"
        counts[state] = counts.get(state, 0) + 1
    for i in range(15):
        fresh()
        timed(*remove)
        if i % 2:
            write("file", original[front:])
        before = read("file")
        killed(whole_undo * 1.1, "--undo=undo")
        now = read("file")
        assert now in (before, original), f"{front}: the undo left {len(now)} bytes"
        state = "undo: done" if now == original else "undo: not done"
        assert run("--undo=undo").wait() == 0, state
        assert read("file") == original, f"{front}: {state}: not restored"
        counts[state] = counts.get(state, 0) + 1
print(counts)
EOS
  sed 's/^/# /' report >&3
}
