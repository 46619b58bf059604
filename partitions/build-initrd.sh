#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: build-initrd.sh RECIPE KERNEL_DIR OUT
# Makes an initramfs: static busybox, the modules and programs that RECIPE names, and the file `init` beside RECIPE.
# RECIPE is read by the shell and sets two lists: modules (names, their dependencies follow) and programs (host paths,
# their shared libraries follow). The result depends on nothing else, to the byte.
# shellcheck source=partitions/lib.sh
. "$(dirname "$0")/lib.sh"

[ $# -eq 3 ] || die "usage: build-initrd.sh RECIPE KERNEL_DIR OUT"
recipe=$1 kernel=$2 out=$3
need depmod kmod
need cpio cpio
need zstd zstd
[ -x /bin/busybox ] || die "/bin/busybox not found: install it with 'apt-get install busybox-static'"

modules='' programs=''
# shellcheck disable=SC1090 # the recipe is an argument
. "$recipe"
version=$(cat "$kernel/version")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

add_module() {
    local kind file
    modprobe -d "$kernel" -S "$version" --show-depends "$1" | while read -r kind file _; do
        [ "$kind" = insmod ] || continue
        install -D -m 644 "$file" "$root/lib/modules/$version/kernel/$(basename "$file")"
    done || die "$recipe: module '$1' is not in kernel $version"
}

add_program() {
    local library
    [ -x "$1" ] || die "$recipe: program '$1' not found on this machine (run 'make setup')"
    install -D -m 755 "$1" "$root/bin/$(basename "$1")"
    { ldd "$1" 2>/dev/null || true; } | { grep -o '/[^ ]*' || true; } | while read -r library; do # a static one has none
        install -D -m 755 "$library" "$root/lib/$(basename "$library")"
    done
}

mkdir -p "$root"/{bin,dev,proc,sys,run,root,lib/modules}
ln -s bin "$root/sbin"
ln -s lib "$root/lib64"
for applet in $(/bin/busybox --list); do
    ln -s busybox "$root/bin/$applet"
done
rm -f "$root/bin/busybox"
install -m 755 /bin/busybox "$root/bin/busybox"
install -m 755 "$(dirname "$recipe")/init" "$root/init"
for module in $modules; do add_module "$module"; done
for program in $programs; do rm -f "$root/bin/$(basename "$program")"; add_program "$program"; done
cp "$kernel/lib/modules/$version"/modules.{order,builtin,builtin.modinfo} "$root/lib/modules/$version/"
depmod -b "$root" "$version"
rm -f "$root/lib/modules/$version"/*.bin
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

mkdir -p "$(dirname "$out")"
(cd "$root" && find . -print0 | sort -z | cpio --null --create --format=newc --reproducible --owner=0:0 --quiet) |
    zstd -19 -T1 -q -f -o "$out.new"
mv "$out.new" "$out"
progress "initramfs: $out, $(($(stat -c %s "$out") / 1024)) KiB"
