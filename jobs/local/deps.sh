#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The packages that mpiBERT needs, listed once.
#   deps.sh [--check] [build] [test] [demo] [interop] [clang] [lint]     (default: build test)
# Says nothing and exits 0 when all are there.  What is missing is installed on Debian when we
# are root or sudo asks no password; otherwise, and with --check, it is named and we exit 69.
# `make` alone never installs: it calls this with --check.
set -euo pipefail
cd "$(dirname "$0")/../.."

# group, Debian package, and what to look for where there is no dpkg
needs='
build   make                    command:make
build   gcc                     command:cc
build   libc6-dev               command:cc
build   pkgconf                 command:pkg-config
build   openmpi-bin             command:mpirun
build   libopenmpi-dev          command:mpicc
build   libhdf5-openmpi-dev     module:hdf5-openmpi
build   libopenblas-openmp-dev  module:openblas
build   libarchive-dev          module:libarchive
build   zlib1g-dev              module:zlib
build   libyaml-dev             module:yaml-0.1
build   libjansson-dev          module:jansson
build   libxxhash-dev           module:libxxhash
build   libexpat1-dev           module:expat
build   libhwloc-dev            module:hwloc
test    perl                    command:prove
demo    perl                    command:pod2text
demo    perl-doc                command:perldoc
interop python3-venv            command:python3
clang   clang                   command:clang
clang   libomp-dev              command:clang
clang   libclang-rt-dev         command:clang
lint    clang-format            command:clang-format
lint    shellcheck              command:shellcheck
'

check_only=
if [ "${1:-}" = --check ]; then
    check_only=1
    shift
fi
[ $# -gt 0 ] || set -- build test
# After ./configure the libraries are where config.mk says, whoever put them there.
groups=" $* "
[ ! -f config.mk ] || groups=${groups/ build / }

debian=
[ ! -f /etc/debian_version ] || ! command -v dpkg-query >/dev/null || debian=1

packages=() probes=()
while read -r group package probe; do
    [[ -z $group || $groups != *" $group "* ]] && continue
    packages+=("$package") probes+=("$probe")
done <<<"$needs"
[ ${#packages[@]} -gt 0 ] || exit 0

missing=()
if [ -n "$debian" ]; then
    have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true)
    for package in "${packages[@]}"; do
        [[ $'\n'$have$'\n' == *$'\n'"$package installed"$'\n'* ]] || missing+=("$package")
    done
else
    for i in "${!packages[@]}"; do
        what=${probes[i]#*:}
        case ${probes[i]} in
            command:*) command -v "$what" >/dev/null && continue ;;
            module:*) pkg-config --exists "$what" 2>/dev/null && continue ;;
        esac
        missing+=("$what (Debian: ${packages[i]})")
    done
fi
[ ${#missing[@]} -gt 0 ] || exit 0

if [ -z "$debian" ]; then
    echo "deps: not found by command or pkg-config:"
    printf 'deps:   %s\n' "${missing[@]}"
    echo "deps: install them, or tell ./configure --help where they are (autoconf makes it)"
    exit 69
fi >&2

install="apt-get install -y --no-install-recommends ${missing[*]}"
sudo=
[ "$(id -u)" = 0 ] || sudo="sudo -n"
if [ -n "$check_only" ] || { [ -n "$sudo" ] && ! sudo -n true 2>/dev/null; }; then
    echo "deps: missing packages; as root run:"
    echo "deps:   $install"
    exit 69
fi >&2

apt() {
    echo "\$ ${sudo:+$sudo }apt-get $*"
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" </dev/null >"$log" 2>&1
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "deps: installing ${#missing[@]} packages (log shown if it fails)"
compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null || apt update || true
# Lists that are too old name files that are gone: ask for new ones, once.
apt install -y --no-install-recommends "${missing[@]}" ||
    { apt update && apt install -y --no-install-recommends "${missing[@]}"; } ||
    { tail -20 "$log" >&2; echo "deps: failed; as root run: $install" >&2; exit 69; }
