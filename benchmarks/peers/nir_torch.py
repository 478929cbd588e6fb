"""Networks in the Neuromorphic Intermediate Representation, step by step in Norse and sinabs (PyTorch), beside nir_run. One thread, one sample.

    benchmarks/peers/nir_torch.py cnn_sinabs.nir --recording data/nmnist/Test/3/00001.bin --nir_run build/examples/nir_run
    benchmarks/peers/nir_torch.py braille.nir --input braille_input.npy --dt 1e-4 --nir_run build/examples/nir_run

Needs PyTorch, the packages nir and nirtorch, and norse or sinabs. The forms:

    norse    norse.torch.from_nir, one call a step: what runs while data come in
    sinabs   sinabs.from_nir, one call a step
    sinabs, whole input   sinabs.from_nir, one call: layer by layer through all steps, for which the input must be there beforehand

They and nir_run take turns, so that they meet the same machine; medians over the repetitions. Norse resets to a value, one spike a step;
sinabs subtracts, several spikes a step: nir_run has the preset of whom it is compared with. Outputs are compared with nir_run's: the number
of those that differ is printed. Prints one line of JSON a form: form, us (a step, median), least, ours (nir_run's), ratio, differ.
"""
import importlib.util

for package in ("torch", "nir", "nirtorch"):
    if importlib.util.find_spec(package) is None:
        print(f"skipped: the Python package {package} is not installed")
        raise SystemExit(0)

import common  # before the libraries below: sets their threads

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np

warnings.simplefilter("ignore")
import nir
import torch

torch.set_num_threads(1)
torch.set_flush_denormal(True)  # as in decolle_torch.py


def event_counts(path, dt, shape):
    """N-MNIST's events (5 bytes each) as counts in steps of dt µs from the first event on, as nir_run has them."""
    b = np.fromfile(path, np.uint8).reshape(-1, 5).astype(np.int64)
    x, y, polarity = b[:, 0], b[:, 1], b[:, 2] >> 7
    t = (b[:, 2] & 127) << 16 | b[:, 3] << 8 | b[:, 4]
    keep = y < shape[1]  # N-MNIST marks overflows of its clock by y = 240
    step = (t - t[keep][0]) // dt
    counts = np.zeros((step[keep].max() + 1, *shape), np.float32)
    np.add.at(counts, (step[keep], polarity[keep], y[keep], x[keep]), 1)
    return counts


class Norse:
    def __init__(self, graph, x, dt):
        import norse.torch

        self.net, self.x = norse.torch.from_nir(graph, ignore_warnings=True, dt=dt), x

    @torch.no_grad()
    def run(self):
        state, all = None, []
        for now in self.x:
            y, state = self.net(now, state)
            all.append(y)
        return torch.stack(all)


class Sinabs:
    """steps: as many in a call."""

    def __init__(self, graph, x, steps):
        import sinabs

        self.net, self.x, self.steps = sinabs.from_nir(graph, batch_size=1, num_timesteps=steps), x, steps
        self.layers = [m for m in self.net.modules() if hasattr(m, "reset_states")]

    @torch.no_grad()
    def run(self):
        for layer in self.layers:
            layer.reset_states()
        parts = [self.net(part) for part in self.x.split(self.steps)]
        return torch.cat([p[0] if isinstance(p, tuple) else p for p in parts])


def ours(program, file, preset, dt, folder):
    """µs a step and outputs of nir_run."""
    said = subprocess.run([program, file, "--preset", preset, "--input", f"{folder}/input.npy", "--npz", f"{folder}/out.npz"]
                          + (["--dt", str(dt)] if preset == "norse" else []), capture_output=True, text=True)
    if said.returncode:
        sys.exit(said.stderr)
    return float(re.search(r"time +([0-9.]+) us", said.stdout).group(1)), np.load(f"{folder}/out.npz")["outputs"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--input", help=".npy, (steps, …)")
    given.add_argument("--recording", help="N-MNIST recording; its counts in steps of 1 ms")
    parser.add_argument("--dt", type=float, default=1e-4, help="Norse's")
    parser.add_argument("--steps", type=int, default=0, help="the input is repeated until there are so many")
    parser.add_argument("--nir_run", required=True, help="our program")
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--only", default="", help="forms whose name contains this")
    options = parser.parse_args()

    graph = nir.read(options.file)
    shape = [n for n in graph.nodes.values() if isinstance(n, nir.Input)][0].input_type["input"]
    x = event_counts(options.recording, 1000, tuple(shape)) if options.recording else np.load(options.input).astype(np.float32)
    x = x.reshape(len(x), *shape)
    x = np.tile(x, (max(1, -(-options.steps // len(x))),) + (1,) * len(shape))
    x_torch = torch.from_numpy(x)
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/input.npy", x)
        forms = {"norse": ("norse", lambda: Norse(graph, x_torch, options.dt)),
                 "sinabs": ("sinabs", lambda: Sinabs(graph, x_torch, 1)),
                 "sinabs, whole input": ("sinabs", lambda: Sinabs(graph, x_torch, len(x)))}
        for name, (package, make) in forms.items():
            if options.only not in name or importlib.util.find_spec(package) is None:
                continue
            try:
                peer = make()
                peer.run()
            except Exception as error:  # sinabs has no CubaLIF
                print(json.dumps({"form": name, "skipped": f"{type(error).__name__}: {error}"}))
                continue
            theirs, mine = [], []
            for _ in range(options.repetitions):
                begin = time.process_time()
                y = peer.run()
                theirs.append(1e6 * (time.process_time() - begin) / len(x))
                us, outputs = ours(options.nir_run, options.file, package, options.dt, folder)
                mine.append(us)
            y = y.numpy().reshape(len(x), -1)
            us, own = float(np.median(theirs)), float(np.median(mine))
            print(json.dumps({"form": name, "us": round(us, 1), "least": round(min(theirs), 1), "ours": round(own, 2),
                              "least of ours": round(min(mine), 2), "ratio": round(us / own, 1), "steps": len(x),
                              "differ": int((np.abs(y - outputs) > 1e-3).sum())}))


main()
