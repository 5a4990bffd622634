#!/usr/bin/env bats
# Names of files may hold any byte. The file is found, and what reaches a terminal or a line-oriented
# reader obeys nothing of it.

load lib/common
load lib/hexdump

# Names that are trouble, each ended by NUL.
# shellcheck disable=SC1003,SC2016
trouble() {
  printf '%s\0' ' ' 'two  words' $'new\nline' $'\n' $'tab\ttab' $'\e[31mred\e[0m' $'bell\a' \
    $'caf\xc3\xa9' $'caf\xe9' $'\xff\xfe' $'\x80' $'overlong\xc0\x80' $'rtl\u202eexe' $'c1\u0085' \
    'back\slash' 'back\x41' 'end\' "quote'" 'quo"te' '$(id)' '*' '?' '[a]' '%s%n' '#' '# x' '-' '-x' \
    '--help' '--' '-@0+4' '..@' '@' '@@' 'a@b' 'a@' '@x' 'hex:00' 'str:x' 'file:' 'dump:x' 'zero:1' \
    'le32:1' 'fd:0' 'fill:00+1' 'HEX:00' 'a:b' ':' '0' '+1' 'a@5x' 'a@1..2..3' 'a@1+' $'a\x01@0x'
}

setup() {
  enter_scratch
  trouble >all
  mkdir files
  number=0
  while IFS= read -rd '' name; do
    number=$((number + 1))
    printf '%04d' "$number" >"files/$name"
  done <all
}

@test "file:NAME finds every file, and file:NAME@RANGE a part of it" {
  cd files
  words=()
  expected=
  number=0
  while IFS= read -rd '' name; do
    number=$((number + 1))
    words+=("file:$name@0" "file:$name@1+2")
    printf -v digits '3%s3%s3%s3%s' 0 0 $((number / 10)) $((number % 10))
    expected+=$digits${digits:2:4}
  done <../all
  assert_bytes "$expected" "${words[@]}"
  printf '%s\0' "${words[@]}" >../list
  assert_bytes "$expected" -0 -T ../list
}

@test "a path with a slash finds every file that does not look like a range" {
  number=0
  while IFS= read -rd '' name; do
    number=$((number + 1))
    [[ $name != -@0+4 ]] || continue
    actual=$(iovtool hexdump -f plain "files/$name")
    [[ $actual == "$(printf '%04d' "$number" | xxd -p)" ]] || fail "${name@Q}: $actual"
  done <all
}

@test "the name as it is finds every file but those that are words of the language" {
  cd files
  number=0
  while IFS= read -rd '' name; do
    number=$((number + 1))
    case $name in
      - | -@0+4 | *:*) continue ;;
    esac
    actual=$(iovtool hexdump -f plain -- "$name")
    [[ $actual == "$(printf '%04d' "$number" | xxd -p)" ]] || fail "${name@Q}: $actual"
  done <../all
}

@test "a message holds no byte of a name that a terminal could obey, and is one line of UTF-8" {
  mkdir messages
  count=0
  while IFS= read -rd '' name; do
    for word in "file:files/$name@9" "file:missing $name"; do
      status=0 count=$((count + 1))
      iovtool hexdump "$word" 2>"messages/$count" || status=$?
      ((status == 2)) || fail "${word@Q}: exit status $status"
    done
  done <all
  python3 - <<'EOF'
import os, unicodedata
names = os.listdir("messages")
assert len(names) > 50
for name in names:
    text = open(f"messages/{name}", "rb").read()
    line = text.decode()
    assert line.startswith("iovtool hexdump: "), text
    assert line.count("\n") == 1 and line.endswith("\n"), text
    assert not [c for c in line[:-1] if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Cn")], text
EOF
}

@test "every kind of message that shows a name shows it escaped" {
  name=$'e\e[31mvil\nname'
  shown='e\x1b[31mvil\nname'
  printf abc >"$name"
  : >"$name@1"
  mkdir "$name.d"
  assert_refused "$shown@4: starts at byte 4, but the file has 3" "$name@4"
  assert_refused "$shown.d: is a directory" "$name.d"
  assert_refused "$shown.e: No such file or directory" "$name.e"
  assert_refused "$shown.e: No such file or directory" -T "$name.e"
  assert_refused "$shown.e: No such file or directory" "dump:$name.e"
  assert_refused "dump '$shown', line 1, column 4: expected the second hex digit of a byte, found the end of the line" \
    "dump:$name"
  printf 'hex:x' >"$name"
  assert_refused "$shown:1: hex:x: not a hex digit: 'x' (column 5)
  hex:x
      ^" -T "$name"
}

@test "the two readings of an ambiguous name are shown escaped as well" {
  name=$'e\e[31mvil\nname'
  shown='e\x1b[31mvil\nname'
  printf abc >"$name"
  : >"$name@1"
  assert_refused "$shown@1: a file has this whole name, and it also reads as a range of '$shown'; write file:$shown@1@0 for the file or file:$shown@1 for the range" "$name@1"
}

@test "unknown options and commands are shown escaped as well" {
  for arguments in $'hexdump --e\e[31mvil' $'e\e[31mvil' $'hexdump -s \e[31m' $'hexdump -f \e[31m' $'--e\e[31mvil'; do
    # shellcheck disable=SC2086
    run -2 iovtool $arguments
    [[ $output != *$'\e'* ]] || fail "$(cat -v <<<"$output")"
  done
}

@test "--segments shows each name in one line, and none that a terminal obeys" {
  while IFS= read -rd '' name; do
    iovtool hexdump -f plain --segments "file:files/$name@0" >dump
    (($(wc -l <dump) == 2)) || fail "${name@Q}" "$(cat -v dump)"
    run ! grep -aP '[\x00-\x09\x0b-\x1f\x7f]' dump
  done <all
}

# What is printed for eyes may be shortened; but names that need no escape come back.
@test "--segments shows names that need no escape so that they are found again, in a list too" {
  cd files
  number=0
  while IFS= read -rd '' name; do
    number=$((number + 1))
    [[ $name != *[![:ascii:]]* && $name != *[[:cntrl:]]* && $name != *\\* ]] || continue
    word=$(iovtool hexdump -f plain --segments "file:$name@1+2" | sed -n 's/^# //p')
    actual=$(iovtool hexdump -f plain -- "$word")
    [[ $actual == "$(printf '%04d' "$number" | xxd -p -s 1 -l 2)" ]] || fail "${name@Q} became $word: $actual"
    actual=$(iovtool hexdump -f plain -T - <<<"$word")
    [[ $actual == "$(printf '%04d' "$number" | xxd -p -s 1 -l 2)" ]] || fail "${name@Q} in a list became $word: $actual"
  done <../all
}

@test "a name that also reads as a range is refused only while a file is called so" {
  cd files
  printf 0123456789 >log
  assert_bytes 35363738 log@5+4
  printf x >log@5+4
  run -2 iovtool hexdump log@5+4
  [[ $output == *'file:log@5+4@0'* ]] || fail "$output"
  assert_bytes 35363738 file:log@5+4
  assert_bytes 78 log@5+4@0
  rm log@5+4
  ln -s nowhere log@5+4 # even one that leads nowhere
  run -2 iovtool hexdump log@5+4
  [[ $output == *'a file has this whole name'* ]] || fail "$output"
  mkdir dir@1
  run -2 iovtool hexdump dir@1
  [[ $output == *'a file has this whole name'* ]] || fail "$output"
}

@test "an ambiguous name is refused in a list of any length" {
  printf 0123456789 >log
  for i in {1..200}; do
    echo "log@$((i % 10))+1"
  done >list
  echo log@7 >>list
  iovtool hexdump -T list >/dev/null
  : >log@7
  run -2 iovtool hexdump -T list
  [[ $output == 'iovtool hexdump: list:7: log@7: a file'* || $output == 'iovtool hexdump: list:201: log@7: a file'* ]] ||
    fail "$output"
}

@test "the longest names there can be" {
  long=$(printf 'x%.0s' {1..255})
  mkdir "$long"
  printf abc >"$long/$long"
  assert_bytes 62 "$long/$long@1+1"
  run -2 iovtool hexdump "${long}y"
  [[ $output == "iovtool hexdump: ${long}y: File name too long" ]] || fail "$output"
}
