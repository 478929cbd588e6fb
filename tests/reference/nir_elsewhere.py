"""Networks that neohebb wrote, run by Norse and snnTorch: the same spikes.

    nir_elsewhere.py NIR_EXPORTED

NIR_EXPORTED (tests/programs/nir_exported.cpp) writes networks of LIF and CubaLIF, their input, and what they answered.
Exits 77, and "skipped: ...", where neither framework is installed (with nir and nirtorch); none is fetched.
"""
import importlib.util
import pathlib
import subprocess
import sys
import tempfile

have = lambda *names: all(importlib.util.find_spec(name) for name in names)
frameworks = [name for name in ("norse", "snntorch") if have(name, "torch", "nir", "nirtorch")]
if not frameworks:
    print("skipped: neither Norse nor snnTorch is installed")
    raise SystemExit(77)

import nir
import numpy as np
import torch


def read(framework, file):
    graph = nir.read(file)
    if framework == "norse":
        import norse.torch
        return norse.torch.from_nir(graph, dt=1e-4)
    from snntorch.import_nir import import_from_nir
    return import_from_nir(graph)


with tempfile.TemporaryDirectory() as folder:
    here = pathlib.Path(folder)
    subprocess.run([sys.argv[1], here], check=True)
    for framework in frameworks:
        # snnTorch 1.0 reads the recurrent network, too, but runs it otherwise.
        for name in ("lif", "current", "recurrent") if framework == "norse" else ("lif", "current"):
            network, state, given = read(framework, here / f"{name}.nir"), None, []
            expected = np.load(here / f"{name}_output.npy")
            with torch.no_grad():
                for x in np.load(here / f"{name}_input.npy"):
                    spikes, state = network(torch.from_numpy(x[None]), state)
                    given.append(spikes.numpy()[0])
            different = int((np.array(given) != expected).sum())
            print(f"{framework}, {name}: {different} of {expected.size} outputs differ, {int(expected.sum())} spikes")
            assert different == 0 and expected.sum() > 20
