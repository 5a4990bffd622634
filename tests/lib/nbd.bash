# shellcheck shell=bash disable=SC2154
# What the tests of segments on NBD servers share: `load lib/nbd` after `load lib/net`.

# nbd_server NAME COMMAND...: in the background, on the unix socket NAME.sock; sets $uri. The COMMAND is
# nbdkit or qemu-nbd with its arguments, without those of the socket.
nbd_server() {
  local socket=$PWD/$1.sock
  needs_libnbd
  case $2 in
    nbdkit) background "$1" nbdkit -f -U "$socket" "${@:3}" ;;
    qemu-nbd) background "$1" qemu-nbd -t -k "$socket" "${@:3}" ;;
  esac
  await_server "$1" "$socket"
}

# hostile NAME FAULT: tests/lib/nbd-server.py, which does something wrong; sets $uri.
hostile() {
  needs_libnbd
  background "$1" python3 -B "$BATS_TEST_DIRNAME/lib/nbd-server.py" "$PWD/$1.sock" "$2"
  await_server "$1" "$PWD/$1.sock"
}

# shellcheck disable=SC2034 # the URI is for tests
await_server() {
  until is_listening "$2"; do
    is_running "$1" || fail "$1: has ended" "$(head -n 20 "$1.err")"
    sleep 0.02
  done
  uri="nbd+unix:///?socket=$2"
}

# The server that timeout runs, rather than timeout.
server_process() {
  local child
  read -r child _ <"/proc/${background_jobs[$1]}/task/${background_jobs[$1]}/children"
  echo "$child"
}

# most_requests LOG KIND: of a log of nbdkit's filter, how many requests of that kind (Read, Write, Zero)
# were under way at once.
most_requests() {
  awk -v kind="$2" '$0 ~ " " kind " .*offset=" { now++; if (now > most) most = now }
                    $0 ~ " [.][.][.]" kind " " { now-- }
                    END { print most + 0 }' "$1"
}

# bytes_asked LOG KIND: how many bytes they were about.
bytes_asked() {
  python3 -c 'import re, sys
print(sum(int(n, 16) for n in re.findall(f" {sys.argv[2]} .*count=0x([0-9a-f]+)", open(sys.argv[1]).read())))' "$@"
}
