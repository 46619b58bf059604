# SPDX-License-Identifier: Apache-2.0
# What decides, beside the recipes, what a Debian image becomes: where packages come from and how mmdebstrap is run.
# shellcheck shell=bash
# shellcheck source=partitions/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# inputs FOLDER...: every file that decides what an image becomes. lib.sh only says how its making is reported.
inputs() {
    find "${@/#/$partitions_dir/}" -type f | sort
    printf '%s\n' "$partitions_dir"/{debian,build-base}.sh
}

mapfile -t base_inputs < <(inputs base)
# shellcheck disable=SC2034 # for the scripts that read this file
base_tar=$cache_dir/base-$(key "${base_inputs[@]}").tar

# debian_sources: sources.list lines of the machine's own Debian 12 mirrors (main, updates, security), whatever the
# format and the place of its apt sources.
debian_sources() {
    local lines
    # shellcheck disable=SC2016 # the $( ) are apt's, not the shell's
    lines=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(ORIGIN) $(COMPONENT)' 'Created-By: Packages' |
        awk '$2 ~ /^(bookworm|oldstable|stable)(-updates|-security)?$/ && $3 == "Debian" && $4 == "main" {
                 print "deb " $1 " " $2 " main" }' | sort -u)
    [ -n "$lines" ] || die "apt knows no Debian 12 (bookworm) main: add it to /etc/apt and run 'apt-get update'"
    printf '%s\n' "$lines"
}

# proxy_options: the machine's own apt proxies, which mmdebstrap does not look at.
proxy_options() {
    apt-config dump --format '%F "%v";%n' Acquire::http::Proxy Acquire::https::Proxy | grep -v ' "";$' |
        sed 's/^/--aptopt=/'
}

# bootstrap ROOT VARIANT ARGUMENT...: runs mmdebstrap on the folder ROOT with what every image wants.
bootstrap() {
    local root=$1 variant=$2 proxies
    shift 2
    mapfile -t proxies < <(proxy_options)
    debian_sources >"$work/sources.list"
    quiet "$log" mmdebstrap --mode=root --format=directory --variant="$variant" "${proxies[@]}" \
        --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/lintian/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*/LC_MESSAGES/*' "$@" bookworm "$root" "$work/sources.list"
}

# copy_files FOLDER ROOT: copies FOLDER/files over the root file system, owned by root.
copy_files() {
    [ ! -d "$1/files" ] || tar -C "$1/files" --owner=0 --group=0 -c . | tar -C "$2" -x --no-overwrite-dir
}
