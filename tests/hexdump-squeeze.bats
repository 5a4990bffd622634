#!/usr/bin/env bats
# Rows that repeat: `*` stands for them in the canonical look as it does for hexdump -C, however the
# bytes come about and wherever the program's own buffers end.

load lib/common
load lib/hexdump

# assert_like_hexdump FILE SEGMENT...: the segments are dumped as hexdump -C dumps the file.
assert_like_hexdump() {
  hexdump -C "$1" >expected
  iovtool hexdump "${@:2}" >actual
  assert_same_text actual expected "${*@Q}"
}

@test "a file of several MiB whose repeated rows cross every 2 MiB" {
  python3 - <<'EOF'
import random
rng = random.Random(2)
row = rng.randbytes(16)
mib = 1 << 20
data = bytearray(b"\xff" * (5 * mib + 9))
def put(at, bytes_):
    data[at:at + len(bytes_)] = bytes_
put(0, rng.randbytes(5))
put(2 * mib - 40, row * 5)                # a run of rows, none of them aligned
put(4 * mib - 32, row * 2 + row[:3])      # a run that ends at the boundary
put(4 * mib + 64, b"\0" * 1000)
put(5 * mib - 8, rng.randbytes(3))
open("data", "wb").write(data)
EOF
  assert_like_hexdump data data
  # shellcheck disable=SC2094 # it is read twice, that is all
  assert_like_hexdump data - <data
  assert_like_hexdump data - < <(cat data)
  assert_like_hexdump data data@..2M data@2M..4194297 data@4194297+20 data@4194317
  tail -c +8 data >rest
  assert_like_hexdump rest data@7
}

@test "runs of every length around 1, 2 and 3 rows, at every offset in the row" {
  python3 - <<'EOF'
data = b""
for before in range(0, 17):
    for run in (15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65):
        data += bytes(range(1, before + 1)) + b"\xaa" * run
open("data", "wb").write(data)
EOF
  assert_like_hexdump data data
  size=$(stat -c %s data)
  for cut in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 100 1001; do
    head -c "$((size - cut))" data >shorter
    assert_like_hexdump shorter data@.."-$cut"
  done
}

@test "the last row is shown when it is not full, though it begins like the row before" {
  for size in 17 31 33 47 49; do
    truncate -s "$size" zeros
    assert_like_hexdump zeros zero:"$size"
  done
}

@test "holes are zeros" {
  python3 - <<'EOF'
import os
with open("data", "wb") as f:
    f.truncate(24 << 20)
    for at, bytes_ in ((5, b"head"), (1 << 20, b"\0" * 4096), (3 << 20, b"aligned" * 600),
                       ((9 << 20) - 3, b"across"), (20 << 20, b"x")):
        f.seek(at)
        f.write(bytes_)
EOF
  assert_like_hexdump data data
  # shellcheck disable=SC2094 # it is read twice, that is all
  assert_like_hexdump data - <data
  assert_like_hexdump data data@0+1M data@1M+7M data@8M..20M data@-4M
}

@test "fills: patterns that divide a row, that do not, and that are longer" {
  python3 - <<'EOF'
import os
numbers = bytes(range(1, 64))
os.mkdir("fills")
for length in (1, 2, 3, 4, 5, 8, 15, 16, 17, 32, 33, 48):
    pattern = numbers[:length]
    for size in (0, 1, 16, 33, 70000):
        with open(f"fills/fill:{pattern.hex()}+{size}", "wb") as f:
            f.write((pattern * (size // length + 1))[:size])
EOF
  for file in fills/*; do
    assert_like_hexdump "$file" "${file#*/}"
  done
}

@test "fills: begun inside the pattern, inside a row, and one after the other" {
  python3 -c 'import sys
out = sys.stdout.buffer
out.write(b"abc" + (b"\x01\x02" * 50000)[1:70000] + b"\x02\x02" + b"\x02" * 5000 + b"\x02\x01" * 300)' >data
  assert_like_hexdump data str:abc fill:0102+100000@1..70000 fill:02+2 fill:02+5000 fill:0201+600
  iovtool hexdump -f plain -w 0 str:abc fill:0102+100000@1..70000 fill:02+2 fill:02+5000 \
    fill:0201+600 >actual
  xxd -p -c 0 data >expected
  assert_same_text actual expected
}

@test "fill:0102+5M: three lines" {
  run -0 iovtool hexdump fill:0102+5M
  assert_output '00000000  01 02 01 02 01 02 01 02  01 02 01 02 01 02 01 02  |................|
*
00500000'
}

@test "a repetition of many TiB is dumped at once" {
  timeout 5 iovtool hexdump -s 1 hex:ff str:abc zero:1T fill:ff00+2T@1 hex:01 | sed 's/^0*//' >actual
  cat >expected <<'EOF'
1  61 62 63 00 00 00 00 00  00 00 00 00 00 00 00 00  |abc.............|
11  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
*
10000000001  00 00 00 00 ff 00 ff 00  ff 00 ff 00 ff 00 ff 00  |................|
10000000011  ff 00 ff 00 ff 00 ff 00  ff 00 ff 00 ff 00 ff 00  |................|
*
30000000001  ff 00 01                                          |...|
30000000004
EOF
  assert_same_text actual expected
}

@test "what --zero-pad supplies is dumped at once as well" {
  printf abc >data
  timeout 5 iovtool hexdump --zero-pad data@0+1T hex:01 | sed 's/^0*//' >actual
  cat >expected <<'EOF'
  61 62 63 00 00 00 00 00  00 00 00 00 00 00 00 00  |abc.............|
10  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
*
10000000000  01                                                |.|
10000000001
EOF
  assert_same_text actual expected
}

@test "any width is squeezed by its own rows" {
  python3 - <<'EOF'
import random, subprocess

rng = random.Random(3)
data = b"".join(rng.choice((b"\0", b"ab", b"abc", b"abcd", rng.randbytes(5))) * rng.randrange(1, 60)
                for _ in range(60))
open("data", "wb").write(data)
for width in (1, 2, 3, 4, 5, 6, 7, 8, 12, 24, 100):
    command = ["iovtool", "hexdump", "-w", str(width), "data"]
    squeezed = subprocess.run(command, capture_output=True, check=True).stdout.splitlines()
    full = subprocess.run(command + ["-v"], capture_output=True, check=True).stdout.splitlines()
    expected = []
    for i, line in enumerate(full[:-1]):
        row = data[i * width:(i + 1) * width]
        if i > 0 and row == data[(i - 1) * width:i * width]:
            if expected[-1] != b"*":
                expected.append(b"*")
        else:
            expected.append(line)
    assert squeezed == expected + full[-1:], width
EOF
}

@test "-v and --no-squeeze show every row, of files, holes and fills" {
  truncate -s 100K hole
  for word in hole zero:100K; do
    hexdump -Cv hole >expected
    iovtool hexdump -v "$word" >actual
    assert_same_text actual expected "$word"
    iovtool hexdump --no-squeeze "$word" >actual
    assert_same_text actual expected "$word"
  done
}

@test "the other looks show every row" {
  for look in xxd plain qemu json; do
    iovtool hexdump -f "$look" zero:160 >actual
    (($(wc -l <actual) >= 6)) || fail "$look" "$(<actual)"
    run ! grep -x '\*' actual
  done
}
