#!/usr/bin/env bash
# publish.sh X.Y.Z: the tag vX.Y.Z once and for ever, its release, and last of all vX, which users follow.
# Each step looks first, so that a run that was cut off is finished by running it again.
set -euo pipefail

version=$1
tag="v$version"
major="v${version%%.*}"
refs="repos/$GITHUB_REPOSITORY/git"

commit_of() { gh api "$refs/matching-refs/tags/$1" --jq ".[] | select(.ref == \"refs/tags/$1\") | .object.sha"; }

tagged=$(commit_of "$tag")
if [[ -z $tagged ]]; then
  gh api "$refs/refs" -f ref="refs/tags/$tag" -f sha="$GITHUB_SHA" --silent
elif [[ $tagged != "$GITHUB_SHA" ]]; then
  echo "$tag is already the tag of $tagged, and a version never changes.
Run the release of that commit again to finish it, or give package.json a new version." >&2
  exit 1
fi

gh release view "$tag" --repo "$GITHUB_REPOSITORY" >/dev/null 2>&1 ||
  gh release create "$tag" --repo "$GITHUB_REPOSITORY" --verify-tag --title "$tag" --generate-notes

if [[ -z $(commit_of "$major") ]]; then
  gh api "$refs/refs" -f ref="refs/tags/$major" -f sha="$GITHUB_SHA" --silent
else
  gh api -X PATCH "$refs/refs/tags/$major" -f sha="$GITHUB_SHA" -F force=true --silent
fi
echo "$tag is released, and $major is $tag."
