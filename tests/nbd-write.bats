#!/usr/bin/env bats
# Segments on NBD servers, written in place: real ones, and one that does wrong on purpose.

load lib/common
load lib/net
load lib/nbd

setup() {
  needs_libnbd
  enter_scratch
}

@test "what is written to an export is what is written to a file" {
  random_file small 70000 1
  random_file large $((2 << 20 | 4321)) 2
  truncate -s 3M sparse
  printf data | iovtool copy - -o sparse@1M+4
  echo '00001234: 41 42 43' >dump
  random_file disk $((4 << 20)) 3
  cp disk expected
  nbd_server kit nbdkit file disk
  local words
  while read -r -a words; do
    timeout 30 "${words[@]//DEST/expected}" <small || fail "${words[*]}"
    timeout 30 "${words[@]//DEST/$uri}" <small || fail "${words[*]}"
    cmp disk expected >&2 || fail "${words[*]}"
  done <<'TABLE'
iovtool copy small -o DEST@0+70000
iovtool copy large -o DEST@12345+2101473
iovtool copy - -o DEST@7+70000
iovtool copy str:end -o DEST@-3
iovtool copy sparse -o DEST@5+3M
iovtool copy --sparse=never sparse -o DEST@5+3M
iovtool copy --sparse=always zero:70000 small sparse -o DEST@33..-1
iovtool copy small zero:1M fill:ab+100000 small -o DEST@9+10000 -o DEST@1M+70000 -o DEST@3M+1M -o DEST@2M+160000
iovtool copy -s 3 -n 60000 small -o DEST@100+60000
iovtool copy --slice=2/3 small -o DEST@77+70000
iovtool copy --allow-short small -o DEST@5+100
iovtool copy --fsync small -o DEST@4K+70000
iovtool discard --front=9 --back=1 small -o DEST@1+69990
iovtool fill --byte=00 DEST@4097+1000000
iovtool fill --byte=00 --no-offload DEST@99+100000
iovtool fill --byte=aabbcc --fsync DEST@1M+1M DEST@5+5 DEST@-1
iovtool patch -q DEST dump
iovtool patch -q --at=1000 --fsync DEST dump
TABLE
}

@test "the sources and destinations of one export may overlap, by whatever URI" {
  random_file disk $((1 << 20)) 4
  ln -s . other
  nbd_server kit nbdkit file disk
  local words
  while read -r -a words; do
    cp disk expected
    timeout 30 iovtool copy "${words[@]/#[AB]/expected}"
    words=("${words[@]/#A/$uri}")
    timeout 30 iovtool copy "${words[@]/#B/${uri/kit.sock/other/kit.sock}}"
    cmp disk expected >&2 || fail "${words[*]}"
  done <<'TABLE'
A@0+700000 -o A@1+700000
A@1+700000 -o A@0+700000
A@0+700000 -o B@300000+700000
B@0+1000 A@1000+1000 A@0+1M -o A@1000+1000 -o B@0+1000 -o A@0+1M
A@..512 B@-512 -o B@-512+512 -o A@..512
TABLE
}

@test "bytes of one export go to another, and its holes stay holes" {
  truncate -s 64M from
  iovtool copy str:here -o from@40M+4
  random_file head 300000 5
  iovtool copy head -o from@1M+300000
  truncate -s 64M to
  nbd_server a nbdkit file from
  local source=$uri
  nbd_server b nbdkit --filter=log file to logfile=log
  timeout 60 iovtool copy --fsync "$source" -o "$uri"
  cmp from to
  (($(stat -c %b to) < 2000)) || fail "$(stat -c %b to) blocks"
  (($(bytes_asked log Write) < 1 << 20)) || fail "$(bytes_asked log Write) bytes"
  grep -q ' Zero ' log
  grep -q ' Flush ' log
}

@test "many writes are under way at once, in whole pieces; neighbours are one request" {
  random_file disk $((4 << 20)) 6
  random_file new 3000000 7
  nbd_server kit nbdkit --filter=log --filter=delay file disk logfile=log wdelay=20ms
  iovtool copy new -o "$uri@0+3000000"
  (($(most_requests log Write) > 8)) || fail "$(most_requests log Write) writes at once"
  (($(bytes_asked log Write) == 3000000))
  cmp new <(head -c 3000000 disk)
  : >log
  iovtool copy --depth=1 --connections=1 new -o "$uri@0+3000000"
  (($(most_requests log Write) == 1))
  : >log
  local i outputs=()
  for ((i = 0; i < 150; i++)); do outputs+=(-o "$uri@$((i * 21211))+301"); done
  iovtool copy new@0+45150 "${outputs[@]}"
  (($(most_requests log Write) > 16)) || fail "$(most_requests log Write) writes at once"
  (($(bytes_asked log Write) == 45150))
  : >log
  for ((i = 0; i < 100; i++)); do echo "$uri@$((i * 100))+100"; done >list
  iovtool fill --byte=0102 -T list
  (($(grep -c ' Write ' log) == 1))
}

@test "writes keep to the blocks of the server, and leave the rest of a block alone" {
  random_file disk $((1 << 20)) 8
  cp disk expected
  random_file new 500001 9
  nbd_server kit nbdkit --filter=blocksize-policy file disk blocksize-minimum=4096 \
    blocksize-preferred=8192 blocksize-maximum=65536 blocksize-error-policy=error
  local destinations
  while read -r -a destinations; do
    iovtool copy new "${destinations[@]/DEST/expected}"
    timeout 30 iovtool copy new "${destinations[@]/DEST/$uri}"
    cmp disk expected >&2 || fail "${destinations[*]}"
  done <<'TABLE'
-o DEST@4095+500001
-o DEST@1+1 -o DEST@3+1 -o DEST@5000+10 -o DEST@4096+1 -o DEST@20000+499988
-o DEST@-500001
TABLE
  iovtool fill --byte=00 expected@4095+200000 expected@-5
  iovtool fill --byte=00 "$uri@4095+200000" "$uri@-5"
  cmp disk expected
}

@test "a qcow2 image is written in place, and stays sound" {
  needs_libnbd
  qemu-img create -q -f qcow2 disk.qcow2 16M
  random_file new $((2 << 20 | 77)) 10
  truncate -s 16M raw
  iovtool copy new -o raw@1000001+2097229
  iovtool copy --server=d='qemu-nbd -f qcow2 disk.qcow2' new -o server:d@1000001+2097229
  qemu-img compare -q -f qcow2 -F raw disk.qcow2 raw
  iovtool fill --server=d='qemu-nbd -f qcow2 disk.qcow2' --byte=00 server:d@1500000+1M server:d@-1
  iovtool fill --byte=00 raw@1500000+1M
  echo '0010: 41 42' >dump
  iovtool patch -q --server d='qemu-nbd -f qcow2 disk.qcow2' --undo-file=undo server:d dump
  iovtool patch -q raw dump
  qemu-img compare -q -f qcow2 -F raw disk.qcow2 raw
  iovtool patch -q --server d='qemu-nbd -f qcow2 disk.qcow2' server:d undo
  iovtool fill --byte=00 raw@16+2
  qemu-img compare -q -f qcow2 -F raw disk.qcow2 raw
  qemu-img check -q -f qcow2 disk.qcow2
}

@test "recv and the answer to send are written to an export" {
  random_file new 300000 11
  truncate -s 1M disk
  nbd_server kit nbdkit file disk
  announced taker iovtool recv --listen unix:socket --ready-fd=9 -o "$uri@100+300000" --fsync
  timeout 20 iovtool send "$address" new
  finished taker
  cmp new <(iovtool copy disk@100+300000)
  head -c 5000 new >part
  serve answer unix:answering read send:part
  timeout 20 iovtool send unix:answering str:ask --reply="$uri@500000+5000"
  cmp part <(iovtool copy disk@500000+5000)
}

@test "what cannot be written is refused before anything is" {
  random_file disk 5120 12
  cp disk expected
  random_file new 5121 13
  echo '0000: 41 42' >dump
  iovtool compare --patch disk new >longer || true
  nbd_server kit nbdkit --filter=log file disk logfile=log
  local writable=$uri status_expected command message
  nbd_server reader nbdkit -r file disk
  local read_only=$uri
  nbd_server lazy nbdkit sh - 3>&- <<'SH'
case $1 in get_size) echo 1M;; can_write) exit 0;; can_flush) exit 3;; pread) head -c "$3" /dev/zero;; *) exit 2;; esac
SH
  local words
  while IFS='|' read -r status_expected command message; do
    read -r -a words <<<"$command"
    words=("${words[@]//RW/$writable}")
    words=("${words[@]//RO/$read_only}")
    run --separate-stderr timeout 20 iovtool "${words[@]//LAZY/$uri}"
    # shellcheck disable=SC2053 # the message is a pattern
    [[ $status == "$status_expected" && -z $output && ${stderr_lines[0]-} == "iovtool "$message ]] ||
      fail "$command: $status" "$stderr"
  done <<'TABLE'
2|copy new -o RO|copy: nbd+unix:*: the export is read-only
2|fill --byte=00 RO@0+1|fill: nbd+unix:*: the export is read-only
2|patch RO dump|patch: nbd+unix:*: the export is read-only
2|copy new -o RW|copy: the destinations take 5120 bytes, but the vector has 5121
2|copy new@0+2 -o RW@0+1 -o RW@5120|copy: the destinations take 1 bytes, but the vector has 2
2|copy new@0+2 -o RW@5119+2|copy: nbd+unix:*@5119+2: asked for 2 bytes at 5119, but the export has 5120
2|fill --byte=00 RW@0+1 RW@5120+1|fill: nbd+unix:*@5120+1: asked for 1 bytes at 5120, but the export has 5120
2|copy --append new -o RW|copy: nbd+unix:*: --append is for files; an export is there, keeps its size, and is written in place
2|copy --extend new -o RW@0|copy: nbd+unix:*: --extend is for files; *
2|copy --atomic new -o RW|copy: nbd+unix:*: --atomic is for files; *
2|copy --no-clobber new -o RW|copy: nbd+unix:*: --no-clobber is for files; *
2|fill --extend --byte=00 RW@0+1|fill: nbd+unix:*: --extend is for files; an export keeps its size
2|patch --extend RW dump|patch: nbd+unix:*: --extend is for files; an export keeps its size
2|patch --atomic RW dump|patch: nbd+unix:*: --atomic is for files; an export is written in place
1|patch RW longer|patch: nbd+unix:*: the patch gives it 5121 bytes, but it keeps its 5120
2|copy --fsync new -o LAZY|copy: nbd+unix:*: the server cannot flush, as --fsync wants
2|fill --fsync --byte=00 LAZY@0+1|fill: nbd+unix:*: the server cannot flush, as --fsync wants
2|clone new -o RW|clone: nbd+unix:*: a clone goes to a whole file named by a path
2|discard --in-place --front=1 RW|discard: *
TABLE
  cmp disk expected
  run ! grep -E ' (Write|Zero|Flush) ' log
}

@test "a request that fails is told with its place, and how much is written" {
  random_file new 1000000 14
  cat >no-flush <<'SH'
#!/bin/sh
case $1 in
  get_size) echo 2M ;; pread) head -c "$3" /dev/zero ;; pwrite) cat >/dev/null ;;
  can_write | can_flush) exit 0 ;; flush) echo EIO it is broken >&2; exit 1 ;; *) exit 2 ;;
esac
SH
  chmod +x no-flush
  local server words message
  while IFS='|' read -r server words message; do
    rm -f disk kit.sock
    truncate -s 2M disk
    read -r -a server <<<"$server"
    read -r -a words <<<"$words"
    nbd_server kit nbdkit "${server[@]}"
    run --separate-stderr timeout 20 iovtool "${words[@]//DEST/$uri}"
    assert_error_line 2 "iovtool ${words[0]}: $uri${message}"
    ended kit
  done <<'TABLE'
--filter=error file disk error=EIO error-pwrite-rate=100%|copy new -o DEST@100+1000000|@100+1000000: the server says at 100: Input/output error
--filter=error file disk error=ENOSPC error-pwrite-rate=100%|copy zero:100K new -o DEST|: the server says at 102400: No space left on device (102400 bytes were written before)
--filter=error file disk error=EIO error-zero-rate=100%|copy new zero:100K -o DEST|: the server says at 1000000: Input/output error (1000000 bytes were written before)
--filter=error file disk error=EIO error-zero-rate=100%|fill --byte=00 DEST@10+100000|: the server says at 10: Input/output error
sh no-flush|copy --fsync new -o DEST|: the server cannot flush: Input/output error
sh no-flush|fill --fsync --byte=00 DEST@5+5|: the server cannot flush: Input/output error
TABLE
}

@test "a server that wrongs while it is written to is trouble, told in time" {
  head -c 1M /dev/zero | tr '\0' x >new
  local fault expected patience
  while read -r fault expected patience; do
    hostile "$fault" "$fault"
    run --separate-stderr timeout 40 iovtool copy --timeout="$patience" new -o "$uri"
    [[ $status == "$expected" && ${#stderr_lines[@]} -le 1 ]] || fail "$fault: $status" "$stderr"
    ended "$fault"
  done <<'TABLE'
hang-up 3 30
vanish 3 30
silent 4 1
wrong-id 3 30
bad-magic 3 30
past-end 3 30
half 3 30
twice 3 30
eio 2 30
TABLE
}

@test "a server that dies or stops while it is written to: what is sure is told" {
  random_file disk $((2 << 20)) 15
  random_file new $((2 << 20)) 16
  nbd_server kit nbdkit --filter=log --filter=delay file disk logfile=log wdelay=30
  background writer iovtool copy new -o "$uri"
  eventually grep -q ' Write ' log
  kill -KILL "$(server_process kit)"
  finished writer 3
  [[ $(<writer.err) == "iovtool copy: $uri: the connection was lost"*"; nothing was flushed" ]] ||
    fail "$(<writer.err)"
  rm -f log
  nbd_server again nbdkit --filter=delay file disk wdelay=30
  timeout -s KILL 20 iovtool copy --timeout=500ms new -o "$uri" >out 2>err && status=0 || status=$?
  [[ $status == 4 && $(<err) == *"does not answer: nothing came for 0.5 s; nothing was flushed" ]] ||
    fail "$status" "$(<err)"
  # nbdkit 1.32 may have failed an assertion when its client left; else its delay goes on for 30 s
  ! is_running again || kill -KILL "$(server_process again)" || true
}

@test "a signal while it writes: the server gets its good-bye, and lives" {
  truncate -s 16M disk
  random_file new $((16 << 20)) 17
  nbd_server kit nbdkit --filter=log --filter=delay file disk logfile=log wdelay=200ms
  iovtool copy new -o "$uri" >out 2>err 3>&- &
  eventually grep -q ' Write ' log
  kill -TERM $!
  wait $! && status=0 || status=$?
  ((status == 128 + 15)) || fail "$status" "$(<err)"
  is_running kit
  ended kit
}
