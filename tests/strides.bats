#!/usr/bin/env bats
# Fills that end at a multiple, and ranges with a stride.

load lib/common
load lib/hexdump
load lib/compare

setup() {
  enter_scratch
  printf abcdefghijklmnopqrstuvwxyz >letters
}

# assert_text TEXT ARGUMENT...: what `iovtool copy ARGUMENT...` copies, NUL as a dot.
assert_text() {
  local text
  text=$(iovtool copy "${@:2}" | tr '\0' .) || fail "${*:2}"
  [[ $text == "$1" ]] || fail "${*:2}" "--- expected $1" "--- actual   $text"
}

# bats test_tags=valgrind
@test "a stride: COUNT pieces, or all that lie wholly in the file" {
  while IFS='|' read -r text words; do
    # shellcheck disable=SC2086 # words
    assert_text "$text" $words
  done <<'EOS'
adgjm|letters@0+1*5/3
bcghlmqrvw|letters@1+2/5
uwy|letters@-6+1/2
uv|letters@-6+2*1/99
abcdefgh|letters@0+4*2/4
abcabcd|letters@0+3*1/8 letters@0+4/26
abbccd|letters@0+2*3/1
||
ace|str:abcdef@0+1/2
.-.|hex:00112d0000@0+1*3/2
12121|fill:3132+9@0+1*5/1
|letters@25+2/4
adzz|letters@0+1*2/3 letters@25 letters@25
EOS
  assert_answer 0 $'letters@0+8\nletters@20+2' info --list letters@0+4*2/4 letters@20+2*1/4
}

@test "a stride equals the pieces written one by one" {
  random_file data 5000 1
  for range in '7 13 57 31' '0 1 2500 2' '4000 3 1 99' '10 20 100 20' '10 20 60 7'; do
    read -r start length count stride <<<"$range"
    for ((i = 0; i < count; i++)); do
      echo "data@$((start + i * stride))+$length"
    done >list
    iovtool compare "data@$start+$length*$count/$stride" --with -T list || fail "$range"
  done
  iovtool compare data@7+13/31 --with data@7+13*161/31
}

@test "pieces past the end are refused, cut or padded" {
  assert_refused 'letters@0+2*10/3: asked for 2 bytes at 27, but the file has 26' letters@0+2*10/3
  assert_refused 'letters@-40+2*3/3: asked for 2 bytes at -40, but the file has 26' letters@-40+2*3/3
  assert_text abdeghjkmnpqstvwyz --allow-short letters@0+2*10/3
  assert_text yz.... --zero-pad letters@24+2*3/2
  assert_text xz. --zero-pad letters@23+1*3/2
  assert_refused 'letters@0+0*67108865/1: these are more than 67108864 pieces' letters@0+0*67108865/1
}

@test "a stride in a stream, forward and with a COUNT" {
  iovtool copy -@1+1*3/2 <<<abcdefg | cmp - <(printf bdf)
  assert_refused '-@0+2*3/1: the stream has passed byte 1 (at 2 after the segments before): segments of a stream must go forward' \
    -@0+2*3/1 < <(cat letters)
  for range in @0+1/2 @-4+1*2/2; do
    assert_refused "-$range: a stride in a stream needs a START from its start, and a COUNT up to 67108864" \
      "-$range" < <(cat letters)
  done
}

@test "a file that is called like a stride, and a stride in a destination" {
  mkdir 'letters@0+1'
  echo inside >'letters@0+1/2'
  run --separate-stderr iovtool copy letters@0+1/2
  assert_error_line 2 'a file has this whole name'
  assert_text $'inside' file:letters@0+1/2@0+6
  assert_text acegikmoqsuwy file:letters@0+1/2
  assert_complaint 'iovtool copy: letters@0+1*3/2: a destination is one range, without a stride' \
    iovtool copy str:abc -o letters@0+1*3/2
  iovtool fill --byte=2d letters@0+1*3/2
  [[ $(<letters) == -b-d-fghijklmnopqrstuvwxyz ]]
}

@test "a fill that ends where the offset in the vector is a multiple" {
  assert_answer 0 $'hex:41\nzero:3\nfill:abcd+4\nzero:0\nletters@0+26\nzero:478' \
    info --list str:A zero:..4 fill:abcd..8 zero:..2 letters zero:..0x200
  iovtool compare str:A zero:..4K letters fill:ff..4K --with str:A zero:4095 letters fill:ff+4070
  assert_text 'A...' str:A zero:..16@0+3
  assert_answer 0 $'hex:414243\nzero:1' info --list -T <(printf 'str:ABC\nzero:..4\n')
  iovtool copy -@0+3 zero:..4 str:x < <(cat letters) | cmp - <(printf 'abc\0x')
  assert_refused 'zero:..4: where it starts is known only when the stream before it ends' - zero:..4
}

@test "a fill that ends at an offset in the vector" {
  assert_answer 0 $'hex:41\nzero:3\nfill:abcd+4\nzero:0\nletters@0+26\nzero:478' \
    info --list str:A upto:4 fill:abcd..=8 zero:..=8 letters upto:0x200
  iovtool compare upto:0 str:A upto:4K letters fill:ff..=8K --with str:A zero:4095 letters fill:ff+4070
  assert_text '..A' upto:16@3+2 str:A
  iovtool compare -T <(printf 'upto:3\nstr:A\nupto:5\n') --with zero:3 str:A zero:1
  iovtool copy -@0+3 upto:4 str:x < <(cat letters) | cmp - <(printf 'abc\0x')
  assert_refused 'upto:4: where it starts is known only when the stream before it ends' - upto:4
  assert_refused 'upto:25: ends at 25, but what is before it ends at 26' letters upto:25
  assert_refused 'fill:00..=0: ends at 0, but what is before it ends at 1' str:A fill:00..=0
}
