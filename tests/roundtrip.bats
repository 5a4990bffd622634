#!/usr/bin/env bats
# Segments that a command prints parse back to the same vector, whatever the names of their files
# hold. Judged by `iovtool compare` and by the bytes.

load lib/common
load lib/hexdump
load lib/compare

# make_awkward: files of unlike bytes under names that ask for trouble, and clashes: files that are
# called like a range of another.
make_awkward() {
  python3 - <<'EOS'
import os, random

NAMES = [b"plain", b"@", b"@0", b"a@", b"a@@1", b"a@5", b"a@1+2", b"a@..3", b"a@-4", b"a@0x10", b"getty@tty1.service",
         b"hex:00", b"file:x", b"file:file:x@0", b"file:", b"fd:0", b"dump:x", b"str:", b"zero:1", b"fill:00+1",
         b"le16:1", b"be64:1", b"-", b"--", b"-x", b"-@0", b"-@3", b"--with", b"#", b"# comment", b" ", b" lead", b"trail ",
         b"a b", b"tab\there", b"\r", b"cr\r", b"\n", b"new\nline", b"end\n", b"\n#x", b"back\\slash", b"\\n", b"\\x41",
         b"quote\"'", b"*", b"~", b"$HOME", b"..." , b"caf\xc3\xa9", b"\xff\xfe", b"\xc3", b"\xff\\x41\\n\n", b"bidi\xe2\x80\xae",
         b"\x1b[31m", b"\x7f\x01", b"d/@3", b"d/hex:1", b"n" * 255, b"clash", b"clash@0", b"clash@0+4", b"clash@2+3",
         b"clash@0@0+4", b"clash@0@1+2", b"Case@0+1", b"case"]
os.makedirs("d")
rng = random.Random(9)
for name in NAMES:
    with open(name, "wb") as file:
        file.write(rng.randbytes(rng.choice((4, 5, 40, 300))))
os.symlink("nowhere", "clash@1+1")
os.symlink("plain", "link@0")
EOS
}

# with_names: runs the script on standard input, behind one that tells it the names of all files, as
# bytes, and what is in them.
with_names() {
  python3 - < <(
    cat <<'EOS'
import json, os, random, re, subprocess

contents = {}
for folder, _, files in os.walk(b"."):
    for file in files:
        name = os.path.relpath(os.path.join(folder, file), b".")
        if os.path.exists(name) and not name.startswith(b".") or name == b"...":
            with open(name, "rb") as opened:
                contents[name] = opened.read()
names = sorted(contents)
assert len(names) > 50

def iovtool(*arguments, status=0, **run):
    done = subprocess.run(["iovtool", *arguments], capture_output=True, **run)
    assert done.returncode == status and not done.stderr, (arguments, done)
    return done.stdout

def data_of(*arguments, **run):
    return bytes.fromhex(iovtool("hexdump", "-f", "plain", "-w0", *arguments, **run).decode())

def write(name, data):
    with open(name, "wb") as file:
        file.write(data)
    return name
EOS
    cat
  )
}

setup() {
  enter_scratch
  mkdir files
  cd files || return
  make_awkward
}

@test "info --list: every name, whole and in part" {
  with_names <<'EOS'
words, data = [], b""
for name in names:
    size = len(contents[name])
    for spec, part in ((b"@0", slice(0, size)), (b"@0+4", slice(0, 4)), (b"@2+2", slice(2, 4)), (b"@1+1", slice(1, 2)),
                       (b"@-3", slice(size - 3, size)), (b"@..2", slice(0, 2)), (b"@1..-1", slice(1, size - 1))):
        words.append(b"file:" + name + spec)
        data += contents[name][part]
assert data_of(*words) == data
listed = iovtool("info", "--list", "-0", *words)
printed = listed.split(b"\0")[:-1]
assert len(printed) == len(words)
write("../list", listed)
assert data_of("-0", "-T", "../list") == data
assert data_of("--", *printed) == data
iovtool("compare", "-0", "-T", "../list", "--with", *words)
assert iovtool("info", "-l0", "-0", "-T", "../list") == listed

# Each alone, so that no word profits from what others found out.
for name in names:
    for spec, part in ((b"@0", slice(0, None)), (b"@0+4", slice(0, 4))):
        word = iovtool("info", "-l", "-0", b"file:" + name + spec)[:-1]
        assert data_of(word) == contents[name][part], (name, spec, word)
        assert b"\0" not in word and iovtool("info", "-l", "-0", word)[:-1] == word, word
EOS
}

@test "info --list: one a line, where no name has a line end" {
  with_names <<'EOS'
some = [name for name in names if b"\n" not in name]
words = [(b"file:" if name + b"@1" in names else b"./") + name + b"@1" for name in some]
data = b"".join(contents[name][1:] for name in some)
write("../list", iovtool("info", "--list", *words))
assert data_of("-T", "../list") == data
iovtool("compare", "-T", "../list", "--with", *words)
words = [b"file:" + name + b"@0" for name in some]
write("../list", iovtool("info", "--list", *words))
assert data_of("-T", "../list") == b"".join(contents[name] for name in some)
assert data_of("-T", "-", stdin=open("../list", "rb")) == b"".join(contents[name] for name in some)
EOS
}

@test "info --list: 70 random vectors of every kind, and slices of them" {
  with_names <<'EOS'
def segment(rng):
    kind = rng.randrange(8)
    if kind == 0:
        data = rng.randbytes(rng.randrange(50))
        return b"hex:" + data.hex().encode(), data
    if kind == 1:
        return rng.choice((b"str:a@0 \\n\\\\", b"str:a@0@0")), None
    if kind == 2:
        pattern, size = rng.randbytes(rng.choice((1, 2, 3, 7))), rng.choice((0, 1, 20, 5000))
        data = (pattern * (size + 1))[:size]
        start = rng.randrange(size + 1)
        return b"fill:%s+%d@%d" % (pattern.hex().encode(), size, start), data[start:]
    if kind == 3:
        return b"zero:3000@-%d" % 2000, bytes(2000)
    name = rng.choice(names)
    size = len(contents[name])
    start = rng.randrange(size + 1)
    end = rng.randrange(start, size + 1)
    form = rng.choice((b"%d..%d" % (start, end), b"%d+%d" % (start, end - start), b"-%d+%d" % (size - start, end - start)))
    return b"file:" + name + b"@" + form, contents[name][start:end]

for seed in range(70):
    rng = random.Random(seed)
    words, data = [], b""
    for _ in range(rng.choice((1, 2, 5, 30))):
        word, part = segment(rng)
        words.append(word)
        data += data_of(word) if part is None else part
    skip = rng.choice((0, 0, rng.randrange(len(data) + 1)))
    length = rng.choice((len(data) - skip, rng.randrange(len(data) - skip + 1)))
    cut = [f"-s{skip}", f"-n{length}"]
    listed = iovtool("info", "-l", "-0", *cut, "--", *words)
    if not listed:
        assert length == 0, seed
        continue
    write("../list", listed)
    about = seed, words, listed
    assert data_of("-0", "-T", "../list") == data[skip:skip + length], about
    literal = b"hex:" + data[skip:skip + length].hex().encode()
    iovtool("compare", "-0", "-T", "../list", "--with", literal)
    assert iovtool("info", "-l", "-0", "-0", "-T", "../list") == listed, about
EOS
}

@test "JSON and the default line: what info, is-zero and compare name is the same segment" {
  with_names <<'EOS'
def unescape(text):
    def byte(match):
        escape = match[1]
        return {b"n": b"\n", b"t": b"\t"}.get(escape) or bytes.fromhex(escape[1:].decode())
    return re.sub(rb"\\(n|t|x[0-9a-f]{2})", byte, text.encode())

for name in names:
    data = contents[name]
    word = b"file:" + name + b"@1"
    [info] = json.loads(iovtool("info", "--json", word))["segments"]
    place = json.loads(iovtool("is-zero", "--json", b"zero:3", word, status=1))["place"]
    pair = json.loads(iovtool("compare", "--json", word, b"hex:" + bytes([data[1] ^ 1]).hex().encode(), status=1))
    assert info["segment"] == place["segment"] == pair["first"]["a"]["segment"], name
    assert place["index"] == 1 and pair["first"]["b"]["index"] == 0
    try:
        name.decode()
    except UnicodeDecodeError:
        assert info["segment_escaped"] and info["file_escaped"] and place["segment_escaped"], name
        assert pair["first"]["a"]["segment_escaped"]
        assert data_of(unescape(info["segment"])) == data[1:] and unescape(info["file"]) == name
        continue
    assert not any("escaped" in key for key in [*info, *place, *pair["first"]["a"]]), name
    assert info["file"].encode() == name
    assert data_of(info["segment"]) == data[1:], name
    if name.isascii() and name.decode().isprintable() and b"\\" not in name:
        table = iovtool("info", word).decode().splitlines()[1]
        assert table.endswith("  " + info["segment"]), table
        line = iovtool("compare", word, b"hex:" + bytes([data[1] ^ 1]).hex().encode(), status=1).decode()
        assert f" in {info['segment']} at 1, " in line, line
        line = iovtool("is-zero", "-v", word, status=1).decode()
        first = len(data[1:]) - len(data[1:].lstrip(b"\0")) + 1
        assert line.endswith(f" in {info['segment']} at {first}\n"), line
EOS
}

@test "info --extents --json: the extents are the vector" {
  make_sparse sparse 3M 1M data 2M more
  iovtool info --json --extents sparse@5..-7 plain sparse@1M+1M hex:41 |
    python3 -c 'import json, sys
for segment in json.load(sys.stdin)["segments"]:
    print(segment["segment"])' >../list
  iovtool compare -T ../list --with sparse@5..-7 plain sparse@1M+1M hex:41
}

@test "descriptors and streams, fed in once more" {
  printf '0123456789abcdef' >../text
  for words in - -@3 -@3+5 '-@1+2 -@4+2' -@-5 -@-5+3 -@2..-3 -@..-4 '-@1+1 -@-6..-2' fd:0@7; do
    # shellcheck disable=SC2086
    iovtool info --list -- $words < <(cat ../text) >../list
    # shellcheck disable=SC2086
    iovtool hexdump -- $words < <(cat ../text) >../expected
    iovtool hexdump -T ../list < <(cat ../text) >../actual
    assert_same_text ../actual ../expected "$words, a pipe"
    # shellcheck disable=SC2086
    iovtool info --list -- $words <../text >../list
    iovtool hexdump -T ../list <../text >../actual
    assert_same_text ../actual ../expected "$words, a file"
  done
  # From where the descriptor stands.
  { seek_to 6; iovtool info -l -@2+3 - >../list; } <../text
  { seek_to 6; assert_bytes 38396136 -T ../list -n 4; } <../text
  iovtool info -l fd:7@2+3 7<../text >../list
  assert_bytes 323334 -T ../list 7<../text
  mkfifo fifo@0
  exec 8<>fifo@0
  cat ../text >&8
  iovtool info -l file:fifo@0@2+3 >../list
  assert_bytes 323334 -T ../list
}

@test "rows of od are read back, in each base, with characters and without" {
  { random_file part 1000 1; cat part; head -c 100 /dev/zero; cat part; } >data
  for base in x d o; do
    for type in x1 x1z; do
      for options in "" -v -w7 -w1 '-w32 -v' '-j5 -N 500'; do
        # shellcheck disable=SC2086
        od -A "$base" -t "$type" $options data >dump
        iovtool copy dump:dump >back
        case $options in
          -j*) cmp <(tail -c +6 data | head -c 500) back ;;
          *) cmp data back ;;
        esac || fail "od -A $base -t $type $options"
      done
    done
  done
}

@test "xxd -b, xxd -i and hexyl are read back, whatever their options" {
  { random_file part 1000 1; cat part; head -c 1000 /dev/zero; head -c 99 part; } >data
  while read -r command; do
    $command data >dump
    iovtool copy dump:dump >back
    cmp data back || fail "$command"
  done <<'EOF'
xxd -b
xxd -b -c 1
xxd -b -c 9 -g 3
xxd -i
iovtool hexdump -f c
iovtool hexdump -f c -u -w 7
hexyl
hexyl -v
hexyl --color=never
hexyl --border=ascii
EOF
  xxd -i <data >dump
  iovtool copy dump:dump | cmp - data
  xxd -b data | cut -c -63 >dump
  iovtool copy dump:dump | cmp - data
}

@test "packets that tcpdump prints are read back, one after the other" {
  python3 - <<'EOS'
import random, struct

rng = random.Random(4)
with open("pcap", "wb") as pcap, open("frames", "wb") as frames, open("packets", "wb") as packets:
    pcap.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for length in 1, 2, 16, 23, 500:
        data = b" | " + rng.randbytes(length)
        udp = struct.pack(">HHHH", 1000, 2000, 8 + len(data), 0) + data
        packet = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1") + udp
        frame = bytes(12) + b"\x08\0" + packet
        pcap.write(struct.pack("<IIII", length, 0, len(frame), len(frame)) + frame)
        frames.write(frame)
        packets.write(packet)
EOS
  for options in -x -X '-t -x' '-v -X' '-e -x'; do
    # shellcheck disable=SC2086
    tcpdump -n -r pcap $options >dump 2>complaint || fail "$(<complaint)"
    iovtool copy dump:dump | cmp - packets || fail "tcpdump $options"
  done
  for options in -xx -XX '-v -XX'; do
    # shellcheck disable=SC2086
    tcpdump -n -r pcap $options >dump 2>complaint || fail "$(<complaint)"
    iovtool copy dump:dump | cmp - frames || fail "tcpdump $options"
  done
}

@test "Intel HEX and S-records of objcopy and srec_cat are read back" {
  random_file data 70001 2
  for format in ihex srec; do
    objcopy -I binary -O "$format" data dump
    iovtool copy dump:dump | cmp - data
  done
  for format in -intel -motorola; do
    for options in '' '-offset 0x1234 -address-length=3' '-offset 0x12345600' '-offset 0xfffe0000' '-offset 7 -line-length=40'; do
      # shellcheck disable=SC2086
      srec_cat data -binary ${options% -*=*} -o dump "$format" ${options#"${options% -*=*}"}
      iovtool copy dump:dump | cmp - data || fail "$format $options"
    done
  done
}

@test "Intel HEX and S-records with a gap: the message names patch" {
  random_file data 100 2
  for format in ihex srec; do
    objcopy -I binary -O "$format" data whole
    sed 3d whole >dump
    run --separate-stderr iovtool hexdump dump:dump
    assert_error_line 2 'bytes are missing before it; iovtool patch takes rows with gaps'
  done
}

@test "rows of od that are no single bytes, or could be plain, are refused" {
  printf 'hello world, this is od\n' >text
  while IFS='|' read -r command message; do
    eval "${command//!/|}" >dump
    run --separate-stderr iovtool hexdump dump:dump
    assert_error_line 2 "dump 'dump', $message"
  done <<'EOF'
od -A x -t x2 text|line 1, column 10: expected a blank after each byte of two digits (od -t x1), found '6'
od -A x -t x4 text|line 1, column 10: expected a blank after each byte of two digits (od -t x1), found '6'
od -A x -t x1 -N 4 text ! head -n 1|line 1, column 1: this could be od-x with an offset, or plain; dump:LOOK:PATH names the look
od -A o -t x1 -N 16 -w16 -v /dev/zero ! sed '2s/.*/*\n0000100/'|line 1, column 1: this could be od-x or od-d; dump:LOOK:PATH names the look
EOF
}

# "0000000  65" is how od -t u1 shows the byte 41, and how an old hexdump -C without characters would show 65.
@test "decimal rows of od are refused; one row that is none tells" {
  could_be='this could be canonical, or decimal numbers (od -t u1)'
  for text in 'AB' '0123456789:;<=>?' '\x0a\x0b' '\x63\x62\x61\x60\x5f'; do
    printf %b "$text" >data
    for options in '-A d -t u1 -w1' '-A x -t u1 -w1' '-A o -t u1 -w1' '-A d -t u1 -w2' '-A d -t u1' '-A x -t u2 -w2' '-A d -t u2'; do
      # shellcheck disable=SC2086 # words
      od -v $options data >dump
      run --separate-stderr iovtool copy dump:dump
      [[ $status == 2 && $stderr == "iovtool copy: dump 'dump', "* ]] || fail "$options" "$(<dump)" "$output"
    done
  done
  od -A d -t u1 -w1 -N 3 data >dump
  run --separate-stderr iovtool copy dump:dump
  assert_error_line 2 "dump 'dump', line 1, column 1: $could_be; dump:LOOK:PATH names the look"
  printf '0000000  65  66\n' >dump
  run --separate-stderr iovtool patch data dump
  assert_error_line 2 "patch 'dump', line 1, column 1: $could_be; --look=LOOK names the look"
  for text in '0000000  65  66' '0000000  65  6a\n' '0000000  65 66\n' '00000000  65  66\n00000002' '000000  65  |e|\n'; do
    printf %b "$text" >dump
    run -0 iovtool hexdump -f plain dump:canonical:dump
    [[ $output == 65* ]] || fail "$text"
    [[ $text == '0000000  65  66' ]] || iovtool copy dump:dump >/dev/null || fail "$text"
  done
}

@test "plain rows in groups are read back, whatever their size" {
  random_file data 1000 1
  for group in 1 2 3 4 5 8; do
    iovtool hexdump -f plain -g "$group" data >dump
    iovtool copy dump:dump | cmp - data
  done
}

@test "a plain dump of little-endian groups would be read back as other bytes: refused" {
  run --separate-stderr iovtool hexdump -f plain -e -g 4 str:abcdefgh
  assert_error_line 2 '--little-endian means nothing with --format=plain'
}

@test "rows without characters, as cut or awk leave them" {
  random_file data 1000 1
  xxd data | cut -d ' ' -f 1-9 >dump
  iovtool copy dump:dump | cmp - data
  xxd data | sed 's/ *$//' >dump
  iovtool copy dump:dump | cmp - data
  hexdump -C data | cut -d '|' -f 1 >dump
  iovtool copy dump:dump | cmp - data
}

# A line is "LINE.COLUMN|WHAT|TEXT", the text with printf's escapes; "!" stands for "|".
@test "an edited row with too few digits and one with too many: the message says what is missing" {
  while IFS='|' read -r place what text; do
    # shellcheck disable=SC2059
    printf "${text//!/|}" >dump
    run --separate-stderr iovtool hexdump dump:dump
    assert_error_line 2 "dump 'dump', line ${place%.*}, column ${place#*.}: $what"
  done <<'EOF'
1.13|too few digits: 1 byte, but 2 characters|00000000: 41  AB\n
1.15|too many digits: 2 bytes, but 1 character|00000000: 4142  A\n
1.13|too few digits: 1 byte, but 2 characters|00000000  41  !AB!\n
1.12|expected the second hex digit of a byte, found ' '|00000000: 4  A\n
2.1|expected the offset 3, found 4: 1 byte is missing before it; iovtool patch takes rows with gaps|00000000: 414243\n00000004: 44\n
3.1|expected the offset 3, found 4: the row before has too few digits, 1 byte|00000000: 4142\n00000002: 41\n00000004: 44\n
2.1|expected the offset 2, found 1: the row before has too many digits, 1 byte|00000000: 4142\n00000001: 44\n
EOF
}
