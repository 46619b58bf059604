#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Shows that the image is reproducible: builds this tree in two folders of different names and compares the bytes.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Copies the tree (without build/ and .git) to $1 and builds the two programs that run on the machine.
build_in() {
    mkdir -p "$1/build"
    tar -C "$root" --exclude=./build --exclude=./.git -cf - . | tar -C "$1" -xf -
    make -C "$1" --silent -j"$(nproc)" BUILD=build image
}

build_in "$work/first"
build_in "$work/a-folder-with-a-longer-name/second"
for file in bulkhead.efi monitor.elf; do
    one=$work/first/build/$file
    two=$work/a-folder-with-a-longer-name/second/build/$file
    cmp "$one" "$two" || {
        echo "check-repro: $file depends on the folder it is built in" >&2
        exit 1
    }
    echo "check-repro: $file is the same from both folders ($(sha256sum <"$one" | cut -c1-16))"
done
