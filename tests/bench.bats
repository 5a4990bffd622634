#!/usr/bin/env bats
# What `make bench` stands on: programs that do the same work as iovtool, and a table for each machine. It
# measures nothing.

bats_require_minimum_version 1.5.0

load lib/common

bench=$BATS_TEST_DIRNAME/bench

# bats test_tags=plain
@test "the programs that show the reach do what iovtool does" {
  local program way
  mkdir reach
  for program in "$bench"/reach/*.c; do
    "${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -o "reach/$(basename "$program" .c)" \
      "$program"
  done
  random_file data 300000 1
  printf 'data@%d+%d\n' 5 64 299000 1000 0 1 77777 512 >list
  cmp <(reach/gather data list) <(iovtool copy -T list)
  [[ $(reach/list data list) == '4 1577' ]]
  cmp <(reach/dump data) <(xxd data)
  cmp <(printf '%s\n' data list | reach/files 4) <(iovtool copy data@..4 list@..4)
  for way in read map sendfile splice; do
    cmp <(reach/push "$way" data | cat) data
  done
  cp data same
  tr a b <data >other
  for way in read map; do
    reach/compare "$way" data same
    run -1 reach/compare "$way" data other
  done
  reach/compare read data - <data
}

# bats test_tags=plain
@test "results: the table of this machine is replaced, those of others stay" {
  mkdir -p tests/bench/jobs tests/lib
  cp "$bench/run" tests/bench
  cp "$BATS_TEST_DIRNAME/lib/python.bash" tests/lib
  printf '%s\n' 'prepare() { :; }' \
    "rows() { row nothing runs; ours 1 'iovtool --version'; peer 2 1 true true; }" >tests/bench/jobs/nothing
  printf '%s\n' '# Results' '' '## Another machine' '' '- date: then' >tests/bench/RESULTS.md
  for _ in 1 2; do
    BENCH_MIB=1 BENCH_RUNS=1 IOVTOOL=$(command -v iovtool) tests/bench/run --results >/dev/null
    [[ $(grep -c '^## ' tests/bench/RESULTS.md) == 2 ]] || fail "$(<tests/bench/RESULTS.md)"
    [[ $(tail -n 3 tests/bench/RESULTS.md) == $'## Another machine\n\n- date: then' ]] ||
      fail "$(<tests/bench/RESULTS.md)"
    grep -q '^| nothing .* 2 x ' tests/bench/RESULTS.md
  done
}
