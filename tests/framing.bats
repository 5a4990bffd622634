#!/usr/bin/env bats
# --framing of iovtool send and iovtool recv: each segment of a stream is a frame.

load lib/common
load lib/net

framings=(be16 be32 le16 le32 lf)

# frames FRAMING FILE...: the bytes of the frames that have the bytes of these files, as Python's
# struct makes them.
frames() {
  python3 -c 'import struct, sys
codes = {"be16": ">H", "be32": ">I", "le16": "<H", "le32": "<I"}
framing = sys.argv[1]
for name in sys.argv[2:]:
    data = open(name, "rb").read()
    prefix = struct.pack(codes[framing], len(data)) if framing in codes else b""
    sys.stdout.buffer.write(prefix + data + (b"\n" if framing == "lf" else b""))' "$@"
}

make_inputs() {
  printf hello >a
  : >b
  random_file c 65535 1
  tr '\n' '\0' <c >d && mv d c # lf cannot have a line end in a frame
  printf '\0' >d
}

# ---- send ----------------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "send: a prefix or an end for each segment, empty ones too" {
  make_inputs
  for framing in "${framings[@]}"; do
    frames "$framing" a b c d a >expected
    for kind in tcp:127.0.0.1:0 unix:socket; do
      serve peer "$kind" read
      send --framing="$framing" "$address" a b c d str:hello
      finished peer
      assert_same_file peer.out expected
    done
  done
}

@test "send: --framing=none is none" {
  serve peer unix:socket read
  send --framing=none "$address" str:a str:b
  finished peer
  assert_text peer.out ab
}

@test "send: the frames of a selected part are those of its segments" {
  serve peer unix:socket read
  send --framing=be16 -s 1 -n 5 "$address" str:abc str:def str:ghi
  finished peer
  assert_text peer.out '\0\x02bc\0\x03def'
}

@test "send: 100,000 frames of a list" {
  python3 - <<'EOF'
import random, struct
rng = random.Random(2)
data = rng.randbytes(100000)
ranges = [(rng.randrange(99000), rng.choice((0, 1, 5, 64, 900))) for _ in range(100000)]
open("data", "wb").write(data)
open("list", "w").writelines("data@%d+%d\n" % r for r in ranges)
open("expected", "wb").writelines(struct.pack("<I", n) + data[o:o + n] for o, n in ranges)
EOF
  serve peer tcp:127.0.0.1:0 read
  send --framing=le32 -T list "$address"
  finished peer
  assert_same_file peer.out expected
}

@test "send: a segment too long for its prefix, or of unknown length: exit status 2" {
  refuse tcp:127.0.0.1:0
  for words in 'be16 zero:65536' 'le16 zero:65536' 'be32 zero:4G' 'le32 zero:4G' \
    'be16 zero:1 zero:1T'; do
    read -ra words <<<"$words"
    timed send --framing="${words[0]}" "$address" "${words[@]:1}"
    assert_trouble 2 'iovtool send: '
  done
  for framing in be16 le16 be32 le32; do
    timed send --framing="$framing" "$address" str:x - < <(printf abc)
    assert_trouble 2 'iovtool send: -'
  done
}

@test "send: a pipe whose length is given can be framed" {
  serve peer unix:socket read
  send --framing=be16 "$address" -@0+3 -@3..5 < <(printf abcdefg)
  finished peer
  assert_text peer.out '\0\x03abc\0\x02de'
}

@test "send: the answer is not framed" {
  serve peer unix:socket read 'say:\0\x01x'
  send --framing=be16 --reply "$address" str:x >answer
  assert_text answer '\0\01x'
}

# ---- recv ----------------------------------------------------------------------------------------

# bats test_tags=valgrind
@test "recv: the frames' bytes, one after the other, to the end" {
  make_inputs
  cat a b c d a >expected
  for framing in "${framings[@]}"; do
    frames "$framing" a b c d a >stream
    for kind in tcp:127.0.0.1:0 unix:socket; do
      serve peer "$kind" send:stream
      recv --framing="$framing" "$address" -o new
      finished peer
      assert_same_file new expected
    done
  done
}

@test "recv: --count frames, and the rest stays in the connection" {
  make_inputs
  for framing in "${framings[@]}"; do
    frames "$framing" a b d a >stream
    printf rest >>stream
    serve peer tcp:127.0.0.1:0 send:stream wait
    exec {connection}<>"/dev/tcp/127.0.0.1/${address##*:}"
    recv --framing="$framing" --count=1 "fd:$connection" >new
    assert_same_file new a
    recv --framing="$framing" --count=2 "fd:$connection" >new
    assert_same_file new d
    recv --framing="$framing" --count=1 "fd:$connection" >new
    assert_same_file new a
    [[ $(head -c 4 <&"$connection") == rest ]] || fail "$framing: more was taken"
    exec {connection}>&-
    ended peer
  done
}

@test "recv: --per-segment, a destination for each frame" {
  make_inputs
  for framing in "${framings[@]}"; do
    frames "$framing" a b c d >stream
    printf 0123456789 >target
    serve peer unix:socket send:stream wait
    recv --framing="$framing" --per-segment --count=4 "$address" -o target@1+6 -o 2 -o 3 -o 4
    ended peer
    assert_text target 0hello6789
    cmp 2 b && cmp 3 c && cmp 4 d
    frames "$framing" d a >stream
    serve peer unix:socket send:stream wait
    recv --framing="$framing" --per-segment "$address" -o target@0+5 -o target@5+5
    ended peer
    assert_text target '\0hellhello'
  done
}

@test "recv: frames whose bytes come one at a time" {
  for framing in "${framings[@]}"; do
    printf hey >a
    printf x >b
    frames "$framing" a b a >stream
    serve peer tcp:127.0.0.1:0 drip:0.002:stream
    [[ $(recv --framing="$framing" "$address") == heyxhey ]] || fail "$framing"
    finished peer
  done
}

@test "recv: no frames at all" {
  for framing in "${framings[@]}"; do
    serve peer unix:socket shut
    timed recv --framing="$framing" "$address"
    [[ $status == 0 && -z $output && -z $stderr ]] || fail "$framing" "$status" "$stderr"
  done
}

@test "recv: the end inside of a frame is an error, exit status 3" {
  while read -r framing said; do
    serve peer unix:socket "say:$said"
    timed recv --framing="$framing" "$address" -o new
    assert_trouble 3 "$address" || fail "$framing $said"
    finished peer
  done <<'EOF'
be16 \0
be16 \0\1
be16 \0\3ab
be16 \0\1a\0
be16 \0\1a\0\2a
le16 \1
le16 \1\0
be32 \0\0\0
be32 \0\0\0\1
be32 \x7f\xff\xff\xffabc
le32 \1\0\0
le32 \4\0\0\0abc
lf a
lf a\nb
EOF
}

@test "recv: fewer frames than --count is an error, exit status 3" {
  make_inputs
  for framing in "${framings[@]}"; do
    frames "$framing" a d >stream
    serve peer unix:socket send:stream
    timed recv --framing="$framing" --count=3 "$address" -o new
    assert_trouble 3 "$address" || fail "$framing"
  done
}

@test "recv: a frame longer than there is room: exit status 3, and nothing of it is written" {
  make_inputs
  for framing in "${framings[@]}"; do
    for option in '' --per-segment; do
      printf 0123456789 >target
      frames "$framing" a >stream
      serve peer unix:socket send:stream wait
      timed recv --framing="$framing" ${option:+"$option"} "$address" -o target@2+4
      assert_trouble 3 "$address" || fail "$framing"
      assert_text target 0123456789
      ended peer
    done
  done
}

# bats test_tags=plain
@test "recv: the largest lengths are no reason to take so much memory" {
  needs_address_limit
  printf 'be32 \\xff\\xff\\xff\\xff\nle32 \\xff\\xff\\xff\\x7f\n' >rows
  while read -r framing said; do
    serve peer unix:socket "say:$said" say:abc
    timed bash -c 'ulimit -v 1000000; exec timeout 20 iovtool recv "$@"' - \
      --framing="$framing" "$address" -o new
    [[ $status == 3 ]] || fail "$framing" "$status" "$stderr"
  done <rows
}

# ---- both ----------------------------------------------------------------------------------------

@test "what send frames, recv takes apart" {
  make_inputs
  random_file e 1000000 3
  tr '\n' '\0' <e >f && mv f e
  for framing in "${framings[@]}"; do
    local files=(a b c d e)
    [[ $framing != ?e16 ]] || files=(a b c d a)
    receiving tcp::0 --framing="$framing" --per-segment --json -o 1 -o 2 -o 3 -o 4 -o 5
    send --framing="$framing" "$address" "${files[@]}"
    finished recv
    for i in 1 2 3 4 5; do cmp "$i" "${files[i - 1]}"; done
    json_is recv.out 'it["messages"] == 5'
  done
}

@test "of 20,000 frames, all come" {
  random_file data 70000 4
  tr '\n' '\0' <data >text
  awk 'BEGIN { srand(4); for (i = 0; i < 20000; i++)
    printf "text@%d+%d\n", rand() * 60000, rand() * rand() * 2000 }' >list
  iovtool copy -T list -o expected
  for framing in "${framings[@]}"; do
    receiving unix:socket --framing="$framing" -o new
    send --framing="$framing" "$address" -T list
    finished recv
    assert_same_file new expected
  done
}
