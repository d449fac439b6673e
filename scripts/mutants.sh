#!/usr/bin/env bash
# Breaks the controller on purpose, one way at a time (tests/sim/mutants), and tries seeds until the simulation finds
# it. A mutant that nobody finds, or that no longer applies, ends this with 1.
# Usage: mutants.sh [MUTANT...]; SEEDS and FROM say which seeds are tried, 4000 from 1 unless told.
set -euo pipefail
cd "$(dirname "$0")/.."
# Sources and builds of their own: what is broken must not be taken for what is built here.
place=${CARGO_TARGET_DIR:-$PWD/target}/mutants
tree=$place/tree
export CARGO_TARGET_DIR=$place/target
export SEEDS=${SEEDS:-4000} FROM=${FROM:-1} FIRST=1 RUST_BACKTRACE=0
mutants=("$@")
[ ${#mutants[@]} -gt 0 ] || mutants=(tests/sim/mutants/*.patch)
mkdir -p "$tree"
restore() { git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from - | tar --extract --touch --directory "$tree"; }
rm -rf "$tree/crates" "$tree/tests"
restore
log=$(mktemp)
trap 'rm -f "$log"' EXIT
cargo_there() { (cd "$tree" && cargo "$@" --profile sim --locked --quiet -p tests --test sim "${rest[@]}"); }
rest=(-- --nocapture --test-threads=1)
run() {
    rest=(-- --nocapture "$1")
    cargo_there test >"$log" 2>&1
}
echo "without a mutant:"
cargo_there test 2>&1 | grep -E 'seeds/s$|fails' | tail -2
survivors=0
for mutant in "${mutants[@]}"; do
    name=$(basename "$mutant" .patch)
    patch=$PWD/tests/sim/mutants/$name.patch
    if ! patch --quiet --no-backup-if-mismatch --directory "$tree" --strip 1 --reject-file - <"$patch" >"$log" 2>&1; then
        echo "$name: does not apply any more"
        cat "$log"
        survivors=$((survivors + 1))
        rm -rf "$tree/crates"
        restore
        continue
    fi
    rest=(--no-run)
    if ! cargo_there test >"$log" 2>&1; then
        echo "$name: does not build"
        tail -20 "$log"
        survivors=$((survivors + 1))
    else
        # What the storms find the plans need not be tried for.
        if run storm && run plans; then
            echo "$name: SURVIVES $SEEDS seeds from $FROM"
            survivors=$((survivors + 1))
        else
            found=$(grep -m 1 -E '^[a-z]+: seed [0-9]+ fails' "$log" | sed -E 's/ fails, again with [^:]*//')
            after=$(grep -m 1 -E "^${found%%:*}: [0-9]+ of" "$log" | sed -E 's/^[a-z]+: ([0-9]+) of.*/\1/')
            echo "$name: found after ${after:-?} by ${found:-an end of the whole run}"
        fi
    fi
    patch --quiet --no-backup-if-mismatch --reverse --directory "$tree" --strip 1 <"$patch"
done
echo "${#mutants[@]} mutants, $survivors not found"
[ "$survivors" -eq 0 ]
