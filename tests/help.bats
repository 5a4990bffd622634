#!/usr/bin/env bats
# iovtool help: the page on a terminal, and the text of --help everywhere else.

load lib/common

# A man that has the pages listed in the file "pages", and says which one it was asked to show.
setup() {
  enter_scratch
  mkdir bin
  cat >bin/man <<'EOS'
#!/bin/sh
[ "$1" != -w ] || exec grep -qxF "$3($2)" pages
# Of the signals that the program ignores, those that man would have inherited: SIGXFSZ is bit 24.
ignored=$(sed -n 's/^SigIgn:[^0-9a-f]*//p' "/proc/$$/status")
echo "man shows $2($1); ignored signals: $((0x$ignored & 0x1000000))"
exit 7
EOS
  chmod +x bin/man
  PATH=$PWD/bin:$PATH
  : >pages
}

# on_terminal COMMAND: what it shows there.
on_terminal() {
  script -qec "$1" /dev/null </dev/null | tr -d '\r'
}

# assert_page PAGE COMMAND: man is left with it, no signal ignored, and decides the exit status.
assert_page() {
  echo "$1" >pages
  run on_terminal "$2; echo status \$?"
  assert_output "man shows $1; ignored signals: 0
status 7"
}

# bats test_tags=valgrind
@test "without a terminal: the text of --help" {
  printf '%s\n' 'iovtool(1)' 'iovtool-copy(1)' >pages
  diff <(iovtool help) <(iovtool --help)
  for command in $(iovtool --list-commands); do
    diff <(iovtool help "$command") <(iovtool "$command" --help) || fail "$command"
  done
}

@test "on a terminal: the page" {
  assert_page 'iovtool(1)' 'iovtool help'
  assert_page 'iovtool-copy(1)' 'iovtool help copy'
  assert_page 'iovtool-is-zero(1)' 'iovtool help -- is-zero'
  assert_page 'iovtool-segment(7)' 'iovtool help segments'
}

@test "on a terminal, but no page or no man: the text of --help" {
  echo 'iovtool-info(1)' >pages
  diff <(on_terminal 'iovtool help copy') <(iovtool copy --help)
  diff <(on_terminal 'iovtool help') <(iovtool --help)
  diff <(on_terminal 'iovtool help segments') <(iovtool help segments)
  echo 'iovtool-copy(1)' >pages
  iovtool copy --help >expected
  diff <(on_terminal "PATH=${IOVTOOL%/*}; iovtool help copy") expected
}

@test "the real man finds the pages where they are installed" {
  rm bin/man
  command -v man >/dev/null || skip 'man is not installed'
  mkdir -p share/man/man1
  cp "$BATS_TEST_DIRNAME/../man/iovtool-copy.1" share/man/man1
  run on_terminal "MANPATH=$PWD/share/man MANPAGER=cat iovtool help copy"
  [[ $output == *'Replace the contents of'* ]] || fail "$output"
}

@test "every scheme is among the segments, and it fits 80 columns" {
  iovtool help segments >help
  wide=$(grep -E '.{81}' help) && fail "$wide"
  for scheme in file fd hex str zero fill le16 be64 dump; do
    grep -q "^  $scheme:[^ ]* " help || fail "$scheme"
  done
  truncate -s 2M disk.img
  cp disk.img log
  cp disk.img rom
  while read -r segment; do
    iovtool info "$segment" >>table
  done < <(sed -n '/^Examples:/,$p' help | grep -oE '[^ ]+@[^ ]+')
  [[ $(grep -c '^1 segment,' table) == 3 ]]
}

# forms: of a segment, from text that names them and much else, one a line. That of a fill up to a
# multiple, or an offset, is told in words in --help.
forms() {
  grep -oE '(^|[ |])[a-z0-9]+:[A-Z+.]+' | tr -d ' |' | grep -v '\.\.' | sort
}

@test "--help, README and the manual name every form of a segment" {
  iovtool help segments | sed -n '/^Sources:/,/^$/p' | forms >all
  [[ $(wc -l <all) -gt 10 ]]
  diff all <(iovtool --help | sed -n '/^Segments:/,/each with/p' | forms)
  for page in README.md man/iovtool-segment.7 src/segment/spec.h; do
    diff all <(sed -n '/SOURCE *:= /,/RANGE *:= /p' "$BATS_TEST_DIRNAME/../$page" | forms) ||
      fail "$page"
  done
}

@test "--help says how a value that may be left out is given, where there is one" {
  told='A value in [=...] is given with =, and may be left out.'
  found=0
  for command in $(iovtool --list-commands); do
    iovtool "$command" --help >help
    if sed -n '/^Options:/,/^$/p' help | grep -qF '[='; then
      grep -qxF "$told" help || fail "$command"
      found=$((found + 1))
    else
      ! grep -qxF "$told" help || fail "$command has no such option"
    fi
  done
  ((found >= 5))
}

# runs_of COMMAND: words to which each option of the command can be added, in one of the lines at least.
# What sends and receives finds nobody there, which is status 3 or 4.
runs_of() {
  case $1 in
    compare) printf '%s\n' 'ten ten' ten 'ten ten --slice=1/2' ;;
    find) printf '%s\n' 'str:1 ten' ten 'str:1 ten --slice=1/2' ;;
    fill) printf '%s\n' '--byte=00 ten' ten '--byte=00 ten --slice=1/2' ;;
    clone) printf '%s\n' 'ten -o out' ten 'ten -o made' 'ten -o made --no-clobber'{,' --slice=1/2'} ;;
    copy) printf '%s\n' 'ten -o out' ten 'ten -o made'{,@0} 'ten --slice=1/2' ;;
    discard) printf '%s\n' 'ten -o out' ten 'ten -o made'{,@0} 'ten --slice=1/2' 'spare --in-place' '' ;;
    send) printf '%s\n' {unix:nowhere,unix-dgram:nowhere,tcp:127.0.0.1:1}' ten'{,' --slice=1/2'} ;;
    recv) printf '%s\n' '--timeout=10ms '{unix:nowhere,unix-dgram:nowhere,tcp:127.0.0.1:1}{,{' --listen',}' -o made'} \
      '--timeout=10ms unix:nowhere -o made@0' ;;
    *) printf '%s\n' ten 'ten --slice=1/2' 'ten --slices=2' 'ten --slices=2 --list' ;;
  esac
}

# values_of COMMAND OPTION: what may stand behind the "=" of the option: its words, or something that
# many options take.
values_of() {
  if [[ $2 != *= ]]; then
    echo
  elif ! iovtool "$1" "$2?" 2>&1 </dev/null | sed -n "s/.*'?' is none of //p" | tr -d ',' | tr ' ' '\n' | grep .; then
    printf '%s\n' 1 1/2 00 list undo out:1 str:x saved name=true
  fi
}

# is_taken COMMAND OPTION: some run with it is no usage error.
is_taken() {
  local first rest value status words
  while read -r first rest; do
    for value in $(values_of "$1" "$2") ''; do
      read -ra words <<<"$1 $first $2$value $rest"
      status=0
      rm -rf made undo
      timeout 20 iovtool "${words[@]}" </dev/null >/dev/null 2>complaint || status=$?
      ((status == 2)) || return 0
    done
  done < <(runs_of "$1")
  return 1
}

@test "no option that --help lists is refused always" {
  printf 0123456789 | tee ten >spare
  echo ten >list
  iovtool discard --in-place --front=1 --undo-file=saved spare
  : >out
  count=0
  for command in $(iovtool --list-commands); do
    for option in $(iovtool "$command" --list-options); do
      is_taken "$command" "$option" || fail "$command $option" "$(<complaint)"
      count=$((count + 1))
    done
  done
  ((count > 150))
}

@test "what there is no help for" {
  run -2 --separate-stderr iovtool help cpoy
  assert_error_line 2 "iovtool help: unknown command 'cpoy'; did you mean 'copy'?"
  run -2 --separate-stderr iovtool help segment
  assert_error_line 2 "iovtool help: unknown command 'segment'; did you mean 'segments'?"
  run -2 --separate-stderr iovtool help frobnicate
  assert_error_line 2 "iovtool help: unknown command 'frobnicate' (see iovtool --help)"
  run -2 --separate-stderr iovtool help copy info
  assert_error_line 2 'iovtool help: one command at a time, and nothing else'
  run -2 --separate-stderr iovtool hlep
  assert_error_line 2 "iovtool: unknown command 'hlep'; did you mean 'help'?"
  run -2 bash -c 'iovtool help >/dev/full'
  assert_output 'iovtool help: cannot write standard output: No space left on device'
}
