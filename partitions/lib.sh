# SPDX-License-Identifier: Apache-2.0
# What the scripts that build guest images share: progress lines, errors, the cache, scratch folders.
# shellcheck shell=bash

set -euo pipefail
export LC_ALL=C TZ=UTC
umask 022
PATH=$PATH:/usr/sbin:/sbin

partitions_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for the scripts that read this file
cache_dir=${BULKHEAD_CACHE:-$HOME/.cache/bulkhead}/guests

# Where make leaves the programs of ours that some images hold.
build_dir=${BULKHEAD_BUILD:-$partitions_dir/../build}

# Every time stamp in every image. It is also the date at which a guest without a real-time clock starts to count.
export SOURCE_DATE_EPOCH=1767225600 # 2026-01-01 00:00:00 UTC

# Scripts that run inside one build count their seconds from its beginning.
export GUESTS_STARTED=${GUESTS_STARTED:-$(date +%s)}

# progress MESSAGE: one line, with the seconds since the build began.
progress() {
    printf '[guests %4ds] %s\n' "$(($(date +%s) - GUESTS_STARTED))" "$*" >&2
}

# die MESSAGE: says what is wrong and what to do, and ends the script.
die() {
    printf 'guests: error: %s\n' "$*" >&2
    exit 1
}

# need PROGRAM PACKAGE: refuses to start without a program, naming the package that has it.
need() {
    command -v "$1" >/dev/null ||
        die "program '$1' not found: install it with 'apt-get install $2' (or run 'make setup')"
}

# need_root WHAT: mmdebstrap and chroot set file owners, which only root may.
need_root() {
    [ "$(id -u)" -eq 0 ] || die "$1 must be run as root (it sets file owners and uses chroot)"
}

# key FILE...: the first 12 hex digits of a hash over the names and contents of the inputs of a build.
key() {
    sha256sum "$@" | sed "s|$partitions_dir/||; s|$build_dir/||" | sha256sum | cut -c1-12
}

# quiet LOG COMMAND...: runs a command or function with its output in a file; if it fails, shows the file's end and ends
# the script. The subshell keeps `set -e` alive in a function, which a plain `if` would switch off.
quiet() {
    local log=$1 status
    shift
    set +e
    (set -e; "$@") >>"$log" 2>&1
    status=$?
    set -e
    [ "$status" -eq 0 ] && return
    tail -n 25 "$log" >&2
    die "$1 failed (exit $status); the end of its output is above, all of it in $log"
}

# fetch_deb PACKAGE DIRECTORY: downloads one package with the machine's own apt sources, checked by apt's signatures.
# Stale package lists are the usual cause of failure, so they are refreshed once.
fetch_deb() {
    local attempt
    for attempt in 1 2; do
        if (cd "$2" && apt-get download -qq -o APT::Sandbox::User=root "$1" >>"$2/apt.log" 2>&1); then
            return 0
        fi
        [ "$attempt" -eq 2 ] || apt-get update -qq >>"$2/apt.log" 2>&1 || true
    done
    tail -n 5 "$2/apt.log" >&2
    die "cannot download package '$1': see above; is the network up and are Debian 12's sources in /etc/apt?"
}

# ---- building in a scratch folder -----------------------------------------------------------------------------------

# name is the script's: `base` or an image.
name='' work='' log=''

# stage NUMBER OF WHAT
stage() {
    progress "$name: $1/$2 $3"
}

# only_one_at_a_time NAME: waits until no other script builds this image; the one that waited finds it in the cache.
only_one_at_a_time() {
    mkdir -p "$cache_dir"
    exec 9>"$cache_dir/$1.lock"
    flock 9
}

# start_work: a scratch folder in the cache that goes away however the script ends.
start_work() {
    need_root "building guest images"
    need mmdebstrap mmdebstrap
    need mkfs.erofs erofs-utils
    need veritysetup cryptsetup-bin
    need mke2fs e2fsprogs
    need sgdisk gdisk
    need ssh-keygen openssh-client
    work=$(mktemp -d "$cache_dir/work-$name.XXXXXX")
    trap 'rm -rf --one-file-system "$work"' EXIT
    log=$cache_dir/$name.log
    : >"$log"
}
