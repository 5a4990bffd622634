# shellcheck shell=bash
# File systems of their own for tests: `load lib/disk` after `load lib/common` and
# `load lib/copy`.
#
# All of it happens in a mount namespace, so that nothing stays mounted whatever becomes of the test.

readonly DISK_BYTES=400M # xfs wants 300 MiB at least

# make_disk KIND: an empty file system in a file of this run of tests; for setup_file.
make_disk() {
  local image=$BATS_FILE_TMPDIR/$1
  truncate -s "$DISK_BYTES" "$image"
  case $1 in
    xfs) /sbin/mkfs.xfs -q -m reflink=1 "$image" ;;
    btrfs) /sbin/mkfs.btrfs -q "$image" ;;
    *) fail "no such kind: $1" ;;
  esac
  mkdir "$image.d"
}

# on_disk KIND: runs the script on standard input in an empty directory of that file system, which
# make_disk has made. It may use the functions below.
on_disk() {
  local image=$BATS_FILE_TMPDIR/$1 said
  unshare -m true 2>/dev/null || skip 'the kernel lets only root mount here'
  said=$(unshare -m mount -o loop "$image" "$image.d" 2>&1) ||
    skip "the kernel does not mount $1 on a loop device here: $said"
  # shellcheck disable=SC2016
  unshare -m bash -euo pipefail -c '
    mount -o loop "$1" "$1.d"
    cd "$(mktemp -d -p "$1.d")"
    eval "$2"' - "$image" "$(declare -f shared_bytes assert_shared random_file assert_same_file has_holes fail)
$(cat)"
}

# on_small_disk [ARGUMENT...]: runs the script on standard input, with these arguments, in a tmpfs of
# 1 MiB at disk/. What it has to say goes to ../ from there.
on_small_disk() {
  unshare -m true 2>/dev/null || skip 'the kernel lets only root mount here'
  mkdir -p disk
  # shellcheck disable=SC2016
  unshare -m bash -euo pipefail -c '
    mount -t tmpfs -o size=1M tmpfs disk
    cd disk
    script=$1
    shift
    eval "$script"' - "$(cat)" "$@"
}

# shared_bytes NAME: how many bytes of the file lie in blocks that another file or place has as well.
shared_bytes() {
  sync "$1"
  /usr/sbin/filefrag -b1 -v "$1" | awk -F: '
    $1 + 0 == $1 && $NF ~ /shared/ { sub(/^.*: */, "", $4); total += $4 }
    END { print total + 0 }'
}

# assert_shared NAME BYTES
assert_shared() {
  local shared
  shared=$(shared_bytes "$1")
  ((shared == $2)) || fail "$1: $shared bytes are shared, not $2" "$(/usr/sbin/filefrag -v "$1")"
}
