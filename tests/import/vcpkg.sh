#!/usr/bin/env bash
# vcpkg.sh WORK PREFIX CHECKOUT COMPILER EIGEN: the port has this version; its portfile installs a package with which the
# consumer is built. With vcpkg on the path it does that itself (which needs the network), otherwise CMake alone.
set -euo pipefail
work=$1 checkout=$3 compiler=$4
here=$(cd "$(dirname "$0")" && pwd)
port=$checkout/tests/import/packaging/vcpkg/neohebb
rm -rf "$work"
mkdir -p "$work/source/tests/import"
if ! grep -q "\"version\": \"$VERSION\"" "$port/vcpkg.json"; then
  echo "$port/vcpkg.json does not have version $VERSION"
  exit 1
fi
# A copy, because CMake refuses to install into a folder of the source tree.
cp -r "$checkout/include" "$checkout/CMakeLists.txt" "$checkout/LICENSE" "$work/source"
cp -r "$here/packaging" "$work/source/tests/import"
ports=$work/source/tests/import/packaging/vcpkg
if command -v vcpkg >/dev/null; then
  vcpkg install neohebb --overlay-ports="$ports" --x-install-root="$work/installed"
  package=$(dirname "$(find "$work/installed" -name neohebb-config.cmake)")
else
  echo "vcpkg is missing: the portfile is run by CMake alone"
  "$CMAKE" -DPORT="$ports/neohebb" -DCURRENT_PACKAGES_DIR="$work/package" -DCXX="$compiler" -P "$ports/stub.cmake"
  package=$work/package/share/neohebb/cmake
fi
"$CMAKE" -S "$here" -B "$work/consumer" -DCMAKE_CXX_COMPILER="$compiler" -DWAY=find_package -Dneohebb_DIR="$package"
"$CMAKE" --build "$work/consumer"
"$work/consumer/consumer" | grep '2 spikes'
