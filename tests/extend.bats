#!/usr/bin/env bats
# --extend: ranges of files that are missing or too short, of copy, discard, fill and recv.

load lib/common
load lib/hexdump
load lib/net

setup() {
  enter_scratch
  random_file a 10007 1
}

# assert_file NAME SEGMENT...: it holds exactly what the segments name.
assert_file() {
  iovtool compare "$1" --with "${@:2}" || fail "$1 is not ${*:2}"
}

# bats test_tags=valgrind
@test "a missing file is made, and holes lie before and between" {
  iovtool copy a@0+100 -o new@5000 --extend
  assert_file new zero:5000 a@0+100
  iovtool copy a@0+7 -o new@1000000+7 --extend
  assert_file new zero:5000 a@0+100 zero:994900 a@0+7
  (($(stat -c %b new) * 512 < 200000))
  iovtool copy zero:100 -o ends@10..200 --extend
  assert_file ends zero:110
  iovtool discard --front=10000 a -o rest@3..10 --extend
  assert_file rest zero:3 a@10000
}

@test "what is there stays, and no file becomes shorter" {
  skip_unless_strace
  cp a old
  iovtool copy str:xy -o old@3+2 --extend
  iovtool copy str:z -o old@-1 --extend
  assert_file old a@0+3 str:xy a@5..-1 str:z
  iovtool copy str:12345 -o old@10005+5 --extend
  assert_file old a@0+3 str:xy a@5..10005 str:12345
  strace -f -q -e trace=ftruncate,truncate -o calls iovtool copy a -o old@0 --extend
  run ! grep -q truncate calls
  assert_file old a@0..10007 str:345
}

@test "a stream is split into new files" {
  for source in '- <a' '- < <(cat a)' a; do
    rm -f part.*
    eval "iovtool copy -o part.1@0+4000 -o part.2@0+4000 -o part.3 --extend $source"
    [[ $(stat -c %s part.1 part.2 part.3 | xargs) == '4000 4000 2007' ]]
    cat part.* | cmp - a
  done
  iovtool copy a -o both@2000+10007 -o both@0+1000 --extend
  assert_file both zero:2000 a
}

@test "recv makes files, and lets them grow" {
  iovtool recv --listen --ready-fd=3 unix:sock -o first@4+1000 -o second@8 --extend 3>ready &
  receiver=$!
  iovtool send --retry=100 --retry-delay=50ms unix:sock a
  wait "$receiver"
  assert_file first zero:4 a@0+1000
  assert_file second zero:8 a@1000
}

@test "fill makes files, and lets them grow" {
  cp a old
  printf 'new@100+50\nold@10000+20\n' >ranges
  iovtool fill --byte=1122 --extend -T ranges new@0+3
  assert_file new fill:1122+3 zero:97 fill:1122+50
  assert_file old a@0+10000 fill:1122+20
  iovtool fill --byte=00 --extend new@1000+24
  assert_file new fill:1122+3 zero:97 fill:1122+50 zero:874
  iovtool fill --byte=11 --extend --explain none@3+4 >plan
  grep -q 'to none at 3' plan
  [[ ! -e none ]]
}

@test "processes that extend one file at once do not disturb each other" {
  for round in 1 2 3; do
    rm -f image
    seq 24 | xargs -P 8 -I {} iovtool copy a zero:100K a zero:3 --slice={}/24 -o image@17 --extend
    assert_file image zero:17 a zero:100K a zero:3
    seq 24 | xargs -P 8 -I {} iovtool fill --byte=abcd --slice={}/24 --extend "filled.$round@50+70000"
    assert_file "filled.$round" zero:50 fill:abcd+70000
  done
}

@test "what is refused changes nothing, and a refusal names the option" {
  cp a old
  while IFS='|' read -r text arguments; do
    # shellcheck disable=SC2086 # words
    assert_complaint "iovtool $text" iovtool $arguments
    [[ ! -e new ]] || fail "$arguments made new"
    cmp old a
  done <<'EOS'
copy: new@5: No such file or directory; --extend makes it|copy a -o new@5
copy: old@20000: starts at byte 20000, but the file has 10007; --extend lets it grow|copy a -o old@20000
copy: old@10000+50: asked for 50 bytes at 10000, but the file has 10007; --extend lets it grow|copy str:x -o old@10000+50
copy: old@-20000: starts at -20000, but the file has 10007|copy a -o old@-20000
copy: new@-4: a file that is made has no end to count from|copy a -o new@-4 --extend
copy: --extend is about destinations with a range, FILE@START|copy a -o new --extend
copy: the destinations take 20 bytes, but the vector has 10007|copy a -o new@0+20 --extend
copy: none/new@4: No such file or directory|copy a -o none/new@4 --extend
copy: a@1@5: No such file or directory; --extend makes it|copy a -o a@1@5
fill: new: No such file or directory; --extend makes it|fill --byte=00 new@0+4
fill: old@10000+50: asked for 50 bytes at 10000, but the file has 10007; --extend lets it grow|fill --byte=00 old@10000+50
fill: new: a file that is made needs a range with a START and an end|fill --byte=00 --extend new
fill: new@3: a file that is made needs a range with a START and an end|fill --byte=00 --extend new@3
fill: new@-3: a file that is made needs a range with a START and an end|fill --byte=00 --extend new@-3
fill: none/new: No such file or directory|fill --byte=00 --extend new@0+4 none/new@0+4
EOS
}
