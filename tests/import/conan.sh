#!/usr/bin/env bash
# conan.sh WORK PREFIX CHECKOUT COMPILER EIGEN: makes the Conan package and builds the consumer with it. Nothing is
# downloaded but Conan itself, where it is not on the path and pip reaches it; Eigen is that of this machine.
set -euo pipefail
work=$1 checkout=$3 compiler=$4
conan=conan
if ! conan --version 2>/dev/null | grep -q 'version 2'; then
  conan=$work.venv/bin/conan
  [[ -x $conan ]] || { python3 -m venv "$work.venv" && timeout 180 "$work.venv/bin/pip" -q install 'conan>=2,<3'; } >/dev/null 2>&1 || true
fi
if ! "$conan" --version >/dev/null 2>&1; then
  echo "skipped: Conan 2 is missing, and pip does not reach it"
  exit 77
fi
# A copy, so that what Conan writes beside a recipe stays out of the checkout.
rm -rf "$work"
mkdir -p "$work/tests/import"
cp -r "$checkout/include" "$checkout/LICENSE" "$work"
cp -r "$checkout/tests/import/main.cpp" "$checkout/tests/import/packaging" "$work/tests/import"
recipes=$work/tests/import/packaging/conan
export CONAN_HOME=$work/home EIGEN=$5 CXX=$compiler
"$conan" profile detect >/dev/null
options=(-s compiler.cppstd=20 -s build_type=Release -c "tools.build:compiler_executables={'cpp': '$compiler'}" --no-remote)
"$conan" create "$recipes/eigen" "${options[@]}"
"$conan" create "$recipes" --version="$VERSION" "${options[@]}"
