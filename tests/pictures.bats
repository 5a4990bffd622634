#!/usr/bin/env bats
# The pictures of README.md show what the program prints, and the bars what the table of results says.

load lib/common

root=$BATS_TEST_DIRNAME/..

# pictured: the text of the SVG on standard input, a piece a line.
pictured() {
  python3 -c 'import sys, xml.etree.ElementTree as tree
for element in tree.parse(sys.stdin).iter():
    if element.tag.endswith("}text"):
        print(element.text)'
}

# ---- What the terminal shows -----------------------------------------------------------------------

# bats test_tags=plain
@test "README.md's pictures are those that 'make pictures' makes now" {
  mkdir pictures
  "$root/.pictures/make" pictures
  ((3 == $(find pictures -name '*.svg' | wc -l)))
  for picture in pictures/*.svg; do
    cmp "$picture" "$root/.$picture" || fail "'make pictures' has not been run"
    grep -qF "](.$picture)" "$root/README.md" || fail "README.md does not show $picture"
  done
}

# bats test_tags=plain
@test "each piece of text stands in its column, in its colour" {
  printf 'ab \e[31mc<d\e[0m e\n\n \e[1;32mf\e[0m\n' | "$root/.pictures/terminal" 'A & B' >out.svg
  grep -qF '<title>A &amp; B</title>' out.svg
  [[ $(pictured <out.svg) == $'ab \nc<d\n e\nf' ]] || fail "$(<out.svg)"
  grep -q '<text x="16.0" y="30" fill="#d8dee9" textLength="25.2" xml:space="preserve">ab ' out.svg
  grep -q '<text x="41.2" y="30" fill="#ff7b72" textLength="25.2" ' out.svg
  grep -q '<text x="24.4" y="68" fill="#7ee787" font-weight="bold" ' out.svg
  grep -q 'viewBox="0 0 99 89"' out.svg || fail "$(head -n 1 out.svg)"
}

# bats test_tags=plain
@test "a colour that it does not know is an error, not left out" {
  run -1 "$root/.pictures/terminal" title <<<$'\e[45mx'
  assert_output "terminal: no colour for '45'"
}

# ---- Bars ------------------------------------------------------------------------------------------

results() {
  cat <<'EOS'
# Results

| row | command | seconds | rate | peak MiB | ratio | target | verdict |
|---|---|---:|---:|---:|---:|---:|---|
| dump <all> | `iovtool hexdump f` | 0.1 | 550 MB/s | 5 | | | |
| dump <all> | `xxd f \| cat` | 0.2 | 86 MB/s | 3 | 6.4 x | 25 x | not reached |
| dump <all> | `hexdump -C f` | 0.3 | 7.84 MB/s | 3 | 70.2 x | 250 x | not reached |
| start-up | `for i in {1..9}; do iovtool info; done` | 0.1 | 64 runs/s | 5 | | | |
| start-up | `for i in {1..9}; do cmp a a; done` | 0.1 | 80 runs/s | 5 | 0.8 x | 1 x | not reached |
| alone | `iovtool fill f` | 0.1 | 550 MB/s | 5 | | | |

Left out:

- none: | `no` | row |
EOS
}

# bats test_tags=plain
@test "a bar for each job, against the peer that came closest" {
  results >results.md
  "$root/.pictures/bars" results.md >out.svg
  pictured <out.svg >texts
  printf '%s\n' 'Times as fast as the fastest other tool' '1 x' 'dump <all>' '6.4 x xxd, 550 MB/s' \
    start-up '0.8 x cmp, 64 runs/s' | diff - texts
  # 420 units are log10(6.4 / 0.8): 1 is at 455 of 410 to 830
  grep -q '<rect x="455.1" y="48" width="374.9" height="16" fill="#2f81f7"/>' out.svg || fail "$(<out.svg)"
  grep -q '<rect x="410.0" y="72" width="45.1" height="16" fill="#d1242f"/>' out.svg || fail "$(<out.svg)"
}

# bats test_tags=plain
@test "no results, or none that compare" {
  run -1 "$root/.pictures/bars" none.md
  assert_output "bench-plot: none.md is missing; 'make bench RESULTS=1' writes it"
  results | grep -v ' x |' >alone.md
  run -1 "$root/.pictures/bars" alone.md
  assert_output 'bench-plot: alone.md compares with no other tool'
}
