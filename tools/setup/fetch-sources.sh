#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fetches the two third-party libraries as Debian source tarballs, checks them against sources.lock and unpacks them.
#
#   fetch-sources.sh DESTINATION      unpacks to DESTINATION/mbedtls and DESTINATION/dtc
#
# Debian's version strings move while upstream's tarballs do not, so the lock names tarballs, newest first, and this
# script takes whichever of them a mirror still offers. It works as root and as an ordinary user: a private apt root
# keeps the machine's own package lists untouched. Tarballs are kept in ${BULKHEAD_CACHE:-~/.cache/bulkhead}/sources.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/setup/apt-mirror.sh
. "$here/apt-mirror.sh"
lock=$here/sources.lock
destination=${1:?usage: fetch-sources.sh DESTINATION}
cache=${BULKHEAD_CACHE:-$HOME/.cache/bulkhead}/sources

die() {
    echo "fetch-sources: $*" >&2
    exit 1
}

# Tarballs of package $1 that the lock accepts, newest first: "sha256 file" a line.
locked() {
    awk -v package="$1" '$1 !~ /^#/ && index($2, package "_") == 1 { print $1, $2 }' "$lock"
}

# Prints the path of a cached tarball of package $1 whose sum is right; fails when there is none.
cached() {
    local sum file
    while read -r sum file; do
        if [ -f "$cache/$file" ] && echo "$sum  $cache/$file" | sha256sum --check --status; then
            echo "$cache/$file"
            return 0
        fi
    done < <(locked "$1")
    return 1
}

# Prepares a private apt root in $1 that knows only Debian's source packages.
make_apt_root() {
    local root=$1
    mkdir -p "$root"/state/lists/partial "$root"/cache/archives/partial "$root"/sources
    cat >"$root/sources/debian.sources" <<EOF
Types: deb-src
URIs: $(apt_mirror)
Suites: trixie trixie-updates sid
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
EOF
    cat >"$root/apt.conf" <<EOF
Dir::Etc::main "/dev/null";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$root/sources";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "$root/state";
Dir::State::status "/dev/null";
Dir::Cache "$root/cache";
APT::Sandbox::User "";
Acquire::Check-Valid-Until "false";
Acquire::Check-Date "false";
Acquire::Languages "none";
EOF
}

# Version of package $1 whose source tarball is file $2, as the mirror names it today.
version_with() {
    apt-cache showsrc "$1" | awk -v file="$2" '
        $1 == "Version:" { version = $2 }
        $3 == file && found == "" { found = version }
        END { print found }'
}

# Downloads package $1 into the cache: the first tarball of the lock that the mirror offers.
fetch() {
    local package=$1 sum file version
    while read -r sum file; do
        version=$(version_with "$package" "$file")
        [ -n "$version" ] || continue
        (cd "$work" && apt-get source -qq --download-only --tar-only "$package=$version") || continue
        echo "$sum  $work/$file" | sha256sum --check --status ||
            die "$file does not have the SHA-256 sum in sources.lock; found $(sha256sum <"$work/$file")"
        mkdir -p "$cache"
        mv "$work/$file" "$cache/$file"
        return 0
    done < <(locked "$package")
    die "no tarball of $package that sources.lock accepts is on $(apt_mirror); put one of these into $cache:" \
        "$(locked "$package" | cut -d' ' -f2 | tr '\n' ' ')"
}

# Unpacks the tarball of package $1 to $destination/$2, unless that very tarball is unpacked there already.
unpack() {
    local tarball target=$destination/$2
    tarball=$(cached "$1") || die "$1: no good tarball in $cache"
    [ "$(cat "$target.tarball" 2>/dev/null)" = "${tarball##*/}" ] && return 0
    rm -rf "$target" "$target.tarball"
    mkdir -p "$target"
    tar xf "$tarball" --no-same-owner --strip-components=1 -C "$target"
    echo "${tarball##*/}" >"$target.tarball"
}

if ! cached mbedtls >/dev/null || ! cached device-tree-compiler >/dev/null; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    make_apt_root "$work"
    export APT_CONFIG=$work/apt.conf
    echo "fetching the sources of Mbed TLS and libfdt"
    apt-get update -qq
    cached mbedtls >/dev/null || fetch mbedtls
    cached device-tree-compiler >/dev/null || fetch device-tree-compiler
fi
unpack mbedtls mbedtls
unpack device-tree-compiler dtc
