"""A time step of the published convolutional DECOLLE network in PyTorch: as its users write it, with autograd, and by hand. One thread.

Each layer [Kaiser, Mostafa, Neftci 2020]; images are channels × height × width, s are the (pooled) spikes of the layer below:

    P ← αP + (1−α)Q,  Q ← βQ + (1−β)s,  R ← γR + (1−γ)S     (P takes the old Q)
    U = conv(P) + b − R,  S = U > 0,  U' = max-pooling(U)    S' = U' > 0 goes to the next layer and to the readout
    Y = G S' + c,  L = smooth L1(Y, target), mean over batch and classes
    δ = (Gᵀ ∂L/∂Y) / (1 + 10|U'|)² at the largest U of each square,  ∂L/∂W = δ against the patches of P

Weights, biases and readouts come from `bench_convolution --write_networks FOLDER`, and with them what one window of double arithmetic
learns there: each form must move its weights alike, or the program ends with an error.
"""
import importlib.util

if importlib.util.find_spec("torch") is None:
    print("skipped: PyTorch is not installed")
    raise SystemExit(0)

import common  # before the libraries below: sets their threads

import argparse
import gc
import json
import os

import numpy as np
import torch
from torch.nn.functional import conv2d, max_pool2d, max_unpool2d, smooth_l1_loss

from common import ALPHA, BETA, GAMMA, STEEPNESS

torch.set_num_threads(1)
torch.set_flush_denormal(True)  # as in decolle_torch.py

CHANNELS, SIDES, POOLS = (2, 64, 128, 128), (32, 16, 16), (2, 1, 2)
KERNEL, PADDING, CLASSES, WINDOW, STREAM, RATE = 7, 3, 11, 20, 40, 0.05


class Network:
    """Weights as the program that is compared has written them, as tensors."""

    def __init__(self, folder, rates, dtype):
        def read(layer, what):
            return torch.from_numpy(np.load(f"{folder}/{rates}, layer {layer + 1}, {what}.npy")).to(dtype)

        self.dtype, self.layers = dtype, []
        for n, (side, pool) in enumerate(zip(SIDES, POOLS)):
            out, into, shown = CHANNELS[n + 1], CHANNELS[n], side // pool
            readout = read(n, "readout").reshape(CLASSES, shown, shown, out).permute(0, 3, 1, 2)  # channel fastest
            self.layers.append((read(n, "weight").reshape(out, into, KERNEL, KERNEL).contiguous(), read(n, "bias").reshape(out),
                                readout.reshape(CLASSES, -1).contiguous(), read(n, "readout bias").reshape(CLASSES)))


class Problem:
    """optimizer: None or one of torch.optim's; window: steps per update."""

    def __init__(self, network, optimizer, batch, window, learning_rate, images=None):
        self.network, self.optimizer, self.batch, self.window, self.learning_rate = network, optimizer, batch, window, learning_rate
        random = np.random.default_rng(1)
        if images is None:
            images = random.random((STREAM, batch, CHANNELS[0], SIDES[0], SIDES[0])) < RATE
        self.input = torch.from_numpy(images).to(network.dtype)
        self.target = torch.eye(CLASSES, dtype=network.dtype)[torch.arange(batch) % CLASSES]

    def make_optimizer(self, parameters):
        if self.optimizer == "SGD":
            return torch.optim.SGD(parameters, lr=self.learning_rate)
        if self.optimizer == "AdaMax":
            return torch.optim.Adamax(parameters, lr=self.learning_rate, **common.ADAMAX)
        return None


class Spike(torch.autograd.Function):
    """Θ(U), with the derivative of a fast sigmoid."""

    @staticmethod
    def forward(ctx, u):
        ctx.save_for_backward(u)
        return (u > 0).to(u.dtype)

    @staticmethod
    def backward(ctx, grad):
        (u,) = ctx.saved_tensors
        return grad / (1 + STEEPNESS * u.abs()) ** 2


class Layer(torch.nn.Module):
    def __init__(self, weight, bias, readout, readout_bias, pool):
        super().__init__()
        out, into = weight.shape[:2]
        self.conv = torch.nn.Conv2d(into, out, KERNEL, padding=PADDING, dtype=weight.dtype)
        self.readout = torch.nn.Linear(readout.shape[1], CLASSES, dtype=weight.dtype)
        self.readout.requires_grad_(False)
        self.pool = torch.nn.MaxPool2d(pool) if pool > 1 else torch.nn.Identity()
        with torch.no_grad():
            for parameter, value in ((self.conv.weight, weight), (self.conv.bias, bias), (self.readout.weight, readout),
                                     (self.readout.bias, readout_bias)):
                parameter.copy_(value)

    def forward(self, spikes, state):
        p, q, r, s = state
        p = ALPHA * p + (1 - ALPHA) * q
        q = BETA * q + (1 - BETA) * spikes
        r = GAMMA * r + (1 - GAMMA) * s
        u = self.conv(p) - r
        s = (u.detach() > 0).to(u.dtype)
        shown = Spike.apply(self.pool(u))
        y = self.readout(shown.flatten(1))
        return shown.detach(), y, (p, q, r, s)  # learning is local: nothing goes back in time, or to the layer below


class Autograd:
    """torch.nn layers; the losses of all layers (and of a window's steps) summed, one backward, one optimizer step."""

    def __init__(self, problem):
        self.problem, self.fired, self.now = problem, None, 0
        self.layers = torch.nn.ModuleList(Layer(*all, pool) for all, pool in zip(problem.network.layers, POOLS))
        zeros = lambda c, side: torch.zeros(problem.batch, c, side, side, dtype=problem.network.dtype)
        self.state = [(zeros(i, side), zeros(i, side), zeros(o, side), zeros(o, side))
                      for i, o, side in zip(CHANNELS[:-1], CHANNELS[1:], SIDES)]
        self.optimizer = problem.make_optimizer([p for p in self.layers.parameters() if p.requires_grad])

    def parameters(self):
        return [x for layer in self.layers for x in (layer.conv.weight, layer.conv.bias)]

    def show(self, steps):
        if self.optimizer is None:
            with torch.no_grad():
                for _ in range(steps):
                    self.step()
            return
        loss = 0
        for t in range(steps):
            loss = loss + self.step()
            if (t + 1) % self.problem.window == 0:
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                loss = 0

    def step(self):
        spikes, loss = self.problem.input[self.now % len(self.problem.input)], 0
        self.now += 1
        for n, layer in enumerate(self.layers):
            spikes, y, self.state[n] = layer(spikes, self.state[n])
            if self.fired:
                self.fired[n] += float(spikes.mean())
            if self.optimizer is not None:
                loss = loss + smooth_l1_loss(y, self.problem.target)
        return loss


class ByHand:
    """No autograd, buffers that stay, operations in place; gradients by PyTorch's own convolution against δ. SGD."""

    def __init__(self, problem):
        self.problem, self.fired, self.now = problem, None, 0
        self.layers = [[x.clone() for x in all] for all in problem.network.layers]
        zeros = lambda c, side: torch.zeros(problem.batch, c, side, side, dtype=problem.network.dtype)
        self.p, self.q = ([zeros(i, side) for i, side in zip(CHANNELS[:-1], SIDES)] for _ in range(2))
        self.r, self.s = ([zeros(o, side) for o, side in zip(CHANNELS[1:], SIDES)] for _ in range(2))
        self.gradients = [[torch.zeros_like(w), torch.zeros_like(b)] for w, b, _, _ in self.layers]

    def parameters(self):
        return [x for w, b, _, _ in self.layers for x in (w, b)]

    @torch.no_grad()
    def show(self, steps):
        for t in range(steps):
            below = self.problem.input[self.now % len(self.problem.input)]
            self.now += 1
            for n in range(len(self.layers)):
                below = self.step(n, below, t)

    def step(self, n, below, t):
        (w, b, g, c), p, q, r, s = self.layers[n], self.p[n], self.q[n], self.r[n], self.s[n]
        torch.lerp(p, q, 1 - ALPHA, out=p)
        torch.lerp(q, below, 1 - BETA, out=q)
        torch.lerp(r, s, 1 - GAMMA, out=r)
        u = conv2d(p, w, b, padding=PADDING)
        u.sub_(r)
        torch.gt(u, 0, out=s)
        learns = self.problem.optimizer is not None
        place = None
        if POOLS[n] > 1 and learns:
            largest, place = max_pool2d(u, POOLS[n], return_indices=True)
        else:
            largest = max_pool2d(u, POOLS[n]) if POOLS[n] > 1 else u
        shown = (largest > 0).to(u.dtype)
        y = torch.addmm(c, shown.flatten(1), g.t())
        if self.fired:
            self.fired[n] += float(shown.mean())
        if learns:
            y.sub_(self.problem.target).clamp_(-1, 1).mul_(1 / (CLASSES * self.problem.batch))
            delta = torch.mm(y, g).view_as(largest)
            delta.div_(largest.abs_().mul_(STEEPNESS).add_(1).square_())
            if place is not None:
                delta = max_unpool2d(delta, place, POOLS[n], output_size=u.shape)
            self.learn(n, p, delta, t)
        return shown

    def learn(self, n, p, delta, t):
        w, b = self.layers[n][:2]
        gradient = torch.ops.aten.convolution_backward(delta, p, w, [len(b)], [1, 1], [PADDING, PADDING], [1, 1], False, [0, 0], 1,
                                                       [False, True, True])[1:]
        if self.problem.window == 1:
            w.add_(gradient[0], alpha=-self.problem.learning_rate)
            b.add_(gradient[1], alpha=-self.problem.learning_rate)
            return
        for all, new, parameter in zip(self.gradients[n], gradient, (w, b)):
            all.add_(new)
            if (t + 1) % self.problem.window == 0:
                parameter.add_(all, alpha=-self.problem.learning_rate)
                all.zero_()


def check(folder, mode, make):
    """Ends the program unless a window of double arithmetic moves weights as in the program that is compared."""
    network = Network(folder, "random weights", torch.float64)
    images = np.load(f"{folder}/check, input.npy")  # a column: row, column, channel
    batch, side = 2, SIDES[0]
    images = images.T.reshape(-1, batch, side, side, CHANNELS[0]).transpose(0, 1, 4, 2, 3).copy()
    peer = make(Problem(network, "SGD", batch, len(images), 0.1, images))
    before = [p.detach().clone() for p in peer.parameters()]
    peer.show(len(images))
    moved = [(a.detach() - b).numpy() for a, b in zip(peer.parameters(), before)]
    expected = [np.load(f"{folder}/check, layer {n + 1}, {what}.npy").reshape(moved[2 * n + k].shape)
                for n in range(len(SIDES)) for k, what in enumerate(("weight", "bias"))]
    common.compare(f"convolution, {mode}", moved, expected)


class Timed:
    """What common.measure calls."""

    def __init__(self, peer, steps):
        self.peer, self.steps = peer, steps

    def chunk(self, _):
        self.peer.show(self.steps)


class Memory:
    """How far the process grows from here on, in bytes; None where there is no /proc."""

    def __init__(self):
        gc.collect()
        self.known = os.path.exists("/proc/self/clear_refs")
        if self.known:
            with open("/proc/self/clear_refs", "w") as file:
                file.write("5")  # the peak begins anew
            self.at_start = self.read("VmRSS")

    @staticmethod
    def read(what):
        with open("/proc/self/status") as file:
            return next(1024 * int(line.split()[1]) for line in file if line.startswith(what))

    def peak(self):
        return self.read("VmHWM") - self.at_start if self.known else None


def run():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", required=True, help="folder of bench_convolution --write_networks")
    parser.add_argument("--work", required=True, help='as in "window of 20, SGD, batch 8, random weights"')
    options = parser.parse_args()
    kind, rates = options.work.rsplit(", ", 1)
    kind, batch = kind.rsplit(", batch ", 1)
    batch = int(batch)
    optimizer = None if kind == "inference" else kind.rsplit(", ", 1)[1]
    if optimizer is None:
        variants = [("PyTorch, autograd", Autograd, 1), ("PyTorch, by hand", ByHand, 1)]
    else:
        variants = [("PyTorch, autograd", Autograd, 1)]
        if batch <= 8:  # the graph of a window of 72 samples takes 20 GB
            variants += [("PyTorch, autograd, window", Autograd, WINDOW)]
        if optimizer == "SGD":
            variants += [("PyTorch, by hand", ByHand, WINDOW)]
    network = Network(options.networks, rates, torch.float32)
    settled = None
    for mode, make, window in variants:
        memory = Memory()
        rate = 1e-10 if optimizer == "AdaMax" else 1e-6  # moves no rate
        peer = make(Problem(network, optimizer, batch, window, rate))
        steps = WINDOW if window == WINDOW and batch <= 8 else 1 if batch > 8 else 5
        settled = settle(network, peer, settled)
        ms, spread = common.measure(Timed(peer, steps), steps=steps, warm=1, repetitions=3 if batch > 8 else 5)
        peer.fired, peak = [0.0] * len(SIDES), memory.peak()
        looked_at = steps * max(1, 20 // steps // batch)
        peer.show(looked_at)
        print(json.dumps({"work": f"convolution, {options.work}", "mode": mode, "ms": ms, "spread": spread,
                          "rates": [round(100 * fired / looked_at, 2) for fired in peer.fired],
                          "peak": peak}), flush=True)
        if optimizer:
            check(options.networks, mode, make)


def settle(network, peer, settled, samples=4, steps=150):
    """Puts a peer's state past the onset of its traces: that of a few samples, repeated."""
    if settled is None:
        few = Autograd(Problem(network, None, min(samples, peer.problem.batch), 1, 0))
        few.show(steps)
        settled = few.state
    many = lambda x: x.repeat(-(-peer.problem.batch // len(x)), 1, 1, 1)[:peer.problem.batch].contiguous()
    state = [tuple(many(x) for x in all) for all in settled]
    if isinstance(peer, Autograd):
        peer.state = state
    else:
        peer.p, peer.q, peer.r, peer.s = (list(all) for all in zip(*state))
    return settled


if __name__ == "__main__":
    run()
