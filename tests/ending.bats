#!/usr/bin/env bats
# Runs that a signal ends: what shall not outlive them is removed, and it is that signal which ends
# them.

load lib/common
load lib/copy

setup_file() {
  export SHIM=$BATS_FILE_TMPDIR/moment-shim.so
  build_shim moment-shim
}

# bats test_tags=plain
@test "temporary files are removed, and the old file stays" {
  needs_preload
  python3 - <<'EOS'
import os, signal, subprocess

open("source", "wb").write(bytes(range(256)) * 4000)
ATOMIC = ["copy", "source", "--atomic", "-o", "target"]
NAMED = {"MOMENT_NO_TMPFILE": "1"}
rows = [
    (ATOMIC, "copy_file_range", NAMED),
    (ATOMIC, "fsync", NAMED),
    (ATOMIC, "renameat2", NAMED),
    (ATOMIC, "renameat2", {}),
    (["clone", "source", "--atomic", "-o", "target"], "renameat2", {}),
    (["discard", "--in-place", "--front=1", "target"], "renameat2", {}),
    (["discard", "--in-place", "--back=1", "--undo-file=undo", "target"], "fsync", NAMED),
    (["discard", "--in-place", "--back=1", "--undo-file=undo", "target"], "renameat2", {}),
]
for words, call, more in rows:
    for name in "INT", "TERM", "HUP", "QUIT", "PIPE":
        open("target", "w").write("old")
        environment = dict(os.environ, LD_PRELOAD=os.environ["SHIM"], MOMENT_CALL=call, MOMENT_DO=f"kill -{name} $PPID",
                           **more)
        number = getattr(signal, "SIG" + name)
        about = (words, call, more, name)
        run = subprocess.run(["iovtool", *words], env=environment, capture_output=True, text=True,
                             preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
        assert run.returncode == -number, (about, run)
        assert open("target").read() == "old", about
        assert sorted(os.listdir()) == ["source", "target"], (about, os.listdir())
EOS
}

# bats test_tags=plain
@test "a signal that is ignored stays so" {
  needs_preload
  printf old >target
  printf new >source
  # shellcheck disable=SC2016 # it is for the shell of the shim
  (trap '' HUP
    MOMENT_NO_TMPFILE=1 MOMENT_CALL=renameat2 MOMENT_DO='kill -HUP $PPID' MOMENT_LOG=moment LD_PRELOAD=$SHIM \
      iovtool copy source --atomic -o target)
  [[ -e moment ]]
  assert_file target new
}

# bats test_tags=plain
@test "what is kept aside has no name when a signal ends the run" {
  needs_preload
  mkdir aside
  truncate -s 40M file
  for name in INT TERM HUP; do
    run -"$((128 + $(kill -l "$name")))" env TMPDIR="$PWD/aside" MOMENT_NO_TMPFILE=1 MOMENT_CALL=unlink \
      MOMENT_DO="kill -$name \$PPID" LD_PRELOAD="$SHIM" \
      bash -c "trap - $name; exec iovtool copy file@20M+20M file@0+20M -o file@0"
    [[ -z $(ls -A aside) ]] || fail "$(ls -lA aside)"
  done
}
