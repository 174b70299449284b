#!/usr/bin/env bash
# Says in $GITHUB_OUTPUT whether the version of package.json is still to be released.
set -euo pipefail

version=$(node -p 'require("./package.json").version')
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || { echo "package.json has the version \"$version\". Set it to X.Y.Z." >&2; exit 1; }

# Users follow vX from version 1 on: what comes before is for trying out from main.
if [[ $version == 0.* ]]; then
  echo "::notice::Version $version is not released. The first release is 1.0.0."
  { echo "version=$version"; echo "due=false"; } >>"$GITHUB_OUTPUT"
  exit 0
fi

# A fault of the API ends the script, an absent tag is an empty answer.
commit_of() { gh api "repos/$GITHUB_REPOSITORY/git/matching-refs/tags/$1" --jq ".[] | select(.ref == \"refs/tags/$1\") | .object.sha"; }

tagged=$(commit_of "v$version")
followed=$(commit_of "v${version%%.*}")
releases=$(gh api --paginate "repos/$GITHUB_REPOSITORY/releases" --jq '.[].tag_name')

# A tag without its release, or that vX does not follow yet, is what a run that was cut off left.
due=true
if [[ -n $tagged && $followed == "$tagged" ]] && grep -qxF "v$version" <<<"$releases"; then due=false; fi

echo "v$version is due: $due"
{ echo "version=$version"; echo "due=$due"; } >>"$GITHUB_OUTPUT"
