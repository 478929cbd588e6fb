# Pages (README.md include/neohebb/README.md …, paths from the repository's root) → dir/PAGE_N.cpp for the N-th ```cpp block of
# each, PAGE being the page's path with _ for / and without .md, and dir/PAGE_N.txt when that block is a program and the next
# fenced block is ```text: the output it promises. A block without main is completed to something that compiles.
function finish() {
  file = dir "/" page "_" n ".cpp"
  program = code ~ /int main *\(/
  if (!program) print "#include <neohebb/neohebb.hpp>\nusing namespace neohebb;" > file
  while (!program && match(code, /^(#include[^\n]*|#pragma once)?\n/)) {  # headers that neohebb.hpp leaves out, before the body
    print code ~ /^#include/ ? substr(code, 1, RLENGTH - 1) : "" > file
    code = substr(code, RLENGTH + 1)
    ++first
  }
  body = !program && code !~ /^(template|struct|namespace|\/\/ file scope)/
  if (body) print "void " page "_" n "() {" > file
  print "#line " first " \"" FILENAME "\"\n" code > file
  if (body) print "}" > file
  close(file)
}
FNR == 1 {
  page = FILENAME
  sub(/\.md$/, "", page)
  gsub(/[^A-Za-z0-9]/, "_", page)
  n = program = promise = 0
  fence = ""
}
!fence && /^```/ {
  fence = substr($0, 4)
  promise = fence == "text" && program
  if (fence == "cpp") { ++n; code = ""; first = FNR + 1 }
  if (fence == "") fence = "plain"
  if (promise) printf "" > (dir "/" page "_" n ".txt")
  next
}
fence && /^```/ {
  if (fence == "cpp") finish(); else program = 0
  fence = ""
  next
}
fence == "cpp" { code = code $0 "\n" }
promise && fence { print > (dir "/" page "_" n ".txt") }
