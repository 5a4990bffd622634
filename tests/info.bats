#!/usr/bin/env bats
# `iovtool info`: the vector as a table, as JSON, as a list of its segments, and as a number.

load lib/common
load lib/hexdump
load lib/compare

setup() {
  enter_scratch
  printf '0123456789' >ten
}

# assert_usage TEXT ARGUMENT...: info refuses to start.
assert_usage() {
  local text=$1
  shift
  assert_complaint "iovtool info: $text" iovtool info "$@"
}

# expect_json STATUS JSON ARGUMENT...: what `iovtool info --json ARGUMENT...` says, once
# assert_noted_json looks.
expect_json() {
  note_json "$1" "$2" info --json "${@:3}"
}

# ---- The table -------------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "one row a segment: index, offset in the vector, length, offset in the source, segment" {
  make_sparse sparse 1M
  assert_answer 0 'INDEX         OFFSET         LENGTH  AT  SEGMENT
    0              0             10   0  ten@0+10
    1             10              4   0  hex:00112233
    2             14     1073741824   -  zero:1073741824
    3     1073741838  1099511627775   -  fill:c0ab+1099511627775
    4  1100585369613              2   3  ten@3+2
    5  1100585369615        1048576   0  sparse@0+1048576
6 segments, 1100586418191 bytes' \
    info ten hex:00112233 zero:1G fill:abc0+1T@1 ten@3+2 sparse
}

@test "segments of no bytes, and long literals" {
  assert_answer 0 'INDEX  OFFSET  LENGTH  AT  SEGMENT
    0       0       0   0  hex:
    1       0       0   -  zero:0
    2       0      20   0  hex:6162636465666768696a6b6c6d6e6f70... (20 bytes)
    3      20       0  10  ten@10+0
4 segments, 20 bytes' info hex: zero:0 str:abcdefghijklmnopqrst ten@10
}

@test "streams: what is known of their length" {
  assert_answer 0 'INDEX  OFFSET  LENGTH  AT  SEGMENT
    0       0       5   3  -@3+5
    1       5       ?   9  -@9
    2       ?      10   0  ten@0+10
3 segments, ? bytes' info -@3+5 -@9 ten < <(cat ten)
  assert_answer 0 'INDEX  OFFSET  LENGTH  AT  SEGMENT
    0       0       5  -5  -@-5+5
1 segment, 5 bytes' info -@-5 < <(cat ten)
  assert_answer 0 'INDEX  OFFSET  LENGTH  AT  SEGMENT
    0       0       ?   3  -@3..-5
1 segment, ? bytes' info -@3..-5 < <(cat ten)
}

@test "names are escaped" {
  cp ten $'a\nb\e[31m \\x41'
  run -0 iovtool info $'a\nb\e[31m \\x41'
  [[ ${lines[1]} == '    0       0      10   0  a\nb\x1b[31m \x41@0+10' ]] || fail "$output"
}

@test "nothing is read" {
  mkfifo fifo
  exec 8<>fifo
  run -0 timeout 10 iovtool info fifo /dev/zero
  run -0 timeout 10 iovtool info fd:8@5..-7 8<&8
  printf x >&8
  iovtool info fifo >table
  read -r -N 1 -u 8 byte
  [[ $byte == x ]]
}

# bats test_tags=plain
@test "no byte of a file is read, holes and data included" {
  skip_unless_strace
  make_sparse sparse 10M 5M data
  assert_unread iovtool info sparse ten
  assert_unread iovtool info --extents sparse ten
  assert_unread iovtool info --json --extents sparse ten
}

# ---- Slices ----------------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "-s and -n: which segments, how much of the head and the tail is cut" {
  assert_answer 0 'INDEX  OFFSET  LENGTH  AT  SEGMENT
    1       0       7   3  ten@3+7
    2       7       2   -  zero:2
    3       9       1   0  hex:41
3 segments, 10 bytes; cut: 3 at the head, 2 at the tail' info -s 8 -n 10 str:12345 ten zero:2 str:ABC str:.
  assert_answer 0 'INDEX  OFFSET  LENGTH  AT  SEGMENT
    1       0       5   5  ten@5+5
1 segment, 5 bytes; cut: 5 at the head, 0 at the tail' info --skip=15 --length 5 ten ten
  assert_answer 0 'INDEX  OFFSET  LENGTH  AT  SEGMENT
    1       0      10   0  ten@0+10
1 segment, 10 bytes' info -s 10 ten ten
  assert_answer 0 'INDEX  OFFSET  LENGTH  AT  SEGMENT
    0       0       2   4  ten@4+2
1 segment, 2 bytes; cut: 4 at the head, 4 at the tail' info -s 4 -n 2 ten
}

@test "-s and -n past the end" {
  assert_usage 'asked to skip 21 bytes, but the vector has 20' -s 21 ten ten
  assert_usage 'asked for 21 bytes at 0, but the vector has 20' -n 21 ten ten
  assert_answer 0 20 info --total --allow-short -n 21 ten ten
  assert_answer 0 'INDEX  OFFSET  LENGTH  AT  SEGMENT
    0       0      10   0  ten@0+10
    1      10      15   -  zero:15
2 segments, 25 bytes' info --zero-pad -n 25 ten
  assert_usage '--skip, --length and --slice: the vector has a stream of unknown length' -n 3 - < <(cat ten)
}

@test "-s and -n: 100 random slices, as JSON, judged by python" {
  python3 - <<'EOS'
import json, random, subprocess

for seed in range(100):
    rng = random.Random(seed)
    lengths = [rng.choice((1, 2, 10, 100, rng.randrange(1, 1 << 40))) for _ in range(rng.randrange(1, 8))]
    total = sum(lengths)
    skip = rng.choice((0, rng.randrange(total), sum(lengths[:len(lengths) // 2]) % total))
    length = rng.choice((total - skip, rng.randrange(1, total - skip + 1)))
    command = ["iovtool", "info", "--json", f"-s{skip}", f"-n{length}", *(f"zero:{n}" for n in lengths)]
    answer = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    expected, at, head, tail = [], 0, None, 0
    for index, n in enumerate(lengths):
        start, end = max(at, skip), min(at + n, skip + length)
        if start < end:
            head = start - at if head is None else head
            tail = at + n - end
            expected.append((index, start - skip, end - start, f"zero:{end - start}"))
        at += n
    actual = [(s["index"], s["vector_offset"], s["length"], s["segment"]) for s in answer["segments"]]
    assert actual == expected, (seed, command, actual, expected)
    sums = answer["count"], answer["total"], answer["head"], answer["tail"]
    assert sums == (len(expected), length, head, tail), (seed, command, sums)
EOS
}

# ---- Numbers ---------------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "--total: the bytes alone" {
  assert_answer 0 10 info --total ten
  assert_answer 0 0 info --total hex:
  assert_answer 0 8070450532247928832 info --total zero:4E zero:3E
  assert_answer 0 3 info --total -s 1 -n 3 ten ten
  assert_answer 0 7 info --total -@3+7 < <(cat ten)
  assert_answer 0 10 info --total - <ten
  assert_usage 'the length of a stream is known only at its end' --total - < <(cat ten)
}

@test "--total: too many bytes for an offset" {
  run -2 --separate-stderr iovtool info --total zero:4E zero:4E
  assert_error_line 2 'the vector is longer than 9223372036854775807 bytes'
}

# ---- Extents ---------------------------------------------------------------------------------------

@test "--extents: holes and data of files, cut to their ranges" {
  make_sparse sparse 1M 512K X
  (($(stat -c %b sparse) * 512 < 65536)) || skip 'the kernel or file system has no holes'
  assert_answer 0 'INDEX   OFFSET  LENGTH      AT        SEGMENT
    0        0  520192    4096  hole  sparse@4096+520192
    0   520192    4096  524288  data  sparse@524288+4096
    0   524288  520191  528384  hole  sparse@528384+520191
    1  1044479      10       0  data  ten@0+10
    2  1044489  434176  614400  hole  sparse@614400+434176
3 segments, 1478665 bytes' info --extents sparse@4K..-1 ten sparse@600K
}

@test "--extents: rows of segments that have none line up with the others" {
  make_sparse sparse 1M
  iovtool info --extents ten hex:41 zero:5 sparse@0+0 sparse >table
  python3 - <<'EOS'
lines = open("table").read().splitlines()
column = lines[0].index("SEGMENT")
names = ["ten@0+10", "hex:41", "zero:5", "sparse@0+0", "sparse@0+1048576"]
assert [line[column:] for line in lines[1:-1]] == names, lines
EOS
}

@test "--extents --json, with a slice: the pieces are those of the file, one by one" {
  python3 - <<'EOS'
import json, os, random, subprocess

BLOCK = 64 * 1024
for seed in range(20):
    rng = random.Random(seed)
    kinds = [rng.choice(("data", "hole")) for _ in range(rng.randrange(1, 12))]
    size = len(kinds) * BLOCK - rng.choice((0, 1, 5000))
    if os.path.exists("file"):
        os.unlink("file")
    with open("file", "wb") as file:
        file.truncate(size)
        for i, kind in enumerate(kinds):
            if kind == "data":
                file.seek(i * BLOCK)
                file.write(b"x" * min(BLOCK, size - i * BLOCK))
        file.flush()
        os.fsync(file.fileno())
    start = rng.randrange(size)
    length = rng.randrange(1, size - start + 1)
    expected = []
    for i, kind in enumerate(kinds):
        begin, end = max(i * BLOCK, start), min((i + 1) * BLOCK, start + length)
        if begin < end:
            if expected and expected[-1][0] == kind:
                expected[-1][2] += end - begin
            else:
                expected.append([kind, begin, end - begin])
    command = ["iovtool", "info", "--json", "--extents", "-s", str(start), "-n", str(length), "file"]
    answer = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    actual = [[s["extent"], s["offset"], s["length"]] for s in answer["segments"]]
    assert actual == expected, (seed, command, actual, expected)
    at = 0
    for s in answer["segments"]:
        assert s["vector_offset"] == at and s["segment"] == f"file@{s['offset']}+{s['length']}", s
        at += s["length"]
    assert answer["total"] == at == length and answer["count"] == 1
EOS
}

@test "--extents: an inherited descriptor stays where it is" {
  make_sparse sparse 1M 512K X
  [[ $(position_after iovtool info --extents - <sparse) == 0 ]]
  { seek_to 7; position_after iovtool info --extents -@5+70000; } <sparse >position
  [[ $(<position) == 7 ]] || fail "$(<position)"
}

# ---- JSON ------------------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "--json: every kind of segment" {
  expect_json 0 '{"count": 5, "total": 1099511627817, "head": 0, "tail": 0, "segments": [
    {"index": 0, "vector_offset": 0, "length": 7, "segment": "ten@3+7", "kind": "file", "file": "ten", "offset": 3},
    {"index": 1, "vector_offset": 7, "length": 2, "segment": "hex:6162", "kind": "bytes"},
    {"index": 2, "vector_offset": 9, "length": 1099511627776, "segment": "fill:ab+1099511627776", "kind": "fill"},
    {"index": 3, "vector_offset": 1099511627785, "length": 22, "kind": "bytes",
      "segment": "hex:61626364656667686162636465666768616263646566"},
    {"index": 4, "vector_offset": 1099511627807, "length": 10, "segment": "-@0+10", "kind": "file", "file": "-",
      "offset": 0}]}' ten@3 str:ab fill:ab+1T str:abcdefghabcdefghabcdef - <ten
  assert_noted_json
}

@test "--json: streams" {
  expect_json 0 '{"count": 3, "total": null, "head": 0, "tail": 0, "segments": [
    {"index": 0, "vector_offset": 0, "length": 2, "segment": "-@1+2", "kind": "stream", "file": "-", "offset": 1},
    {"index": 1, "vector_offset": 2, "length": null, "segment": "-@4..-2", "kind": "stream", "file": "-", "offset": 4},
    {"index": 2, "vector_offset": null, "length": 10, "segment": "ten@0+10", "kind": "file", "file": "ten", "offset": 0}
    ]}' -@1+2 -@4..-2 ten < <(cat ten)
  expect_json 0 '{"count": 1, "total": 3, "head": 0, "tail": 0, "segments": [
    {"index": 0, "vector_offset": 0, "length": 3, "segment": "-@-5+3", "kind": "stream", "file": "-", "offset": -5}]}' \
    -@-5+3 < <(cat ten)
  assert_noted_json
}

@test "--json: names that are not UTF-8 are escaped and flagged, all others are themselves" {
  cp ten $'\xff"\n'
  cp ten $'\xff\\x41'
  cp ten $'\xe2\x82\xac"\n'
  expect_json 0 '{"count": 2, "total": 20, "head": 0, "tail": 0, "segments": [
    {"index": 0, "vector_offset": 0, "length": 10, "kind": "file", "offset": 0, "segment": "\\xff\"\\n@0+10",
      "segment_escaped": true, "file": "\\xff\"\\n", "file_escaped": true},
    {"index": 1, "vector_offset": 10, "length": 10, "kind": "file", "offset": 0, "segment": "\u20ac\"\n@0+10",
      "file": "\u20ac\"\n"}]}' $'\xff"\n' $'\xe2\x82\xac"\n'
  expect_json 0 '{"count": 1, "total": 10, "head": 0, "tail": 0, "segments": [
    {"index": 0, "vector_offset": 0, "length": 10, "kind": "file", "offset": 0, "segment": "\\xff\\x5cx41@0+10",
      "segment_escaped": true, "file": "\\xff\\x5cx41", "file_escaped": true}]}' $'\xff\\x41'
  assert_noted_json
}

# ---- The list --------------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "--list: the segments, one a line, or ended by NUL" {
  assert_answer 0 'ten@3+7
ten@0+1
hex:6162
zero:5
fill:b0a0+3
hex:30313233343536373839' info --list ten@3 ten@0+1 str:ab zero:5 fill:a0b0+4@1 dump:<(xxd -p ten)
  iovtool info -l -0 ten@3 hex:00 >list
  printf '%s\0' ten@3+7 hex:00 >expected
  assert_same_file list expected
  assert_answer 0 $'ten@8+2\nten@0+3' info -l -s 8 -n 5 ten ten
}

@test "--list: a name with a line end is refused unless --null is given" {
  cp ten $'a\nb'
  assert_usage 'segment 1: its name holds a line end: use --null' --list ten $'a\nb'
  iovtool info --list --null $'a\nb' >list
  printf '%s\0' $'a\nb@0+10' >expected
  assert_same_file list expected
}

# ---- Trouble ---------------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "usage errors and files that are none" {
  assert_usage 'no segment given; - is standard input'
  for two in '--json --list' '--json --total' '--list --total' '-l --total --json'; do
    # shellcheck disable=SC2086
    assert_usage '--json, --list and --total exclude each other' $two ten
  done
  assert_usage '--extents excludes --list and --total' --extents --list ten
  assert_usage '--extents excludes --list and --total' --extents --total ten
  assert_usage '--allow-short and --zero-pad exclude each other' --allow-short --zero-pad ten
  assert_usage "--length: '3x' is not a size: unknown unit (column 2)" --length=3x ten
  assert_usage 'unknown option --totla; did you mean --total? (see iovtool info --help)' --totla ten
  assert_usage 'gone: No such file or directory' ten gone
  assert_usage 'ten@5+6: asked for 6 bytes at 5, but the file has 10' ten@5+6
}

# bats test_tags=valgrind
@test "a full disk or a closed standard output is trouble" {
  for options in '' --json --list --total --extents; do
    # shellcheck disable=SC2086
    run -2 --separate-stderr bash -c 'iovtool info "$@" >/dev/full' - $options ten
    assert_error_line 2 'info: cannot write standard output: No space left on device'
    # shellcheck disable=SC2086
    run -2 --separate-stderr bash -c 'iovtool info "$@" >&-' - $options ten
    assert_error_line 2 'info: cannot write standard output: Bad file descriptor'
  done
}

@test "a list of 50000 segments" {
  seq 0 49999 | sed -E 's/.*(.)/ten@\1+1/' >list
  assert_answer 0 50000 info --total -T list
  iovtool info --list -T list | cmp - list
  iovtool info --json -T list | python3 -c 'import json, sys
answer = json.load(sys.stdin)
assert answer["count"] == len(answer["segments"]) == answer["total"] == 50000
assert answer["segments"][-1]["vector_offset"] == 49999'
  [[ $(iovtool info -T list | wc -l) == 50002 ]]
}
