#!/usr/bin/env bats
# `iovtool discard`: what remains of a vector. In place: discard-in-place.bats.

load lib/common
load lib/copy
load lib/discard

setup() {
  enter_folder
  printf '0123456789' >ten
  printf 'abcdef' >six
}

# bats test_tags=valgrind
@test "--front and --back of a file" {
  remains 0123456789 ten
  remains 3456789 --front=3 ten
  remains 012345 --back=4 ten
  remains 345 --front=3 --back=4 ten
  remains 345 -f3 -b 4 ten
  remains 5 --front=0x5 --back=4B ten
  remains '' --front=10 ten
  remains '' --back=10 ten
  remains '' --front=4 --back=6 ten
  remains 0123456789 --front=0 --back=0 ten
  remains '' --front=0 --back=0 /dev/null
  remains 45 --front=2 --back=2 ten@2+6
  remains 45 --no-map --front=2 --back=2 ten@2+6
}

# bats test_tags=valgrind
@test "several segments: whole ones go, the ones at the edges are cut" {
  remains 89ab --front=8 --back=4 ten six
  remains ef --front=14 ten six
  remains 01 --back=14 ten six
  remains cd --front=12 --back=2 ten six
  remains 23ab --front=2 --back=2 ten@..4 zero:0 six@..2 hex: hex:4142
  remains 9a --front=9 --back=5 ten hex: six
  remains '' --front=9 --back=7 ten six
}

@test "literals and fills: a pattern is cut at any byte" {
  remains ello --front=1 str:hello
  remains 'hel' --back=2 str:hello
  remains '\x02' --front=1 --back=1 hex:010203
  remains bcabca --front=1 --back=2 fill:616263+9
  remains 'cabX' --front=5 --back=2 fill:616263+8 str:XYZ
  remains '\x03\x02' --front=1 --back=1 le32:0x01020304
  remains xx --front=1T --back=1P fill:78+1T fill:78+2 fill:79+1P
}

@test "every front and back of 20 bytes in 3 segments: bytes, and the list" {
  printf '%s' 0123456789abcdefghij >twenty
  python3 - <<'EOS'
import subprocess

data = b"0123456789abcdefghij"
words = ["twenty@..7", "fill:" + data[7:12].hex() + "+5", "twenty@12"]
for front in range(22):
    for back in range(22 - front):
        for options in ([], ["--list"]):
            command = ["iovtool", "discard", *options, f"--front={front}", f"--back={back}", *words]
            run = subprocess.run(command, capture_output=True)
            if front + back > 20:
                expected = (2, b"", b"iovtool discard: asked to discard %d + %d bytes, but the "
                                    b"vector has 20\n" % (front, back))
            elif not options:
                expected = (0, data[front:20 - back], b"")
            else:
                end = 20 - back
                lines = []
                for kind, start, stop in (("file", 0, 7), ("fill", 7, 12), ("file", 12, 20)):
                    first, last = max(front, start), min(end, stop)
                    if first >= last:
                        continue
                    if kind == "file":
                        lines.append(b"twenty@%d+%d\n" % (first, last - first))
                    else:
                        turned = (data[7:12] * 2)[first - 7:first - 2].hex().encode()
                        lines.append(b"fill:%s+%d\n" % (turned, last - first))
                expected = (0, b"".join(lines), b"")
            actual = (run.returncode, run.stdout, run.stderr)
            assert actual == expected, f"{command}\n--- expected\n{expected}\n--- actual\n{actual}"
EOS
}

@test "sizes around pages and buffers, against tail and head" {
  random_file noise 300001 21
  for size in 1 4095 4096 4097 65536 262144 299999; do
    iovtool discard --front="$size" noise | cmp - <(tail -c +"$((size + 1))" noise) || fail "front $size"
    iovtool discard --back="$size" noise | cmp - <(head -c -"$size" noise) || fail "back $size"
    iovtool discard --front="$size" - < <(cat noise) | cmp - <(tail -c +"$((size + 1))" noise) || fail "front $size"
    iovtool discard --back="$size" - < <(cat noise) | cmp - <(head -c -"$size" noise) || fail "back $size"
  done
}

# bats test_tags=valgrind
@test "--skip and --length come before" {
  remains 456 -s 2 -n 6 --front=2 --back=1 ten
  remains 456 -s 2 -n 6 --front=2 --back=1 ten@..5 ten@5
  untouched complains 'asked to discard 4 + 3 bytes, but the vector has 6' -s 2 -n 6 -f4 -b3 ten
}

@test "--skip and --length come before: of a stream" {
  remains 456789 -s 2 --front=2 - < <(cat ten)
  remains 4567 -s 2 --front=2 --back=2 - < <(cat ten)
  remains 234567 -n 8 --front=2 - < <(cat ten)
  remains 01234 -n 8 --back=3 - < <(cat ten)
  remains 0123401 -n 10 --back=3 ten@..5 - < <(cat ten)
}

@test "-T: segments from a list" {
  printf 'ten@2+5\n# no segment\nhex:4142\n' >list
  remains 3456A --front=1 --back=1 -T list
  printf 'ten@2+5\0hex:4142\0' >list0
  remains 3456A --front=1 --back=1 -0 -T list0
  remains 56ABab --front=3 --back=4 -T list six
}

# ---- Fewer bytes than asked ----------------------------------------------------------------------

@test "fewer bytes than asked: refused, and nothing is written" {
  text='asked to discard'
  untouched complains "$text 11 + 0 bytes, but the vector has 10" --front=11 ten
  untouched complains "$text 0 + 11 bytes, but the vector has 10" --back=11 ten
  untouched complains "$text 5 + 6 bytes, but the vector has 10" --front=5 --back=6 ten
  untouched complains "$text 1 + 0 bytes, but the vector has 0" --front=1 hex:
  untouched complains "$text 5 + 6 bytes, but the vector has 10" -l --front=5 --back=6 ten
  most=9223372036854775807
  untouched complains "$text $most + $most bytes, but the vector has 10" -f $most -b $most ten
  for way in -- --atomic --append; do
    untouched complains "$text 5 + 6 bytes, but the vector has 10" -f5 -b6 ten -o new "$way"
    untouched complains "$text 5 + 6 bytes, but the vector has 10" -f5 -b6 ten -o six "$way"
  done
  untouched complains "$text 5 + 6 bytes, but the vector has 10" -f5 -b6 ten -o six@1
}

@test "--allow-short: as much as there is; the front first" {
  remains '' --allow-short --front=11 ten
  remains '' --allow-short --back=11 ten
  remains '' --allow-short --front=5 --back=6 ten
  remains '' --allow-short --front=1 hex:
  remains 45 --allow-short --front=4 --back=4 ten
  remains 7 --allow-short --front=2 --back=2 ten@5+10
  remains '' --allow-short -l --front=11 ten
  remains '' --allow-short -f 9223372036854775807 -b 9223372036854775807 ten six
}

@test "a range past the end: an error, unless --allow-short or --zero-pad" {
  untouched complains 'ten@5+10: asked for 10 bytes at 5, but the file has 10' -f1 ten@5+10
  remains '678' --allow-short -f1 -b1 ten@5+10
  remains '6789\0\0\0\0' --zero-pad -f1 -b1 ten@5+10
  untouched complains 'asked to discard 11 + 0 bytes, but the vector has 10' --zero-pad -f11 ten
}

# ---- The list ------------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "--list: prints the segments that remain" {
  remains 'ten@2+5\n' --list --front=2 --back=3 ten
  remains 'ten@3+4\nhex:0102\nfill:abcdef+6\n' -l -f1 -b1 ten@2+5 hex:0102 fill:abcdef+7
  remains 'fill:cdefab+5\nzero:3\n' -l -f1 -b 1T fill:abcdef+6 zero:1T zero:3
  remains 'hex:6c6c6f\n' -l --front=2 str:hello
  remains 'ten@0+10\0six@0+5\0' -0 -l -b1 ten six
  remains '' -l --back=10 ten
  remains '' -l --front=10 ten
}

@test "--list: a stream" {
  remains '-@0..-4\n' -l --back=4 - < <(cat ten)
  remains 'ten@2+8\n-@0+4\n' -l --front=2 --back=2 ten -@0+6 < <(cat six)
  remains '-@3+5\n' -l -f1 -b1 -@2+7 < <(cat ten)
  remains '-@0\nten@0+9\n' -l --back=1 - ten < <(cat six)
  remains '-@0..-5\n' -l --back=3 -@..-2 < <(cat ten)
  remains '-@2+8\n' -l --front=2 - <ten
  untouched complains 'where this slice starts or ends is known only when a stream ends' \
    -l --front=2 - < <(cat ten)
}

@test "--list parses back to what remains" {
  random_file noise 3000 22
  words=(noise@100+700 str:text fill:010203+500 hex: noise@-900 ten zero:77)
  for amounts in '0 0' '1 1' '700 77' '703 200' '1000 1100' '2000 100' '2191 0' '0 2191'; do
    read -r front back <<<"$amounts"
    iovtool discard -f "$front" -b "$back" "${words[@]}" -o bytes
    iovtool discard -l -f "$front" -b "$back" "${words[@]}" >list
    iovtool compare bytes --with -T list || fail "$amounts" "$(<list)"
    iovtool discard -l -0 -f "$front" -b "$back" "${words[@]}" >list
    iovtool compare -0 bytes --with -T list || fail "$amounts" "$(tr '\0' '\n' <list)"
  done
}

@test "--list parses back whatever the names" {
  names=(' lead' 'trail ' $'\ttab' '#comment' -dash fd:0 hex:00 a@3 a@-3..-1 $'\xff\xfe' $'\e[31m' $'cr\r' '"' "'" \\ '*'
    str:x file:x @ @0 é)
  cp ten a
  words=()
  for name in "${names[@]}"; do
    cp ten "./$name"
    words+=("file:$name@0")
  done
  iovtool discard -f1 -b1 "${words[@]}" -o bytes
  iovtool discard -l -f1 -b1 "${words[@]}" >list
  [[ $(wc -l <list) == "${#names[@]}" ]] || fail "$(<list)"
  iovtool compare bytes --with -T list
  iovtool discard -0 -l -f1 -b1 "${words[@]}" >list
  iovtool compare -0 bytes --with -T list
}

@test "--list: a name with a line end needs --null" {
  cp ten $'new\nline'
  untouched complains 'segment 1: its name holds a line end: use --null' -l -b1 ten $'new\nline'
  remains 'new\nline@0+9\0' -0 -l -b1 $'new\nline'
  iovtool discard -0 -l -b1 $'new\nline' >list
  iovtool compare -0 ten@..9 --with -T list
}

# ---- Streams -------------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "a stream: front, back and both" {
  remains 0123456789 - < <(cat ten)
  remains 3456789 --front=3 - < <(cat ten)
  remains 012345 --back=4 - < <(cat ten)
  remains 345 --front=3 --back=4 - < <(cat ten)
  remains '' --front=10 - < <(cat ten)
  remains '' --back=10 - < <(cat ten)
  remains '' --front=6 --back=4 - < <(cat ten)
  remains 456 --front=2 --back=3 -@2 < <(cat ten)
  remains 4567 --back=2 -@4 < <(cat ten)
  remains 345 -f1 -b1 -@2+5 < <(cat ten)
  remains 789 --front=2 -@-5 < <(cat ten)
  remains 567 --back=2 -@-5 < <(cat ten)
  remains 34 --front=3 fd:7@..-2 --back=3 7< <(cat ten)
  remains 34 --front=3 --back=5 - <ten
}

@test "a stream that comes in small pieces" {
  pieces() { for i in 0 1 2 3 4; do printf '%s' "$i$i"; sleep 0.01; done; }
  remains 01122334 --front=1 --back=1 - < <(pieces)
  remains 11223 --front=2 --back=3 - < <(pieces)
  remains '' --front=2 --back=8 - < <(pieces)
}

@test "a stream before and after known segments" {
  remains 23456789ab --front=2 --back=4 - six < <(cat ten)
  remains 012345 --back=10 - six < <(cat ten)
  remains 45 --front=4 --back=10 - six < <(cat ten)
  remains 6789 --front=12 six - < <(cat ten)
  remains f01234567 --front=5 --back=2 six - < <(cat ten)
  remains 234567 --front=8 --back=2 six - < <(cat ten)
  remains def01234a --front=3 --back=5 six -@0+5 six < <(cat ten)
  remains 234567 --front=8 --back=3 six - hex:00 < <(cat ten)
}

# bats test_tags=valgrind
@test "a stream shorter than asked: an error" {
  for amounts in '--front=11' '--back=11' '--front=6 --back=5' '--front=1 --back=10'; do
    # shellcheck disable=SC2086
    run -2 --separate-stderr iovtool discard $amounts - < <(cat ten)
    ((${#stderr_lines[@]} == 1)) || fail "$amounts" "$stderr"
    [[ $output != *9* ]] || fail "$amounts" "$output"
  done
  complains 'asked to skip 11 bytes, but the vector has 10' --front=11 - < <(cat ten)
  complains 'asked to skip 6 bytes, but the vector has 5' --front=6 --back=5 - < <(cat ten)
  run -2 --separate-stderr iovtool discard --back=17 - six < <(cat ten)
  assert_error_line 2 'the stream ended after 10 bytes'
  run -2 --separate-stderr iovtool discard --back=4E - < <(cat ten)
  assert_error_line 2 'the stream ended after 10 bytes'
}

@test "a stream shorter than asked: --allow-short" {
  remains '' --allow-short --front=11 - < <(cat ten)
  remains '' --allow-short --back=11 - < <(cat ten)
  remains '' --allow-short --front=6 --back=5 - < <(cat ten)
  remains '' --allow-short --front=6 --back=50 - six < <(cat ten)
  remains '' --allow-short --back=4E - < <(cat ten)
  remains 6789 --allow-short --front=6 -@0+20 < <(cat ten)
  remains 6789 --allow-short --front=12 six -@0+20 < <(cat ten)
}

@test "--allow-short: where the back of a range of a stream is, nobody knows before it is written" {
  for range in 0+20 0+5 3..12; do
    run -2 --separate-stderr iovtool discard --allow-short --back=5 "-@$range" < <(cat ten)
    assert_error_line 2 '--back with --allow-short: where the vector ends is known only when it is written'
  done
}

@test "the end of a range that is discarded is not looked at" {
  remains 012345678 --back=3 -@0+12 < <(cat ten)
  run -2 --separate-stderr iovtool discard --back=1 -@0+12 < <(cat ten)
  [[ $stderr == 'iovtool discard: -@0+'*': asked for '*', but the stream ended after 10'* ]] || fail "$stderr"
}

@test "the back spans two streams: an error, or the right bytes" {
  run --separate-stderr iovtool discard --back=5 - fd:7 < <(cat ten) 7< <(printf abc)
  case $status in
    0) [[ $output == 01234567 ]] || fail "$output" ;;
    *) ((status == 2)) && [[ $stderr == 'iovtool discard: '* ]] || fail "$stderr" ;;
  esac
  run --separate-stderr iovtool discard --allow-short --back=5 - fd:7 < <(cat ten) 7< <(printf abc)
  [[ $status == 2 || $output == 01234567 ]] || fail "$output"
}

# peak_memory ARGUMENT...: the KiB that `iovtool ARGUMENT...` took, fed with 200 MiB on a pipe,
# after how many bytes it wrote and before its exit status.
peak_memory() {
  python3 - "$@" <<'EOS'
import os, subprocess, sys
feed = subprocess.Popen(["head", "-c", "200M", "/dev/zero"], stdout=subprocess.PIPE)
child = subprocess.Popen(["iovtool", *sys.argv[1:]], stdin=feed.stdout, stdout=subprocess.PIPE)
feed.stdout.close()
count = subprocess.run(["wc", "-c"], stdin=child.stdout, capture_output=True, check=True).stdout
child.stdout.close()
_, status, usage = os.wait4(child.pid, 0)
child.returncode = status
print(int(count), usage.ru_maxrss, status)
EOS
}

# bats test_tags=plain
@test "200 MiB through a pipe: memory stays under 32 MB" {
  mib=1048576
  while read -r expected arguments; do
    # shellcheck disable=SC2086
    read -r count peak status <<<"$(peak_memory discard $arguments)"
    ((status == 0 && count == expected)) || fail "$arguments: status $status, $count bytes"
    ((peak < 32000)) || fail "$arguments: $peak KiB"
  done <<EOS
$((199 * mib)) --back=1M -
$((198 * mib)) --front=1M --back=1M -
$((199 * mib + 3)) --front=1M --back=5 - str:12345678
$((10 * mib)) --front=100M --back=90M -@0+200M
EOS
}

@test "the first bytes appear as soon as they cannot be the back" {
  mkfifo in out
  timeout 10 iovtool discard --front=2 --back=3 - <in >out &
  local pid=$!
  exec 8<>in 9<>out
  printf 0123456789 >&8
  read -r -N 5 -t 5 first <&9
  [[ $first == 23456 ]] || fail "$first"
  exec 8>&-
  wait "$pid" # not for what bats runs itself
  ! read -r -N 1 -t 0.2 rest <&9 || fail "$rest"
  exec 9<&-
}

@test "a descriptor in a file is left behind the last byte taken" {
  {
    remains 123 --front=1 -@0+4
    remains 4567 --back=2 -
  } <ten
}

# ---- Destinations --------------------------------------------------------------------------------

@test "-o: a new file, an old one, a range, standard output, a descriptor" {
  remains '' -f1 -b1 ten -o new
  assert_file new 12345678
  printf 'old and much longer than that' >old
  remains '' -f1 -b1 ten -o old
  assert_file old 12345678
  printf '................' >inside
  remains '' -f7 ten -o inside@2
  assert_file inside '..789...........'
  remains '' -f7 ten -o inside@8+3
  assert_file inside '..789...789.....'
  remains 789 -f7 ten -o -
  iovtool discard -f7 ten -o fd:7 7>seven
  assert_file seven 789
}

@test "-o: several destinations are one vector" {
  printf '....' >first
  remains '' -f2 -b2 ten -o first@1..3 -o second
  assert_file first .23.
  assert_file second 4567
  untouched complains 'the destinations take 2 bytes, but the vector has 6' -f2 -b2 ten -o first@1..3
}

@test "--atomic: permissions stay, a link stays, and the source may be replaced" {
  chmod 640 ten
  ln -s ten link
  remains '' --atomic -f1 -b1 ten -o link
  assert_file ten 12345678
  [[ -L link && $(stat -c %a ten) == 640 ]]
  remains '' --atomic -f1 - -o ten < <(cat ten)
  assert_file ten 2345678
  untouched complains 'six: File exists' --atomic --no-clobber -f1 ten -o six
  no_leftovers six ten link
}

@test "--append: at the end; a new file too" {
  remains '' --append -f7 ten -o six
  assert_file six abcdef789
  remains '' --append -b7 - -o six < <(cat ten)
  assert_file six abcdef789012
  remains '' --append -f9 ten -o new
  assert_file new 9
}

# A line is "FRONT BACK REMAINING|WORDS": what --json and -v say; standard input is a pipe of ten bytes.
@test "--json and -v say how many bytes were left out, of what is short and of streams too" {
  while IFS='|' read -r counts words; do
    read -r front back remaining <<<"$counts"
    read -ra arguments <<<"$words"
    run -0 --separate-stderr iovtool discard --json "${arguments[@]}" -o out < <(cat ten)
    assert_output "{\"front\":$front,\"back\":$back,\"remaining\":$remaining}"
    [[ -z $stderr && $(stat -c %s out) == "$remaining" ]] || fail "$words: $stderr"
    iovtool discard -v "${arguments[@]}" -o out 2>err < <(cat ten)
    [[ $(tail -n 1 err) == "discarded $front bytes at the front and $back at the back; $remaining remain" ]] ||
      fail "$words" "$(<err)"
  done <<'EOF'
3 0 7|-f3 ten
3 2 5|-f3 -b2 ten
0 0 10|ten
3 2 15|-f3 -b2 ten -
10 0 0|--allow-short -f20 ten
3 7 0|--allow-short -f3 -b20 ten
3 7 0|--allow-short -f3 -b20 -
10 0 0|--allow-short -f20 -b20 -
4 0 0|--allow-short -f20 -@-4
5 0 0|--allow-short -f20 -@1..-4
18 0 0|--allow-short -f20 ten -@2
3 0 15|--allow-short -f3 ten -@2+20
12 0 0|--allow-short -f20 -n12 ten -@2+4
6 0 0|--allow-short -f20 -s4 ten
10 2 0|-f10 -b2 --zero-pad ten@0+12
EOF
}

@test "--json of --list and of --in-place" {
  run -0 iovtool discard --json --list -f3 -b2 ten ten
  assert_output '{"segments":[{"segment":"ten@3+7"},{"segment":"ten@0+8"}],"front":3,"back":2,"remaining":15}'
  run -0 iovtool discard --json --in-place --allow-short -f3 -b9 ten
  assert_output '{"front":3,"back":7,"remaining":0}'
  run -0 iovtool discard -v --in-place -f1 six
  assert_output 'discarded 1 bytes at the front and 0 at the back; 5 remain'
  for words in '-f3 six' '-f3 six -o -' '-f3 six -o out -o /dev/stdout'; do
    # shellcheck disable=SC2086 # several words
    run -2 iovtool discard --json $words
    assert_output 'iovtool discard: --json and what remains would both go to standard output; -o FILE puts one of them elsewhere'
  done
}

# Who is told of a failure cuts once more.
@test "--json that cannot be printed: the file is neither cut nor replaced" {
  cp ten target
  for words in '--in-place -f3 target' '--in-place -b3 --undo-file=undo target' '-f3 six --atomic -o target'; do
    # shellcheck disable=SC2086 # several words
    run -2 bash -c "iovtool discard --json $words 2>&1 >/dev/full"
    assert_output 'iovtool discard: cannot write standard output: No space left on device'
    assert_same_file target ten
    [[ ! -e undo ]]
  done
  run -13 python3 -c 'import os, subprocess, sys
reader, writer = os.pipe()
os.close(reader)
sys.exit(-subprocess.run(sys.argv[1:], stdout=writer).returncode)' \
    iovtool discard --json --in-place -b3 --undo-file=undo target
  assert_same_file target ten
  [[ ! -e undo ]]
}

@test "the source is the destination: refused, but for a range of it" {
  ln -s ten link
  for name in ten link; do
    untouched complains "$name: is a source as well; -o $name@RANGE writes inside of it, --atomic -o $name replaces it at the end" \
      -f1 ten -o "$name"
  done
  remains '' -f2 ten -o ten@0
  assert_file ten 2345678989
  remains '' -b2 ten -o ten@2
  assert_file ten 2323456789
}

@test "--explain: prints a plan and touches nothing" {
  before=$(folder_state)
  run -0 iovtool discard --explain -f1 ten -o new
  [[ -n $output && $(folder_state) == "$before" ]] || fail "$output"
}

# bats test_tags=valgrind
@test "a full disk or a closed standard output is trouble" {
  for words in ten 'ten six' hex:0102 'fill:01+1M'; do
    for option in '' --list --no-offload; do
      # shellcheck disable=SC2086
      run -2 --separate-stderr bash -c 'iovtool discard -f1 "$@" >/dev/full' - $option $words
      assert_error_line 2 'No space left on device'
      # shellcheck disable=SC2086
      run -2 --separate-stderr bash -c 'iovtool discard -f1 "$@" >&-' - $option $words
      assert_error_line 2 discard
    done
  done
  run -2 --separate-stderr iovtool discard -f1 ten -o /dev/full
  assert_error_line 2 'discard: /dev/full: cannot write at 0: No space left on device'
  run -2 --separate-stderr iovtool discard -f1 - -o /dev/full < <(cat ten)
  assert_error_line 2 'discard: /dev/full: cannot write at 0: No space left on device'
}

@test "a reader that goes away ends the run quietly" {
  for option in '' --list; do
    words=(fill:01+1G)
    [[ -z $option ]] || { yes ten@0 2>/dev/null | head -n 100000 >list || true; words=(-T list); }
    # shellcheck disable=SC2086
    timeout 10 bash -c 'set -o pipefail; iovtool discard -f1 "$@" | head -c 1 >first' \
      - $option "${words[@]}" 2>errors && fail "no SIGPIPE" || (($? == 141)) || fail "$option"
    [[ ! -s errors && -s first ]] || fail "$(<errors)"
  done
}

# ---- Usage ---------------------------------------------------------------------------------------

@test "usage errors" {
  untouched complains 'no segment given; - is standard input'
  untouched complains 'no segment given; - is standard input' --front=1
  untouched complains '--list and --output exclude each other' -l ten -o new
  untouched complains '--undo-file goes with --in-place' --undo-file=undo ten
  text='--in-place excludes --list, --output and --explain'
  untouched complains "$text" --in-place -l -f1 ten
  untouched complains "$text" --in-place -o new -f1 ten
  untouched complains "$text" --in-place --explain -f1 ten
  text='--undo stands alone: the undo file knows the rest'
  for extra in ten -f1 -b1 --in-place -l '-o new' --undo-file=new '-T list'; do
    # shellcheck disable=SC2086
    untouched complains "$text" --undo=undo $extra
  done
  untouched complains '--append and --atomic exclude each other' --append --atomic -f1 ten -o new
  untouched complains '--allow-short and --zero-pad exclude each other' --allow-short --zero-pad -f1 ten
  untouched complains "--front: 'x' is not a size: number expected (column 1)" --front=x ten
  untouched complains "--back: '3y' is not a size: unknown unit (column 2)" --back=3y ten
  untouched complains "--front: '-1' is not a size: number expected (column 1)" --front=-1 ten
  untouched complains 'unknown option --frnt; did you mean --front? (see iovtool discard --help)' --frnt ten
  untouched complains 'missing argument for --back (see iovtool discard --help)' ten --back
  untouched complains 'gone: No such file or directory' -f1 gone
  untouched complains 'six@1: --atomic, --append and --no-clobber take whole files, no ranges' -f1 ten --atomic -o six@1
}

@test "--undo takes no other option, whatever it is" {
  for extra in '-s 1' '-n 1' --append --atomic --no-clobber --fsync --allow-short --zero-pad --explain; do
    # shellcheck disable=SC2086
    untouched complains '--undo stands alone: the undo file knows the rest' --undo=undo $extra
  done
}

@test "--help fits 80 columns, names every option and ends with examples" {
  iovtool discard --help >help
  run awk 'length > 80' help
  assert_output ''
  iovtool discard --list-options | while read -r option; do
    grep -qF -- "${option%=}" help || fail "$option"
  done
  tail -n 6 help | grep -q '^  iovtool discard ' || fail "$(<help)"
}
