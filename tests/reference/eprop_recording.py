"""Makes recordings like those of e-prop, a number for each synapse and step by the published recursions, and lets
replay_golden replay them: other sizes, windows that do not divide a trial, batches, feedback, losses, optimizers.

    eprop_recording.py REPLAY_GOLDEN

Exits 0 only if every recording is reproduced, and one wrong number is noticed. 77, and "skipped: …", without NumPy.
"""
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

BASE = dict(batch=2, trials=2, steps=30, inputs=7, neurons=9, adaptive=4, outputs=2, membrane_decay=0.9, adaptation_decay=0.97,
            readout_decay=0.85, threshold=0.7, dampening=0.4, adaptation_strength=0.2, refractory_steps=1,
            rate_regularisation=0.0, target_rate=0.05, loss="regression", feedback="symmetric", optimizer="sgd",
            learning_rate=1e-3, window=30)
CASES = {
    "windows of 13 in trials of 30, Adam, rates": dict(window=13, optimizer="adam", rate_regularisation=4.0, feedback="random"),
    "one sample, online": dict(batch=1, window=1, feedback="random", rate_regularisation=0.5),
    "all adaptive, classification, symmetric": dict(adaptive=9, loss="classification", optimizer="adam", window=20, outputs=4),
    "no adaptation, no refractory period, batch 5": dict(adaptive=0, refractory_steps=0, batch=5, inputs=3, neurons=17),
}


class Moments:
    def __init__(self, adam, rate):
        self.adam, self.rate, self.m, self.v, self.t = adam, rate, 0, 0, 0

    def __call__(self, w, g):
        if not self.adam:
            return w - self.rate * g
        self.t += 1
        self.m, self.v = 0.9 * self.m + 0.1 * g, 0.999 * self.v + 0.001 * g * g
        return w - self.rate * self.m / (1 - 0.9 ** self.t) / (np.sqrt(self.v / (1 - 0.999 ** self.t)) + 1e-8)


def record(case, folder):
    c = BASE | case
    rng = np.random.default_rng(3)
    B, T, M, N, K = c["batch"], c["steps"], c["inputs"], c["neurons"], c["outputs"]
    alpha, rho, kappa, theta, gamma = (c[k] for k in ("membrane_decay", "adaptation_decay", "readout_decay", "threshold", "dampening"))
    beta = np.where(np.arange(N) < N - c["adaptive"], 0.0, c["adaptation_strength"])
    w_in, w_rec = rng.normal(size=(N, M)) * 1.3 / np.sqrt(M), rng.normal(size=(N, N)) * 0.7 / np.sqrt(N)
    np.fill_diagonal(w_rec, 0)
    w_out, bias, feedback = rng.normal(size=(K, N)) / np.sqrt(N), rng.normal(size=K) * 0.1, rng.normal(size=(N, K)) / np.sqrt(N)
    x = (rng.random((c["trials"], T, B, M)) < 0.25) * 1.0
    target = rng.normal(size=(c["trials"], T, B, K))
    if c["loss"] == "classification":
        target = np.eye(K)[rng.integers(K, size=(c["trials"], 1, B))].repeat(T, 1)
    arrays = dict(input_spikes=x, target=target, input_initial=w_in, recurrent_initial=w_rec, readout_initial=w_out,
                  bias_initial=bias, feedback=feedback)
    moves = [Moments(c["optimizer"] == "adam", c["learning_rate"]) for _ in range(4)]
    ran, learned = {}, {}
    for trial in range(c["trials"]):
        v, a, z, quiet = np.zeros((B, N)), np.zeros((B, N)), np.zeros((B, N)), np.zeros((B, N), int)
        y, x_bar, z_bar, out_bar, one_bar = np.zeros((B, K)), np.zeros((B, M)), np.zeros((B, N)), np.zeros((B, N)), 0.0
        eps = [np.zeros((B, N, M)), np.zeros((B, N, N))]
        e_bar = [np.zeros_like(e) for e in eps]
        g, e_sum, spikes, steps = None, None, None, 0
        for t in range(T):
            if g is None:
                g = [np.zeros((N, M)), np.zeros((N, N)), np.zeros((K, N)), np.zeros(K)]
                e_sum, spikes, steps = [np.zeros((N, M)), np.zeros((N, N))], np.zeros(N), 0
            z_bar, x_bar = alpha * z_bar + z, alpha * x_bar + x[trial, t]
            a = rho * a + z
            v = alpha * v + z @ w_rec.T + x[trial, t] @ w_in.T - theta * z
            u = v - theta - beta * a
            free = quiet == 0
            z = ((u > 0) & free) * 1.0
            psi = gamma / theta * np.maximum(0, 1 - np.abs(u / theta)) * free
            quiet = np.where(z > 0, c["refractory_steps"], np.maximum(quiet - 1, 0))
            y = kappa * y + z @ w_out.T + bias
            if c["loss"] == "regression":
                dy, loss = (y - target[trial, t]) / B, ((y - target[trial, t]) ** 2).sum() / 2 / B
            else:
                p = np.exp(y - y.max(1, keepdims=True))
                p /= p.sum(1, keepdims=True)
                dy, loss = (p - target[trial, t]) / B, -(target[trial, t] * np.log(p)).sum() / B
            L = dy @ (feedback.T if c["feedback"] == "random" else w_out)
            out_bar, one_bar = kappa * out_bar + z, kappa * one_bar + 1
            for k, pre in enumerate((x_bar, z_bar)):
                e = psi[:, :, None] * (pre[:, None] - beta[None, :, None] * eps[k])
                eps[k] = psi[:, :, None] * pre[:, None] + (rho - psi * beta)[:, :, None] * eps[k]
                e_bar[k] = kappa * e_bar[k] + e
                g[k] += (L[:, :, None] * e_bar[k]).sum(0)
                e_sum[k] += e.sum(0)
            g[2] += dy.T @ out_bar
            g[3] += dy.sum(0) * one_bar
            spikes += z.mean(0)
            steps += 1
            for name, value in dict(membrane=v, adaptation=a, spikes=z, surrogate=psi, readout=y, loss=loss, learning_signal=L).items():
                ran.setdefault(name, []).append(np.array(value))
            if (t + 1) % c["window"] and t + 1 != T:
                continue
            pull = c["rate_regularisation"] * (spikes / steps - c["target_rate"]) / (B * steps)
            for k in range(2):
                g[k] += pull[:, None] * e_sum[k]
            np.fill_diagonal(g[1], 0)
            w_in, w_rec, w_out, bias = (move(w, d) for move, w, d in zip(moves, (w_in, w_rec, w_out, bias), g))
            for name, value in zip(("grad_input", "grad_recurrent", "grad_readout", "grad_bias", "input_after", "recurrent_after",
                                    "readout_after", "bias_after"), (*g, w_in, w_rec, w_out, bias)):
                learned.setdefault(name, []).append(np.array(value))
            g = None
    assert 0.02 < np.mean(ran["spikes"]) < 0.9, "neurons spike where they should"
    for name, values in ran.items():
        arrays[name] = np.stack(values).reshape(c["trials"], T, *values[0].shape)
    arrays |= {name: np.stack(values) for name, values in learned.items()}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", np.ascontiguousarray(array))
    (folder / "meta.json").write_text(json.dumps(c))
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
            wrong = arrays["grad_input"].copy()
            wrong[-1].flat[0] += 1e-6 * max(1, np.abs(wrong).max())
            np.save(folder / "grad_input.npy", wrong)
            noticed = subprocess.run([sys.argv[1], folder], capture_output=True, text=True).returncode == 1
            print("ok     " if noticed else "FAILED ", name + ": one wrong number is noticed")
            good = good and agreed.returncode == 0 and noticed
    raise SystemExit(not good)


main()
