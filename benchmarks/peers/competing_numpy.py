"""A learning step of competing units in plain NumPy, minibatch 100, 784 inputs. [Krotov & Hopfield 2019]

    I = f(W) V, f(w) = |w|^(p−1) sign(w);    g: 1 for the largest of a column of I, −Δ for the k-th largest, else 0
    ds = g Vᵀ R^p − (Σ_batch g I) W;         W ← W + rate·ds/max|ds|

as one would write it from the equations, with one sort of each minibatch's currents (argsort), or with argpartition.
Each form is checked against loops over units and samples before it is timed.
"""
import argparse
import json
import sys

import common  # first: sets NumPy's threads

import numpy as np

BATCH, INPUTS, SHOWN = 100, 784, 4  # SHOWN: minibatches in turn while time is taken
LESSONS = 200  # updates before that
DELTA, RADIUS = 0.4, 1.0
WORK = [(units, p, k) for units in (100, 2000) for p in (2, 3) for k in (2, 7)]


def by_argsort(currents, k):
    """Who is first and who k-th in each column."""
    order = np.argsort(currents, axis=0)
    return order[-1], order[-k]


def by_argpartition(currents, k):
    last = len(currents) - 1
    return np.argmax(currents, axis=0), np.argpartition(currents, last - k + 1, axis=0)[last - k + 1]


class Peer:
    """weights: units × inputs, images: minibatches × inputs × batch"""

    def __init__(self, weights, p, k, images, ranks):
        self.weights, self.p, self.k, self.images, self.ranks, self.rate = weights, p, k, images, ranks, 0.04
        self.samples = np.arange(images.shape[2])

    def step(self, v):
        w = self.weights
        currents = (w if self.p == 2 else np.sign(w) * np.abs(w) ** (self.p - 1)) @ v
        first, kth = self.ranks(currents, self.k)
        g = np.zeros_like(currents)
        g[first, self.samples] = 1
        g[kth, self.samples] = -DELTA
        ds = RADIUS**self.p * (g @ v.T) - np.sum(g * currents, axis=1, keepdims=True) * w
        self.weights += self.rate / max(np.abs(ds).max(), 1e-30) * ds

    def chunk(self, _):
        """Each minibatch that is shown once."""
        for v in self.images[:SHOWN]:
            self.step(v)


def learned(units, p, k, images):
    """Weights as they are for most of a training run."""
    peer = Peer(np.random.default_rng(1).standard_normal((units, INPUTS)).astype(images.dtype), p, k, images, by_argpartition)
    for n in range(LESSONS):
        peer.rate = 0.04 * (LESSONS - n) / LESSONS
        peer.step(images[n % len(images)])
    return peer.weights


def check(p, k, ranks):
    """Ends the program unless a step of 12 units moves every weight as the equations say."""
    random = np.random.default_rng(2)
    peer = Peer(random.standard_normal((12, INPUTS)), p, k, random.uniform(0, 1, (1, INPUTS, 5)), ranks)
    w, ds = peer.weights.copy(), np.zeros((12, INPUTS))
    for v in peer.images[0].T:
        current = [sum(np.sign(x) * abs(x) ** (p - 1) * y for x, y in zip(row, v)) for row in w]
        order = sorted(range(12), key=lambda unit: -current[unit])
        for unit, g in ((order[0], 1), (order[k - 1], -DELTA)):
            ds[unit] += g * (RADIUS**p * v - current[unit] * w[unit])
    peer.step(peer.images[0])
    common.compare(f"competing units, p {p}, k {k}, {ranks.__name__}", [peer.weights - w], [0.04 / np.abs(ds).max() * ds])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", required=True, help="a file of bench_competing --write_images")
    parser.add_argument("--only", default="", help="work items whose name contains this")
    parser.add_argument("--budget", type=float, default=0.05, help="seconds per repetition")
    options = parser.parse_args()
    read = np.fromfile(options.images, np.float32)
    if read.size == 0 or read.size % (SHOWN * BATCH * INPUTS) != 0:
        sys.exit(f"{options.images} does not hold minibatches of {BATCH} images")
    images = read.reshape(-1, BATCH, INPUTS).transpose(0, 2, 1)  # as C++ has them: a column each, in memory as well
    for units, p, k in WORK:
        work = f"{units} units, p {p}, k {k}"
        if options.only not in work:
            continue
        weights = learned(units, p, k, images)
        for ranks in (by_argsort, by_argpartition):
            check(p, k, ranks)
            for dtype in (np.float32, np.float64):
                peer = Peer(weights.astype(dtype), p, k, images.astype(dtype), ranks)
                peer.rate = 1e-6  # weights stay as they are
                ms, spread = common.measure(peer, options.budget, steps=SHOWN, warm=1)
                mode = f"NumPy {np.dtype(dtype)}, {ranks.__name__[3:]}"
                print(json.dumps({"work": work, "mode": mode, "ms": ms, "spread": spread}), flush=True)


if __name__ == "__main__":
    main()
