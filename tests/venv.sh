# SPDX-License-Identifier: Apache-2.0
# Sourced by scripts that need Python packages: environments of pinned ones below $BUILD.

# venv_make NAME REQUIREMENTS: makes $BUILD/NAME of a file of pins, again when they change.
# 0: there; 75: it cannot be had here, and $venv_why says why; 1: a pin is wrong (log shown).
venv_make() {
    local venv=$BUILD/$1 pins=$2 log=$BUILD/$1.log ready
    ready=$venv/ready-$(cksum <"$pins" | tr -c '0-9\n' -)
    [ ! -f "$ready" ] || return 0
    venv_why="python3-venv is not installed"
    jobs/local/deps.sh interop || return 75
    rm -rf "$venv"
    python3 -m venv "$venv" || return 75
    echo "# installing $(grep -c == "$pins") pinned packages into $venv" >&2
    if ! "$venv/bin/pip" install --retries 1 --timeout 30 -r "$pins" >"$log" 2>&1 </dev/null; then
        tail -5 "$log" >&2
        # A pin that no longer exists is a failure; a network that is not there is not ours.
        venv_why="the Python package index cannot be reached"
        ! grep -qiE 'NewConnection|name resolution|timed out|unreachable|ProxyError|HTTP error 5' \
            "$log" || return 75
        return 1
    fi
    touch "$ready"
}
