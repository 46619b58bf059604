#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the unit-test programs named as arguments, as many at a time as there are processors; prints a line for each and
# the whole output of those that fail.
set -uo pipefail

run_one() {
    local program=$1 log=$1.log start=$EPOCHREALTIME status tests
    timeout 300 "$program" >"$log" 2>&1
    status=$?
    tests=$(grep -c '^\[       OK \]' "$log")
    if [ "$status" -eq 0 ]; then
        awk -v name="${program##*/}" -v tests="$tests" -v from="$start" -v to="$EPOCHREALTIME" \
            'BEGIN { printf "  ok    %-28s %4d tests %6.1f s\n", name, tests, to - from }'
    else
        cat "$log"
        echo "  FAIL  ${program##*/} (exit status $status, whole output above and in $log)"
    fi
    return "$status"
}
export -f run_one

[ $# -gt 0 ] || exit 0
printf '%s\0' "$@" | xargs -0 -n1 -P"$(nproc)" bash -c 'run_one "$0"'
status=$?
total=$(for program in "$@"; do cat "$program.log"; done | grep -c '^\[       OK \]')
failed=$(for program in "$@"; do cat "$program.log"; done | grep -c '^\[  FAILED  \] [a-z_0-9]*$')
echo "unit: $total passed, $failed failed"
[ "$status" -eq 0 ] || { echo "unit tests failed" >&2; exit 1; }
