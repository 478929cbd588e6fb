#!/usr/bin/env python3
"""Draws the report's curves through gnuplot: plot_report.py OUT <CURVES, as PNG, SVG or PDF by the name. report.py writes CURVES,
a line each, fields parted by tabs:
    panel     title    x label    y label          both axes logarithmic
    line      name     x    y    x    y …          in the panel above; or dashed, or points, or mark: dashed and thin
Panels are laid out three to a row. Colours are those of Okabe and Ito, which the colour-blind tell apart."""
import pathlib, subprocess, sys

COLOURS = "0072B2 D55E00 009E73 CC79A7 E69F00 56B4E9 000000 F0E442".split()
STYLES = {"line": "linespoints lw 2 pt 7 ps 0.7", "dashed": "linespoints lw 2 dt (6,4) pt 7 ps 0.7", "points": "points pt 7 ps 1.2",
          "mark": "lines lw 1 dt (6,4)"}
KINDS = {".png": "pngcairo font 'sans,11'", ".svg": "svg font 'sans,14'", ".pdf": "pdfcairo font 'sans,11'"}


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def script(lines, out):
    panels = []
    for line in lines:
        kind, *fields = line.rstrip("\n").split("\t")
        if kind == "panel" and len(fields) == 3:
            panels.append((fields, []))
        elif kind in STYLES and panels and len(fields) >= 3 and len(fields) % 2 == 1:
            panels[-1][1].append((kind, fields[0], [tuple(map(float, pair)) for pair in zip(fields[1::2], fields[2::2])]))
        else:
            sys.exit("plot_report: neither a panel nor one of its curves: " + line)
    if not panels:
        sys.exit("plot_report: no panels")
    if pathlib.Path(out).suffix not in KINDS:
        sys.exit(f"plot_report: {out} must end in .png, .svg or .pdf")
    across = min(3, len(panels))
    down = -(-len(panels) // across)
    unit = 96 if out.endswith(".pdf") else 1
    yield (f"set terminal {KINDS[pathlib.Path(out).suffix]} noenhanced size {720 * across / unit},{540 * down / unit}\n"
           f"set output {quoted(out)}\nset encoding utf8\nset logscale xy\nset tics nomirror out\nset bmargin 7\nset key bmargin horizontal\n"
           f"set multiplot layout {down},{across}\n")
    for (title, x, y), curves in panels:
        yield f"set title {quoted(title)}\nset xlabel {quoted(x)}\nset ylabel {quoted(y)}\n"
        xs = sorted({a for _, _, points in curves for a, _ in points})
        if xs and xs[-1] < 10 * xs[0]:  # less than a decade, which has no tics of its own: one at each value
            yield f"set xrange [{xs[0] / 1.1:g}:{1.1 * xs[-1]:g}]\nset xtics ({', '.join(f'{a:g}' for a in xs)})\n"
        else:
            yield "set xrange [*:*]\nset xtics auto\n"
        for k, (_, _, points) in enumerate(curves):
            yield f"$d{k} << EOD\n" + "".join(f"{a:.9g} {b:.9g}\n" for a, b in points) + "EOD\n"
        yield "plot " + ", ".join(f"$d{k} with {STYLES[kind]} lc rgb '#{COLOURS[k % len(COLOURS)]}' title {quoted(name)}"
                                  for k, (kind, name, _) in enumerate(curves)) + "\n"
    yield "unset multiplot\n"


if len(sys.argv) != 2:
    sys.exit("usage: plot_report.py OUT <CURVES")
commands = "".join(script(sys.stdin, sys.argv[1]))
try:
    sys.exit(subprocess.run(["gnuplot", "-d"], input=commands, text=True).returncode)
except FileNotFoundError:
    pathlib.Path(sys.argv[1] + ".gp").write_text(commands)
    print(f"no gnuplot (Debian: gnuplot-nox), no {sys.argv[1]}; to draw it: gnuplot -d '{sys.argv[1]}.gp'", file=sys.stderr)
