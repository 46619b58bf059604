#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: build-base.sh
# Leaves in the cache what all Debian server images start from: a small Debian 12 with systemd and ssh.
# shellcheck source=partitions/debian.sh
. "$(dirname "$0")/debian.sh"

build_base() {
    local packages masked_units
    # shellcheck source=partitions/base/recipe
    . "$partitions_dir/base/recipe"
    stage 1 2 "install Debian 12's smallest system and ${packages// /, }"
    bootstrap "$work/root" minbase --include="${packages// /,}"
    stage 2 2 "configure and pack"
    copy_files "$partitions_dir/base" "$work/root"
    configure "$work/root"
    tar -C "$work/root" --sort=name --xattrs -cf "$base_tar.new" .
    rm -f "$cache_dir"/base-*.tar
    mv "$base_tar.new" "$base_tar"
}

name=base
only_one_at_a_time base
if [ ! -f "$base_tar" ]; then
    start_work
    build_base
fi
