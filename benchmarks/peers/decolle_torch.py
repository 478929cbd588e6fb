"""A DECOLLE step in PyTorch: as its users write it, with autograd, and by hand in several ways. One thread."""
import importlib.util

if importlib.util.find_spec("torch") is None:
    print("skipped: PyTorch is not installed")
    raise SystemExit(0)

import common  # before the libraries below: sets their threads

import numpy as np
import torch

import decolle_numpy
from common import ALPHA, BETA, CLASSES, GAMMA, SIZES, STEEPNESS, STEPS

torch.set_num_threads(1)
# The refractory traces of neurons silent for 200 steps are denormal numbers, a hundred times slower: generous to PyTorch.
torch.set_flush_denormal(True)


def tensors(arrays):
    return [torch.from_numpy(a.copy()) for a in arrays]


# ---------------------------------------------------------------------------------------------------------------------
# As a user writes it


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
    def __init__(self, weight, bias, readout, readout_bias):
        super().__init__()
        self.linear = torch.nn.Linear(weight.shape[1], weight.shape[0], dtype=weight.dtype)
        self.readout = torch.nn.Linear(weight.shape[0], CLASSES, dtype=weight.dtype)
        self.readout.requires_grad_(False)
        with torch.no_grad():
            self.linear.weight.copy_(weight)
            self.linear.bias.copy_(bias)
            self.readout.weight.copy_(readout)
            self.readout.bias.copy_(readout_bias)

    def forward(self, spikes, state):
        p, q, r, s = state
        p = ALPHA * p + (1 - ALPHA) * q
        q = BETA * q + (1 - BETA) * spikes
        r = GAMMA * r + (1 - GAMMA) * s
        s = Spike.apply(self.linear(p) - r)
        y = self.readout(s)
        s = s.detach()  # learning is local: nothing is propagated back in time, or to the layer below
        return s, y, (p, q, r, s)


class Autograd:
    """torch.nn layers; the losses of all layers (and of a window's steps) summed, one backward, one optimizer step."""

    def __init__(self, problem):
        self.problem, self.fired = problem, None  # fired: or spikes per layer, to be counted
        parts = (problem.weights, problem.biases, problem.readouts, problem.readout_biases)
        self.layers = torch.nn.ModuleList(Layer(*each) for each in zip(*map(tensors, parts)))
        zeros = lambda n: torch.zeros(problem.work.batch, n, dtype=self.layers[0].linear.weight.dtype)
        self.state = [(zeros(i), zeros(i), zeros(o), zeros(o)) for i, o in zip(SIZES[:-1], SIZES[1:])]
        self.input, self.target = torch.from_numpy(problem.input), torch.from_numpy(problem.target)
        learned = [p for p in self.layers.parameters() if p.requires_grad]
        rate = problem.learning_rate
        self.optimizer = {
            None: lambda: None,
            "SGD": lambda: torch.optim.SGD(learned, lr=rate),
            "Adam": lambda: torch.optim.Adam(learned, lr=rate, **common.ADAM),
            "AdaMax": lambda: torch.optim.Adamax(learned, lr=rate, **common.ADAMAX),
        }[problem.work.optimizer]()

    def parameters(self):
        linear = [layer.linear for layer in self.layers]
        return [x.detach().numpy() for x in [l.weight for l in linear] + [l.bias for l in linear]]

    def chunk(self, k):
        self.steps(k, STEPS)

    def steps(self, k, count):
        if self.optimizer is None:
            with torch.no_grad():
                for t in range(count):
                    self.step(self.input[k, t])
            return
        window = self.problem.work.window
        loss = 0
        for t in range(count):
            loss = loss + self.step(self.input[k, t])
            if (t + 1) % window == 0:
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                loss = 0

    def step(self, spikes):
        loss = 0
        for n, layer in enumerate(self.layers):
            spikes, y, self.state[n] = layer(spikes, self.state[n])
            if self.fired:
                self.fired[n] += spikes.sum()
            if self.optimizer is not None:
                loss = loss + torch.nn.functional.smooth_l1_loss(y, self.target)
        return loss


# ---------------------------------------------------------------------------------------------------------------------
# By hand


class Moments:
    """Moves parameters along gradients given to step()."""

    def __init__(self, parameters, work, rate):
        self.parameters, self.adam, self.rate = parameters, None, rate
        if work.optimizer == "Adam":
            self.adam = torch.optim.Adam(parameters, lr=rate, fused=True, **common.ADAM)
        else:
            self.largest, self.tmp = ([torch.zeros_like(p) for p in parameters] for _ in range(2))

    def step(self, gradients):
        if self.adam:
            for parameter, gradient in zip(self.parameters, gradients):
                parameter.grad = gradient
            self.adam.step()
            return
        beta2, eps = common.ADAMAX["betas"][1], common.ADAMAX["eps"]
        for w, g, largest, tmp in zip(self.parameters, gradients, self.largest, self.tmp):
            torch.abs(g, out=tmp)
            torch.maximum(largest.mul_(beta2), tmp.add_(eps), out=largest)
            w.addcdiv_(g, largest, value=-self.rate)  # β₁ = 0: the first moment is the gradient


class ByHand:
    """What the variants below share. Weights are kept as in × out, so that an input's weights lie side by side."""

    def __init__(self, problem):
        self.problem, work, self.fired = problem, problem.work, None
        self.weights = [torch.from_numpy(w.T.copy()) for w in problem.weights]
        self.biases, self.readouts = tensors(problem.biases), tensors(problem.readouts)
        self.readout_biases = tensors(problem.readout_biases)
        self.input, self.target = torch.from_numpy(problem.input), torch.from_numpy(problem.target)
        self.dtype, self.learns = self.weights[0].dtype, work.optimizer is not None
        self.weight_gradients = [torch.zeros_like(w) for w in self.weights]
        self.bias_gradients = [torch.zeros_like(b) for b in self.biases]
        if work.optimizer in ("Adam", "AdaMax"):
            self.moments = Moments(self.weights + self.biases, work, problem.learning_rate)

    def zeros(self, *shape):
        return torch.zeros(*shape, dtype=self.dtype)

    def parameters(self):
        return [w.numpy().T for w in self.weights] + [b.numpy() for b in self.biases]

    def delta(self, n, s, u, y, delta):
        """δ = (Gᵀ ∂L/∂Y) / (1 + k|U|)²; overwrites U."""
        torch.addmm(self.readout_biases[n], s, self.readouts[n].t(), out=y)
        if not self.learns:
            return
        y.view(-1, self.problem.work.batch, CLASSES).sub_(self.target)
        y.clamp_(-1, 1).mul_(1 / (CLASSES * self.problem.work.batch))
        torch.mm(y, self.readouts[n], out=delta)
        delta.div_(u.abs_().mul_(STEEPNESS).add_(1).square_())

    def learn(self, n, pre, delta):
        """SGD at once; else the gradients."""
        if self.problem.work.optimizer == "SGD":
            self.weights[n].addmm_(pre.t(), delta, alpha=-self.problem.learning_rate)
            self.biases[n].add_(delta.sum(0) if len(delta) > 1 else delta[0], alpha=-self.problem.learning_rate)
        else:
            torch.mm(pre.t(), delta, out=self.weight_gradients[n])
            torch.sum(delta, 0, out=self.bias_gradients[n])

    def move(self):
        if self.problem.work.optimizer in ("Adam", "AdaMax"):
            self.moments.step(self.weight_gradients + self.bias_gradients)


class Steps(ByHand):
    """Step by step. A window's δ and P are written side by side and multiplied at its end."""

    def __init__(self, problem):
        super().__init__(problem)
        batch, ins, outs = problem.work.batch, SIZES[:-1], SIZES[1:]
        self.window = problem.work.window if self.learns else 1
        self.p, self.q = ([self.zeros(batch, n) for n in ins] for _ in range(2))
        self.r, self.s, self.u = ([self.zeros(batch, n) for n in outs] for _ in range(3))
        self.y = self.zeros(batch, CLASSES)
        self.deltas = [self.zeros(self.window, batch, n) for n in outs]
        self.pres = [self.zeros(self.window, batch, n) for n in ins]

    def chunk(self, k):
        self.steps(k, STEPS)

    @torch.no_grad()
    def steps(self, k, count):
        for t in range(count):
            self.step(self.input[k, t], t % self.window)

    def step(self, below, place):
        ends = self.learns and place == self.window - 1
        for n, (w, b, p, q, r, s, u) in enumerate(
                zip(self.weights, self.biases, self.p, self.q, self.r, self.s, self.u)):
            torch.lerp(p, q, 1 - ALPHA, out=p)
            torch.lerp(q, below, 1 - BETA, out=q)
            torch.lerp(r, s, 1 - GAMMA, out=r)
            torch.addmm(b, p, w, out=u)
            u.sub_(r)
            torch.gt(u, 0, out=s)
            if self.fired:
                self.fired[n] += s.sum()
            self.delta(n, s, u, self.y, self.deltas[n][place])
            if self.window > 1:
                self.pres[n][place] = p
                if ends:
                    self.learn(n, self.pres[n].view(-1, p.shape[1]), self.deltas[n].view(-1, u.shape[1]))
            elif ends:
                self.learn(n, p, self.deltas[n][0])
            below = s
        if ends:
            self.move()


def trace_matrix(dtype):
    """M, (STEPS + 2) × (STEPS + 2): the double-exponential trace of a window as one product.

    X = (P₀; Q₀; s[1]; …; s[STEPS])  →  M X = (P[1]; …; P[STEPS]; P[STEPS]; Q[STEPS]), each a row: the last two start the next window.
    """
    size = STEPS + 2
    p, q, rows = np.eye(size)[0], np.eye(size)[1], []
    for t in range(STEPS):
        p, q = ALPHA * p + (1 - ALPHA) * q, BETA * q + (1 - BETA) * np.eye(size)[2 + t]
        rows.append(p)
    return torch.from_numpy(np.array(rows + [p, q])).to(dtype)


class Windows(ByHand):
    """Layer by layer over a whole window, in which W stands still: traces, drives, readouts, gradients are one product each."""

    def __init__(self, problem):
        super().__init__(problem)
        batch, ins, outs = problem.work.batch, SIZES[:-1], SIZES[1:]
        self.trace = trace_matrix(self.dtype)
        self.before = [self.zeros(STEPS + 2, batch, n) for n in ins]  # P₀, Q₀, s
        self.after = [self.zeros(STEPS + 2, batch, n) for n in ins]  # P, and P, Q of the last step
        self.r = [self.zeros(batch, n) for n in outs]
        self.s = [self.zeros(STEPS + 1, batch, n) for n in outs]  # from the step before the window on
        self.u, self.deltas = ([self.zeros(STEPS * batch, n) for n in outs] for _ in range(2))
        self.y = self.zeros(STEPS * batch, CLASSES)

    @torch.no_grad()
    def chunk(self, k):
        below = self.input[k]
        for n, (r, s, u) in enumerate(zip(self.r, self.s, self.u)):
            self.drive(n, k, below)
            s[0] = s[STEPS]
            for u_t, s_before, s_t in zip(u.view(STEPS, -1, r.shape[1]), s, s[1:]):
                u_t.sub_(torch.lerp(r, s_before, 1 - GAMMA, out=r))
                torch.gt(u_t, 0, out=s_t)
            below = s[1:]
            if self.fired:
                self.fired[n] += below.sum()
            self.delta(n, below.view(STEPS * r.shape[0], -1), u, self.y, self.deltas[n])
            if self.learns:
                self.credit(n, k)
        if self.learns:
            self.move()

    def filtered(self, before, after, spikes):
        """after = M before, with spikes put into before, and the last state into its first rows."""
        before[:2] = after[STEPS:]
        before[2:] = spikes
        torch.mm(self.trace, before.view(STEPS + 2, -1), out=after.view(STEPS + 2, -1))

    def drive(self, n, k, spikes):
        self.filtered(self.before[n], self.after[n], spikes)
        pre = self.after[n][:STEPS].view(-1, SIZES[n])
        torch.addmm(self.biases[n], pre, self.weights[n], out=self.u[n])

    def credit(self, n, k):
        self.learn(n, self.after[n][:STEPS].view(-1, SIZES[n]), self.deltas[n])


class Lists:
    """Index lists of spikes (rows × columns), in the form that embedding_bag sums by: the indices, and where each sum begins.

    by_row: which columns spike, row after row. by_column(): which rows, column after column.
    """

    def __init__(self, spikes):
        self.shape = spikes.shape
        flat = np.flatnonzero(spikes.bool().numpy())  # three times as fast as torch.nonzero
        self.rows, self.columns = np.divmod(flat.astype(np.int32), spikes.shape[1])
        self.by_row = self.lists(self.columns, np.bincount(self.rows, minlength=spikes.shape[0]))

    def by_column(self):
        order = np.argsort(self.columns.astype(np.int16), kind="stable")
        return self.lists(self.rows[order], np.bincount(self.columns, minlength=self.shape[1]))

    @staticmethod
    def lists(indices, counts):
        first = np.cumsum(counts) - counts
        return torch.from_numpy(indices), torch.from_numpy(first.astype(np.int32))


class EventWindows(Windows):
    """The same at a cost per spike: weights are added where something spiked and filtered afterwards; for the gradient the
    error is filtered backwards in time and added to the inputs that spiked. The products with the state before the window remain."""

    def __init__(self, problem):
        super().__init__(problem)
        batch, outs = problem.work.batch, SIZES[1:]
        self.sums, self.drives = ([self.zeros(STEPS + 2, batch, n) for n in outs] for _ in range(2))
        self.tilde = [self.zeros(STEPS + 2, batch, n) for n in outs]
        self.input_lists = [Lists(chunk.view(STEPS * batch, -1)) for chunk in self.input]  # input comes as lists, too
        self.lists = None

    def drive(self, n, k, spikes):
        batch = self.problem.work.batch
        weights = self.weights[n]
        self.lists = self.input_lists[k] if n == 0 else Lists(spikes.reshape(STEPS * batch, -1))
        indices, offsets = self.lists.by_row
        added = torch.nn.functional.embedding_bag(indices, weights, offsets, mode="sum")
        if self.learns:  # W moved: A₀ = P₀ W, B₀ = Q₀ W anew
            before, after = self.before[n], self.after[n]
            before[:2] = after[STEPS:]
            before[2:] = spikes
            torch.mm(self.trace[STEPS:], before.view(STEPS + 2, -1), out=after[STEPS:].view(2, -1))
            torch.mm(self.before[n][:2].view(2 * batch, -1), weights, out=self.sums[n][:2].view(2 * batch, -1))
            self.sums[n][2:] = added.view(STEPS, batch, -1)
            torch.mm(self.trace, self.sums[n].view(STEPS + 2, -1), out=self.drives[n].view(STEPS + 2, -1))
        else:
            self.filtered(self.sums[n], self.drives[n], added.view(STEPS, batch, -1))
        torch.add(self.drives[n][:STEPS].view(STEPS * batch, -1), self.biases[n], out=self.u[n])

    def credit(self, n, k):
        batch = self.problem.work.batch
        delta = self.deltas[n]
        back, tilde = self.trace[:STEPS].t(), self.tilde[n].view(STEPS + 2, -1)
        torch.mm(back, delta.view(STEPS, -1), out=tilde)
        tilde = self.tilde[n].view(-1, SIZES[n + 1])
        indices, offsets = self.lists.by_column()
        gradient = torch.nn.functional.embedding_bag(indices, tilde[2 * batch:], offsets, mode="sum")
        if self.problem.work.optimizer == "SGD":
            rate = self.problem.learning_rate
            self.weights[n].add_(gradient, alpha=-rate)
            self.weights[n].addmm_(self.before[n][:2].view(2 * batch, -1).t(), tilde[:2 * batch], alpha=-rate)
            self.biases[n].add_(delta.sum(0), alpha=-rate)
        else:
            torch.addmm(gradient, self.before[n][:2].view(2 * batch, -1).t(), tilde[:2 * batch], out=self.weight_gradients[n])
            torch.sum(delta, 0, out=self.bias_gradients[n])


class EventSteps(Steps):
    """Online SGD, one sample, at a cost per spike: the updates of a block of steps are kept as a thin pair, W = W₀ + HᵀD, and put into
    W₀ at the block's end. A = P W₀ and B = Q W₀ are filtered like P and Q."""

    def __init__(self, problem):
        super().__init__(problem)
        outs = SIZES[1:]
        self.a, self.b = ([self.zeros(1, n) for n in outs] for _ in range(2))
        self.kept_p = [self.zeros(STEPS, n) for n in SIZES[:-1]]
        self.kept_delta = [self.zeros(STEPS, n) for n in outs]
        self.first = torch.zeros(1, dtype=torch.int64)
        self.input_lists = [[s.nonzero()[:, 1].contiguous() for s in chunk] for chunk in self.input]

    @torch.no_grad()
    def steps(self, k, count):
        for t in range(count):
            self.event_step(self.input[k, t], self.input_lists[k][t], t)
        for n, w in enumerate(self.weights):
            kept_p, kept_delta = self.kept_p[n][:count], self.kept_delta[n][:count]
            w.addmm_(kept_p.t(), kept_delta)
            for sums, trace in ((self.a[n], self.p[n]), (self.b[n], self.q[n])):
                sums.addmm_(torch.mm(trace, kept_p.t()), kept_delta)

    def event_step(self, below, indices, t):
        rate = self.problem.learning_rate
        for n, (w, p, q, r, s, u, a, b) in enumerate(
                zip(self.weights, self.p, self.q, self.r, self.s, self.u, self.a, self.b)):
            torch.lerp(p, q, 1 - ALPHA, out=p)
            torch.lerp(q, below, 1 - BETA, out=q)
            torch.lerp(a, b, 1 - ALPHA, out=a)
            b.lerp_(torch.nn.functional.embedding_bag(indices, w, self.first, mode="sum"), 1 - BETA)
            torch.lerp(r, s, 1 - GAMMA, out=r)
            torch.add(self.biases[n], a, out=u)
            u.sub_(r)
            if t > 0:
                u.addmm_(torch.mm(p, self.kept_p[n][:t].t()), self.kept_delta[n][:t])
            torch.gt(u, 0, out=s)
            if self.fired:
                self.fired[n] += s.sum()
            delta = self.kept_delta[n][t:t + 1]
            self.delta(n, s, u, self.y, delta)
            delta.mul_(-rate)
            self.kept_p[n][t] = p[0]
            self.biases[n].add_(delta[0])
            below = s
            indices = s.nonzero()[:, 1]


def peers(work):
    variants = [("PyTorch, autograd", Autograd), ("PyTorch, by hand", Steps)]
    if work.name == "online SGD, batch 1":
        variants += [("PyTorch, by hand, event-driven", EventSteps)]
    if work.window > 1:
        variants += [("PyTorch, by hand, layer by layer", Windows), ("PyTorch, by hand, event-driven", EventWindows)]
    return variants


if __name__ == "__main__":
    common.run(__doc__, peers, decolle_numpy.Peer)
