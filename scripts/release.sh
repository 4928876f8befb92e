#!/usr/bin/env bash
# Release: makes what a release consists of, from the lockfile and a clean tree, after everything has been checked:
# the tarball, its list of materials (CycloneDX), and the sums of both. Publishes nothing.
# scripts/release.sh [FOLDER]      default: .tmp/release
set -euo pipefail
cd "$(dirname "$0")/.."

refuse() {
  echo "release: $1" >&2
  exit 1
}

require_clean() {
  [ -z "$(git status --porcelain)" ] || refuse "$1; commit or remove what \`git status\` shows"
}

require_clean 'the tree is dirty'
folder="$(realpath -m "${1:-.tmp/release}")"
[ ! -e "$folder" ] || refuse "$folder is there already: remove it"
commit="$(git rev-parse HEAD)"

npm ci
npm run check
npm test

mkdir -p "$folder"
npm pack --pack-destination "$folder"
# Of the lockfile, so that it names no registry. Packages for development are marked as such: two of them, uplot and
# lightweight-charts, are bundled into the live page.
npm sbom --sbom-format cyclonedx --package-lock-only >"$folder/sbom.cdx.json"
require_clean 'the release changed the tree'

cd "$folder"
sha256sum -- *.tgz sbom.cdx.json >SHA256SUMS
echo "release: $folder, of commit $commit"
cat SHA256SUMS
