#!/bin/bash
# What examples/pictures.hpp promises:  pictures.sh PROGRAM
#   each kind of picture in each format, whatever its name; its numbers beside it; without gnuplot, or where gnuplot fails, a
#   sentence and no failure; a message for other formats and for folders that cannot be written.
source "$(dirname "${BASH_SOURCE[0]}")/opening.sh"
kinds=("a curve's \"name\"" raster trace "heat map" mosaic two)
numbers() {  # FOLDER: of all kinds
  for kind in "${kinds[@]:0:3}"; do
    [ "$(head -n 1 "$1/$kind.csv")" = figure,panel,series,x,y ] || fail "no numbers of $kind"
  done
  for kind in "${kinds[@]:3}"; do unzip -qt "$1/$kind.npz" >/dev/null || fail "no numbers of $kind"; done
}

mkdir none fake "o'ut put"
PATH=/nowhere "$program" none png >none.log 2>&1 || fail "without gnuplot it fails"
[ "$(wc -l <none.log)" -eq 6 ] || { fail "without gnuplot more or less than a line for each picture"; cat none.log; }
sentence="no gnuplot (Debian: gnuplot-nox): no none/mosaic.png, but its numbers are in none/mosaic.npz; to draw it: gnuplot -d 'none/mosaic.png.gp'"
grep -qxF -- "$sentence" none.log || { fail "it does not say how to draw a mosaic"; cat none.log; }
numbers none
grep -qxF '"Curves $HOME `date`","error (%)","rising ""quoted"", twice",3,100' "none/${kinds[0]}.csv" || fail "no number of a curve"
grep -qxF '"Curves $HOME `date`","error (%)","rising ""quoted"", twice",4,NaN' "none/${kinds[0]}.csv" || fail "no gap of a curve"

printf '#!/bin/sh\necho "no such terminal" >&2\nexit 3\n' >fake/gnuplot
chmod +x fake/gnuplot
PATH=$PWD/fake:$PATH "$program" none svg >fake.log 2>&1 || fail "where gnuplot fails it fails"
grep -qxF 'no such terminal' fake.log || fail "gnuplot's message is lost"
grep -qF "gnuplot ends with status 3: no none/raster.svg, but its numbers are in none/raster.csv" fake.log || fail "gnuplot's status is lost"

if command -v gnuplot >/dev/null; then
  bash -c "$(sed -n 's/.*to draw it: //p' none.log)" 2>none.errors || fail "what it says draws nothing: $(cat none.errors)"
  for format in png svg pdf; do
    "$program" "o'ut put" $format >drawn.log 2>&1 || fail "$format"
    numbers "o'ut put"
    [ "$(grep -c "^picture: o'ut put/.*$format (numbers: " drawn.log)" -eq 6 ] || { fail "six pictures as $format"; cat drawn.log; }
    for kind in "${kinds[@]}"; do
      begins=$(head -c 5 "o'ut put/$kind.$format" | od -An -c | tr -d ' ')
      case $format:$begins in
        'png:211PNG\r' | 'svg:<?xml' | 'pdf:%PDF-') ;;
        *) fail "$kind.$format begins with $begins" ;;
      esac
      [ -s "none/$kind.png" ] || fail "none/$kind.png was not drawn by hand"
    done
  done
  grep -q '</svg>' "o'ut put/raster.svg" || fail "an SVG that does not end"
  [ -z "$(find "o'ut put" -name '*.gp')" ] || fail "scripts are left"
else
  echo "skipped: no gnuplot, no pictures"
fi

if "$program" none gif >gif.log 2>&1; then fail "GIF"; fi
grep -qF "none/a curve's \"name\".gif must end in .png, .svg or .pdf" gif.log || { fail "no message for GIF"; cat gif.log; }
if "$program" nowhere png >nowhere.log 2>&1; then fail "a folder that is not there"; fi
grep -qF "cannot write nowhere/a curve's" nowhere.log || { fail "no message for a folder that is not there"; cat nowhere.log; }
finish
