"""A trial of e-prop in NEST, by its models eprop_*_bsshslm_2020, written from its documentation. One thread, batch 1.

The same network, weights, input and targets as in the program that is compared (`bench_eprop --write_tasks FOLDER`), trial after trial.
NEST's synapses learn when a spike crosses them, so a trial's update belongs to the next trial, as does its time. Its arithmetic is double.
"""
import importlib.util

for module, name in (("nest", "NEST (nest-simulator)"), ("numpy", "NumPy")):
    if importlib.util.find_spec(module) is None:
        print(f"skipped: {name} is not installed")
        raise SystemExit(0)

import common  # before the libraries below: sets their threads

import argparse
import contextlib
import json
import math
import os
import sys

import numpy as np


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--tasks", required=True, help="folder of bench_eprop --write_tasks")
parser.add_argument("--only", required=True, help='as in "400 + 400, batch 1"')
options = parser.parse_args()
if not options.only.endswith("batch 1"):
    raise SystemExit(0)


@contextlib.contextmanager
def quiet():
    """NEST greets on standard output, which is for one line of JSON."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


with quiet():
    import nest
nest.verbosity = nest.VerbosityLevel.ERROR

THRESHOLD, HEIGHT, WIDTH = 0.6, 0.5, 0.6
ALPHA, RHO = math.exp(-1 / 20), math.exp(-1 / 2000)
BETA = 1.7 * (1 - RHO) / (1 - ALPHA)
STRENGTH, RATE_HZ = 1, 10
TRIALS = 12  # of input that is written down beforehand


class Network:
    def __init__(self, folder):
        read = lambda name: np.load(f"{folder}/{name}.npy").astype(float)
        weights = {name: read(name) for name in ("in", "rec", "out")}
        steps = self.steps = int(np.load(f"{folder}/steps.npy"))
        units, inputs = weights["in"].shape
        nest.ResetKernel()
        nest.set(resolution=1.0, local_num_threads=1, eprop_update_interval=float(steps), eprop_learning_window=float(steps),
                 eprop_reset_neurons_on_update=True)
        neuron = {"C_m": 1.0, "E_L": 0.0, "V_m": 0.0, "V_th": THRESHOLD, "tau_m": 20.0, "t_ref": 5.0, "c_reg": STRENGTH,
                  "f_target": RATE_HZ, "regular_spike_arrival": True, "surrogate_gradient_function": "piecewise_linear",
                  "surrogate_gradient_height": HEIGHT, "surrogate_gradient_width": WIDTH}
        plain = nest.Create("eprop_iaf_bsshslm_2020", units // 2, neuron)
        adaptive = nest.Create("eprop_iaf_adapt_bsshslm_2020", units - units // 2, {**neuron, "adapt_beta": BETA, "adapt_tau": 2000.0})
        self.recurrent = plain + adaptive
        outputs = len(weights["out"])
        readout = nest.Create("eprop_readout_bsshslm_2020", outputs, {"C_m": 1.0, "E_L": 0.0, "V_m": 0.0, "tau_m": 20.0,
                                                                      "regular_spike_arrival": False, "loss": "mean_squared_error"})
        self.relays = nest.Create("parrot_neuron", inputs)
        fired, target = read("input"), read("target")
        starts = steps * np.arange(TRIALS)
        times = [(starts[:, None] + np.flatnonzero(of) + 1.0).ravel() for of in fired]
        generators = nest.Create("spike_generator", inputs, [{"spike_times": of} for of in times])
        every = 1.0 + np.arange(TRIALS * steps)
        wanted = nest.Create("step_rate_generator", outputs,
                             [{"amplitude_times": every, "amplitude_values": np.tile(of, TRIALS)} for of in target])
        self.recorder = nest.Create("spike_recorder")

        nest.SetDefaults("eprop_synapse_bsshslm_2020", {
            "tau_m_readout": 20.0, "average_gradient": False,
            "optimizer": {"type": "gradient_descent", "batch_size": 1, "eta": 1e-6, "optimize_each_step": False}})
        learns = lambda weight: {"synapse_model": "eprop_synapse_bsshslm_2020", "delay": 1.0, "weight": weight}
        to_all = lambda **options: {"rule": "all_to_all", **options}
        nest.Connect(generators, self.relays, "one_to_one")
        nest.Connect(self.relays, self.recurrent, to_all(), learns(weights["in"]))
        nest.Connect(self.recurrent, self.recurrent, to_all(allow_autapses=False), learns(weights["rec"]))
        nest.Connect(self.recurrent, readout, to_all(), learns(weights["out"]))
        nest.Connect(readout, self.recurrent, to_all(), {"synapse_model": "eprop_learning_signal_connection_bsshslm_2020", "delay": 1.0,
                                                         "weight": read("feedback")})
        nest.Connect(wanted, readout, "one_to_one", {"synapse_model": "rate_connection_delayed", "delay": 1.0, "receptor_type": 2})
        nest.Connect(self.recurrent, self.recorder)
        self.trials = 0

    def weights(self):
        return np.array([nest.GetConnections(source, self.recurrent, synapse_model="eprop_synapse_bsshslm_2020").weight
                         for source in (self.relays[:5], self.recurrent[:5])], dtype=object)

    def chunk(self, _):
        if self.trials == TRIALS:
            sys.exit(f"e-prop, NEST: input is written down for {TRIALS} trials, one more was asked for")
        nest.Simulate(float(self.steps))
        self.trials += 1

    def rate_hz(self):
        return 1000 * self.recorder.n_events / (self.trials * self.steps * len(self.recurrent))


def run():
    with quiet():
        network = Network(f"{options.tasks}/{options.only}")
        before = network.weights()
        # A trial is longer than measure's budget, so that it calls for one at a time.
        ms, spread = common.measure(network, budget=0.01, steps=network.steps, warm=2, repetitions=3)
        if not all(np.any(np.array(a) != np.array(b)) for a, b in zip(network.weights(), before)):
            sys.exit("e-prop, NEST: weights have not moved")
    print(json.dumps({"work": f"e-prop, {options.only}", "mode": "NEST", "version": nest.__version__, "ms": ms, "spread": spread,
                      "rate_hz": network.rate_hz()}), flush=True)


if __name__ == "__main__":
    run()
