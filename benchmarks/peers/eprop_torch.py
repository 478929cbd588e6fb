"""A trial of e-prop in PyTorch: a plain loop over its steps, autograd, SGD. One thread.

Bellec and others 2020, each step; the second half of the neurons adapts (β > 0):

    v ← αv + W_in x + W_rec z − θz,  a ← ρa + z      z: the recurrent spikes of the step before
    u = v − θ − βa,  z = u > 0 unless silent          silent: for four steps after a spike
    y ← κy + (1−κ) W_out z,  E = ½ Σ (y − target)²    mean over the batch; gradients go back through fixed random weights
    ∂z/∂u = 0.5 max(0, 1 − |u|/0.6), 0 where silent

The gradient is e-prop's, not that of backpropagation through time: nothing goes back through recurrent synapses and resets (`detach`),
which is also the faster one. Added is ½ c Σ (rate − 0.01)².

Weights, input and targets come from `bench_eprop --write_tasks FOLDER`, and with them what one update of double arithmetic learns there:
each form must move its weights alike, or the program ends with an error.
"""
import importlib.util

if importlib.util.find_spec("torch") is None:
    print("skipped: PyTorch is not installed")
    raise SystemExit(0)

import common  # before the libraries below: sets their threads

import argparse
import json
import math

import numpy as np
import torch
from torch.nn.functional import linear

torch.set_num_threads(1)
torch.set_flush_denormal(True)  # as in decolle_torch.py

THRESHOLD, HEIGHT, WIDTH, SILENT = 0.6, 0.5, 0.6, 4
ALPHA, RHO = math.exp(-1 / 20), math.exp(-1 / 2000)
KAPPA, BETA = ALPHA, 1.7 * (1 - RHO) / (1 - ALPHA)
STRENGTH, RATE = 1, 0.01


class Spike(torch.autograd.Function):
    """Θ(u) where a neuron is free."""

    @staticmethod
    def forward(ctx, u, free):
        ctx.save_for_backward(u, free)
        return (u > 0).to(u.dtype) * free

    @staticmethod
    def backward(ctx, grad):
        u, free = ctx.saved_tensors
        return grad * free * (HEIGHT * (1 - u.abs() / WIDTH).clamp_(min=0)), None


class Readout(torch.autograd.Function):
    """W z, whose error goes back to z through F."""

    @staticmethod
    def forward(ctx, z, weight, feedback):
        ctx.save_for_backward(z, feedback)
        return linear(z, weight)

    @staticmethod
    def backward(ctx, grad):
        z, feedback = ctx.saved_tensors
        return linear(grad, feedback), grad.t() @ z, None


class Trial:
    """input: steps × batch × inputs. at_once: all steps' W_in x as one product before the first."""

    def __init__(self, folder, dtype, rate, at_once):
        read = lambda name: torch.from_numpy(np.load(f"{folder}/{name}.npy")).to(dtype).contiguous()
        self.weights = [read(name).requires_grad_() for name in ("in", "rec", "out")]
        self.feedback, self.at_once = read("feedback"), at_once
        columns = lambda name: read(name).t().reshape(self.steps, -1, len(read(name))).contiguous()
        self.steps = int(np.load(f"{folder}/steps.npy"))
        self.input, self.target = columns("input"), columns("target")
        units = len(self.weights[0])
        self.beta = torch.zeros(units, dtype=dtype)
        self.beta[units // 2:] = BETA
        self.optimizer, self.fired = torch.optim.SGD(self.weights, lr=rate), None

    def chunk(self, _):
        w_in, w_rec, w_out = self.weights
        batch, units = self.input.shape[1], len(w_in)
        v, a, z, wait = (torch.zeros(batch, units, dtype=w_in.dtype) for _ in range(4))
        y, loss, spikes = torch.zeros(batch, len(w_out), dtype=w_in.dtype), 0, 0
        driven = linear(self.input, w_in).unbind(0) if self.at_once else None
        for t in range(self.steps):
            drive = driven[t] if self.at_once else linear(self.input[t], w_in)
            before = z.detach()
            v = ALPHA * v + drive + linear(before, w_rec) - THRESHOLD * before
            a = RHO * a + z
            free = (wait == 0).to(v.dtype)
            z = Spike.apply(v - THRESHOLD - self.beta * a, free)
            wait = torch.where(z.detach() > 0, SILENT, (wait - 1).clamp(min=0))
            y = KAPPA * y + (1 - KAPPA) * Readout.apply(z, w_out, self.feedback)
            loss = loss + (y - self.target[t]).square().sum()
            spikes = spikes + z.sum(0)
        rate = spikes / (self.steps * batch)
        loss = loss / (2 * batch) + STRENGTH / 2 * (rate - RATE).square().sum()
        self.optimizer.zero_grad()
        loss.backward()
        w_rec.grad.fill_diagonal_(0)  # no neuron reaches itself
        self.optimizer.step()
        self.fired = 1000 * float(rate.detach().mean())


def check(folder, mode, at_once):
    """Ends the program unless an update of double arithmetic moves weights as in the program that is compared."""
    trial = Trial(f"{folder}/check", torch.float64, 1, at_once)
    before = [w.detach().clone() for w in trial.weights]
    trial.chunk(0)
    moved = [(w.detach() - b).numpy() for w, b in zip(trial.weights, before)]
    common.compare(f"e-prop, {mode}", moved, [np.load(f"{folder}/check/moved {name}.npy") for name in ("in", "rec", "out")])


def run():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", required=True, help="folder of bench_eprop --write_tasks")
    parser.add_argument("--only", required=True, help='as in "400 + 400, batch 1"')
    options = parser.parse_args()
    for mode, at_once in (("PyTorch, autograd", False), ("PyTorch, autograd, input at once", True)):
        check(options.tasks, mode, at_once)
        trial = Trial(f"{options.tasks}/{options.only}", torch.float32, 1e-6, at_once)
        ms, spread = common.measure(trial, steps=trial.steps, warm=1, repetitions=3)
        print(json.dumps({"work": f"e-prop, {options.only}", "mode": mode, "ms": ms, "spread": spread, "rate_hz": trial.fired}), flush=True)


if __name__ == "__main__":
    run()
