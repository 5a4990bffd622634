#!/usr/bin/env bats
# Colour by kind of byte: the same text as without, and an escape only where the kind changes.

load lib/common
load lib/hexdump

setup_file() {
  export SAMPLES=$BATS_FILE_TMPDIR/samples
  make_samples "$SAMPLES"
}

# The escapes of standard input, one a line.
escapes() {
  grep -aoP '\e\[[0-9;]*m' || true
}

stripped() {
  sed -E 's/\x1b\[[0-9;]*m//g'
}

# on_terminal COMMAND: what the shell command prints on a terminal, without the terminal's CRs.
on_terminal() {
  script -qec "$1" /dev/null </dev/null | tr -d '\r'
}

@test "without its escapes the text is that without colour" {
  for look in canonical xxd plain qemu; do
    for sample in "$SAMPLES"/{all-bytes,random-0,random-1,random-255,islands,rows-nearly,zeros-100}; do
      iovtool hexdump -f "$look" "$sample" >expected
      iovtool hexdump -f "$look" --color=always "$sample" | stripped >actual
      assert_same_text actual expected "$look $sample"
    done
    for options in '-w 7 -g 3' '-e -g 4 -w 8' '-e -g 4 -w 6' '--prefix=p -u' '--segments --display-offset=9' \
      '--offsets=none -g 0' '--offset-base=oct -s 3 -n 50'; do
      [[ $look:$options != plain:*offset* && $look:$options != plain:-e* ]] || continue
      # shellcheck disable=SC2086
      iovtool hexdump -f "$look" $options "$SAMPLES/all-bytes" hex:00 >expected
      # shellcheck disable=SC2086
      iovtool hexdump -f "$look" --color=always $options "$SAMPLES/all-bytes" hex:00 | stripped >actual
      assert_same_text actual expected "$look $options"
    done
  done
}

# bats test_tags=valgrind
@test "one escape where a run of one kind starts, and one where the column ends" {
  while read -r expected word; do
    actual=$(iovtool hexdump --color=always "$word" | escapes | wc -l)
    ((actual == expected)) || fail "$word: $actual escapes, not $expected"
  done <<'EOF'
4  fill:41+16
4  zero:16
4  hex:41
6  hex:0a414141414141414141414141414141
10 hex:00414100414141
12 hex:0041010a80
EOF
}

@test "five kinds: NUL, printable, white space, other control characters, and beyond ASCII" {
  for byte in {0..255}; do
    printf 'hex:%02x\n' "$byte"
  done >list
  iovtool hexdump -f plain -w 1 --color=always -T list >dump
  python3 - <<'EOF'
import re

def kind(byte):
    if byte == 0:
        return "NUL"
    if byte >= 0x80:
        return "beyond ASCII"
    if bytes([byte]).isspace():
        return "white space"
    return "printable" if 32 < byte < 127 else "control"

colors = {}
for byte, line in enumerate(open("dump")):
    color, digits = re.fullmatch(r"(\x1b\[[0-9;]+m)([0-9a-f]{2})\x1b\[0m\n", line).groups()
    assert int(digits, 16) == byte
    colors.setdefault(kind(byte), set()).add(color)
assert all(len(found) == 1 for found in colors.values()), colors
assert len(set.union(*colors.values())) == 5, colors
EOF
}

@test "every byte and character has the colour of its kind, and nothing else has one" {
  iovtool hexdump --color=always "$SAMPLES"/{all-bytes,random-255,random-4095,rows} -v >dump
  cat "$SAMPLES"/{all-bytes,random-255,random-4095,rows} >data
  python3 - <<'EOF'
import re

def kind(byte):
    return (byte == 0, byte >= 0x80, bytes([byte]).isspace(), 32 < byte < 127)

def runs(kinds):
    return sum(1 for i, k in enumerate(kinds) if i == 0 or k != kinds[i - 1])

data = open("data", "rb").read()
color_of = {}
rows = open("dump").read().splitlines()[:-1]
assert len(rows) == (len(data) + 15) // 16
for number, line in enumerate(rows):
    row = data[number * 16:number * 16 + 16]
    color, painted, escapes = None, [], 0
    for escape, char in re.findall(r"(\x1b\[[0-9;]*m)|(.)", line):
        if escape:
            color = None if escape == "\x1b[0m" else escape
            escapes += 1
        else:
            painted.append((char, color))
    assert color is None
    columns = [(10 + 3 * i + (i >= 8) + d, byte) for i, byte in enumerate(row) for d in (0, 1)]
    columns += [(61 + i, byte) for i, byte in enumerate(row)]
    for column, byte in columns:
        assert color_of.setdefault(kind(byte), painted[column][1]) == painted[column][1] is not None
    places = {column for column, _ in columns}
    bare = [p for column, p in enumerate(painted) if column not in places and p[0] != " "]
    assert all(c is None for _, c in bare), line
    kinds = [kind(byte) for byte in row]
    assert escapes == 2 * (runs(kinds) + 1), line
assert len(set(color_of.values())) == 5
EOF
}

@test "the star, the closing offset and header lines have no colour" {
  run -0 iovtool hexdump --color=always --segments --prefix=p zero:48
  [[ ${lines[0]} == 'p: # zero:48' ]] || fail "$output"
  [[ ${lines[2]} == 'p: *' ]] || fail "$output"
  [[ ${lines[3]} == 'p: 00000030' ]] || fail "$output"
}

@test "what programs read is never coloured: c and json" {
  for look in c json; do
    iovtool hexdump -f "$look" --color=always "$SAMPLES/all-bytes" | escapes >found
    [[ ! -s found ]] || fail "$look"
  done
}

@test "auto: not in a file or a pipe" {
  iovtool hexdump --color=auto hex:41 >dump
  [[ -z $(escapes <dump) ]] || fail "$(cat -v dump)"
  [[ -z $(iovtool hexdump hex:41 | escapes) ]]
}

@test "auto: on a terminal, unless NO_COLOR is set or the terminal is dumb" {
  export TERM=xterm
  unset NO_COLOR
  [[ -n $(on_terminal 'iovtool hexdump hex:41' | escapes) ]] || fail 'none on a terminal'
  [[ -n $(on_terminal 'NO_COLOR= iovtool hexdump hex:41' | escapes) ]] || fail 'empty NO_COLOR is not set'
  [[ -z $(on_terminal 'NO_COLOR=1 iovtool hexdump hex:41' | escapes) ]] || fail 'NO_COLOR is ignored'
  [[ -z $(on_terminal 'TERM=dumb iovtool hexdump hex:41' | escapes) ]] || fail 'TERM=dumb is ignored'
  [[ -z $(on_terminal 'iovtool hexdump --color=never hex:41' | escapes) ]] || fail 'never is ignored'
  [[ -n $(on_terminal 'NO_COLOR=1 TERM=dumb iovtool hexdump --color=always hex:41' | escapes) ]] ||
    fail 'always is ignored'
  [[ $(on_terminal 'iovtool hexdump hex:41' | stripped) == "$(iovtool hexdump hex:41)" ]]
}
