"""Makes the report's Markdown of what benchmarks/report has measured: report.py FOLDER [CURVES].

FOLDER holds the programs' JSON (*.json, Google Benchmark's) and the peers' lines (*.lines). CURVES: a file for plot_report.
Needs Python 3 and nothing else.
"""
import json
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
AUTOGRAD, BY_HAND, EVENTS = "PyTorch, autograd", "PyTorch, by hand", "PyTorch, by hand, event-driven"
LAYERWISE, NUMPY = "PyTorch, by hand, layer by layer", "NumPy"
LIF, THREADS = "LIF step, float, 1000000 neurons", "window of 20, Adam, batch 72"


class Result:
    """One benchmark: median time in ns, spread in percent, and the medians of its counters."""

    def __init__(self, median):
        self.time = median["real_time" if median["run_name"].endswith("real_time") else "cpu_time"]
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
            if entry.get("aggregate_name") == "median":
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
        if name.startswith("scaling over "):
            continue
        larger = max(("product_ns", "GEMM"), ("memory_ns", "memory"), key=lambda kind: r[kind[0]])
        rows.append([name, in_words(r.time), f"{in_words(r[larger[0]])} {larger[1]}", f"{r['percent']:.0f} %",
                     f"{r['percent_of_sum']:.0f} %", f"± {r.spread:.0f} %"])
    return table(["what", "time", "limit", "of the limit", "of GEMM + memory", "spread"], rows)


class Row:
    """All that was measured of one work item, times per step in ns."""

    def __init__(self, work, results, peers):
        self.dense, self.events = (results.get(f"DECOLLE, {work}, {form}") for form in ("dense", "event-driven"))
        self.ours = min(r.time for r in (self.dense, self.events) if r)
        self.peer = {mode: 1e6 * line["ms"] for mode, line in peers.items()}
        self.autograd, self.event_peer = self.peer.get(AUTOGRAD), self.peer.get(EVENTS)
        dense_peers = [self.peer[mode] for mode in (BY_HAND, LAYERWISE) if mode in self.peer]
        self.by_hand = min(dense_peers) if dense_peers else None
        self.all_rates = [rate for line in peers.values() for rate in line["rates"]]
        for result in (self.dense, self.events):
            self.all_rates += result.rates() if result else []
        self.products = self.dense["product_ns"] * self.dense["weight_flop"] / self.dense["flop"]
        self.sum = self.dense["product_ns"] + self.dense["memory_ns"]
        self.limit = max(self.dense["product_ns"], self.dense["memory_ns"])


def compared(rows):
    time = lambda ns: in_words(ns) if ns else "–"
    ratio = lambda ns, ours: f"{ns / ours:.1f}×" if ns else "–"
    head = ["work per time step", "ours, dense", "ours, event-driven", "PyTorch, autograd", "PyTorch, by hand",
            "PyTorch, our shortcuts by hand", "NumPy, by hand", "autograd ÷ ours", "by hand ÷ ours",
            "shortcuts by hand ÷ ours", "dense limit", "limit ÷ ours", "spike rates"]
    return table(head, [[
        work, time(r.dense.time), time(r.events and r.events.time), time(r.autograd), time(r.by_hand),
        time(r.event_peer), time(r.peer.get(NUMPY)), ratio(r.autograd, r.ours), ratio(r.by_hand, r.ours),
        ratio(r.event_peer, r.ours), time(r.limit), f"{100 * r.limit / r.ours:.0f} %",
        f"{min(r.all_rates):.1f}–{max(r.all_rates):.1f} %"] for work, r in rows.items()])


def targets(rows, results, curves):
    """Each is (work, what is asked for, figure or None, limit, whether it must be reached or not exceeded)."""
    autograd = lambda r: r.autograd and r.autograd / r.ours
    by_hand = lambda r: r.by_hand and r.by_hand / r.ours
    products = lambda r: r.ours / r.products
    wanted = [
        ("online SGD, batch 1", "× PyTorch with autograd", autograd, 35, True),
        ("online SGD, batch 1", "× PyTorch by hand", by_hand, 15, True),
        ("online SGD, batch 1", "of our own dense step", lambda r: r.ours / r.dense.time, 0.25, False),
        ("window of 20, SGD, batch 1", "× PyTorch with autograd", autograd, 60, True),
        ("window of 20, Adam, batch 72", "× PyTorch with autograd", autograd, 8, True),
        ("window of 20, Adam, batch 72", "× PyTorch by hand", by_hand, 5, True),
        ("window of 20, Adam, batch 72", "of the two dense products at GEMM peak", products, 0.5, False),
        ("online SGD, batch 72", "× PyTorch with autograd", autograd, 2, True),
        ("online SGD, batch 72", "of the two dense products at GEMM peak", products, 1.25, False),
        ("online AdaMax, batch 72", "× PyTorch with autograd", autograd, 1.8, True),
        ("online AdaMax, batch 72", "of the limit flops ÷ peak + bytes ÷ bandwidth", lambda r: r.sum / r.ours, 0.85, True),
        ("inference, batch 1", "× PyTorch", autograd, 40, True),
        ("inference, batch 72", "× PyTorch", autograd, 8, True),
    ]
    found = [(work, what, figure(rows[work]), limit, least) for work, what, figure, limit, least in wanted if work in rows]
    if LIF in results:
        found.append(("LIF step, 1 M neurons", "of copy bandwidth", results[LIF]["memory_ns"] / results[LIF].time, 0.85, True))
    for series, points in curves.get(("threads", THREADS), {}).items():
        if 1 in points and 2 in points:
            found.append((f"{THREADS}, {series}", "× with two threads", points[1] / points[2], 1.8, True))
    return table(["work", "target", "measured", "met"], [[
        work, f"{'≥' if least else '≤'} {limit} {what}", f"{figure:.2f}" if figure else "not measured",
        "–" if not figure else "yes" if (figure >= limit) == least else "**no**"] for work, what, figure, limit, least in found])


def scaling(results):
    """{(over, work): {series: {value: ns}}}"""
    curves = {}
    for name, r in results.items():
        found = re.fullmatch(r"scaling over ([^,]*), (.*), ([\d.e+]+), ([a-z-]+(?:, pinned)?)", name)
        if found:
            over, work, value, series = found.groups()
            curves.setdefault((over, work), {}).setdefault(series, {})[float(value)] = r.time
    return curves


def scaling_tables(curves):
    text = ""
    for (over, work), series in curves.items():
        values = sorted({value for points in series.values() for value in points})
        rows = [[name] + [in_words(points[v]) if v in points else "–" for v in values] for name, points in series.items()]
        text += table([f"{work}; {over}"] + [f"{v:g}" for v in values], rows) + "\n"
    return text


def plot_data(curves, rows):
    """What plot_report draws: the curves, and the peers where they are at the same work."""
    lines = []
    for (over, work), series in curves.items():
        lines.append(["panel", work, over, "ms per step"])
        for name, points in series.items():
            pairs = [f"{number:g}" for value, ns in sorted(points.items()) for number in (value, 1e-6 * ns)]
            lines.append(["dashed" if name.endswith("pinned") else "line", name] + pairs)
        if over.startswith("spike rate") and work in rows:
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
    if curves:
        print("### Scaling\n\n" + scaling_tables(curves))
    print("### All benchmarks, beside the machine's limits\n\n" + kernels(results))
    if len(sys.argv) > 2 and curves:
        pathlib.Path(sys.argv[2]).write_text(plot_data(curves, rows))


if __name__ == "__main__":
    main()
