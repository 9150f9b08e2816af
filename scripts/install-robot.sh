#!/bin/sh
# Installs Robot Framework with SeleniumLibrary for tests, in a virtual environment of its own. Quick when it is there.
set -eu

if [ "$(id -u)" -eq 0 ]; then folder=/opt/lockstep-tests/robot
else folder="$HOME/.cache/lockstep-tests/robot"
fi
packages='robotframework==7.5 robotframework-seleniumlibrary==6.9.0 selenium==4.51.0'
mark="$folder/installed.txt"

if [ -x "$folder/bin/robot" ] && [ "$(cat "$mark" 2>/dev/null)" = "$packages" ]; then
  echo 'Robot Framework for the tests is installed.'
  exit 0
fi
# A half-made environment is made anew.
rm -rf "$folder"
mkdir -p "$(dirname "$folder")"
/usr/bin/python3 -m venv "$folder"
# shellcheck disable=SC2086
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check $packages
echo "$packages" > "$mark"
echo "Installed: $packages"
