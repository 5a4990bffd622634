#!/usr/bin/env bats
# The looks of `iovtool hexdump` in other bases than hex, and the records of Intel HEX and S-records:
# judged by xxd, od, objcopy and srec_cat.

load lib/common
load lib/hexdump

setup() {
  enter_scratch
  random_file data 70001 3
}

# with_short_rows COMMAND...: runs it for the first 1 to 20 bytes in the file `part`, and for all.
with_short_rows() {
  for length in {1..20} 70001; do
    head -c "$length" data >part
    "$@" || fail "$length bytes: $*"
  done
}

# same_as_xxd WIDTH GROUP
same_as_xxd() {
  cmp <(iovtool hexdump -f xxd --base=bin -w "$1" -g "$2" part) <(xxd -b -c "$1" -g "$2" part)
}

@test "--base=bin in the look xxd is xxd -b, byte for byte" {
  cmp <(iovtool hexdump -f xxd --base=bin data) <(xxd -b data)
  cmp <(iovtool hexdump -f xxd --base=bin --display-offset=0x100 data) <(xxd -b -o 0x100 data)
  with_short_rows same_as_xxd 6 1
  with_short_rows same_as_xxd 1 1
  with_short_rows same_as_xxd 9 3
  with_short_rows same_as_xxd 17 0
}

# same_as_od BASE TYPE: the numbers, without offsets and characters.
same_as_od() {
  cmp <(iovtool hexdump -f xxd --base="$1" --offsets=none part | cut -c 1-31 | grep -oE '[0-9]{3}( |$)' | tr -d ' ') \
    <(od -A n -v -t "$2" part | grep -oE '[0-9]+' | sed 's/^/00/; s/.*\(...\)$/\1/')
}

@test "--base=oct and --base=dec: the numbers that od shows" {
  tr -c '\200-\377' '\200' <data >high # no digits among the characters
  mv high data
  with_short_rows same_as_od oct o1
  with_short_rows same_as_od dec u1
}

@test "--base: what a row looks like" {
  while IFS='/' read -r base look row; do
    iovtool hexdump --base="$base" -f "$look" hex:00414aff >actual
    head -n 1 actual >first
    echo "$row" >expected
    assert_same_text first expected "$base $look"
  done <<'EOF'
bin/canonical/00000000  00000000 01000001 01001010 11111111                    |.AJ.|
oct/canonical/00000000  000 101 112 377                  |.AJ.|
dec/canonical/00000000  000 065 074 255                  |.AJ.|
bin/xxd/00000000: 00000000 01000001 01001010 11111111                    .AJ.
oct/xxd/00000000: 000 101 112 377                  .AJ.
dec/xxd/00000000: 000 065 074 255                  .AJ.
hex/xxd/00000000: 0041 4aff                                .AJ.
EOF
}

@test "--base in colour is the same text" {
  for base in bin oct dec; do
    iovtool hexdump --base="$base" --color=always data@0+999 | sed 's/\x1b\[[0-9]*m//g' >actual
    iovtool hexdump --base="$base" data@0+999 >expected
    assert_same_text actual expected "$base"
  done
}

# judge FORMAT WIDTH OFFSET: what the records show is `part`, at OFFSET, by three readers.
judge() {
  local name=intel
  [[ $1 == ihex ]] || name=motorola
  iovtool hexdump -f "$1" -w "$2" --display-offset="$3" part >records &&
    objcopy -I "$1" -O binary records objcopied && cmp part objcopied &&
    srec_cat records "-$name" -offset "-$3" -o srecorded -binary && cmp part srecorded &&
    iovtool compare part dump:records
}

@test "ihex and srec: objcopy, srec_cat and dump: read them, of any width and address" {
  for format in ihex srec; do
    with_short_rows judge "$format" 16 0
    with_short_rows judge "$format" 7 0xfffff9
    head -c 999 data >part
    judge "$format" 1 0xfffe || fail "$format, one byte a row"
    judge "$format" 250 0xfffe0000 || fail "$format, long rows"
  done
}

@test "ihex and srec: the records" {
  while read -r format offset records; do
    iovtool hexdump -f "$format" -w 4 --display-offset="$offset" str:hello >actual
    printf '%b' "$records" >expected
    assert_same_text actual expected "$format at $offset"
  done <<'EOF'
ihex 0 :0400000068656C6C57\n:010004006F8C\n:00000001FF\n
ihex 0xfffe :02FFFE00686534\n:020000040001F9\n:020000006C6C26\n:010002006F8E\n:00000001FF\n
ihex 0x12340000 :020000041234B4\n:0400000068656C6C57\n:010004006F8C\n:00000001FF\n
srec 0 S0030000FC\nS107000068656C6C53\nS10400046F88\nS9030000FC\n
srec 0x10000 S0030000FC\nS20801000068656C6C51\nS2050100046F86\nS804000000FB\n
srec 0x1000000 S0030000FC\nS3090100000068656C6C50\nS306010000046F85\nS70500000000FA\n
EOF
}

@test "ihex and srec of nothing, of a stream, and by offsets in the file" {
  [[ $(iovtool hexdump -f ihex hex:) == :00000001FF ]]
  iovtool hexdump -f srec - <data >records
  [[ $(tail -n 1 records) == S804000000FB ]]
  iovtool hexdump -f srec - < <(cat data) >records
  [[ $(tail -n 1 records) == S70500000000FA ]]
  iovtool compare data dump:records
  iovtool hexdump -f ihex --offsets=file data@0x1000+64 >records
  srec_cat records -intel -offset -0x1000 -o actual -binary
  iovtool compare actual data@0x1000+64
}

# A line is "MESSAGE|ARGUMENTS".
@test "what the looks refuse" {
  while IFS='|' read -r message arguments; do
    # shellcheck disable=SC2086
    run --separate-stderr iovtool hexdump $arguments
    assert_error_line 2 "iovtool hexdump: $message"
    [[ -z $output ]] || fail "$arguments" "$output"
  done <<'EOF'
the last byte is at 5368709119, and addresses of --format=ihex have 32 bits; see --display-offset|-f ihex zero:5G
the last byte is at 4294967296, and addresses of --format=srec have 32 bits; see --display-offset|-f srec --display-offset=0xffffffff hex:0000
--width=251: a row has 1 to 250 bytes|-f ihex -w 251 data
--offsets=none means nothing with --format=srec|-f srec --offsets=none data
--segments means nothing with --format=ihex|-f ihex --segments data
--group means nothing with --format=ihex|-f ihex -g 2 data
--upper means nothing with --format=ihex|-f ihex -u data
--base means nothing with --format=plain|-f plain --base=bin data
--base means nothing with --format=ihex|-f ihex --base=hex data
--little-endian means nothing without --base=hex|-e --base=bin data
--upper means nothing without --base=hex|-u --base=oct data
EOF
}
