#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages of packages.txt that are missing; does nothing, quickly, when all are there.
#
# Debian 12's own QEMU has no x2APIC under TCG, so QEMU comes from bookworm-backports. That suite is added with the
# machine's own mirror and only for the packages that name it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/setup/apt-mirror.sh
. "$here/apt-mirror.sh"
backports_list=/etc/apt/sources.list.d/bulkhead-backports.sources
qemu_least=8.2 # the first QEMU whose TCG has x2APIC

die() {
    echo "setup: $*" >&2
    exit 1
}

# Lines of packages.txt whose package is not installed (or, for QEMU, too old).
missing_packages() {
    local installed line package version
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' | sed -n 's/^installed //p')
    while read -r line; do
        package=${line%%/*}
        version=$(awk -v package="$package" '$1 == package { print $2; exit }' <<<"$installed")
        if [ -z "$version" ]; then
            echo "$line"
        elif [[ $package == qemu-* ]] && dpkg --compare-versions "${version#*:}" lt "$qemu_least"; then
            echo "$line"
        fi
    done < <(grep -Ev '^[[:space:]]*(#|$)' "$here/packages.txt")
}

# Adds bookworm-backports unless the machine's apt sources name it already.
add_backports() {
    grep -rqsE '^[^#]*bookworm-backports' /etc/apt/sources.list /etc/apt/sources.list.d/ \
        --include='*.list' --include='*.sources' && return 0
    cat >"$backports_list" <<EOF
# Added by Bulkhead's tools/setup/install.sh for QEMU 10.
Types: deb
URIs: $(apt_mirror)
Suites: bookworm-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
EOF
}

mapfile -t missing < <(missing_packages)
[ ${#missing[@]} -gt 0 ] || exit 0

[ "$(id -u)" = 0 ] || die "these Debian packages are missing: ${missing[*]%%/*}" \
    "- installing them needs root: run 'sudo make setup' once, then go on as yourself"
. /etc/os-release
[ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ] ||
    die "packages are missing (${missing[*]%%/*}) and this is not Debian 12 but ${PRETTY_NAME:-unknown};" \
        "install them by hand (QEMU $qemu_least or newer)"

echo "setup: installing ${#missing[@]} packages: ${missing[*]%%/*}"
plain=()
backports=()
for line in "${missing[@]}"; do
    case $line in
    */bookworm-backports) backports+=("${line%%/*}") ;;
    *) plain+=("$line") ;;
    esac
done
[ ${#backports[@]} -eq 0 ] || add_backports
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt_install=(apt-get install -qq --yes --no-install-recommends -o Dpkg::Use-Pty=0)
[ ${#plain[@]} -eq 0 ] || "${apt_install[@]}" "${plain[@]}" >/dev/null
[ ${#backports[@]} -eq 0 ] || "${apt_install[@]}" -t bookworm-backports "${backports[@]}" >/dev/null
mapfile -t missing < <(missing_packages)
[ ${#missing[@]} -eq 0 ] || die "still missing after the installation: ${missing[*]}"
