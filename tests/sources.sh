# shellcheck shell=bash disable=SC2089,SC2090
# Sourced by tests/syntax and tests/tidy, after install.sh. `work`: a folder of the caller's; `flags`: how a source is read;
# sources: prints every test, example, benchmark and program of the pages (README.md and those beside the code). FILES='tests/io/*'
# in the environment: only files whose path matches; PART=1/3: the first of every three files, 2/3 the second, 0/3 the third.
source tests/readme/pages.sh
awk -v dir="$work" -f tests/readme/extract.awk "${pages[@]}"

eigen=$(pkg-config --variable=includedir eigen3 2>/dev/null || true)
[[ -e $eigen/Eigen/Core ]] || eigen=${eigen:-/usr/include}/eigen3
hdf5=$(pkg-config --cflags-only-I hdf5 2>/dev/null || true)
mpi=$(pkg-config --cflags-only-I ompi-c 2>/dev/null || pkg-config --cflags-only-I mpich 2>/dev/null || true)
without_mpi=()
[[ $mpi ]] || without_mpi=(! -path 'tests/mpi/*')
flags="-std=c++20 -Iinclude -Itests -isystem $eigen ${hdf5//-I/-isystem } ${mpi//-I/-isystem } -DNEOHEBB_SHARED_DIR=\"/nowhere\""

sources() {
  find "$work" tests/*/ examples benchmarks -maxdepth 1 -name '*.cpp' ! -path 'tests/compile_fail/*' ! -path 'tests/fuzz/*' \
    ! -path 'tests/import/*' "${without_mpi[@]}" -path "${FILES:-*}" | sort | awk -v part="${PART:-0/1}" 'BEGIN { split(part, p, "/") } NR % p[2] == p[1]'
}

# each_source FUNCTION WORD: runs the exported FUNCTION on every source, which prints WORD: FILE or refused: FILE; prints what is
# refused and ends with: N passed, N failed.
each_source() {
  local failed
  sources | xargs -P "$CMAKE_BUILD_PARALLEL_LEVEL" -I{} bash -c "$1 {}" 2>&1 | tee "$work/log" |
    { grep --line-buffered -v "^$2: " || true; }
  failed=$(grep -c '^refused: ' "$work/log" || true)
  echo "$(grep -c "^$2: " "$work/log") passed, $failed failed"
  ((failed == 0))
}
