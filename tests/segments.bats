#!/usr/bin/env bats
# The segment language: words that name bytes, and the bytes they name.

load lib/common
load lib/hexdump

# The words of a table are read as the shell reads them, the digits as they stand. A table is
# standard input, its lines are "DIGITS | WORD...", and "-" stands for no bytes.
assert_table() {
  local digits words rows=0
  while IFS='|' read -r digits words; do
    digits=${digits// /}
    eval "words=($words)"
    # shellcheck disable=SC2128 # it is an array now
    assert_bytes "${digits#-}" "${words[@]}" </dev/null
    rows=$((rows + 1))
  done
  ((rows > 0))
}

setup() {
  enter_scratch
  printf '0123456789' >ten
}

@test "literals" {
  assert_table <<'EOF'
deadbeef         | hex:deadbeef
deadbeef         | hex:DEADBEEF hex:
deadbeef         | hex:de:ad:be:ef
deadbeef         | 'hex:de ad be ef'
deadbeef         | 'hex:0xde 0xad 0xbeef'
deadbeef         | hex:0xdeadbeef
deadbeef         | hex:de:ad 'hex:be ef'
-                | hex:
616263           | str:abc
-                | str:
61206220         | 'str:a b '
0a0d095c         | 'str:\n\r\t\\'
00               | 'str:\0'
00007801         | 'str:\0\000x\1'
ff01ff38         | 'str:\377\001\3778'
ab4041           | 'str:\xAB\x40A'
c3a9e282ac       | str:é€
406140           | str:@a@
EOF
}

@test "literals may have any byte but NUL as it is" {
  assert_bytes fffe0a1b $'str:\xff\xfe\n\x1b'
}

@test "integers in both byte orders" {
  assert_table <<'EOF'
ff               | u8:255
80               | u8:-128
563412           | le24:0x123456
ffffff           | be24:-1
                 | b64:
66               | b64:Zg==
666f6f62         | b64:Zm9vYg
fbff             | b64:-_8=
0100             | le16:1
0001             | be16:1
ffff             | le16:65535
ffff             | le16:-1
0080             | le16:-32768
8000             | be16:-32768
01000000         | le32:1
00000001         | be32:1
78563412         | le32:0x12345678
12345678         | be32:0x12345678
feffffff         | le32:-2
80000000         | be32:-2147483648
ffffffff         | be32:4294967295
0100000000000000 | le64:1
ffffffffffffffff | be64:18446744073709551615
8000000000000000 | be64:-9223372036854775808
0000000000010000 | be64:64K
00040000         | le32:1K
0800             | be16:4s
EOF
}

@test "fills" {
  assert_table <<'EOF'
000000           | zero:3
-                | zero:0
414141           | fill:41+3
4142414241       | fill:4142+5
4142             | fill:4142434445+2
-                | fill:41+0
deaddeadde       | fill:de:ad+5
deaddeadde       | 'fill:0xde 0xad+5'
EOF
}

@test "sizes: decimal and hex, powers of 1024 and of 1000, sectors" {
  while read -r bytes size; do
    run -0 iovtool hexdump -f xxd --offset-base=dec -s "$((bytes - 1))" "zero:$size"
    [[ $output == *"$((bytes - 1)): 00"* ]] || fail "zero:$size: $output"
  done <<'EOF'
1                   1
7                   007
10                  0010
16                  0x10
171                 0xAb
2                   2B
1024                1K
1024                1k
1024                1KiB
1024                1kiB
1000                1KB
1000                1kB
1048576             1M
3145728             3MiB
1000000             1MB
1073741824          1G
1000000000          1GB
1099511627776       1T
1000000000000       1TB
1125899906842624    1P
1000000000000000    1PB
1152921504606846976 1E
1000000000000000000 1EB
1536                3s
262144              0x200s
65536               0x40K
27                  0x1B
30                  0x1E
9223372036854775807 9223372036854775807
9223372036854775807 0x7fffffffffffffff
EOF
}

@test "ranges: START, START+LENGTH, START..END, ..END, from both ends" {
  assert_table <<'EOF'
30313233343536373839 | ten
30313233343536373839 | ten@0
3839             | ten@8
-                | ten@10
3233             | ten@2+2
-                | ten@2+0
-                | ten@10+0
323334           | ten@2..5
-                | ten@5..5
3031             | ten@..2
-                | ten@..0
30313233343536373839 | ten@..10
373839           | ten@-3
3738             | ten@-3+2
373839           | ten@-3+3
37               | ten@-3..-2
-                | ten@-3..-3
-                | ten@-0
3031323334353637 | ten@..-2
323334353637     | ten@2..-2
3738             | ten@-3..9
30313233343536373839 | ten@-10
30               | ten@0x0..0x1
38               | ten@08+1
EOF
}

@test "ranges of every source" {
  assert_table <<'EOF'
adbe             | hex:deadbeef@1+2
ef               | hex:deadbeef@-1
-                | hex:@0
6263             | str:abcd@1..-1
61               | str:a@b@0+1
0201             | fill:0102+7@1..3
0102             | fill:0102+1T@-2
02               | fill:0102+1T@-1
0000             | zero:1E@1P+2
01               | le32:1@0+1
000001           | be32:1@-3
0b               | be64:11@7
32               | file:ten@2+1
32               | ./ten@2+1
EOF
}

@test "a range belongs to a word only when all of the tail is one" {
  printf a >mail@example.org
  printf b >getty@tty1.service
  printf c >3@5x
  printf d >at@
  printf e >a@b@c
  printf f >v@1.0
  printf g >x@1+
  printf h >'x@1 '
  assert_table <<'EOF'
61               | mail@example.org
61               | mail@example.org@0+1
-                | mail@example.org@1
62               | getty@tty1.service
63               | 3@5x
64               | at@
64               | at@@0
65               | a@b@c
66               | v@1.0
67               | x@1+
68               | 'x@1 '
EOF
}

@test "paths: schemes are prefixes, and a path that looks like one is written otherwise" {
  mkdir dir
  printf a >hex:1
  printf b >file:x
  printf c >dir/str:x
  printf d >hex
  printf e >http:x
  printf f >-
  assert_table <<'EOF'
61               | ./hex:1
61               | file:hex:1
62               | file:file:x
62               | ./file:x
63               | dir/str:x
64               | hex
65               | http:x
66               | ./-
66               | file:-
EOF
}

# bats test_tags=valgrind
@test "the same file by many names and many times" {
  ln -s ten link
  ln ten hard
  assert_bytes 3031303130313031 ten@..2 ./ten@..2 link@..2 "$PWD/hard"@..2
}

@test "a thousand segments: their bytes in order" {
  words=()
  for i in {0..999}; do
    words+=("ten@$((i % 10))+1")
  done
  iovtool hexdump "${words[@]}" >actual
  for _ in {1..100}; do cat ten; done | hexdump -C >expected
  assert_same_text actual expected
}

@test "--allow-short takes what is there, --zero-pad supplies zeros" {
  while IFS='|' read -r short padded word; do
    word=${word// /}
    short=${short// /} padded=${padded// /}
    assert_bytes "${short#-}" --allow-short "$word"
    assert_bytes "${padded#-}" --zero-pad "$word"
  done <<'EOF'
3839       | 383900000000         | ten@8+6
-          | 0000                 | ten@10+2
-          | 000000               | ten@12+3
-          | -                    | ten@12
3839       | 38390000             | ten@8..12
-          | 0000                 | ten@20..22
303132     | 0000303132           | ten@-12+5
-          | 00                   | ten@-12+1
-          | 0000                 | ten@-13..-11
3839       | 383900               | ten@-2+3
30313233343536373839 | 0000303132333435363738390000 | ten@-12+14
30313233343536373839 | 000030313233343536373839 | ten@-12
0102       | 010200               | hex:0102@0+3
61         | 00610000             | str:a@-2+4
0000       | 000000               | zero:2@0+3
0201       | 020100               | fill:0102+3@1+3
EOF
}

# ---- lists ---------------------------------------------------------------------------------------

@test "-T: one segment a line; empty lines and comments are passed over" {
  cat >list <<'EOF'
# a comment
ten@0+1

hex:ff
# hex:00
#hex:00
str: a # no comment
EOF
  assert_bytes "30ff$(printf ' a # no comment' | xxd -p -c 0)" -T list
  assert_bytes "30ff$(printf ' a # no comment' | xxd -p -c 0)" --segments-from=list
  assert_bytes "30ff$(printf ' a # no comment' | xxd -p -c 0)" --segments-from list
}

@test "-T: blanks belong to the segment" {
  printf a >' blank '
  printf ' blank \n' >list
  assert_bytes 61 -T list
}

@test "-T: the last line needs no end, and an empty list is a vector of nothing" {
  printf 'hex:01\nhex:02' >list
  assert_bytes 0102 -T list
  : >list
  assert_bytes '' -T list
  printf '\n\n#' >list
  assert_bytes '' -T list
}

@test "-T -: the list is standard input, a file or a pipe" {
  printf 'hex:01\nten@-1\n' >list
  assert_bytes 0139 -T - <list
  assert_bytes 0139 -T - < <(cat list)
}

@test "-T FILE: a pipe or a FIFO" {
  assert_bytes 0102 -T <(echo hex:01; echo hex:02)
}

@test "-0: segments end with NUL; newlines and # are theirs" {
  printf a >$'new\nline'
  printf b >'#hash'
  printf '%s\0' $'new\nline' '#hash' hex:01 >list
  assert_bytes 616201 -0 -T list
  printf '%s\0' hex:01 hex:02 | head -c -1 >list
  assert_bytes 0102 --null -T list
}

# bats test_tags=valgrind
@test "several lists and operands: their order on the command line is that of the vector" {
  printf 'hex:01\nhex:02\n' >list
  echo hex:03 >other
  assert_bytes ff01020301 hex:ff -T list -T other hex:01
  assert_bytes 03ff0102 -T other hex:ff -T list
  assert_bytes 0301020301 -T other -T list hex:03 hex:01
}

@test "a list may name one file many times, and -@RANGE when standard input is free" {
  printf '%s\n' -@0+1 ten@3+1 -@5+1 >list
  assert_bytes 303335 -T list <ten
  assert_bytes 303335 -T list < <(cat ten)
}

@test "long lines of a list, beyond any buffer" {
  { printf 'hex:'; head -c 300000 /dev/zero | xxd -p -c 0; printf 'hex:01\n'; } >list
  [[ $(iovtool hexdump -f plain -w 0 -T list | wc -c) == 600003 ]]
}

# ---- dump: the way back --------------------------------------------------------------------------

@test "dump: reads back what every look with hex rows shows" {
  random_file data 70001 7
  { cat data; head -c 100000 /dev/zero; cat data; } >mixed
  for options in '-f canonical' '-f canonical -v' '-f xxd' '-f xxd -g 1 -w 24 -u' '-f plain' \
    '-f plain -w 0' '-f xxd --display-offset=0x1000'; do
    # shellcheck disable=SC2086
    iovtool hexdump $options mixed >dump
    hexdump -C mixed >expected
    iovtool hexdump dump:dump >actual
    assert_same_text actual expected "$options"
    iovtool hexdump dump:- <dump >actual
    assert_same_text actual expected "$options, standard input"
  done
}

@test "dump: reads dumps of hexdump -C and xxd, and takes ranges" {
  random_file data 1000 8
  for tool in 'hexdump -C' xxd 'xxd -p' 'xxd -u -g 4 -c 20'; do
    $tool data >dump
    assert_bytes "$(xxd -p -c 0 -s 10 -l 20 data)" dump:dump@10+20
    assert_bytes "$(xxd -p -c 0 -s 900 data)" dump:dump@-100
  done
  assert_bytes '' dump:/dev/null
}

@test "dump:LOOK:PATH names the look, and leaves names with a colon alone" {
  printf '00aabb 41 42\n' >dump
  assert_bytes 4142 dump:od-x:dump
  assert_bytes 00aabb4142 dump:plain:dump
  assert_bytes 42 dump:od-x:dump@1
  assert_bytes 4142 dump:od-x:- <dump
  cp dump od-x:dump
  assert_refused "dump:od-x:dump: a file is called 'od-x:dump', and this also reads as a look and a file; \
write dump:./od-x:dump for the file or dump:od-x:./dump for the look" dump:od-x:dump
  assert_bytes 4142 dump:od-x:./dump
  printf '4142' >od-x:dump
  assert_bytes 4142 dump:./od-x:dump
  assert_bytes 4142 dump:od-x:./dump
  cp od-x:dump look:dump
  assert_bytes 4142 dump:look:dump
}

@test "b64: is what base64 prints, of any length" {
  for length in {0..20} 1000; do
    random_file data "$length" "$length"
    assert_bytes "$(xxd -p -c 0 data)" "b64:$(base64 -w 0 data)"
    assert_bytes "$(xxd -p -c 0 data)" "b64:$(base64 -w 0 data | tr -d = | tr +/ -_)"
  done
}

# bats test_tags=valgrind
@test "dump: headers of --segments are comments" {
  iovtool hexdump --segments hex:0102 str:abc zero:100 >dump
  assert_bytes "0102616263$(printf '00%.0s' {1..100})" dump:dump
}
