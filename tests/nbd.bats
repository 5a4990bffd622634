#!/usr/bin/env bats
# Segments on NBD servers, read: real ones, and one that does wrong on purpose.

load lib/common
load lib/net
load lib/nbd

setup() {
  needs_libnbd
  enter_scratch
}

@test "every command reads an export as it reads a file" {
  random_file disk $((3 << 20 | 12345)) 1
  random_file other 5000 2
  nbd_server kit nbdkit file disk
  while read -r -a words; do
    "${words[@]//SEG/disk}" >by-file 2>&1 || echo "status $?" >>by-file
    timeout 30 "${words[@]//SEG/$uri}" >by-uri 2>&1 || echo "status $?" >>by-uri
    sed -i "s|$uri|disk|g; s/the export has/the file has/" by-uri
    diff by-file by-uri >&2 || fail "${words[*]}"
  done <<'TABLE'
iovtool copy SEG
iovtool copy SEG@1
iovtool copy SEG@-1
iovtool copy SEG@..-12345
iovtool copy other SEG@1M+300K other@7+9 SEG@5+1 SEG@5+1 SEG@0+64K str:end
iovtool copy -s 70000 -n 1M SEG other SEG
iovtool hexdump SEG@4097+65 SEG@-3
iovtool hexdump --segments SEG@0+20 SEG@20+5
iovtool compare SEG disk
iovtool compare SEG@1+2M disk@1+2M
iovtool compare SEG SEG@1
iovtool compare -l=3 SEG@0+5000 other
iovtool is-zero SEG
iovtool is-zero -v SEG@100
iovtool find --offsets hex:00?? SEG
iovtool find hex:ffff SEG@0+200K
iovtool find SEG@1000+9 disk
iovtool discard --front=3M --back=4 SEG
iovtool info --total SEG@5..-6
iovtool info --list -s 9 SEG@5+100
iovtool copy --allow-short SEG@3M+1M
iovtool copy --zero-pad SEG@3M+1M
iovtool info SEG@3M+1M
iovtool info SEG@9M
TABLE
}

@test "an export is a source of clone and send, and words that name it read back" {
  random_file disk 200000 3
  nbd_server kit nbdkit file disk
  iovtool clone "$uri@0+100000" "$uri@50000+100000" -o part >words
  diff words <(printf 'part@0+100000\npart@50000+100000\n')
  cmp part <(head -c 150000 disk)
  serve sink unix:socket read
  timeout 20 iovtool send unix:socket "$uri@7+100000"
  finished sink
  cmp sink.out <(tail -c +8 disk | head -c 100000)
  iovtool info --list "$uri@7+9" "$uri" >list
  diff list - <<<"$uri@7+9"$'\n'"$uri@0+200000"
  cmp <(iovtool copy -T list) <(iovtool copy disk@7+9 disk)
}

@test "what is wrong with a URI or its server is said in one line" {
  random_file disk 5120 4
  nbd_server named qemu-nbd -r -f raw -x 'a b@12' disk
  local expected word message
  while IFS='|' read -r expected word message; do
    run --separate-stderr timeout 20 iovtool hexdump "${word//SOCK/$PWD/named.sock}"
    # shellcheck disable=SC2053 # the message is a pattern
    [[ $status == "$expected" && -z $output && $stderr != *secret* &&
      ${stderr_lines[0]-} == "iovtool hexdump: "$message ]] || fail "$word: $status" "$stderr"
  done <<'TABLE'
2|nbd+unix:///a%20b%4012?socket=SOCK@5120+1|nbd+unix:///a%20b%4012?socket=*@5120+1: asked for 1 bytes at 5120, but the export has 5120
2|nbd+unix:///?socket=SOCK|nbd+unix:///?socket=*: the server gives no such export: *
2|nbd+unix:///x|nbd+unix:///x: not a URI of NBD: *
3|nbd+unix:///?socket=nowhere|nbd+unix:///?socket=nowhere: cannot connect: *No such file or directory
3|nbd://127.0.0.1:1/|nbd://127.0.0.1:1/: cannot connect: *Connection refused
3|nbd://name.invalid/|nbd://name.invalid/: cannot connect: *
3|nbds+unix:///a%20b%4012?socket=SOCK|nbds+unix:///a%20b%4012?socket=*: cannot connect: *
2|nbd://host@4K|nbd://host@4K: before the first / an @ ends a user's name; for a range write /@RANGE (column 11)
2|nbd://me:secret@host/x|nbd://me:******@host/x: NBD has no passwords, and others can read this one (column 10)
2|nbd://me:secret@host/x@9..3|nbd://me:******@host/x@9..3: range ends before it starts (column 27)
2|nbd:x|nbd:x: No such file or directory
TABLE
  cmp <(iovtool copy "nbd+unix:///a%20b%4012?socket=$PWD/named.sock@4000+9") <(iovtool copy disk@4000+9)
}

@test "many requests are under way at once, and no byte is asked for that is not wanted" {
  random_file disk $((4 << 20)) 5
  nbd_server kit nbdkit --filter=log --filter=delay file disk logfile=log rdelay=20ms
  for ((i = 0; i < 150; i++)); do
    echo "$uri@$((i * 21211 % 4000000))+301"
  done >list
  iovtool copy -T list >scattered
  cmp scattered <(sed "s|$uri|disk|" list | iovtool copy -T -)
  (($(most_requests log Read) > 16)) || fail "$(most_requests log Read) reads at once"
  (($(bytes_asked log Read) == 150 * 301))
  : >log
  iovtool copy "$uri@1+3M" | cmp - <(iovtool copy disk@1+3M)
  (($(most_requests log Read) > 8)) || fail "$(most_requests log Read) reads at once"
  (($(bytes_asked log Read) == 3 << 20))
  : >log
  iovtool copy --depth=1 --connections=1 "$uri@0+2M" >some
  (($(most_requests log Read) == 1))
  : >log
  for ((i = 0; i < 100; i++)); do echo "$uri@$((i * 100))+100"; done >list
  iovtool copy -T list | cmp - <(head -c 10000 disk)
  (($(grep -c ' Read ' log) == 1)) # neighbours are one request
}

@test "requests keep to the blocks of the server" {
  random_file disk $((1 << 20)) 6
  nbd_server kit nbdkit --filter=blocksize-policy file disk blocksize-minimum=4096 \
    blocksize-preferred=8192 blocksize-maximum=65536 blocksize-error-policy=error
  cmp <(iovtool copy "$uri@4095+2" "$uri@1+1000000" "$uri@8K+4K") \
    <(iovtool copy disk@4095+2 disk@1+1000000 disk@8K+4K)
}

@test "zeros that the server knows of are not transferred, and stay holes" {
  truncate -s 1G disk
  printf data | iovtool copy - -o disk@512M+4
  nbd_server kit nbdkit --filter=log file disk logfile=log
  run -1 iovtool is-zero "$uri"
  [[ $output == $((512 << 20)) ]]
  iovtool is-zero "$uri@600M"
  iovtool compare "$uri" disk
  timeout 60 iovtool copy "$uri" -o new
  cmp <(iovtool info --json --extents new | sed 's/"segment":[^,]*,//g; s/new//g; s/"kind":[^,]*,//g') \
    <(iovtool info --json --extents disk | sed 's/"segment":[^,]*,//g; s/disk//g; s/"kind":[^,]*,//g')
  (($(bytes_asked log Read) < 1 << 20)) || fail "$(bytes_asked log Read) bytes"
  iovtool info --extents "$uri" | awk '/hole|data/ { print $1, $2, $3, $5 }' >ours
  iovtool info --extents disk | awk '/hole|data/ { print $1, $2, $3, $5 }' | diff - ours
  iovtool is-zero --no-extents "$uri@600M+2M"
  (($(bytes_asked log Read) >= 2 << 20))
}

@test "what a read of the server fails with is told with its place" {
  random_file disk 300000 7
  nbd_server kit nbdkit --filter=error file disk error-pread=EIO error-pread-rate=100% \
    error-pread-file="$PWD/trip"
  touch trip
  run -2 --separate-stderr iovtool copy "$uri@4096+65536"
  assert_error_line 2 "iovtool copy: $uri@4096+65536: the server says at 4096: Input/output error"
}

@test "a server that wrongs is trouble, told in time, and its bytes are not believed" {
  local fault expected patience
  while read -r fault expected patience; do
    hostile "$fault" "$fault"
    run --separate-stderr timeout 40 iovtool copy --timeout="$patience" "$uri"
    [[ $status == "$expected" && ${#stderr_lines[@]} -le 1 ]] || fail "$fault: $status" "$stderr"
    ((status != 0)) || cmp <(head -c 1M /dev/zero) <(iovtool copy "$uri")
    ended "$fault"
  done <<'TABLE'
hang-up 3 30
garbage 3 30
vanish 3 30
silent 4 1
wrong-id 3 30
bad-magic 3 30
short 3 30
no-data 3 30
past-end 3 30
enormous 3 30
zero-extent 0 30
no-extents 0 30
eio 2 30
TABLE
}

@test "a server that is stopped is a time-out, of a connection and of a request" {
  random_file disk 100000 8
  nbd_server kit nbdkit --filter=log --filter=delay file disk logfile=log rdelay=30
  timeout -s KILL 20 iovtool copy --timeout=500ms "$uri" >out 2>err && status=0 || status=$?
  [[ $status == 4 && $(<err) == *": the server does not answer: nothing came for 0.5 s" ]] ||
    fail "$status" "$(<err)"
  kill -STOP "$(server_process kit)"
  run -4 --separate-stderr timeout 20 iovtool copy --connect-timeout=200ms "$uri"
  assert_error_line 4 "iovtool copy: $uri: cannot connect: the server did not answer within 0.2 s"
  kill -KILL "$(server_process kit)"
}

@test "a server that dies while it is read is a lost connection" {
  random_file disk 100000 9
  nbd_server kit nbdkit --filter=log --filter=delay file disk logfile=log rdelay=30
  background reader iovtool copy "$uri"
  eventually grep -q ' Read ' log
  kill -KILL "$(server_process kit)"
  finished reader 3
  [[ $(<reader.err) == *": the connection was lost"* ]]
}

# nbdkit 1.32 fails an assertion when a client vanishes while several requests are under way.
@test "a run that ends early, by a closed pipe or a signal, says good-bye to the server" {
  random_file disk $((16 << 20)) 10
  nbd_server kit nbdkit --filter=log --filter=delay file disk logfile=log rdelay=200ms
  (($(iovtool copy "$uri" | head -c 1 | wc -c) == 1))
  is_running kit
  local signal
  for signal in TERM HUP; do # a shell has jobs ignore INT
    : >log
    iovtool copy "$uri" >out 2>err 3>&- &
    eventually grep -q ' Read ' log
    kill -"$signal" $!
    wait $! && status=0 || status=$?
    ((status == 128 + $(kill -l "$signal"))) || fail "$signal: $status" "$(<err)"
    is_running kit || fail "$signal"
    [[ ! -s err ]]
  done
  (($(grep -c 'Disconnect transport' log) > 0)) || grep -q Connect log
  ended kit
}

# bats test_tags=plain
@test "a run that cannot say good-bye, since it waits elsewhere, leaves no temporary file" {
  build_shim moment-shim
  random_file disk 1000 13
  nbd_server kit nbdkit file disk
  mkfifo held
  exec 8<>held
  printf old >target
  local signals
  for signals in TERM 'TERM HUP'; do # the second one ends it at once, the first after a moment
    MOMENT_NO_TMPFILE=1 LD_PRELOAD=$BATS_FILE_TMPDIR/moment-shim.so \
      timeout 30 iovtool copy "$uri@0+4" held --atomic -o target 8>&- 3>&- &
    eventually compgen -G '.target.*'
    for signal in $signals; do
      kill -"$signal" "$(pgrep -P $!)"
    done
    wait $! && status=0 || status=$?
    ((status == 143 || status == 129)) || fail "$signals: $status"
    ! compgen -G '.target.*' || fail "$signals: a temporary file is left"
    [[ $(<target) == old ]]
  done
  ended kit
}

@test "a qcow2 image and a snapshot in it are read where they are" {
  qemu-img create -q -f qcow2 disk.qcow2 4M
  random_file old 70000 11
  random_file new 70000 12
  qemu-io -f qcow2 -c "write -q -s old 1M 70000" disk.qcow2
  qemu-img snapshot -c before disk.qcow2
  qemu-io -f qcow2 -c "write -q -s new 1M 70000" disk.qcow2
  qemu-img convert -f qcow2 -O raw disk.qcow2 raw
  nbd_server now qemu-nbd -r -f qcow2 disk.qcow2
  cmp <(iovtool copy "$uri") raw
  ended now
  nbd_server before qemu-nbd -r -f qcow2 -l before disk.qcow2
  cmp <(iovtool copy "$uri@1M+70000") old
  iovtool is-zero "$uri@..1M"
}

@test "an image behind a web server is read in ranges, and not as a whole" {
  random_file image.iso 5000000 17
  cat >nginx.conf <<EOF
daemon off; master_process off; pid $PWD/pid; error_log stderr; events {}
http {
  log_format sizes '\$status \$body_bytes_sent'; access_log $PWD/sizes sizes;
  client_body_temp_path $PWD/body; proxy_temp_path $PWD/proxy;
  fastcgi_temp_path $PWD/fastcgi; uwsgi_temp_path $PWD/uwsgi; scgi_temp_path $PWD/scgi;
  server { listen unix:$PWD/web.sock; root $PWD; }
}
EOF
  background web /usr/sbin/nginx -p "$PWD" -c "$PWD/nginx.conf" -g 'user root;'
  eventually is_listening "$PWD/web.sock"
  cmp <(iovtool copy --server=i="nbdkit curl http://localhost/image.iso unix-socket-path=$PWD/web.sock" \
    server:i@32K+2K server:i@-5) <(iovtool copy image.iso@32K+2K image.iso@-5)
  (($(awk '$1 == 206 { sum += $2 } $1 == 200 { sum += $2 } END { print sum }' sizes) < 4096)) ||
    fail "$(<sizes)" # nbdkit's plugin asks for a byte more
}

@test "nbds: reads over TLS by a key that both know, and never goes without" {
  random_file disk 100000 13
  echo "me:$(printf '00%.0s' {1..32})" >key
  echo "me:$(printf '11%.0s' {1..32})" >wrong-key
  nbd_server kit nbdkit --tls=require --tls-psk=key file disk
  local secret="nbds+unix://me@localhost/?socket=$PWD/kit.sock&tls-psk-file=$PWD"
  cmp <(iovtool copy "$secret/key@5+90000") <(iovtool copy disk@5+90000)
  run -3 --separate-stderr timeout 20 iovtool copy "$secret/wrong-key"
  [[ $stderr == *": cannot connect: "* ]] || fail "$stderr"
  run -3 --separate-stderr timeout 20 iovtool copy "$uri"
  [[ $stderr == *"cannot connect: "*TLS* ]] || fail "$stderr"
  nbd_server plain nbdkit file disk
  run -3 --separate-stderr timeout 20 iovtool copy "${secret/kit.sock/plain.sock}/key"
  [[ $stderr == *"cannot connect: "*TLS* ]] || fail "$stderr"
}

@test "libnbd is loaded for a URI, and for nothing else" {
  random_file disk 1000 14
  nbd_server kit nbdkit file disk
  strace -f -e trace=openat -o calls iovtool copy disk zero:5 -o new
  run ! grep libnbd calls
  mkdir lib
  : >lib/libnbd.so.0
  run -2 --separate-stderr env LD_LIBRARY_PATH=lib iovtool copy "$uri"
  [[ $stderr == "iovtool copy: NBD needs libnbd, which is not installed (Debian: libnbd0): "* ]] ||
    fail "$stderr"
  cmp <(LD_LIBRARY_PATH=lib iovtool copy disk) disk
  [[ $(iovtool --version) == *$'\n'"libnbd $(nbdcopy --version | awk 'NR == 1 { print $2 }')" ]]
  [[ $(LD_LIBRARY_PATH=lib iovtool --version) == *$'\n'"no libnbd: NBD needs libnbd, which is not "* ]]
  echo 'void nbd_create(void) {}' >old.c
  "${CC:-cc}" -shared -o lib/libnbd.so.0 old.c
  run -2 --separate-stderr env LD_LIBRARY_PATH=lib iovtool copy "$uri"
  assert_error_line 2 'iovtool copy: NBD needs libnbd 1.14 or later: this one has no nbd_close()'
}

@test "--server: a server of one's own is started, read, and ended with the run" {
  qemu-img create -q -f qcow2 disk.qcow2 4M
  random_file 'a file' 70000 15
  cp 'a file' content
  qemu-io -f qcow2 -c "write -q -s content 1M 70000" disk.qcow2
  cmp 'a file' <(iovtool copy --server=d='qemu-nbd -r -f qcow2 disk.qcow2' server:d@1M+70000)
  echo server:k@7+9 >list # a list may name a server
  cmp <(TMPDIR=$PWD iovtool copy --server k="nbdkit --filter=log file 'a file' logfile=log" \
    -T list server:k server:k/other@1) \
    <(iovtool copy 'a file@7+9' 'a file' 'a file@1')
  [[ -z $(ls -d iovtool-* 2>/dev/null) ]]
  iovtool compare --server=a="nbdkit file 'a file'" --server=b='qemu-nbd -r -f qcow2 disk.qcow2' \
    server:a --with server:b@1M+70000
  cmp 'a file' <(iovtool copy --server=n="sh -c 'echo noise; exec nbdkit file \"a file\"'" server:n)
  diff <(iovtool info --list --server=a="nbdkit file 'a file'" server:a@5+2) <(echo server:a@5+2)
}

@test "--server: what cannot be started, or ends, is told with its name" {
  local expected option word message
  while IFS='|' read -r expected option word message; do
    run --separate-stderr timeout 20 iovtool copy "--server=$option" "$word"
    # shellcheck disable=SC2053 # the message is a pattern
    [[ $status == "$expected" && -z $output && $stderr != *secret* &&
      $stderr == *"iovtool copy: "$message ]] || fail "$option: $status" "$stderr"
  done <<'TABLE'
3|d=no-such-program secret|server:d|server 'd': cannot run no-such-program: No such file or directory
3|d=sh -c 'exit 7'|server:d|server 'd' exited with status 7
3|d=sh -c 'kill -9 $$'|server:d|server 'd' was ended by signal 9
2|d=true|server:e|server:e: no --server=NAME=COMMAND has this name
2|=true|str:x|--server: NAME=COMMAND expected, with a name of letters, digits, . _ and -
2|a b=true|str:x|--server: NAME=COMMAND expected, with a name of letters, digits, . _ and -
2|d|str:x|--server: NAME=COMMAND expected, with a name of letters, digits, . _ and -
2|d=|str:x|--server: the command is empty
2|d=x "secret|str:x|--server: a quote of the command is open
2|d=true|server:|server:: a server's name has letters, digits, . _ and - (column 8)*
TABLE
  run -2 --separate-stderr iovtool copy --server=d=true --server=d=true str:x
  assert_error_line 2 'iovtool copy: --server: two servers have the same name'
  iovtool copy --server=d='touch started' str:x >out # no segment names it
  [[ ! -e started ]]
}

@test "--server: however the run ends, its server does too, and no socket stays" {
  random_file disk 3000000 16
  mkdir tmp
  local signal
  for signal in TERM KILL; do
    rm -f log pid
    TMPDIR=$PWD/tmp iovtool copy \
      --server=d="nbdkit -P pid --filter=log --filter=delay file disk logfile=log rdelay=1" \
      server:d >out 2>err 3>&- &
    eventually grep -qs ' Read ' log
    kill -"$signal" $!
    wait $! || true
    eventually gone "$(<pid)"
    [[ -z $(ls -A tmp) ]] || fail "$signal: $(find tmp)"
  done
}

@test "--server: nobody else can reach its socket" {
  random_file disk 3000000 17
  mkdir tmp
  TMPDIR=$PWD/tmp iovtool copy --server=d="nbdkit --filter=log --filter=delay file disk logfile=log rdelay=1" \
    server:d >out 2>err 3>&- &
  eventually grep -qs ' Read ' log
  [[ -z $(ls -A tmp) ]] || fail "$(find tmp)"
  kill $!
  wait $! || true
  mkdir -p "$(printf 'long%.0s' {1..40})"
  TMPDIR=$PWD/$(printf 'long%.0s' {1..40}) run -3 --separate-stderr iovtool copy --server=d='nbdkit file disk' server:d
  assert_error_line 3 "iovtool copy: server 'd': cannot make its socket: File name too long"
  [[ -z $(ls -A long*) ]]
}

gone() {
  ! kill -0 "$1" 2>/dev/null
}
