# SPDX-License-Identifier: Apache-2.0
# Sourced by the setup scripts: tells which Debian mirror this machine uses.

# Prints the address the machine's own apt sources give for Debian 12's main suite, in either format (one-line .list or
# deb822 .sources). Fails, with a message, when they give
# none.
apt_mirror() {
    local found
    found=$({
        cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | tr '\t' ' ' |
            sed -E -n 's/^deb +(\[[^]]*\] +)?([^ ]+) +(bookworm|stable) .*/\2/p'
        awk 'FNR == 1 { print "" } { print }' /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '
            BEGIN { RS = ""; FS = "\n" }
            {
                uri = suite = ""; enabled = 1
                for (i = 1; i <= NF; i++) {
                    split($i, word, /[[:space:]]+/)
                    if (tolower(word[1]) == "uris:") uri = word[2]
                    if (tolower(word[1]) == "enabled:" && word[2] == "no") enabled = 0
                    if (tolower($i) ~ /^suites:/ && ($i " ") ~ /[[:space:]](bookworm|stable)[[:space:]]/) suite = 1
                }
                if (uri != "" && suite && enabled) print uri
            }'
    } | head -n 1) || true
    if [ -z "$found" ]; then
        echo "setup: no Debian 12 (bookworm) main in this machine's apt sources: add it to /etc/apt" >&2
        return 1
    fi
    echo "$found"
}
