#!/usr/bin/env bats
# --slice=K/N: commands that differ only in K do together what one does without it.

load lib/common
load lib/hexdump
load lib/compare
load lib/net
load lib/nbd

setup() {
  enter_scratch
  random_file a 10007 1
  random_file b 5000 2
  cat a b >both
}

# slices N ARGUMENT...: what `iovtool ARGUMENT...` prints for each slice, one behind the other.
slices() {
  local k
  for ((k = 1; k <= $1; k++)); do
    iovtool "${@:2}" "--slice=$k/$1" || return
  done
}

# assert_slices N ARGUMENT...: that is what it prints without slices.
assert_slices() {
  slices "$@" >sliced || fail "${*@Q}"
  local whole=("${@:2}")
  iovtool "${whole[@]/#--slice-align=*/--no-map}" >whole.answer || fail "${*@Q}"
  cmp sliced whole.answer || fail "${*@Q}"
}

# ---- What is shared --------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "the slices of a vector are all of its bytes, in order" {
  for n in 1 2 3 7; do
    assert_slices "$n" copy a b zero:100
    assert_slices "$n" copy -s 4999 -n 6001 a b
    assert_slices "$n" copy --slice-align=512 a b
    assert_slices "$n" discard --front=7 --back=9 a b
    slices "$n" info --list a b | iovtool copy -T - | cmp - both
  done
  assert_slices 5 copy hex:010203
  assert_slices 3 copy hex:
}

@test "a slice of a stream of known length is one" {
  for k in 1 2 3; do iovtool copy --slice=$k/3 -@5+3000 < <(cat a); done | cmp - <(iovtool copy a@5+3000)
}

@test "info prints where the slices lie, and writes a list for each" {
  assert_answer 0 $'1 10 2\n2 12 4\n3 16 5' info --slices=3 --slice-align=2 -s 10 -n 11 a
  assert_answer 0 '[{"slice":1,"offset":0,"length":0},{"slice":2,"offset":0,"length":1}]' \
    info --slices=2 --json str:x
  echo old >list.2
  iovtool info --slices=3 --list --output=list hex: a b zero:0 str:x
  assert_same_text <(head list.*) <(printf '%s\n' '==> list.1 <==' hex: a@0+5002 '' \
    '==> list.2 <==' a@5002+5003 '' '==> list.3 <==' a@10005+2 b@0+5000 zero:0 hex:78)
  iovtool info --slices=2 --list --output=nul -0 a b
  cat <(iovtool copy -0 -T nul.1) <(iovtool copy -0 -T nul.2) | cmp - both
}

@test "a worker opens only what its list names" {
  skip_unless_strace
  iovtool info --slices=2 --list --output=list a b
  strace -f -q -e trace=openat -o calls iovtool copy -T list.1 >part
  grep -q '"a"' calls
  run ! grep '"b"' calls
}

@test "bad slices are refused" {
  while IFS='|' read -r text arguments; do
    # shellcheck disable=SC2086 # words
    assert_complaint "iovtool $text" iovtool $arguments
  done <<'EOS'
copy: --slice: '0/4': the first part is 1|copy --slice=0/4 a
copy: --slice: '5/4': there are not so many parts|copy --slice=5/4 a
copy: --slice: '2': it is not K/N, as in 2/8|copy --slice=2 a
copy: --slice-align is about the parts of --slice|copy --slice-align=4 a
copy: --slice-align: at least 1|copy --slice=1/2 --slice-align=0 a
copy: --slice: the length of a stream is known only at its end|copy --slice=1/2 -
info: --slices: the length of a stream is known only at its end|info --slices=2 -
info: --slices: at least 1|info --slices=0 a
info: --slices: --list and --output=PREFIX need each other|info --slices=2 --list a
info: --slices: --list and --output=PREFIX need each other|info --slices=2 --output=x a
info: --slices excludes --slice, --total, --extents and --quiet|info --slices=2 --slice=1/2 a
info: --output is for --slices=N --list: what else is printed goes to standard output, > FILE|info --output=x a
discard: --in-place takes one whole file, and no part of it|discard --in-place --slice=1/2 a
hexdump: --no-end means nothing with --format=xxd|hexdump --no-end -f xxd a
EOS
  cp a list.2
  assert_complaint 'iovtool info: list.2: is a source as well' \
    iovtool info --slices=2 --list --output=list b list.2
  cmp a list.2
  [[ ! -e list.1 ]]
}

# ---- Destinations ----------------------------------------------------------------------------------

@test "destinations with ranges are cut as the vector is, in whatever order the slices are written" {
  for n in 1 2 5; do
    truncate -s 0 one two
    truncate -s 9000 one
    truncate -s 30 two
    for ((k = n; k >= 1; k--)); do
      iovtool copy a b -o one@100..8000 -o two@20 --slice="$k/$n" || fail "$k/$n"
    done
    iovtool compare one@100..8000 two@20 --with both || fail "of $n"
    iovtool is-zero one@0+100 one@8000 two@0+20
  done
  printf 0123456789 >ten
  seq 3 | xargs -P 3 -I {} iovtool copy str:abcdefgh -o ten@1+3 -o ten@4+5 --slice={}/3
  [[ $(<ten) == 0abcdefgh9 ]]
}

@test "destinations without room for all slices are refused by each" {
  truncate -s 100 small
  for k in 1 2; do
    assert_complaint 'iovtool copy: the destinations take 100 bytes, but the vector has 10007' \
      iovtool copy a -o small@0+100 --slice=$k/2
    iovtool copy a -o small@0+100 --slice=$k/2 --allow-short
  done
  iovtool compare small a@0+100
}

@test "a file that every slice would replace is refused; a new one for each is made" {
  refusal='each slice would replace the file; -o FILE@0 --extend writes inside of it, --no-clobber makes a new one for each'
  for output in out a2; do
    cp b a2
    assert_complaint "iovtool copy: $output: $refusal" iovtool copy a -o "$output" --slice=1/2
    assert_complaint "iovtool copy: $output: $refusal" iovtool copy a -o "$output" --slice=1/2 --atomic
    assert_complaint "iovtool clone: $output: $refusal" iovtool clone a -o "$output" --slice=1/2
    cmp b a2
  done
  [[ ! -e out ]]
  for k in 1 2; do
    iovtool copy a -o part.$k --slice=$k/2 --no-clobber
  done
  cat part.1 part.2 | cmp - a
  assert_complaint 'iovtool copy: fd:3: with --slice each of several destinations needs a range' \
    iovtool copy a -o a2@0+10 -o fd:3 --slice=1/2 3>three
}

@test "slices of segments on NBD servers, and of files" {
  local pattern
  pattern=$(iovtool hexdump -f plain a@9000+4)
  nbd_server kit nbdkit file a
  for n in 1 2 5; do
    assert_slices "$n" copy a "$uri@5+7000" str:abc "$uri"
    for ((k = 1; k <= n; k++)); do
      iovtool copy "--slice=$k/$n" b "$uri" --extend -o "joined$n@0"
    done
    cmp "joined$n" <(cat b a)
    assert_slices "$n" is-zero zero:5000 "$uri@0+0" zero:3000
    for ((k = 1; k <= n; k++)); do
      iovtool find "--slice=$k/$n" "hex:$pattern" "$uri" || (($? == 1))
    done >found
    assert_text found "$uri@9000+4"$'\n'
  done
  [[ $(iovtool info --slices=2 "$uri" b) == $'1 0 7503\n2 7503 7504' ]] || fail "$(iovtool info --slices=2 "$uri" b)"
}

@test "fill: a pattern goes on from slice to slice" {
  cp a filled
  cp a sliced
  iovtool fill --byte=112233 filled@100..9999 filled@0+50
  for k in 3 1 4 2; do
    iovtool fill --byte=112233 sliced@100..9999 sliced@0+50 --slice=$k/4
  done
  cmp filled sliced
}

# ---- Answers ---------------------------------------------------------------------------------------

@test "compare: the first difference is the least offset, the status the greatest" {
  cp both other
  printf '\1\2\3' | dd of=other bs=1 seek=9000 conv=notrunc status=none
  for n in 1 2 3 8; do
    worst=0
    : >answers
    for ((k = 1; k <= n; k++)); do
      status=0
      iovtool compare a b --with other --slice="$k/$n" >>answers || status=$?
      ((status <= worst)) || worst=$status
    done
    ((worst == 1))
    assert_same_text <(head -n 1 answers | cut -d: -f 1) <(echo 'differ at 0x2328 (9000)')
  done
  slices 7 compare both --with a b
}

@test "compare: sides of different lengths are cut at the same places" {
  assert_answer 0 '' compare both a --slice=1/2
  assert_answer 1 'A ends at 0x2717 (10007), B goes on; everything before is equal' compare a both --slice=2/2
  assert_answer 1 'A ends at 0x2717 (10007), B goes on; everything before is equal' compare a both --slice=5/5
  assert_answer 1 '12005 3002 only B' compare a both --slice=5/5 --list
  slices 3 compare a both --common
  slices 3 compare a zero:5000 --zero-pad --with a
}

@test "is-zero: the offset is that in the whole vector" {
  truncate -s 10000 zeros
  printf x | dd of=zeros bs=1 seek=7000 conv=notrunc status=none
  assert_answer 0 '' is-zero zeros --slice=2/3
  assert_answer 1 7000 is-zero zeros --slice=3/3
}

@test "find: a hit belongs to the slice it starts in, though it may end in the next" {
  printf 'abcabcabcabcabcabcab' >letters
  for n in 1 2 3 4 20 30; do
    for ((k = 1; k <= n; k++)); do
      iovtool find -B1 -A1 -e str:cabc -e str:b letters str:c --slice="$k/$n" --overlapping || (($? == 1))
    done | assert_same_text - <(iovtool find -B1 -A1 -e str:cabc -e str:b letters str:c --overlapping)
  done
  assert_answer 1 0 find --count str:abc letters --slice=2/20
}

@test "hexdump: slices that are cut between rows are one dump; squeezed, one that reads back" {
  iovtool copy a zero:70K b zero:100 zero:9K >mixed
  assert_slices 5 hexdump -v --no-end --slice-align=16 mixed
  assert_slices 3 hexdump -v --no-end --slice-align=16 --display-offset=4294967000 --offset-base=dec mixed
  for n in 1 2 5 300; do
    slices "$n" hexdump --no-end --slice-align=16 mixed >dump
    iovtool compare dump:dump mixed || fail "$n slices"
  done
}

@test "hexdump --no-end: rows repeated at the end are a * and the last of them" {
  for size in 0 1 16 17 32 33 48 1000 1M; do
    iovtool hexdump --no-end zero:$size >dump
    ! grep -E '^[0-9a-f]{8}$' dump || fail "$size"
    iovtool compare dump:dump zero:$size || fail "$size: $(<dump)"
  done
}
