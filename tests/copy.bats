#!/usr/bin/env bats
# iovtool copy: gather to standard output, scatter over destinations, replace, write inside, append.
#
# Standard input is a pipe in many tests: `cat FILE |` is meant.
# shellcheck disable=SC2002

load lib/common
load lib/copy

# make_inputs: small files, and `large`, which the kernel is asked to copy.
make_inputs() {
  printf 0123456789 >ten
  printf abcdef >six
  seq 40000 | head -c 200000 >large
}

# ---- gather --------------------------------------------------------------------------------------

gather() {
  make_inputs
  [[ $(copy ten) == 0123456789 ]]
  [[ $(copy ten@2+3 str:- six@-2 hex:21 ten@..1) == 234-ef!0 ]]
  [[ $(copy ten six -s 8 -n 4) == 89ab ]]
  [[ $(copy ten six -o -) == 0123456789abcdef ]]
  [[ $(copy ten -o fd:3 3>&1) == 0123456789 ]]
  [[ -z $(copy ten@3+0) ]]
  copy large@1+150000 six large@100K >actual
  cat <(tail -c +2 large | head -c 150000) six <(tail -c +102401 large) | cmp - actual
  copy large@1+150000 six large@100K | cmp - actual
}

# bats test_tags=valgrind
@test "gather to standard output: a pipe, a file" {
  both_ways gather
}

standard_input() {
  make_inputs
  [[ $(copy ten - six <ten) == 01234567890123456789abcdef ]]
  [[ $(cat ten | copy -@2+2 str:/ -@5) == 23/56789 ]]
  { copy -@0+4; printf /; copy -@0+4; } <ten >actual
  assert_file actual 0123/4567
  cat large | copy - | cmp - large
  copy - <large | cmp - large
  cat large | copy - -o new
  assert_same_file new large
}

@test "standard input, a file and a pipe" {
  both_ways standard_input
}

after_stream() {
  make_inputs
  cat six large >expected
  cat six | copy - large -o new
  assert_same_file new expected
  cat six | copy - large >new
  assert_same_file new expected
  cat six | copy - large | cmp - expected
  cat six <(head -c 100000 /dev/zero) >expected
  cat six | copy - zero:100000 -o zeros
  assert_same_file zeros expected
}

@test "large segments after a stream of unknown length" {
  both_ways after_stream
}

after_known_stream() {
  make_inputs
  cat six large >expected
  for words in '-@0+6 large' '-@0+6 zero:0 large' '-@0+6 -@6+0 large' '-@0+2 -@2+4 large'; do
    # shellcheck disable=SC2086
    copy $words -o new < <(cat six)
    assert_same_file new expected
    # shellcheck disable=SC2086
    copy $words < <(cat six) | cmp - expected
  done
  copy -@0+0 large -o new < <(cat six)
  assert_same_file new large
  copy large -@3+0 large -o new < <(cat six)
  cat large large | cmp - new
  copy -@0+6 zero:100000 -o new < <(cat six)
  cat six <(head -c 100000 /dev/zero) | cmp - new
}

@test "large segments after a stream of known length" {
  both_ways after_known_stream
}

after_slice() {
  make_inputs
  cat <(printf def) large >expected
  cat six | copy -s 3 - large -o new
  assert_same_file new expected
  tail -c +5 large >expected
  cat six | copy -s 10 - large -o new
  assert_same_file new expected
  cat six <(head -c 70000 large) >expected
  cat six | copy -n 70006 - large -o new
  assert_same_file new expected
  cat six | copy -s 10 large - -o new
  cat <(tail -c +11 large) six | cmp - new
}

@test "--skip and --length around a stream of unknown length" {
  both_ways after_slice
}

after_short_stream() {
  make_inputs
  cat six large >expected
  cat six | copy --allow-short -@0+10 large -o new
  assert_same_file new expected
  cat six | copy --allow-short -@0+100000 large -o new
  assert_same_file new expected
  cat six <(head -c 99994 /dev/zero) large >expected
  cat six | copy --zero-pad -@0+100000 large -o new
  assert_same_file new expected
  run --separate-stderr copy -@0+100000 large -o new < <(cat six)
  assert_error_line 2 -@0+100000
}

@test "large segments after a stream that ends early" {
  both_ways after_short_stream
}

known_within_limit() {
  make_inputs
  cat six | copy -n 3 ten - -o ten@0+3
  cat six | copy -s 8 -n 4 ten - -o ten@4+4
  assert_file ten 012389ab89
}

@test "--length makes a vector with a pipe fit" {
  both_ways known_within_limit
}

# ---- scatter -------------------------------------------------------------------------------------

several() {
  make_inputs
  copy ten six -o ten@8 -o unreached 2>err && fail 'a destination after one that takes all'
  assert_file ten 0123456789
  copy ten six -o six@4+2 -o ten@0+1 -o ten@9+1 -o new
  assert_file six abcd01
  assert_file ten 2123456783
  assert_file new 456789abcdef
  copy str:AB -o six@1+1 -o ten@5+5 # no more than there is
  assert_file six aAcd01
  assert_file ten 21234B6783
}

# bats test_tags=valgrind
@test "scatter over several destinations" {
  both_ways several
}

in_place() {
  make_inputs
  copy str:XY -o ten@3+2
  copy str:Z -o ten@..1
  copy str:W -o ten@-1
  copy str:V -o ten@5..-4
  assert_file ten Z12XYV678W
  copy six -o ten@8 # without an end: the file grows
  assert_file ten Z12XYV67abcdef
  copy large@..150000 -o large@10000..160000
  (($(stat -c %s large) == 200000))
  copy str:x -o large@5
  (($(stat -c %s large) == 200000))
}

@test "a range is written in place and never truncates" {
  both_ways in_place
}

whole() {
  make_inputs
  chmod 640 large
  copy six -o large
  assert_file large abcdef
  [[ $(stat -c %a large) == 640 ]]
  (umask 027 && copy ten -o new)
  assert_file new 0123456789
  [[ $(stat -c %a new) == 640 ]]
  copy hex: -o new
  assert_file new ''
  ln -s six link
  copy ten -o link
  assert_file six 0123456789
  [[ -L link ]]
}

@test "a whole file is replaced" {
  both_ways whole
}

patches() {
  make_inputs
  copy le32:0x34333231 be16:0x4142 -o ten@2+6
  assert_file ten 011234AB89
  printf 'hi!!' | xxd >dump
  copy dump:dump -o ten@6
  assert_file ten 011234hi!!
  copy str:a fill:2d+4 zero:2 -o ten@1+7
  assert_file ten '0a----\0\0!!'
  iovtool hexdump ten@0+4 >dump
  copy dump:dump -o dump
  assert_file dump '0a--'
}

@test "literals, dumps and integers patch a file" {
  both_ways patches
}

descriptors() {
  make_inputs
  copy str:ab -o fd:3 3>>ten
  copy str:cd -o fd:4@1+2 4<>ten
  { printf 1 && copy str:23 -o - && printf 4 && copy str:5 -o fd:1@1+1; } 1<>six
  assert_file ten 0cd3456789ab
  assert_file six 1234e5
  copy str:x -o fd:1@0+1 -o - 1<>six
  copy str:yz -o fd:1@3+1 -o - 1<>six
  assert_file six z23ye5
}

@test "inherited descriptors are written from where they stand" {
  both_ways descriptors
}

descriptors_refused() {
  make_inputs
  refused 2 'not open for writing' ten -o fd:3 3<six
  refused 2 'not open for writing' ten -o fd:77
  refused 2 'a range needs a file' ten -o fd:3@0+4 3> >(cat)
  refused 2 'cannot be written to' ten -o hex:00
  refused 2 'cannot be written to' ten -o zero:10
  refused 2 'cannot be written to' ten -o dump:six
}

@test "descriptors and sources that cannot be written" {
  both_ways descriptors_refused
}

fifo() {
  make_inputs
  mkfifo pipe
  cat pipe >actual &
  copy ten large six -o pipe
  wait "$!"
  cat ten large six | cmp - actual
}

@test "a FIFO" {
  both_ways fifo
}

# ---- refusals: nothing is touched ----------------------------------------------------------------

too_small() {
  make_inputs
  refused 2 'the destinations take 4 bytes, but the vector has 6' six -o ten@2+4
  refused 2 'the destinations take 5 bytes, but the vector has 10' ten -o six@..3 -o six@4+2
  refused 2 'but the file has 10' six -o ten@8+6
  refused 2 'but the file has 10' six -o ten@11
  refused 2 'but the file has 10' str:a -o six@0+1 -o ten@-11+1
  refused 2 'No such file' ten -o missing@0+4
  refused 2 'No such file' ten -o missing/new
  refused 2 directory ten -o .
  refused 2 ten@4+7 ten@4+7 -o new
  refused 2 missing missing -o new
}

@test "destinations too small or not there" {
  both_ways too_small
}

short() {
  make_inputs
  copy --allow-short six -o ten@2+4
  assert_file ten 01abcd6789
  copy --allow-short six -o ten@8+6
  assert_file ten 01abcd67ab
  cat six | copy --allow-short - -o ten@..2
  assert_file ten ababcd67ab
  copy --allow-short large -o six@1+2 -o ten@9+1
  (($(stat -c %s six) == 6))
}

@test "--allow-short takes what fits" {
  both_ways short
}

never_elsewhere() {
  make_inputs
  copy --allow-short str:XY -o ten@100 || true
  [[ $(head -c 10 ten) == 0123456789 ]]
  (($(stat -c %s ten) == 10 || $(stat -c %s ten) == 102)) || fail "$(xxd ten)"
  printf 0123456789 >ten
  copy --allow-short str:XY -o ten@-20 || true
  assert_file ten 0123456789
}

@test "--allow-short writes nothing at another offset than was asked" {
  both_ways never_elsewhere
}

@test "--allow-short does not wait for what will not fit" {
  make_inputs
  mkfifo pipe
  iovtool copy --allow-short - -o ten@0+4 <pipe &
  local job=$!
  exec 9>pipe
  printf abcd >&9
  for _ in {1..30}; do
    kill -0 "$job" 2>/dev/null || break
    sleep 0.1
  done
  ! kill -0 "$job" 2>/dev/null || fail 'it waits'
  exec 9>&-
  wait "$job"
  assert_file ten abcd456789
}

bounded_stream() {
  make_inputs
  cat six | copy - -o ten@0+6
  assert_file ten abcdef6789
  run --separate-stderr copy - -o ten@4+5 < <(cat six)
  assert_error_line 2 'the destinations take 5 bytes, but there are more'
  (($(stat -c %s ten) == 10))
  cat large | copy - -o ten@0+1 -o six@0+3 2>err && fail 'too much was taken'
  grep 'the destinations take 4 bytes, but there are more' err
}

@test "a stream into destinations that have an end" {
  both_ways bounded_stream
}

destroyed() {
  make_inputs
  ln ten hard
  ln -s ten soft
  for name in ten ./ten hard soft; do
    refused 2 "$name: is a source as well" ten -o "$name"
    refused 2 "$name: is a source as well" str:x ten@4+0 -o "$name"
    refused 2 "$name: is a source as well" ten --append -o "$name"
  done
  refused 2 'fd:3: is ten, a source as well; -o ten@RANGE writes inside of it' ten -o fd:3 3<>ten
  refused 2 'fd:3: is ten, a source as well; -o ten@10 writes behind its end' ten -o fd:3 3>>ten
  refused 2 'ten: is a source as well; -o ten@10 writes behind its end' ten --append -o ten
  refused 2 'ten: is a source as well' - -o ten <ten
  refused 2 'ten: is a source as well' fd:3@1+2 -o ten 3<ten
  refused 2 'ten' str:abcdefgh -o ten@0+4 -o ten
  refused 2 'hard' str:abcdefgh -o ten@0+4 -o hard
}

@test "a file that is replaced cannot be a source, nor a destination of ranges" {
  both_ways destroyed
}

# ---- options -------------------------------------------------------------------------------------

append() {
  make_inputs
  copy six --append -o ten
  copy ten@0+1 --append -o new
  copy zero:2 large@..100000 --append -o new
  assert_file ten 0123456789abcdef
  cat <(printf '0\0\0') <(head -c 100000 large) | cmp - new
  copy large zero:70000 large --append -o new
  (($(stat -c %s new) == 100003 + 470000))
  tail -c 200000 new | cmp - large
  refused 2 'take whole files' six --append -o ten@3
  refused 2 'exclude each other' six --append --atomic -o ten
}

@test "--append" {
  both_ways append
}

no_clobber() {
  make_inputs
  refused 2 'ten: File exists' six --no-clobber -o ten
  refused 2 'ten: File exists' six --no-clobber --atomic -o ten
  ln -s nowhere dangling
  refused 2 'dangling: File exists' six --no-clobber -o dangling
  copy six --no-clobber -o new
  copy six --no-clobber --atomic -o new2
  assert_file new abcdef
  assert_file new2 abcdef
}

@test "--no-clobber" {
  both_ways no_clobber
}

atomic() {
  make_inputs
  chmod 600 ten
  ln ten old
  ln -s ten link
  copy ten@5 six ten@..2 --atomic -o link # a source as well
  assert_file ten 56789abcdef01
  assert_file old 0123456789
  [[ -L link && $(stat -c %a ten) == 600 ]]
  copy large --atomic -o new
  assert_same_file new large
  refused 2 six six@4+4 --atomic -o new
  refused 2 'take whole files' six --atomic -o new@0+6
  refused 2 /dev/null six --atomic -o /dev/null
  no_leftovers six ten old link large new
}

@test "--atomic: the old file or the new one" {
  both_ways atomic
}

whole_files_only() {
  make_inputs
  for option in --atomic --append --no-clobber; do
    refused 2 "$option" six "$option" -o fd:3 3>>ten
    refused 2 "$option" six "$option"
  done
}

@test "--atomic, --append and --no-clobber do not promise what they cannot do" {
  both_ways whole_files_only
}

fsync_calls() {
  local plain=()
  [[ $way == offload ]] || plain=(--no-offload)
  make_inputs
  strace -f -y -e trace=fsync,fdatasync -o calls iovtool copy "${plain[@]}" six --fsync -o ten
  grep -q 'sync(.*/ten>' calls
  strace -f -e trace=fsync,rename,renameat,renameat2 -o calls iovtool copy "${plain[@]}" six --atomic -o ten
  [[ $(grep -o '[a-z]*[0-9]*(' calls | sed 's,2(,(,' | tr '\n' ' ') == 'fsync( renameat( fsync( ' ]] || fail "$(<calls)"
  copy six --fsync | cat >/dev/null
  copy six --fsync -o /dev/null
}

# bats test_tags=plain
@test "--fsync; --atomic syncs the file before its name and the folder after" {
  skip_unless_strace
  both_ways fsync_calls
}

sparse() {
  truncate -s 1M holes
  printf x >>holes
  has_holes holes || skip 'no holes in files of this file system'
  cat holes >zeros
  for choice in '' --sparse=auto --sparse=always; do
    copy holes ${choice:+"$choice"} -o new
    assert_same_file new holes
    has_holes new || fail "copy ${choice}: no holes"
  done
  copy zeros -o new
  assert_same_file new zeros
  ! has_holes new || fail 'holes where there was data'
  copy zeros --sparse=always -o new
  assert_same_file new zeros
  has_holes new || fail 'no holes: --sparse=always'
  cat zeros | copy - --sparse=always -o new
  has_holes new || fail 'no holes: --sparse=always of a pipe'
  copy zero:1M str:x -o new
  assert_same_file new zeros
  has_holes new || fail 'no holes: zero:1M'
  for source in holes zeros zero:1M; do
    copy "$source" --sparse=never -o new
    ! has_holes new || fail "holes: --sparse=never of $source"
  done
  copy str:x zero:1M -o new # at the end
  (($(stat -c %s new) == 1048577))
}

# bats test_tags=willing
@test "--sparse" {
  both_ways sparse
}

sparse_in_place() {
  seq 60000 | head -c 300000 >target
  cp target expected
  truncate -s 100000 holes
  copy holes -o target@50000+100000
  head -c 100000 /dev/zero | dd of=expected bs=50000 seek=1 conv=notrunc status=none
  assert_same_file target expected
  copy str:x zero:100000 str:y -o target@150001+100002 --sparse=always
  { printf x; head -c 100000 /dev/zero; printf y; } |
    dd of=expected bs=64K oflag=seek_bytes seek=150001 conv=notrunc status=none
  assert_same_file target expected
}

@test "holes and zeros in place are zeros afterwards" {
  both_ways sparse_in_place
}

# ---- words ---------------------------------------------------------------------------------------

@test "raw bytes are not written to a terminal, unless by -o -" {
  script -qec 'true' /dev/null </dev/null >/dev/null || skip 'the kernel gives no pseudo-terminal'
  run -2 script -qec "$IOVTOOL copy str:secret" /dev/null </dev/null
  [[ $output == *'standard output is a terminal'* && $output != *secret* ]]
  run -0 script -qec "$IOVTOOL copy str:secret -o -" /dev/null </dev/null
  [[ $output == secret* ]]
  run -0 script -qec "$IOVTOOL copy str:secret -o new" /dev/null </dev/null
  assert_file new secret
  # A plan is words.
  run -0 script -qec "$IOVTOOL copy str:secret --explain" /dev/null </dev/null
  [[ $output == write* ]]
}

# explained TEXT ARGUMENT...: this is the plan, and nothing happens.
explained() {
  local expected=$1 before plan
  shift
  before=$(folder_state)
  plan=$(iovtool copy "$@" --explain)
  [[ $plan == "$expected" ]] || fail "copy ${*@Q}" '--- expected' "$expected" '--- actual' "$plan"
  [[ $(folder_state) == "$before" ]] || fail "copy ${*@Q} --explain touched something"
}

@test "--explain prints the plan and touches nothing" {
  make_inputs
  head -c 131072 large >even
  explained 'write  10 bytes from segment 0+0 (ten@0+10) to new at 0' ten -o new
  explained 'copy   99999 bytes from segment 0+0 (large@1+99999) to new at 0' large@1+99999 -o new
  explained 'clone  131072 bytes from segment 0+0 (even@0+131072) to new at 0' even -o new
  explained 'write  131072 bytes from segment 0+0 (even@0+131072) to new at 0' even --no-offload -o new
  explained 'move   10 bytes from segment 0+0 (ten@0+10) to ten@5 at 5' ten -o ten@5
  explained 'keep   4 bytes from segment 0+0 (ten@0+4) aside
keep   4 bytes from segment 1+0 (ten@4+4) aside
write  8 bytes from segment 0+0 (ten@0+4) to ten@1+9 at 1' ten@0+4 ten@4+4 -o ten@1+9
  explained 'zero   1048576 bytes from segment 0+0 (zero:1048576) to new at 0' zero:1M -o new
  explained 'write  1048576 bytes from segment 0+0 (zero:1048576) to new at 0' \
    zero:1M --sparse=never -o new
  explained 'write  2 bytes from segment 0+0 (ten@0+10) to six@4+2 at 4
write  8 bytes from segment 0+2 (ten@0+10) to new at 0' ten -o six@4+2 -o new
  explained 'write  10 bytes from segment 0+0 (ten@0+10) to ten at 0' ten --atomic -o ten
  mkfifo fifo
  explained 'write  131072 bytes from segment 0+0 (even@0+131072) to fifo' even -o fifo
  explained 'splice 131072 bytes from segment 0+0 (even@0+131072) to fifo' even --offload=splice -o fifo
  explained 'write  6 bytes from segment 0+0 (six@0+6) to ten' six --append -o ten
}

@test "--explain does not wait for the reader of a FIFO" {
  mkfifo pipe
  run -0 timeout 5 iovtool copy str:abc -o pipe --explain
  assert_output 'write  3 bytes from segment 0+0 (hex:616263) to pipe'
}

@test "--progress: bytes, percentage and rate on standard error" {
  make_inputs
  iovtool copy large --progress -o new 2>err
  [[ $(tail -n 1 err) =~ ^'200000 bytes of 200000 (100 %), '.*/s$ ]] || fail "$(cat -v err)"
  for choice in auto never; do
    iovtool copy large --progress="$choice" -o new 2>err
    [[ ! -s err ]] || fail "--progress=$choice: $(cat -v err)"
  done
  cat large | iovtool copy - --progress=always -o new 2>err
  grep -E '^200000 bytes, .*/s$' err || fail "$(cat -v err)"
  run --separate-stderr iovtool copy large --progress=sometimes
  assert_error_line 2 sometimes
}

@test "--progress: the time left, while bytes come slowly" {
  truncate -s 4M slow
  mkfifo pipe
  iovtool copy slow --progress -o pipe 2>err &
  { head -c 1000000; sleep 1.2; cat; } <pipe >/dev/null
  wait "$!"
  grep -E '^[0-9]+ bytes of 4194304 \([0-9]+ %\), .*/s, [0-9]+:[0-9][0-9] left$' err ||
    fail "$(cat -v err)"
}

@test "--progress elsewhere than on a terminal: lines, no control characters, the last one once" {
  make_inputs
  for run in 'copy six' 'copy large' 'copy large large' 'fill --byte=00 large' 'discard -b1 large'; do
    # shellcheck disable=SC2086 # several words
    iovtool $run --progress=always -o new 2>err || iovtool $run --progress=always 2>err
    LC_ALL=C grep -n '[^ -~]' err && fail "$run: $(cat -v err)"
    [[ $(tail -c 1 err) == '' && -s err ]] || fail "$run: $(cat -v err)"
    (($(cut -d ' ' -f 1 err | sort | uniq -d | wc -l) == 0)) || fail "$run: a line twice" "$(<err)"
    (($(grep -c '(100 %)' err) == 1)) || fail "$run: $(<err)"
  done
}

@test "--progress on a terminal: one line that is written over and over" {
  make_inputs
  script -qec 'iovtool copy large --progress=always -o new' /dev/null </dev/null >shown
  grep -q $'\r\e\\[K200000 bytes of 200000 (100 %), .*/s\r$' shown || fail "$(cat -v shown)"
}

@test "SIGUSR1 asks for one line, also while it waits" {
  mkfifo pipe
  iovtool copy - -o new <pipe 2>err &
  local job=$!
  exec 9>pipe
  printf abc >&9
  for _ in {1..50}; do [[ -s new ]] && break; sleep 0.1; done
  kill -USR1 "$job"
  for _ in {1..20}; do [[ -s err ]] && break; sleep 0.1; done
  exec 9>&-
  wait "$job"
  grep -E '^3 bytes, .*/s$' err || fail "$(cat -v err)"
  (($(wc -l <err) == 1))
}

@test "usage" {
  run --separate-stderr iovtool copy
  assert_error_line 2 'no segment given; - is standard input'
  run --separate-stderr iovtool copy hex:00 -o ''
  [[ $status == 2 && $stderr == iovtool* ]]
  run --separate-stderr iovtool copy hex:00 --sparse=maybe
  assert_error_line 2 maybe
  printf x >a@1
  printf x >a
  run --separate-stderr iovtool copy hex:00 -o a@1
  assert_error_line 2 file:
  iovtool copy str:y -o file:a@1
  assert_file a@1 x
  assert_file a xy
}
