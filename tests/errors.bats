#!/usr/bin/env bats
# Every complaint, word for word: it names its subject, nothing is printed, the exit status is 2.
# Trouble that comes up during a dump is in limits.bats and streams.bats, that of output in
# output.bats.

load lib/common
load lib/hexdump

setup() {
  enter_scratch
  printf '0123456789' >ten
}

# Tables are read from standard input; a line is "MESSAGE|ARGUMENT...", the arguments as the shell
# reads them, and a MESSAGE that starts with a colon has the first of them before it.
assert_refusals() {
  local message arguments rows=0
  while IFS='|' read -r message arguments; do
    eval "arguments=($arguments)"
    # shellcheck disable=SC2128 # it is an array now
    [[ $message != :* ]] || message=${arguments[0]}$message
    # shellcheck disable=SC2128
    assert_refused "$message" "${arguments[@]}" </dev/null
    rows=$((rows + 1))
  done
  ((rows > 0))
}

# assert_misspelt COLUMN WHAT WORD: the word is shown with a caret under the column.
assert_misspelt() {
  assert_refused "$3: $2 (column $1)
  $3
  $(printf '%*s^' $(($1 - 1)) '')" "$3" </dev/null
}

# A line is "COLUMN|WHAT|WORD", the word as it stands.
assert_all_misspelt() {
  local column what word rows=0
  while IFS='|' read -r column what word; do
    assert_misspelt "$column" "$what" "$word"
    rows=$((rows + 1))
  done
  ((rows > 0))
}

# ---- the command line ----------------------------------------------------------------------------

@test "no command, or one that there is not" {
  assert_complaint 'iovtool: no command given (see iovtool --help)' iovtool
  assert_complaint 'iovtool: no command given (see iovtool --help)' iovtool --
  assert_complaint "iovtool: unknown command 'hexdmup'; did you mean 'hexdump'?" iovtool hexdmup x
  assert_complaint "iovtool: unknown command 'frobnicate' (see iovtool --help)" iovtool frobnicate
  assert_complaint "iovtool: unknown command '' (see iovtool --help)" iovtool ''
}

@test "a command in the wrong place, or that of another program" {
  assert_complaint "iovtool: unknown command 'ten'; the command comes first: iovtool hexdump ten" \
    iovtool ten hexdump
  assert_complaint "iovtool: unknown command 'x'; the command comes first: iovtool copy x" \
    iovtool x -n 4 copy
  assert_complaint "iovtool: unknown command 'ten'; a command comes first: iovtool hexdump ten" iovtool ten
  assert_complaint "iovtool: unknown command 'dd'; did you mean 'copy'?" iovtool dd if=ten of=copy
  assert_complaint "iovtool: unknown command 'cmp'; did you mean 'compare'?" iovtool cmp ten ten
}

# assert_hint HINT COMMAND [ARGUMENT...]: the first argument that names no file is complained of.
assert_hint() {
  local hint=$1 command=$2 word
  shift 2
  for word; do
    [[ -e $word || $word == -* ]] || break
  done
  local name=${word%%@*}
  assert_complaint "iovtool $command: $name: No such file or directory$hint" \
    iovtool "$command" "$@" </dev/null
}

# bats test_tags=valgrind
@test "a destination without -o" {
  assert_hint '; to write to it: -o new' copy ten new
  assert_hint '; to write to it: -o none/new' copy ten none/new
  assert_hint '; to write to it: -o new@4+6' copy ten new@4+6
  assert_hint '; to write to it: -o new' discard --front=1 ten new
  assert_hint '' copy new ten
  assert_hint '' copy new
  assert_hint '' copy ten new -o out
  [[ ! -e out ]] || fail 'written all the same'
  assert_hint '' hexdump ten new
  assert_hint '' compare ten new
  assert_hint '' info -- ten new
}

@test "the operands of dd" {
  assert_hint '; what is read is written without if=: ten' copy if=ten of=new bs=1
  assert_hint '; where to write is said by -o new' copy ten of=new
  assert_hint '; a part of a file is written FILE@START+LENGTH' copy ten count=3
  assert_hint '; a part of a file is written FILE@START+LENGTH' hexdump skip=4 ten
}

@test "patterns that the shell left as they were" {
  assert_hint '; the pattern matched nothing' copy '*.img'
  assert_hint '; the pattern matched nothing' hexdump ten 'disk[0-9].im?'
  assert_hint "; the shell looks for names that have the range in them; see \"Many files\" in 'iovtool help segments'" \
    hexdump '*.img@0+4'
  touch '*.img'
  assert_bytes '' '*.img'
}

@test "a range that is written as something else" {
  assert_hint '; a range stands behind an @: ten@0+4' hexdump ten:0+4
  assert_hint '; a range stands behind an @: ten@2..-1' hexdump ten:2..-1
  assert_hint '' hexdump eleven:0+4
  assert_hint '; a part of a file is one word, FILE@START+LENGTH' hexdump ten 0 4
  assert_hint '; a part of a file is one word, FILE@START+LENGTH' discard 0x10 ten
  assert_hint '' hexdump 4th
}

@test "a scheme that is misspelt, in a list too" {
  assert_hint '; did you mean zero:4K?' copy zeros:4K
  assert_hint '; did you mean hex:12?' hexdump hexa:12
  assert_hint '; did you mean hex:12?' compare HEX:12 ten
  assert_hint '; did you mean le24:1@0+2?' copy le23:1@0+2
  assert_hint '; did you mean dump:ten?' info dumb:ten
  assert_hint '' copy C:12 -o out
  assert_hint '' patch ten fd:0 # a patch is a file
  assert_hint '' copy hosts:12 -o out
  printf 'ten\nzeros:3\n' >list
  assert_complaint 'iovtool hexdump: list:2: zeros:3: No such file or directory; did you mean zero:3?' \
    iovtool hexdump -T list
  assert_complaint 'iovtool hexdump: list:2: zeros:3: No such file or directory; did you mean zero:3?' \
    iovtool hexdump ten -T list
}

@test "a value with a blank before it, where only = gives one" {
  needed='two segments, or segments on both sides of --with, are needed'
  rows=0
  while IFS='|' read -r command message hint; do
    read -ra words <<<"$command"
    assert_complaint "iovtool ${words[0]}: $message; a value of $hint" iovtool "${words[@]}" </dev/null
    rows=$((rows + 1))
  done <<EOF
compare -x 2 ten ten|$needed|--hex is written with =: --hex=2
compare ten ten --list 1K|$needed|--list is written with =: --list=1K
compare -x 2|$needed; - is standard input|--hex is written with =: --hex=2
compare -x 2 ten|2: No such file or directory|--hex is written with =: --hex=2
copy ten --progress always -o out|always: No such file or directory|--progress is written with =: --progress=always
send unix:nowhere --reply ans|ans: No such file or directory|--reply is written with =: --reply=ans
EOF
  ((rows == 6))
  run -2 iovtool send --reply ans ten
  [[ ${lines[0]} == *' (column 1); a value of --reply is written with =: --reply=ans' ]] || fail "$output"
  assert_complaint "iovtool compare: $needed" iovtool compare ten -x ten ten
  cp ten 2
  iovtool compare -x 2 ten >dump
  run -3 iovtool send unix:nowhere --reply ten
  assert_output 'iovtool send: unix:nowhere: cannot connect: No such file or directory'
}

@test "a part of a file for --in-place: the way that works" {
  assert_complaint 'iovtool discard: ten@3+4: --in-place takes one whole file, and no part of it; --atomic -o ten instead of it keeps what remains of the part' \
    iovtool discard --in-place --front=1 ten@3+4
  iovtool discard --atomic -o ten --front=1 ten@3+4
  [[ $(<ten) == 456 ]]
}

@test "the end of a range taken for its last byte" {
  assert_complaint 'iovtool copy: the destinations take 3 bytes, but the vector has 4; the byte at the END of a range is not part of it' \
    iovtool copy hex:00112233 -o ten@0..3
  assert_complaint 'iovtool copy: the destinations take 2 bytes, but the vector has 4' \
    iovtool copy hex:00112233 -o ten@0..2
  assert_complaint 'iovtool copy: the destinations take 3 bytes, but the vector has 4' \
    iovtool copy hex:00112233 -o ten@0+3
  [[ $(<ten) == 0123456789 ]]
}

@test "a destination that a range cannot make" {
  assert_complaint 'iovtool copy: new@0: No such file or directory; --extend makes it' \
    iovtool copy ten -o new@0
}

@test "a destination that starts behind the end, or before the start, of its file" {
  while IFS='|' read -r place what hint; do
    assert_complaint "iovtool copy: ten$place: $what, but the file has 10$hint" \
      iovtool copy hex:00 -o "ten$place"
  done <<'EOF'
@11|starts at byte 11|; --extend lets it grow
@11+3|asked for 3 bytes at 11|; --extend lets it grow
@8+3|asked for 3 bytes at 8|; --extend lets it grow
@-11|starts at -11|
@-1K+1|asked for 1 bytes at -1K|
EOF
  [[ $(<ten) == 0123456789 ]]
}

@test "a source that standard output is as well" {
  for call in '>>ten' '-o - >>ten' '-o /dev/stdout >>ten'; do
    assert_complaint 'iovtool copy: standard output: is ten, a source as well; -o ten@10 writes behind its end' \
      bash -c "iovtool copy ten $call"
  done
  assert_complaint 'iovtool copy: standard output: is a source as well; -o FILE@10 writes behind its end' \
    bash -c 'iovtool copy - <ten >>ten'
  assert_complaint 'iovtool copy: standard output: is ten, a source as well; -o ten@RANGE writes inside of it, --atomic -o ten replaces it at the end' \
    bash -c 'iovtool copy ten 1<>ten'
  [[ $(<ten) == 0123456789 ]]
}

@test "-o where nothing is written" {
  for option in -o --output=new; do
    assert_complaint "iovtool hexdump: unknown option $option; what is printed goes to standard output, > FILE (see iovtool hexdump --help)" \
      iovtool hexdump "$option" ten
  done
  assert_complaint 'iovtool is-zero: unknown option -o; what is printed goes to standard output, > FILE (see iovtool is-zero --help)' \
    iovtool is-zero -o new ten
}

@test "options before the command that there are not" {
  assert_complaint 'iovtool: unknown option --versoin; did you mean --version? (see iovtool --help)' \
    iovtool --versoin
  assert_complaint 'iovtool: unknown option -x (see iovtool --help)' iovtool -x hexdump
}

@test "options of hexdump that there are not" {
  assert_refusals <<'EOF'
unknown option --widht=3; did you mean --width? (see iovtool hexdump --help)|--widht=3 ten
unknown option --no-sqeeze; did you mean --no-squeeze? (see iovtool hexdump --help)|ten --no-sqeeze
unknown option --frobnicate (see iovtool hexdump --help)|ten --frobnicate
unknown option -z (see iovtool hexdump --help)|-z ten
unknown option -vz (see iovtool hexdump --help)|-vz ten
EOF
}

@test "options without their argument" {
  assert_refusals <<'EOF'
missing argument for --skip (see iovtool hexdump --help)|ten -s
missing argument for --skip (see iovtool hexdump --help)|ten --skip
missing argument for --format (see iovtool hexdump --help)|ten -vf
EOF
}

@test "arguments that are no size" {
  assert_refusals <<'EOF'
--skip: 'x' is not a size: number expected (column 1)|-s x ten
--skip: '' is not a size: number expected (column 1)|-s '' ten
--skip: '-1' is not a size: number expected (column 1)|-s -1 ten
--length: '12q' is not a size: unknown unit (column 3)|-n 12q ten
--length: '0x' is not a size: hex digit expected (column 3)|--length=0x ten
--length: '1 ' is not a size: unexpected character (column 2)|--length '1 ' ten
--width: '9223372036854775808' is not a size: too large (column 1)|-w 9223372036854775808 ten
--group: '8E' is not a size: too large (column 1)|-g8E ten
EOF
}

@test "--display-offset: no distance, or one before the start" {
  assert_refusals <<'EOF'
--display-offset: '-x' is not a size: number expected (column 2)|--display-offset=-x ten
--display-offset: '+' is not a size: number expected (column 2)|--display-offset=+ ten
--display-offset: '--1' is not a size: number expected (column 2)|--display-offset=--1 ten
--display-offset=-1: the first offset, 0, would be negative|--display-offset=-1 ten
--display-offset=-4: the first offset, 3, would be negative|--display-offset=-4 -s 3 ten
--display-offset=-6: the first offset, 5, would be negative|--display-offset=-6 --offsets=file ten@5 ten@7
EOF
}

@test "words that are none of the choices" {
  assert_refusals <<'EOF'
--format: 'hex' is none of canonical, xxd, plain, qemu, c, json, ihex, srec|-f hex ten
--offsets: 'no' is none of vector, file, none|--offsets=no ten
--offset-base: '10' is none of hex, dec, oct|--offset-base 10 ten
--color: '' is none of auto, always, never|--color= ten
EOF
}

@test "options that mean nothing to the look" {
  assert_refusals <<'EOF'
--group means nothing with --format=c|-f c -g 2 ten
--little-endian means nothing with --format=c|-f c -e ten
--display-offset means nothing with --format=c|-f c --display-offset=1 ten
--offsets means nothing with --format=c|-f c --offsets=file ten
--offset-base means nothing with --format=c|-f c --offset-base=dec ten
--segments means nothing with --format=c|-f c --segments ten
--group means nothing with --format=json|--json -g 2 ten
--little-endian means nothing with --format=json|--json -e ten
--prefix means nothing with --format=json|--json --prefix=x ten
--offset-base means nothing with --format=json|-f json --offset-base=hex ten
--display-offset means nothing with --format=plain|-f plain --display-offset=0 ten
--offsets means nothing with --format=plain|-f plain --offsets=none ten
--offset-base means nothing with --format=plain|-f plain --offset-base=hex ten
EOF
}

@test "options that exclude each other, and values out of bounds" {
  assert_refusals <<'EOF'
--json and --format=xxd exclude each other|--json -f xxd ten
--allow-short and --zero-pad exclude each other|--zero-pad --allow-short ten
--width=0: a row has 1 to 4096 bytes|-w 0 ten
--width=4097: a row has 1 to 4096 bytes|-f plain -w 4097 ten
--width=1048576: a row has 1 to 4096 bytes|-w 1M ten
--little-endian needs a --group of a power of two|-e -g 3 ten
--little-endian needs a --group of a power of two|-e -g 0 ten
no segment given; - is standard input|
no segment given; - is standard input|-v --
EOF
}

# ---- words ---------------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "a misspelt word is shown with a caret under what is wrong" {
  assert_refused "hex:dex0: not a hex digit: 'x' (column 7)
  hex:dex0
        ^" hex:dex0
  assert_refused "'': empty segment (column 1)
  
  ^" ''
}

@test "literals that are misspelt" {
  assert_all_misspelt <<'EOF'
5|not a hex digit: 'g'|hex:g0
7|not a hex digit: 'x'|hex:0xx
7|odd number of hex digits|hex:abc
5|odd number of hex digits|hex:a:bc
5|stray separator: ':'|hex::ab
8|stray separator: ':'|hex:ab::cd
8|stray separator: ' '|hex:ab: cd
7|stray separator: ':'|hex:ab:
7|hex digit expected|hex:0x
7|hex digit expected: ':'|hex:0x:00
6|nothing follows the backslash|str:a\
6|unknown escape: 'q'|str:\q
6|octal escape is greater than 377: '400'|str:\400
EOF
  # what was written is shown as it was written
  assert_refused 'str:\x4g: \x takes two hex digits: '"'g'"' (column 8)
  str:\x4g
         ^' 'str:\x4g'
}

@test "numbers that are misspelt" {
  assert_all_misspelt <<'EOF'
6|number expected|le16:
6|number expected: 'x'|le16:x
7|number expected|le16:-
7|number expected: '-'|le16:--1
7|unknown unit: 'q'|be16:1q
8|hex digit expected|be32:0x
8|hex digit expected: 'g'|be32:0xg
7|unexpected character: ' '|be32:1 
6|not between -32768 and 65535|le16:65536
6|not between -32768 and 65535|be16:-32769
6|not between -2147483648 and 4294967295|le32:4294967296
6|not between -2147483648 and 4294967295|be32:-2147483649
6|not between -9223372036854775808 and 18446744073709551615|le64:18446744073709551616
6|not between -9223372036854775808 and 18446744073709551615|be64:-9223372036854775809
6|number expected|zero:
6|number expected: '-'|zero:-1
7|unknown unit: 'Ki'|zero:1Ki
7|unknown unit: 'kb'|zero:1kb
7|unknown unit: 'sB'|zero:1sB
6|too large: '8E'|zero:8E
6|too large: '9223372036854775808'|zero:9223372036854775808
6|too large: '99999999999999999999'|zero:99999999999999999999
4|number expected|fd:
4|not a decimal digit: 'x'|fd:x
4|not a decimal digit: '-'|fd:-1
5|not a decimal digit: 'K'|fd:1K
4|too large: '2147483648'|fd:2147483648
EOF
}

@test "fills that are misspelt" {
  assert_all_misspelt <<'EOF'
6|hex digit expected|fill:
6|hex digit expected: '+'|fill:+5
7|not a hex digit: 'g'|fill:0g+1
8|'+' and a size expected|fill:ab
9|number expected|fill:ab+
9|number expected: '+'|fill:ab++1
10|unknown unit: 'x'|fill:ab+1x
EOF
}

@test "a pattern of more than 64 KiB, a word too long to be shown" {
  { printf 'fill:'; head -c 65537 /dev/zero | xxd -p -c 0 | tr -d '\n'; printf '+1\n'; } >list
  zeros=$(printf '0%.0s' {1..195})
  assert_refused "list:1: fill:$zeros...: pattern is longer than 64 KiB (column 6)
  fill:$zeros...
       ^" -T list
}

@test "names that are missing" {
  assert_all_misspelt <<'EOF'
6|name expected|file:
6|name expected|dump:
6|name expected|file:@0
1|name expected|@0
EOF
}

@test "ranges that no source can have" {
  assert_all_misspelt <<'EOF'
8|range ends before it starts|ten@5..3
9|range ends before it starts|ten@-3..-5
13|range ends before it starts|ten@..-1@3..1
5|too large: '99999999999999999999'|ten@99999999999999999999
7|too large: '8E'|ten@1+8E
8|range ends after 2^63 - 1|ten@4E+4E
8|number expected|hex:00@
8|number expected: 'x'|hex:00@x
9|unknown unit: 'x'|hex:00@1x
10|number expected|hex:00@1+
11|number expected: '.'|hex:00@1...2
10|length is negative|hex:00@0+-1
9|not +LENGTH or ..END: ','|hex:00@1,2
9|not +LENGTH or ..END: '-'|hex:00@1-2
11|unexpected character: '+'|hex:00@1+2+3
EOF
}

@test "a path that almost has a range: no such file, and why it is no range" {
  assert_refused "ten@5z: No such file or directory; and its tail is not a range: ten@5z: unknown unit: 'z' (column 6)
  ten@5z
       ^" ten@5z
  assert_refused "ten@0+-1: No such file or directory; and its tail is not a range: ten@0+-1: length is negative (column 7)
  ten@0+-1
        ^" ten@0+-1
  assert_refused "ten@..: No such file or directory; and its tail is not a range: ten@..: number expected (column 7)
  ten@..
        ^" ten@..
  assert_refused "ten@0-4: No such file or directory; and its tail is not a range: ten@0-4: not +LENGTH or ..END: '-' (column 6)
  ten@0-4
       ^" ten@0-4
  assert_refused "ten@: No such file or directory; and its tail is not a range: ten@: number expected (column 5)
  ten@
      ^" ten@
  assert_refused 'nobody@example.org: No such file or directory' nobody@example.org
}

@test "words of any length and any bytes are shown so that the caret stands right" {
  assert_refused "str:é\x1b[31m\q: unknown escape: 'q' (column 13)
  str:é\x1b[31m\q
                ^" $'str:é\e[31m\\q'
  long=$(printf 'ab%.0s' {1..300})
  run -2 iovtool hexdump "hex:${long}x0$long"
  ((${#lines[1]} < 220 && ${#lines[1]} == ${#lines[2]} + 100 + 2)) || fail "$output"
  [[ ${lines[1]} == '  ...'* && ${lines[1]} == *... ]] || fail "$output"
  [[ ${lines[1]:${#lines[2]}-1:1} == x ]] || fail "$output"
}

# ---- sources -------------------------------------------------------------------------------------

@test "ranges past the end name what was asked for, and the size" {
  assert_refusals <<'EOF'
: starts at byte 11, but the file has 10|ten@11
: asked for 3 bytes at 8, but the file has 10|ten@8+3
: asked for 1 bytes at 10, but the file has 10|ten@10+1
: asked for 6 bytes at 8, but the file has 10|ten@8..14
: asked for 11 bytes at 0, but the file has 10|ten@..11
: asked for 4 bytes at 7, but the file has 10|ten@-3+4
: starts at byte 3, but it has 2|hex:0011@3
: asked for 2 bytes at 1, but it has 2|hex:0011@1+2
: asked for 5 bytes at 0, but it has 4|zero:4@0+5
: asked for 9 bytes at 0, but it has 8|le64:1@..9
: asked for 1048576 bytes at 4096, but the file has 10|ten@4K+1M
EOF
  assert_complaint 'iovtool hexdump: -@4+9: asked for 9 bytes at 4, but the file has 10' \
    iovtool hexdump -@4+9 <ten
}

@test "a position before the start of a file is told as it was written" {
  assert_refusals <<'EOF'
: starts at -11, but the file has 10|ten@-11
: starts at -5G, but the file has 10|ten@-5G
: asked for 4 bytes at -12, but the file has 10|ten@-12+4
: asked for 4 bytes at -5GiB, but the file has 10|ten@-5GiB+4
: starts at -0x1000, but the file has 10|ten@-0x1000..-3
: starts at -3, but it has 2|hex:0011@-3
EOF
}

@test "a range whose ends cross in this file" {
  assert_refusals <<'EOF'
: ends at 5, before it starts at 7: the file has 10|ten@-3..5
: ends at -8, before it starts at 4: the file has 10|ten@4..-8
: ends at -1K, before it starts at 0: the file has 10|ten@..-1K
EOF
  run -2 iovtool hexdump ten@8..-5
  [[ $output == 'iovtool hexdump: ten@8..-5: '* ]] || fail "$output"
}

@test "all is checked before anything is printed" {
  assert_refused 'ten@9+2: asked for 2 bytes at 9, but the file has 10' hex:00 zero:1M ten ten@9+2
  assert_refused 'nosuch: No such file or directory' ten zero:1M nosuch
}

@test "a vector of 2^63 bytes is too long" {
  assert_refused 'the vector is longer than 9223372036854775807 bytes' zero:9223372036854775807 hex:00
  assert_refused 'the vector is longer than 9223372036854775807 bytes' --zero-pad ten@0+9223372036854775807 hex:00
  assert_refused 'asked to skip 11 bytes, but the vector has 10' -s 11 ten
  assert_refused 'asked for 3 bytes at 8, but the vector has 10' -s 8 -n 3 ten
}

@test "files that cannot be opened or are none" {
  mkdir dir
  ln -s loop loop
  python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
  assert_refusals <<'EOF'
: No such file or directory|nosuch
nosuch: No such file or directory|nosuch@0+4
nosuch: No such file or directory|file:nosuch
: Not a directory|ten/eleven
: is a directory|dir
dir: is a directory|dir@0+4
: is a directory|/
: Too many levels of symbolic links|loop
: is a socket|socket
EOF
  assert_refused '-: is a directory' - <dir
}

@test "a file without permission" {
  : >secret
  chmod 0 secret
  # root may read it all the same, except without this capability
  without_override=()
  ((EUID != 0)) || without_override=(setpriv --bounding-set='-dac_override,-dac_read_search')
  assert_complaint 'iovtool hexdump: secret: Permission denied' "${without_override[@]}" iovtool hexdump secret
}

@test "descriptors that are not open, or not for reading" {
  assert_refused 'fd:77: the descriptor is not open' fd:77
  assert_refused 'fd:77: the descriptor is not open' ten fd:77@0+1
  assert_refused 'fd:7: the descriptor is not open for reading' fd:7 7>out
  assert_refused 'fd:7: the descriptor is not open for reading' fd:7 7>/dev/null
  assert_refused 'fd:1: the descriptor is not open for reading' fd:1
  assert_refused '-: the descriptor is not open for reading' - <&-
  assert_refused '-: the descriptor is not open for reading' - 0>out
}

@test "a name that also reads as a range" {
  printf abcdefgh >'disk'
  printf x >'disk@5'
  assert_refused "disk@5: a file has this whole name, and it also reads as a range of 'disk'; write file:disk@5@0 for the file or file:disk@5 for the range" disk@5
  assert_bytes 78 file:disk@5@0
  assert_bytes 666768 file:disk@5
  assert_bytes 78 disk@5@0
}

# ---- lists and dumps -----------------------------------------------------------------------------

# bats test_tags=valgrind
@test "an error in a list names the list and the line" {
  printf 'hex:00\n# comment\nhex:0x\n' >list
  assert_refused 'list:3: hex:0x: hex digit expected (column 7)
  hex:0x
        ^' -T list
  printf '\n\nten@4+9\n' >list
  assert_refused 'list:3: ten@4+9: asked for 9 bytes at 4, but the file has 10' hex:00 -T list
  printf 'hex:00\0nosuch\0' >list
  assert_refused 'list:2: nosuch: No such file or directory' -0 -T list
  printf 'hex:00\nnosuch' | assert_refused '-:2: nosuch: No such file or directory' -T -
  printf 'zero:4E\n%.0s' 1 2 >list
  assert_refused 'list:2: the vector is longer than 9223372036854775807 bytes' -T list
}

# Such as a list with NULs that is read without -0: its first file only would be dumped.
@test "a line of a list that holds a NUL names nothing" {
  printf 'ten\0hex:00\0' >list
  run -2 iovtool hexdump -T list
  [[ $output == 'iovtool hexdump: list:1: '* && $output == *NUL* ]] || fail "$output"
}

@test "an empty item between NULs is an empty segment" {
  printf 'hex:00\0\0hex:00\0' >list
  assert_refused "list:2: '': empty segment (column 1)
  
  ^" -0 -T list
}

@test "lists that cannot be read" {
  mkdir dir
  assert_refused 'nolist: No such file or directory' -T nolist
  assert_refused 'dir: Is a directory' -T dir
  assert_refused 'nolist: No such file or directory' ten -T nolist
  assert_refused '-: Bad file descriptor' -T - <&-
}

@test "standard input is only one thing" {
  echo hex:00 >list
  printf '%s\n' -@0+1 >stdin
  assert_refused '-: standard input was already read as a list or a dump' -T - - <list
  assert_refused 'fd:0@0+1: standard input was already read as a list or a dump' -T - fd:0@0+1 <list
  assert_refused 'standard input cannot be read twice, as a text and as a segment' - -T - <list
  assert_refused 'standard input cannot be read twice, as a text and as a segment' -T - -T - <list
  assert_refused '-:1: -@0+1: standard input was already read as a list or a dump' -T - <stdin
  assert_refused '-: standard input was already read as a list or a dump' dump:- - <<<'00'
  assert_refused 'standard input cannot be read twice, as a text and as a segment' -@0+0 dump:- <<<'00'
}

@test "dumps that cannot be read" {
  mkdir dir
  assert_refused 'nosuch: No such file or directory' dump:nosuch
  assert_refused 'dir: Is a directory' dump:dir
  printf '0011' >dump
  assert_refused 'dump:dump@1+2: asked for 2 bytes at 1, but it has 2' dump:dump@1+2
}

# A line is "LINE.COLUMN|WHAT|TEXT", the text with printf's escapes; "!" stands for "|".
@test "dumps that are misspelt: the line and the column" {
  while IFS='|' read -r place what text; do
    # shellcheck disable=SC2059
    printf "${text//!/|}" >dump
    assert_refused "dump 'dump', line ${place%.*}, column ${place#*.}: ${what//!/|}" dump:dump
  done <<'EOF'
1.3|expected a hex digit, found 'q'|00qq\n
2.4|expected the second hex digit of a byte, found 'x'|0011\n223x\n
1.4|expected the second hex digit of a byte, found the end of the line|001
1.11|expected a hex digit, found 'g'|00000000  gg  !.!\n
2.10|expected two blanks after the offset, found '0'|00000000  00  !.!\n00000001 00  !.!\n
1.15|expected 'A', the character of the digits 41, found 'B'|00000000: 41  B\n
1.16|expected 'B', the character of the digits 42, found 'C'|00000000  42  !C!\n
1.17|expected ! after the characters, found the end of the line|00000000  41  !A
1.18|expected the end of the line, found 'x'|00000000  41  !A!x
2.1|expected the offset 1, found 2: 1 byte is missing before it; iovtool patch takes rows with gaps|00000000  41  !A!\n00000002  42  !B!\n
2.1|expected the offset 1, found 2: 1 byte is missing before it; iovtool patch takes rows with gaps|00000000  41  !A!\n00000002\n
3.1|'*' without a row before it|0  41  !A!\n*\n*\n00000010  41  !A!
2.1|'*' without an offset after it|00000000  41  !A!\n*\n
3.1|expected an offset greater than 1, found 1|00000000  41  !A!\n*\n00000001\n
3.1|the dump has ended before this line|00000000  41  !A!\n00000001\n00000001  41  !A!\n
3.1|'*' stands for too much: 1073741825 bytes|00000000  41  !A!\n*\n40000002\n
2.9|expected a colon and a blank after the offset, found ' '|00000000: 41  A\n00000001 42  B\n
1.15|too few digits: 2 bytes, but 3 characters|00000000: 4142  ABC\n
1.15|too many digits: 2 bytes, but 1 character|00000000: 4142  A\n
1.20|expected ! after the characters, found the end of the line|00000000  41 42  !A
1.1|the offset has more than 64 bits|10000000000000000: 41  A\n
EOF
}
