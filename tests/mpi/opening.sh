# shellcheck shell=bash disable=SC2034
# Sourced by the tests under mpirun with their arguments, MPIRUN PROGRAM…: what tests/examples/opening.sh does with the programs;
# and ends with 77, skipped, where mpirun does not run.
mpirun=$1
shift
source "$(dirname "${BASH_SOURCE[0]}")/../examples/opening.sh"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_param_check=1
export ASAN_OPTIONS=detect_leaks=0 # where a test runs under a sanitizer: MPI keeps memory of its own
if ! timeout 60 "$mpirun" -n 2 true 2>mpirun.log; then
  echo "skipped: $mpirun -n 2 does not run here: $(head -n 3 mpirun.log)"
  exit 77
fi
