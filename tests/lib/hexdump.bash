# shellcheck shell=bash
# What the tests of `iovtool hexdump` and of the segment language share: `load lib/hexdump` after
# `load lib/common`.

# assert_same_text ACTUAL EXPECTED [ABOUT...]: two files, line by line.
assert_same_text() {
  cmp -s "$1" "$2" || fail "${*:3}" "$(diff -aU 1 "$2" "$1" | head -n 20 | cut -c -120)"
}

# assert_bytes HEX [ARGUMENT...]: the bytes that the segments name, as digits in one line.
assert_bytes() {
  local expected=$1 actual
  shift
  actual=$(iovtool hexdump -f plain -w 0 "$@") || fail "iovtool hexdump ${*@Q}: exit status $?"
  [[ $actual == "$expected" ]] || fail "iovtool hexdump ${*@Q}" "--- expected $expected" \
    "--- actual   $actual"
}

# assert_refused TEXT [ARGUMENT...]: `iovtool hexdump ARGUMENT...` ends with status 2, prints no byte
# and complains with exactly this text.
assert_refused() {
  local text=$1
  shift
  assert_complaint "iovtool hexdump: $text" iovtool hexdump "$@"
}

# assert_complaint TEXT COMMAND...: status 2, nothing on standard output, TEXT on standard error.
assert_complaint() {
  local text=$1 status=0 scratch=$BATS_TEST_TMPDIR
  shift
  "$@" >"$scratch/.out" 2>"$scratch/.err" || status=$?
  printf '%s\n' "$text" >"$scratch/.expected"
  assert_same_text "$scratch/.err" "$scratch/.expected" "${*@Q}"
  ((status == 2)) || fail "${*@Q}: exit status $status, not 2"
  [[ ! -s $scratch/.out ]] || fail "${*@Q}: standard output is not empty" "$(head -n 5 "$scratch/.out")"
}

# make_samples FOLDER: files that a dump may trip over, of sizes around those of rows, pages and
# buffers: random ones, ones with runs of repeated rows, and ones whose last row is only a part of
# the row that was repeated.
make_samples() {
  python3 - "$1" <<'EOF'
import os, random, sys

folder = sys.argv[1]
rng = random.Random(1)
samples = {}
for size in (0, 1, 2, 15, 16, 17, 31, 32, 33, 255, 256, 4095, 4096, 4097, 65535, 65537, 70000):
    samples[f"random-{size}"] = rng.randbytes(size)
for size in (5, 16, 17, 32, 33, 47, 48, 64, 100, 4096, 70001):
    samples[f"zeros-{size}"] = bytes(size)
samples["all-bytes"] = bytes(range(256))
row, other = rng.randbytes(16), rng.randbytes(16)
samples["rows"] = row * 2 + other + row * 3 + other * 40 + row
samples["rows-partial-same"] = row * 3 + row[:7]
samples["rows-partial-other"] = row * 3 + other[:7]
samples["rows-once-partial-same"] = row + row[:15]
samples["rows-nearly"] = row + row[:15] + bytes([row[15] ^ 1]) + row
samples["islands"] = b"".join(
    bytes(rng.choice((1, 15, 16, 64, 5000))) + rng.randbytes(rng.choice((1, 8, 16, 40)))
    for _ in range(60))
samples["lumpy"] = b"".join(rng.choice((row, other)) * rng.choice((1, 2, 3, 9)) for _ in range(200))
os.makedirs(folder)
for name, data in samples.items():
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)
EOF
}
