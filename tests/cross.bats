#!/usr/bin/env bats
# What a target lacks is said in one line, and nothing is left behind.

load lib/common

root=$BATS_TEST_DIRNAME/..

setup() {
  enter_scratch
  unset MAKEFLAGS MAKELEVEL MFLAGS BUILD ARCH SUITE MIRROR
  mkdir tools
}

# tool NAME: the script on standard input is found in place of that program.
tool() {
  cat >"tools/$1"
  chmod +x "tools/$1"
}

# lacks TEXT: .ci/target-root for arm64 says this and no more, and leaves no folder.
lacks() {
  run --separate-stderr env PATH="$PWD/tools:$PATH" "$root/.ci/target-root" arm64 "$PWD/target"
  [[ $status == 1 && -z $output && $stderr == 'target-root: arm64: '$1 ]] || fail "status $status" "$output" "$stderr"
  [[ ! -e target && ! -e target.apt ]]
}

@test "a mirror that cannot be reached" {
  command -v apt-get >/dev/null || skip 'the kernel of no Debian: there is no apt-get'
  MIRROR=http://127.0.0.1:1/debian lacks 'http://127.0.0.1:1/debian cannot be read: '*
}

@test "a release without packages for it, and packages that cannot be fetched" {
  tool apt-get <<'EOS'
#!/bin/sh
case "$*" in
  *' download '*) echo 'E: the disk is full' >&2; exit 100 ;;
esac
EOS
  tool apt-cache </dev/null
  SUITE=sid lacks 'Debian sid has no packages for it (SUITE=... names another release)'
  tool apt-cache <<'EOS'
#!/bin/sh
echo libc6
EOS
  lacks 'its packages cannot be fetched: E: the disk is full'
}

@test "another system than Debian" {
  for name in env bash sh cat cksum rm; do
    ln -s "$(command -v $name)" tools
  done
  run --separate-stderr env -i PATH="$PWD/tools" "$root/.ci/target-root" arm64 "$PWD/target"
  [[ $status == 1 && $stderr == 'target-root: arm64: its libraries come from Debian, and there is no apt-get here' ]] ||
    fail "$stderr"
}

@test "a processor that make does not know, and one without a compiler" {
  run -2 --separate-stderr make -s -C "$root" cross ARCH=vax BUILD="$PWD/build"
  [[ ${stderr%% Stop.} == *": *** ARCH='vax': it is one of arm64 armhf s390x riscv64 i386."* ]] || fail "$stderr"
  for name in make sh bash uname cc pkg-config dirname grep; do
    ln -s "$(command -v $name)" tools
  done
  run -2 --separate-stderr env PATH="$PWD/tools" make -s -C "$root" cross ARCH=s390x BUILD="$PWD/build"
  [[ ${stderr_lines[0]} == 'cross: s390x: no s390x-linux-gnu-gcc: make deps-cross ARCH=s390x installs it' ]] ||
    fail "$stderr"
  [[ ! -e build ]]
}
