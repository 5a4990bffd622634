#!/usr/bin/env bats
# The part of the vector that is dumped, the offsets before the rows, and the words around them.

load lib/common
load lib/hexdump

setup_file() {
  export DATA=$BATS_FILE_TMPDIR/data
  random_file "$DATA" 1000 1
}

# bats test_tags=valgrind
@test "--segments: a line with the segment before its rows, which start anew" {
  run -0 iovtool hexdump --segments hex:4142 'str:three' zero:20 fill:00ff+2
  assert_output '# hex:4142
00000000  41 42                                             |AB|
# hex:7468726565
00000002  74 68 72 65 65                                    |three|
# zero:20
00000007  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
00000017  00 00 00 00                                       |....|
# fill:00ff+2
0000001b  00 ff                                             |..|
0000001d'
}

@test "--segments: a segment without bytes has its line as well, wherever it stands" {
  run -0 iovtool hexdump -f plain --segments hex: hex:01 zero:0 "$DATA@7+0" hex:02 str:
  assert_output "# hex:
# hex:01
01
# zero:0
# $DATA@7+0
# hex:02
02
# hex:"
}

@test "--segments: repeated rows are squeezed inside a segment, not from one to the next" {
  run -0 iovtool hexdump --segments zero:32 zero:48 fill:41+16
  assert_output '# zero:32
00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
*
# zero:48
00000020  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
*
# fill:41+16
00000050  41 41 41 41 41 41 41 41  41 41 41 41 41 41 41 41  |AAAAAAAAAAAAAAAA|
00000060'
}

@test "--segments: long literals are shortened, files show the range that was meant" {
  cp "$DATA" data
  run -0 iovtool hexdump -f plain -w 0 --segments data@-2 data@1..3 str:0123456789abcdef0 -n 6 -s 1
  mapfile -t hex < <(xxd -p -c 1 data)
  assert_output "# data@999+1
${hex[999]}
# data@1+2
${hex[1]}${hex[2]}
# hex:303132
303132"
  run -0 iovtool hexdump -f plain -w 0 --segments str:0123456789abcdef0
  assert_output '# hex:30313233343536373839616263646566... (17 bytes)
3031323334353637383961626364656630'
}

@test "--segments: its lines name the same vector, when fed back" {
  cp "$DATA" data
  words=(data@3+7 data@-20..-4 hex:c0ffee zero:5 fill:010203+8@1+6 data le32:77 data@0+0)
  iovtool hexdump -f plain --segments "${words[@]}" | sed -n 's/^# //p' >list
  (($(wc -l <list) == ${#words[@]}))
  iovtool hexdump "${words[@]}" >expected
  iovtool hexdump -T list >actual
  assert_same_text actual expected
}

@test "--segments: each look has the lines, except c" {
  for look in canonical xxd plain qemu; do
    run -0 iovtool hexdump -f "$look" --segments hex:41 hex:42
    [[ ${lines[0]} == '# hex:41' && ${lines[2]} == '# hex:42' ]] || fail "$look" "$output"
  done
}

# ---- -s and -n -----------------------------------------------------------------------------------

@test "-s and -n: canonical is hexdump -C -s -n, xxd is xxd -s -l" {
  for skip in 0 1 15 16 17 500 999 1000; do
    for length in 0 1 16 100 $((1000 - skip)); do
      ((skip + length <= 1000)) || continue
      hexdump -C -s "$skip" -n "$length" "$DATA" >expected
      iovtool hexdump -s "$skip" -n "$length" "$DATA" >actual
      # hexdump ends a dump of no bytes with its offset if that is not 0
      ((length > 0)) || : >expected
      assert_same_text actual expected "canonical -s $skip -n $length"
      xxd -s "$skip" -l "$length" "$DATA" >expected
      iovtool hexdump -f xxd -s "$skip" -n "$length" "$DATA" >actual
      assert_same_text actual expected "xxd -s $skip -n $length"
    done
  done
}

@test "-s and -n cut the whole vector, through its segments" {
  words=(str:abcdefgh zero:0 fill:0102+5 "$DATA@100+50" hex:ff)
  whole=$(iovtool hexdump -f plain -w 0 "${words[@]}")
  total=$((${#whole} / 2))
  ((total == 64))
  for skip in 0 1 7 8 9 13 14 40 63 64; do
    for length in 0 1 2 6 20 $((total - skip)); do
      ((skip + length <= total)) || continue
      assert_bytes "${whole:skip*2:length*2}" -s "$skip" -n "$length" "${words[@]}"
    done
    assert_bytes "${whole:skip*2}" --skip="$skip" "${words[@]}"
  done
}

@test "-s and -n take sizes with units" {
  assert_bytes "$(xxd -p -c 0 -s 512 -l 8 "$DATA")" -s 1s -n 0x8 "$DATA"
  assert_bytes 0000 -s 2KiB -n 2B zero:1M
}

@test "-s and -n past the end: an error, less, or zeros" {
  assert_refused 'asked for 5 bytes at 1, but the vector has 3' -s 1 -n 5 hex:010203
  assert_bytes 0203 -s 1 -n 5 --allow-short hex:010203
  assert_bytes 0203000000 -s 1 -n 5 --zero-pad hex:010203
  assert_bytes '' -s 9 --allow-short hex:010203
  assert_bytes 0000 -s 9 -n 2 --zero-pad hex:010203
}

@test "-s and -n: the same of a pipe, and no byte is read beyond" {
  for skip in 0 1 3 500; do
    expected=$(xxd -p -c 0 -s "$skip" -l 17 "$DATA")
    # shellcheck disable=SC2002
    actual=$(cat "$DATA" | iovtool hexdump -f plain -w 0 -s "$skip" -n 17 -)
    [[ $actual == "$expected" ]] || fail "-s $skip: $actual" "not $expected"
  done
  actual=$(printf 'abcdefgh' | { iovtool hexdump -f plain -s 1 -n 2 - ; cat; })
  [[ $actual == $'6263\ndefgh' ]] || fail "$actual"
}

@test "-s and -n: a pipe that ends before is an error, less, or zeros" {
  assert_refused 'asked for 5 bytes at 1, but the vector has 3' -s 1 -n 5 - < <(printf abc)
  assert_refused 'asked to skip 9 bytes, but the vector has 3' -s 9 - < <(printf abc)
  assert_bytes 6263 -s 1 -n 5 --allow-short - < <(printf abc)
  assert_bytes 6263000000 -s 1 -n 5 --zero-pad - < <(printf abc)
}

# ---- offsets -------------------------------------------------------------------------------------

@test "--display-offset is xxd -o, in both directions" {
  for distance in 1=1 16=16 4096=0x1000 5368709120=5G; do
    xxd -o "${distance%=*}" "$DATA" >expected
    iovtool hexdump -f xxd --display-offset="${distance#*=}" "$DATA" >actual
    assert_same_text actual expected "$distance"
  done
  xxd -s 100 -o -100 "$DATA" >expected
  iovtool hexdump -f xxd -s 100 --display-offset=-100 "$DATA" >actual
  assert_same_text actual expected
  iovtool hexdump -f xxd -s 100 --display-offset -100 "$DATA" >actual
  assert_same_text actual expected
  xxd -s 100 -o 28 "$DATA" >expected
  iovtool hexdump -f xxd -s 100 --display-offset=+28 "$DATA" >actual
  assert_same_text actual expected
}

@test "--display-offset moves the closing offset, too" {
  run -0 iovtool hexdump --display-offset=0x7f0 hex:4142
  assert_output '000007f0  41 42                                             |AB|
000007f2'
}

@test "--offset-base=dec is xxd -d" {
  for skip in 0 1 999; do
    xxd -d -s "$skip" "$DATA" >expected
    iovtool hexdump -f xxd --offset-base=dec -s "$skip" "$DATA" >actual
    assert_same_text actual expected
  done
}

@test "--offset-base: the numbers are those of od -A" {
  for base in x:hex d:dec o:oct; do
    od -A "${base%:*}" -v -t x1 -w7 "$DATA" | sed -E 's/^0*([0-9a-f])/\1/; s/ .*//' >expected
    iovtool hexdump -v -w 7 --offset-base="${base#*:}" "$DATA" |
      sed -E 's/^0*([0-9a-f])/\1/; s/ .*//' >actual
    assert_same_text actual expected "$base"
  done
}

@test "--offset-base: eight digits at least, in every base and at the end" {
  run -0 iovtool hexdump --offset-base=oct fill:41+17
  assert_output '00000000  41 41 41 41 41 41 41 41  41 41 41 41 41 41 41 41  |AAAAAAAAAAAAAAAA|
00000020  41                                                |A|
00000021'
  run -0 iovtool hexdump -f qemu --offset-base=dec -s 10000 -n 1 zero:1M
  assert_output '10000:  00                                                 .'
}

@test "offsets past 4 GiB: the numbers of hexdump -C and xxd, all as wide as the last" {
  truncate -s 4294967328 data
  hexdump -C -v -s 4294967264 data | sed -E 's/^([0-9a-f]{8})( |$)/0\1\2/' >expected
  iovtool hexdump -v -s 4294967264 data >actual
  assert_same_text actual expected
  xxd -s 4294967264 data | sed -E 's/^([0-9a-f]{8}):/0\1:/' >expected
  iovtool hexdump -f xxd -s 4294967264 data >actual
  assert_same_text actual expected
}

@test "--offsets=none: rows without offsets, and no closing one" {
  iovtool hexdump "$DATA" | sed '$d; s/^[0-9a-f]*  //' >expected
  iovtool hexdump --offsets=none "$DATA" >actual
  assert_same_text actual expected
  xxd "$DATA" | sed 's/^[0-9a-f]*: //' >expected
  iovtool hexdump -f xxd --offsets=none "$DATA" >actual
  assert_same_text actual expected
}

@test "--offsets=file: each segment's own offset in its file, literal, or fill" {
  run -0 iovtool hexdump -f xxd -w 4 --offsets=file "$DATA@500+6" str:ABCDEFG "$DATA@-2" str:ABC@2 fill:30+5
  mapfile -t hex < <(xxd -p -c 1 "$DATA")
  shown() { # OFFSET FIRST COUNT: the digits of a row of the file
    local bytes=("${hex[@]:$2:$3}")
    printf '%08x: %s' "$1" "$(printf '%s' "${bytes[@]}" | sed -E 's/(....)(.)/\1 \2/')"
  }
  [[ ${lines[0]} == "$(shown 500 500 4)"* ]] || fail "$output"
  [[ ${lines[1]} == "$(shown 504 504 2)"* ]] || fail "$output"
  [[ ${lines[2]} == '00000000: 4142 4344  ABCD' ]] || fail "$output"
  [[ ${lines[3]} == '00000004: 4546 47    EFG' ]] || fail "$output"
  [[ ${lines[4]} == "$(shown 998 998 2)"* ]] || fail "$output"
  [[ ${lines[5]} == '00000002: 43         C' ]] || fail "$output"
  [[ ${lines[6]} == '00000000: 3030 3030  0000' ]] || fail "$output"
  [[ ${lines[7]} == '00000004: 30         0' ]] || fail "$output"
}

@test "--offsets=file: the offset of a cut segment, a skip included" {
  run -0 iovtool hexdump -f xxd --offsets=file -s 3 -n 2 "$DATA@500+6"
  [[ $output == '000001f7: '* ]] || fail "$output"
  run -0 iovtool hexdump --json --offsets=file -s 3 -n 2 "$DATA@500+6" hex:00
  [[ $output == '{"offset":503,'* ]] || fail "$output"
}

@test "--offsets=file: the closing offset is that after the last byte" {
  run -0 iovtool hexdump --offsets=file hex:00 "$DATA@16+4"
  [[ ${lines[-1]} == 00000014 ]] || fail "$output"
}

@test "--offsets=file: a stream counts from where it began, or from the start of what is its end" {
  run -0 iovtool hexdump -f xxd --offsets=file -@3+2 -@7 < <(printf 0123456789)
  assert_output '00000003: 3334                                     34
00000007: 3738 39                                  789'
}

# ---- --prefix ------------------------------------------------------------------------------------

@test "--prefix stands before every line, the star and the closing offset as well" {
  run -0 iovtool hexdump --prefix=tx --segments zero:48 hex:41
  assert_output 'tx: # zero:48
tx: 00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
tx: *
tx: # hex:41
tx: 00000030  41                                                |A|
tx: 00000031'
}

@test "--prefix: each look, as if written before its lines" {
  for look in canonical xxd qemu plain; do
    iovtool hexdump -f "$look" "$DATA" | sed 's/^/a longer prefix, 50 % more: /' >expected
    iovtool hexdump -f "$look" --prefix='a longer prefix, 50 % more' "$DATA" >actual
    assert_same_text actual expected "$look"
  done
  run -0 iovtool hexdump -f plain -w 0 --prefix=p "$DATA"{,,,,,,,,,}
  assert_output "p: $(cat "$DATA"{,,,,,,,,,} | xxd -p -c 0)"
}
