#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: build-image.sh NAME OUT_DIR
# Makes the disk of one Debian 12 server from partitions/NAME: OUT_DIR/disk.img (GPT: root, verity, data), and
# OUT_DIR/roothash, the 64 hex digits that belong into the signed configuration as bulkhead.verity=.
#
# Root file system and hash tree are the same bytes in every build from the same packages: fixed time stamps, UUIDs and
# salt, no loop mounts. The data area holds generated keys and is the owner's; nothing vouches for it.
# shellcheck source=partitions/debian.sh
. "$(dirname "$0")/debian.sh"

[ $# -eq 2 ] || die "usage: build-image.sh NAME OUT_DIR"
name=$1 out=$2
image_dir=$partitions_dir/$name
[ -f "$image_dir/recipe" ] || die "there is no recipe $image_dir/recipe"

# Programs of ours that the image holds, named in the file `programs` of its folder: make builds them first.
programs=()
[ ! -f "$image_dir/programs" ] || mapfile -t programs < <(sed "s|^|$build_dir/|" "$image_dir/programs")
for program in "${programs[@]}"; do
    [ -x "$program" ] || die "$program is not there: run 'make $program'"
done

mapfile -t image_inputs < <(inputs base "$name" && printf '%s\n' "${programs[@]}" | grep .)
image_cache=$cache_dir/$name-$(key "${image_inputs[@]}" "$partitions_dir/build-image.sh")

# ---- packages -------------------------------------------------------------------------------------------------------

# install_packages ROOT: the base, and on top of it what the recipe names.
install_packages() {
    local hooks=(--setup-hook="tar -C \"\$1\" -xf '$base_tar'")
    [ -z "$debconf" ] || hooks+=(--setup-hook="echo '$debconf' | chroot \"\$1\" debconf-set-selections")
    bootstrap "$1" custom --skip=check/empty --include="${packages// /,}" "${hooks[@]}"
    copy_files "$image_dir" "$1"
    [ "${#programs[@]}" -eq 0 ] || install -D -s -m 755 -t "$1/usr/sbin" "${programs[@]}"
    printf '%s\n' "$name" >"$1/etc/hostname"
    printf '127.0.0.1 localhost %s\n' "$name" >"$1/etc/hosts"
    systemctl --root="$1" -q enable bulkhead-ready.service
    configure "$1"
}

# clean ROOT: leaves nothing behind that differs from build to build or that a read-only system cannot use.
clean() {
    local pattern
    find "$1/var/log" "$1/var/cache" "$1/run" "$1/tmp" -mindepth 1 -not -type d -delete
    rm -rf "$1"/var/lib/apt/lists/* "$1"/var/lib/dpkg/*-old "$1"/etc/*- "$1"/usr/share/{doc,man,info} \
        "$1"/var/lib/systemd/catalog/database
    find "$1" -xdev -name __pycache__ -type d -prune -exec rm -rf {} +
    : >"$1/etc/machine-id"
    for pattern in $excluded; do
        # shellcheck disable=SC2086 # a pattern
        rm -rf "${1:?}"/$pattern
    done
}

# ---- disk -----------------------------------------------------------------------------------------------------------

# uuid WHAT: a fixed UUID for one thing of one image.
uuid() {
    printf '%s' "bulkhead $name $1" | sha256sum |
        sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-4\3-8\4-\5/'
}

# make_root ROOT: root.erofs, root.verity and roothash in the scratch folder.
make_root() {
    local salt
    salt=$(printf '%s' "bulkhead $name salt" | sha256sum | cut -d' ' -f1)
    quiet "$log" mkfs.erofs -zlz4hc -T "$SOURCE_DATE_EPOCH" -U "$(uuid erofs)" "$work/root.erofs" "$1"
    truncate -s %4096 "$work/root.erofs"
    veritysetup format "$work/root.erofs" "$work/root.verity" --hash=sha256 --salt="$salt" \
        --uuid="$(uuid verity)" --root-hash-file="$work/roothash" >>"$log"
}

# make_data ROOT: data.ext4, from what the recipe puts into ROOT/data and the partition's ssh keys. One key of the
# demonstration may log in; it is made here, on this machine, and is in no root file system.
make_data() {
    local data=$1/data
    mkdir -m 700 "$data/ssh"
    ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$data/ssh/host_key"
    ssh-keygen -q -t ed25519 -N '' -C demonstration -f "$work/ssh-key"
    cp "$work/ssh-key.pub" "$data/ssh/authorized_keys"
    quiet "$log" fill_data "$1"
    quiet "$log" mke2fs -q -t ext4 -L data -m 0 -d "$data" "$work/data.ext4" "${data_mib}M"
    rm -rf "${data:?}"/*
}

mib_of() {
    echo $((($(stat -c %s "$1") + 1048575) / 1048576))
}

# make_disk: disk.img, a GPT with one partition for each of the three file systems, all on MiB borders.
make_disk() {
    local disk=$work/disk.img part number=0 first=1 size arguments=()
    local order=(root.erofs root.verity data.ext4) labels=(bulkhead-root bulkhead-verity bulkhead-data)
    for part in "${order[@]}"; do
        size=$(mib_of "$work/$part")
        arguments+=(-n "$((number + 1)):${first}M:+${size}M" -c "$((number + 1)):${labels[number]}"
            -u "$((number + 1)):$(uuid "${labels[number]}")")
        dd if="$work/$part" of="$disk" bs=1M seek=$first conv=notrunc,sparse status=none
        first=$((first + size)) number=$((number + 1))
    done
    truncate -s "$((first + 1))M" "$disk"
    quiet "$log" sgdisk -a 2048 -U "$(uuid disk)" "${arguments[@]}" "$disk"
}

# Another branch may want its own version again, so what was used in the last days stays.
forget_unused() {
    find "$cache_dir" -maxdepth 1 -type d -name "$name-????????????" -mtime +7 -exec rm -rf {} +
}

build_image() {
    local packages debconf='' excluded='' data_mib
    # shellcheck disable=SC1090,SC1091 # found by name
    . "$image_dir/recipe"
    stage 1 4 "install ${packages// /, }"
    install_packages "$work/root"
    stage 2 4 "make the data area (${data_mib} MiB)"
    make_data "$work/root"
    stage 3 4 "make the root file system and its hash tree"
    clean "$work/root"
    make_root "$work/root"
    stage 4 4 "put the disk together"
    make_disk
    forget_unused
    mkdir "$image_cache"
    mv "$work"/{disk.img,ssh-key,ssh-key.pub} "$image_cache/"
    cut -c1-64 "$work/roothash" >"$image_cache/roothash"
}

only_one_at_a_time "$name"
if [ ! -f "$image_cache/roothash" ]; then
    "$partitions_dir/build-base.sh"
    start_work
    build_image
fi
# A guest may be running from the disk that is there: it keeps that one, whole, until it ends. The root hash comes last.
mkdir -p "$out"
touch "$image_cache"
for file in ssh-key ssh-key.pub disk.img roothash; do
    cp --sparse=always --reflink=auto "$image_cache/$file" "$out/$file.new"
    mv "$out/$file.new" "$out/$file"
done
progress "$name: ready, $(du -m "$out/disk.img" | cut -f1) MiB, root hash $(cut -c1-16 "$out/roothash")..."
