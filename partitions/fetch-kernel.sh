#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: fetch-kernel.sh OUT_DIR
# Puts Debian's unmodified generic kernel into OUT_DIR: vmlinuz, version and lib/modules. Nothing is installed; the
# package is downloaded once, unpacked in the cache and linked from there.
# shellcheck source=partitions/lib.sh
. "$(dirname "$0")/lib.sh"

[ $# -eq 1 ] || die "usage: fetch-kernel.sh OUT_DIR"
out=$1
kernel_cache=$cache_dir/kernel

# The meta package names the kernel's own package, whose name contains the version.
fetch_kernel() {
    local package version
    need depmod kmod
    mkdir -p "$cache_dir"
    work=$(mktemp -d "$cache_dir/kernel.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    progress "kernel: download Debian's linux-image-amd64"
    fetch_deb linux-image-amd64 "$work"
    package=$(dpkg-deb --field "$work"/linux-image-amd64_*.deb Depends | grep -o '^linux-image-[^ ,]*')
    fetch_deb "$package" "$work"
    version=${package#linux-image-}
    progress "kernel: unpack $version"
    mkdir "$work/kernel"
    dpkg-deb --fsys-tarfile "$work/${package}"_*.deb |
        tar -x -C "$work/kernel" --strip-components=1 ./boot "./lib/modules/$version/kernel" \
            --wildcards "./lib/modules/$version/modules.*"
    mv "$work/kernel/boot/vmlinuz-$version" "$work/kernel/vmlinuz"
    rm -rf "$work/kernel/boot"
    printf '%s\n' "$version" >"$work/kernel/version"
    depmod -b "$work/kernel" "$version"
    rm -rf "$kernel_cache"
    mv "$work/kernel" "$kernel_cache"
    progress "kernel: ready"
}

[ -f "$kernel_cache/version" ] || fetch_kernel
mkdir -p "$out"
ln -sfn "$kernel_cache/lib" "$out/lib"
cp -f "$kernel_cache/version" "$out/version"
cmp -s "$kernel_cache/vmlinuz" "$out/vmlinuz" || cp -f "$kernel_cache/vmlinuz" "$out/vmlinuz"
