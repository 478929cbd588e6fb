"""Makes recordings like those of convolutional DECOLLE networks, by plain loops over the equations, and lets
replay_golden replay them: images that are not square, pooling that leaves a remainder, even kernels, regularisation.

    convolution_recording.py REPLAY_GOLDEN

Exits 0 only if every recording is reproduced, and one wrong number is noticed. 77, and "skipped: …", without NumPy.
"""
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    print("skipped: NumPy is not installed")
    raise SystemExit(77)

CASES = {
    "not square, pooled by 2 and 3, SGD": dict(input=(2, 9, 14), channels=(3, 5), kernel=(3, 5), pool=(2, 3), optimizer="sgd",
                                               neuron="LIFLayer", loss="smooth_l1", regularization=(0, 0.3)),
    "even kernels, Adam": dict(input=(3, 6, 11), channels=(17, 2, 4), kernel=(4, 3, 1), pool=(1, 2, 1), optimizer="adam",
                                        neuron="LIFLayer", loss="mse", regularization=(0.2, 0, 0)),
    "not normalised, AdaMax": dict(input=(1, 7, 5), channels=(4, 3), kernel=(5, 3), pool=(2, 1), optimizer="adamax",
                                   neuron="LIFLayerNonorm", loss="mse", regularization=(0, 0)),
}
BATCH, STEPS, CLASSES, ALPHA, BETA, GAMMA, RHO, RATE = 3, 10, 4, 0.9, 0.8, 0.6, 1.2, 0.02


def sigmoid(u):
    return 1 / (1 + np.exp(-u))


class Optimizer:
    def __init__(self, name, shape):
        self.name, self.m, self.v, self.t = name, np.zeros(shape), np.zeros(shape), 0

    def step(self, w, g):
        self.t += 1
        if self.name == "sgd":
            w -= RATE * g
        elif self.name == "adamax":  # betas 0, 0.95
            self.v = np.maximum(0.95 * self.v, np.abs(g) + 1e-8)
            w -= RATE * g / self.v
        else:
            self.m = 0.9 * self.m + 0.1 * g
            self.v = 0.999 * self.v + 0.001 * g * g
            w -= RATE * (self.m / (1 - 0.9**self.t)) / (np.sqrt(self.v / (1 - 0.999**self.t)) + 1e-8)


class Layer:
    def __init__(self, case, random, shape, l):
        self.case, self.shape, self.k, self.pool, self.reg = (case, shape, case["kernel"][l], case["pool"][l],
                                                              case["regularization"][l])
        self.normalised = case["neuron"] == "LIFLayer"
        self.pad = (self.k - 1) // 2
        out = case["channels"][l]
        self.height, self.width = (n + 2 * self.pad - self.k + 1 for n in shape[1:])
        self.pooled = (out, self.height // self.pool, self.width // self.pool)
        scale = (3 if self.normalised else 0.1) / self.k
        self.w = random.standard_normal((out, shape[0], self.k, self.k)) * scale
        self.b = random.uniform(0, 0.4, out)
        units = int(np.prod(self.pooled))
        self.G, self.c = random.uniform(-1, 1, (CLASSES, units)) / 3, random.uniform(-0.5, 0.5, CLASSES)
        self.P, self.Q = np.zeros((BATCH, *shape)), np.zeros((BATCH, *shape))
        self.R, self.S = np.zeros((BATCH, out, self.height, self.width)), np.zeros((BATCH, out, self.height, self.width))
        self.optimizers = Optimizer(case["optimizer"], self.w.shape), Optimizer(case["optimizer"], self.b.shape)

    def taps(self, images):
        """For every tap (ky, kx) the images as it sees them."""
        padded = np.pad(images, ((0, 0), (0, 0), (self.pad, self.pad), (self.pad, self.pad)))
        for ky, kx in itertools.product(range(self.k), repeat=2):
            yield ky, kx, padded[:, :, ky:ky + self.height, kx:kx + self.width]

    def step(self, spikes, target):
        gain = (lambda decay: 1 - decay) if self.normalised else (lambda decay: 1)
        self.P = ALPHA * self.P + gain(ALPHA) * self.Q
        self.Q = BETA * self.Q + gain(BETA) * spikes
        self.R = GAMMA * self.R - gain(GAMMA) * RHO * self.S
        u = self.R + self.b[:, None, None]
        for ky, kx, seen in self.taps(self.P):
            u += np.einsum("oi,bihw->bohw", self.w[:, :, ky, kx], seen)
        self.S = (u > 0).astype(float)
        # pooling: the largest, and where it is
        self.U, place = np.zeros((BATCH, *self.pooled)), {}
        for b, o, r, c in np.ndindex(self.U.shape):
            square = u[b, o, r * self.pool:(r + 1) * self.pool, c * self.pool:(c + 1) * self.pool]
            i, j = np.unravel_index(square.argmax(), square.shape)
            place[b, o, r, c] = b, o, r * self.pool + i, c * self.pool + j
            self.U[b, o, r, c] = square[i, j]
        shown = (self.U > 0).astype(float)
        self.Y = shown.reshape(BATCH, -1) @ self.G.T + self.c
        error = self.Y - target
        if self.case["loss"] == "mse":
            self.loss, dY = np.mean(error**2), 2 * error / error.size
        else:
            small = np.abs(error) < 1
            self.loss = np.mean(np.where(small, error**2 / 2, np.abs(error) - 0.5))
            dY = np.where(small, error, np.sign(error)) / error.size
        quiet = np.mean(0.1 - sigmoid(self.U))
        self.loss += self.reg * np.mean(np.maximum(0, self.U + 0.01)) + self.reg * 0.003 * max(0, quiet)
        slope = (1 + 10 * np.abs(self.U))**-2.0 if self.normalised else ((self.U > -0.5) & (self.U <= 0.5)).astype(float)
        delta = (dY @ self.G).reshape(self.U.shape) * slope + self.reg / self.U.size * (self.U > -0.01)
        if quiet > 0:
            delta -= self.reg * 0.003 / self.U.size * sigmoid(self.U) * (1 - sigmoid(self.U))
        full = np.zeros_like(u)
        for pooled, neuron in place.items():
            full[neuron] = delta[pooled]
        self.dw, self.db = np.zeros_like(self.w), full.sum(axis=(0, 2, 3))
        for ky, kx, seen in self.taps(self.P):
            self.dw[:, :, ky, kx] = np.einsum("bohw,bihw->oi", full, seen)
        self.optimizers[0].step(self.w, self.dw)
        self.optimizers[1].step(self.b, self.db)
        return shown


def record(case, folder):
    random = np.random.default_rng(3)
    shape = case["input"]
    spikes = (random.random((BATCH, STEPS, *shape)) < 0.3).astype(float)
    target = random.uniform(-1.5, 1.5, (BATCH, CLASSES))
    layers, arrays = [], {"input_spikes": spikes, "target": target}
    for l in range(len(case["channels"])):
        layer = Layer(case, random, shape, l)
        arrays |= {f"layer{l}_{name}": value.copy() for name, value in
                   dict(weight_initial=layer.w, bias_initial=layer.b, readout_weight=layer.G, readout_bias=layer.c).items()}
        layers.append(layer)
        shape = layer.pooled
    steps = {}
    for t in range(STEPS):
        below = spikes[:, t]
        for l, layer in enumerate(layers):
            below = layer.step(below, target)
            for name, value in dict(synaptic_trace_Q=layer.Q, membrane_trace_P=layer.P, refractory_R=layer.R,
                                    potential_U=layer.U, spikes_S=layer.S, readout=layer.Y, loss=layer.loss,
                                    grad_weight=layer.dw, grad_bias=layer.db, weight_after=layer.w,
                                    bias_after=layer.b).items():
                steps.setdefault(f"layer{l}_{name}", []).append(np.array(value))
    arrays |= {name: np.stack(values) for name, values in steps.items()}
    rates = [layer.S.mean() for layer in layers]
    assert all(0.02 < rate < 0.98 for rate in rates), f"neurons spike where they should: {rates}"
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", np.ascontiguousarray(array))
    meta = dict(batch=BATCH, steps=STEPS, alpha=ALPHA, beta=BETA, gamma=GAMMA, refractory_weight=RHO, learning_rate=RATE,
                classes=CLASSES, convolutional=True, **{k: v for k, v in case.items()})
    (folder / "meta.json").write_text(json.dumps(meta))
    return arrays


def main():
    good = True
    for name, case in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            arrays = record(case, folder)
            agreed = subprocess.run([sys.argv[1], folder], capture_output=True, text=True)
            print("ok     " if agreed.returncode == 0 else "FAILED ", name)
            if agreed.returncode:
                print(agreed.stdout, agreed.stderr)
            wrong = arrays["layer0_grad_weight"].copy()
            wrong[-1].flat[0] += 1e-6
            np.save(folder / "layer0_grad_weight.npy", wrong)
            noticed = subprocess.run([sys.argv[1], folder], capture_output=True, text=True).returncode == 1
            print("ok     " if noticed else "FAILED ", name + ": one wrong number is noticed")
            good = good and agreed.returncode == 0 and noticed
    raise SystemExit(not good)


main()
