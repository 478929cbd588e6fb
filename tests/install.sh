# shellcheck shell=bash
# Sourced by tests/run, examples/run and .ci/run. Goes to the repository's root; installs, builds and tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A task for each core, but not more than there is memory for: a translation unit takes up to a gigabyte.
cores=$(nproc)
gigabytes=$(awk '/MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo 2>/dev/null || true)
((${gigabytes:-$cores} < cores)) && cores=$((gigabytes > 0 ? gigabytes : 1))
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$cores}
export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$cores}

# missing PACKAGE…: those that are neither a command on the path nor an installed Debian package.
missing() {
  local package
  for package; do
    command -v "$package" >/dev/null ||
      [[ $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) == *' installed' ]] || echo "$package"
  done
}

# install PACKAGE…: by apt-get, and only if some are missing. Goes on without what it cannot install, and names it.
install() {
  local lacking package as_root=()
  mapfile -t lacking < <(missing "$@")
  ((${#lacking[@]})) || return 0
  echo "installing: ${lacking[*]}"
  if ((EUID)); then
    as_root=(sudo)
    [[ -t 0 ]] || as_root+=(-n)
  fi
  as_root+=(env DEBIAN_FRONTEND=noninteractive)
  local apt=("${as_root[@]}" apt-get -qq -o Dpkg::Use-Pty=0)
  if ! command -v apt-get >/dev/null; then
    echo "there is no apt-get here"
  elif ((EUID)) && ! command -v sudo >/dev/null; then
    echo "not root, and there is no sudo"
  else
    "${apt[@]}" update </dev/null || echo "apt-get update failed"
    "${apt[@]}" install -y --no-install-recommends "${lacking[@]}" </dev/null >/dev/null ||
      for package in "${lacking[@]}"; do  # one that does not exist here must not keep the others out
        "${apt[@]}" install -y --no-install-recommends "$package" </dev/null >/dev/null || true
      done
  fi
  mapfile -t lacking < <(missing "${lacking[@]}")
  for package in "${lacking[@]}"; do echo "cannot install: $package"; done
}

# build FOLDER TARGET [CMAKE-OPTION…]. CMAKE_OPTIONS in the environment has more of them.
build() {
  local folder=$1 target=$2
  shift 2
  # shellcheck disable=SC2086
  cmake -S . -B "$folder" "$@" ${CMAKE_OPTIONS:-} && cmake --build "$folder" --target "$target"
}

# run_tests FOLDER [CTEST-OPTION…]: runs them and ends with one line: N passed, N failed[, N skipped]
run_tests() {
  local folder=$1 status=0
  shift
  mkdir -p "$folder/Testing"
  ctest --test-dir "$folder" --output-on-failure --no-tests=error "$@" </dev/null 2>&1 | tee "$folder/Testing/output.txt" || status=$?
  grep -hE '^skipped: ' "$folder"/Testing/Temporary/LastTest.log 2>/dev/null | sort -u || true
  # ctest counts a skipped test as passed
  awk -v status="$status" '
    /^[0-9]+% tests passed, [0-9]+ tests? failed out of [0-9]+$/ { failed = $4; all = $NF }
    /^\t *[0-9]+ - .* \((Skipped|Disabled)\)$/ { ++skipped }
    END {
      if (status != 0 && failed == 0) { failed = 1; all = all == 0 ? 1 : all }
      printf "%d passed, %d failed%s\n", all - failed - skipped, failed, skipped ? ", " skipped " skipped" : ""
    }' "$folder/Testing/output.txt"
  return "$status"
}
