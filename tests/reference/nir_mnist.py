"""A network that mnist_decolle trained on MNIST, run by Norse: the same accuracy.

    nir_mnist.py MNIST_DECOLLE MNIST [OPTIONS OF MNIST_DECOLLE...]

MNIST_DECOLLE is the program, MNIST the folder of the four files. Both programs encode pixels as Bernoulli spikes, each
with its own random numbers, so accuracies differ by some tenths of a point at most. Exits 77, and "skipped: ...", where
Norse is not installed (with nir and nirtorch) or MNIST is absent; nothing is fetched.
"""
import gzip
import importlib.util
import pathlib
import re
import subprocess
import sys
import tempfile

program, mnist, options = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
if not all(importlib.util.find_spec(name) for name in ("norse", "torch", "nir", "nirtorch")):
    print("skipped: Norse is not installed")
    raise SystemExit(77)
if not (mnist / "t10k-images-idx3-ubyte.gz").exists():
    print(f"skipped: no MNIST in {mnist}")
    raise SystemExit(77)

import nir
import norse.torch
import numpy as np
import torch

STEPS, BURN_IN, BATCH = 20, 4, 500  # mnist_decolle's defaults


def read(name, header):
    with gzip.open(mnist / name) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


with tempfile.TemporaryDirectory() as folder:
    file = pathlib.Path(folder) / "net.nir"
    said = subprocess.run([program, "--data", mnist, "--neuron", "lif", "--nir", file, "--nir-readouts", "last", "--out", folder,
                           *options], check=True, capture_output=True, text=True).stdout
    ours = float(re.search(r"test accuracy of .*: ([\d.]+) %", said).group(1))
    network = norse.torch.from_nir(nir.read(file), dt=1e-3)
images = read("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 784).astype(np.float32) / 255
labels = read("t10k-labels-idx1-ubyte.gz", 8)
draw = torch.Generator().manual_seed(1)
correct = 0
with torch.no_grad():
    for first in range(0, len(images), BATCH):
        shown, state, votes = torch.from_numpy(images[first:first + BATCH]), None, 0
        for t in range(STEPS):
            answer, state = network((torch.rand(shown.shape, generator=draw) < shown).float(), state)
            if t >= BURN_IN:
                votes = votes + answer
        correct += int((votes.argmax(1).numpy() == labels[first:first + BATCH]).sum())
theirs = 100 * correct / len(images)
print(f"test accuracy of the same file: neohebb {ours:.2f} %, Norse {theirs:.2f} %")
assert abs(ours - theirs) <= 0.3
