#!/usr/bin/env bash
# Assembles what runs, and nothing else, in an empty folder: dist, the packages that it needs, and of uWebSockets.js the
# one binary for this Node. Call it after `npm run build`, with the Node that is going to run it.
set -euo pipefail
cd "$(dirname "$0")/.."

out="${1:?usage: scripts/assemble.sh FOLDER}"
[ -f dist/main.js ] || { echo 'assemble: no dist/main.js: npm run build first' >&2; exit 1; }
mkdir -p "$out"
[ -z "$(ls -A "$out")" ] || { echo "assemble: $out is not empty" >&2; exit 1; }

cp package.json package-lock.json .npmrc "$out"/
npm ci --omit=dev --ignore-scripts --no-audit --no-fund --prefix "$out" >/dev/null
rm "$out"/.npmrc "$out"/package-lock.json
cp -r dist "$out"/dist

binary="uws_linux_$(node -p 'process.arch')_$(node -p 'process.versions.modules').node"
binaries="$out/node_modules/uWebSockets.js/dist/bin"
[ -f "$binaries/$binary" ] || { echo "assemble: uWebSockets.js has no $binary" >&2; exit 1; }
find "$binaries" -name '*.node' ! -name "$binary" -delete

# Nobody who runs it may change it.
chmod -R a-w,a+rX "$out"
echo "assembled $(du -sh "$out" | cut -f1) in $out"
