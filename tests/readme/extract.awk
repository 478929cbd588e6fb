# README.md → dir/snippet_N.cpp for its N-th ```cpp block, and dir/snippet_N.txt when that block is a program and the next
# fenced block is ```text: the output it promises. A block without main is completed to something that compiles.
function finish() {
  file = dir "/snippet_" n ".cpp"
  program = code ~ /int main *\(/
  if (!program) print "#include <neohebb/neohebb.hpp>\nusing namespace neohebb;" > file
  while (!program && match(code, /^#include[^\n]*\n/)) {  # headers that neohebb.hpp leaves out, before the body
    print substr(code, 1, RLENGTH - 1) > file
    code = substr(code, RLENGTH + 1)
    ++first
  }
  body = !program && code !~ /^(template|struct|namespace|\/\/ file scope)/
  if (body) print "void snippet_" n "() {" > file
  print "#line " first " \"README.md\"\n" code > file
  if (body) print "}" > file
  close(file)
}
!fence && /^```/ {
  fence = substr($0, 4)
  promise = fence == "text" && program
  if (fence == "cpp") { ++n; code = ""; first = NR + 1 }
  if (fence == "") fence = "plain"
  if (promise) printf "" > (dir "/snippet_" n ".txt")
  next
}
fence && /^```/ {
  if (fence == "cpp") finish(); else program = 0
  fence = ""
  next
}
fence == "cpp" { code = code $0 "\n" }
promise && fence { print > (dir "/snippet_" n ".txt") }
