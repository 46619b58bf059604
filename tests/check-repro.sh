#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Shows that the image is reproducible: builds a copy of this tree in a folder of another name and length and compares
# the bytes with those in the build folder named as argument.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

copy=$work/a-copy-in-a-folder-with-another-name
mkdir -p "$copy"
tar -C "$root" --exclude=./build --exclude=./.git -cf - . | tar -C "$copy" -xf -
unset MAKEFLAGS MAKELEVEL
TZ=Pacific/Apia LC_ALL=C make -C "$copy" -j"$(nproc)" BUILD=build image >"$work/log" 2>&1 || {
    cat "$work/log"
    echo "check-repro: the copy does not build" >&2
    exit 1
}
for file in bulkhead.efi monitor.bin; do
    cmp "$build/$file" "$copy/build/$file" || {
        echo "check-repro: $file depends on where it is built" >&2
        exit 1
    }
    echo "check-repro: $file is the same from two folders (SHA-256 $(sha256sum <"$build/$file" | cut -c1-16)...)"
done
