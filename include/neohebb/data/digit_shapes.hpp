// The ten digits as people write them: strokes in a box of height 1, x to the right, y down.
#pragma once
#include <span>

namespace neohebb::detail {

struct Point {
  float x, y;
};
/// The pen passes smoothly through the points (a Catmull–Rom spline); a point given twice is a corner.
struct Stroke {
  const Point* points;
  int count;
};
struct DigitShape {
  const Stroke* strokes;
  int count;
};

template <int N> constexpr Stroke stroke(const Point (&points)[N]) { return {points, N}; }

// 0: begun at the top, closed; narrow; and not quite closed
inline constexpr Point zero_round[] = {{.52f, .02f}, {.25f, .12f}, {.12f, .45f}, {.2f, .85f}, {.45f, .99f},
                                       {.72f, .85f}, {.82f, .5f},  {.74f, .15f}, {.52f, .02f}};
inline constexpr Point zero_narrow[] = {{.55f, .03f}, {.36f, .18f}, {.26f, .55f}, {.32f, .88f}, {.48f, .98f},
                                        {.64f, .84f}, {.72f, .45f}, {.67f, .12f}, {.55f, .03f}};
inline constexpr Point zero_open[] = {{.62f, .08f}, {.4f, .03f}, {.16f, .25f}, {.12f, .65f}, {.3f, .95f},
                                      {.58f, .95f}, {.8f, .7f},  {.82f, .3f},  {.66f, .06f}, {.45f, .12f}};
inline constexpr Stroke zero_a[] = {stroke(zero_round)}, zero_b[] = {stroke(zero_narrow)},
                        zero_c[] = {stroke(zero_open)};
inline constexpr DigitShape zeros_shapes[] = {{zero_a, 1}, {zero_b, 1}, {zero_c, 1}};

// 1: a bar; with an upstroke; with upstroke and foot
inline constexpr Point one_bar[] = {{.52f, 0.f}, {.5f, .5f}, {.48f, 1.f}};
inline constexpr Point one_serif[] = {{.3f, .25f}, {.42f, .15f}, {.54f, 0.f},
                                      {.54f, 0.f}, {.53f, .5f},  {.52f, 1.f}};
inline constexpr Point one_foot[] = {{.3f, 1.f}, {.5f, .99f}, {.74f, 1.f}};
inline constexpr Stroke one_a[] = {stroke(one_bar)}, one_b[] = {stroke(one_serif)},
                        one_c[] = {stroke(one_serif), stroke(one_foot)};
inline constexpr DigitShape ones_shapes[] = {{one_a, 1}, {one_a, 1}, {one_b, 1}, {one_c, 2}};

// 2: sharp at the lower left; with a loop there
inline constexpr Point two_sharp[] = {{.18f, .24f}, {.32f, .05f}, {.58f, .02f}, {.74f, .2f},  {.66f, .48f},
                                      {.4f, .76f},  {.14f, .97f}, {.14f, .97f}, {.45f, .95f}, {.84f, .97f}};
inline constexpr Point two_loop[] = {{.2f, .2f},   {.4f, .03f},  {.68f, .1f},  {.72f, .36f},
                                     {.5f, .7f},   {.24f, .94f}, {.13f, .88f}, {.24f, .77f},
                                     {.46f, .88f}, {.66f, .98f}, {.86f, .9f}};
inline constexpr Stroke two_a[] = {stroke(two_sharp)}, two_b[] = {stroke(two_loop)};
inline constexpr DigitShape twos_shapes[] = {{two_a, 1}, {two_b, 1}};

// 3: round; with a flat top
inline constexpr Point three_round[] = {{.2f, .13f},  {.42f, .01f}, {.7f, .1f},   {.7f, .33f},
                                        {.42f, .47f}, {.42f, .47f}, {.72f, .56f}, {.8f, .78f},
                                        {.62f, .96f}, {.36f, .99f}, {.14f, .86f}};
inline constexpr Point three_flat[] = {{.2f, .04f}, {.48f, .03f}, {.76f, .04f}, {.76f, .04f},
                                       {.6f, .22f}, {.44f, .4f},  {.44f, .4f},  {.7f, .48f},
                                       {.8f, .7f},  {.64f, .94f}, {.36f, .99f}, {.15f, .88f}};
inline constexpr Stroke three_a[] = {stroke(three_round)}, three_b[] = {stroke(three_flat)};
inline constexpr DigitShape threes_shapes[] = {{three_a, 1}, {three_a, 1}, {three_b, 1}};

// 4: open, two strokes; closed, in one line and a bar
inline constexpr Point four_open[] = {{.26f, .02f}, {.2f, .3f},  {.16f, .56f},
                                      {.16f, .56f}, {.5f, .56f}, {.84f, .52f}};
inline constexpr Point four_stem[] = {{.7f, .02f}, {.66f, .5f}, {.62f, 1.f}};
inline constexpr Point four_closed[] = {{.66f, .02f}, {.4f, .33f}, {.1f, .66f},
                                        {.1f, .66f},  {.5f, .67f}, {.9f, .65f}};
inline constexpr Point four_right[] = {{.66f, .02f}, {.65f, .5f}, {.63f, 1.f}};
inline constexpr Stroke four_a[] = {stroke(four_open), stroke(four_stem)},
                        four_b[] = {stroke(four_closed), stroke(four_right)};
inline constexpr DigitShape fours_shapes[] = {{four_a, 2}, {four_a, 2}, {four_b, 2}};

// 5: body and hat as two strokes; in one line from the right
inline constexpr Point five_body[] = {{.28f, .03f}, {.24f, .24f}, {.22f, .44f}, {.22f, .44f}, {.48f, .38f},
                                      {.74f, .5f},  {.78f, .74f}, {.6f, .95f},  {.36f, .99f}, {.15f, .89f}};
inline constexpr Point five_hat[] = {{.28f, .04f}, {.52f, .04f}, {.8f, .02f}};
inline constexpr Point five_line[] = {{.8f, .03f},  {.54f, .04f}, {.3f, .05f}, {.3f, .05f},  {.26f, .24f},
                                      {.23f, .43f}, {.23f, .43f}, {.5f, .39f}, {.74f, .54f}, {.74f, .78f},
                                      {.54f, .97f}, {.3f, .97f},  {.14f, .86f}};
inline constexpr Stroke five_a[] = {stroke(five_body), stroke(five_hat)}, five_b[] = {stroke(five_line)};
inline constexpr DigitShape fives_shapes[] = {{five_a, 2}, {five_b, 1}};

// 6: a curved stem; a straight one
inline constexpr Point six_curved[] = {{.66f, .03f}, {.4f, .18f},  {.22f, .48f}, {.2f, .78f},  {.38f, .98f},
                                       {.64f, .94f}, {.76f, .74f}, {.64f, .56f}, {.42f, .55f}, {.24f, .72f}};
inline constexpr Point six_straight[] = {{.5f, .01f},  {.36f, .3f}, {.25f, .6f},  {.26f, .86f}, {.44f, .98f},
                                         {.66f, .88f}, {.7f, .68f}, {.54f, .58f}, {.36f, .66f}, {.27f, .82f}};
inline constexpr Stroke six_a[] = {stroke(six_curved)}, six_b[] = {stroke(six_straight)};
inline constexpr DigitShape sixes_shapes[] = {{six_a, 1}, {six_b, 1}};

// 7: plain; with a serif; with a bar across the stem
inline constexpr Point seven_plain[] = {{.16f, .06f}, {.46f, .05f}, {.8f, .04f},
                                        {.8f, .04f},  {.58f, .45f}, {.4f, 1.f}};
inline constexpr Point seven_serif[] = {{.16f, .2f}, {.18f, .07f}, {.18f, .07f}, {.48f, .06f},
                                        {.8f, .05f}, {.8f, .05f},  {.6f, .4f},   {.46f, 1.f}};
inline constexpr Point seven_bar[] = {{.34f, .52f}, {.54f, .5f}, {.76f, .48f}};
inline constexpr Stroke seven_a[] = {stroke(seven_plain)}, seven_b[] = {stroke(seven_serif)},
                        seven_c[] = {stroke(seven_plain), stroke(seven_bar)};
inline constexpr DigitShape sevens_shapes[] = {{seven_a, 1}, {seven_a, 1}, {seven_b, 1}, {seven_c, 2}};

// 8: in one line from the upper right; two rings
inline constexpr Point eight_line[] = {{.7f, .14f},  {.48f, .01f}, {.26f, .12f}, {.3f, .34f},  {.52f, .5f},
                                       {.74f, .72f}, {.66f, .94f}, {.44f, .99f}, {.24f, .88f}, {.26f, .68f},
                                       {.5f, .48f},  {.7f, .3f},   {.7f, .14f}};
inline constexpr Point eight_top[] = {{.5f, .01f}, {.3f, .1f},  {.29f, .32f}, {.5f, .45f},
                                      {.7f, .32f}, {.69f, .1f}, {.5f, .01f}};
inline constexpr Point eight_bottom[] = {{.5f, .45f},  {.26f, .58f}, {.23f, .84f}, {.48f, .99f},
                                         {.75f, .85f}, {.73f, .58f}, {.5f, .45f}};
inline constexpr Stroke eight_a[] = {stroke(eight_line)},
                        eight_b[] = {stroke(eight_top), stroke(eight_bottom)};
inline constexpr DigitShape eights_shapes[] = {{eight_a, 1}, {eight_a, 1}, {eight_b, 2}};

// 9: a ring and a straight stem; a curved tail
inline constexpr Point nine_straight[] = {{.72f, .12f}, {.5f, .02f}, {.27f, .14f}, {.22f, .36f},
                                          {.4f, .5f},   {.62f, .4f}, {.72f, .12f}, {.72f, .12f},
                                          {.68f, .55f}, {.62f, 1.f}};
inline constexpr Point nine_curved[] = {{.7f, .16f}, {.5f, .02f},  {.26f, .14f}, {.24f, .38f},
                                        {.44f, .5f}, {.66f, .36f}, {.73f, .15f}, {.76f, .5f},
                                        {.7f, .8f},  {.48f, .98f}, {.24f, .9f}};
inline constexpr Stroke nine_a[] = {stroke(nine_straight)}, nine_b[] = {stroke(nine_curved)};
inline constexpr DigitShape nines_shapes[] = {{nine_a, 1}, {nine_a, 1}, {nine_b, 1}};

inline constexpr std::span<const DigitShape> digit_shapes[10] = {
    zeros_shapes, ones_shapes,  twos_shapes,   threes_shapes, fours_shapes,
    fives_shapes, sixes_shapes, sevens_shapes, eights_shapes, nines_shapes};

}  // namespace neohebb::detail
