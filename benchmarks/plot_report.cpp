// Draws the report's curves: plot_report OUT.png <CURVES. report.py writes CURVES, a line each, fields parted by tabs:
//     panel     title    x label    y label          both axes logarithmic
//     line      name     x    y    x    y …          in the panel above; or dashed, or points, or mark: dashed and thin
// Panels are laid out three to a row.
#include <iostream>
#include <neohebb/plot/curves.hpp>
#include <neohebb/plot/png.hpp>
#include <sstream>

namespace {

using namespace neohebb::plot;

constexpr int across = 3, panel_width = 720, panel_height = 540, margin = 16;

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> all;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, '\t');) all.push_back(field);
  return all;
}

/// Throws std::invalid_argument for lines of no kind that it knows.
std::vector<CurvePlot> read_panels(std::istream& in) {
  std::vector<CurvePlot> panels;
  for (std::string line; std::getline(in, line);) {
    const auto field = fields(line);
    const std::string kind = field.empty() ? "" : field[0];
    if (field.size() == 4 && kind == "panel") {
      panels.push_back(
          {.title = field[1], .x = {field[2], Scale::logarithmic}, .y = {field[3], Scale::logarithmic}});
      panels.back().width = panel_width;
      panels.back().height = panel_height;
    } else if (field.size() >= 4 && field.size() % 2 == 0 && !panels.empty() &&
               (kind == "line" || kind == "dashed" || kind == "points" || kind == "mark")) {
      const bool mark = kind == "mark";
      Series series{.name = field[1],
                    .width = mark ? 1.5 : 3.0,
                    .line = kind != "points",
                    .markers = !mark,
                    .dashed = mark || kind == "dashed"};
      for (std::size_t k = 2; k < field.size(); k += 2) {
        series.x.push_back(std::stod(field[k]));
        series.y.push_back(std::stod(field[k + 1]));
      }
      panels.back().series.push_back(series);
    } else {
      throw std::invalid_argument("neither a panel nor one of its curves: " + line);
    }
  }
  return panels;
}

void paste(Image& onto, const Image& from, int left, int top) {
  for (int y = 0; y < from.height(); ++y)
    for (int x = 0; x < from.width(); ++x) onto.set(left + x, top + y, from.pixel(x, y));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::invalid_argument("usage: plot_report OUT.png <CURVES");
    const auto panels = read_panels(std::cin);
    if (panels.empty()) throw std::invalid_argument("no panels");
    const int count = static_cast<int>(panels.size()), columns = std::min(across, count);
    const int rows = (count + columns - 1) / columns;
    Image sheet(columns * panel_width + 2 * margin, rows * panel_height + 2 * margin);
    for (int k = 0; k < count; ++k)
      paste(sheet, panels[static_cast<std::size_t>(k)].draw(), margin + k % columns * panel_width,
            margin + k / columns * panel_height);
    write_png(argv[1], sheet);
  } catch (const std::exception& error) {
    std::cerr << "plot_report: " << error.what() << '\n';
    return 1;
  }
}
