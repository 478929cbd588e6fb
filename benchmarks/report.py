"""Makes the report's Markdown of what benchmarks/report has measured: report.py FOLDER [CURVES].

FOLDER holds the programs' JSON (*.json, Google Benchmark's) and the peers' lines (*.lines). CURVES: a file for plot_report.
Needs Python 3 and nothing else.
"""
import json
import math
import pathlib
import re
import sys

WORK = [
    "online SGD, batch 1",
    "window of 20, SGD, batch 1",
    "window of 20, Adam, batch 72",
    "online SGD, batch 72",
    "online AdaMax, batch 72",
    "inference, batch 1",
    "inference, batch 72",
]
COMPETING = [f"{units} units, p {p}, k {k}" for units in (100, 2000) for p in (2, 3) for k in (2, 7)]
HELD, RANDOM = "5 % spikes", "random weights"
CONVOLUTION = [f"{kind}, batch {batch}, {rates}" for rates in (HELD, RANDOM) for kind in ("inference", "window of 20, SGD")
               for batch in (1, 8, 72)] + [f"window of 20, AdaMax, batch 72, {RANDOM}"]
CONVOLUTIONS = ("2-64", "64-128", "128-128")
EPROP = ["400 + 400, batch 1", "100 + 100, batch 1", "400 + 400, batch 64"]
STROKES, GREY = "strokes", "dense images"
AUTOGRAD_WINDOW = "PyTorch, autograd, window"
AUTOGRAD, BY_HAND, EVENTS = "PyTorch, autograd", "PyTorch, by hand", "PyTorch, by hand, event-driven"
LAYERWISE, NUMPY = "PyTorch, by hand, layer by layer", "NumPy"
IN_WORDS = {LAYERWISE: "dense, layer by layer", EVENTS: "event-driven"}
LIF_NEURONS = 1000000
LIF = f"LIF step, float, {LIF_NEURONS} neurons"
RATES, DENSE, BY_RATE, PINNED = "spike rate (%)", "dense", "by rate", "events, pinned"


class Result:
    """One benchmark: median time in ns, spread in percent, and the medians of its counters."""

    def __init__(self, median):
        unit = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[median.get("time_unit", "ns")]
        self.time = unit * median["real_time" if median["run_name"].endswith("real_time") else "cpu_time"]
        self.counters = {k: v for k, v in median.items() if isinstance(v, (int, float))}
        self.spread = 0.0

    def __getitem__(self, counter):
        return self.counters.get(counter, 0.0)

    def rates(self):
        return [self[f"rate{k}_percent"] for k in (1, 2, 3)]


def read(folder):
    """({name: Result}, {label: [figures of the machine]}, {work: {mode: line of a peer}}, [what was skipped])"""
    results, machine, peers, skipped = {}, {}, {}, []
    for file in sorted(folder.glob("*.json")):
        content = json.loads(file.read_text())
        for label, figure in content["context"].items():
            if re.match(r"compiler|GEMM |copy within ", label):
                figures = machine.setdefault(label, [])
                figures += [figure] if figure not in figures else []
        for entry in content["benchmarks"]:
            name = entry["run_name"].split("/")[0]
            if entry.get("aggregate_name") == "median" or entry.get("repetitions") == 1:
                results[name] = Result(entry)
            elif entry.get("aggregate_name") == "cv":
                results[name].spread = 100 * entry["cpu_time"]
    for file in sorted(folder.glob("*.lines")):
        for text in file.read_text().splitlines():
            if not text.startswith("{"):
                skipped += [text] if text not in skipped else []
                continue
            line = json.loads(text)
            peers.setdefault(line["work"], {})[line["mode"]] = line
    return results, machine, peers, skipped


def in_words(ns):
    for limit, unit, scale in ((1e3, "ns", 1), (1e6, "µs", 1e3), (1e9, "ms", 1e6), (float("inf"), "s", 1e9)):
        if ns < limit:
            value = ns / scale
            return f"{value:.{0 if unit == 'ns' or value >= 100 else 1 if value >= 10 else 2}f} {unit}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def kernels(results):
    rows = []
    for name, r in results.items():
        if name.startswith(("scaling over ", "events, ", "convolution")):
            continue
        larger = max(("product_ns", "GEMM"), ("memory_ns", "memory"), key=lambda kind: r[kind[0]])
        rows.append([name, in_words(r.time), f"{in_words(r[larger[0]])} {larger[1]}", f"{r['percent']:.0f} %",
                     f"{r['percent_of_sum']:.0f} %", f"± {r.spread:.0f} %"])
    return rows and table(["what", "time", "limit", "of the limit", "of GEMM + memory", "spread"], rows)


class Row:
    """All that was measured of one work item, times per step in ns."""

    def __init__(self, work, results, peers):
        self.dense, self.events, self.dense_by_layer, self.events_by_layer = (
            results.get(f"DECOLLE, {work}, {form}")
            for form in ("dense", "event-driven", "dense, layer by layer", "event-driven, layer by layer"))
        ours = [r for r in (self.dense, self.events, self.dense_by_layer, self.events_by_layer) if r]
        shortest = lambda *all: min((r.time for r in all if r), default=None)
        self.by_step = shortest(self.dense, self.events)
        self.by_layer = shortest(self.dense_by_layer, self.events_by_layer)
        self.peer = {mode: 1e6 * line["ms"] for mode, line in peers.items()}
        self.autograd, self.by_hand = self.peer.get(AUTOGRAD), self.peer.get(BY_HAND)
        self.other = min(((self.peer[mode], name) for mode, name in IN_WORDS.items() if mode in self.peer), default=None)
        self.best = min((ns for mode, ns in self.peer.items() if mode.startswith(BY_HAND)), default=None)
        self.dense_by_hand = min((self.peer[mode] for mode in (BY_HAND, LAYERWISE) if mode in self.peer), default=None)
        self.all_rates = [rate for line in peers.values() for rate in line["rates"]]
        for result in ours:
            self.all_rates += result.rates()
        self.products = self.dense["product_ns"] * self.dense["weight_flop"] / self.dense["flop"]
        self.sum = self.dense["product_ns"] + self.dense["memory_ns"]
        self.limit = max(self.dense["product_ns"], self.dense["memory_ns"])


def compared(rows):
    of = lambda r: in_words(r.time) if r else "–"
    time = lambda ns: in_words(ns) if ns else "–"
    ratio = lambda ns, ours: f"{ns / ours:.1f}×" if ns and ours else "–"
    other = lambda r: f"{in_words(r.other[0])} ({r.other[1]})" if r.other else "–"
    head = ["work per time step", "ours, dense", "ours, event-driven", "ours, event-driven, layer by layer", "PyTorch, autograd",
            "by hand (dense)", "by hand, layer by layer or event-driven (best)", "NumPy", "autograd ÷ ours: step by step",
            "… layer by layer", "by hand (dense) ÷ ours, step by step", "best by hand ÷ ours, layer by layer", "spike rates"]
    text = table(head, [[
        work, of(r.dense), of(r.events), of(r.events_by_layer), time(r.autograd), time(r.by_hand), other(r), time(r.peer.get(NUMPY)),
        ratio(r.autograd, r.by_step), ratio(r.autograd, r.by_layer), ratio(r.by_hand, r.by_step),
        ratio(r.best, r.by_layer), f"{min(r.all_rates):.1f}–{max(r.all_rates):.1f} %"] for work, r in rows.items()])
    text += ("\nStep by step: the network makes a step when its input comes. Layer by layer: twenty steps of input are there, and each "
             "layer makes all of them before the next begins; the same results. 72 samples go in chunks of 24, all together where every "
             "step ends in an update. Ratios are to the faster of ours, dense or event-driven.\n\n")
    head = ["work per time step", "dense limit", "limit ÷ ours, step by step", "ours, dense, layer by layer", "limit ÷ ours, layer by layer"]
    percent = lambda r, ours: f"{100 * r.limit / ours:.0f} %" if ours else "–"
    return text + table(head, [[work, in_words(r.limit), percent(r, r.by_step), of(r.dense_by_layer), percent(r, r.by_layer)]
                               for work, r in rows.items()])


def judged(figure, limit, least):
    if figure == "":
        return ["", ""]
    return [f"{figure:.2f}", "yes" if (figure >= limit) == least else "**no**"] if figure else ["not measured", "–"]


def targets(rows, results, curves):
    """Each target, judged step by step and layer by layer."""
    autograd = lambda r, ours: r.autograd and r.autograd / ours
    by_hand = lambda r, ours: r.dense_by_hand and r.dense_by_hand / ours
    products = lambda r, ours: ours / r.products
    dense_by_hand = "× PyTorch by hand, dense, in its faster order"
    wanted = [
        ("online SGD, batch 1", "× PyTorch with autograd", autograd, 35, True),
        ("online SGD, batch 1", dense_by_hand, by_hand, 15, True),
        ("online SGD, batch 1", "of our own dense step", lambda r, ours: ours / r.dense.time, 0.25, False),
        ("window of 20, SGD, batch 1", "× PyTorch with autograd", autograd, 60, True),
        ("window of 20, Adam, batch 72", "× PyTorch with autograd", autograd, 8, True),
        ("window of 20, Adam, batch 72", dense_by_hand, by_hand, 5, True),
        ("window of 20, Adam, batch 72", "of the two dense products at GEMM peak", products, 0.5, False),
        ("online SGD, batch 72", "× PyTorch with autograd", autograd, 2, True),
        ("online SGD, batch 72", "of the two dense products at GEMM peak", products, 1.25, False),
        ("online AdaMax, batch 72", "× PyTorch with autograd", autograd, 1.8, True),
        ("online AdaMax, batch 72", "of the limit flops ÷ peak + bytes ÷ bandwidth", lambda r, ours: r.sum / ours, 0.85, True),
        ("inference, batch 1", "× PyTorch", autograd, 40, True),
        ("inference, batch 72", "× PyTorch", autograd, 8, True),
    ]
    found = [(work, what, limit, least, [ours and figure(rows[work], ours) for ours in (rows[work].by_step, rows[work].by_layer)])
             for work, what, figure, limit, least in wanted if work in rows]
    if LIF in results:
        r = results[LIF]
        bytes_each = (r["read"] + r["written"]) / LIF_NEURONS
        found.append((f"LIF step, 1 M neurons of {bytes_each:.1f} bytes", "of copy bandwidth", 0.85, True, [r["copy_ns"] / r.time, ""]))
    for (over, work), all_series in curves.items():
        if over != "threads":
            continue
        for series, points in all_series.items():
            if 1 in points and 2 in points:  # Parallel goes layer by layer
                found.append((f"{work}, {series}, two threads ({in_words(points[1])} with one)", "× in wall-clock time", 1.8, True,
                              ["", points[1] / points[2]]))

    return table(["work", "target", "step by step", "met", "layer by layer", "met"], [
        [work, f"{'≥' if least else '≤'} {limit} {what}", *judged(figures[0], limit, least), *judged(figures[1], limit, least)]
        for work, what, limit, least, figures in found])


def competing(results, peers):
    """Tables of times, and of the targets, of the learning step of competing units."""
    times, found = [], []
    for work in COMPETING:
        ours = {kind: results.get(f"competing units, learning step, {work}, {kind}") for kind in (STROKES, GREY)}
        if not all(ours.values()):
            continue
        limit = {kind: r["product_ns"] for kind, r in ours.items()}
        plain, other = ([1e6 * lines["ms"] if (lines := peers.get(work, {}).get(f"NumPy {dtype}, {ranks}")) else None
                         for dtype in ("float32", "float64")] for ranks in ("argsort", "argpartition"))
        fastest = [min((ns for ns in pair if ns), default=None) for pair in zip(plain, other)]
        ratio = lambda kind, ns: ns and ns / ours[kind].time
        shown = lambda ns, text: text(ns) if ns else "–"
        of_ours = lambda kind, ns: shown(ratio(kind, ns), lambda x: f"{x:.1f}×")
        times.append([work] + [in_words(ours[kind].time) for kind in ours] + [in_words(limit[STROKES])] +
                     [f"{ours[kind].time / limit[kind]:.2f}" for kind in ours] +
                     [shown(ns, in_words) for ns in plain + other] + [of_ours(STROKES, ns) for ns in plain + other] +
                     [of_ours(GREY, ns) for ns in plain])
        for what, least, bound, figure in (
                ("× the faster NumPy, float32", True, 2.5, lambda kind: ratio(kind, fastest[0])),
                ("× the faster NumPy, float64", True, 4, lambda kind: ratio(kind, fastest[1])),
                ("of the product at GEMM peak", False, 1.3, lambda kind: ours[kind].time / limit[kind])):
            found.append([work, f"{'≥' if least else '≤'} {bound} {what}", *judged(figure(STROKES), bound, least),
                          *judged(figure(GREY), bound, least)])
    numpy = [f"NumPy {dtype}, {ranks}" for ranks in ("argsort (plain)", "argpartition") for dtype in ("float32", "float64")]
    head = ["minibatch of 100, float", STROKES, GREY, "limit: the product", f"{STROKES} ÷ limit", f"{GREY} ÷ limit", *numpy,
            *(f"{peer} ÷ {STROKES}" for peer in numpy), *(f"{peer} ÷ {GREY}" for peer in numpy[:2])]
    return times and (table(head, times) + f"\n{STROKES}: digits, 19 % of their pixels are not zero, as MNIST's. {GREY}: none is zero; "
                      "NumPy multiplies zeros and takes the same time for both.\n\n" +
                      table(["work", "target", STROKES, "met", GREY, "met"], found))


def convolution(results, peers):
    """Tables of the published convolutional network: time steps beside PyTorch, targets, memory, and its convolutions alone."""
    time = lambda ns: in_words(ns) if ns else "–"
    ratio = lambda a, b: f"{a / b:.2f}×" if a and b else "–"
    times, found = [], []
    for work in CONVOLUTION:
        dense, events, by_layer = (results.get(f"convolution network, {work}, {form}")
                                   for form in ("dense", "event-driven", "event-driven, layer by layer"))
        if not events:
            continue
        lines = peers.get(f"convolution, {work}", {})
        autograd, in_windows, by_hand = (1e6 * lines[mode]["ms"] if mode in lines else None
                                         for mode in (AUTOGRAD, AUTOGRAD_WINDOW, BY_HAND))
        rates = lambda all: " / ".join(f"{rate:.0f}" for rate in all)
        of = lambda r: r and r.time
        times.append([work, time(of(dense)), time(of(events)), time(of(by_layer)), time(autograd), time(in_windows), time(by_hand),
                      ratio(autograd, events.time), ratio(by_hand, events.time), ratio(of(dense), events.time),
                      f"{rates(events.rates())}; {rates(lines[AUTOGRAD]['rates']) if lines else '–'}"])
        kind, batch, rates = work.split(", batch ")[0], *work.split(", batch ")[1].split(", ")
        least = 1.3 if rates == RANDOM else 2.5 if batch == "72" and kind != "inference" else 6
        if batch == "8" or "AdaMax" in kind:
            continue
        if (kind, batch, rates) != ("inference", "72", HELD):  # which has no target
            found.append([work, f"≥ {least} × PyTorch with autograd", *judged(autograd and autograd / events.time, least, True)])
        if dense:
            found.append([work, "≥ 1 × our own dense form", *judged(dense.time / events.time, 1, True)])
    kernels = []
    for size in CONVOLUTIONS:
        for what in ("forward", "gradient"):
            for samples in ("1 sample", "8 samples", "20 samples"):
                r = results.get(f"convolution, dense {what}, {size}, {samples}")
                if r:
                    share = r["product_ns"] / r.time
                    kernels.append([f"{what}, {size}", samples, time(r.time), f"{r['flop'] / r.time:.0f}", f"{100 * share:.0f} %"])
                    found.append([f"dense {what}, {size}, {samples}", "≥ 0.8 of GEMM peak", *judged(share, 0.8, True)])
    by_spikes = []
    for size in CONVOLUTIONS:
        for what, samples in (("forward", "1 sample"), ("gradient", "20 samples")):
            points = {float(percent): r.time for name, r in results.items()
                      for start, percent in [name.removesuffix(" %").rsplit(", ", 1) if ", " in name else ("", "")]
                      if start == f"convolution, events {what}, {size}"}
            dense = results.get(f"convolution, dense {what}, {size}, {samples}")
            if points and dense:
                rate = crossover({PINNED: points, DENSE: dict.fromkeys(points, dense.time)})
                by_spikes.append([f"{what}, {size}"] + [time(points[k]) for k in sorted(points)] +
                                 [time(dense.time), f"{rate:.0f} %" if rate else "none"])
    memory = []
    megabytes = lambda number: f"{number / 1e6:.0f}" if number else "–"
    for batch in (1, 8, 72):
        torch = [peers.get(f"convolution, {kind}, batch {batch}, {HELD}", {}).get(AUTOGRAD, {}).get("peak")
                 for kind in ("inference", "window of 20, SGD")]
        for form in ("dense", "event-driven"):
            r = results.get(f"convolution memory, batch {batch}, {form}")
            if r:
                memory.append([f"batch {batch}, {form}"] + [megabytes(r[what]) for what in ("weights", "state", "credit", "moments", "learner_resident", "resident")]
                              + [megabytes(number) for number in torch])
    text = ""
    if times:
        text += table(["work per time step", "ours, dense", "ours, event-driven", "… layer by layer", "PyTorch, autograd, an update each step",
                       "… one each window", "by hand", "autograd ÷ event-driven", "by hand ÷ event-driven", "dense ÷ event-driven",
                       "spike rates, %: ours; PyTorch"], times) + "\n"
    if found:
        text += table(["work", "target", "measured", "met"], found) + "\n"
    if memory:
        text += table(["megabytes", "weights", "state", "credit of a window", "AdaMax and scratch", "learning, in memory after a window", "all, in memory",
                       "PyTorch, inference, peak", "PyTorch, training, peak"], memory) + "\n"
    if kernels:
        text += table(["dense convolution", "at a time", "a sample", "GFLOP/s", "of GEMM peak"], kernels) + "\n"
    if by_spikes:
        rates = sorted({float(name.removesuffix(" %").rsplit(", ", 1)[1]) for name in results if name.startswith("convolution, events ")})
        text += table(["by spikes, a sample"] + [f"{rate:g} %" for rate in rates] + ["dense", "break-even with dense"], by_spikes)
    return text


EVENTS_TARGET = {"EVT 3.0": 100, "EVT 3.0, scattered": 100, "evt3.raw (real)": 100, "AEDAT 3.1": 100, "N-MNIST": 200, "56 bits": 200,
                 "DAT": 200, "EVT 2.0": 200, "AEDAT 2.0": 200}


def reading(results):
    """A table of how fast recordings of event cameras are read, beside a copy of their bytes."""
    rows = []
    for name, r in results.items():
        if not name.startswith("events, "):
            continue
        what, bytes_, rate = name.removeprefix("events, "), r["bytes"], 1e3 * r["events"] / r.time
        target = EVENTS_TARGET.get(what)
        rows.append([what, f"{bytes_ / r['events']:.2f}", f"{rate:.0f}", f"≥ {target}" if target else "",
                     judged(rate, target, True)[1] if target else "", f"{1e3 * bytes_ / r.time:.0f}", f"{1e3 * bytes_ / r['copy_ns']:.0f}",
                     f"± {r.spread:.0f} %"])
    return rows and table(["recording", "bytes an event", "million events/s", "target", "met", "MB/s", "MB/s of a copy", "spread"], rows)


SUPERSPIKE, PUBLISHED_NS = "superspike 200-256-200, ", 4.1e9  # the published program, a simulated second, on another machine


def superspike(results):
    """A simulated second of learning, by both computations of the same gradient, and the peak of a process that does it."""
    rows, found = [], []
    for scalar in ("", "double, "):
        both = [results.get(f"{SUPERSPIKE}{scalar}second of learning, {form}") for form in ("exchanged", "per synapse")]
        if not all(both):
            continue
        exchanged, plain = both
        name, megabytes = scalar.rstrip(", ") or "float", lambda r: f"{r['process_peak'] / 1e6:.0f}"
        ratio, published = plain.time / exchanged.time, PUBLISHED_NS / exchanged.time
        rows.append([name, in_words(exchanged.time), in_words(plain.time), f"{ratio:.1f}×", f"{published:.0f}×",
                     megabytes(exchanged), megabytes(plain)])
        found.append([name, "≥ 100 × the published program's 4.1 s", *judged(published, 100, True)])
        found.append([name, "≥ 5 × the recursion per synapse", *judged(ratio, 5, True)])
        if many := results.get(f"{SUPERSPIKE}{scalar}sixteen samples, second of learning, exchanged"):
            share = many.time / (16 * exchanged.time)
            found.append([name, "a batch of 16: < 0.5 × sixteen runs of one", *judged(share, 0.5, False)])
    head = ["200-256-200, a second in steps of 0.1 ms", "exchanged", "per synapse", "per synapse ÷ exchanged", "4.1 s ÷ exchanged",
            "peak of the process, MB, exchanged", "… per synapse"]
    return rows and table(head, rows) + "\n" + table(["numbers", "target", "found", "met"], found)


EPROP_NEST = {"400 + 400, batch 1": 100, "100 + 100, batch 1": 25}  # times NEST
EPROP_TORCH = {"400 + 400, batch 1": 30, "400 + 400, batch 64": 3}
EPROP_RATES = (5, 20)  # Hz: outside of them no target is met


def eprop(results, peers):
    """A trial of e-prop, per step: both of our forms, NEST and PyTorch; the memory of a trial; targets."""
    rows, found = [], []
    time, ratio = (lambda ns: in_words(ns) if ns else "–"), (lambda ns, ours: f"{ns / ours:.0f}×" if ns and ours else "–")
    for work in EPROP:
        ours, plain, run = (results.get(name) for name in (f"e-prop trial, {work}, exchanged", f"e-prop trial, {work}, per synapse",
                                                           f"e-prop run without learning, {work}"))
        if not ours:
            continue
        lines = peers.get(f"e-prop, {work}", {})
        nest = 1e6 * lines["NEST"]["ms"] if "NEST" in lines else None
        torch = min((1e6 * line["ms"] for mode, line in lines.items() if mode.startswith(AUTOGRAD)), default=None)
        of_plain = plain and plain.time
        rates = [ours["rate_hz"]] + [line["rate_hz"] for line in lines.values()]
        megabytes = " / ".join(f"{r['bytes'] / 1e6:.1f}" for r in (ours, plain) if r)
        rows.append([work, time(ours.time), f"± {ours.spread:.0f} %", time(ours["memory_ns"]), time(run and run.time), time(of_plain),
                     time(plain and plain["memory_ns"]), time(nest), time(torch), ratio(of_plain, ours.time), ratio(nest, ours.time),
                     ratio(torch, ours.time), f"{min(rates):.1f}–{max(rates):.1f}", megabytes])
        fires = all(EPROP_RATES[0] <= rate <= EPROP_RATES[1] for rate in rates)
        for peer, ns, least in (("NEST", nest, EPROP_NEST.get(work)), ("PyTorch with autograd", torch, EPROP_TORCH.get(work)),
                                ("per synapse", of_plain, 20 if work == EPROP[0] else None)):
            if least:
                figure, met = judged(ns and ns / ours.time, least, True)
                found.append([work, f"≥ {least} × {peer}", figure, met if fires else "**no**: rates"])
    head = ["inputs + neurons, a step of a trial of 1000", "exchanged", "spread", "its limit (memory)", "without learning", "per synapse",
            "its limit (memory)", "NEST", "PyTorch, autograd (faster form)", "per synapse ÷ exchanged", "NEST ÷ exchanged",
            "PyTorch ÷ exchanged", "recurrent rates, Hz", "MB a trial: exchanged / per synapse"]
    return rows and table(head, rows) + "\n" + table(["work", "target", "found", "met"], found)


def scaling(results):
    """{(over, work): {series: {value: ns}}}"""
    curves = {}
    for name, r in results.items():
        found = re.fullmatch(r"scaling over ([^,]*), (.*), ([\d.e+]+), (.*)", name)
        if found:
            over, work, value, series = found.groups()
            curves.setdefault((over, work), {}).setdefault(series, {})[float(value)] = r.time
    return curves


def crossover(series):
    """Spike rate in percent where events and dense take equal time, the curves being straight between their points, on
    logarithmic axes; None: nowhere between the rates measured."""
    both = [(rate, math.log(series[PINNED][rate] / series[DENSE][rate])) for rate in sorted(series.get(PINNED, {}))
            if rate in series.get(DENSE, {})]
    for (low, below), (high, above) in zip(both, both[1:]):
        if below < 0 <= above:
            return low * (high / low) ** (-below / (above - below))
    return None


def scaling_tables(curves):
    text = ""
    for (over, work), series in curves.items():
        values = sorted({value for points in series.values() for value in points})
        rows = [[name] + [in_words(points[v]) if v in points else "–" for v in values] for name, points in series.items()]
        text += table([f"{work}; {over}"] + [f"{v:g}" for v in values], rows) + "\n"
        if over == RATES:
            rate = crossover(series)
            text += (f"Events cost as much as dense arithmetic at {rate:.0f} % spikes.\n\n" if rate else
                     f"Events and dense arithmetic do not cross between {values[0]:g} and {values[-1]:g} %.\n\n")
    return text


def plot_data(curves, rows):
    """What plot_report draws: the curves, where they cross, and the peers where they are at the same work."""
    lines = []
    for (over, work), series in curves.items():
        lines.append(["panel", f"{work}, over {over.split(' (')[0]}", over, "ms per step"])
        for name, points in series.items():
            pairs = [f"{number:g}" for value, ns in sorted(points.items()) for number in (value, 1e-6 * ns)]
            lines.append(["dashed" if name == PINNED else "line", name] + pairs)
        if over != RATES:
            continue
        if rate := crossover(series):
            times = [1e-6 * ns for points in series.values() for ns in points.values()]
            lines.append(["mark", f"break-even with dense: {rate:.0f} %"] +
                         [f"{number:g}" for number in (rate, min(times), rate, max(times))])
        if work in rows:
            for mode in (AUTOGRAD, BY_HAND):
                if mode in rows[work].peer:
                    lines.append(["points", mode, "5", f"{1e-6 * rows[work].peer[mode]:g}"])
    return "".join("\t".join(line) + "\n" for line in lines)


def main():
    results, machine, peers, skipped = read(pathlib.Path(sys.argv[1]))
    rows = {work: Row(work, results, peers.get(work, {})) for work in WORK if f"DECOLLE, {work}, dense" in results}
    curves = scaling(results)
    for label, figures in machine.items():
        figures.sort()
        print(f"- {label}: {figures[0]}" + (f" … {figures[-1]}" if len(figures) > 1 else ""))
    print("".join(f"- {line}\n" for line in skipped))
    if rows:
        print("### DECOLLE 784-512-512-512, beside its peers\n\n" + compared(rows))
        print("### Targets\n\n" + targets(rows, results, curves))
    if text := competing(results, peers):
        print("### Competing units, minibatch 100, 784 inputs\n\n" + text)
    if text := convolution(results, peers):
        print("### Convolutional network 64-128-128 on 2 × 32 × 32, one core\n\n" + text)
    if text := superspike(results):
        print("### SuperSpike, one core\n\n" + text)
    if text := eprop(results, peers):
        print("### e-prop, one core\n\n" + text)
    if text := reading(results):
        print("### Recordings of event cameras, read from memory, one core\n\n" + text)
    if curves:
        print("### Scaling\n\n" + scaling_tables(curves))
    if text := kernels(results):
        print("### All benchmarks, beside the machine's limits\n\n" + text)
    if len(sys.argv) > 2 and curves:
        pathlib.Path(sys.argv[2]).write_text(plot_data(curves, rows))


if __name__ == "__main__":
    main()
