"""Exchanges networks with Python's nir: it reads what neohebb writes, and neohebb what it writes.

    nir_exchange.py NIR_EXCHANGE

NIR_EXCHANGE (tests/programs/nir_exchange.cpp) writes a graph of all node types with `write FILE`, and prints the one of a
file with `read FILE`. Exits 77, and "skipped: ...", where there is neither the package nir nor a way to install it.
"""
import pathlib
import subprocess
import sys
import tempfile

folder = tempfile.TemporaryDirectory()
here = pathlib.Path(folder.name)


def python():
    """A python with nir: this one, or one in a folder of its own."""
    if subprocess.run([sys.executable, "-c", "import nir"], capture_output=True).returncode == 0:
        return sys.executable
    made = here / "venv/bin/python"
    for command in ([sys.executable, "-m", "venv", here / "venv"],
                    [made, "-m", "pip", "install", "-q", "--timeout", "15", "--retries", "1", "nir==1.0.8", "h5py"]):
        if subprocess.run(command, capture_output=True).returncode != 0:
            print("skipped: neither nir nor PyPI is to be had")
            raise SystemExit(77)
    return made


PROGRAM = """
import sys, numpy as np, nir
ours = nir.read('ours.nir', type_check=False)
assert nir.serialization.read_version('ours.nir') == '1.0.8'
types = {type(n).__name__ for n in list(ours.nodes.values()) + list(ours.nodes['inner'].nodes.values())} | {'NIRGraph'}
assert len(types) == 19, types
assert ours.nodes['conv'].padding == 'same' and ours.nodes['conv'].weight.shape == (2, 1, 3, 3)
assert np.allclose(ours.nodes['lif.1'].tau, [1, 1.1, 1.2]) and ours.nodes['lif.1'].tau.dtype == np.float32
assert tuple(ours.nodes['inner'].edges[0]) == ('input', 'lif') and len(ours.edges) == 9
assert ours.metadata['made_by'] == 'n\u00e4ohebb' and ours.nodes['fc'].metadata['dt'] == 1e-4
nir.write('again.nir', ours)
nir.write('plain.nir', ours, compression=None)
one = np.ones(2)
nir.write('theirs.nir', nir.NIRGraph(
    nodes={'input': nir.Input(np.array([3])), 'fc': nir.Affine(np.arange(6.).reshape(2, 3), one),
           'lif': nir.CubaLIF(tau_syn=one, tau_mem=one, r=one, v_leak=0 * one, v_threshold=one), 'output': nir.Output(np.array([2]))},
    edges=[('input', 'fc'), ('fc', 'lif'), ('lif', 'output')]))
"""

exchange = sys.argv[1]
subprocess.run([exchange, "write", here / "ours.nir"], check=True)
interpreter = python()
subprocess.run([interpreter, "-c", PROGRAM], cwd=here, check=True)
show = lambda name: subprocess.run([exchange, "read", here / name], check=True, capture_output=True, text=True).stdout
assert show("again.nir") == show("ours.nir") == show("plain.nir"), show("again.nir")
assert "fc Affine" in show("theirs.nir") and "lif CubaLIF" in show("theirs.nir"), show("theirs.nir")
subprocess.run([exchange, "same", here / "ours.nir", here / "again.nir"], check=True)
subprocess.run([exchange, "same", here / "ours.nir", here / "plain.nir"], check=True)
print("nir and neohebb read each other")
