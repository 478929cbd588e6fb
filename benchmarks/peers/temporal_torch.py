"""Backpropagation through time in PyTorch on what temporal_digits learns by local rules: the same sequences, network, surrogate,
variations, loss, optimizer and number of epochs. One thread.

    build/examples/temporal_digits --data FOLDER --sequences digits.npz
    python3 benchmarks/peers/temporal_torch.py digits.npz --seed 1             # --braille for Braille's time constants; --eprop

    v ← λv + W_in x + W_rec z − z,  b ← ρb + βz         z: the recurrent spikes of the step before
    u = v − 1 − b,  z = u > 0,  ∂z/∂u = 0.3 max(0, 1 − |u|)
    y ← κy + W_out z;  E = −Σ log softmax(y + bias)_label, over the steps that ask; a sequence's class: the largest Σ y

--eprop lets no gradient go back through recurrent synapses and resets, which makes it symmetric e-prop. It ends with the share of the
test set that is right, and the seconds of training.
"""
import importlib.util

if importlib.util.find_spec("torch") is None:
    print("skipped: PyTorch is not installed")
    raise SystemExit(0)

import argparse
import math
import time

import numpy as np
import torch

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("sequences", help=".npz of temporal_digits --sequences")
parser.add_argument("--braille", action="store_true")
parser.add_argument("--eprop", action="store_true")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--epochs", type=int, default=0, help="0: 16, for Braille 8")
parser.add_argument("--threads", type=int, default=1)
o = parser.parse_args()
torch.set_num_threads(o.threads)
torch.set_flush_denormal(True)
torch.manual_seed(o.seed)
rng = np.random.default_rng(o.seed)

UNITS, ADAPTIVE, BATCH, RATE, DROP, SHIFT_TIME = 256, 128, 32, 1e-2, 0.1, 4
DT, TAU_MEM, TAU_OUT, TAU_ADAPTATION, LENGTH, SHIFT_CHANNELS = (12.5, 40, 200, 1000, 2000, 0) if o.braille else (5, 20, 60, 200, 640, 1)
STEPS, AFTER, EPOCHS = int(LENGTH / DT), int(TAU_OUT / DT), o.epochs or (8 if o.braille else 16)
LAMBDA, KAPPA, RHO = (math.exp(-DT / tau) for tau in (TAU_MEM, TAU_OUT, TAU_ADAPTATION))
BETA = torch.cat([torch.zeros(UNITS - ADAPTIVE), torch.full((ADAPTIVE,), 0.2)])

file = np.load(o.sequences)
INPUTS, CHANNELS, CLASSES = (int(file[name]) for name in ("inputs", "channels", "classes"))


class Set:
    def __init__(self, name):
        self.step, self.input, self.first, self.steps, self.label = (
            file[f"{name}_{what}"].ravel() for what in ("step", "input", "first", "steps", "label"))

    def __len__(self):
        return len(self.label)

    def batch(self, chosen, vary):
        """Spikes (steps × batch × inputs), and which steps ask for the label (steps × batch)."""
        spikes, asks = np.zeros((STEPS, len(chosen), INPUTS), np.float32), np.zeros((STEPS, len(chosen)), np.float32)
        for b, k in enumerate(chosen):
            step, unit = (a[self.first[k]:self.first[k + 1]] for a in (self.step, self.input))
            last = self.steps[k]
            if vary:
                later, higher = rng.integers(-SHIFT_TIME, SHIFT_TIME + 1), rng.integers(-SHIFT_CHANNELS, SHIFT_CHANNELS + 1)
                channel = unit % CHANNELS + higher
                kept = (rng.random(len(unit)) >= DROP) & (channel >= 0) & (channel < CHANNELS)
                step, unit, last = step[kept] + later, unit[kept] + higher, last + later
            seen = (step >= 0) & (step < STEPS)
            spikes[step[seen], b, unit[seen]] = 1
            asks[5:max(5, min(STEPS, last + AFTER)), b] = 1
        return torch.from_numpy(spikes), torch.from_numpy(asks)


class Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, u):
        ctx.save_for_backward(u)
        return (u > 0).to(u.dtype)

    @staticmethod
    def backward(ctx, grad):
        (u,) = ctx.saved_tensors
        return grad * (0.3 * (1 - u.abs()).clamp_(min=0))


def parameter(rows, columns):
    return (torch.randn(rows, columns) / math.sqrt(columns)).requires_grad_()


w_in, w_rec, w_out = parameter(UNITS, INPUTS), parameter(UNITS, UNITS), parameter(CLASSES, UNITS)
bias = torch.zeros(CLASSES, requires_grad=True)
others = 1 - torch.eye(UNITS)
with torch.no_grad():
    w_rec *= others


def run(x):
    """Readouts, steps × batch × classes."""
    v, b, z = (torch.zeros(x.shape[1], UNITS) for _ in range(3))
    y, all_y = torch.zeros(x.shape[1], CLASSES), []
    drive = x @ w_in.t()
    rec = (w_rec * others).t()
    for t in range(STEPS):
        travels = z.detach() if o.eprop else z
        v = LAMBDA * v + drive[t] + travels @ rec - travels
        b = RHO * b + BETA * z
        z = Spike.apply(v - 1 - b)
        y = KAPPA * y + z @ w_out.t()
        all_y.append(y + bias)
    return torch.stack(all_y)


def right(of):
    count = 0
    with torch.no_grad():
        for first in range(0, len(of), BATCH):
            chosen = range(first, min(first + BATCH, len(of)))
            said = run(of.batch(chosen, False)[0]).sum(0).argmax(1).numpy()
            count += int((said == of.label[list(chosen)]).sum())
    return 100 * count / len(of)


train, test = Set("train"), Set("test")
optimizer = torch.optim.Adam([w_in, w_rec, w_out, bias], lr=RATE)
batches = len(train) // BATCH
begin = time.process_time()
for epoch in range(EPOCHS):
    order, total = rng.permutation(len(train)), 0.0
    for k in range(batches):
        for group in optimizer.param_groups:
            group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * (epoch + k / batches) / EPOCHS))
        chosen = order[k * BATCH:(k + 1) * BATCH]
        x, asks = train.batch(chosen, True)
        y = run(x)
        label = torch.from_numpy(train.label[chosen]).long().expand(STEPS, -1)
        each = torch.nn.functional.cross_entropy(y.flatten(0, 1), label.flatten(), reduction="none").view(STEPS, -1)
        loss = (each * asks).sum() / (STEPS * len(chosen))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() / batches
    print(f"epoch {epoch + 1:3}/{EPOCHS}: loss {total:.4f}, {time.process_time() - begin:.0f} s of processor time", flush=True)
print(f"{'e-prop' if o.eprop else 'backpropagation through time'}, seed {o.seed}: {right(test):.2f} % of {len(test)}, "
      f"{(time.process_time() - begin) / 60:.1f} minutes of one core")
