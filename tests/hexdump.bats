#!/usr/bin/env bats
# The looks of a dump: `iovtool hexdump -f LOOK` prints, byte for byte, what the tool it is named
# after prints of the same bytes.

load lib/common
load lib/hexdump

setup_file() {
  export SAMPLES=$BATS_FILE_TMPDIR/samples
  make_samples "$SAMPLES"
}

# ---- canonical -----------------------------------------------------------------------------------

@test "canonical is what hexdump -C prints" {
  for sample in "$SAMPLES"/*; do
    hexdump -C "$sample" >expected
    iovtool hexdump "$sample" >actual
    assert_same_text actual expected "$sample"
  done
}

@test "canonical -v is what hexdump -Cv prints" {
  for sample in "$SAMPLES"/*; do
    hexdump -Cv "$sample" >expected
    iovtool hexdump -v "$sample" >actual
    assert_same_text actual expected "$sample"
  done
}

@test "of no bytes at all nothing is printed, except the frame of a C array" {
  for look in canonical xxd plain qemu json; do
    run -0 iovtool hexdump -f "$look" hex: zero:0 /dev/null "$SAMPLES/random-0"
    assert_output ''
  done
  xxd -i /dev/null >expected
  iovtool hexdump -f c /dev/null >actual
  assert_same_text actual expected
}

# ---- xxd -----------------------------------------------------------------------------------------

@test "xxd is what xxd prints" {
  for sample in "$SAMPLES"/*; do
    xxd "$sample" >expected
    iovtool hexdump -f xxd "$sample" >actual
    assert_same_text actual expected "$sample"
  done
}

# each_shape COMMAND...: the command with many a width and group added, one dump below the other.
each_shape() {
  local width group
  for width in {1..40} 64 255 256; do
    ((width % ONE_OF <= 1)) || continue
    for group in 0 1 2 3 4 8 16; do
      echo "width $width, group $group"
      "$@" "$width" -g "$group" data
    done
  done
}

@test "xxd: -w is xxd -c, and -g is xxd -g" {
  head -c 99 "$SAMPLES/random-4096" >data
  each_shape xxd -c >expected
  each_shape iovtool hexdump -f xxd -w >actual
  assert_same_text actual expected
}

@test "xxd: -u is xxd -u" {
  for sample in "$SAMPLES"/{all-bytes,random-17,rows}; do
    xxd -u "$sample" >expected
    iovtool hexdump -f xxd -u "$sample" >actual
    assert_same_text actual expected "$sample"
  done
}

# each_little_shape COMMAND...: the same for -e; xxd lays out only rows of whole groups.
each_little_shape() {
  local group groups
  for group in 1 2 4 8 16; do
    for groups in 1 2 3 4 5; do
      echo "group $group, $groups of them"
      "$@" "$((group * groups))" -g "$group" data
    done
  done
}

@test "xxd: -e is xxd -e, in groups of 4 unless -g says otherwise" {
  for size in 99 96 1; do
    head -c "$size" "$SAMPLES/random-4096" >data
    xxd -e data >expected
    iovtool hexdump -f xxd -e data >actual
    assert_same_text actual expected
    each_little_shape xxd -e -c >expected
    each_little_shape iovtool hexdump -f xxd -e -w >actual
    assert_same_text actual expected
  done
}

# bats test_tags=valgrind
@test "xxd: -e keeps its columns where a row ends inside a group" {
  run -0 iovtool hexdump -f xxd -e -w 6 'str:0123456789'
  assert_output '00000000: 33323130     3534  012345
00000006: 39383736           6789'
}

@test "xxd: repeated rows are shown, as xxd shows them without -a" {
  run -0 iovtool hexdump -f xxd zero:4K
  ((${#lines[@]} == 256)) || fail "${#lines[@]} rows"
}

# ---- plain ---------------------------------------------------------------------------------------

@test "plain is what xxd -p prints" {
  for sample in "$SAMPLES"/*; do
    xxd -p "$sample" >expected
    iovtool hexdump -f plain "$sample" >actual
    assert_same_text actual expected "$sample"
  done
}

# each_width COMMAND...: the command with many a width and a sample added.
each_width() {
  local sample width
  for sample in random-1 random-33 random-70000 zeros-100; do
    for width in {0..33} 40 256; do
      echo "$sample, width $width"
      "$@" "$width" "$SAMPLES/$sample"
    done
  done
}

@test "plain: -w is xxd -c, and 0 is one row of everything" {
  each_width xxd -p -c >expected
  each_width iovtool hexdump -f plain -w >actual
  assert_same_text actual expected
}

@test "plain: -u is xxd -p -u" {
  xxd -p -u "$SAMPLES/all-bytes" >expected
  iovtool hexdump -f plain -u "$SAMPLES/all-bytes" >actual
  assert_same_text actual expected
}

@test "plain: -g puts blanks between groups, and keeps one row in one row" {
  run -0 iovtool hexdump -f plain -w 6 -g 2 hex:00112233445566778899
  assert_output $'0011 2233 4455\n6677 8899'
  run -0 iovtool hexdump -f plain -w 0 -g 4 hex:00112233445566778899
  assert_output '00112233 44556677 8899'
}

# A row of 0 is made of pieces of 4096 bytes inside; where one ends must not show.
@test "plain: blanks between groups go on through one long row" {
  sample=$SAMPLES/random-70000
  for group in 1 3 4096; do
    python3 -c 'import sys
print(open(sys.argv[1], "rb").read().hex(" ", -int(sys.argv[2])))' "$sample" "$group" >expected
    iovtool hexdump -f plain -w 0 -g "$group" "$sample" >actual
    assert_same_text actual expected "-g $group"
  done
}

# ---- c -------------------------------------------------------------------------------------------

@test "c is what xxd -i prints, the name of the array included" {
  cp "$SAMPLES/random-33" plain.bin
  cp "$SAMPLES/random-17" 9-lives.x
  cp "$SAMPLES/random-17" $'caf\xc3\xa9 au lait'
  for name in plain.bin ./plain.bin "$PWD/plain.bin" 9-lives.x ./9-lives.x $'caf\xc3\xa9 au lait'; do
    xxd -i "$name" >expected
    iovtool hexdump -f c "$name" >actual
    assert_same_text actual expected "$name"
  done
}

@test "c: every sample" {
  for sample in "$SAMPLES"/*; do
    xxd -i "$sample" >expected
    iovtool hexdump -f c "$sample" >actual
    assert_same_text actual expected "$sample"
  done
}

@test "c: standard input is the bytes alone, as from xxd -i" {
  for sample in "$SAMPLES"/{random-0,random-1,random-33}; do
    xxd -i <"$sample" >expected
    iovtool hexdump -f c - <"$sample" >actual
    assert_same_text actual expected "$sample, a file"
    # shellcheck disable=SC2002
    cat "$sample" | iovtool hexdump -f c - >actual
    assert_same_text actual expected "$sample, a pipe"
  done
}

@test "c: -w is xxd -i -c, and -u is xxd -i -u" {
  cp "$SAMPLES/all-bytes" data
  for width in 1 2 11 12 13 16 40 256; do
    xxd -i -u -c "$width" data >expected
    iovtool hexdump -f c -u -w "$width" data >actual
    assert_same_text actual expected "-w $width"
  done
}

# bats test_tags=valgrind
@test "c: several segments are one array called vector, or as --prefix says" {
  cp "$SAMPLES/random-33" vector
  xxd -i vector >expected
  iovtool hexdump -f c vector@0+20 hex: vector@20 >actual
  assert_same_text actual expected

  mv vector 2nd.try
  xxd -i 2nd.try >expected
  iovtool hexdump -f c --prefix=2nd.try 2nd.try@..20 2nd.try@20 >actual
  assert_same_text actual expected
  iovtool hexdump -f c --prefix=2nd.try - <2nd.try >actual
  assert_same_text actual expected
}

@test "c: whatever the file or --prefix is called, it compiles" {
  names=('1 x' int linux x86_64 int128 class 'a-b.c' 'ü' $'new\nline' '"' '%d' __1 _ vector_len main.c)
  printf abc >data
  in_braces() { echo '{'; "$@"; echo '}'; } # in a scope of its own
  for name in "${names[@]}"; do
    cp data "$name"
    in_braces iovtool hexdump -f c "./$name"
    in_braces iovtool hexdump -f c "$name"
    in_braces iovtool hexdump -f c --prefix="$name" data
  done >list
  in_braces iovtool hexdump -f c hex: >>list
  grep -qx 'unsigned char __1_x\[\] = {' list
  grep -qx 'unsigned char int_\[\] = {' list
  grep -qx 'unsigned int int__len = 3;' list
  (($(grep -c '^unsigned char' list) == 3 * ${#names[@]} + 1))
  { echo 'int main(void) {'; cat list; echo 'return 0; }'; } >main.c
  "${CC:-cc}" -c -o main.o main.c
  run -2 iovtool hexdump -f c --prefix= data
  assert_output 'iovtool hexdump: --prefix: the array of --format=c needs a name'
}

@test "c: it compiles, to the same bytes" {
  iovtool hexdump -f c "$SAMPLES/random-65537"@1 "$SAMPLES/all-bytes" >data.h
  cat >main.c <<'EOF'
#include <stdio.h>
#include "data.h"
int main(void)
{
    return fwrite(vector, 1, vector_len, stdout) != sizeof(vector);
}
EOF
  "${CC:-cc}" -o main main.c
  ./main >actual
  tail -c +2 "$SAMPLES/random-65537" | cat - "$SAMPLES/all-bytes" >expected
  assert_same_file actual expected
}

# ---- json ----------------------------------------------------------------------------------------

# assert_json_rows WIDTH [DUMP DATA]...: each DUMP is that of DATA in rows of WIDTH bytes.
assert_json_rows() {
  python3 - "$@" <<'EOF'
import json, sys

width = int(sys.argv[1])
for dump, name in zip(sys.argv[2::2], sys.argv[3::2]):
    with open(name, "rb") as file:
        data = file.read()
    expected = []
    for offset in range(0, len(data), width):
        row = data[offset:offset + width]
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in row)
        expected.append({"offset": offset, "hex": row.hex(), "text": text})
    with open(dump) as file:
        rows = [json.loads(line) for line in file]
    differing = [pair for pair in zip(rows, expected) if pair[0] != pair[1]]
    assert rows == expected, (name, len(rows), len(expected), differing[:2])
EOF
}

@test "json is one object a row: offset, hex and text" {
  pairs=()
  for sample in "$SAMPLES"/*; do
    iovtool hexdump -f json "$sample" >"${sample##*/}.json"
    pairs+=("${sample##*/}.json" "$sample")
  done
  assert_json_rows 16 "${pairs[@]}"
}

@test "json: --json is -f json, and -w the bytes a row" {
  for width in 1 7 4096; do
    iovtool hexdump --json -w "$width" "$SAMPLES/random-4097" >dump.json
    assert_json_rows "$width" dump.json "$SAMPLES/random-4097"
  done
}

@test "json: its bytes, digit for digit" {
  run -0 iovtool hexdump --json -u 'str:say "\\n"\xAB' --display-offset=0x10
  assert_output '{"offset":16,"hex":"73617920225C6E22AB","text":"say \"\\n\"."}'
  run -0 iovtool hexdump --json --offsets=none hex:41
  assert_output '{"hex":"41","text":"A"}'
}

# bats test_tags=valgrind
@test "json: --segments adds the index of the segment, and starts a row at each" {
  run -0 iovtool hexdump --json --segments hex:4142 hex: 'str:three' fill:30+17
  assert_output '{"offset":0,"segment":0,"hex":"4142","text":"AB"}
{"offset":2,"segment":2,"hex":"7468726565","text":"three"}
{"offset":7,"segment":3,"hex":"30303030303030303030303030303030","text":"0000000000000000"}
{"offset":23,"segment":3,"hex":"30","text":"0"}'
}

# ---- qemu ----------------------------------------------------------------------------------------

@test "qemu: words of four bytes, the characters after one blank" {
  run -0 iovtool hexdump -f qemu 'str:segments of one vector\n'
  assert_output '0000:  73 65 67 6d  65 6e 74 73  20 6f 66 20  6f 6e 65 20 segments of one 
0010:  76 65 63 74  6f 72 0a                              vector.'
}

@test "qemu: every sample that four digits can count, whatever repeats" {
  mkdir expected
  find "$SAMPLES" -type f -size -60000c -print0 | sort -z >samples
  xargs -0 python3 -c 'import os, sys
for name in sys.argv[1:]:
    data = open(name, "rb").read()
    with open(os.path.join("expected", os.path.basename(name)), "w") as dump:
        for at in range(0, len(data), 16):
            row = data[at:at + 16]
            words = "  ".join(row[i:i + 4].hex(" ") for i in range(0, len(row), 4))
            text = "".join(chr(b) if 32 <= b < 127 else "." for b in row)
            print(f"{at:04x}:  {words:50} {text}", file=dump)' <samples
  while read -rd '' sample; do
    iovtool hexdump -f qemu "$sample" >actual
    assert_same_text actual "expected/${sample##*/}" "$sample"
  done <samples
}

# ---- all looks -----------------------------------------------------------------------------------

@test "canonical and qemu: any width and group, one more blank after 8 or 4 bytes" {
  head -c 100 "$SAMPLES/random-256" >data
  python3 - <<'EOF'
import subprocess

data = open("data", "rb").read()

def digits(row, group, half):
    """The digits of a row, with a blank after every group and one after every half."""
    text = ""
    for i, byte in enumerate(row):
        text += " " * (i > 0 and group > 0 and i % group == 0) + " " * (i > 0 and i % half == 0)
        text += f"{byte:02x}"
    return text

def expected(width, group, half, head, tail):
    column = len(digits(bytes(width), group, half))
    for at in range(0, len(data), width):
        row = data[at:at + width]
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in row)
        yield head.format(at) + digits(row, group, half).ljust(column) + tail.format(text)

for look, half, head, tail in (("canonical", 8, "{:08x}  ", "  |{}|"), ("qemu", 4, "{:04x}:  ", " {}")):
    for width in (1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 31, 32, 40, 99, 100, 101):
        for group in (0, 1, 2, 3, 4, 8, 16):
            rows = list(expected(width, group, half, head, tail))
            if look == "canonical":
                rows.append(f"{len(data):08x}")
            command = ["iovtool", "hexdump", "-v", "-f", look, "-w", str(width), "-g", str(group), "data"]
            actual = subprocess.run(command, capture_output=True, check=True).stdout.decode()
            assert actual.splitlines() == rows, (command, actual, rows)
EOF
}

# bats test_tags=valgrind
@test "canonical and qemu: -e shows groups as little-endian numbers, -u in upper case" {
  run -0 iovtool hexdump -e 'str:0123456789abcdef' hex:c0ffee
  assert_output '00000000  33323130 37363534  62613938 66656463  |0123456789abcdef|
00000010    eeffc0                              |...|
00000013'
  run -0 iovtool hexdump -f qemu -u -e -g 2 hex:ABCDEF
  assert_output '0000:  CDAB   EF                                  ...'
}

@test "a row may have 4096 bytes" {
  head -c 9000 "$SAMPLES/random-70000" >data
  python3 -c 'data = open("data", "rb").read()
for at in range(0, len(data), 4096): print(data[at:at + 4096].hex())' >expected
  iovtool hexdump -f plain -w 4096 data >actual
  assert_same_text actual expected
  iovtool hexdump --json -w 4096 data >dump.json
  assert_json_rows 4096 dump.json data
}

@test "every look is the same from a pipe, a FIFO or a file, in one segment or in many" {
  sample=$SAMPLES/lumpy
  mkfifo fifo
  for look in canonical xxd plain qemu c json; do
    arguments=(-f "$look")
    [[ $look != c ]] || arguments+=(--prefix=name)
    iovtool hexdump "${arguments[@]}" "$sample" >expected
    # shellcheck disable=SC2002
    cat "$sample" | iovtool hexdump "${arguments[@]}" - >actual
    assert_same_text actual expected "$look, a pipe"
    cat "$sample" >fifo & # the shell waits in open() until iovtool opens it as well
    iovtool hexdump "${arguments[@]}" fifo >actual
    assert_same_text actual expected "$look, a FIFO"
    iovtool hexdump "${arguments[@]}" "$sample"@..1 "$sample"@1+6 hex: "$sample"@7..4000 \
      "$sample"@4000..-3 "$sample"@-3 >actual
    assert_same_text actual expected "$look, in pieces"
  done
}
