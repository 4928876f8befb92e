#!/usr/bin/env bash
# Setup: installs from the system's packages what the tests need and is not there. Starts nothing.
set -euo pipefail

# Debian's modules belong to Debian's Python; another one may come first on PATH.
python=/usr/bin/python3

has_command() { command -v "$1" >/dev/null 2>&1; }
has_module() { [ -x "$python" ] && "$python" -c "import $1" >/dev/null 2>&1; }

missing=()
has_command redis-server || missing+=(redis-server)
[ -x "$python" ] || missing+=(python3)
has_module msgpack || missing+=(python3-msgpack)
has_module websockets || missing+=(python3-websockets)
has_command curl || missing+=(curl)
has_command openssl || missing+=(openssl)
has_command chromium || missing+=(chromium)
# Of a package with a server and web pages, promtool is all that the tests need: it is taken out, the rest is left.
tools=()
has_command promtool || tools+=(prometheus)

if [ ${#missing[@]} -eq 0 ] && [ ${#tools[@]} -eq 0 ]; then
  echo 'setup: everything is there'
  exit 0
fi

refuse() {
  echo "setup: $1; install these packages yourself: ${missing[*]-}${tools[*]:+ ${tools[*]}}" >&2
  exit 1
}

has_command apt-get || refuse 'no apt-get here'
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  has_command sudo || refuse 'not root, and no sudo here'
  as_root=(sudo)
fi

# With RUNLEVEL=1, Debian's packages do not start the services that they bring.
apt_get() {
  ${as_root[@]+"${as_root[@]}"} env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get "$@"
}

take_promtool() {
  local folder
  folder=$(mktemp -d)
  (cd "$folder" && apt-get download -qq -o APT::Sandbox::User=root prometheus && dpkg -x prometheus_*.deb .) || return 1
  ${as_root[@]+"${as_root[@]}"} install -m 0755 "$folder/usr/bin/promtool" /usr/local/bin/promtool || return 1
  rm -r "$folder"
}

echo "setup: installing ${missing[*]-}${tools[*]:+ ${tools[*]}}"
apt_get update -qq || refuse 'apt-get update failed'
if [ ${#missing[@]} -gt 0 ]; then
  apt_get install -y -qq --no-install-recommends "${missing[@]}" || refuse 'apt-get install failed'
fi
if [ ${#tools[@]} -gt 0 ]; then
  take_promtool || refuse 'promtool could not be taken from its package'
fi

has_command redis-server || refuse 'redis-server is still missing'
has_module msgpack && has_module websockets || refuse "$python still lacks modules"
has_command curl || refuse 'curl is still missing'
has_command openssl || refuse 'openssl is still missing'
has_command chromium || refuse 'chromium is still missing'
has_command promtool || refuse 'promtool is still missing'
echo 'setup: done'
