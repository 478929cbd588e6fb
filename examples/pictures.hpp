// Pictures through gnuplot, PNG, SVG or PDF by the file's name: curves, traces and rasters are Figures, heat maps and
// mosaics are Images. The numbers stay beside a picture, NAME.csv or NAME.npz. Where gnuplot fails, so does its script.
#pragma once
#include <fmt/format.h>
#include <sys/wait.h>
#include <filesystem>
#include <fstream>
#include <neohebb/io/npz.hpp>

namespace pictures {
using neohebb::Index;
using Numbers = neohebb::Matrix<double>;
using Names = std::vector<std::string>;
enum class Mark { line, dashes, points, line_and_points, dots, ticks };  // the last two: spikes
struct Series {
  std::string name = {};               // in the legend; none without a name
  std::vector<double> x = {}, y = {};  // x empty: 1, 2, 3, …; not finite: a gap
  Mark mark = Mark::line;
};
struct Axis {
  std::string label = {};
  bool logarithmic = false;
  std::vector<double> range = {};  // low, high; empty: as the numbers need
};
struct Panel {  // a plane with curves, traces or spikes
  Axis y = {};
  std::vector<Series> series = {};
  Names rows = {};  // of y = 0, 1, …
  void spike(double t, Index neuron) { series[0].x.push_back(t), series[0].y.push_back(double(neuron)); }
};
struct Figure {  // panels one above the other, which share the axis x: give its range where they are several
  std::string title = {};
  Axis x = {};
  std::vector<Panel> panels = {};
};
struct Image {  // a matrix as colours, its first row on top
  std::string title = {};
  Numbers values = {}, numbers = {};         // NaN: grey; written into the cells, if any
  std::string x = {}, y = {}, colours = {};  // labels
  Names columns = {}, rows = {};
  double low = 0, high = 1;  // of colours: viridis; for a low below 0 from blue over white to red
};

/// Spikes of a population, to be filled: x time, y neuron.
inline Panel raster(const std::string& name, Index neurons) {
  return {.y = {"neuron", false, {-0.6, double(neurons) - 0.4}},
          .series = {{.name = name, .mark = neurons <= 60 ? Mark::ticks : Mark::dots}}};
}
/// Under rasters of n steps of dt ms: the first stands half a step off the frame, the last a whole one.
inline Axis time_axis(Index n, double dt) { return {"time (ms)", false, {-dt / 2, double(n) * dt}}; }
/// Counts, true class × predicted; colours are shares of a row.
inline Image confusion(const std::string& title, const Numbers& counts, const Names& names) {
  const Numbers shares = counts.array().colwise() / counts.rowwise().sum().array().max(1);
  return {title, shares, counts, "predicted", "true class", "share of the true class", names, names, 0, 1};
}
/// Fields, pixels × units, side by side.
inline Image mosaic(const std::string& title, const Numbers& fields, Index height, Index width,
                    const std::string& colours, double limit) {
  const Index units = fields.cols(), across = std::lround(std::ceil(std::sqrt(double(units))));
  Image image{.title = title, .colours = colours, .low = -limit, .high = limit};
  image.values.setConstant((units + across - 1) / across * (height + 1) - 1, across * (width + 1) - 1, NAN);
  for (Index u = 0; u < units; ++u)
    image.values.block(u / across * (height + 1), u % across * (width + 1), height, width) =
        fields.col(u).reshaped(width, height).transpose();
  return image;
}
namespace detail {
inline std::string number(double x) { return std::isfinite(x) ? fmt::format("{:.9g}", x) : "NaN"; }
/// For a shell (inside: '\''), a gnuplot script ('') or a CSV file ("").
inline std::string quoted(const std::string& text, char quote = '\'', const char* inside = "''") {
  std::string all(1, quote);
  for (const char c : text) all += c == quote ? inside : std::string(1, c == '\n' ? ' ' : c);
  return all + quote;
}
inline std::string axis(const std::string& name, const Axis& a, bool labels, const Names& tics = {}) {
  const auto end = [&](std::size_t k) { return a.range.empty() ? "*" : number(a.range[k]); };
  std::string all = (a.logarithmic ? "set logscale " : "unset logscale ") + name;
  all += fmt::format("\nset {0}range [{1}:{2}]\nset {0}label {3}\nset format {0} '{4}'\nset {0}tics auto\n",
                     name, end(0), end(1), quoted(labels ? a.label : ""), labels ? "%g" : "");
  for (std::size_t k = 0; k < tics.size(); ++k)
    all += fmt::format("set {}tics {}({} {})\n", name, k > 0 ? "add " : "", quoted(tics[k]), k);
  return all;
}
/// Runs gnuplot. Where that fails, says what to do: a picture is no reason to lose what was computed.
inline void finish(const std::string& file, const std::string& numbers, const std::string& script, double w,
                   double h) {
  const std::string kind = std::filesystem::path(file).extension().string(), source = file + ".gp";
  if (kind == ".none") return;
  if (kind != ".png" && kind != ".svg" && kind != ".pdf")
    throw std::invalid_argument(file + " must end in .png, .svg or .pdf");
  std::ofstream(source) << fmt::format(
      "set terminal {} noenhanced size {},{} font 'sans,{}'\nset output {}\nset encoding utf8\nset tics "
      "nomirror out\n{}unset multiplot\n",
      kind == ".svg" ? "svg" : kind.substr(1) + "cairo", kind == ".pdf" ? w / 96 : w,
      kind == ".pdf" ? h / 96 : h, kind == ".svg" ? 14 : 11, quoted(file), script);
  std::error_code none;
  std::filesystem::remove(file, none);
  std::string said, command = "gnuplot -d ";
  command += quoted(source.starts_with('-') ? "./" + source : source, '\'', "'\\''");
  FILE* const pipe = popen(("{ " + command + "; } 2>&1").c_str(), "r");
  for (int c; pipe && (c = std::fgetc(pipe)) != EOF;) said += static_cast<char>(c);
  const int status = pipe ? pclose(pipe) : -1, code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (code == 0 && std::filesystem::is_regular_file(file, none)) {
    std::filesystem::remove(source, none);
    return fmt::print("picture: {} (numbers: {})\n", file, numbers);
  }
  said = code == 127 ? "no gnuplot (Debian: gnuplot-nox)"
                     : fmt::format("{}\ngnuplot ends with status {}", said, code);
  fmt::print("{}: no {}, but its numbers are in {}; to draw it: {}\n", said, file, numbers, command);
}
}  // namespace detail
/// Figures side by side. Throws std::runtime_error where the numbers cannot be written.
inline void draw(const std::string& file, const std::vector<Figure>& figures) {
  using namespace detail;
  static constexpr const char* colours[]{"0072B2", "D55E00", "009E73", "CC79A7",  // Okabe and Ito
                                         "E69F00", "56B4E9", "000000", "F0E442"};
  static constexpr const char* styles[]{
      "1:2 with lines lw 2",         "1:2 with lines lw 2 dt (12,8)",
      "1:2 with points pt 7 ps 0.8", "1:2 with linespoints lw 2 pt 7 ps 0.6",
      "1:2 with points pt 7 ps 0.3", "1:($2-0.4):(0):(0.8) with vectors nohead lw 1.5"};
  std::size_t down = 1;
  for (const Figure& f : figures) down = std::max(down, f.panels.size());
  const double w = figures.size() > 1 ? 620 * double(figures.size()) : 900;  // pixels
  const double each = down > 1 ? 180 : 440, h = 110 + each * double(down);
  const std::string numbers = std::filesystem::path(file).replace_extension(".csv").string();
  std::ofstream csv(numbers);
  csv << "figure,panel,series,x,y\n";
  std::string script = fmt::format(
      "set key at graph 0,{} left bottom horizontal Left reverse\nset multiplot layout {},{} columnsfirst "
      "margins screen {},{},{},{} spacing screen {},{}\n",
      1 + 5 / each, down, figures.size(), 120 / w, 1 - 25 / w, 60 / h, 1 - 65 / h, 145 / w, 30 / h);
  for (const Figure& figure : figures) {
    for (const Panel& panel : figure.panels) {
      script += axis("x", figure.x, &panel == &figure.panels.back()) + axis("y", panel.y, true, panel.rows);
      script += "set title " + quoted(&panel == &figure.panels[0] ? figure.title : "") + " offset 0,0.6\n";
      if (down > 1 && panel.rows.empty() && panel.y.range.size() == 2)
        script += fmt::format("set ytics {:.0e}\n", std::max(1.0, (panel.y.range[1] - panel.y.range[0]) / 3));
      script += panel.y.logarithmic ? "unset offsets\n" : "set offsets 0,0,graph 0.03,graph 0.03\n";
      std::string plots = "plot NaN notitle";
      for (std::size_t i = 0; i < panel.series.size(); ++i) {
        const Series& s = panel.series[i];
        script += fmt::format("$series{} << EOD\nNaN NaN\n", i);
        for (std::size_t k = 0; k < s.y.size(); ++k) {
          const std::string x = number(s.x.empty() ? double(k + 1) : s.x[k]), y = number(s.y[k]);
          script += fmt::format("{} {}\n", x, y);
          for (const auto& n : {figure.title, panel.y.label, s.name}) csv << quoted(n, '"', "\"\"") << ',';
          csv << x << ',' << y << '\n';
        }
        script += "EOD\n";
        plots += fmt::format(", $series{} using {} lc rgb '#{}' title {}", i, styles[std::size_t(s.mark)],
                             colours[i % std::size(colours)], quoted(s.name));
      }
      script += plots + '\n';
    }
    for (std::size_t p = figure.panels.size(); p < down; ++p) script += "set multiplot next\n";
  }
  if (!csv.flush()) throw std::runtime_error("cannot write " + numbers);
  finish(file, numbers, script, w, h);
}
/// Matrices side by side, all of one size. Throws std::runtime_error where the numbers cannot be written.
inline void draw(const std::string& file, const std::vector<Image>& images) {
  using namespace detail;
  const char* signs = "0 '#2166ac', 1 '#92c5de', 2 '#ffffff', 3 '#f4a582', 4 '#b2182b'";
  const char* viridis = "0 '#440154', 1 '#414487', 2 '#2a788e', 3 '#22a884', 4 '#7ad151', 5 '#fde725'";
  const Index rows = images.at(0).values.rows(), columns = images[0].values.cols();
  const double cell = std::clamp(560 / double(std::max(rows, columns)), 1.0, 48.0);  // pixels
  const double w = (cell * double(columns) + 230) * double(images.size()), h = cell * double(rows) + 150;
  neohebb::Npz npz;
  std::string script = "set obj 1 rect from graph 0,0 to graph 1,1 behind fc rgb '#b9b9b9' fs noborder\n";
  script += fmt::format("set multiplot layout 1,{} margins screen {},{},{},{} spacing screen {}\n",
                        images.size(), 100 / w, 1 - 130 / w, 105 / h, 1 - 45 / h, 230 / w);
  for (const Image& i : images) {
    const std::string name = images.size() > 1 ? i.title + ' ' : "";
    npz.put(name + "colours", i.values);
    if (i.numbers.size() > 0) npz.put(name + "numbers", i.numbers);
    std::string values = "$values << EOD\n", numbers = "EOD\n$numbers << EOD\n";
    for (Index r = 0; r < rows; ++r, values += '\n')
      for (Index c = 0; c < columns; ++c) {
        values += number(i.values(r, c)) + ' ';
        const int ink = i.values(r, c) < 0.6 * i.high ? 0xffffff : 0;  // white on dark colours
        if (i.numbers.size() > 0 && i.numbers(r, c) != 0)
          numbers += fmt::format("{} {} {:.9g} {}\n", c, r, i.numbers(r, c), ink);
      }
    script += values + numbers + "EOD\nset palette defined (" + (i.low < 0 ? signs : viridis) + ")\n";
    script += axis("x", {i.x, false, {-0.5, double(columns) - 0.5}}, true, i.columns);
    script += axis("y", {i.y, false, {double(rows) - 0.5, -0.5}}, true, i.rows);
    script += axis("cb", {i.colours, false, {i.low, i.high}}, true) + "set title " + quoted(i.title) + '\n';
    if (i.x.empty()) script += "unset xtics\nunset ytics\nunset border\n";
    if (!i.columns.empty()) script += "set xtics rotate by 45 right\n";
    script += "plot $values matrix with image notitle";
    if (i.numbers.size() > 0)
      script += fmt::format(", $numbers using 1:2:3:4 with labels tc rgb variable font ',{:.0f}' notitle",
                            std::clamp(cell / 4, 5.0, 11.0));
    script += '\n';
  }
  const std::string archive = std::filesystem::path(file).replace_extension(".npz").string();
  neohebb::write_npz(archive, npz);
  finish(file, archive, script, w, h);
}
}  // namespace pictures
