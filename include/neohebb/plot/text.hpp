// Text in the built-in font.
#pragma once
#include <cmath>
#include <neohebb/plot/draw.hpp>
#include <neohebb/plot/font.hpp>
#include <string>
#include <string_view>

namespace neohebb::plot {

enum class Align { left, centre, right };

struct TextStyle {
  Colour colour = ink;
  int scale = 2;  // pixels per cell of the font's grid; capitals are 7·scale pixels high
  Align align = Align::left;
  bool upwards = false;  // turned a quarter to the left: reads from bottom to top
  bool bold = false;
};

inline int text_height(int scale = 2) { return Glyph::ascent * scale; }

inline int text_width(std::string_view text, int scale = 2) {
  int cells = 0;
  for (const char c : text)
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80)
      cells += glyph(c).width + 1;  // a UTF-8 sequence is one box
  return cells > 0 ? (cells - 1) * scale : 0;
}

/// Writes one line of text. (x, y) is the middle of the capitals' height at the left end, centre or right
/// end, as aligned along the line. Characters outside printable ASCII are drawn as hollow boxes. Throws
/// std::invalid_argument for scale < 1.
///
/// The inked cells of the font's grid are joined by round strokes, so letters are smooth at any scale.
inline void text(Image& image, int x, int y, std::string_view line, const TextStyle& style = {}) {
  check_positive("text scale", style.scale);
  const int length = text_width(line, style.scale), height = text_height(style.scale);
  const int start = style.align == Align::left ? 0 : style.align == Align::centre ? length / 2 : length;
  const int above = height / 2,
            below = height - above + 3 * style.scale;  // descenders, and the stroke's edge
  const Box whole = style.upwards ? Box{x - above - 2, y - length + start - 2, x + below, y + start + 2}
                                  : Box{x - start - 2, y - above - 2, x + length - start + 2, y + below};
  Mask mask(whole.intersection(image.box()));
  if (mask.area().width() <= 0 || mask.area().height() <= 0) return;
  const double stroke = style.scale == 1 ? 1 : style.scale * (style.bold ? 1.35 : 0.9);
  int left = 0;  // cells
  for (const char character : line) {
    if ((static_cast<unsigned char>(character) & 0xC0) == 0x80) continue;
    const Glyph g = glyph(character);
    const auto centre = [&](int c, int r) {
      const double along = (left + c + 0.5) * style.scale - start, down = (r + 0.5) * style.scale - above;
      return style.upwards ? Point{x + down, y - along} : Point{x + along, y + down};
    };
    for (int c = 0; c < g.width; ++c)
      for (int r = 0; r < Glyph::rows; ++r) {
        if (!g.inked(c, r)) continue;
        bool alone = true;
        for (int dc = -1; dc <= 1; ++dc)
          for (int dr = -1; dr <= 1; ++dr) {
            if ((dc == 0 && dr == 0) || !g.inked(c + dc, r + dr)) continue;
            if (dc != 0 && dr != 0 && (g.inked(c + dc, r) || g.inked(c, r + dr)))
              continue;  // joined round the corner
            alone = false;
            if (dc > 0 || (dc == 0 && dr > 0)) mask.segment(centre(c, r), centre(c + dc, r + dr), stroke);
          }
        if (alone) mask.segment(centre(c, r), centre(c, r), 1.3 * stroke);
      }
    left += g.width + 1;
  }
  mask.lay(image, style.colour, 1);
}

}  // namespace neohebb::plot
