#!/usr/bin/env bash
# pkg_config.sh WORK PREFIX CHECKOUT COMPILER EIGEN: the consumer is compiled with what the installed neohebb.pc says.
set -euo pipefail
work=$1 prefix=$2 compiler=$4
if ! pkg-config --exists 'eigen3 >= 3.4' 2>/dev/null; then
  echo "skipped: pkg-config, or its eigen3, is missing"
  exit 77
fi
mkdir -p "$work"
export PKG_CONFIG_PATH=$prefix/share/pkgconfig
found=$(pkg-config --modversion neohebb)
if [[ $found != "$VERSION" ]]; then
  echo "pkg-config knows version $found, expected $VERSION"
  exit 1
fi
read -ra flags <<<"$(pkg-config --cflags --libs neohebb)"
"$compiler" -std=c++20 "$(dirname "$0")/main.cpp" "${flags[@]}" -o "$work/consumer"
"$work/consumer" | grep '2 spikes'
