"""A DECOLLE step in NumPy, by hand, with buffers and in-place arithmetic: what common.py times as a peer, and checks the others by."""
import common  # first: sets NumPy's threads

import numpy as np

from common import ALPHA, BETA, CLASSES, GAMMA, SIZES, STEEPNESS, STEPS


class Peer:
    """One step after the other; W and P of a window multiplied at each step, or stacked and multiplied at its end."""

    def __init__(self, problem):
        self.problem = problem
        dtype, batch = problem.dtype, problem.work.batch
        self.weights = [w.copy() for w in problem.weights]
        self.biases = [b.copy() for b in problem.biases]
        zeros = lambda *shape: np.zeros(shape, dtype)
        ins, outs = SIZES[:-1], SIZES[1:]
        self.p, self.q = ([zeros(batch, n) for n in ins] for _ in range(2))
        self.r, self.s, self.u, self.tmp = ([zeros(batch, n) for n in outs] for _ in range(4))
        self.scratch = [zeros(batch, n) for n in ins]
        self.fired = None  # or spikes per layer and neuron, to be counted
        window = problem.work.window
        self.deltas = [zeros(window, batch, n) for n in outs]
        self.pres = [zeros(window, batch, n) for n in ins]
        if problem.work.optimizer in ("Adam", "AdaMax"):
            like = self.weights + self.biases
            self.first, self.second = ([np.zeros_like(x) for x in like] for _ in range(2))
            self.buffer = [np.zeros_like(x) for x in like]
            self.time = 0

    def parameters(self):
        return self.weights + self.biases

    def chunk(self, k):
        self.steps(k, STEPS)

    def steps(self, k, count):
        window = self.problem.work.window
        for t in range(count):
            self.step(self.problem.input[k, t], t % window)
            if self.problem.work.optimizer and (t + 1) % window == 0:
                self.update()

    def step(self, below, place):
        problem = self.problem
        learns = problem.work.optimizer is not None
        for k, (w, b, p, q, r, s, u, tmp) in enumerate(
                zip(self.weights, self.biases, self.p, self.q, self.r, self.s, self.u, self.tmp)):
            scratch = self.scratch[k]
            np.multiply(q, 1 - ALPHA, out=scratch)
            p *= ALPHA
            p += scratch
            np.multiply(below, 1 - BETA, out=scratch)
            q *= BETA
            q += scratch
            r *= GAMMA
            np.multiply(s, 1 - GAMMA, out=tmp)
            r += tmp
            np.matmul(p, w.T, out=u)
            u += b
            u -= r
            np.greater(u, 0, out=s, casting="unsafe")
            if self.fired:
                self.fired[k] = self.fired[k] + s.sum(0)
            y = s @ problem.readouts[k].T
            y += problem.readout_biases[k]
            if learns:
                y -= problem.target
                np.clip(y, -1, 1, out=y)
                y /= y.size
                delta = self.deltas[k][place]
                np.matmul(y, problem.readouts[k], out=delta)
                np.abs(u, out=tmp)
                tmp *= STEEPNESS
                tmp += 1
                np.square(tmp, out=tmp)
                delta /= tmp
                self.pres[k][place] = p
            below = s

    def update(self):
        rate, optimizer = self.problem.learning_rate, self.problem.work.optimizer
        layers = len(self.weights)
        if optimizer != "SGD":
            self.time += 1
        for k in range(layers):
            delta = self.deltas[k].reshape(-1, SIZES[k + 1])
            pre = self.pres[k].reshape(-1, SIZES[k])
            if optimizer == "SGD":
                delta *= -rate
                if delta.shape[0] == 1:
                    self.weights[k] += delta.T * pre
                else:
                    self.weights[k] += delta.T @ pre
                self.biases[k] += delta.sum(0)
            else:
                self.move(self.weights[k], delta.T @ pre, k)
                self.move(self.biases[k], delta.sum(0), layers + k)

    def move(self, w, g, k):
        first, second, tmp = self.first[k], self.second[k], self.buffer[k]
        constants = common.ADAM if self.problem.work.optimizer == "Adam" else common.ADAMAX
        (beta1, beta2), eps, rate = constants["betas"], constants["eps"], self.problem.learning_rate
        if self.problem.work.optimizer == "Adam":
            first *= beta1
            np.multiply(g, 1 - beta1, out=tmp)
            first += tmp
            second *= beta2
            np.multiply(g, g, out=tmp)
            tmp *= 1 - beta2
            second += tmp
            np.sqrt(second, out=tmp)
            tmp *= 1 / np.sqrt(1 - beta2**self.time)
            tmp += eps
            np.divide(first, tmp, out=tmp)
            tmp *= rate / (1 - beta1**self.time)
        else:  # AdaMax; β₁ = 0: the first moment is the gradient
            second *= beta2
            np.abs(g, out=tmp)
            tmp += eps
            np.maximum(second, tmp, out=second)
            np.divide(g, second, out=tmp)
            tmp *= rate
        w -= tmp


if __name__ == "__main__":
    common.run(__doc__, lambda work: [("NumPy", Peer)], Peer)
