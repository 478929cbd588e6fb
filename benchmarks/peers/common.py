"""What all peers share: the network, the work items, calibrated weights, timing, comparison. Needs NumPy.

One DECOLLE network 784-512-512-512 with ten classes [Kaiser, Mostafa, Neftci 2020], each layer, each time step:

    P ← αP + (1−α)Q,  Q ← βQ + (1−β)s,  R ← γR + (1−γ)S     (P takes the old Q)
    U = W P + b − R,  S = U > 0                              s: the spikes of the layer below, at this step
    Y = G S + c,  L = smooth L1(Y, target), mean over batch and classes
    δ = (Gᵀ ∂L/∂Y) / (1 + 10|U|)²,  ∂L/∂W = δ Pᵀ,  ∂L/∂b = δ
"""
import argparse
import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy is loaded

try:
    import numpy as np
except ImportError:
    print("skipped: NumPy is not installed")
    raise SystemExit(0)

SIZES = (784, 512, 512, 512)
CLASSES = 10
ALPHA, BETA, GAMMA, STEEPNESS = 0.97, 0.92, 0.65, 10.0
STEPS = 20  # steps per call that is timed, and per window
CHUNKS = 5  # different inputs, of STEPS steps each, shown in turn
RATE = 0.05  # spikes per neuron and step, input and hidden
ADAM = {"betas": (0.9, 0.999), "eps": 1e-8}
ADAMAX = {"betas": (0.0, 0.95), "eps": 1e-8}  # DECOLLE's


class Work:
    def __init__(self, name, optimizer, batch, window):
        self.name, self.optimizer, self.batch, self.window = name, optimizer, batch, window


WORK = [
    Work("online SGD, batch 1", "SGD", 1, 1),
    Work("online SGD, batch 72", "SGD", 72, 1),
    Work("online AdaMax, batch 72", "AdaMax", 72, 1),
    Work("window of 20, SGD, batch 1", "SGD", 1, STEPS),
    Work("window of 20, Adam, batch 72", "Adam", 72, STEPS),
    Work("inference, batch 1", None, 1, STEPS),
    Work("inference, batch 72", None, 72, STEPS),
]


class Problem:
    """Weights (out × in), biases, readouts, input spikes (chunks × steps × batch × in) and targets, as NumPy arrays."""

    def __init__(self, work, learning_rate, dtype, biases=None):
        random = np.random.default_rng(1)
        self.work, self.learning_rate, self.dtype = work, learning_rate, dtype
        pairs = list(zip(SIZES[:-1], SIZES[1:]))
        self.weights = [(random.standard_normal((o, i)) / np.sqrt(i)).astype(dtype) for i, o in pairs]
        bound = [0.5 / np.sqrt(o) for _, o in pairs]
        self.readouts = [random.uniform(-l, l, (CLASSES, o)).astype(dtype) for l, (_, o) in zip(bound, pairs)]
        self.readout_biases = [random.uniform(-l, l, CLASSES).astype(dtype) for l in bound]
        self.biases = [np.zeros(o, dtype) if biases is None else biases[k].astype(dtype) for k, (_, o) in enumerate(pairs)]
        batch = work.batch
        self.input = (random.random((CHUNKS, STEPS, batch, SIZES[0])) < RATE).astype(dtype)
        self.target = np.eye(CLASSES, dtype=dtype)[np.arange(batch) % CLASSES]


def calibrated(make, path):
    """Biases at which every neuron of every layer fires at RATE: b ← b + gain (RATE − measured), chunk after chunk.

    make(problem): a peer with chunk(k), fired and biases, NumPy arrays.
    Kept in the file `path`, if given, for the programs that follow.
    """
    if path and os.path.exists(path):
        with np.load(path) as stored:
            return [stored[f"bias{k}"] for k in range(len(SIZES) - 1)]
    peer = make(Problem(Work("calibration", None, 32, STEPS), 0, np.float32))
    for chunk in range(60):
        peer.fired = [0] * len(peer.biases)
        peer.chunk(chunk % CHUNKS)
        gain = 0.5 if chunk < 30 else 0.1
        for bias, fired in zip(peer.biases, peer.fired):
            bias += gain * (RATE - fired / (STEPS * 32)).astype(np.float32)
    if path:
        np.savez(path, **{f"bias{k}": b for k, b in enumerate(peer.biases)})
    return peer.biases


def measure(peer, budget=0.25, repetitions=5, steps=STEPS, warm=3 * CHUNKS):
    """Median processor time per step in milliseconds over the repetitions, and its coefficient of variation in percent.

    A call of peer.chunk makes `steps` steps; `warm` calls come before.
    """
    for k in range(warm):  # warm caches, traces past their onset
        peer.chunk(k % CHUNKS)
    calls, times, k = 1, [], 0
    while len(times) < repetitions:
        begin = time.process_time()
        for _ in range(calls):
            peer.chunk(k % CHUNKS)
            k += 1
        elapsed = time.process_time() - begin
        if elapsed < budget:
            calls = max(calls + 1, min(10 * calls, int(1.1 * calls * budget / max(elapsed, 1e-9)) + 1))
            continue
        times.append(1e3 * elapsed / (calls * steps))
    return float(np.median(times)), float(100 * np.std(times) / np.mean(times))


def rates(peer, neurons):
    """Percent of neurons that spike in a step, layer by layer."""
    peer.fired = [0] * len(neurons)  # from here on it counts
    for k in range(CHUNKS):
        peer.chunk(k)
    steps = CHUNKS * STEPS * peer.problem.work.batch
    return [round(100 * float(fired.sum()) / (steps * n), 2) for fired, n in zip(peer.fired, neurons)]


def moved(peer, problem, updates=2):
    """How far the weights and biases go in a few updates."""
    peer.chunk(0) if problem.work.window > 1 else peer.steps(0, updates)
    if problem.work.window > 1 and updates > 1:
        peer.chunk(1)
    after = peer.parameters()
    return [a - b for a, b in zip(after, problem.weights + problem.biases)]


def compare(what, got, expected, tolerance=1e-8):
    """Ends the program unless both went the same way."""
    for k, (g, e) in enumerate(zip(got, expected)):
        off, scale = float(np.abs(g - e).max()), float(np.abs(e).max())
        if not (scale > 0 and off <= tolerance * scale):
            sys.exit(f"{what}: array {k} moved by up to {scale}, and is off by {off}")


def parse(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--only", default="", help="work items whose name contains this")
    parser.add_argument("--biases", default="", help="file that keeps the calibrated biases")
    parser.add_argument("--budget", type=float, default=0.25, help="seconds per repetition")
    return parser.parse_args()


def run(description, peers, reference):
    """peers(work) → [(mode, make)]: checks every one against the reference in double, then times it in float.

    Prints one line of JSON each: work, mode, ms (median per time step), spread (percent), rates (percent, per layer).
    """
    options = parse(description)
    biases = calibrated(reference, options.biases)
    for work in WORK:
        if options.only not in work.name:
            continue
        for mode, make in peers(work):
            if work.optimizer:
                rate = 1e-1 if work.optimizer == "SGD" else 1e-3
                problem = Problem(work, rate, np.float64, biases)
                expected = moved(reference(problem), problem)
                compare(f"{work.name}, {mode}", moved(make(problem), problem), expected)
            problem = Problem(work, 1e-6 if work.optimizer == "SGD" else 1e-10, np.float32, biases)
            peer = make(problem)
            ms, spread = measure(peer, options.budget)
            line = {"work": work.name, "mode": mode, "ms": ms, "spread": spread, "rates": rates(peer, SIZES[1:])}
            print(json.dumps(line), flush=True)
