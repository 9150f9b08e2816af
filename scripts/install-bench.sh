#!/usr/bin/env bash
# Installs what speed is compared with: DuckDB and xlsx2csv, in a Python environment outside the project, and the sqlite3 command.
# The folder is LOCKSTEP_BENCH_TOOLS, or lockstep-bench-tools in the user's cache folder. Running it twice changes nothing.
set -euo pipefail

tools="${LOCKSTEP_BENCH_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/lockstep-bench-tools}"

if ! "$tools/bin/python3" -c 'import duckdb' 2>/dev/null; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check duckdb==1.4.2
fi
[ -x "$tools/bin/xlsx2csv" ] || "$tools/bin/pip" install --quiet --disable-pip-version-check xlsx2csv==0.8.6
"$tools/bin/python3" -c 'import duckdb; print("DuckDB", duckdb.__version__)'

if ! command -v sqlite3 >/dev/null; then
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo 'sqlite3 is missing: install the package of your system that has it.' >&2
    exit 1
  fi
  apt-get install --yes --no-install-recommends sqlite3
fi
echo "sqlite3 $(sqlite3 --version | cut -d' ' -f1)"
echo "$tools"
