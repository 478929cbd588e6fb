# shellcheck shell=bash
# Sourced in the repository's root: the array `pages` holds README.md and every page beside the code.
mapfile -t pages < <(echo README.md; find include examples benchmarks tests -name '*.md' | LC_ALL=C sort)
