#!/usr/bin/env bats
# The completions in the shells themselves: keys are typed on a terminal, and what iovtool is run with
# is compared. What may be written where is a matter of the program: see test-complete.c.

load lib/common

root=$BATS_TEST_DIRNAME/..

setup() {
  enter_scratch
  mkdir work
  cd work || exit
  touch disk.img user@host.img 'a blank.img'
}

# A line is "KEYS -> ARGUMENTS": what is typed after "iovtool ", where \t is the tab key, and what
# iovtool is run with then, joined by "|".
cases() {
  cat <<'EOF_CASES'
hexd\t -> hexdump
--vers\t -> --version
is\tdisk.img@4+4 -> is-zero|disk.img@4+4
hexdump --fo\txx\tdis\t -> hexdump|--format=xxd|disk.img
hexdump --format pl\t -> hexdump|--format|plain
hexdump -vf j\tdi\t -> hexdump|-vf|json|disk.img
hexdump --offset-base=d\t--no-sq\t -> hexdump|--offset-base=dec|--no-squeeze
copy --progress=al\t -> copy|--progress=always
copy di\t-o di\t -> copy|disk.img|-o|disk.img
copy --outp\tdi\t -> copy|--output=disk.img
copy file:di\t -> copy|file:disk.img
copy dum\tdi\t -> copy|dump:disk.img
copy be6\t17 -> copy|be64:17
copy disk.img@4K+1\tK -> copy|disk.img@4K+1K
copy user\t -> copy|user@host.img
copy user@h\t -> copy|user@host.img
copy file:user@h\t -> copy|file:user@host.img
copy a\t -> copy|a blank.img
copy -- di\t -> copy|--|disk.img
copy hex:00@1\t -> copy|hex:00@1
help seg\t -> help|segments
help compa\t -> help|compare
send ud\tlocalhost:9 di\t -> send|udp:localhost:9|disk.img
send unix-s\tdi\t -> send|unix-seqpacket:disk.img
send --framing=lf\ttc\t:9 zer\t1 -> send|--framing=lf|tcp::9|zero:1
recv vso\t1:2 --lis\t -> recv|vsock:1:2|--listen
EOF_CASES
}

# assert_completed SETUP SHELL...
assert_completed() {
  command -v "$2" >/dev/null || skip "$2 is not installed ('make deps')"
  cases >../cases
  sed 's/ -> .*//; s/^/iovtool /' ../cases |
    "$root/tests/lib/type-lines" "$IOVTOOL" "$@" >../arguments
  sed 's/.* -> //' ../cases >../expected
  diff ../expected ../arguments
}

# bats test_tags=plain
@test "bash" {
  assert_completed "source '$root/completions/iovtool.bash'" bash --norc --noprofile -i
}

# bats test_tags=plain
@test "zsh" {
  assert_completed "fpath=('$root/completions' \$fpath); autoload -U compinit; compinit -u -D" \
    zsh -f -i
}

# bats test_tags=plain
@test "fish" {
  assert_completed "source '$root/completions/iovtool.fish'" fish --no-config -i
}
