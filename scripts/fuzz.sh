#!/usr/bin/env bash
# Tries each target of fuzz/ on hostile input for some seconds, beginning with what the examples and the golden cases
# hold. What is found is left in fuzz/artifacts, and ends this with 1.
# Usage: fuzz.sh SECONDS [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(yaml stack variables interpolation words)
if ! cargo fuzz --version >/dev/null 2>&1; then
    echo "cargo-fuzz is not there: cargo install cargo-fuzz" >&2
    exit 1
fi
# libFuzzer's instrumentation is not stable yet; the code is compiled by the same compiler all the same.
export RUSTC_BOOTSTRAP=1
failed=0
for target in "${targets[@]}"; do
    corpus=fuzz/corpus/$target
    mkdir -p "$corpus"
    if [ "$target" = yaml ] || [ "$target" = stack ]; then
        for file in compose/*/*.y*ml tests/golden/cases/*/*.y*ml; do
            cp "$file" "$corpus/$(echo "$file" | tr / _)"
        done
    fi
    dictionary=()
    [ -f "fuzz/dictionaries/$target" ] && dictionary=("-dict=fuzz/dictionaries/$target")
    # No sanitizer: there is no unsafe code of ours to watch.
    cargo fuzz run --sanitizer none "$target" "$corpus" -- \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 "${dictionary[@]}" || failed=1
done
exit $failed
