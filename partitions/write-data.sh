#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: write-data.sh DISK FOLDER
# Makes the data area of DISK (an image file, or a block device) anew from FOLDER, which becomes /data of the partition that
# has the disk, with owners and permissions as they are. What was on the data area is gone; root file system and hash tree
# are not touched. Nothing is mounted.
# shellcheck source=partitions/lib.sh
. "$(dirname "$0")/lib.sh"

[ $# -eq 2 ] || die "usage: write-data.sh DISK FOLDER"
disk=$1 folder=$2
[ -w "$disk" ] || die "$disk cannot be written"
[ -d "$folder" ] || die "$folder is no folder"
need sfdisk fdisk
need mke2fs e2fsprogs

# The area's first sector and length, in sectors of 512 bytes.
read -r start size < <(sfdisk --dump "$disk" 2>/dev/null |
    sed -nE 's/.*start= *([0-9]+), *size= *([0-9]+),.*name="bulkhead-data".*/\1 \2/p') ||
    die "$disk has no partition named bulkhead-data"

mke2fs -q -F -t ext4 -L data -m 0 -E "offset=$((start * 512)),nodiscard,root_owner=0:0" -d "$folder" "$disk" \
    "$((size / 2))k" || die "the data area ($((size / 2048)) MiB) could not be made from $folder"
sync "$disk"
progress "data area of $disk: $(find "$folder" -type f | wc -l) files"
