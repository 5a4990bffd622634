#!/usr/bin/env bats
# The documentation says what the program does: manual pages, README.md, --help and completions.

load lib/common

root=$BATS_TEST_DIRNAME/..

setup() {
  enter_scratch
  mapfile -t commands < <(iovtool --list-commands)
}

# ---- Reading what is documented --------------------------------------------------------------------

page_of() {
  echo "$root/man/iovtool-$1.1"
}

# section PAGE TITLE: its lines of mdoc.
section() {
  awk -v title=".Sh $2" '/^\.Sh / { inside = $0 == title; next } inside' "$1"
}

# Macro lines of mdoc on standard input, such as ".It Fl l , Fl -list Ns Op = Ns Ar N" -> the text that
# they show, such as "-l, --list[=N]".
plain() {
  awk '{
    text = open = close_with = ""
    join = 1
    for (i = 1; i <= NF; i++) {
      word = i == 1 ? substr($i, 2) : $i
      if (word ~ /^(It|Nm|Ar|Cm)$/) continue
      if (word == "Ns") { join = 1; continue }
      if (word == "Op") { open = "["; close_with = "]"; continue }
      if (word == "Fl") word = "-" $(++i)
      text = text (join || word == "," ? "" : " ") open word
      join = 0
      open = ""
    }
    print text close_with
  }' | sed 's/\[ \{0,1\}/[/; s/ \[=/[=/'
}

# The forms of the options that a page describes, "-l, --list[=N]", and those that --help does.
options_of_page() {
  section "$(page_of "$1")" OPTIONS | grep '^\.It Fl' | plain
}

options_of_help() {
  iovtool "$1" --help | sed -n '/^Options:/,/^$/ s/^  \(-.*\)/\1/p' | sed 's/  .*//'
}

# examples PAGE FOLDER: each command of its EXAMPLES, and of what it shows on sharing the work -> FOLDER/N.command, what it prints -> FOLDER/N.output
# and the exit status that the text before announces -> FOLDER/N.status.
examples() {
  { section "$1" 'SHARING THE WORK'; section "$1" EXAMPLES; } | sed 's/\\e/\\/g; s/\\(aq/'\''/g; s/\\(dq/"/g; s/\\&//g' | awk -v folder="$2" '
    /^\.Bd/ { inside = 1; next }
    /^\.Ed/ { inside = 0; status = 0; next }
    !inside { if (/exit status is 1/) status = 1; next }
    /^\$ /  {
      step = sprintf("%s/%02d", folder, ++count)
      print substr($0, 3) >(step ".command")
      print status + 0 >(step ".status")
      printf "" >(step ".output")
      next
    }
    { print >(step ".output") }'
}

# table TITLE: the rows of the table in this section of README.md, their cells of code divided by tabs.
table() {
  awk -v title="## $1" '/^## / { inside = $0 == title } inside && /^\| `/' "$root/README.md" |
    sed 's/\\|/\x01/g; s/^| *//; s/ *|$//; s/ *| */\t/g; s/\x01/|/g; s/`//g'
}

# The files that examples name.
make_files() {
  PYTHONPATH=$BATS_TEST_DIRNAME/lib python3 -B - <<'EOS'
import random
import struct

from put import put

rng = random.Random(1)

partition = bytes.fromhex("80202100 83aa2882 00080000 00f81f00")
put("disk.img", (446, partition), (510, b"\x55\xaa"), ((4 << 20) - 4, b"END\n"))
put("sparse.img", (1 << 20, rng.randbytes(65536)), size=4 << 20)
put("image", size=2 << 20)
put("alphabet", (0, b"abcdefghijklmnopqrstuvwxyz\n"))
put("header", (0, rng.randbytes(512)))
put("body", (0, rng.randbytes(2048)))
put("patch", (0, rng.randbytes(100)))
put("patch.hex", (0, b":04010000DEADBEEFC3\n:00000001FF\n"))
put("fw.hex", (0, b":0400000068656C6C57\n:010004006F8C\n:00000001FF\n"))
put("patch.txt", (0, b"00000100: dead beef                                ....\n"))
whole = rng.randbytes(3000)
put("whole", (0, whole))
for i in range(3):
    put(f"part{i + 1}", (0, whole[i * 1000 : i * 1000 + 1000]))
core = bytearray(8704)
core[:64] = struct.pack("<4s12BHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, *[0] * 9, 4, 62, 1, 0, 64, 0, 0,
                        64, 56, 2, 0, 0, 0)
core[64:120] = struct.pack("<IIQQQQQQ", 1, 5, 4096, 0x400000, 0, 4096, 4096, 4096)
core[120:176] = struct.pack("<IIQQQQQQ", 1, 6, 8192, 0x600000, 0, 512, 4096, 4096)
put("core", (0, core))
rom = bytes(range(1, 9)) * 8192
put("old.rom", (0, rom))
put("new.rom", (0, rom), (4100, b"\xff\xff\xff"), (8192, b"\0"), size=len(rom))
EOS
}

# A port of TCP that nobody listens at, for examples that name 8000.
free_port() {
  python3 -c 'import socket
with socket.socket() as server:
    server.bind(("127.0.0.1", 0))
    print(server.getsockname()[1])'
}

# Ten thousand of them, for those pages that name them.
make_many() {
  mkdir many
  seq -f '%015g' 10000 | split -l 1 -a 4 -d - many/
}

# ---- Pages and --help ------------------------------------------------------------------------------

@test "every command has a page, and stands in iovtool(1), README.md and CHANGELOG.md" {
  ((${#commands[@]} > 0))
  for command in "${commands[@]}"; do
    [[ -f $(page_of "$command") ]] || fail "$command has no page"
    grep -qx "\.Nm iovtool-$command" "$(page_of "$command")" || fail "$command: NAME"
    section "$root/man/iovtool.1" COMMANDS | grep -qx "\.Xr iovtool-$command 1 \." ||
      fail "$command is not in iovtool(1)"
    table Commands | grep -q "^$command " || fail "$command is not in README.md"
    grep -qF "\`iovtool $command\`" "$root/CHANGELOG.md" || fail "$command is not in CHANGELOG.md"
  done
}

@test "no page and no row of README.md is about a command that there is not" {
  for page in "$root"/man/iovtool-*.1; do
    name=${page##*/iovtool-}
    [[ " ${commands[*]} " == *" ${name%.1} "* ]] || fail "$page"
  done
  while read -r name _; do
    [[ " ${commands[*]} " == *" $name "* ]] || fail "README.md: $name"
  done < <(table Commands)
}

@test "the options of a page are those of --help and of --list-options, letters and arguments too" {
  for command in "${commands[@]}"; do
    options_of_page "$command" | sort >page
    options_of_help "$command" | sort >help
    diff page help || fail "$command"
    grep -o -e '--[a-z0-9-]*' page | sort >page.names
    iovtool "$command" --list-options | sed 's/=.*//' | sort -u >listed.names
    diff page.names listed.names || fail "$command"
  done
}

@test "the SYNOPSIS of a page is the usage line of --help" {
  for command in '' "${commands[@]}"; do
    page=$root/man/iovtool${command:+-$command}.1
    synopsis=$(section "$page" SYNOPSIS | plain | paste -sd ' ')
    # shellcheck disable=SC2086 # no command is no word
    usage=$(iovtool $command --help | sed -n '/^Usage:/ { n; s/^  //p; }')
    [[ $synopsis == "$usage" ]] || fail "--- $page" "$synopsis" '--- --help' "$usage"
  done
}

@test "every page of a command has the same sections, in the same order" {
  for command in "${commands[@]}"; do
    sed -n 's/^\.Sh //p' "$(page_of "$command")" | grep -vxE 'ADDRESSES|CAVEATS|PATCHES' >sections
    printf '%s\n' NAME SYNOPSIS DESCRIPTION OPTIONS OUTPUT ENVIRONMENT 'EXIT STATUS' EXAMPLES \
      'SEE ALSO' | diff - sections || fail "$command"
  done
}

@test "--help fits 80 columns and ends with examples" {
  for command in '' "${commands[@]}"; do
    # shellcheck disable=SC2086 # no command is no word
    iovtool $command --help >help
    wide=$(grep -E '.{81}' help) && fail "$command:" "$wide"
    awk '/^Examples:/ { inside = 1; next } inside && NF && !/^  / { exit 1 } inside && NF { found = 1 }
         END { exit !found }' help || fail "$command: no examples at the end"
  done
}

@test "mandoc has nothing to warn of" {
  command -v mandoc >/dev/null || skip "mandoc is not installed ('make deps-lint')"
  mandoc -T lint -W warning "$root"/man/*.[1-8]
}

# ---- Examples --------------------------------------------------------------------------------------

# run_examples PAGE...: they print what the page shows.
run_examples() {
  mkdir files
  (cd files && make_files)
  for page in "$@"; do
    name=${page##*/}
    mkdir "$name.steps"
    examples "$page" "$PWD/$name.steps"
    cp -a files "$name.files"
    ! grep -q 'many/' "$page" || (cd "$name.files" && make_many)
    for step in "$name.steps"/*.command; do
      [[ -f $step ]] || fail "$name has no examples"
      status=0
      command=$(<"$step")
      [[ $command != *8000* ]] || command=${command//8000/$(free_port)}
      (cd "$name.files" && env -u MAKEFLAGS -u MAKELEVEL bash -o pipefail -c "$command") >actual 2>&1 || status=$?
      ((status == $(<"${step%.command}.status"))) ||
        fail "$name: $(<"$step")" "exit status $status" "$(<actual)"
      diff "${step%.command}.output" actual || fail "$name: $(<"$step")"
    done
  done
}

@test "the examples of every page but that of NBD run, and print what the page shows" {
  mapfile -t pages < <(find "$root/man" -name "*.[1-8]" ! -name "iovtool-nbd.*")
  run_examples "${pages[@]}"
}

@test "the examples of the page of NBD run, and print what it shows" {
  needs_libnbd
  run_examples "$root/man/iovtool-nbd.7"
}

@test "the examples of the commands in README.md run" {
  make_files
  while IFS=$'\t' read -r _ _ example; do
    status=0
    bash -c "$example" >/dev/null 2>complaint || status=$?
    [[ ! -s complaint ]] || fail "$example" "$(<complaint)"
    [[ $status == 0 || ($status == 1 && $example =~ compare|is-zero) ]] || fail "$example: $status"
  done < <(table Commands)
}

@test "README.md: what is to be written instead does the same" {
  mkdir before
  (cd before && make_files)
  count=0
  while IFS=$'\t' read -r theirs ours _; do
    rm -rf theirs ours
    cp -a before theirs
    cp -a before ours
    status=(0 0)
    (cd theirs && bash -c "$theirs") >theirs.output 2>/dev/null || status[0]=$?
    (cd ours && bash -c "$ours") >ours.output 2>ours.complaint || status[1]=$?
    [[ ! -s ours.complaint ]] || fail "$ours" "$(<ours.complaint)"
    [[ ${status[0]} == "${status[1]}" ]] || fail "$theirs" "$ours" "${status[*]}"
    cmp theirs.output ours.output || fail "$theirs" "$ours"
    diff -r theirs ours || fail "$theirs" "$ours"
    ((++count))
  done < <(table Instead)
  ((count >= 8))
}

@test "README.md and iovtool-segment(7) have the same grammar" {
  sed -n '/^    SEGMENT :=/,/^$/ s/^    //p' "$root/README.md" >readme
  sed -n '/^SEGMENT :=/,/^\.Ed/ { /^\./d; p; }' "$root/man/iovtool-segment.7" >page
  (($(wc -l <page) > 7))
  diff readme page
}

# ---- Completions -----------------------------------------------------------------------------------

# complete_line LINE: calls the completion of bash as bash does with the cursor at the end of LINE,
# which is cut at blanks and around runs of "@", ":" and "=". Prints what it asks of bash, and then
# each word it offers. Not under the traps of bats, which make it slow.
complete_line() (
  trap - DEBUG
  # shellcheck source=/dev/null
  source "$root/completions/iovtool.bash"
  asked=
  # shellcheck disable=SC2317 # it is called
  compopt() { asked+="$* "; } # the real one works only while bash completes

  rest=$1
  COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=()
  while [[ $rest =~ ^[[:blank:]]*([^[:blank:]@:=]+|[@:=]+)(.*)$ ]]; do
    COMP_WORDS+=("${BASH_REMATCH[1]}")
    rest=${BASH_REMATCH[2]}
  done
  [[ $1 != *[[:blank:]] ]] || COMP_WORDS+=('')
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  part=${1##*[[:blank:]:=]}
  [[ $part != *@* ]] || part=@${part##*@} # to bash the start of a host's name
  _iovtool iovtool "$part" "${COMP_WORDS[COMP_CWORD - 1]}"
  printf '%s\n' "[$asked]" "${COMPREPLY[@]}"
)

# assert_completes LINE WORD...: exactly these complete it, in any order.
assert_completes() {
  diff <(complete_line "$1" | sort) <(printf '%s\n' "[${asking-}]" "${@:2}" | sort) || fail "'$1'"
}

# assert_completes_files LINE: it is left to readline, which does so with files.
assert_completes_files() {
  asking='-o default ' assert_completes "$1"
}

# assert_goes_on LINE WORD: this completes it, and more may be written after that without a blank.
assert_goes_on() {
  asking='-o nospace ' assert_completes "$@"
}

@test "the completions are well-formed, for each shell that is installed" {
  cd "$root/completions"
  bash -n iovtool.bash
  ! command -v zsh || zsh -n _iovtool
  ! command -v fish || fish -n iovtool.fish
}

@test "bash completes commands and options, as the program lists them" {
  assert_completes 'iovtool ' --help --version "${commands[@]}"
  assert_completes 'iovtool hexd' hexdump
  assert_completes 'iovtool nothing'
  for command in "${commands[@]}"; do
    mapfile -t options < <(iovtool "$command" --list-options)
    assert_completes "iovtool $command -" "${options[@]}"
    assert_completes "iovtool $command file@4+4 --" "${options[@]}"
  done
  assert_completes 'iovtool copy --no-' --no-clobber --no-offload --no-map --no-extents
  assert_completes_files 'iovtool copy -- -'
  assert_completes 'iovtool copy --atom' --atomic
  assert_goes_on 'iovtool copy --out' --output=
}

# The values of each option are those that the program names when it is given another.
@test "bash completes the values of every option that has a few words" {
  found=
  for command in "${commands[@]}"; do
    while read -r option; do
      values=$(iovtool "$command" "$option=?" 2>&1 </dev/null | sed -n "s/.*'?' is none of //p")
      [[ -n $values ]] || continue
      found+=" $option"
      read -ra words <<<"${values//,/}"
      assert_completes "iovtool $command $option=" "${words[@]}"
      assert_completes "iovtool $command $option=${words[1]:0:3}" "${words[1]}"
    done < <(iovtool "$command" --list-options | sed -n 's/=$//p')
  done
  for option in --format --offsets --offset-base --color --sparse --progress; do
    [[ "$found " == *" $option "* ]] || fail "no command has $option"
  done
  assert_completes 'iovtool hexdump --format pl' plain
  assert_completes 'iovtool hexdump -f j' json
  assert_completes 'iovtool hexdump -vf j' json
  assert_completes 'iovtool hexdump --skip '
  assert_completes 'iovtool hexdump -w '
}

@test "bash completes every scheme of the grammar" {
  mapfile -t schemes < <(section "$root/man/iovtool-segment.7" DESCRIPTION |
    sed -n '/^SOURCE/,/^RANGE/p' | grep -oE '(^|[ |])[a-z]+([0-9]*|\+unix):(//)?' | tr -d ' |' | sort -u)
  ((${#schemes[@]} == 23))
  assert_completes 'iovtool copy ' "${schemes[@]}"
}

@test "bash completes files before an @, and names that hold one" {
  touch disk.img hexagon getty@tty1.service 'user name'
  mkdir user@host
  touch user@host/inside
  assert_completes_files 'iovtool hexdump dis'
  assert_completes_files 'iovtool hexdump hexdump'
  assert_completes_files 'iovtool hexdump file:dis'
  assert_completes_files 'iovtool hexdump dump:'
  assert_completes_files 'iovtool copy -o '
  assert_completes_files 'iovtool copy zero:1K --output=dis'
  assert_completes_files 'iovtool copy -T '
  assert_completes_files 'iovtool copy disk.img >d'
  assert_completes_files 'iovtool copy disk.img > d'
  assert_completes_files 'iovtool copy --segments-from '
  assert_completes 'iovtool hexdump hex' hex: hexagon
  assert_completes_files 'iovtool compare --list hexa'
  assert_completes 'iovtool hexdump disk.img@'
  assert_completes 'iovtool hexdump disk.img@4K'
  assert_completes 'iovtool hexdump -@'
  assert_completes 'iovtool hexdump hex:'
  assert_completes 'iovtool hexdump le16:4'
  assert_completes 'iovtool hexdump getty@' @tty1.service
  assert_completes 'iovtool hexdump file:getty@t' @tty1.service
  assert_goes_on 'iovtool copy --output=user@h' @host/
  assert_completes 'iovtool copy disk.img@4 user@host/' @host/inside
  assert_goes_on 'iovtool copy -- zer' zero:
  assert_completes_files 'iovtool hexdump hex:00 use'
}
