#!/usr/bin/env bats
# `iovtool compare`: what it says of two vectors, and how it ends.

load lib/common
load lib/hexdump
load lib/compare

setup_file() {
  random_file "$BATS_FILE_TMPDIR/noise" 300000 11
  cp "$BATS_FILE_TMPDIR/noise" "$BATS_FILE_TMPDIR/copy"
}

setup() {
  enter_scratch
  ln "$BATS_FILE_TMPDIR"/{noise,copy} .
  printf '0123456789' >ten
  printf '0123456x89' >near
}

# assert_usage TEXT ARGUMENT...: compare refuses to start.
assert_usage() {
  local text=$1
  shift
  assert_complaint "iovtool compare: $text" iovtool compare "$@"
}

# expect_json STATUS JSON ARGUMENT...: what `iovtool compare --json ARGUMENT...` says, once
# assert_noted_json looks.
expect_json() {
  note_json "$1" "$2" compare --json "${@:3}"
}

# ---- Equal and not -------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "equal: exit status 0, and nothing is said" {
  for options in '' -q --quiet --no-map -l -x --common --zero-pad; do
    # shellcheck disable=SC2086
    assert_answer 0 '' compare $options noise copy
    # shellcheck disable=SC2086
    assert_answer 0 '' compare $options hex:3031 str:23456789 --with ten
  done
  assert_answer 0 '' compare hex: zero:0
  assert_answer 0 '' compare hex: --with zero:0 ten@3+0 /dev/null
}

# bats test_tags=valgrind
@test "the first difference: its offset in hex and decimal, both bytes, each segment and the place there" {
  assert_answer 1 'differ at 0x7 (7): 37 in ten@0+10 at 7, 78 in near@0+10 at 7' compare ten near
  assert_answer 1 'differ at 0xc (12): 37 in ten@5+5 at 7, 78 in near@7+1 at 7' \
    compare zero:10 ten@5 --with fill:00+7 zero:3 ten@5+2 near@7..8 hex:39
  assert_answer 1 'differ at 0x0 (0): 41 in hex:41 at 0, 00 in zero:1 at 0' compare hex:41 zero:1T@..1
  assert_answer 1 'differ at 0x1ffff (131071): ab in fill:ab+1048576 at 131071, ac in hex:ac at 0' \
    compare fill:ab+1M --with fill:ab+131071 hex:ac fill:ab+1M
  assert_answer 1 'differ at 0x9 (9): 42 in fill:424341+10 at 9, 58 in hex:42434142434142434158 at 9' \
    compare fill:414243+1T@1+10 str:BCABCABCAX
}

@test "the first difference: names are escaped, and long literals cut" {
  cp near $'new\nline \e[31m'
  assert_answer 1 'differ at 0x7 (7): 37 in ten@0+10 at 7, 78 in new\nline \x1b[31m@0+10 at 7' \
    compare ten $'new\nline \e[31m'
  zeros=$(printf '%032d' 0)
  assert_answer 1 "differ at 0x20 (32): 01 in hex:$zeros... (33 bytes) at 32, 00 in zero:33 at 32" \
    compare "hex:$zeros${zeros}01" zero:33
}

@test "-q: only the exit status" {
  assert_answer 1 '' compare -q ten near
  assert_answer 1 '' compare --quiet ten hex:30
  assert_answer 0 '' compare -q ten ten
}

@test "the operands: two segments, or as many as there are on both sides of --with" {
  assert_answer 0 '' compare ten str:0123456789
  assert_answer 0 '' compare ten@..3 ten@3 --with str:0123456789
  assert_answer 0 '' compare str:0123456789 --with ten@..3 ten@3
  assert_answer 0 '' compare ten --with -- ten
}

@test "lists are segments of the side they stand on" {
  printf '%s\n' ten@..3 '# the rest' ten@3..-1 >list
  printf '%s\0' ten@..3 ten@3..-1 >nul-list
  assert_answer 0 '' compare -T list --with ten@..9
  assert_answer 0 '' compare ten@..9 -T list
  assert_answer 0 '' compare -T list -T list
  assert_answer 0 '' compare hex: -T list str:9 --with ten
  assert_answer 0 '' compare -0 ten@..9 -T nul-list
  assert_answer 0 '' compare ten@..9 -T - <list
  assert_answer 1 'differ at 0x3 (3): 33 in ten@3+6 at 3, 78 in near@7+3 at 7' \
    compare -T list --with ten@..3 near@7
}

# ---- Unequal length ------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "a side that ends first: which, where, and whether all before it was equal" {
  assert_answer 1 'A ends at 0x9 (9), B goes on; everything before is equal' compare ten@..9 ten
  assert_answer 1 'B ends at 0x9 (9), A goes on; everything before is equal' compare ten ten@..9
  assert_answer 1 'A ends at 0x0 (0), B goes on; everything before is equal' compare hex: ten
  assert_answer 1 'B ends at 0x0 (0), A goes on; everything before is equal' compare ten zero:0
  assert_answer 1 'B ends at 0x493df (299999), A goes on; everything before is equal' \
    compare noise copy@..-1
  assert_answer 1 'A ends at 0x10000000000 (1099511627776), B goes on; everything before is equal' \
    compare zero:1T zero:2T
  assert_answer 1 'differ at 0x7 (7): 37 in ten@0+10 at 7, 78 in near@0+9 at 7' compare ten near@..9
}

@test "a side that ends first: in the lists" {
  assert_answer 1 '9 1 only B' compare -l ten@..9 ten
  assert_answer 1 $'7 1\n9 1 only A' compare --list near ten@..9
  assert_answer 1 $'0x7 0x1\n0xa 0x7fffffffff6 only B' compare -l --offset-base=hex ten \
    --with near zero:7999T@..0x7fffffffff6
  assert_answer 1 '010 02 only A' compare -l --offset-base oct ten ten@..8
  assert_answer 1 'A ends at 0x9 (9), B goes on; everything before is equal' compare -x ten@..9 ten
  assert_answer 1 'A ends at 0x1 (1), B goes on; everything before is equal
compared   1 bytes
differing  0 bytes (0 %)
runs       0' compare --stats hex:00 zero:2
}

@test "a stream that ends first, or that does not" {
  assert_answer 1 'A ends at 0x9 (9), B goes on; everything before is equal' compare - ten < <(head -c 9 ten)
  assert_answer 1 'B ends at 0xa (10), A goes on; everything before is equal' compare - ten < <(cat ten ten)
  assert_answer 1 'B ends at 0xa (10), A goes on; everything before is equal' compare /dev/zero zero:10
  assert_answer 1 '10 - only A' compare --list - ten < <(cat ten ten)
  assert_answer 1 '' compare -q - ten < <(cat ten ten)
}

@test "--zero-pad: the shorter side goes on with zeros" {
  assert_answer 0 '' compare --zero-pad ten --with ten zero:100K
  assert_answer 0 '' compare --zero-pad ten zero:3 hex:00 --with ten
  assert_answer 0 '' compare --zero-pad hex: zero:1T
  assert_answer 0 '' compare --zero-pad - ten < <(cat ten - <<<'' | tr '\n' '\0')
  assert_answer 1 'differ at 0xc (12): 00 behind the end of A, 01 in hex:000001 at 2' \
    compare --zero-pad ten --with ten hex:000001
  assert_answer 1 'differ at 0xa (10): 31 in hex:31 at 0, 00 behind the end of B' \
    compare --zero-pad ten hex:31 --with ten
  assert_answer 1 '10 2
13 1
compared   14 bytes
differing  3 bytes (21.4286 %)
runs       2' compare --zero-pad -l --stats ten hex:01010001 --with ten
}

@test "--zero-pad: a range past the end has zeros as well" {
  assert_answer 0 '' compare --zero-pad ten@5+10 --with ten@5 zero:5
  assert_answer 1 'differ at 0x5 (5): 00 in zero:5 at 0, 01 in hex:01 at 0' \
    compare --zero-pad ten@5+10 --with ten@5 hex:01
}

@test "--zero-pad and --length: a stream that ends before" {
  assert_answer 0 '' compare --zero-pad -n 16 - --with ten zero:6 < <(cat ten)
  run -1 iovtool compare --zero-pad -n 16 - --with ten str:abcdef < <(cat ten)
  [[ $output == 'differ at 0xa (10): 00 '*', 61 in hex:616263646566 at 0' ]] || fail "$output"
}

@test "--common: only what both sides have" {
  assert_answer 0 '' compare --common ten --with ten noise
  assert_answer 0 '' compare --common noise hex:
  assert_answer 0 '' compare --common ten@..9 - < <(cat ten ten)
  assert_answer 1 'differ at 0x7 (7): 37 in ten@0+10 at 7, 78 in near@0+8 at 7' compare --common ten near@..8
  assert_answer 0 '' compare --common ten near@..7
  assert_answer 0 $'compared   7 bytes\ndiffering  0 bytes (0 %)\nruns       0' compare --common --stats ten near@..7
  assert_answer 1 '7 1' compare --common -l near --with ten noise
}

# ---- Parts of vectors ----------------------------------------------------------------------------

@test "--skip and --length cut both sides" {
  assert_answer 0 '' compare -s 8 ten near
  assert_answer 0 '' compare -n 7 ten near
  assert_answer 0 '' compare --skip=2 --length=5 hex:ffff ten@2 --with near
  assert_answer 1 '' compare -q -s 2 -n 6 ten near
  assert_answer 0 '' compare -s 8 - near < <(cat ten)
  assert_complaint 'iovtool compare: asked for 5 bytes at 8, but the vector has 10' \
    iovtool compare -s 8 -n 5 ten --with ten ten
}

@test "--skip: offsets still count from the start of the vectors" {
  assert_answer 1 'differ at 0x7 (7): 37 in ten@2+8 at 7, 78 in near@2+8 at 7' compare -s 2 ten near
  assert_answer 1 '7 1' compare -s 2 -l ten near
  assert_answer 1 '9 1 only A' compare -s 8 -l ten ten@..9
  assert_answer 1 'A ends at 0x9 (9), B goes on; everything before is equal' compare -s 9 ten@..9 ten
  assert_answer 1 '@@ 0x2 (2) @@
00000002  32 33 34 35 36 37 38 39  |23456789|  00000002  32 33 34 35 36 78 38 39  |23456x89|' compare -s 2 -x ten near
  assert_answer 1 'differ at 0x7 (7): 37 in ten@2+8 at 7, 78 in near@2+8 at 7
compared   8 bytes
differing  1 bytes (12.5 %)
runs       1' compare -s 2 --stats ten near
  assert_answer 1 'differ at 0x7 (7): 37 in -@0 at 7, 78 in near@2+8 at 7' compare -s 2 - near < <(cat ten)
}

@test "--skip: the index of --json counts from the start of the vectors, as that of info does" {
  expect_json 1 '{"equal": false, "length_a": 8, "length_b": 8,
    "first": {"offset": 17,
      "a": {"byte": 55, "segment": "ten@2+8", "index": 1, "offset": 7},
      "b": {"byte": 120, "segment": "near@2+8", "index": 2, "offset": 7}}}' \
    -s 12 zero:10 ten --with zero:5 zero:5 near
  assert_noted_json
}

@test "a range past the end: refused before anything is compared, unless --allow-short" {
  for side in 'ten ten@5+6' 'ten@5+6 ten'; do
    # shellcheck disable=SC2086
    assert_complaint 'iovtool compare: ten@5+6: asked for 6 bytes at 5, but the file has 10' \
      iovtool compare $side
  done
  assert_answer 0 '' compare --allow-short ten@5+6 ten@5
  assert_answer 0 '' compare --allow-short -@0+20 ten < <(cat ten)
}

@test "--allow-short: a stream shorter than its range is compared as long as it is" {
  for options in '' -q -l --stats; do
    # shellcheck disable=SC2086
    run -0 iovtool compare $options --allow-short -@0+20 ten < <(cat ten)
  done
  assert_answer 1 '4 - only A' compare -l --allow-short -@0+20 ten@..4 < <(cat ten)
}

# ---- Streams -------------------------------------------------------------------------------------

@test "a stream on one side, whichever and however it comes" {
  mkfifo fifo
  for options in '' --no-map -l --stats -x --json; do
    # shellcheck disable=SC2086
    iovtool compare $options - noise < <(cat noise) >answer || fail "A, $options" "$(head -c 300 answer)"
    # shellcheck disable=SC2086
    iovtool compare $options noise - < <(cat noise) >answer || fail "B, $options" "$(head -c 300 answer)"
    # shellcheck disable=SC2086,SC2094
    iovtool compare $options noise - <noise >answer || fail "a file, $options" "$(head -c 300 answer)"
    # shellcheck disable=SC2086
    iovtool compare $options fd:7 noise 7< <(cat copy) >answer || fail "fd:7, $options" "$(head -c 300 answer)"
    cat noise >fifo &
    # shellcheck disable=SC2086
    iovtool compare $options fifo noise >answer || fail "a FIFO, $options" "$(head -c 300 answer)"
  done
  iovtool compare <(cat noise) <(cat copy)
  iovtool compare fd:7 - < <(cat noise) 7< <(cat copy)
}

@test "a stream that differs: the place in it" {
  assert_answer 1 'differ at 0x7 (7): 78 in -@0 at 7, 37 in ten@0+10 at 7' compare - ten < <(cat near)
  assert_answer 1 'differ at 0x2 (2): 78 in -@5+5 at 7, 37 in ten@5+5 at 7' compare -@5+5 ten@5 < <(cat near)
  assert_answer 1 'differ at 0x4 (4): 37 in ten@3+5 at 7, 78 in -@6+2 at 7' \
    compare ten@3+5 --with ten@3+3 -@6+2 < <(cat near)
}

@test "a stream against a file: a difference is told before the stream ends" {
  mkfifo fifo
  exec 8<>fifo
  cat near >&8
  run -1 timeout 10 iovtool compare fifo ten
  assert_output 'differ at 0x7 (7): 78 in fifo@0 at 7, 37 in ten@0+10 at 7'
}

# bats test_tags=valgrind
@test "the same stream on both sides is refused" {
  text='the stream is on the other side already, and can be read only once'
  assert_usage "-: $text" - - < <(cat ten)
  assert_usage "-@5+5: $text" -@0+5 -@5+5 < <(cat ten)
  assert_usage "fd:0: $text" - fd:0 < <(cat ten)
  mkfifo fifo
  exec 8<>fifo
  assert_usage "fifo: $text" fifo fifo
  assert_usage "fifo: $text" ten fifo@0+1 --with ten fifo
  assert_usage "/dev/zero@0+1: $text" /dev/zero@0+1 /dev/zero@0+1
}

# bats test_tags=plain
@test "a descriptor under two names is told where the kernel may not be asked as well" {
  skip_unless_injection
  quietly=(strace -f -q -o calls -e trace=kcmp -e inject=kcmp:error=EPERM iovtool)
  run -2 "${quietly[@]}" compare - fd:7 <noise 7<&0
  assert_output 'iovtool compare: fd:7: the descriptor is on the other side already; a range on both sides says which part is meant'
  run -0 "${quietly[@]}" compare - fd:7 <noise 7<noise
  [[ $(position_after "${quietly[@]}" compare -@0+4 fd:7@0+4 <noise 7<&0) == 4 ]]
  grep -q EPERM calls
}

@test "a list or a dump on one side takes the standard input that the other names" {
  echo ten >list
  text='standard input was already read as a list or a dump'
  assert_usage "-: $text" -T - --with - <list
  assert_usage "fd:7: the descriptor was already read as a list or a dump" -T - --with fd:7 <list 7<&0
  assert_usage "-: $text" dump:- --with - <<<00
  twice='cannot be read twice, as a text and as a segment'
  assert_usage "standard input $twice" -T - --with -T - <list
  assert_usage "standard input $twice" - --with -T - <list
  assert_usage "fd:7 $twice" -@0+4 --with -T /dev/fd/7 <list 7<&0
  assert_usage "fd:7 $twice" fd:7 --with -T /dev/fd/7 7<list
}

@test "the same stream on both sides is refused, whatever its names" {
  text='the stream is on the other side already, and can be read only once'
  assert_usage "fd:7: $text" - fd:7 < <(cat ten) 7<&0
  mkfifo fifo
  exec 8<>fifo
  cat ten ten >&8
  assert_usage "./fifo@0+10: $text" fifo@0+10 ./fifo@0+10
}

@test "a file on standard input is on both sides only by ranges, whatever its names" {
  text='the descriptor is on the other side already; a range on both sides says which part is meant'
  assert_usage "-: $text" - - <noise
  assert_usage "fd:0: $text" - fd:0 <noise
  assert_usage "-: $text" /dev/stdin - <noise
  assert_usage "fd:7: $text" - fd:7 <noise 7<&0
  assert_usage "-: $text" -@0+4 - <noise
  assert_usage "-@0+4: $text" - -@0+4 <noise
  assert_usage "-: $text" -@0+2 --with -@2+2 - <noise
  assert_answer 0 '' compare - fd:7 <noise 7<noise
  assert_answer 0 '' compare -@0+4 fd:7@0+4 <noise 7<&0
  assert_answer 1 'differ at 0x7 (7): 37 in -@0+10 at 7, 78 in near@0+10 at 7' compare - near <ten
  assert_answer 1 'differ at 0x0 (0): 30 in -@0+5 at 0, 35 in -@5+5 at 5' compare -@0+5 -@5+5 <ten
}

# shellcheck disable=SC2094 # nothing is written
@test "a shared descriptor is left behind the last byte used" {
  [[ $(position_after iovtool compare - noise <noise) == 300000 ]]
  [[ $(position_after iovtool compare -@0 -@0 <noise) == 300000 ]]
  [[ $(position_after iovtool compare --no-map - copy <noise) == 300000 ]]
  [[ $(position_after iovtool compare -@2+3 ten@2+3 <ten) == 5 ]]
  [[ $(position_after iovtool compare ten@..5 -@0+5 <ten) == 5 ]]
  [[ $(position_after iovtool compare --zero-pad ten@..5 --with -@0+5 zero:3 <ten) == 5 ]]
  [[ $(position_after iovtool compare --stats near - <ten) == 10 ]]
  position=$(position_after iovtool compare -@0+100K copy@1+100K <noise)
  ((position > 0 && position <= 102400)) || fail "$position"
  { iovtool compare -@0+4 ten@..4 && iovtool compare -@0+6 ten@4; } <ten
  make_sparse sparse 1G
  [[ $(position_after iovtool compare -@4K+512M zero:512M <sparse) == 536875008 ]]
}

# ---- JSON ----------------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "--json: equal, the first difference, and where a side ends" {
  expect_json 0 '{"equal": true, "length_a": 10, "length_b": 10}' ten ten
  expect_json 1 '{"equal": false, "length_a": 12, "length_b": 13,
    "first": {"offset": 9,
      "a": {"byte": 55, "segment": "ten@0+10", "index": 1, "offset": 7},
      "b": {"byte": 120, "segment": "near@5+5", "index": 2, "offset": 7}}}' \
    zero:2 ten --with zero:2 ten@..5 near@5 zero:1
  expect_json 1 '{"equal": false, "length_a": 9, "length_b": 10, "longer": "b", "end": 9}' ten@..9 ten
  expect_json 1 '{"equal": false, "length_a": null, "length_b": 9, "longer": "a", "end": 9}' \
    - ten@..9 < <(cat ten)
  expect_json 1 '{"equal": false, "length_a": 3, "length_b": 0,
    "first": {"offset": 2, "a": {"byte": 1, "segment": "hex:000001", "index": 0, "offset": 2},
      "b": {"byte": 0, "padding": true}}}' --zero-pad hex:000001 hex:
  assert_noted_json
}

@test "--json: runs and counts" {
  first='"first": {"offset": 1,
      "a": {"byte": 66, "segment": "hex:4142434445", "index": 0, "offset": 1},
      "b": {"byte": 0, "segment": "hex:410000440046", "index": 0, "offset": 1}}'
  lengths='"equal": false, "length_a": 5, "length_b": 6, "longer": "b", "end": 5'
  runs='"runs": [{"offset": 1, "length": 2}, {"offset": 4, "length": 1}]'
  stats='"stats": {"compared": 5, "differing": 3, "runs": 2, "percent": 60.0}'
  expect_json 1 "{$first, $lengths, $runs}" --list hex:4142434445 hex:410000440046
  expect_json 1 "{$first, $lengths, $stats}" --stats hex:4142434445 hex:410000440046
  expect_json 1 "{$first, $lengths, $runs, $stats}" --stats -l hex:4142434445 hex:410000440046
  expect_json 0 '{"equal": true, "length_a": 10, "length_b": 10, "runs": [],
    "stats": {"compared": 10, "differing": 0, "runs": 0, "percent": 0.0}}' --stats -l ten ten
  run -1 iovtool compare --json -l1 hex:4142434445 hex:4100004400
  [[ $output == *'"runs":[{"offset":1,"length":2}]'* ]] || fail "$output"
  assert_noted_json
}

@test "--json: a name that is not UTF-8 is escaped and flagged" {
  cp near $'\xff\xfe"\n'
  cp near $'\xc3\xa9"\n'
  expect_json 1 '{"equal": false, "length_a": 10, "length_b": 10,
    "first": {"offset": 7,
      "a": {"byte": 55, "segment": "ten@0+10", "index": 0, "offset": 7},
      "b": {"byte": 120, "segment": "\\xff\\xfe\"\\n@0+10", "segment_escaped": true, "index": 0, "offset": 7}}}' \
    ten $'\xff\xfe"\n'
  expect_json 1 '{"equal": false, "length_a": 10, "length_b": 10,
    "first": {"offset": 7,
      "a": {"byte": 120, "segment": "\u00e9\"\n@0+10", "index": 0, "offset": 7},
      "b": {"byte": 55, "segment": "ten@0+10", "index": 0, "offset": 7}}}' \
    $'\xc3\xa9"\n' ten
  assert_noted_json
}

# ---- Trouble -------------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "usage errors" {
  needed='two segments, or segments on both sides of --with, are needed'
  assert_usage "$needed; - is standard input"
  assert_usage "$needed; - is standard input" ten
  assert_usage "$needed" ten ten ten
  assert_usage '--with is given twice' ten --with ten --with ten
  assert_usage 'there is no segment before --with' --with ten
  assert_usage 'there is no segment after --with' ten --with
  for answer in -l -x --stats --json; do
    assert_usage '--quiet excludes every other answer' -q "$answer" ten ten
  done
  assert_usage '--hex excludes --list and --json' -x -l ten ten
  assert_usage '--hex excludes --list and --json' --hex=1 --json ten ten
  assert_usage '--common and --zero-pad exclude each other' --common --zero-pad ten ten
  assert_usage '--allow-short and --zero-pad exclude each other' --allow-short --zero-pad ten ten
  assert_usage '--hex: at most 4096 rows of context' -x4097 ten ten
  assert_usage "--list: 'x' is not a size: number expected (column 1)" --list=x ten ten
  assert_usage "--hex: '3y' is not a size: unknown unit (column 2)" -x3y ten ten
  assert_usage "--offset-base: 'two' is none of dec, hex, oct" --offset-base=two ten ten
  assert_usage "--color: 'red' is none of auto, always, never" --color red ten ten
  assert_usage 'unknown option --lits; did you mean --list? (see iovtool compare --help)' --lits ten ten
  assert_usage 'unknown option -Z (see iovtool compare --help)' -Z ten ten
  assert_usage 'missing argument for --color (see iovtool compare --help)' ten ten --color
}

@test "a file that is missing, or is none: on either side" {
  mkdir folder
  assert_usage 'gone: No such file or directory' ten gone
  assert_usage 'gone: No such file or directory' gone ten
  assert_usage 'folder: is a directory' ten folder
  assert_usage 'fd:77: the descriptor is not open' ten fd:77
}

# bats test_tags=valgrind
@test "a full disk or a closed standard output is trouble, whatever is to be said" {
  for options in '' -l --stats -x --json '--json -l'; do
    # shellcheck disable=SC2086
    run -2 --separate-stderr bash -c 'iovtool compare "$@" >/dev/full' - $options ten near
    assert_error_line 2 'compare: cannot write standard output: No space left on device'
    # shellcheck disable=SC2086
    run -2 --separate-stderr bash -c 'iovtool compare "$@" >&-' - $options ten near
    assert_error_line 2 'compare: cannot write standard output: Bad file descriptor'
  done
  run -0 bash -c 'iovtool compare ten ten >/dev/full && iovtool compare ten ten >&-'
  run -1 bash -c 'iovtool compare -q ten near >&-'
}

@test "a long list on a full disk ends the run" {
  run -2 --separate-stderr timeout 10 bash -c 'iovtool compare -l fill:0001+1G zero:1G >/dev/full'
  assert_error_line 2 'cannot write standard output: No space left on device'
  run -2 --separate-stderr timeout 10 bash -c 'iovtool compare -x fill:0001+1G zero:1G >/dev/full'
  assert_error_line 2 'cannot write standard output: No space left on device'
}

@test "a reader that goes away ends the run quietly" {
  for option in -l -x; do
    # shellcheck disable=SC2016
    timeout 10 bash -c 'set -o pipefail; iovtool compare "$1" fill:0001+1G zero:1G | head -c 1 >first' \
      - "$option" 2>errors && fail "no SIGPIPE, $option" || (($? == 141)) || fail "$option"
    [[ ! -s errors && -s first ]] || fail "$(<errors)"
  done
}

@test "--help fits 80 columns, names every option and ends with examples" {
  for command in compare is-zero info; do
    iovtool "$command" --help >help
    run awk 'length > 80' help
    assert_output ''
    iovtool "$command" --list-options | while read -r option; do
      grep -qF -- "${option%=}" help || fail "$command: $option"
    done
    tail -n 6 help | grep -q "^  iovtool $command " || fail "$(<help)"
  done
}
