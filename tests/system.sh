#!/bin/sh
# What the tests need from the system: a Chromium for the browser tests, Pango for PDF. Installs them where it may.
# Without Chromium the browser tests are skipped and say so.
missing=""
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing="chromium"
.venv/bin/python -c 'import ctypes.util, sys; sys.exit(not ctypes.util.find_library("pangoft2-1.0"))' ||
    missing="$missing libpango-1.0-0 libpangoft2-1.0-0"
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ]; then sudo=""; else sudo="sudo -n"; fi
if command -v apt-get >/dev/null && { [ -z "$sudo" ] || $sudo true 2>/dev/null; }; then
    echo "Installing from the system's packages: $missing …"
    { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y $missing; } >/dev/null 2>&1 && exit 0
    echo "That did not work."
fi
echo "Missing from this system, and not ours to install: $missing. Tests that need it will be skipped."
