#!/usr/bin/env bats
# iovtool send and iovtool recv with servers of everyday protocols, and over a network that is bad.
#
# The dollars in single quotes are those of redis.
# shellcheck disable=SC2016

load lib/common
load lib/net

# ---- HTTP ----------------------------------------------------------------------------------------

# web_server: serves the folder; sets $port.
web_server() {
  tool web python3 -u -m http.server --bind 127.0.0.1 0
}

@test "HTTP: a page is got, head and body" {
  random_file page 300000 1
  web_server
  send --reply=answer "tcp:127.0.0.1:$port" 'str:GET /page HTTP/1.0\r\n\r\n'
  head -n 1 answer | grep -E '^HTTP/1\.0 200 '
  grep -aiE $'^Content-Length: 300000\r$' answer
  tail -c 300000 answer | cmp - page
}

@test "HTTP: the head until the empty line, the body by its length, on one connection" {
  random_file page 300000 2
  web_server
  exec {connection}<>"/dev/tcp/127.0.0.1/$port"
  send --no-shutdown --reply-until='str:\r\n\r\n' --reply=head "fd:$connection" \
    'str:GET /page HTTP/1.0\r\n\r\n'
  local length
  length=$(sed -n 's/^Content-Length: \([0-9]*\)\r$/\1/Ip' head)
  recv --length="$length" "fd:$connection" -o body
  exec {connection}>&-
  assert_same_file body page
}

# bats test_tags=willing
@test "HTTP: a server that takes a half-close for a hang-up answers in full" {
  random_file page 5242880 3
  local at
  at=$(free_port)
  cat >nginx.conf <<EOF
daemon off; master_process off; pid $PWD/pid; error_log stderr; events {}
http {
  access_log off; client_body_temp_path $PWD/body; proxy_temp_path $PWD/proxy;
  fastcgi_temp_path $PWD/fastcgi; uwsgi_temp_path $PWD/uwsgi; scgi_temp_path $PWD/scgi;
  server { listen 127.0.0.1:$at; root $PWD; }
}
EOF
  tool web /usr/sbin/nginx -p "$PWD" -c "$PWD/nginx.conf" -g 'user root;'
  for _ in {1..30}; do
    send --reply=answer "tcp:127.0.0.1:$at" 'str:GET /page HTTP/1.0\r\n\r\n'
    tail -c 5242880 answer | cmp - page
  done
}

# ---- redis ---------------------------------------------------------------------------------------

redis_server() {
  background redis redis-server --port 0 --unixsocket "$PWD/redis.sock" --dir "$PWD" \
    --save '' --appendonly no
  eventually is_listening "$PWD/redis.sock"
}

# redis LENGTH ARGUMENT...: sends the segments, and takes so many bytes of the answer.
redis() {
  send --no-shutdown --reply-length="$1" unix:redis.sock "${@:2}"
}

@test "redis: PING, by its answer's length and until its line end" {
  redis_server
  redis 7 'str:PING\r\n' >answer
  assert_text answer '+PONG\r\n'
  send --no-shutdown --reply-until='str:\r\n' unix:redis.sock 'str:PING\r\n' >answer
  assert_text answer '+PONG\r\n'
  send --reply unix:redis.sock 'str:PING\r\nQUIT\r\n' >answer
  assert_text answer '+PONG\r\n+OK\r\n'
}

@test "redis: SET from a binary range of a file, GET byte for byte" {
  random_file data 3000000 3
  redis_server
  redis 5 'str:*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$2000000\r\n' data@12345+2000000 'str:\r\n' >answer
  assert_text answer '+OK\r\n'
  redis 2000012 'str:*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n' >answer
  { printf '$2000000\r\n'; tail -c +12346 data | head -c 2000000; printf '\r\n'; } | cmp - answer
  redis-cli -s redis.sock --raw GETRANGE key 1000 1999 | head -c 1000 |
    cmp - <(tail -c +13346 data | head -c 1000)
}

@test "redis: the value of a GET is taken from between its head and its end" {
  random_file data 100000 4
  redis_server
  redis-cli -s redis.sock -x SET key <data >/dev/null
  python3 -B "$BATS_TEST_DIRNAME/lib/peers.py" through unix:redis.sock bash -euc '
    iovtool send --no-shutdown --reply-until="str:\r\n" fd:7 "str:GET key\r\n" >head
    iovtool recv --length=100000 fd:7 -o value
    iovtool recv --length=2 fd:7 -o end'
  assert_text head '$100000\r\n'
  assert_same_file value data
  assert_text end '\r\n'
}

# ---- a network that is bad -----------------------------------------------------------------------

# on_bad_network QDISC...: runs the script on standard input in a network namespace that is
# connected to another, in which `there COMMAND...` runs. What it sends is treated by that queue.
on_bad_network() {
  mkfifo ready
  cat >script
  peers=$BATS_TEST_DIRNAME/lib/peers.py timeout -k 1 60 \
    unshare -n bash -euo pipefail -s -- "$@" 3>&- <<'EOF'
unshare -n sleep 60 &
far=$!
trap 'kill $(jobs -p)' EXIT
until [[ $(readlink /proc/$far/ns/net) != "$(readlink /proc/self/ns/net)" ]]; do sleep 0.01; done
there() { nsenter -t "$far" -n "$@"; }
ip link add near type veth peer name far netns "$far"
ip addr add 10.9.0.1/24 dev near
there ip addr add 10.9.0.2/24 dev far
ip link set near up
there ip link set lo up
there ip link set far up
tc qdisc add dev near root "$@"
source ./script
EOF
}

skip_unless_network() {
  unshare -n true 2>/dev/null || skip 'the kernel lets only root make networks here'
  unshare -n ip link add name near type veth peer name far 2>/dev/null ||
    skip 'the kernel has no pairs of network devices'
  unshare -n bash -c 'ip link add name near type veth peer name far
    tc qdisc add dev near root "$@"' - "$@" 2>/dev/null || skip "the kernel has no $1"
}

# The script for both: a stream there, and an answer back.
there_and_back() {
  cat <<'EOF'
there timeout 50 iovtool recv --listen --ready-fd=9 tcp:10.9.0.2:0 -o copy 9>ready &
job=$!
read -r address <ready
timeout 50 iovtool send "$address" data
wait "$job"
cmp copy data
there timeout 50 python3 -B "$peers" listen tcp:10.9.0.2:0 read send:data >out 9>ready &
job=$!
read -r address <ready
timeout 50 iovtool send --reply=answer "$address" data
wait "$job"
cmp answer data
EOF
}

@test "a slow network that drops what is too much" {
  local queue=(tbf rate 40mbit burst 8k limit 12k)
  skip_unless_network "${queue[@]}"
  random_file data 1000000 5
  there_and_back | on_bad_network "${queue[@]}"
}

@test "a network with delay and loss" {
  local queue=(netem delay 20ms loss 3%)
  skip_unless_network "${queue[@]}"
  random_file data 1000000 5
  there_and_back | on_bad_network "${queue[@]}"
}

@test "a network that answers nothing: --connect-timeout" {
  local queue=(tbf rate 1mbit burst 8k limit 12k)
  skip_unless_network "${queue[@]}"
  on_bad_network "${queue[@]}" <<'EOF'
ip neigh replace 10.9.0.3 lladdr 02:00:00:00:00:03 dev near # who is not there
start=$SECONDS status=0
timeout 20 iovtool send --connect-timeout=0.5 tcp:10.9.0.3:80 str:x 2>err || status=$?
[[ $status == 4 ]] || { cat err; exit 1; }
((SECONDS - start < 5))
EOF
}
