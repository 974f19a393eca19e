#!/usr/bin/env bash
# What the set-up needs from the system: Python 3.11 with venv, Node 18 with npm, a headless Chromium, and on Linux
# the tools that the jail is made with.
# Installed by apt where root or sudo without a password allows it; otherwise this says exactly what to install.
set -euo pipefail

python=${PYTHON:-python3}
missing=()

"$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || missing+=(python)
node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 18 ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null || missing+=(node)
browser() {
  [ -n "${TESTBED_BROWSER:-}" ] && return
  for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null && return
  done
  [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ] || [ -x /Applications/Chromium.app/Contents/MacOS/Chromium ]
}
jail() {
  [ "$(uname)" != Linux ] && return
  PATH=$PATH:/usr/sbin:/sbin
  command -v bwrap >/dev/null && command -v ip >/dev/null && command -v nft >/dev/null
}
browser || missing+=(browser)
[ "$(uname)" != Linux ] || [ -x /usr/bin/adb ] || missing+=(adb)  # the tests' second client, beside adbutils' own
# What the tests make real APKs with, which a virtual phone must install or refuse as Android does.
[ "$(uname)" != Linux ] || { command -v aapt2 && command -v apksigner && command -v dexdump && [ -d /usr/share/android-framework-res ]; } >/dev/null || missing+=(apk)
javac -version 2>/dev/null | grep -qE ' (1[7-9]|[2-9][0-9])' && command -v mvn >/dev/null || missing+=(java)
(jail) || missing+=(jail)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(uname)" = Darwin ]; then
  echo "Missing: ${missing[*]}. Install them with:" >&2
  echo "  brew install python@3.12 node openjdk@17 maven && brew install --cask google-chrome" >&2
  echo "and say which Python to use, since macOS has an older one of its own: PYTHON=python3.12 make run" >&2
  exit 1
fi

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}
# The package that this release of Debian or Ubuntu has for a thing, first match first.
package() {
  local name
  for name in "$@"; do
    [ -n "$(apt-cache show "$name" 2>/dev/null)" ] && { echo "$name"; return; }
  done
  echo "$1"
}
by_hand() {
  echo "Missing: ${missing[*]}. As root, install them with:" >&2
  echo "  apt-get update && apt-get install -y python3 python3-venv nodejs npm chromium-headless-shell \\" >&2
  echo "    bubblewrap iproute2 nftables adb aapt apksigner dexdump android-framework-res openjdk-17-jdk-headless maven" >&2
  echo "A Chromium from elsewhere does as well: set TESTBED_BROWSER to its path." >&2
  exit 1
}

command -v apt-get >/dev/null || by_hand
[ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || by_hand
echo "Installing with apt: ${missing[*]}" >&2
as_root apt-get update -qq
wanted=()
for thing in "${missing[@]}"; do
  case $thing in
    python) wanted+=(python3 python3-venv) ;;
    node) wanted+=(nodejs npm) ;;
    # Ubuntu's chromium is a snap: fine on a desktop, absent in containers.
    adb) wanted+=(adb) ;;
    apk) wanted+=(aapt apksigner dexdump android-framework-res) ;;
    java) wanted+=("$(package openjdk-17-jdk-headless default-jdk-headless)" maven) ;;
    jail) wanted+=(bubblewrap iproute2 nftables) ;;
    browser) wanted+=("$(package chromium-headless-shell chromium chromium-browser)") ;;
  esac
done
DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null || by_hand
