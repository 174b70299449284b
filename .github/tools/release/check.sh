#!/usr/bin/env bash
# check.sh X.Y.Z: every reference to the suite in its own workflows names the major version that is being released.
set -euo pipefail

major="v${1%%.*}"
suite='ecluse-cd/ecluse'
named=$(grep -rnE "uses: *['\"]?$suite/" .github/workflows || true)
strangers=$(grep -vE "@$major(['\" #]|\$)" <<<"$named" | grep . || true)

if [[ -n $strangers ]]; then
  echo "$strangers" >&2
  echo "These lines name another version than $suite/…@$major, which is being released. Change them." >&2
  exit 1
fi
echo "The workflows name $suite/…@$major in $(grep -c . <<<"$named" || true) places."
