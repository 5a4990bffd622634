# shellcheck shell=bash
# Where python3 is a wrapper that looks for the real one, that takes longer than most tests and would
# count against python in benchmarks: 0.6 s seen. To be sourced: the real one comes first in PATH.
if python=$(python3 -c 'import os, sys; print(os.path.dirname(sys.executable))' 2>/dev/null); then
  PATH=$python:$PATH
fi
