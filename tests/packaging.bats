#!/usr/bin/env bats
# What is installed, where, and that all of it goes again; the source tarball. `make distcheck` and
# `make check-deb` try the rest, which takes longer.

bats_require_minimum_version 1.5.0

root=$BATS_TEST_DIRNAME/..
IOVTOOL=$(realpath "${IOVTOOL:-$root/build/release/iovtool}")

# The caller's make has flags and folders of its own.
setup() {
  cd "$BATS_TEST_TMPDIR" || exit
  unset MAKEFLAGS MAKELEVEL MFLAGS BUILD DESTDIR prefix
}

fail() {
  printf '%s\n' "$@" >&2
  return 1
}

# make_installed TARGET VARIABLE...: with the program that is there; it is not built anew.
make_installed() {
  make -s -C "$root" -o all BUILD="${IOVTOOL%/release/iovtool}" "$@"
}

# What must be there below a prefix, one a line, with its mode.
expected() {
  echo '755 bin/iovtool'
  printf '644 share/%s\n' bash-completion/completions/iovtool zsh/site-functions/_iovtool \
    fish/vendor_completions.d/iovtool.fish
  (cd "$root/man" && printf '644 share/man/man1/%s\n' *.1 && printf '644 share/man/man7/%s\n' *.7)
}

installed() {
  find "$1" -not -type d -printf '%m %P\n' | sort
}

# A commit of the sources as they stand, in the folder "checkout"; not of git's files, nor what is built.
make_checkout() {
  mkdir checkout
  (cd "$root" && tar -c --exclude=./.git --exclude=./build .) | tar -x -C checkout
  export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
  export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=c
  export GIT_COMMITTER_EMAIL=c@example.org GIT_COMMITTER_DATE='2026-01-02T03:04:05+0600'
  git init -q checkout
  git -C checkout add -A
  git -C checkout commit -qm 'all'
}

# ---- install -------------------------------------------------------------------------------------

# bats test_tags=plain
@test "install puts everything in its place, readable whatever the umask, and uninstall takes it back" {
  (umask 077 && make_installed install DESTDIR="$PWD/a root" prefix=/usr)
  diff <(installed 'a root/usr') <(expected | sort)
  [[ $(find 'a root' -not -type d | wc -l) == $(expected | wc -l) ]] || fail 'outside of the prefix'
  [[ -z $(find 'a root' -type d -not -perm 755) ]] || fail 'folders that others cannot enter'
  cmp "$IOVTOOL" 'a root/usr/bin/iovtool'
  [[ $('a root/usr/bin/iovtool' copy str:works) == works ]]

  echo mine >'a root/usr/bin/iovtool.local'
  make_installed uninstall DESTDIR="$PWD/a root" prefix=/usr
  [[ $(find 'a root' -not -type d) == 'a root/usr/bin/iovtool.local' ]] ||
    fail "$(find 'a root' -not -type d)"
}

# offered_by_fish ROOT: what a fish that was just installed offers for "iovtool hexd", with the files of
# the system below ROOT. Its own list says where it looks.
offered_by_fish() {
  # shellcheck disable=SC2016 # fish expands it
  env -u XDG_DATA_DIRS HOME="$PWD/home" PATH="${IOVTOOL%/*}:$PATH" fish -c '
    set fish_complete_path (string replace -r "^(?!$HOME)" -- $argv[1] $fish_complete_path)
    complete -C "iovtool hexd"' "$1"
}

# bats test_tags=plain
@test "fish finds the completion after an install, whatever the prefix, and XDG_DATA_DIRS unset" {
  command -v fish >/dev/null || skip "fish is not installed ('make deps')"
  mkdir home
  [[ -z $(offered_by_fish "$PWD/none") ]]
  for prefix in /usr /usr/local; do
    make_installed install DESTDIR="$PWD/root$prefix" prefix="$prefix"
    [[ $(offered_by_fish "$PWD/root$prefix") == hexdump* ]] || fail "$prefix"
  done
  make_installed install prefix="$PWD/home/.local"
  [[ $(offered_by_fish "$PWD/none") == hexdump* ]]
  make_installed uninstall DESTDIR="$PWD/root/usr/local" prefix=/usr/local
  [[ -z $(find root/usr/local -not -type d) ]]
}

# bats test_tags=plain
@test "every folder may be chosen, and nothing is written elsewhere" {
  folders=(bindir="$PWD/b" mandir="$PWD/m" bashcompdir="$PWD/c1" zshcompdir="$PWD/c2"
    fishcompdir="$PWD/c3" prefix="$PWD/none")
  make_installed install "${folders[@]}"
  [[ -x b/iovtool && -f m/man1/iovtool-copy.1 && -f m/man7/iovtool-segment.7 ]]
  [[ -f c1/iovtool && -f c2/_iovtool && -f c3/iovtool.fish && ! -e none ]]
  make_installed uninstall "${folders[@]}"
  [[ -z $(find . -not -type d) ]] || fail "$(find . -not -type d)"
}

# ---- dist ----------------------------------------------------------------------------------------

# bats test_tags=plain
@test "the tarball is the commit, and the same whenever, wherever and by whomever it is made" {
  make_checkout
  make -s -C checkout dist BUILD="$PWD/one"
  cp -a checkout 'check out 2'
  find 'check out 2' -name '*.c' -exec touch -d '2001-02-03' {} +
  chmod -R go-rwx 'check out 2'
  echo 'not committed' >'check out 2/stray'
  git -C 'check out 2' config tar.umask 0077
  (umask 077 && TZ=Asia/Kathmandu LC_ALL=C make -s -C 'check out 2' dist BUILD="$PWD/two")
  name=$(cd one && echo iovtool-*)
  cmp "one/$name" "two/$name" || fail 'not reproducible'

  mkdir unpacked
  tar -xf "one/$name" -C unpacked
  rm -rf checkout/.git
  diff -r checkout "unpacked/${name%.tar.gz}"
  [[ $name == "iovtool-$(sed -n 's/^VERSION = //p' "$root/Makefile").tar.gz" ]]
  tar -tvf "one/$name" >list
  run grep -vE '^[-d]rw[-x]r-[-x]r-[-x] root/root +[0-9]+ 2026-01-0[12] ' list
  [[ $status == 1 ]] || fail "$output"
}

# bats test_tags=plain
@test "no tarball without a commit" {
  cp "$root/Makefile" .
  GIT_DIR=$PWD/none run -2 make -s dist BUILD=out
  [[ $output == *'dist: there is no commit to make it of'* && ! -e out ]] || fail "$output"
}
