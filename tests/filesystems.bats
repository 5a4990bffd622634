#!/usr/bin/env bats
# XFS and btrfs, on loop devices: blocks are shared where they can be, and the bytes are right wherever
# they lie.

load lib/common
load lib/copy
load lib/disk

setup_file() {
  make_disk xfs
  make_disk btrfs
}

# ---- copy ----------------------------------------------------------------------------------------

whole_blocks_are_shared() {
  on_disk "$1" <<'EOF'
random_file source 5000000 1
iovtool copy source -o whole
assert_same_file whole source
assert_shared whole 5001216 # 1,221 blocks: that of the end as well

# The head and the tail of a range are copied, the blocks between are shared.
iovtool copy fill:61+1000 source@1000+3000000 -o part
assert_same_file part <(head -c 1000 /dev/zero | tr '\0' a; head -c 3001000 source | tail -c +1001)
assert_shared part $((3001000 / 4096 * 4096 - 4096))

# In place, at another block.
head -c 4000000 /dev/zero >target
iovtool copy source@4096..3M -o target@8192+3141632
assert_same_file target <(head -c 8192 /dev/zero; head -c 3M source | tail -c +4097; head -c 850176 /dev/zero)
assert_shared target 3141632

# Out of step there is nothing to share; and so it is when told.
iovtool copy source@1+3000000 -o apart
iovtool copy --no-offload source -o written
assert_same_file apart <(head -c 3000001 source | tail -c +2)
assert_same_file written source
assert_shared apart 0
assert_shared written 0
EOF
}

@test "xfs: copy shares whole blocks" {
  whole_blocks_are_shared xfs
}

@test "btrfs: copy shares whole blocks" {
  whole_blocks_are_shared btrfs
}

every_alignment() {
  on_disk "$1" <<'EOF'
python3 - <<'PYTHON'
import itertools, os, random, subprocess

rng = random.Random(6)
content = rng.randbytes(900_000)
open("source", "wb").write(content)
files = {"target": bytearray(rng.randbytes(800_000)), "source": bytearray(content)}
open("target", "wb").write(files["target"])

STARTS = (0, 1, 4095, 4096, 4097, 70_000)
LENGTHS = (65_536, 65_536 + 4095, 200_001)
cases = list(itertools.product(STARTS, STARTS, LENGTHS, ("target", "source")))
for start, to, length, name in itertools.islice(cases, 0, None, int(os.environ["ONE_OF"])):
    files[name][to:to + length] = files["source"][start:start + length]
    subprocess.run(["iovtool", "copy", f"source@{start}+{length}", "-o", f"{name}@{to}+{length}"], check=True)
    assert open(name, "rb").read() == files[name], (start, to, length, name)
assert open("source", "rb").read() == files["source"]
PYTHON
EOF
}

@test "xfs: ranges at every alignment, also within one file" {
  every_alignment xfs
}

@test "btrfs: ranges at every alignment, also within one file" {
  every_alignment btrfs
}

holes() {
  on_disk "$1" <<'EOF'
truncate -s 20M sparse
printf middle | dd of=sparse bs=1 seek=10M conv=notrunc status=none
head -c 3M /dev/zero >zeros
sync
iovtool copy sparse str:end -o copy
assert_same_file copy <(cat sparse; printf end)
(($(stat -c %b copy) * 512 < 1000000))
iovtool copy --sparse=always zeros str:end -o always
assert_same_file always <(cat zeros; printf end)
has_holes always
iovtool copy --sparse=never sparse -o never
assert_same_file never sparse
has_holes never && fail 'holes with --sparse=never'
iovtool copy sparse@5M+10M -o never@1M
assert_same_file never <(head -c 1M /dev/zero; head -c 15M sparse | tail -c 10M; head -c 9M /dev/zero)
EOF
}

@test "xfs: holes stay holes, are made, and are not" {
  holes xfs
}

@test "btrfs: holes stay holes, are made, and are not" {
  holes btrfs
}

# ---- fill, clone ---------------------------------------------------------------------------------

zeros_in_place() {
  on_disk "$1" <<'EOF'
random_file source 3000000 2
iovtool copy source -o target
iovtool fill --byte=00 target@5000+2000000 target@2999999
assert_same_file target <(head -c 5000 source; head -c 2000000 /dev/zero; tail -c +2005001 source | head -c 994999
  printf '\0')
(($(shared_bytes target) < 1100000)) # the rest still is
random_file again 3000000 2
assert_same_file source again
sync target
iovtool is-zero target@5000+2000000
EOF
}

@test "xfs: fill zeroes one of two files that share blocks" {
  zeros_in_place xfs
}

@test "btrfs: fill zeroes one of two files that share blocks" {
  zeros_in_place btrfs
}

clone_shares() {
  on_disk "$1" <<'EOF'
random_file source 2097152 3
words=(source@4096+500000 source@64K+1000000 source@8192+65536)
iovtool clone "${words[@]}" -o copy >list
iovtool compare -T list --with "${words[@]}"
[[ $(stat -c %s copy) == 1061440 ]] # from 4096 to 64K + 1000000
assert_shared copy 1060864
EOF
}

@test "xfs: clone shares the blocks of ranges that overlap" {
  clone_shares xfs
}

@test "btrfs: clone shares the blocks of ranges that overlap" {
  clone_shares btrfs
}

# ---- discard in place ----------------------------------------------------------------------------

discard_in_place() {
  on_disk "$1" <<EOF
collapses=$2
$(cat <<'SCRIPT'
for amounts in '4096 0' '65536 1' '5000 4096' '1 0' '0 4097' '1000000 1000000' '2000000 0'; do
  read -r front back <<<"$amounts"
  random_file data 2000000 4
  cp data before
  inode=$(stat -c %i data)
  iovtool discard --in-place --front="$front" --back="$back" --undo-file=undo data
  assert_same_file data <(tail -c +$((front + 1)) before | head -c -"$back")
  if ((front % 4096 == 0 && (collapses || front == 0))); then
    [[ $(stat -c %i data) == "$inode" ]] || fail "$amounts: another file"
  else
    [[ $(stat -c %i data) != "$inode" ]] || fail "$amounts: the same file"
  fi
  iovtool discard --undo=undo
  assert_same_file data before
  rm -f undo data
done
SCRIPT
)
EOF
}

@test "xfs: discard --in-place collapses whole blocks, and undoes it" {
  discard_in_place xfs 1
}

@test "btrfs: discard --in-place makes a new file, and undoes it" {
  discard_in_place btrfs 0
}
